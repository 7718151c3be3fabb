"""The file of a server's state: an SQLite database for one server at a time.

A write is complete or absent, even if the server or the machine crashes. After the server was killed, the file with the
suffix ``-wal`` is part of the state.
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

#: SQLite's "application ID" of our files, in the file's header: "SESs".
_APPLICATION = 0x53455373
#: The format of the rows. Each change that older versions can't read needs a new number.
VERSION = 2
_MAGIC = b"SQLite format 3\0"
_VERSION_AT, _APPLICATION_AT, _HEADER_LENGTH = 60, 68, 100
_OWNER_ONLY = 0o600


class StateFile:
    """The rows of a state in a file.

    Args:
        path: the file; its directory must exist.

    Raises:
        SESStubError: the file is not ours, or another server uses it. It is unchanged.
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
        # No fsync for each response: a write survives the end of this process. A crash of the machine may lose the last
        # writes, and nothing else.
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = NORMAL")

    def read(self) -> list[Row]:
        """All rows in the order of their first write.

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
            is_all: whether to delete all other rows.

        Raises:
            OSError: cannot write, for example because the disk is full. The file is unchanged.

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
                # Otherwise the first of many small writes would copy all of it from the log to the file.
                run("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as problem:
            # On a full disk SQLite has already rolled back.
            with suppress(sqlite3.Error):
                run("ROLLBACK")
            raise OSError(str(problem)) from problem

    def close(self) -> None:
        """Releases the file."""
        self._database.close()


def _create_or_check(path: Path) -> None:
    """Creates an empty file that only its owner can read, or checks that an existing one is ours or empty.

    Raises:
        SESStubError: the file is not ours.

    """
    try:
        # First, as opening a named pipe would block.
        is_regular = stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNER_ONLY))
        return
    if not is_regular:
        raise SESStubError(f"{path} is not a regular file. Use another file for the state")
    with path.open("rb") as file:
        header = file.read(_HEADER_LENGTH)
    if not header:
        return
    if not header.startswith(_MAGIC) or _number(header, _APPLICATION_AT) != _APPLICATION:
        raise SESStubError(f"{path} was not written by ses_stub, and is unchanged. Use another file for the state")
    if _number(header, _VERSION_AT) != VERSION:
        raise SESStubError(
            f"{path} has the format {_number(header, _VERSION_AT)} of another version of ses_stub, and is unchanged."
            f" This version reads {VERSION} only: use that version, or another file for the state"
        )


def _number(header: bytes, at: int) -> int:
    return int.from_bytes(header[at : at + 4], "big")
