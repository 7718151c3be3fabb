"""The handlers of the control API. Each calls the stub and returns the response's JSON.

A handler is named as the ``operationId`` of its route in ``openapi.json``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec import UNSET

from ..._api.stub import service_of
from ..._model.arguments import account_of, region_of
from ..._model.dns_checks import expected_records
from ..._model.identity import is_domain
from ..._model.place import Place
from ..._model.verification import delete
from ..._model.zone import normalize_value
from ..._time.time import MAX_DATETIME, length_of, to_timestamp
from . import schemas
from .paging import addresses_of, has_members, page_of

if TYPE_CHECKING:
    from werkzeug import Request

    from ..._api.stub import SESStub

PREFIX = "/_ses_stub"
#: The kinds of records: the stub's name, and that in paths and responses.
_RECORD_KINDS = {"TXT": "txt", "DKIM": "dkim", "MAIL FROM": "mail-from"}


class ControlRequest(NamedTuple):
    """A request whose query and body match the schemas of its route.

    Attributes:
        stub: the stub to control.
        path: the variable parts of the path, decoded.
        query: an instance of the query's schema.
        body: an instance of the body's schema; None if the route has none.
        http: the HTTP request.
        problem: returns the server's problem; empty if there is none.

    """

    stub: SESStub
    path: Mapping[str, str]
    query: Any
    body: Any
    http: Request
    problem: Callable[[], str]


class Unavailable(NamedTuple):
    """The JSON of a response if the server cannot do its work."""

    value: Any


class TextResponse(NamedTuple):
    """A response with a text that is not JSON, or JSON that is already encoded."""

    media_type: str
    text: str


class Conflict(Exception):
    """The request is not possible in the current state."""


# Identities.


def list_identities(request: ControlRequest) -> dict[str, Any]:
    """All identities, or those of a region or an account."""
    wanted = _checked_location(request.query)
    service = service_of(request.stub)
    with service.locked():
        backends = [
            backend
            for backend in service.state.backends.values()
            if all(getattr(backend, name) == value for name, value in wanted.items())
        ]
        identities = [
            schemas.identity_json(identity, backend.region, backend.account_id)
            for backend in backends
            for identity in backend.identities.values()
        ]
    return {"identities": identities}


def add_identity(request: ControlRequest) -> dict[str, Any]:
    """Adds an identity, or replaces it."""
    stub = _view(request)
    identity = stub.add_identity(**_given(msgspec.structs.asdict(request.body)))
    return schemas.identity_json(identity, stub.region, stub.account_id)


def get_identity(request: ControlRequest) -> dict[str, Any]:
    """An identity as it is now."""
    stub = _view(request)
    return schemas.identity_json(stub.identity(request.path["name"]), stub.region, stub.account_id)


def delete_identity(request: ControlRequest) -> None:
    """Deletes an identity."""
    stub = _view(request)
    service = service_of(stub)
    with service.locked() as now:
        name = stub.identity(request.path["name"]).name
        delete(Place(service.state, service.state.backend(stub.account_id, stub.region), now), name)


def script_identity(request: ControlRequest) -> dict[str, Any]:
    """Sets the statuses that the next responses show of an identity."""
    steps = [step if isinstance(step, str) else (step[0], int(step[1])) for step in request.body.steps]
    with service_of(request.stub).lock:
        _view(request).script(request.path["name"], steps)
        return get_identity(request)


def schedule_action(request: ControlRequest) -> None:
    """Schedules a change of an identity's status, or its verification."""
    later = _view(request).after(seconds=request.body.after_seconds)
    if request.body.confirm is True:
        later.confirm(request.path["name"])
    else:
        later.set_status(request.path["name"], request.body.status)


# Verification links and DNS records.


def click_link(request: ControlRequest) -> dict[str, str]:
    """Opens a verification link."""
    body = request.body
    if body.address is not UNSET and is_domain(body.address):
        raise Conflict(
            f"{body.address} is a domain and has no link: POST {PREFIX}/identities/{body.address}/records/txt"
            " publishes the record that SES searches for"
        )
    return {"page": _view(request).click_verification_link(body.address if body.link is UNSET else body.link)}


def list_expected_records(request: ControlRequest) -> dict[str, Any]:
    """The DNS records that SES searches for to verify an identity, and whether each is published."""
    stub = _view(request)
    service = service_of(stub)
    with service.locked():
        backend = service.state.backend(stub.account_id, stub.region)
        look_up = service.state.zone.look_up
        records = [
            {
                "kind": _RECORD_KINDS[purpose],
                "name": name,
                "type": type_,
                "value": value,
                "published": normalize_value(type_, value) in look_up(name, type_),
            }
            for purpose, (name, type_, value) in expected_records(backend, stub.identity(request.path["name"]))
        ]
    return {"records": records}


def publish_records(request: ControlRequest) -> dict[str, Any]:
    """Publishes the expected records of a kind."""
    return _change_records(request, "publish")


def remove_records(request: ControlRequest) -> dict[str, Any]:
    """Removes the expected records of a kind."""
    return _change_records(request, "remove")


def _change_records(request: ControlRequest, verb: str) -> dict[str, Any]:
    with service_of(request.stub).lock:
        change = getattr(_view(request), f"{verb}_{request.path['kind'].replace('-', '_')}")
        change(request.path["name"])
        return list_expected_records(request)


def get_dns_records(request: ControlRequest) -> dict[str, Any]:
    """The published values of a name and a type."""
    return {"values": request.stub.dns.records(request.query.name, request.query.type)}


def add_dns_record(request: ControlRequest) -> None:
    """Publishes a record."""
    request.stub.dns.add(request.body.name, request.body.type, request.body.value)


