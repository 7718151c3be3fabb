"""Saves the state of a server: restores it at the start, and writes the changes of each request before its response."""

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
    """Saves a service's state in a file.

    A failed write is logged once, by the logger ``ses_stub``, and repeated after the next request.

    Args:
        service: the service.
        path: the file; its directory must exist.

    """

    def __init__(self, service: Service, path: str | os.PathLike[str]) -> None:
        self._service = service
        self._path = path
        self._rows = StateRows(service)
        #: The rows to write, and whether to delete all earlier ones.
        self._pending: dict[Key, bytes | None] = {}
        self._is_all = True
        #: The last written timestamp, and the total of manual moves of the clock.
        self._written = (0, 0)
        self._problem = ""

    def get_problem(self) -> str:
        """Why the last write failed; empty if it did not fail."""
        return self._problem

    def start(self, seed_file: str = "") -> list[str]:
        """Restores the state of the file, or creates the file.

        Args:
            seed_file: a fingerprint of the seed file.

        Returns:
            What to print.

        Raises:
            SESStubError: the file is not ours, is damaged, or is in use by another server.
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
            raise SESStubError(
                f"{path} is damaged, and unchanged: {problem}. Use another file for the state"
            ) from problem
        clock: Any = self._service.clock
        with self._service.lock:
            self._service.state = state
            clock.set(timestamp)
        number = sum(len(backend.identities) for backend in state.backends.values())
        messages = [f"Restored {number} {plural(number, 'identity', 'identities')} from {path}."]
        if seed_file not in ("", before):
            messages.append(
                "The seed file is ignored, as it differs from the one that this state began with. To use it, delete"
                f" {path}."
            )
        return messages

    def save(self) -> None:
        """Writes the changes. Call it after each request, before its response is sent."""
        self._collect()
        if not self._pending:
            return
        try:
            self._file.write(self._pending, self._is_all)
        except OSError as problem:
            # The server continues without saving, and reports it.
            if not self._problem:
                _logger.warning("cannot write the state to %s: %s", self._file.path, problem)
            self._problem = f"cannot write the state to {self._file.path}: {problem}"
        else:
            self._pending, self._is_all, self._problem = {}, False, ""

    def close(self) -> None:
        """Writes again, as time has passed, and releases the file."""
        self._written = (0, 0)
        self.save()
        self._file.close()

    def _collect(self) -> None:
        clock: Any = self._service.clock
        with self._service.lock:
            changes = self._rows.take()
            now = timestamp_of(clock)
        if changes.is_all:
            self._is_all = True
            self._pending = {_SEED_FILE: self._seed_file}
        self._pending.update(changes.rows)
        written, moved = self._written
        # The time alone is written once a second. After a kill, up to a second passes twice.
        if self._pending or clock.moved != moved or now - written >= SECOND * max(1, clock.speed):
            self._pending.update([timestamp_row(now)])
            self._written = (now, clock.moved)
