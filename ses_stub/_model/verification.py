"""What operations and tests request: verification, DKIM, MAIL FROM, and statuses."""

from __future__ import annotations

from collections.abc import Iterable

from . import records
from .backend import Backend, Removed
from .dns_checks import check_dns, check_replicas, publish_records, remove_records
from .history import NO_IDENTITY_REASON, ChangeKind
from .identity import CHECKED, Event, Identity, IdentityType, VerificationStatus, canonical
from .lifecycle import apply_check_event, apply_event, create, record_change, restore_identity
from .owner import on_verification_requested, send_verification_email
from .replicas import replicate
from .schedule import Action, EventKind
from .script import Script, Step
from .settings import Checks, Dkim, RecordCheck, Template
from .state import State
from .tokens import dkim_tokens


def request_verification(
    state: State, backend: Backend, name: str, now: int, template: Template | None = None
) -> Identity:
    """Registers an identity, or restarts its verification. Sends the email for an address."""
    name = canonical(name)
    identity = backend.identities.get(name)
    if identity is None:
        identity = create(state, backend, name, VerificationStatus.NOT_STARTED, now, lag=state.lag)
    identity = apply_event(state, backend, identity, Event.REQUESTED, "verification requested", now)
    if identity.status is VerificationStatus.PENDING:
        if identity.type is IdentityType.EMAIL_ADDRESS:
            send_verification_email(state, backend, identity, template)
        on_verification_requested(state, backend, name, now)
    return backend.identities[name]


def request_dkim(
    state: State, backend: Backend, name: str, now: int, selector: str | None = None, parent: str | None = None
) -> Dkim:
    """Requests the three records of Easy DKIM for a domain, or the record of its own key (BYODKIM).

    The check of new keys starts again. A failed domain is checked again too, as DKIM verifies it.

    Args:
        state: the state.
        backend: the domain's account and region.
        name: the domain.
        now: the current timestamp.
        selector: the selector of the domain's own key.
        parent: the region of the parent if the domain is a replica.

    """
    settings = backend.settings(name)
    dkim = settings.dkim
    before = (dkim.tokens, dkim.selector)
    if parent is not None:
        if parent != dkim.parent:
            dkim.set_keys((), None, now)
        dkim.parent = parent
        replicate(state, backend, name, now)
    else:
        dkim.parent = None
        tokens = () if selector is not None else dkim_tokens(state, backend, name, dkim.generation)
        if (tokens, selector) != before:
            dkim.set_keys(tokens, selector, now)
    if (dkim.tokens, dkim.selector) != before:
        # The check was about other records than the new ones.
        settings.checks.error = ""
    reason = "DKIM requested"
    apply_check_event(state, backend, name, "DKIM", dkim.check, Event.REQUESTED, reason, now)
    identity = backend.identities[name]
    if identity.status not in CHECKED:
        apply_event(state, backend, identity, Event.REQUESTED, reason, now)
    on_verification_requested(state, backend, name, now)
    check_replicas(state, backend, name, now)
    return dkim


def set_mail_from(state: State, backend: Backend, name: str, domain: str, reject: bool, now: int) -> None:
    """Requests the records of a custom MAIL FROM domain. An empty domain removes it.

    Args:
        state: the state.
        backend: the identity's account and region.
        name: the identity.
        domain: the MAIL FROM domain.
        reject: whether messages are rejected while the records are missing.
        now: the current timestamp.

    """
    mail_from = backend.settings(name).mail_from
    mail_from.reject = reject and bool(domain)
    if domain == mail_from.domain and mail_from.check.status is VerificationStatus.SUCCESS:
        return
    mail_from.domain, mail_from.check = domain, RecordCheck()
    if domain:
        backend.mail_from_users.setdefault(domain, set()).add(name)
        reason = "MAIL FROM requested"
        apply_check_event(state, backend, name, "MAIL FROM", mail_from.check, Event.REQUESTED, reason, now)
        on_verification_requested(state, backend, name, now)


