"""The data of the page: one page of each of its lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from ..._api.stub import service_of
from ..._model.dns_checks import expected_records
from ..._model.identity import AWAITING_RECORDS, Identity, IdentityType, VerificationStatus, canonical
from ..._model.settings import Dkim, RecordCheck, Settings
from ..._model.zone import normalize_value
from ..._time.time import from_timestamp, to_timestamp
from .filters import format_time_left
from .matching import Found, Owned, find_identities, owned, with_records

if TYPE_CHECKING:
    from ..._api.stub import SESStub
    from ..._model.backend import Backend
    from ..._model.mailbox import VerificationEmail
    from ..._model.records import Record
    from ..._model.sent_email import SentEmail
    from ..._model.state import State
    from ..._service.calls import Call
    from .query import Query

#: Rows on a page of each list.
_SIZES = {"identities": 25, "records": 5, "inbox": 10, "sent": 10, "sets": 20, "calls": 50}
#: The statuses in the order of the filter: pending ones first, as in the list.
_STATUSES = (
    VerificationStatus.PENDING,
    VerificationStatus.TEMPORARY_FAILURE,
    VerificationStatus.SUCCESS,
    VerificationStatus.FAILED,
    VerificationStatus.NOT_STARTED,
)
_NO_SETTINGS = Settings()

T = TypeVar("T")
S = TypeVar("S")


@dataclass(frozen=True)
class Rows(Generic[T]):
    """One page of a list.

    Attributes:
        name: the list's parameter in the URL.
        shown: the rows.
        total: the number of rows on all pages.
        first: the number of the first row, from 1.
        page: the page number, from 1.
        pages: the number of pages.

    """

    name: str
    shown: list[T]
    total: int
    first: int
    page: int
    pages: int


def _rows(name: str, found: Sequence[S], number: int, make: Callable[[S], T]) -> Rows[T]:
    size = _SIZES[name]
    pages = max(1, -(-len(found) // size))
    page = min(number, pages)
    start = (page - 1) * size
    return Rows(name, [make(one) for one in found[start : start + size]], len(found), start + 1, page, pages)


class Step(NamedTuple):
    """The status of an identity, its DKIM or its MAIL FROM domain.

    Attributes:
        purpose: empty for the identity itself.
        status: the status.
        waits_for: what changes it; empty if it is final.
        time_left: how long SES waits; empty if it does not.

    """

    purpose: str
    status: str
    waits_for: str
    time_left: str


class IdentityRow(NamedTuple):
    """An identity. ``link`` is its valid verification link; empty if there is none."""

    identity: Identity
    region: str
    account_id: str
    steps: list[Step]
    link: str


class RecordRow(NamedTuple):
    """A DNS record that SES searches for, and whether it is published."""

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
    """A verification email. ``link_state`` says why its link is invalid, or how long it is valid."""

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
    """The data of the whole page at one time.

    Attributes:
        now: the time.
        registered: the number of identities.
        chips: for each status the number of identities that match the filter's text; the empty key is for all.
        identity: the selected identity; None for none.
        identities: the identities that match the filter.
        records: the DNS records of these identities, or of the selected one.
        verification_emails: the emails of SES.
        sent_emails: the emails of the application.
        configuration_sets: the configuration sets.
        calls: the calls.
        dropped_calls: the number of earlier calls that were dropped.

    """

    now: datetime
    registered: int
    chips: dict[str, int]
    identity: IdentityRow | None
    identities: Rows[IdentityRow]
    records: Rows[RecordGroup]
    verification_emails: Rows[EmailRow]
    sent_emails: Rows[SentEmail]
    configuration_sets: Rows[SetRow]
    calls: Rows[Call]
    dropped_calls: int


def page_data(stub: SESStub, query: Query) -> PageData:
    """The data of the page now."""
    service = service_of(stub)
    with service.locked() as now:
        state, log, number = service.state, service.log, query.page_number
        chosen = _chosen(state, *query.identity)
        found = find_identities(state, query.text)
        counts = Counter(one.status for one in found)
        chips = {"": len(found), **{one.value: counts[one] for one in _STATUSES}}
        if query.status:
            found = [one for one in found if one.status == query.status]
        recorded = with_records(state, found if chosen is None else [chosen[1]])
        wanted = Found(query.text, chosen)
        emails = _newest(state.mailbox.mails, wanted.verification_email, wanted.is_all)
        sent = _newest(state.sent_emails, wanted.sent_email, wanted.is_all)
        calls = _newest(log.entries, lambda entry: wanted.call(entry.call), wanted.is_all)
        return PageData(
            now=from_timestamp(now),
            registered=sum(len(backend.identities) for backend in state.backends.values()),
            chips=chips,
            identity=_identity_row(state, *chosen, now) if chosen is not None else None,
            identities=_rows(
                "identities", found, number("identities"), lambda one: _identity_row(state, *owned(state, one), now)
            ),
            records=_rows("records", recorded, number("records"), lambda one: _record_group(state, *owned(state, one))),
            verification_emails=_rows("inbox", emails, number("inbox"), lambda one: _email_row(state, one, now)),
            sent_emails=_rows("sent", sent, number("sent"), lambda one: one),
            configuration_sets=_rows("sets", _configuration_sets(state), number("sets"), lambda one: one),
            calls=_rows("calls", calls, number("calls"), lambda entry: entry.call),
            dropped_calls=log.dropped if wanted.is_all else 0,
        )


def _newest(items: Iterable[T], is_wanted: Callable[[T], bool], is_all: bool) -> list[T]:
    found = list(items) if is_all else list(filter(is_wanted, items))
    found.reverse()
    return found


# Identities.


def _chosen(state: State, account_id: str, region: str, name: str) -> Owned | None:
    backend = state.backends.get((account_id, region))
    identity = backend.identities.get(canonical(name)) if backend is not None else None
    return (backend, identity) if backend is not None and identity is not None else None


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
    settings = backend.identity_settings.get(identity.name, _NO_SETTINGS)
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
    """What SES needs before it signs."""
    if dkim.parent is not None and not dkim.tokens:
        return f"Easy DKIM in {dkim.parent}"
    return "TXT record of the key" if dkim.selector is not None else "three CNAME records"


def _step(purpose: str, check: RecordCheck, waits_for: str, now: int) -> Step:
    if check.expires_at is not None:
        return Step(purpose, check.status.value, waits_for, format_time_left(check.expires_at - now))
    restarts = check.status in (VerificationStatus.FAILED, VerificationStatus.NOT_STARTED)
    return Step(purpose, check.status.value, "a new request" if restarts else "", "")


# DNS records.


def _record_group(state: State, backend: Backend, identity: Identity) -> RecordGroup:
    rows = [
        RecordRow("Ownership" if purpose == "TXT" else purpose, record, _is_published(state, record))
        for purpose, record in expected_records(backend, identity)
    ]
    return RecordGroup(identity.name, backend.region, backend.account_id, rows)


def _is_published(state: State, record: Record) -> bool:
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


def _configuration_sets(state: State) -> list[SetRow]:
    """The configuration sets of each region and account, the newest first."""
    return [
        SetRow(name, backend.region, backend.account_id)
        for backend in state.backends.values()
        for name in reversed(backend.configuration_sets)
    ]
