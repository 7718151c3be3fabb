"""What SES asks the owners of addresses and domains for, and what they do: click links, publish records."""

from __future__ import annotations

from .._time.time import to_timestamp
from .backend import Backend
from .dns_checks import check_dns, expected_records, publish_records
from .history import OWNER_UNKNOWN_REASON, ChangeKind
from .identity import Event, Identity, VerificationStatus
from .lifecycle import apply_event, record_change
from .mailbox import PAGES, VerificationEmail
from .schedule import EventKind
from .settings import Template
from .state import State


def send_verification_email(
    state: State, backend: Backend, identity: Identity, template: Template | None = None
) -> None:
    """Sends the owner of an address the mail with the link, in the words of a template or of Amazon."""
    place = (backend.account_id, backend.region)
    state.mailbox.send_verification_email(state.seed, *place, identity.name, identity.requested_at, template)


def owner_was_asked(state: State, backend: Backend, name: str, now: int) -> None:
    """Something was asked of an owner, who may have done it already, or does it now or later (``auto_verify``)."""
    delay = state.confirmation_delay
    if delay == 0:
        confirm_by_owner(state, backend, name, now)
    elif delay is not None:
        at, registration = now + delay, backend.registrations.get(name)
        place = (backend.account_id, backend.region)
        state.schedule.add(at, EventKind.OWNER_CONFIRMS, *place, name, registration=registration)
    check_dns(state, backend, name, now)


def confirm_by_owner(state: State, backend: Backend, name: str, now: int) -> None:
    """The owner does all that SES waits for: clicks the link, or publishes the records."""
    identity = backend.identities.get(name)
    if identity is None:
        # No change, but the answer to the question why nothing happened; see also below.
        record_change(state, backend, name, None, None, OWNER_UNKNOWN_REASON, now, ChangeKind.OWNER_UNKNOWN)
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
    """Somebody opens a verification link; returns the text of the page, or where it leads."""
    mail = state.mailbox.by_link(url)
    return click_link(state, mail, now) if mail is not None else PAGES.unknown


def click_link(state: State, mail: VerificationEmail, now: int) -> str:
    """The owner of an address clicks the link in a mail; returns the text of the page, or where it leads."""
    backend = state.backend(mail.account_id, mail.region)
    identity = backend.identities.get(mail.to)
    if identity is None:
        return mail.pages.unknown
    expired = mail.expires_at is None or to_timestamp(mail.expires_at) <= now
    if expired or identity.status in (VerificationStatus.FAILED, VerificationStatus.NOT_STARTED):
        # No change, but the answer to the question why nothing happened.
        record_change(state, backend, identity.name, identity.status, identity.status, "link clicked too late", now)
        return mail.pages.expired
    apply_event(state, backend, identity, Event.CONFIRMED, "link clicked", now)
    return mail.pages.confirmed
