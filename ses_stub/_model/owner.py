"""Verifies an address or a domain: sends the email, opens its link, publishes records."""

from __future__ import annotations

from .._time.time import to_timestamp
from .dns_checks import check_dns, expected_records, publish_records
from .history import NO_IDENTITY_REASON, ChangeKind
from .identity import Event, Identity, VerificationStatus
from .lifecycle import apply_event, record_change
from .mailbox import PAGES, VerificationEmail
from .place import Place
from .schedule import EventKind
from .settings import Template
from .state import State


def send_verification_email(place: Place, identity: Identity, template: Template | None = None) -> None:
    """Sends the verification email for an address, with Amazon's text or a template's."""
    account_id, region = place.backend.account_id, place.backend.region
    place.state.mailbox.send_verification_email(account_id, region, identity.name, identity.requested_at, template)


def on_verification_requested(place: Place, name: str) -> None:
    """Verifies a new request now, later or not (``auto_verify``), or if its records are already published."""
    delay = place.state.confirmation_delay
    if delay == 0:
        confirm(place, name)
    elif delay is not None:
        registration = place.backend.registrations.get(name)
        place.schedule(place.now + delay, EventKind.CONFIRM, name, registration=registration)
    check_dns(place, name)


def confirm(place: Place, name: str) -> None:
    """Confirms an identity: clicks its link, or publishes its records."""
    identity = place.backend.identities.get(name)
    if identity is None:
        # Explains in the history why nothing changed, as the next line does.
        record_change(place, name, None, None, NO_IDENTITY_REASON, ChangeKind.NO_IDENTITY)
        return
    if identity.status is VerificationStatus.FAILED:
        record_change(place, name, identity.status, identity.status, "confirmed too late")
    asked = {what for what, check in place.backend.checks(name) if check.status is VerificationStatus.PENDING}
    if identity.status is VerificationStatus.PENDING:
        asked.add("TXT")
        if identity.token is None:
            apply_event(place, identity, Event.CONFIRMED, "link clicked")
    wanted = [record for what, record in expected_records(place.backend, identity) if what in asked]
    publish_records(place.state, wanted, place.now)


def open_link(state: State, url: str, now: int) -> str:
    """Opens a verification link; returns the text of the page, or the URL that it redirects to."""
    mail = state.mailbox.by_link(url)
    return click_link(state, mail, now) if mail is not None else PAGES.unknown


def click_link(state: State, mail: VerificationEmail, now: int) -> str:
    """Clicks the link in an email; returns the text of the page, or the URL that it redirects to."""
    place = Place(state, state.backend(mail.account_id, mail.region), now)
    identity = place.backend.identities.get(mail.to)
    if identity is None:
        return mail.pages.unknown
    expired = mail.expires_at is None or to_timestamp(mail.expires_at) <= now
    if expired or identity.status in (VerificationStatus.FAILED, VerificationStatus.NOT_STARTED):
        # Explains in the history why nothing changed.
        record_change(place, identity.name, identity.status, identity.status, "link clicked too late")
        return mail.pages.expired
    apply_event(place, identity, Event.CONFIRMED, "link clicked")
    return mail.pages.confirmed
