"""The file of a server's state: an SQLite database, which one server at a time uses.

A write is complete or absent, however the server or the machine ends. After the server was killed, the file with the
suffix ``-wal`` beside it belongs to it.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from .._core.errors import SESStubError
from .state_rows import Key, Row

#: Says in the file's header that we wrote it (SQLite's "application ID"): "SESs".
_APPLICATION = 0x53455373
#: The format of the rows; another number for each change that older versions can't read.
VERSION = 1
_MAGIC = b"SQLite format 3\0"
_VERSION_AT, _APPLICATION_AT, _HEADER_LENGTH = 60, 68, 100
_OWNER_ONLY = 0o600


class StateFile:
    """The rows of a state, in a file.

    Args:
        path: the file; its directory must exist.

    Raises:
        SESStubError: it is not a file of ours, or another server uses it; it was not changed.
        OSError: cannot read it, or cannot create it.

    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).resolve()
        _create_or_check(self.path)
        self._database = sqlite3.connect(self.path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            self._open()
        except sqlite3.Error as problem:
            self._database.close()
            if "locked" in str(problem):
                raise SESStubError(f"{self.path} is in use by another running server") from None
            raise SESStubError(f"cannot use {self.path} for the state: {problem}") from problem

    def _open(self) -> None:
        run = self._database.execute
        run("PRAGMA locking_mode = EXCLUSIVE")
        run("BEGIN EXCLUSIVE")
        run(f"PRAGMA application_id = {_APPLICATION}")
        run(f"PRAGMA user_version = {VERSION}")
        run(
            "CREATE TABLE IF NOT EXISTS rows"
            " (place TEXT, kind TEXT, key TEXT, value BLOB NOT NULL, PRIMARY KEY (place, kind, key))"
        )
        run("COMMIT")
        # An answer waits for no disk: what was written survives the end of this process in any case. That of the
        # machine may lose the last moments, and nothing else.
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = NORMAL")

    def read(self) -> list[Row]:
        """All rows, in the order in which they were first written.

        Raises:
            SESStubError: the file is damaged.

        """
        try:
            return self._database.execute("SELECT place, kind, key, value FROM rows ORDER BY rowid").fetchall()
        except sqlite3.Error as problem:
            raise SESStubError(f"{self.path} is damaged: {problem}") from problem

    def write(self, rows: Mapping[Key, bytes | None], is_all: bool = False) -> None:
        """Writes rows in one transaction.

        Args:
            rows: the values; None deletes a row.
            is_all: whether these are all there are.

        Raises:
            OSError: cannot write, e.g. because the disk is full; the file holds what it held before.

        """
        run = self._database.execute
        try:
            run("BEGIN")
            if is_all:
                run("DELETE FROM rows")
            self._database.executemany(
                "INSERT INTO rows VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                ((*key, value) for key, value in rows.items() if value is not None),
            )
            self._database.executemany(
                "DELETE FROM rows WHERE (place, kind, key) = (?, ?, ?)",
                (key for key, value in rows.items() if value is None),
            )
            run("COMMIT")
            if is_all:
                # Else the first of many small writes would take all of it from the log to the file.
                run("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as problem:
            # On a full disk SQLite has done so itself.
            with suppress(sqlite3.Error):
                run("ROLLBACK")
            raise OSError(str(problem)) from problem

    def close(self) -> None:
        """Releases the file."""
        self._database.close()


def _create_or_check(path: Path) -> None:
    """Creates an empty file that only its owner may read, or checks that the one there is ours, or is empty.

    Raises:
        SESStubError: it is another file.

    """
    try:
        # Before anything opens it: a named pipe would block.
        is_regular = stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNER_ONLY))
        return
    if not is_regular:
        raise SESStubError(f"{path} is not a regular file, which a state file has to be")
    with path.open("rb") as file:
        header = file.read(_HEADER_LENGTH)
    if not header:
        return
    if not header.startswith(_MAGIC) or _number(header, _APPLICATION_AT) != _APPLICATION:
        raise SESStubError(
            f"{path} was not written by ses_stub, and was left as it is; name another file for the state"
        )
    if _number(header, _VERSION_AT) != VERSION:
        raise SESStubError(
            f"{path} was written by another version of ses_stub: its format is {_number(header, _VERSION_AT)}, and this"
            f" version reads {VERSION} only; it was left as it is"
        )


def _number(header: bytes, at: int) -> int:
    return int.from_bytes(header[at : at + 4], "big")
