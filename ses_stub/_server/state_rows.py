"""The state of a service as rows, each a part of `state_document`'s document.

A row is a part that changes separately: an identity, an email, a record. A request changes few of them, so the time to
save does not depend on their number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from functools import partial
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw

from .._model.backend import Backend
from .._model.settings import Account
from .._model.state import State
from .._service.service import Service
from .state_document import VERSION, DamagedStateError
from .watched import WatchedDict, WatchedList, WatchedObjects, WatchedSchedule

#: The place of a row in the document (account and region, or nothing), its kind, and its key within that.
Key = tuple[str, str, str]
Row = tuple[str, str, str, bytes]

#: The values of these are replaced, never changed.
_UNCHANGING = ("identities", "registrations")
#: The row with all other fields of a backend or of the state.
_REST = "rest"
_TIMESTAMP: Key = ("", "timestamp", "")
_encode = msgspec.json.Encoder().encode
_BACKEND = {one.name: getattr(Backend("", ""), one.name) for one in fields(Backend)}
_DICTS = [name for name, value in _BACKEND.items() if isinstance(value, dict)]
_LISTS = [name for name, value in _BACKEND.items() if isinstance(value, list)]
_OTHERS = [name for name in _BACKEND if name not in (*_DICTS, *_LISTS, "account")]
_ACCOUNT = [one.name for one in fields(Account) if one.name != "sends"]
#: Adds the changed rows of a part of the state.
_Part = Callable[[dict[Key, "bytes | None"]], None]
_NOTHING = Raw(b"{}")
_STATE_LISTS = ("mails", "sent_emails", "history", "events", "records")


class Changes(NamedTuple):
    """The changes of the state.

    Attributes:
        is_all: whether the rows are the whole state and replace all earlier ones.
        rows: the new values; None for a deleted row.

    """

    is_all: bool
    rows: dict[Key, bytes | None]


class StateRows:
    """Tracks the state of a service. The caller holds the lock.

    Args:
        service: the service.

    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._state: State | None = None

    def take(self) -> Changes:
        """The changes since the last call; everything at the first."""
        state = self._service.state
        is_new = state is not self._state
        if is_new:
            self._watch(state)
        rows: dict[Key, bytes | None] = {}
        for part in self._parts:
            part(rows)
        backends: WatchedObjects = self._backends
        touched, backends.touched = backends.touched, {}
        for place in touched:
            backend = dict.get(backends, place)
            if backend is not None:
                self._backend_parts(place, backend, rows)
        return Changes(is_new, rows)

    def _watch(self, state: State) -> None:
        self._state = state
        self._parts_of: dict[tuple[str, str], list[_Part]] = {}
        self._backends = state.backends = WatchedObjects(state.backends)
        state.zone.records = WatchedObjects(state.zone.records)
        state.schedule = WatchedSchedule(state.schedule)
        self._parts: list[_Part] = [
            _Rest("", lambda: {"mail_sequence": state.mailbox.sequence, "event_sequence": state.schedule.sequence}),
            _Entries("", "records", state.zone.records, " ".join, lambda key, values: (*key, values)),
            _Items("", "mails", WatchedList(lambda: state.mailbox.mails).take),
            _Items("", "sent_emails", WatchedList(lambda: state.sent_emails).take),
            _Items("", "history", WatchedList(lambda: state.history).take),
            _Items("", "events", state.schedule.take),
        ]

    def _backend_parts(self, key: tuple[str, str], backend: Backend, rows: dict[Key, bytes | None]) -> None:
        parts = self._parts_of.get(key)
        if parts is None:
            parts = self._parts_of[key] = list(_watched_backend(backend))
        for part in parts:
            part(rows)


