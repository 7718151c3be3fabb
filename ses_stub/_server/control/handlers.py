"""What the control API does, each by a function: it asks the stub, and says what is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec import UNSET

from ..._model.arguments import account_of, region_of
from ..._model.dns_checks import expected_records
from ..._model.lifecycle import delete
from ..._model.zone import normalize_value
from ..._time.time import MAX_DATETIME, length_of, to_timestamp
from . import schemas

if TYPE_CHECKING:
    from werkzeug import Request

    from ..._api.stub import SESStub

PREFIX = "/_ses_stub"
#: What records are for, as paths and answers have it.
_KINDS = {"TXT": "txt", "DKIM": "dkim", "MAIL FROM": "mail-from"}


class Ask(NamedTuple):
    """A request that is understood; its query and body are in the forms of its route."""

    stub: SESStub
    path: Mapping[str, str]
    query: Any
    body: Any
    http: Request


class Text(NamedTuple):
    """An answer that is no JSON, or JSON already."""

    kind: str
    text: str


class Conflict(Exception):
    """What was asked for cannot be done as things stand now."""


# Identities.


def _view(ask: Ask) -> SESStub:
    return ask.stub.view(**_given(ask.query))


def _given(place: schemas.Place) -> dict[str, Any]:
    """Region and account, as far as they are named."""
    checks: dict[str, Callable[[object], str]] = {"region": region_of, "account_id": account_of}
    named = _set({"region": place.region, "account_id": place.account_id})
    return {name: checks[name](value) for name, value in named.items()}


def _set(members: dict[str, Any]) -> dict[str, Any]:
    """Those members that were given."""
    return {name: value for name, value in members.items() if value is not UNSET}


def list_identities(ask: Ask) -> dict[str, Any]:
    """All identities, or those of a region or an account."""
    wanted = _given(ask.query)
    service = ask.stub._service
    with service.locked():
        places = [
            backend
            for backend in service.state.backends.values()
            if all(getattr(backend, name) == value for name, value in wanted.items())
        ]
        found = [
            schemas.told(one, place.region, place.account_id) for place in places for one in place.identities.values()
        ]
    return {"identities": found}


def add_identity(ask: Ask) -> dict[str, Any]:
    """Puts an identity there."""
    stub, body = _view(ask), ask.body
    identity = stub.add_identity(body.name, body.status, token=None if body.token is UNSET else body.token)
    return schemas.told(identity, stub.region, stub.account_id)


def get_identity(ask: Ask) -> dict[str, Any]:
    """An identity as it is now."""
    stub = _view(ask)
    return schemas.told(stub.identity(ask.path["name"]), stub.region, stub.account_id)


def delete_identity(ask: Ask) -> None:
    """Forgets an identity."""
    stub = _view(ask)
    state = stub._service.state
    with stub._service.locked() as now:
        delete(state, state.backend(stub.account_id, stub.region), stub.identity(ask.path["name"]).name, now)


def fix_script(ask: Ask) -> dict[str, Any]:
    """Fixes what the next answers show of an identity."""
    steps = [step if isinstance(step, str) else (step[0], int(step[1])) for step in ask.body.steps]
    with ask.stub._service.lock:
        _view(ask).script(ask.path["name"], steps)
        return get_identity(ask)


def fix_later(ask: Ask) -> None:
    """Fixes what happens to an identity later."""
    later = _view(ask).after(seconds=ask.body.after_seconds)
    if ask.body.confirm is True:
        later.confirm(ask.path["name"])
    else:
        later.set_status(ask.path["name"], ask.body.status)


# What owners do.


def click(ask: Ask) -> dict[str, str]:
    """The owner of a mailbox clicks."""
    body = ask.body
    return {"page": _view(ask).click_verification_link(body.address if body.link is UNSET else body.link)}


def list_records(ask: Ask) -> dict[str, Any]:
    """What SES asks the owner of an identity for, and whether it is there."""
    stub = _view(ask)
    with stub._service.locked():
        backend = stub._service.state.backend(stub.account_id, stub.region)
        look_up = stub._service.state.zone.look_up
        records = [
            {
                "kind": _KINDS[what],
                "name": name,
                "type": type_,
                "value": value,
                "published": normalize_value(type_, value) in look_up(name, type_),
            }
            for what, (name, type_, value) in expected_records(backend, stub.identity(ask.path["name"]))
        ]
    return {"records": records}


def change_records(ask: Ask, change: str) -> dict[str, Any]:
    """The owner publishes or removes the records of a kind."""
    with ask.stub._service.lock:
        getattr(_view(ask), f"{change}_{ask.path['kind'].replace('-', '_')}")(ask.path["name"])
        return list_records(ask)


def get_dns(ask: Ask) -> dict[str, Any]:
    """The published values of a name and a type."""
    return {"values": ask.stub.dns.records(ask.query.name, ask.query.type)}


def add_dns(ask: Ask) -> None:
    """Publishes a record."""
    ask.stub.dns.add(ask.body.name, ask.body.type, ask.body.value)


def remove_dns(ask: Ask) -> None:
    """Removes a record, or all of a name and a type."""
    query = ask.query
    ask.stub.dns.remove(query.name, query.type, None if query.value is UNSET else query.value)


# The time, and failures.


def get_clock(ask: Ask) -> dict[str, Any]:
    """The time."""
    return {"now": ask.stub.clock.now(), "speed": getattr(ask.stub.clock, "speed", None)}


def advance(ask: Ask) -> dict[str, Any]:
    """Moves the time forward."""
    parts = msgspec.structs.asdict(ask.body)
    # Under one lock, as else two steps that are each short enough could pass the end together.
    with ask.stub._service.locked() as now:
        if now + length_of(None, **parts) > to_timestamp(MAX_DATETIME):
            raise Conflict("time ends in the year 9000 here; a new stub begins at the present day")
        ask.stub.clock.advance(**parts)
        return get_clock(ask)


def list_faults(ask: Ask) -> dict[str, Any]:
    """The ordered failures."""
    with ask.stub._service.lock:
        return {"faults": [schemas.fault_told(one) for one in ask.stub._service.faults]}


def add_fault(ask: Ask) -> dict[str, Any]:
    """Lets the next matching calls fail."""
    given = _set(msgspec.structs.asdict(ask.body))
    order: dict[str, Any] = {name: int(value) if isinstance(value, float) else value for name, value in given.items()}
    if order.pop("disconnect", False):
        order["exception"] = ConnectionError("the connection was closed, as a test has ordered")
    with ask.stub._service.lock:
        ask.stub.inject(**order)
        return schemas.fault_told(ask.stub._service.faults[-1])


def clear_faults(ask: Ask) -> None:
    """Takes all ordered failures back."""
    with ask.stub._service.lock:
        ask.stub._service.faults.clear()


# What happened.


def list_calls(ask: Ask) -> dict[str, Any]:
    """The requests that came."""
    service, query = ask.stub._service, ask.query
    with service.lock:
        gone, entries = service.log.dropped, service.log.entries
        last = gone + len(entries)
        later = list(enumerate(entries[max(0, query.after - gone) :], max(query.after, gone) + 1))
    words = ("operation", "error_code", "region", "account_id", "service")
    wanted = _set({word: getattr(query, word) for word in words})
    fitting = (
        {"number": number, **call._asdict()}
        for number, (call, *_) in later
        if all(getattr(call, word) == value for word, value in wanted.items())
    )
    found = list(islice(fitting, query.limit))
    # Where all was looked through, those that do not fit need not be looked at again.
    return {"calls": found, "next": found[-1]["number"] if len(found) == query.limit else last}


def list_verification_emails(ask: Ask) -> dict[str, Any]:
    """The mails about verification."""
    return {
        "mails": [
            schemas.mail_told(mail, f"{ask.http.host_url}{PREFIX[1:]}/link") for mail in ask.stub.verification_emails
        ]
    }


def list_sent_emails(ask: Ask) -> dict[str, Any]:
    """The messages that SES has accepted."""
    return {"messages": ask.stub.sent_emails}


def get_report(ask: Ask) -> Any:
    """The figures."""
    return ask.stub.report()


def get_timeline(ask: Ask) -> Text:
    """What happened against time."""
    timeline = ask.stub.timeline()
    kinds = {"text": "text/plain", "svg": "image/svg+xml"}
    kind = kinds.get(ask.query.format) or ask.http.accept_mimetypes.best_match(kinds.values(), "text/plain")
    return Text(kind, timeline.svg() if kind == kinds["svg"] else f"{timeline}\n")


def reset(ask: Ask) -> None:
    """Back to the beginning; the time goes on."""
    ask.stub.reset()


def get_health(ask: Ask) -> dict[str, Any]:
    """That the server is up."""
    # The package's own name is bound last.
    from ... import __version__

    return {"status": "ok", "version": __version__, "time": ask.stub.clock.now()}


def get_openapi(ask: Ask) -> Text:
    """The document that describes all this."""
    return Text("application/json", _document())


@cache
def _document() -> str:
    return (resources.files(__package__) / "openapi.json").read_text(encoding="utf-8")
