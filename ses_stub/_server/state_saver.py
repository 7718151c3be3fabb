"""Saves the state of a server: restores it at the start, and writes what a request has changed before its answer."""

from __future__ import annotations

import logging
import os
from contextlib import ExitStack
from typing import Any

from .._core.errors import SESStubError
from .._core.text import plural
from .._service.service import Service
from .._time.clock import timestamp_of
from .._time.time import SECOND
from . import state_document
from .state_file import StateFile
from .state_rows import Key, StateRows, document_of, timestamp_row

_SEED_FILE: Key = ("", "seed file", "")
_logger = logging.getLogger("ses_stub")


class StateSaver:
    """Keeps a service's state in a file.

    A write that fails is logged once, by the logger ``ses_stub``, and repeated after the next request.

    Args:
        service: whose state is saved.
        path: the file; its directory must exist.

    """

    def __init__(self, service: Service, path: str | os.PathLike[str]) -> None:
        self._service = service
        self._path = path
        self._rows = StateRows(service)
        #: What has still to be written, and whether all earlier rows have to go.
        self._pending: dict[Key, bytes | None] = {}
        self._is_all = True
        #: The last timestamp that was written, and how far the clock had been moved by hand.
        self._written = (0, 0)
        self._problem = ""

    def get_problem(self) -> str:
        """Why the last write failed; empty if it did not."""
        return self._problem

    def start(self, seed_file: str = "") -> list[str]:
        """Restores the state of the file, or begins a new one.

        Args:
            seed_file: a fingerprint of what the stub was seeded with.

        Returns:
            What to print.

        Raises:
            SESStubError: the file is not ours, is damaged, or another server uses it.
            OSError: cannot read or write it.

        """
        with ExitStack() as stack:
            self._file = StateFile(self._path)
            stack.callback(self._file.close)
            messages = self._restore(seed_file)
            self._collect()
            self._file.write(self._pending, self._is_all)
            self._pending, self._is_all = {}, False
            stack.pop_all()
        return messages

    def _restore(self, seed_file: str) -> list[str]:
        path, rows = self._file.path, self._file.read()
        before = next((value.decode() for _, *key, value in rows if ("", *key) == _SEED_FILE), "")
        self._seed_file = (before if rows else seed_file).encode()
        if not rows:
            return [f"The state is saved in {path}, a new file."]
        try:
            document = document_of(row for row in rows if row[:3] != _SEED_FILE)
            state, timestamp = state_document.load(document, self._service.options)
        except state_document.DamagedStateError as problem:
            raise SESStubError(f"{path} is damaged: {problem}; it was left as it is") from problem
        clock: Any = self._service.clock
        with self._service.lock:
            self._service.state = state
            clock.set(timestamp)
        number = sum(len(backend.identities) for backend in state.backends.values())
        messages = [f"Restored {number} {plural(number, 'identity', 'identities')} from {path}."]
        if seed_file not in ("", before):
            messages.append(
                f"The seed file is not used, as it is not the one this state began with; delete {path} to use it."
            )
        return messages

    def save(self) -> None:
        """Writes what has changed; call it after each request, before its answer is sent."""
        self._collect()
        if not self._pending:
            return
        try:
            self._file.write(self._pending, self._is_all)
        except OSError as problem:
            # The server goes on without saving, and says so.
            if not self._problem:
                _logger.warning("cannot write the state to %s: %s", self._file.path, problem)
            self._problem = f"cannot write the state to {self._file.path}: {problem}"
        else:
            self._pending, self._is_all, self._problem = {}, False, ""

    def close(self) -> None:
        """Writes once more, as time has passed, and releases the file."""
        self._written = (0, 0)
        self.save()
        self._file.close()

    def _collect(self) -> None:
        """Adds what has changed, and the time, to what has to be written."""
        clock: Any = self._service.clock
        with self._service.lock:
            changes = self._rows.take()
            now = timestamp_of(clock)
        if changes.is_all:
            self._is_all = True
            self._pending = {_SEED_FILE: self._seed_file}
        self._pending.update(changes.rows)
        written, moved = self._written
        # Time alone is written once in a second: so much may go by twice after the server was killed.
        if self._pending or clock.moved != moved or now - written >= SECOND * max(1, clock.speed):
            self._pending.update([timestamp_row(now)])
            self._written = (now, clock.moved)