def remove_dns_record(request: ControlRequest) -> None:
    """Removes a record, or all of a name and a type."""
    query = request.query
    request.stub.dns.remove(query.name, query.type, None if query.value is UNSET else query.value)


# The clock.


def get_clock(request: ControlRequest) -> dict[str, Any]:
    """The stub's time and speed."""
    clock = request.stub.clock
    return {"now": clock.now(), "speed": getattr(clock, "speed", None)}


def advance_clock(request: ControlRequest) -> dict[str, Any]:
    """Moves the stub's time forward.

    Raises:
        Conflict: the new time would be too late.

    """
    duration = msgspec.structs.asdict(request.body)
    # Locked until the clock has moved, or two concurrent requests could exceed the limit together.
    with service_of(request.stub).locked() as now:
        if now + length_of(None, **duration) > to_timestamp(MAX_DATETIME):
            raise Conflict("the clock stops at the year 9000. Start a new server to begin at the current time")
        request.stub.clock.advance(**duration)
        return get_clock(request)


# Injected failures.


def list_faults(request: ControlRequest) -> dict[str, Any]:
    """The injected failures, in order, also used ones."""
    service = service_of(request.stub)
    with service.lock:
        return {"faults": [schemas.fault_json(fault) for fault in service.faults]}


def add_fault(request: ControlRequest) -> dict[str, Any]:
    """Injects a failure into the next matching calls."""
    members = _given(msgspec.structs.asdict(request.body))
    arguments: dict[str, Any] = {
        name: int(value) if isinstance(value, float) else value for name, value in members.items()
    }
    if arguments.pop("disconnect", False):
        arguments["exception"] = ConnectionError("an injected failure closed the connection")
    service = service_of(request.stub)
    with service.lock:
        request.stub.inject(**arguments)
        return schemas.fault_json(service.faults[-1])


def clear_faults(request: ControlRequest) -> None:
    """Removes all injected failures."""
    service = service_of(request.stub)
    with service.lock:
        service.faults.clear()


# What happened.


def list_calls(request: ControlRequest) -> dict[str, Any]:
    """The log of requests to SES, a page at a time."""
    service, query = service_of(request.stub), request.query
    with service.lock:
        dropped, calls = service.log.dropped, service.log.calls
    last = dropped + len(calls)
    filters = ("operation", "error_code", "region", "account_id", "service")
    wanted = _given({name: getattr(query, name) for name in filters})
    page, last = page_of(calls, range(dropped + 1, last + 1), last, query, lambda call: has_members(call, wanted))
    return {"calls": [{"number": number, **call._asdict()} for number, call in page], "next": last}


def list_verification_emails(request: ControlRequest) -> dict[str, Any]:
    """The emails of SES about verification, a page at a time."""
    service, query = service_of(request.stub), request.query
    link_url = f"{request.http.host_url}{PREFIX[1:]}/link"
    with service.locked():
        mailbox = service.state.mailbox
        emails, numbers, last = list(mailbox.mails), list(mailbox.numbers), mailbox.sequence
    wanted = _given({"to": query.to, "region": query.region, "account_id": query.account_id})
    page, last = page_of(emails, numbers, last, query, lambda email: has_members(email, wanted))
    return {
        "verification_emails": [{"number": number, **schemas.email_json(email, link_url)} for number, email in page],
        "next": last,
    }


def list_sent_emails(request: ControlRequest) -> dict[str, Any]:
    """The emails that the application has sent, a page at a time."""
    query, emails = request.query, request.stub.sent_emails
    wanted = _given({"region": query.region, "account_id": query.account_id})
    page, last = page_of(
        emails,
        range(1, len(emails) + 1),
        len(emails),
        query,
        lambda email: has_members(email, wanted) and (query.to is UNSET or query.to in addresses_of(email)),
    )
    return {
        "sent_emails": [{"number": number, **vars(email)} for number, email in page],
        "next": last,
    }


def get_report(request: ControlRequest) -> Any:
    """The figures of all calls."""
    return request.stub.report()


def get_timeline(request: ControlRequest) -> TextResponse:
    """Calls, status changes and waits in order, as a table or a picture."""
    timeline = request.stub.timeline()
    media_types = {"text": "text/plain", "svg": "image/svg+xml"}
    accepted = request.http.accept_mimetypes.best_match(media_types.values(), "text/plain")
    media_type = media_types.get(request.query.format) or accepted
    return TextResponse(media_type, timeline.svg() if media_type == media_types["svg"] else f"{timeline}\n")


# The server.


def reset(request: ControlRequest) -> None:
    """Resets the stub to its initial state; the clock continues."""
    request.stub.reset()


def get_health(request: ControlRequest) -> dict[str, Any] | Unavailable:
    """Whether the server is up and can save its state."""
    # Imported here, as the package defines its version last.
    from ... import __version__

    problem = request.problem()
    health = {
        "status": "failing" if problem else "ok",
        "problem": problem or None,
        "version": __version__,
        "time": request.stub.clock.now(),
    }
    return Unavailable(health) if problem else health


def get_openapi(request: ControlRequest) -> TextResponse:
    """The OpenAPI document of this API."""
    return TextResponse("application/json", _document())


@cache
def _document() -> str:
    return (resources.files(__package__) / "openapi.json").read_text(encoding="utf-8")


# What the handlers share.


def _view(request: ControlRequest) -> SESStub:
    return request.stub.view(**_checked_location(request.query))


def _checked_location(location: schemas.Location) -> dict[str, Any]:
    """Region and account, if given.

    Raises:
        ValueError: invalid region or account.

    """
    checks: dict[str, Callable[[object], str]] = {"region": region_of, "account_id": account_of}
    given = _given({"region": location.region, "account_id": location.account_id})
    return {name: checks[name](value) for name, value in given.items()}


def _given(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not UNSET}
