"""Jinja filters for the page's templates."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ..._model.mailbox import VerificationEmail, query_of
from ..._model.sent_email import SentEmail
from ..._service.calls import THROTTLED, Call

#: Microseconds.
_MINUTE = 60_000_000
#: The parameters with the subject of a call, the most specific first.
_SUBJECTS = (
    "Identity",
    "Identities",
    "EmailAddress",
    "Domain",
    "EmailIdentity",
    "TemplateName",
    "Source",
    "FromEmailAddress",
)


def element_id(parts: tuple[str, ...]) -> str:
    """A stable HTML id for something that these parts identify."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def format_time(at: datetime, now: datetime) -> str:
    """The time, with the date unless it is today."""
    return f"{at:%H:%M:%S}" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M:%S}"


def format_time_left(micros: int) -> str:
    """A coarse duration, so that the page need not change every second."""
    hours, minutes = divmod(micros // _MINUTE, 60)
    if hours >= 48 or (hours and not minutes):
        return f"{hours} h left"
    if hours:
        return f"{hours} h {minutes} min left"
    return f"{minutes} min left" if minutes else "less than 1 min left"


def format_location(region: str, account_id: str, own_account_id: str) -> str:
    """The region, with the account unless it is the stub's."""
    return region if account_id == own_account_id else f"{region}, account {account_id}"


def call_subjects(call: Call) -> tuple[str, ...]:
    """The identities, the template or the sender of a call; may be empty."""
    for name in _SUBJECTS:
        value: Any = call.params.get(name)
        if isinstance(value, list) and value:
            return tuple(map(str, value))
        if isinstance(value, str):
            return (value,)
    return ()


def call_subject(call: Call) -> str:
    """The first subject of a call, and the number of others."""
    first, *others = call_subjects(call) or ("",)
    return f"{first} and {len(others)} more" if others else first


def call_outcome(call: Call) -> str:
    """``OK``, ``throttled`` or the error's code."""
    return "throttled" if call.error_code in THROTTLED else call.error_code or "OK"


def email_id(email: VerificationEmail) -> str:
    """An HTML id for a verification email."""
    where = (email.identity, email.region, email.account_id, email.sent_at.isoformat())
    return element_id((email.link, email.subject, *where))


def text_around_link(email: VerificationEmail) -> tuple[str, str]:
    """The body of a verification email before its link, and after it."""
    before, _, after = email.body.partition(email.link) if email.link else (email.body, "", "")
    return before, after


def sent_text(email: SentEmail) -> str:
    """The content of a sent email: text, HTML, raw message or template data."""
    raw = email.raw.decode(errors="replace") if email.raw is not None else None
    return email.text or email.html or raw or email.template_data or ""


FILTERS: Mapping[str, Callable[..., Any]] = {
    "call_outcome": call_outcome,
    "call_subject": call_subject,
    "element_id": element_id,
    "email_id": email_id,
    "format_location": format_location,
    "format_time": format_time,
    "query_of": query_of,
    "sent_text": sent_text,
    "text_around_link": text_around_link,
}
