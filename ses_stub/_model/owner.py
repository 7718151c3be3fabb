"""Verifies an address or a domain: sends the email, opens its link, publishes records."""

from __future__ import annotations

from .._time.time import to_timestamp
from .backend import Backend
from .dns_checks import check_dns, expected_records, publish_records
from .history import NO_IDENTITY_REASON, ChangeKind
from .identity import Event, Identity, VerificationStatus
from .lifecycle import apply_event, record_change
from .mailbox import PAGES, VerificationEmail
from .schedule import EventKind
from .settings import Template
from .state import State


def send_verification_email(
    state: State, backend: Backend, identity: Identity, template: Template | None = None
) -> None:
    """Sends the verification email for an address, with Amazon's text or a template's."""
    place = (backend.account_id, backend.region)
    state.mailbox.send_verification_email(state.seed, *place, identity.name, identity.requested_at, template)


def on_verification_requested(state: State, backend: Backend, name: str, now: int) -> None:
    """Verifies a new request now, later or not (``auto_verify``), or if its records are already published."""
    delay = state.confirmation_delay
    if delay == 0:
        confirm(state, backend, name, now)
    elif delay is not None:
        at, registration = now + delay, backend.registrations.get(name)
        place = (backend.account_id, backend.region)
        state.schedule.add(at, EventKind.CONFIRM, *place, name, registration=registration)
    check_dns(state, backend, name, now)


def confirm(state: State, backend: Backend, name: str, now: int) -> None:
    """Confirms an identity: clicks its link, or publishes its records."""
    identity = backend.identities.get(name)
    if identity is None:
        # Explains in the history why nothing changed, as the next line does.
        record_change(state, backend, name, None, None, NO_IDENTITY_REASON, now, ChangeKind.NO_IDENTITY)
        return
    if identity.status is VerificationStatus.FAILED:
        record_change(state, backend, name, identity.status, identity.status, "confirmed too late", now)
    asked = {what for what, check in backend.checks(name) if check.status is VerificationStatus.PENDING}
    if identity.status is VerificationStatus.PENDING:
        asked.add("TXT")
        if identity.token is None:
            apply_event(state, backend, identity, Event.CONFIRMED, "link clicked", now)
    publish_records(state, [record for what, record in expected_records(backend, identity) if what in asked], now)


def open_link(state: State, url: str, now: int) -> str:
    """Opens a verification link; returns the text of the page, or the URL that it redirects to."""
    mail = state.mailbox.by_link(url)
    return click_link(state, mail, now) if mail is not None else PAGES.unknown


def click_link(state: State, mail: VerificationEmail, now: int) -> str:
    """Clicks the link in an email; returns the text of the page, or the URL that it redirects to."""
    backend = state.backend(mail.account_id, mail.region)
    identity = backend.identities.get(mail.to)
    if identity is None:
        return mail.pages.unknown
    expired = mail.expires_at is None or to_timestamp(mail.expires_at) <= now
    if expired or identity.status in (VerificationStatus.FAILED, VerificationStatus.NOT_STARTED):
        # Explains in the history why nothing changed.
        record_change(state, backend, identity.name, identity.status, identity.status, "link clicked too late", now)
        return mail.pages.expired
    apply_event(state, backend, identity, Event.CONFIRMED, "link clicked", now)
    return mail.pages.confirmed