def _watched_backend(backend: Backend) -> Iterator[_Part]:
    place, account = f"{backend.account_id} {backend.region}", backend.account
    yield _Rest(
        place,
        lambda: {
            **{name: getattr(backend, name) for name in _OTHERS},
            "account": {name: getattr(account, name) for name in _ACCOUNT},
        },
    )
    for name in _DICTS:
        kind = WatchedDict if name in _UNCHANGING else WatchedObjects
        watched = kind(getattr(backend, name))
        setattr(backend, name, watched)
        yield _Entries(place, name, watched)
    for name in _LISTS:
        yield _Items(place, name, WatchedList(partial(getattr, backend, name)).take)
    yield _Items(place, "sends", WatchedList(lambda: account.sends).take)


class _Rest:
    """One row with everything that has no row."""

    def __init__(self, place: str, value: Callable[[], Any]) -> None:
        self._key, self._value = (place, _REST, ""), value
        self._last = b""

    def __call__(self, rows: dict[Key, bytes | None]) -> None:
        data = _encode(self._value())
        if data != self._last:
            self._last = rows[self._key] = data


class _Entries:
    def __init__(
        self,
        place: str,
        kind: str,
        watched: WatchedDict,
        to_text: Callable[[Any], str] = str,
        to_value: Callable[[Any, Any], Any] = lambda key, value: value,
    ) -> None:
        self._place, self._kind, self._watched = place, kind, watched
        self._to_text, self._to_value = to_text, to_value
        #: The hashes of the rows so far, as most values that were read have not changed.
        self._hashes: dict[Any, int] = {}

    def __call__(self, rows: dict[Key, bytes | None]) -> None:
        watched, hashes = self._watched, self._hashes
        if not watched.touched:
            return
        touched, watched.touched = watched.touched, {}
        for key in touched:
            row = (self._place, self._kind, self._to_text(key))
            if key in watched:
                data = _encode(self._to_value(key, dict.__getitem__(watched, key)))
                if hashes.get(key) != hash(data):
                    rows[row], hashes[key] = data, hash(data)
            elif hashes.pop(key, None) is not None:
                rows[row] = None


class _Items:
    def __init__(self, place: str, kind: str, take: Callable[[], Iterable[tuple[int, Any]]]) -> None:
        self._place, self._kind, self._take = place, kind, take

    def __call__(self, rows: dict[Key, bytes | None]) -> None:
        for number, item in self._take():
            rows[self._place, self._kind, str(number)] = _encode(item) if item is not None else None


def timestamp_row(timestamp: int) -> tuple[Key, bytes]:
    """The row with the time."""
    return _TIMESTAMP, b"%d" % timestamp


def document_of(rows: Iterable[Row]) -> bytes:
    """The document of some rows, in the order of their first write.

    Raises:
        DamagedStateError: a row is not part of a document.

    """
    places: dict[str, dict[str, dict[str, Raw]]] = defaultdict(lambda: defaultdict(dict))
    for place, kind, key, value in rows:
        places[place][kind][key] = Raw(value)
    top = places.pop("", {})
    state = {
        **_members(top.pop(_REST, {})),
        "backends": [_backend_document(parts) for parts in places.values()],
        **{name: list(top.pop(name, {}).values()) for name in _STATE_LISTS},
    }
    timestamp = top.pop("timestamp", {}).get("", Raw(b"null"))
    unknown = {kind: list(values.values()) for kind, values in top.items()}
    return _encode({"ses_stub_state": VERSION, "timestamp": timestamp, "state": state, **unknown})


def _backend_document(parts: dict[str, dict[str, Raw]]) -> dict[str, Any]:
    backend = {**{name: {} for name in _DICTS}, **{name: [] for name in _LISTS}, **_members(parts.pop(_REST, {}))}
    sends = list(parts.pop("sends", {}).values())
    if "account" in backend:
        backend["account"] = {**_object(backend["account"]), "sends": sends}
    return {**backend, **{kind: list(rows.values()) if kind in _LISTS else rows for kind, rows in parts.items()}}


def _members(rest: dict[str, Raw]) -> dict[str, Any]:
    return _object(rest.get("", _NOTHING))


def _object(data: Raw) -> dict[str, Any]:
    try:
        return msgspec.json.decode(data, type=dict[str, Raw])
    except msgspec.DecodeError as problem:
        raise DamagedStateError(str(problem)) from problem
