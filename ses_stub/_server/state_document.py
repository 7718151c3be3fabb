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
from .._model.schedule import Appointment, Change, Due
from .._model.sent_email import SentEmail
from .._model.settings import Account, Settings, Template
from .._model.state import World
from .._service.service import Service
from .._time.clock import to_moment

VERSION = 1

_Count = Annotated[int, Meta(ge=0)]
_Moment = Annotated[int, Meta(ge=to_moment(datetime.min), le=to_moment(datetime.max))]
_Datetime = Annotated[datetime, Meta(tz=True)]
_Steps = Annotated[list[tuple[VerificationStatus, Annotated[int, Meta(ge=1)]]], Meta(min_length=1)]


class DamagedState(ValueError):
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


class _Appointment(_Form):
    at: _Moment
    number: _Count
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
    agenda: list[_Appointment]


class _Records(_Form):
    name: str
    kind: str
    values: list[str]


class _World(_Form):
    seed: int
    noted: _Count
    written: _Count
    backends: list[_Backend]
    records: list[_Records]
    mails: list[VerificationEmail]
    sent: list[SentEmail]
    history: list[Change]


class _Document(_Form):
    ses_stub_state: int
    moment: _Moment
    world: _World


class _Version(Struct):
    ses_stub_state: int


def dump(service: Service, moment: int) -> bytes:
    """The document of a service's world, which is settled up to the moment; the caller holds the lock."""
    return msgspec.json.encode(_Document(VERSION, moment, _from_world(service.world)))


def load(data: bytes, options: Options) -> tuple[World, int]:
    """The world and the moment of a document.

    Raises:
        DamagedState: it is none, or one of another version, or does not fit together.

    """
    try:
        version = msgspec.json.decode(data, type=_Version).ses_stub_state
        _check(version == VERSION, f"its format is {version}, and this version of ses_stub reads {VERSION} only")
        document = msgspec.json.decode(data, type=_Document)
    except RecursionError:
        raise DamagedState("it is nested too deeply") from None
    except ValueError as problem:
        raise DamagedState(str(problem)) from problem
    return _to_world(document.world, options), document.moment


def fingerprint(data: bytes) -> bytes:
    """What two documents have in common that differ in nothing but their moments."""
    return hashlib.blake2b(memoryview(data)[data.index(b'"world":') :]).digest()


def _check(right: bool, problem: str) -> None:
    if not right:
        raise DamagedState(problem)


def _from_world(world: World) -> _World:
    agendas: dict[int, list[_Appointment]] = {id(backend): [] for backend in world.backends()}
    for one in sorted(world.agenda._appointments):
        agendas[id(one.backend)].append(
            _Appointment(one.at, one.number, one.kind.name, one.name, one.status, one.place)
        )
    return _World(
        seed=world.seed,
        noted=world.agenda._noted,
        written=world.mailbox.written,
        backends=[_from_backend(backend, agendas[id(backend)]) for backend in world.backends()],
        records=[_Records(name, kind, values) for (name, kind), values in world.zone._records.items()],
        mails=world.mailbox.mails,
        sent=world.sent,
        history=world.history,
    )


def _to_world(form: _World, options: Options) -> World:
    world = World(form.seed, options.auto_verify, options.registration_lag, options.resolver)
    for backend in form.backends:
        _to_backend(backend, world)
    _check(len(list(world.backends())) == len(form.backends), "it has a region of an account twice")
    numbers = {one.number for one in world.agenda._appointments}
    _check(len(numbers) == len(world.agenda._appointments), "it has two appointments of one number")
    _check(max(numbers, default=0) <= form.noted, "it has an appointment of a number to come")
    heapq.heapify(world.agenda._appointments)
    world.agenda._noted = form.noted
    world.zone._records = {(one.name, one.kind): one.values for one in form.records}
    times = [one.sent_at for one in form.mails] + [one.sent_at for one in form.sent]
    _check(all(at.tzinfo is not None for at in times), "it has a mail whose time is of no zone")
    world.mailbox.mails, world.mailbox.written = form.mails, form.written
    for mail in form.mails:
        if mail.link:
            world.mailbox._by_link[mail.link] = mail
            world.mailbox._latest[mail.account_id, mail.region, mail.to] = mail
    world.sent = form.sent
    world.history = form.history
    return world


def _from_backend(backend: Backend, agenda: list[_Appointment]) -> _Backend:
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
        agenda=agenda,
    )


def _to_backend(form: _Backend, world: World) -> None:
    backend = world.backend(form.account_id, form.region)
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
    for due in form.agenda:
        _check(due.kind in Due.__members__, f"it has an appointment of an unknown kind, {due.kind!r}")
        world.agenda._appointments.append(
            Appointment(due.at, due.number, Due[due.kind], backend, due.name, due.status, due.place)
        )
