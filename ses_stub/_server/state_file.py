"""The file of a server's state: complete whenever the server is killed, and used by one server at a time."""

from __future__ import annotations

import os
import re
import sys
from contextlib import ExitStack, suppress
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import IO

from .._core.errors import SESStubError

if sys.platform == "win32":  # pragma: no cover

    def _lock(file: IO[bytes]) -> None:
        """Windows has no such lock: nothing stops a second server."""

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        """Locks a file until it is closed or the process ends, in whatever way."""
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


class StateFile:
    """A file that is only replaced as a whole; as a context manager it is locked for this server.

    Args:
        path: the file; its directory must exist.

    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        # Resolved, so that a symbolic link to the file is not replaced.
        self.path = Path(path).resolve()
        self._temporary = self.path.with_name(f"{self.path.name}.{os.getpid()}.tmp")

    def __enter__(self) -> StateFile:
        """Locks the file, and deletes temporary files that killed servers have left.

        Raises:
            SESStubError: another server uses the file.
            OSError: the directory does not exist, or is not writable.

        """
        with ExitStack() as stack:
            # Never deleted: another server may just have opened it, and would lock a file that is gone.
            lock = stack.enter_context(self.path.with_name(f"{self.path.name}.lock").open("ab"))
            try:
                _lock(lock)
            except BlockingIOError:
                raise SESStubError(f"{self.path} is in use by another running server") from None
            left_over = re.compile(re.escape(self.path.name) + r"\.\d+\.tmp")
            for path in self.path.parent.iterdir():
                if left_over.fullmatch(path.name):
                    path.unlink()
            self._resources = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Releases the file."""
        self._resources.close()

    def read(self) -> bytes | None:
        """The contents; None if the file does not exist."""
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return None

    def write(self, data: bytes) -> None:
        """Replaces the contents. Whatever happens meanwhile, the file holds either the old contents or the new.

        Raises:
            OSError: cannot write, e.g. because the disk is full; the file holds the old contents.

        """
        try:
            with self._temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            self._temporary.replace(self.path)
        except OSError:
            # Leaves no half-written file on a full disk.
            self._temporary.unlink(missing_ok=True)
            raise
        # So that the new name survives a crash of the machine as well. Windows cannot open a directory.
        with suppress(PermissionError):
            directory = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(directory)
            finally:
                os.close(directory)

    def quarantine(self) -> Path:
        """Renames a damaged file to an unused name, ``….damaged-1`` and so on, and returns the new path."""
        numbers = count(1)
        while True:
            damaged = self.path.with_name(f"{self.path.name}.damaged-{next(numbers)}")
            with suppress(FileExistsError):
                # Reserves the name first, as replacing would overwrite an existing file.
                damaged.open("xb").close()
                return self.path.replace(damaged)
