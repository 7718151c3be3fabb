"""The actions of a stub's controls: identities, links, DNS records, failures, raw requests.

Each function acquires the lock once, and calls a resolver at most as often as one poll does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from .._core.errors import IdentityNotFoundError, SESStubError
from .._core.text import is_url
from .._intercept import raw_http
from .._model.arguments import name_of, steps_of, text_of
from .._model.backend import Backend
from .._model.dns_checks import expected_records, publish_records, remove_records
from .._model.identity import Identity, is_domain
from .._model.owner import click_link as click_link_of_mail
from .._model.owner import confirm as confirm_identity
from .._model.place import Place
from .._model.presets import Preset
from .._model.records import Record
from .._model.replicas import problem
from .._model.seeding import apply_preset
from .._model.verification import set_script
from .._service.apis import check_operation
from .._service.faults import Fault
from .._service.service import Service
from .._wire.messages import HTTPResponse
from .location import Location


class RecordKind(NamedTuple):
    """A kind of DNS records that SES requests.

    Attributes:
        name: its name in the model.
        title: its name in errors.
        requested_by: the client's method that requests it.
        instead: the error for an email address, which has no such records; None if it may have them.

    """

    name: str
    title: str
    requested_by: str
    instead: str | None = None


TXT = RecordKind(
    "TXT",
    "a TXT record",
    "verify_domain_identity",
    "{name!r} is an email address and has no TXT record: use click_verification_link({name!r})",
)
DKIM = RecordKind(
    "DKIM",
    "DKIM",
    "verify_domain_dkim",
    "{name!r} is an email address and has no DKIM records: use those of its domain, publish_dkim({domain!r})",
)
MAIL_FROM = RecordKind("MAIL FROM", "a MAIL FROM domain", "set_identity_mail_from_domain")


def add_identity(location: Location, preset: Preset) -> Identity:
    """Adds an identity, or sets the status of one that exists (see `SESStub.add_identity`)."""
    with location.locked(check_dns=False) as place:
        return apply_preset(place, preset)


def script(location: Location, name: str, steps: Iterable[str | tuple[str, int]]) -> None:
    """Sets the statuses that the next responses show (see `SESStub.script`)."""
    name, plan = name_of(name), steps_of(steps)
    with location.locked(check_dns=False) as place:
        set_script(place, name, plan)


def seed(location: Location) -> None:
    """Adds the identities of the option ``identities``."""
    seeds = location.service.options.seeds
    if seeds:
        with location.locked(check_dns=False) as place:
            for preset in seeds:
                apply_preset(place, preset)


def click_link(location: Location, address_or_url: str) -> str:
    """Clicks the link in the last email to an address, or a link (see `SESStub.click_verification_link`)."""
    if is_domain(text_of("address_or_url", address_or_url)):
        raise SESStubError(f"{address_or_url!r} is a domain and has no link: use publish_txt({address_or_url!r})")
    is_link = is_url(address_or_url)
    with location.locked() as place:
        mailbox = place.state.mailbox
        if is_link:
            mail = mailbox.by_link(address_or_url)
        else:
            mail = mailbox.latest(location.account_id, location.region, address_or_url)
        if mail is None:
            raise _no_mail(location, address_or_url, "email with the link" if is_link else "email to")
        return click_link_of_mail(place.state, mail, place.now)


def _no_mail(location: Location, address_or_url: str, what: str) -> IdentityNotFoundError:
    here = (location.region, location.account_id)
    mails = location.service.state.mailbox.mails
    sent = [mail.to for mail in mails if mail.link and (mail.region, mail.account_id) == here]
    hint = location.hint_other_location(address_or_url) or (
        " The links are in `verification_emails`."
        if sent
        else " Check that the application calls verify_email_identity."
    )
    return IdentityNotFoundError(address_or_url, str(location), sent, hint, what)


def confirm(location: Location, name: str) -> None:
    """Verifies an identity now (see `SESStub.confirm`)."""
    with location.locked(check_dns=False) as place:
        confirm_identity(place, location.find(place.backend, name).name)


def publish(location: Location, kind: RecordKind, name: str) -> None:
    """Publishes the requested records of a kind.

    Raises:
        LookupError: the identity is unknown.
        SESStubError: SES has requested no such records.

    """
    with location.locked(check_dns=False) as place:
        publish_records(place.state, _expected(location, place, kind, name), place.now)


def remove(location: Location, kind: RecordKind, name: str) -> None:
    """Removes the requested records of a kind (raises as `publish` does)."""
    with location.locked(check_dns=False) as place:
        remove_records(place.state, _expected(location, place, kind, name), place.now)


def _expected(location: Location, place: Place, kind: RecordKind, name: str) -> list[Record]:
    identity = location.find(place.backend, name)
    refuse_address(kind, name)
    records = records_of(place.backend, identity, kind)
    if not records:
        if kind is DKIM and (without_keys := problem(place, identity.name)):
            raise SESStubError(f"{name!r} has no DKIM keys: {without_keys}")
        raise SESStubError(f"{kind.title} of {name!r} was not requested: call {kind.requested_by}() first")
    return records


def refuse_address(kind: RecordKind, name: str) -> None:
    """Checks that a kind of records is possible for an identity.

    Raises:
        SESStubError: the identity is an email address, and only domains have them.

    """
    if kind.instead is not None and "@" in name:
        raise SESStubError(kind.instead.format(name=name, domain=name.rpartition("@")[2]))


def records_of(backend: Backend, identity: Identity, kind: RecordKind) -> list[Record]:
    """The requested records of a kind; empty if none are."""
    return [record for name, record in expected_records(backend, identity) if name == kind.name]


def inject(service: Service, fault: Fault) -> None:
    """Makes the next matching calls fail (see `SESStub.inject`)."""
    if fault.operation is not None and not service.supports(fault.operation):
        check_operation(fault.operation)
        raise service.unsupported_error(fault.operation)
    with service.lock:
        service.faults.append(fault)


def respond(location: Location, method: str, url: str, headers: Mapping[str, str], body: str | bytes) -> HTTPResponse:
    """Answers one raw HTTP request (see `SESStub.respond`)."""
    text = body if isinstance(body, str) else body.decode(errors="replace")
    raw = raw_http.RawRequest(method, url, headers, text)
    answer = raw_http.respond(location.service, raw, location.region, location.account_id)
    if answer is None:
        raise SESStubError(
            f"{method} {url} is not a request for SES, neither v1 (Action=…) nor v2 (/v2/email/…)."
            " Pass only requests for SES to respond()"
        )
    return answer
