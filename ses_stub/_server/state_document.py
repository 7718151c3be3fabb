"""The world of a stub as a JSON document, and back: what the server keeps across restarts.

Not in it: the log of calls, the buckets of the throttle and the ordered failures. What the options say (auto_verify,
registration_lag, resolver) comes from those of the new start; only the seed stays, as tokens are made from it.

A class of ours whose fields are all its public state goes in as it is; the others have a struct here that shows their
form in the document. Whoever changes a form so that older documents do not fit counts `VERSION` up.
"""

from __future__ import annotations

import hashlib
import heapq
from collections import deque
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from .._model.backend import Backend
from .._model.identity import Identity, IdentityType, VerificationStatus
from .._model.mailbox import VerificationEmail
from .._model.options import Options
from .._model.schedule import EventKind, ScheduledEvent, StatusChange
from .._model.sent_email import SentEmail
from .._model.settings import Account, Settings, Template
from .._model.state import State
from .._service.service import Service
from .._time.time import to_timestamp

VERSION = 1

_Count = Annotated[int, Meta(ge=0)]
_Moment = Annotated[int, Meta(ge=to_timestamp(datetime.min), le=to_timestamp(datetime.max))]
_Datetime = Annotated[datetime, Meta(tz=True)]
_Steps = Annotated[list[tuple[VerificationStatus, Annotated[int, Meta(ge=1)]]], Meta(min_length=1)]


class DamagedStateError(ValueError):
    """A document that is no state of a stub, or none that this version can read; the text says why."""


