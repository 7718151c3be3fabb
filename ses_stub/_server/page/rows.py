"""The data of the page: the rows of its lists, the newest first, each list limited."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from ..._api.stub import service_of
from ..._model.dns_checks import expected_records
from ..._model.identity import AWAITING_RECORDS, Identity, IdentityType, VerificationStatus
from ..._model.settings import Dkim, RecordCheck
from ..._model.zone import normalize_value
from ..._time.time import from_timestamp, to_timestamp
from .filters import format_time_left

if TYPE_CHECKING:
    from ..._api.stub import SESStub
    from ..._model.backend import Backend
    from ..._model.mailbox import VerificationEmail
    from ..._model.records import Record
    from ..._model.sent_email import SentEmail
    from ..._model.state import State
    from ..._service.calls import Call

#: The most rows of a list; of records it counts each, of calls there are fewer.
MAX_ROWS = 200
MAX_CALLS = 50

T = TypeVar("T")
#: An identity, and the region and account that it belongs to.
Owned = tuple["Backend", Identity]


@dataclass(frozen=True)
class Rows(Generic[T]):
    """The rows of a list.

    Attributes:
        shown: the rows that the page shows.
        total: how many there are, also those not shown.

    """

    shown: list[T]
    total: int

    @property
    def hidden(self) -> int:
        """How many rows the page does not show."""
        return self.total - len(self.shown)


class Step(NamedTuple):
    """The status of an identity, its DKIM or its MAIL FROM domain.

    Attributes:
        purpose: what it is the status of; empty for the identity itself.
        status: the status.
        waits_for: what changes it; empty if it is final.
        time_left: how long SES waits; empty if it does not.

    """

    purpose: str
    status: str
    waits_for: str
    time_left: str


class IdentityRow(NamedTuple):
    """An identity; ``link`` is the verification link that can still be clicked, empty if there is none."""

    identity: Identity
    region: str
    account_id: str
    steps: list[Step]
    link: str


class RecordRow(NamedTuple):
    """A DNS record that SES looks for, and whether it is published."""

    purpose: str
    record: Record
    published: bool


class RecordGroup(NamedTuple):
    """The DNS records of an identity."""

    name: str
    region: str
    account_id: str
    records: list[RecordRow]


class EmailRow(NamedTuple):
    """A verification email; ``link_state`` is why its link no longer works, or how long it still does."""

    email: VerificationEmail
    link_works: bool
    link_state: str


class SetRow(NamedTuple):
    """A configuration set."""

    name: str
    region: str
    account_id: str


@dataclass(frozen=True)
class PageData:
    """Everything that the page shows of a stub, at one time."""

    now: datetime
    identities: Rows[IdentityRow]
    records: Rows[RecordGroup]
    verification_emails: Rows[EmailRow]
    calls: Rows[Call]
    sent_emails: Rows[SentEmail]
    configuration_sets: Rows[SetRow]


def page_data(stub: SESStub) -> PageData:
    """What there is to show now."""
    service = service_of(stub)
    with service.locked() as now:
        state, entries = service.state, service.log.entries
        emails = [_email_row(state, email, now) for email in _newest(state.mailbox.mails, MAX_ROWS)]
        total = sum(len(backend.identities) for backend in state.backends.values())
        identities = _newest_identities(state, lambda _: True)
        return PageData(
            now=from_timestamp(now),
            identities=Rows([_identity_row(state, *owned, now) for owned in identities], total),
            records=_record_groups(state, identities),
            verification_emails=Rows(emails, len(state.mailbox.mails)),
            calls=Rows([one.call for one in _newest(entries, MAX_CALLS)], service.log.dropped + len(entries)),
            sent_emails=Rows(_newest(state.sent_emails, MAX_ROWS), len(state.sent_emails)),
            configuration_sets=_configuration_sets(state),
        )


def _newest(items: list[T], most: int) -> list[T]:
    return items[: -most - 1 : -1]


# Identities.


def _newest_identities(state: State, wanted: Callable[[Identity], bool]) -> list[Owned]:
    """The newest identities of all regions and accounts."""
    # Of each region and account its own newest are enough.
    candidates = (
        (backend, identity)
        for backend in state.backends.values()
        for identity in islice(filter(wanted, reversed(backend.identities.values())), MAX_ROWS)
    )
    return _newest_first(candidates)[:MAX_ROWS]


def _newest_first(owned: Iterable[Owned]) -> list[Owned]:
    # By a complete key: the order of a set may differ in the next request.
    return sorted(
        owned,
        key=lambda one: (one[1].requested_at, one[0].registrations[one[1].name], one[0].region, one[0].account_id),
        reverse=True,
    )


def _identity_row(state: State, backend: Backend, identity: Identity, now: int) -> IdentityRow:
    email = state.mailbox.latest(backend.account_id, backend.region, identity.name)
    return IdentityRow(
        identity,
        backend.region,
        backend.account_id,
        _steps(backend, identity, now),
        email.link if email is not None and identity.status in AWAITING_RECORDS else "",
    )


def _steps(backend: Backend, identity: Identity, now: int) -> list[Step]:
    settings = backend.settings(identity.name)
    if identity.type is IdentityType.EMAIL_ADDRESS:
        waits_for = "click on the link"
    elif settings.dkim.check.status in AWAITING_RECORDS:
        waits_for = "TXT record or DKIM"
    else:
        waits_for = "TXT record"
    expires = to_timestamp(identity.expires_at) if identity.expires_at is not None else None
    steps = [_step("", RecordCheck(identity.status, expires), waits_for, now)]
    if settings.dkim.check.status is not VerificationStatus.NOT_STARTED:
        steps.append(_step("DKIM", settings.dkim.check, _keys(settings.dkim), now))
    if settings.mail_from.domain:
        steps.append(_step(f"MAIL FROM {settings.mail_from.domain}", settings.mail_from.check, "MX record", now))
    return steps


def _keys(dkim: Dkim) -> str:
    """What SES waits for before it signs."""
    if dkim.parent is not None and not dkim.tokens:
        return f"Easy DKIM in {dkim.parent}"
    return "TXT record of the key" if dkim.selector is not None else "three CNAME records"


def _step(purpose: str, check: RecordCheck, waits_for: str, now: int) -> Step:
    if check.expires_at is not None:
        return Step(purpose, check.status.value, waits_for, format_time_left(check.expires_at - now))
    restarts = check.status in (VerificationStatus.FAILED, VerificationStatus.NOT_STARTED)
    return Step(purpose, check.status.value, "a new request" if restarts else "", "")


# DNS records.


def _record_groups(state: State, identities: Iterable[Owned]) -> Rows[RecordGroup]:
    """The records of these identities and of the newest domains, so that many addresses do not hide a domain."""
    domains = _newest_identities(state, _is_domain)
    candidates = _newest_first({*identities, *domains})
    groups = [group for owned in candidates if (group := _record_group(state, *owned)).records]
    number = sum(
        _is_domain(identity) for backend in state.backends.values() for identity in backend.identities.values()
    )
    # Complete groups only, as many as together have no more records than a list has rows.
    counts = accumulate(len(group.records) for group in groups)
    shown = [group for group, count in zip(groups, counts, strict=True) if count <= MAX_ROWS]
    return Rows(shown, len(groups) + number - len(domains))


def _is_domain(identity: Identity) -> bool:
    return identity.type is IdentityType.DOMAIN


def _record_group(state: State, backend: Backend, identity: Identity) -> RecordGroup:
    rows = [
        RecordRow("Ownership" if purpose == "TXT" else purpose, record, _is_published(state, record))
        for purpose, record in expected_records(backend, identity)
    ]
    return RecordGroup(identity.name, backend.region, backend.account_id, rows)


def _is_published(state: State, record: Record) -> bool:
    """Whether it was published here; a resolver of the test is not asked."""
    published = state.zone.published(record.name, record.kind)
    return normalize_value(record.kind, record.value) in {normalize_value(record.kind, value) for value in published}


# Verification emails.


def _email_row(state: State, email: VerificationEmail, now: int) -> EmailRow:
    if email.expires_at is None:
        return EmailRow(email, False, "")
    identity = state.backend(email.account_id, email.region).identities.get(email.to)
    if identity is None:
        return EmailRow(email, False, "deleted")
    if identity.status is VerificationStatus.SUCCESS:
        return EmailRow(email, False, "confirmed")
    micros = to_timestamp(email.expires_at) - now
    works = micros > 0 and identity.status in AWAITING_RECORDS
    return EmailRow(email, works, format_time_left(micros) if works else "expired")


# Configuration sets.


def _configuration_sets(state: State) -> Rows[SetRow]:
    """The newest configuration sets of each region and account."""
    total = sum(len(backend.configuration_sets) for backend in state.backends.values())
    rows = (
        SetRow(name, backend.region, backend.account_id)
        for backend in state.backends.values()
        for name in islice(reversed(backend.configuration_sets), MAX_ROWS)
    )
    return Rows(list(islice(rows, MAX_ROWS)), total)
