"""Saves the state of a server to its file: restores it at the start, and writes it after changes."""

from __future__ import annotations

import logging
import os
import threading
from contextlib import ExitStack
from typing import Any

from .._core.text import plural
from .._service.service import Service
from . import state_document
from .state_file import StateFile

#: Seconds from a change to its write, so that one write holds several changes.
SAVE_DELAY = 0.2
_logger = logging.getLogger("ses_stub")


class StateAutosaver:
    """Keeps a service's state in a file, with its own thread.

    A write that fails is logged once, by the logger ``ses_stub``, and repeated after the next change.

    Args:
        service: whose state is saved.
        path: the file; its directory must exist.

    """

    def __init__(self, service: Service, path: str | os.PathLike[str]) -> None:
        self._service = service
        self._file = StateFile(path)
        self._change = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ses_stub state", daemon=True)
        #: The fingerprint of the last document written.
        self._written: bytes | None = None
        self._failing = False

    def start(self) -> list[str]:
        """Restores the state of the file, and starts to save.

        Returns:
            What to print: what was restored, or why nothing was.

        Raises:
            SESStubError: another server uses the file.
            OSError: cannot read the file or lock it.

        """
        with ExitStack() as stack:
            stack.enter_context(self._file)
            messages = self._restore()
            self._lock = stack.pop_all()
        self._thread.start()
        # Writes a new file, with the identities that the stub started with.
        self.on_change()
        return messages

    def on_change(self) -> None:
        """Call it when the state may have changed: it is written soon, if it has."""
        self._change.set()

    def close(self) -> None:
        """Writes once more, as time has passed, and releases the file."""
        self._closing.set()
        self._change.set()
        self._thread.join()
        self._written = None
        self._save()
        self._lock.close()

    def _restore(self) -> list[str]:
        path, data = self._file.path, self._file.read()
        if data is None:
            return [f"The state is saved in {path}, a new file."]
        try:
            state, timestamp = state_document.load(data, self._service.options)
        except state_document.DamagedStateError as problem:
            damaged = self._file.quarantine()
            return [f"{path} is damaged: {problem}.", f"It was renamed to {damaged.name}; this server starts empty."]
        clock: Any = self._service.clock
        with self._service.lock:
            self._service.state = state
            clock.set(timestamp)
        number = sum(len(backend.identities) for backend in state.backends.values())
        return [f"Restored {number} {plural(number, 'identity', 'identities')} from {path}."]

    def _run(self) -> None:
        while True:
            self._change.wait()
            if self._closing.wait(SAVE_DELAY):
                return
            self._change.clear()
            self._save()

    def _save(self) -> None:
        try:
            with self._service.locked() as now:
                data = state_document.dump(self._service, now)
            fingerprint = state_document.fingerprint(data)
            if fingerprint != self._written:
                self._file.write(data)
                self._written = fingerprint
        except Exception as problem:
            # After any error the server continues without saving.
            if not self._failing:
                _logger.warning("cannot write the state to %s: %r", self._file.path, problem)
            self._failing = True
        else:
            self._failing = False