class _Form(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A part of the document."""


class _Identity(_Form):
    name: str
    type: IdentityType
    status: VerificationStatus
    requested_at: _Datetime
    place: _Count
    token: str | None = None
    expires_at: _Datetime | None = None
    visible_at: _Moment = 0


class _Event(_Form):
    at: _Moment
    sequence: _Count
    kind: str
    name: str
    status: VerificationStatus | None = None
    place: _Count | None = None


class _Backend(_Form):
    account_id: str
    region: str
    registered: _Count
    messages: _Count
    identities: list[_Identity]
    order: list[tuple[int, str]]
    settings: dict[str, Settings]
    mail_from_users: dict[str, list[str]]
    scripts: dict[str, _Steps]
    templates: dict[str, Template]
    sending_enabled: bool
    sends: list[tuple[_Moment, _Count]]
    schedule: list[_Event]


class _Records(_Form):
    name: str
    kind: str
    values: list[str]


class _State(_Form):
    seed: int
    sequence: _Count
    written: _Count
    backends: list[_Backend]
    records: list[_Records]
    mails: list[VerificationEmail]
    sent_emails: list[SentEmail]
    history: list[StatusChange]


class _Document(_Form):
    ses_stub_state: int
    timestamp: _Moment
    state: _State


class _Version(Struct):
    ses_stub_state: int


def dump(service: Service, timestamp: int) -> bytes:
    """The document of a service's world, which is settled up to the moment; the caller holds the lock."""
    return msgspec.json.encode(_Document(VERSION, timestamp, _from_state(service.state)))


def load(data: bytes, options: Options) -> tuple[State, int]:
    """The world and the moment of a document.

    Raises:
        DamagedStateError: it is none, or one of another version, or does not fit together.

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


def fingerprint(data: bytes) -> bytes:
    """What two documents have in common that differ in nothing but their moments."""
    return hashlib.blake2b(memoryview(data)[data.index(b'"state":') :]).digest()


def _check(right: bool, problem: str) -> None:
    if not right:
        raise DamagedStateError(problem)


def _from_state(state: State) -> _State:
    schedules: dict[int, list[_Event]] = {id(backend): [] for backend in state.backends()}
    # The functions of a test cannot be written down.
    for one in sorted(one for one in state.schedule._events if one.action is None):
        schedules[id(one.backend)].append(_Event(one.at, one.sequence, one.kind.name, one.name, one.status, one.place))
    return _State(
        seed=state.seed,
        sequence=state.schedule._sequence,
        written=state.mailbox.written,
        backends=[_from_backend(backend, schedules[id(backend)]) for backend in state.backends()],
        records=[_Records(name, kind, values) for (name, kind), values in state.zone._records.items()],
        mails=state.mailbox.mails,
        sent_emails=state.sent_emails,
        history=state.history,
    )


def _to_state(form: _State, options: Options) -> State:
    state = State(form.seed, options.auto_verify, options.registration_lag, options.resolver)
    for backend in form.backends:
        _to_backend(backend, state)
    _check(len(list(state.backends())) == len(form.backends), "it has a region of an account twice")
    numbers = {one.sequence for one in state.schedule._events}
    _check(len(numbers) == len(state.schedule._events), "it has two events of one sequence number")
    _check(max(numbers, default=0) <= form.sequence, "it has an event of a sequence number to come")
    heapq.heapify(state.schedule._events)
    state.schedule._sequence = form.sequence
    state.zone._records = {(one.name, one.kind): one.values for one in form.records}
    times = [one.sent_at for one in form.mails] + [one.sent_at for one in form.sent_emails]
    _check(all(at.tzinfo is not None for at in times), "it has a mail whose time is of no zone")
    state.mailbox.mails, state.mailbox.written = form.mails, form.written
    for mail in form.mails:
        if mail.link:
            state.mailbox._by_link[mail.link] = mail
            state.mailbox._latest[mail.account_id, mail.region, mail.to] = mail
    state.sent_emails = form.sent_emails
    state.history = form.history
    return state


def _from_backend(backend: Backend, schedule: list[_Event]) -> _Backend:
    return _Backend(
        account_id=backend.account_id,
        region=backend.region,
        registered=backend._registered,
        messages=backend._messages,
        identities=[
            _Identity(
                name=one.name,
                type=one.type,
                status=one.status,
                requested_at=one.requested_at,
                place=one._place,
                token=one.token,
                expires_at=one.expires_at,
                visible_at=one._visible_at,
            )
            for one in backend.identities.values()
        ],
        order=backend._order,
        settings=backend._settings,
        mail_from_users={domain: sorted(users) for domain, users in backend._mail_from_users.items()},
        scripts={name: list(steps) for name, steps in backend.scripts.items()},
        templates=backend.templates,
        sending_enabled=backend.account.sending_enabled,
        sends=list(backend.account._sends),
        schedule=schedule,
    )


def _to_backend(form: _Backend, state: State) -> None:
    backend = state.backend(form.account_id, form.region)
    places = dict(form.order)
    _check([place for place, _ in form.order] == sorted(places), f"the order of identities in {form.region} is none")
    for one in form.identities:
        _check(places.get(one.place) == one.name, f"{one.name} has no place in the order of identities")
        backend.identities[one.name] = Identity(
            name=one.name,
            type=one.type,
            status=one.status,
            token=one.token,
            requested_at=one.requested_at,
            expires_at=one.expires_at,
            _visible_at=one.visible_at,
            _place=one.place,
        )
    _check(max(places, default=0) <= form.registered, f"{form.region} has more identities than were registered")
    backend._registered, backend._messages, backend._order = form.registered, form.messages, form.order
    backend._settings = form.settings
    backend._mail_from_users = {domain: set(users) for domain, users in form.mail_from_users.items()}
    for name, steps in form.scripts.items():
        _check(name in backend.identities, f"there is a script for {name}, which is not there")
        backend.scripts[name] = deque(steps)
    backend.templates = form.templates
    backend.account = Account(form.sending_enabled, deque(form.sends), sum(count for _, count in form.sends))
    for due in form.schedule:
        _check(
            due.kind in EventKind.__members__ and due.kind != EventKind.ACTION.name,
            f"it has an event of an unknown kind, {due.kind!r}",
        )
        state.schedule._events.append(
            ScheduledEvent(due.at, due.sequence, EventKind[due.kind], backend, due.name, due.status, due.place)
        )
