"""The file that holds a server's state, and who writes it; whenever the server is killed, the file is whole."""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
from contextlib import ExitStack, suppress
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from .._core.errors import SESStubError
from .._core.text import plural
from .._service.service import Service
from . import state_document

#: Seconds from a change to its writing, so that one write holds all that belongs together.
QUIET = 0.2
_logger = logging.getLogger("ses_stub")

if sys.platform == "win32":  # pragma: no cover

    def _take(lock: IO[bytes]) -> None:
        """There nobody stops a second server."""

else:
    import fcntl

    def _take(lock: IO[bytes]) -> None:
        """Until it is closed, or the process ends in whatever way."""
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


class StateFile:
    """A file that is replaced as a whole. As a context manager it is this server's alone meanwhile."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        # A symbolic link to the file stays one.
        self.path = Path(path).resolve()
        self._temporary = self.path.with_name(f"{self.path.name}.{os.getpid()}.tmp")

    def __enter__(self) -> StateFile:
        """Takes the file, and clears away what killed servers have left.

        Raises:
            SESStubError: another server has it.
            OSError: the directory is not there, or cannot be written to.

        """
        with ExitStack() as stack:
            # It stays there: whoever removed it would take it from a server that has just opened it.
            lock = stack.enter_context(self.path.with_name(f"{self.path.name}.lock").open("ab"))
            try:
                _take(lock)
            except BlockingIOError:
                raise SESStubError(f"{self.path} holds the state of another server, which is running") from None
            left_over = re.compile(re.escape(self.path.name) + r"\.\d+\.tmp")
            for path in self.path.parent.iterdir():
                if left_over.fullmatch(path.name):
                    path.unlink()
            self._held = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Gives the file free."""
        self._held.close()

    def read(self) -> bytes | None:
        """What is in it; None if it is not there."""
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return None

    def write(self, data: bytes) -> None:
        """Puts that in its place. Whatever happens meanwhile, the file holds either what it held or this."""
        try:
            with self._temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            self._temporary.replace(self.path)
        except OSError:
            # Not what is half of it, on a disk that is full.
            self._temporary.unlink(missing_ok=True)
            raise
        # The new name, too, is to outlive a crash of the machine. Windows opens no directory.
        with suppress(PermissionError):
            directory = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(directory)
            finally:
                os.close(directory)

    def set_aside(self) -> Path:
        """Gives it another name, which is no other file's, and returns that."""
        numbers = count(1)
        while True:
            aside = self.path.with_name(f"{self.path.name}.damaged-{next(numbers)}")
            with suppress(FileExistsError):
                # Takes the name first, as replacing does not ask.
                aside.open("xb").close()
                return self.path.replace(aside)


class Keeper:
    """Keeps a service's world in a file: brings it back at the start, and writes it after changes.

    A write that fails is told once, on the logger ``ses_stub``, and tried again after the next change.
    """

    def __init__(self, service: Service, path: str | os.PathLike[str]) -> None:
        self._service = service
        self._file = StateFile(path)
        self._changed = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ses_stub state", daemon=True)
        self._written: bytes | None = None
        self._failing = False

    def start(self) -> list[str]:
        """Gives the service the world of the file, and begins to write; returns what the user should know.

        Raises:
            SESStubError: another server has the file.
            OSError: it cannot be had.

        """
        with ExitStack() as stack:
            stack.enter_context(self._file)
            lines = self._restore()
            self._held = stack.pop_all()
        self._thread.start()
        # What the seeds have put there, if the file is new.
        self.changed()
        return lines

    def changed(self) -> None:
        """The world may have changed: it is written soon, if it has."""
        self._changed.set()

    def close(self) -> None:
        """Writes once more, as the time has gone on, and gives the file free."""
        self._closing.set()
        self._changed.set()
        self._thread.join()
        self._written = None
        self._save()
        self._held.close()

    def _restore(self) -> list[str]:
        path, data = self._file.path, self._file.read()
        if data is None:
            return [f"The state is kept in {path}, which is new."]
        try:
            state, timestamp = state_document.load(data, self._service.options)
        except state_document.DamagedStateError as problem:
            aside = self._file.set_aside()
            return [f"{path} is damaged: {problem}.", f"It is now {aside.name}, and this server begins anew."]
        clock: Any = self._service.clock
        with self._service.lock:
            self._service.state = state
            clock.set(timestamp)
        number = sum(len(backend.identities) for backend in state.backends.values())
        return [f"Restored {number} {plural(number, 'identity', 'identities')} from {path}."]

    def _run(self) -> None:
        while True:
            self._changed.wait()
            if self._closing.wait(QUIET):
                return
            self._changed.clear()
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
            # Whatever it is: the server goes on without.
            if not self._failing:
                _logger.warning("the state could not be written to %s: %r", self._file.path, problem)
            self._failing = True
        else:
            self._failing = False