def set_status(
    state: State,
    backend: Backend,
    name: str,
    status: VerificationStatus,
    now: int,
    token: str | None = None,
    reason: str = "set by the test",
    kind: ChangeKind = ChangeKind.STATUS,
) -> Identity:
    """Adds or changes an identity as if it had reached a status by itself, with its email or record.

    Args:
        state: the state.
        backend: its account and region.
        name: its name.
        status: its status.
        now: the current timestamp.
        token: a domain's token; None keeps that of an existing identity, or makes one.
        reason: why, for people who read the history.
        kind: why, for programs.

    """
    name = canonical(name)
    before = backend.identities.get(name)
    identity = create(state, backend, name, status, now, token)
    record_change(state, backend, name, before.status if before is not None else None, status, reason, now, kind)
    if identity.token is None:
        if status is VerificationStatus.PENDING:
            send_verification_email(state, backend, identity)
    else:
        record = records.ownership(name, identity.token)
        change = publish_records if status is VerificationStatus.SUCCESS else remove_records
        change(state, [record], now, backend)
        _set_checks(backend.settings(name).checks, status, now)
    return backend.identities[name]


def _set_checks(checks: Checks, status: VerificationStatus, now: int) -> None:
    if status is VerificationStatus.NOT_STARTED:
        return
    checks.checked_at = now
    if status in (VerificationStatus.SUCCESS, VerificationStatus.TEMPORARY_FAILURE):
        checks.succeeded_at = now
    if status is not VerificationStatus.SUCCESS:
        checks.error = records.HOST_NOT_FOUND


def schedule_status(state: State, backend: Backend, name: str, status: VerificationStatus, at: int) -> None:
    """Schedules a status."""
    place = (backend.account_id, backend.region)
    state.schedule.add(at, EventKind.SET_STATUS, *place, canonical(name), status)


def schedule_confirmation(state: State, backend: Backend, name: str, at: int) -> None:
    """Schedules a confirmation (see `owner.confirm`)."""
    state.schedule.add(at, EventKind.CONFIRM, backend.account_id, backend.region, canonical(name))


def schedule_action(state: State, backend: Backend, name: str, at: int, action: Action) -> None:
    """Schedules an action. ``name`` is its identity, or empty."""
    state.schedule.add(at, EventKind.ACTION, backend.account_id, backend.region, name, action=action)


def note_no_effect(state: State, backend: Backend, name: str, at: int, reason: str) -> None:
    """Records that a scheduled action had no effect, for the given reason or because the identity is unknown."""
    identity = backend.identities.get(name)
    if identity is None:
        record_change(state, backend, name, None, None, NO_IDENTITY_REASON, at, ChangeKind.NO_IDENTITY)
    else:
        record_change(state, backend, name, identity.status, identity.status, reason, at)


def set_script(state: State, backend: Backend, name: str, steps: Iterable[Step], now: int) -> None:
    """Sets the statuses that the next responses show, each for a number of responses. The last one stays."""
    name = canonical(name)
    script = backend.scripts[name] = Script(list(steps))
    set_status(state, backend, name, script.status, now)


def apply_scripts(state: State, backend: Backend, names: Iterable[str], now: int) -> None:
    """Gives scripted identities the status of their script, whatever has happened to them since."""
    asked = set(map(canonical, names))
    for name, script in backend.scripts.items():
        if name in asked and backend.identities[name].status is not script.status:
            set_status(state, backend, name, script.status, now)


def advance_scripts(state: State, backend: Backend, names: Iterable[str], now: int) -> None:
    """Moves on the scripts of identities whose status a response has shown."""
    shown = set(names)
    over = [name for name, script in backend.scripts.items() if name in shown and script.count_answer()]
    for name in over:
        script = backend.scripts[name]
        if script.steps:
            reason = "the next of its script"
            set_status(state, backend, name, script.status, now, reason=reason, kind=ChangeKind.NEXT_OF_SCRIPT)
        else:
            del backend.scripts[name]


def delete(state: State, backend: Backend, name: str, now: int) -> Removed | None:
    """Deletes an identity and its settings; returns them for `restore`. An unknown one returns None."""
    removed = backend.remove(canonical(name))
    if removed is not None:
        identity = removed.identity
        record_change(state, backend, identity.name, identity.status, None, "deleted", now)
        check_replicas(state, backend, identity.name, now)
    return removed


def restore(state: State, backend: Backend, removed: Removed, now: int) -> None:
    """Undoes a deletion. What would have expired meanwhile expires now, and the records are checked."""
    restore_identity(state, backend, removed, now)
    check_dns(state, backend, removed.identity.name, now)
    check_replicas(state, backend, removed.identity.name, now)
