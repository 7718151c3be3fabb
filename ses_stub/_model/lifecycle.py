"""Changes one identity, or the check for its records, by the table of transitions, and records it in the history."""

from __future__ import annotations

from dataclasses import replace

from .._time.time import from_timestamp, later, to_timestamp
from .backend import Backend, Removed
from .history import ChangeKind, StatusChange
from .identity import (
    Event,
    Identity,
    IdentityType,
    VerificationStatus,
    identity_type,
    transition,
    verification_timeout,
)
from .schedule import EventKind
from .settings import RecordCheck
from .state import State
from .tokens import ownership_token


def apply_event(state: State, backend: Backend, identity: Identity, event: Event, reason: str, now: int) -> Identity:
    """Applies an event to an identity; returns the changed identity.

    Raises:
        IllegalTransitionError: the event cannot happen in the identity's status.

    """
    before = identity.status
    status = transition(identity.type, before, event)
    if status is not before:
        record_change(state, backend, identity.name, before, status, reason, now)
    requested = event is Event.REQUESTED
    if status is before and not (requested and status is VerificationStatus.PENDING):
        return identity
    at = from_timestamp(now)
    timeout = verification_timeout(identity.type, status)
    changed = replace(
        identity,
        status=status,
        requested_at=at if requested else identity.requested_at,
        expires_at=later(at, timeout) if timeout is not None else None,
    )
    if identity.type is IdentityType.DOMAIN and not requested:
        state.mailbox.send_notice(before, status, backend.account_id, backend.region, identity.name, at)
    return store(state, backend, changed)


def apply_check_event(
    state: State, backend: Backend, name: str, what: str, check: RecordCheck, event: Event, reason: str, now: int
) -> None:
    """Applies an event to the check for an identity's DKIM or MAIL FROM records (``what``).

    Raises:
        IllegalTransitionError: the event cannot happen in the check's status.

    """
    set_check_status(
        state, backend, name, what, check, transition(IdentityType.DOMAIN, check.status, event), reason, now
    )


def set_check_status(
    state: State,
    backend: Backend,
    name: str,
    what: str,
    check: RecordCheck,
    status: VerificationStatus,
    reason: str,
    now: int,
) -> None:
    """Sets the status of the check for an identity's DKIM or MAIL FROM records (``what``), with a new deadline."""
    before = check.status
    check.status = status
    timeout = verification_timeout(IdentityType.DOMAIN, check.status)
    check.expires_at = to_timestamp(later(from_timestamp(now), timeout)) if timeout is not None else None
    if check.expires_at is not None:
        state.schedule.add(check.expires_at, EventKind.EXPIRE, backend.account_id, backend.region, name)
    if check.status is not before:
        record_change(state, backend, f"{name} {what}", before, check.status, reason, now)


def create(
    state: State,
    backend: Backend,
    name: str,
    status: VerificationStatus,
    now: int,
    token: str | None = None,
    lag: int = 0,
) -> Identity:
    """Creates an identity, or replaces the one with that name.

    Args:
        state: the state.
        backend: its account and region.
        name: its canonical name.
        status: its status.
        now: the current timestamp; the deadline counts from it.
        token: a domain's token; None keeps that of the replaced identity, or makes one.
        lag: microseconds until responses show it.

    """
    kind, before = identity_type(name), backend.identities.get(name)
    at, timeout = from_timestamp(now), verification_timeout(kind, status)
    if kind is IdentityType.EMAIL_ADDRESS:
        token = None
    else:
        token = token or (before and before.token) or ownership_token(state, backend, name)
    if lag:
        backend.visible_from[name] = now + lag
    else:
        backend.visible_from.pop(name, None)
    expires_at = later(at, timeout) if timeout is not None else None
    return store(state, backend, Identity(name, kind, status, token, requested_at=at, expires_at=expires_at))


def store(state: State, backend: Backend, identity: Identity) -> Identity:
    """Stores an identity and schedules its deadline; returns it."""
    before = backend.identities.get(identity.name)
    backend.put(identity)
    # One event is enough for a deadline that moves: `due_events.expire` schedules the next.
    planned = before.expires_at if before is not None else None
    if identity.expires_at is not None and (planned is None or identity.expires_at < planned):
        at = to_timestamp(identity.expires_at)
        state.schedule.add(at, EventKind.EXPIRE, backend.account_id, backend.region, identity.name)
    return identity


def record_change(
    state: State,
    backend: Backend,
    name: str,
    before: VerificationStatus | None,
    after: VerificationStatus | None,
    reason: str,
    now: int,
    kind: ChangeKind = ChangeKind.STATUS,
) -> None:
    """Adds a line to the history. With equal statuses, the reason says why something had no effect."""
    state.history.append(StatusChange(now, backend.region, backend.account_id, name, before, after, reason, kind))


def restore_identity(state: State, backend: Backend, removed: Removed, now: int) -> None:
    """Restores a deleted identity. What would have expired meanwhile expires now."""
    backend.restore(removed)
    identity = removed.identity
    deadlines = [to_timestamp(identity.expires_at)] if identity.expires_at is not None else []
    deadlines += [check.expires_at for _, check in backend.checks(identity.name) if check.expires_at is not None]
    for at in deadlines:
        state.schedule.add(max(at, now), EventKind.EXPIRE, backend.account_id, backend.region, identity.name)
    record_change(state, backend, identity.name, None, identity.status, "deletion undone", now)
