"""Changes one identity, or the check for its records, by the table of transitions, and records it in the history."""

from __future__ import annotations

from dataclasses import replace

from .._time.time import from_timestamp, later, to_timestamp
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
from .place import Place
from .schedule import EventKind
from .settings import RecordCheck
from .tokens import ownership_token


def apply_event(place: Place, identity: Identity, event: Event, reason: str) -> Identity:
    """Applies an event to an identity; returns the changed identity.

    Raises:
        IllegalTransitionError: the event cannot happen in the identity's status.

    """
    before = identity.status
    status = transition(identity.type, before, event)
    if status is not before:
        record_change(place, identity.name, before, status, reason)
    requested = event is Event.REQUESTED
    at = from_timestamp(place.now)
    timeout = verification_timeout(identity.type, status)
    changed = replace(
        identity,
        status=status,
        requested_at=at if requested else identity.requested_at,
        expires_at=later(at, timeout) if timeout is not None else None,
    )
    if identity.type is IdentityType.DOMAIN and not requested:
        account_id, region = place.backend.account_id, place.backend.region
        place.state.mailbox.send_notice(before, status, account_id, region, identity.name, at)
    return store(place, changed)


def apply_check_event(place: Place, name: str, what: str, check: RecordCheck, event: Event, reason: str) -> None:
    """Applies an event to the check for an identity's DKIM or MAIL FROM records (``what``).

    Raises:
        IllegalTransitionError: the event cannot happen in the check's status.

    """
    set_check_status(place, name, what, check, transition(IdentityType.DOMAIN, check.status, event), reason)


def set_check_status(
    place: Place, name: str, what: str, check: RecordCheck, status: VerificationStatus, reason: str
) -> None:
    """Sets the status of the check for an identity's DKIM or MAIL FROM records (``what``), with a new deadline."""
    before = check.status
    check.status = status
    timeout = verification_timeout(IdentityType.DOMAIN, check.status)
    check.expires_at = to_timestamp(later(from_timestamp(place.now), timeout)) if timeout is not None else None
    if check.expires_at is not None:
        place.schedule(check.expires_at, EventKind.EXPIRE, name)
    if check.status is not before:
        record_change(place, f"{name} {what}", before, check.status, reason)


def create(place: Place, name: str, status: VerificationStatus, token: str | None = None) -> Identity:
    """Creates an identity, or replaces the one with that name.

    Args:
        place: where, and from when the deadline counts.
        name: its canonical name.
        status: its status.
        token: a domain's token; None keeps that of the replaced identity, or makes one.

    """
    kind, before = identity_type(name), place.backend.identities.get(name)
    at, timeout = from_timestamp(place.now), verification_timeout(kind, status)
    if kind is IdentityType.EMAIL_ADDRESS:
        token = None
    else:
        token = token or (before and before.token) or ownership_token(place.backend, name)
    expires_at = later(at, timeout) if timeout is not None else None
    return store(place, Identity(name, kind, status, token, requested_at=at, expires_at=expires_at))


def store(place: Place, identity: Identity) -> Identity:
    """Stores an identity and schedules its deadline; returns it."""
    before = place.backend.identities.get(identity.name)
    place.backend.put(identity)
    # One event is enough for a deadline that moves: `due_events.expire` schedules the next.
    planned = before.expires_at if before is not None else None
    if identity.expires_at is not None and (planned is None or identity.expires_at < planned):
        at = to_timestamp(identity.expires_at)
        place.schedule(at, EventKind.EXPIRE, identity.name)
    return identity


def record_change(
    place: Place,
    name: str,
    before: VerificationStatus | None,
    after: VerificationStatus | None,
    reason: str,
    kind: ChangeKind = ChangeKind.STATUS,
) -> None:
    """Adds a line to the history. With equal statuses, the reason says why something had no effect."""
    backend = place.backend
    change = StatusChange(place.now, backend.region, backend.account_id, name, before, after, reason, kind)
    place.state.history.append(change)
