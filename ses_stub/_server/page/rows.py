"""What the page shows of a stub: its lists as rows of text, the newest first and no more than fit on a page."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from ..._model.dns_checks import expected_records
from ..._model.identity import AWAITING_RECORDS, Identity, IdentityType, VerificationStatus
from ..._model.mailbox import query_of
from ..._model.records import Record
from ..._model.settings import RecordCheck
from ..._model.zone import normalize_value
from ..._service.calls import THROTTLED, Call
from ..._time.time import from_timestamp, to_timestamp

if TYPE_CHECKING:
    from ..._api.stub import SESStub
    from ..._model.backend import Backend
    from ..._model.mailbox import VerificationEmail
    from ..._model.sent_email import SentEmail
    from ..._model.state import State

#: Rows of a list.
MOST = 200
MOST_CALLS = 50

_MINUTE = 60_000_000
#: The parameters that say what a call is about, the most telling first.
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
T = TypeVar("T")
Owned = tuple["Backend", Identity]


@dataclass(frozen=True)
class Listed(Generic[T]):
    """The rows of a list that are shown, and how many there are in all."""

    rows: list[T]
    total: int

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.total - len(self.rows)


class Step(NamedTuple):
    """How far SES is with something: its name, the status, what it waits for and how long it still does."""

    what: str
    status: str
    waits_for: str
    left: str


class IdentityRow(NamedTuple):
    """An identity; ``link`` is what its owner may click, if anything."""

    key: str
    name: str
    kind: str
    place: str
    region: str
    account_id: str
    steps: list[Step]
    link: str


class RecordRow(NamedTuple):
    """A record that SES asks for."""

    key: str
    purpose: str
    record: Record
    published: bool


class RecordGroup(NamedTuple):
    """The records that SES asks the owner of an identity for."""

    key: str
    name: str
    place: str
    rows: list[RecordRow]


class MailRow(NamedTuple):
    """A mail; its text in the parts before and after the link, and whether that still changes something."""

    key: str
    mail: VerificationEmail
    when: str
    before: str
    after: str
    query: str
    works: bool
    state: str


class CallRow(NamedTuple):
    """A call."""

    call: Call
    when: str
    subject: str
    outcome: str


class SentRow(NamedTuple):
    """A message that SES has accepted."""

    key: str
    email: SentEmail
    when: str
    text: str


@dataclass(frozen=True)
class Lists:
    """All that the page shows of a stub at one moment."""

    now: datetime
    identities: Listed[IdentityRow]
    records: Listed[RecordGroup]
    mails: Listed[MailRow]
    calls: Listed[CallRow]
    sent_emails: Listed[SentRow]


def make_lists(stub: SESStub) -> Lists:
    """What there is to show now."""
    service = stub._service
    with service.locked() as now:
        state, present = service.state, from_timestamp(now)
        total = sum(len(backend.identities) for backend in state.backends.values())
        shown = _newest(state, lambda _: True)
        # So that many addresses do not push a domain's records off the page.
        domains = _newest(state, lambda one: one.token is not None)
        asked = _in_order({*shown, *domains})
        groups = [group for owned in asked if (group := _group(state, *owned, stub.account_id)).rows]
        hidden = sum(one.token is not None for each in state.backends.values() for one in each.identities.values())
        return Lists(
            present,
            Listed([_identity(state, *owned, now, stub.account_id) for owned in shown], total),
            Listed(_up_to(groups), len(groups) + hidden - len(domains)),
            Listed([_mail(state, one, present) for one in _last(state.mailbox.mails, MOST)], len(state.mailbox.mails)),
            Listed(
                [_call(one.call, present) for one in _last(service.log.entries, MOST_CALLS)],
                service.log.dropped + len(service.log.entries),
            ),
            Listed([_sent(one, present) for one in _last(state.sent_emails, MOST)], len(state.sent_emails)),
        )


def _last(items: list[T], most: int) -> list[T]:
    return items[: -most - 1 : -1]


def _up_to(groups: list[RecordGroup]) -> list[RecordGroup]:
    """The first groups that together have no more records than a list has rows."""
    counts = accumulate(len(group.rows) for group in groups)
    return [group for group, count in zip(groups, counts, strict=True) if count <= MOST]


def _newest(state: State, wanted: Callable[[Identity], bool]) -> list[Owned]:
    """The newest identities of all regions and accounts; of each, its own newest are enough to find them."""
    found = (
        (backend, one)
        for backend in state.backends.values()
        for one in islice(filter(wanted, reversed(backend.identities.values())), MOST)
    )
    return _in_order(found)[:MOST]


def _in_order(owned: Iterable[Owned]) -> list[Owned]:
    # By the whole key, as a set has no order that would be the same in the next second.
    return sorted(
        owned,
        key=lambda one: (one[1].requested_at, one[0].registrations[one[1].name], one[0].region, one[0].account_id),
        reverse=True,
    )


def _identity(state: State, backend: Backend, identity: Identity, now: int, home: str) -> IdentityRow:
    name = identity.name
    settings = backend.settings(name)
    by_dkim = settings.dkim.check.status in AWAITING_RECORDS
    of_address = identity.type is IdentityType.EMAIL_ADDRESS
    mail = state.mailbox.latest(backend.account_id, backend.region, name)
    wanted = "click on the link" if of_address else "TXT record or DKIM" if by_dkim else "TXT record"
    expires = to_timestamp(identity.expires_at) if identity.expires_at is not None else None
    steps = [_step("", RecordCheck(identity.status, expires), wanted, now)]
    if settings.dkim.check.status is not VerificationStatus.NOT_STARTED:
        keys = "TXT record of the key" if settings.dkim.selector is not None else "three CNAME records"
        steps.append(_step("DKIM", settings.dkim.check, keys, now))
    if settings.mail_from.domain:
        steps.append(_step(f"MAIL FROM {settings.mail_from.domain}", settings.mail_from.check, "MX record", now))
    return IdentityRow(
        key_of(backend.account_id, backend.region, name),
        name,
        "address" if of_address else "domain",
        _place(backend, home),
        backend.region,
        backend.account_id,
        steps,
        mail.link if mail is not None and identity.status in AWAITING_RECORDS else "",
    )


def _step(what: str, check: RecordCheck, wanted: str, now: int) -> Step:
    if check.expires_at is not None:
        return Step(what, check.status.value, wanted, time_left(check.expires_at - now))
    again = check.status in (VerificationStatus.FAILED, VerificationStatus.NOT_STARTED)
    return Step(what, check.status.value, "a new request" if again else "", "")


def _place(backend: Backend, home: str) -> str:
    return backend.region if backend.account_id == home else f"{backend.region}, account {backend.account_id}"


def _group(state: State, backend: Backend, identity: Identity, home: str) -> RecordGroup:
    name = identity.name
    rows = [
        RecordRow(
            key_of(backend.account_id, backend.region, *record),
            "Ownership" if what == "TXT" else what,
            record,
            _is_published(state, record),
        )
        for what, record in expected_records(backend, identity)
    ]
    return RecordGroup(key_of("records", backend.account_id, backend.region, name), name, _place(backend, home), rows)


def _is_published(state: State, record: Record) -> bool:
    there = state.zone.published(record.name, record.kind)
    return normalize_value(record.kind, record.value) in {normalize_value(record.kind, value) for value in there}


def _mail(state: State, mail: VerificationEmail, now: datetime) -> MailRow:
    before, _, after = mail.body.partition(mail.link) if mail.link else (mail.body, "", "")
    works, use = _use_of(state, mail, mail.expires_at, now) if mail.expires_at is not None else (False, "")
    return MailRow(
        key_of(mail.link, mail.subject, mail.identity, mail.region, mail.account_id, mail.sent_at.isoformat()),
        mail,
        when(mail.sent_at, now),
        before,
        after,
        query_of(mail.link),
        works,
        use,
    )


def _use_of(state: State, mail: VerificationEmail, expires_at: datetime, now: datetime) -> tuple[bool, str]:
    """Whether a click on the link would still verify the address, and how long; else why not."""
    identity = state.backend(mail.account_id, mail.region).identities.get(mail.to)
    if identity is None:
        return False, "deleted"
    if identity.status is VerificationStatus.SUCCESS:
        return False, "confirmed"
    micros = to_timestamp(expires_at) - to_timestamp(now)
    works = micros > 0 and identity.status in AWAITING_RECORDS
    return works, time_left(micros) if works else "expired"


def _call(call: Call, now: datetime) -> CallRow:
    outcome = "throttled" if call.error_code in THROTTLED else call.error_code or "answered"
    return CallRow(call, when(call.at, now), _subject(call.params), outcome)


def _subject(params: Mapping[str, Any]) -> str:
    for name in _SUBJECTS:
        value = params.get(name)
        if isinstance(value, list) and value:
            return f"{value[0]} and {len(value) - 1} more" if len(value) > 1 else str(value[0])
        if isinstance(value, str):
            return value
    return ""


def _sent(email: SentEmail, now: datetime) -> SentRow:
    raw = email.raw.decode(errors="replace") if email.raw is not None else None
    text = email.text or email.html or raw or email.template_data or ""
    return SentRow(key_of(email.message_id), email, when(email.sent_at, now), text)


def key_of(*parts: str) -> str:
    """A word for these parts, to be an element's id: the same as long as they are."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def time_left(micros: int) -> str:
    """A length of time in words, coarse, so that a page need not change each second."""
    hours, minutes = divmod(micros // _MINUTE, 60)
    if hours >= 48 or (hours and not minutes):
        return f"{hours} h left"
    if hours:
        return f"{hours} h {minutes} min left"
    return f"{minutes} min left" if minutes else "less than 1 min left"


def when(at: datetime, now: datetime) -> str:
    """A moment in words: of today, the time is enough."""
    return f"{at:%H:%M:%S}" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M:%S}"
