"""The actions of the page's buttons and forms, and their messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from ..._api.stub import service_of
from ..._model.identity import canonical
from ..._model.mailbox import PAGES, VerificationEmail
from ..._model.place import Place
from ..._model.verification import delete, restore
from ..._time.time import MAX_DATETIME
from .notices import Done

if TYPE_CHECKING:
    from werkzeug import Request

    from ..._api.stub import SESStub
    from ..._model.backend import Backend, Removed
    from ..._model.state import State
    from ..._service.service import Service

_DURATION = re.compile(r"([0-9]{1,7}(?:\.[0-9]{1,3})?)\s*(s|min|m|h|d)", re.IGNORECASE)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_RECORD_TYPES = ("TXT", "CNAME", "MX")
_NAME_LENGTH, _VALUE_LENGTH = 255, 4096


class ActionRefused(ValueError):
    """The action is not possible. The text says why."""


class Action(NamedTuple):
    """An action, and the section of the page to show after it."""

    run: Callable[[SESStub, Request], Done]
    section: str


def open_link(stub: SESStub, email: VerificationEmail | None) -> str:
    """Opens the verification link of an email; returns the text of its page, or the URL that it redirects to."""
    return stub.click_verification_link(email.link) if email is not None else PAGES.unknown


def _click(stub: SESStub, request: Request) -> Done:
    service = service_of(stub)
    with service.locked():
        email = service.state.mailbox.by_link(request.form.get("link", ""))
        text = open_link(stub, email)
    if email is None or text != email.pages.confirmed:
        raise ActionRefused(f"The link redirects to {text}" if "://" in text else text)
    return Done(f"Clicked the link sent to {email.to}: the address is verified.")


def _publish(stub: SESStub, request: Request) -> Done:
    records = _records(request)
    for record in records:
        stub.dns.add(*record)
    return Done(f"Published {_count(records)}.")


def _remove(stub: SESStub, request: Request) -> Done:
    records = _records(request)
    for record in records:
        stub.dns.remove(*record)
    return Done(f"Removed {_count(records)}.")


def _count(records: list[tuple[str, str, str]]) -> str:
    (name, kind, _), *others = records
    return f"{len(records)} records" if others else f"the {kind} record {name}"


def _records(request: Request) -> list[tuple[str, str, str]]:
    """The one or more records of a form."""
    columns: list[list[str]] = [request.form.getlist(field) for field in ("name", "kind", "value")]
    if not columns[0] or len({len(column) for column in columns}) > 1:
        raise ActionRefused("A record needs a name, a type and a value.")
    records = list(zip(*columns, strict=True))
    for name, kind, value in records:
        if kind not in _RECORD_TYPES:
            raise ActionRefused(f"“{kind[:40]}” is not a supported record type: use TXT, CNAME or MX.")
        if not (0 < len(name) <= _NAME_LENGTH and 0 < len(value) <= _VALUE_LENGTH):
            raise ActionRefused(
                f"A record needs a name of 1 to {_NAME_LENGTH} characters and a value of 1 to {_VALUE_LENGTH:,}."
            )
    return records


def _advance(stub: SESStub, request: Request) -> Done:
    text = request.form.get("by", "").strip()
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ActionRefused(f"“{text[:40]}” is not a duration. Write for example 90 min, 36 h or 3 d.")
    by = timedelta(**{_UNITS[found[2][0].lower()]: float(found[1])})
    if by > MAX_DATETIME - stub.clock.now():
        raise ActionRefused(f"{text} is too long: the clock stops at the year {MAX_DATETIME.year}.")
    stub.clock.advance(by)
    return Done(f"Advanced the clock by {text}, to {stub.clock.now():%H:%M on %a %d %b %Y}.")


def _add(stub: SESStub, request: Request) -> Done:
    form = request.form
    location = {"region": form.get("region", "").strip(), "account_id": form.get("account_id", "").strip()}
    identity = stub.view(**location).add_identity(form.get("name", "").strip(), form.get("status", ""))
    return Done(f"Added {identity.name} in {location['region']} as {identity.status}.")


def _delete(stub: SESStub, request: Request) -> Done:
    name, region, account_id = (request.form.get(field, "") for field in ("name", "region", "account_id"))
    service = service_of(stub)
    with service.locked() as now:
        backend = service.state.backends.get((account_id, region))
        removed = delete(Place(service.state, backend, now), name) if backend is not None else None
        if backend is None or removed is None:
            raise ActionRefused(f"There is no identity {canonical(name)} in {region} of account {account_id}.")
        undo = partial(_undo_delete, service, service.state, backend, removed)
        return Done(f"Deleted {removed.identity.name} in {region}.", undo)


def _undo_delete(service: Service, state: State, backend: Backend, removed: Removed) -> str:
    name = removed.identity.name
    with service.locked() as now:
        if service.state is not state:
            raise ActionRefused(f"{name} was deleted before the reset and cannot be restored.")
        if name in backend.identities:
            raise ActionRefused(f"{name} cannot be restored: it was added again.")
        restore(Place(state, backend, now), removed)
    return f"Restored {name} in {backend.region}."


def _reset(stub: SESStub, request: Request) -> Done:
    stub.reset()
    return Done("Reset everything except the clock.")


#: By the last part of the form's URL.
ACTIONS: Mapping[str, Action] = {
    "click": Action(_click, "identities"),
    "publish": Action(_publish, "records"),
    "remove": Action(_remove, "records"),
    "advance": Action(_advance, "clock"),
    "add": Action(_add, "identities"),
    "delete": Action(_delete, "identities"),
    "reset": Action(_reset, "clock"),
}
