"""Reads the state of a stub from a JSON document, which the server keeps across restarts.

It does not contain the log of calls, the throttle's buckets and the injected failures. The options (auto_verify,
resolver) are those of the new start.

It contains the data of `_model`, field by field. A changed field that older documents do not have needs a new
`VERSION`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from typing import Annotated, Any, get_type_hints

import msgspec
from msgspec import Meta, Struct

from .._model.backend import Backend
from .._model.history import StatusChange
from .._model.identity import Identity, VerificationStatus
from .._model.mailbox import Mailbox, VerificationEmail
from .._model.options import Options
from .._model.schedule import EventKind, Schedule, ScheduledEvent
from .._model.script import Script
from .._model.sent_email import SentEmail
from .._model.settings import Account, SendDataPoint
from .._model.state import State, new_state
from .._time.time import to_timestamp

VERSION = 2
_FIRST, _LAST = to_timestamp(datetime.min), to_timestamp(datetime.max)

_Count = Annotated[int, Meta(ge=0)]
_Timestamp = Annotated[int, Meta(ge=_FIRST, le=_LAST)]
_Datetime = Annotated[datetime, Meta(tz=True)]
_Steps = Annotated[list[tuple[VerificationStatus, Annotated[int, Meta(ge=1)]]], Meta(min_length=1)]


class DamagedStateError(ValueError):
    """A document that is not a stub's state, or that this version cannot read. The text says why."""


def _strict(kind: type, **checked: Any) -> Any:
    """A type that is read like a dataclass, but must have exactly its fields. ``checked`` replaces types of some."""
    types = {**get_type_hints(kind), **checked}
    members = [(one.name, types[one.name]) for one in fields(kind)]
    return msgspec.defstruct(kind.__name__, members, forbid_unknown_fields=True)


_Identity = _strict(Identity, requested_at=_Datetime, expires_at=_Datetime | None)
_Script = _strict(Script, steps=_Steps)
_Account = _strict(
    Account, sends=Annotated[list[tuple[int, _Count]], Meta(min_length=1)], statistics=dict[_Timestamp, SendDataPoint]
)
_Backend = _strict(
    Backend,
    identities=dict[str, _Identity],  # type: ignore[valid-type]
    registrations=dict[str, _Count],
    registered=_Count,
    messages=_Count,
    sets_created=_Count,
    scripts=dict[str, _Script],  # type: ignore[valid-type]
    account=_Account,
)


class _State(Struct, forbid_unknown_fields=True):
    """A `State` without its options and indexes."""

    backends: list[_Backend]  # type: ignore[valid-type]  # made at run time
    records: list[tuple[str, str, list[str]]]
    mails: list[VerificationEmail]
    mail_sequence: _Count
    sent_emails: list[SentEmail]
    history: list[StatusChange]
    events: list[ScheduledEvent]
    event_sequence: _Count


class _Document(Struct, forbid_unknown_fields=True):
    ses_stub_state: int
    timestamp: _Timestamp
    state: _State


class _Version(Struct):
    ses_stub_state: int


def load(data: bytes, options: Options) -> tuple[State, int]:
    """The state and the timestamp of a document.

    Raises:
        DamagedStateError: it is not a document, has another version, or contradicts itself.

    """
    try:
        version = msgspec.json.decode(data, type=_Version).ses_stub_state
        _check(version == VERSION, f"its format is {version}, and this version of ses_stub reads {VERSION} only")
        document = msgspec.json.decode(data, type=_Document)
    except RecursionError:
        raise DamagedStateError("it is nested too deeply") from None
    except ValueError as problem:
        raise DamagedStateError(str(problem)) from problem
    return _to_state(document.state, options), document.timestamp


def _check(right: bool, problem: str) -> None:
    if not right:
        raise DamagedStateError(problem)


def _to_state(form: _State, options: Options) -> State:
    times = [one.sent_at for one in form.mails] + [one.sent_at for one in form.sent_emails]
    _check(all(at.tzinfo is not None for at in times), "it has an email whose time has no time zone")
    at = [one.at for one in form.history] + [one.at for one in form.events]
    _check(all(_FIRST <= one <= _LAST for one in at), "it has an event with an invalid time")
    _check(all(one.kind is not EventKind.ACTION for one in form.events), "it has an event of an unknown kind, 'action'")
    numbers = {one.sequence for one in form.events}
    _check(len(numbers) == len(form.events), "it has two events with the same sequence number")
    _check(max(numbers, default=0) <= form.event_sequence, "it has an event whose sequence number is too high")
    state = new_state(options)
    state.backends = {(one.account_id, one.region): one for one in map(_to_backend, form.backends)}
    _check(len(state.backends) == len(form.backends), "it has a region of an account twice")
    state.zone.records = {(name, rdtype): values for name, rdtype, values in form.records}
    state.mailbox = Mailbox(form.mails, form.mail_sequence)
    state.sent_emails, state.history = form.sent_emails, form.history
    state.schedule = Schedule(form.events, form.event_sequence)
    return state


def _to_backend(form: Any) -> Backend:
    members = msgspec.structs.asdict(form)
    members["identities"] = {name: Identity(**msgspec.structs.asdict(one)) for name, one in form.identities.items()}
    members["scripts"] = {name: Script(**msgspec.structs.asdict(one)) for name, one in form.scripts.items()}
    members["account"] = Account(**msgspec.structs.asdict(form.account))
    backend = Backend(**members)
    for problem in _contradictions(backend):
        raise DamagedStateError(problem)
    return backend


def _contradictions(backend: Backend) -> Iterator[str]:
    """What is wrong with the identities of a region."""
    names, region = dict(backend.order), backend.region
    if [number for number, _ in backend.order] != sorted(names):
        yield f"the order of identities in {region} is invalid"
    if max(names, default=0) > backend.registered:
        yield f"{region} has more identities than were registered"
    for name, identity in backend.identities.items():
        if identity.name != name:
            yield f"{identity.name} has the name of another, {name}"
        if name not in backend.registrations or names.get(backend.registrations[name]) != name:
            yield f"{name} is missing from the order of identities"
    for name, one in backend.configuration_sets.items():
        if one.name != name:
            yield f"the configuration set {one.name} has the name of another, {name}"
        if one.number > backend.sets_created:
            yield f"{region} has more configuration sets than were created"
    for name in (backend.registrations.keys() | backend.scripts.keys()) - backend.identities.keys():
        yield f"there is a registration or a script for {name}, which does not exist"
