"""What operations and tests request: verification, DKIM, MAIL FROM, and statuses."""

from __future__ import annotations

from collections.abc import Iterable

from .._time.time import to_timestamp
from . import records
from .backend import Removed
from .dns_checks import check_dns, check_replicas, publish_records, remove_records
from .history import NO_IDENTITY_REASON, ChangeKind
from .identity import CHECKED, Event, Identity, IdentityType, VerificationStatus, canonical
from .lifecycle import apply_check_event, apply_event, create, record_change
from .owner import on_verification_requested, send_verification_email
from .place import Place
from .replicas import replicate
from .schedule import EventKind
from .script import Script, Step
from .settings import Checks, Dkim, RecordCheck, Template
from .tokens import dkim_tokens


def request_verification(place: Place, name: str, template: Template | None = None) -> Identity:
    """Registers an identity, or restarts its verification. Sends the email for an address."""
    name = canonical(name)
    identity = place.backend.identities.get(name)
    if identity is None:
        identity = create(place, name, VerificationStatus.NOT_STARTED)
    identity = apply_event(place, identity, Event.REQUESTED, "verification requested")
    if identity.status is VerificationStatus.PENDING:
        if identity.type is IdentityType.EMAIL_ADDRESS:
            send_verification_email(place, identity, template)
        on_verification_requested(place, name)
    return place.backend.identities[name]


def request_dkim(place: Place, name: str, selector: str | None = None, parent: str | None = None) -> Dkim:
    """Requests the three records of Easy DKIM for a domain, or the record of its own key (BYODKIM).

    The check of new keys starts again. A failed domain is checked again too, as DKIM verifies it.

    Args:
        place: where and when.
        name: the domain.
        selector: the selector of the domain's own key.
        parent: the region of the parent if the domain is a replica.

    """
    settings = place.backend.settings(name)
    dkim = settings.dkim
    before = (dkim.tokens, dkim.selector)
    if parent is not None:
        if parent != dkim.parent:
            dkim.set_keys((), None, place.now)
        dkim.parent = parent
        replicate(place, name)
    else:
        dkim.parent = None
        tokens = () if selector is not None else dkim_tokens(place.backend, name, dkim.generation)
        if (tokens, selector) != before:
            dkim.set_keys(tokens, selector, place.now)
    if (dkim.tokens, dkim.selector) != before:
        # The check was about other records than the new ones.
        settings.checks.error = ""
    reason = "DKIM requested"
    apply_check_event(place, name, "DKIM", dkim.check, Event.REQUESTED, reason)
    identity = place.backend.identities[name]
    if identity.status not in CHECKED:
        apply_event(place, identity, Event.REQUESTED, reason)
    on_verification_requested(place, name)
    check_replicas(place, name)
    return dkim


def set_mail_from(place: Place, name: str, domain: str, reject: bool) -> None:
    """Requests the records of a custom MAIL FROM domain. An empty domain removes it.

    Args:
        place: where and when.
        name: the identity.
        domain: the MAIL FROM domain.
        reject: whether messages are rejected while the records are missing.

    """
    mail_from = place.backend.settings(name).mail_from
    mail_from.reject = reject and bool(domain)
    if domain == mail_from.domain and mail_from.check.status is VerificationStatus.SUCCESS:
        return
    mail_from.domain, mail_from.check = domain, RecordCheck()
    if domain:
        place.backend.mail_from_users.setdefault(domain, set()).add(name)
        reason = "MAIL FROM requested"
        apply_check_event(place, name, "MAIL FROM", mail_from.check, Event.REQUESTED, reason)
        on_verification_requested(place, name)


def set_status(
    place: Place,
    name: str,
    status: VerificationStatus,
    token: str | None = None,
    reason: str = "set by the test",
    kind: ChangeKind = ChangeKind.STATUS,
) -> Identity:
    """Adds or changes an identity as if it had reached a status by itself, with its email or record.

    Args:
        place: where and when.
        name: its name.
        status: its status.
        token: a domain's token; None keeps that of an existing identity, or makes one.
        reason: why, for people who read the history.
        kind: why, for programs.

    """
    name = canonical(name)
    before = place.backend.identities.get(name)
    identity = create(place, name, status, token)
    record_change(place, name, before.status if before is not None else None, status, reason, kind)
    if identity.token is None:
        if status is VerificationStatus.PENDING:
            send_verification_email(place, identity)
    else:
        record = records.ownership(name, identity.token)
        change = publish_records if status is VerificationStatus.SUCCESS else remove_records
        change(place.state, [record], place.now, place.backend)
        _set_checks(place.backend.settings(name).checks, status, place.now)
    return place.backend.identities[name]


def _set_checks(checks: Checks, status: VerificationStatus, now: int) -> None:
    if status is VerificationStatus.NOT_STARTED:
        return
    checks.checked_at = now
    if status in (VerificationStatus.SUCCESS, VerificationStatus.TEMPORARY_FAILURE):
        checks.succeeded_at = now
    if status is not VerificationStatus.SUCCESS:
        checks.error = records.HOST_NOT_FOUND


def note_no_effect(place: Place, name: str, reason: str) -> None:
    """Records that a scheduled action had no effect, for the given reason or because the identity is unknown."""
    identity = place.backend.identities.get(name)
    if identity is None:
        record_change(place, name, None, None, NO_IDENTITY_REASON, ChangeKind.NO_IDENTITY)
    else:
        record_change(place, name, identity.status, identity.status, reason)


def set_script(place: Place, name: str, steps: Iterable[Step]) -> None:
    """Sets the statuses that the next responses show, each for a number of responses. The last one stays."""
    name = canonical(name)
    script = place.backend.scripts[name] = Script(list(steps))
    set_status(place, name, script.status)


def apply_scripts(place: Place, names: Iterable[str]) -> None:
    """Gives scripted identities the status of their script, whatever has happened to them since."""
    asked = set(map(canonical, names))
    for name, script in place.backend.scripts.items():
        if name in asked and place.backend.identities[name].status is not script.status:
            set_status(place, name, script.status)


def advance_scripts(place: Place, names: Iterable[str]) -> None:
    """Moves on the scripts of identities whose status a response has shown."""
    shown = set(names)
    over = [name for name, script in place.backend.scripts.items() if name in shown and script.count_answer()]
    for name in over:
        script = place.backend.scripts[name]
        if script.steps:
            reason = "the next of its script"
            set_status(place, name, script.status, reason=reason, kind=ChangeKind.NEXT_OF_SCRIPT)
        else:
            del place.backend.scripts[name]


def delete(place: Place, name: str) -> Removed | None:
    """Deletes an identity and its settings; returns them for `restore`. An unknown one returns None."""
    removed = place.backend.remove(canonical(name))
    if removed is not None:
        identity = removed.identity
        record_change(place, identity.name, identity.status, None, "deleted")
        check_replicas(place, identity.name)
    return removed


def restore(place: Place, removed: Removed) -> None:
    """Undoes a deletion. What would have expired meanwhile expires now, and the records are checked."""
    place.backend.restore(removed)
    identity = removed.identity
    deadlines = [to_timestamp(identity.expires_at)] if identity.expires_at is not None else []
    deadlines += [check.expires_at for _, check in place.backend.checks(identity.name) if check.expires_at is not None]
    for at in deadlines:
        place.schedule(max(at, place.now), EventKind.EXPIRE, identity.name)
    record_change(place, identity.name, None, identity.status, "deletion undone")
    check_dns(place, identity.name)
    check_replicas(place, identity.name)
