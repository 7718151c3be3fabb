"""The file of a server's state: always complete, used by one server at a time, and never another program's."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ses_stub import SESStubError
from ses_stub._server.state_file import VERSION, StateFile

A, B, C = ("", "a", "1"), ("here", "a", "1"), ("here", "b", "1")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ses.db"


def test_rows_come_back_in_their_first_order(path: Path) -> None:
    """Also after others were replaced or deleted, and the file was opened again."""
    file = StateFile(path)
    assert file.read() == []
    file.write({A: b"1", B: b"2", C: b"3"})
    file.write({C: b"4", B: None, ("", "z", ""): b"5"})
    file.close()
    file = StateFile(path)
    assert file.read() == [(*A, b"1"), (*C, b"4"), ("", "z", "", b"5")]
    file.close()


def test_all_rows_are_replaced(path: Path) -> None:
    """Where the state is another one."""
    file = StateFile(path)
    file.write({A: b"1", B: b"2"})
    file.write({C: b"3"}, is_all=True)
    assert file.read() == [(*C, b"3")]
    file.close()


def test_only_the_owner_may_read_it(path: Path) -> None:
    """The file, and what belongs to it while a server runs."""
    file = StateFile(path)
    file.write({A: b"1"})
    assert {one.name: stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()} == {
        "ses.db": 0o600,
        "ses.db-wal": 0o600,
    }
    file.close()


def test_closed_file_is_alone(path: Path) -> None:
    """Nothing else is left beside it."""
    file = StateFile(path)
    file.write({A: b"1"})
    file.close()
    assert [one.name for one in path.parent.iterdir()] == ["ses.db"]


def test_failed_write_keeps_the_old_contents(path: Path) -> None:
    """A write that fails in the middle changes nothing, and the next one works."""
    file = StateFile(path)
    file.write({A: b"1"})
    no_text: Any = object()
    with pytest.raises(OSError, match=r"object|unsupported type"):
        file.write({B: b"2", ("here", "b", no_text): b"3"}, is_all=True)
    assert file.read() == [(*A, b"1")]
    file.write({B: b"2"})
    assert file.read() == [(*A, b"1"), (*B, b"2")]
    file._database.execute("DROP TABLE rows")
    with pytest.raises(OSError, match="no such table"):
        file.write({A: b"1"})
    file.close()


def test_symbolic_link_is_followed(path: Path, tmp_path: Path) -> None:
    """A link to the file stays one."""
    link = tmp_path / "link.db"
    link.symlink_to(path)
    file = StateFile(link)
    file.write({A: b"1"})
    file.close()
    assert link.is_symlink()
    assert path.stat().st_size > 0


def test_one_server_at_a_time(path: Path) -> None:
    """A second server gets an error, and can use the file afterwards."""
    file = StateFile(path)
    with pytest.raises(SESStubError, match=r"ses\.db is in use by another running server"):
        StateFile(path)
    file.write({A: b"1"})
    file.close()
    file = StateFile(path)
    assert file.read() == [(*A, b"1")]
    file.close()


def test_missing_directory_is_an_error(tmp_path: Path) -> None:
    """The directory is not created."""
    with pytest.raises(FileNotFoundError, match="nowhere"):
        StateFile(tmp_path / "nowhere" / "ses.db")


# Files that are not ours.


def foreign_database(path: Path) -> bytes:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE rows (a)")
    database.close()
    return path.read_bytes()


@pytest.mark.parametrize("data", [b'{"a": 1}', b"x", b"SQLite format 3\0", b"\0" * 4096])
def test_file_of_another_program_is_left_alone(path: Path, data: bytes) -> None:
    """It is an error, and nothing is written, renamed or created."""
    path.write_bytes(data)
    before = path.stat()
    with pytest.raises(SESStubError, match=r"ses\.db was not written by ses_stub, and is unchanged"):
        StateFile(path)
    after = path.stat()
    assert (after.st_ino, after.st_mode, after.st_mtime_ns) == (before.st_ino, before.st_mode, before.st_mtime_ns)
    assert path.read_bytes() == data
    assert list(path.parent.iterdir()) == [path]


def test_database_of_another_program_is_left_alone(path: Path) -> None:
    """Also one with a table of the same name."""
    data = foreign_database(path)
    with pytest.raises(SESStubError, match="was not written by ses_stub"):
        StateFile(path)
    assert path.read_bytes() == data


def test_newer_format_is_left_alone(path: Path) -> None:
    """The error names both formats."""
    StateFile(path).close()
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 7")
    database.close()
    data = path.read_bytes()
    message = f"has the format 7 of another version of ses_stub, and is unchanged. This version reads {VERSION} only"
    with pytest.raises(SESStubError, match=message):
        StateFile(path)
    assert path.read_bytes() == data


@pytest.mark.parametrize("kind", ["directory", "named pipe"])
def test_special_file_is_left_alone(path: Path, kind: str) -> None:
    """It is not opened: a named pipe would block."""
    if kind == "directory":
        path.mkdir()
    else:
        os.mkfifo(path)
    with pytest.raises(SESStubError, match=r"ses\.db is not a regular file"):
        StateFile(path)


def test_device_is_left_alone() -> None:
    """A link to one as well; this one takes everything."""
    with pytest.raises(SESStubError, match="/dev/null is not a regular file"):
        StateFile("/dev/null")


def test_empty_file_is_a_new_one(path: Path) -> None:
    """Such as `mktemp` makes."""
    path.touch()
    file = StateFile(path)
    file.write({A: b"1"})
    file.close()
    assert path.read_bytes().startswith(b"SQLite format 3\0")


def test_damaged_file_is_an_error(path: Path) -> None:
    """And is left as it is."""
    file = StateFile(path)
    file.write({("", "a", str(number)): b"x" * 1000 for number in range(100)})
    file.close()
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)
    damaged = StateFile(path)
    with pytest.raises(SESStubError, match=r"ses\.db"):
        damaged.read()
    damaged.close()
    assert path.read_bytes()[4096:] == data[4096:]


def test_truncated_file_is_an_error(path: Path) -> None:
    """Where nothing but the header is left."""
    file = StateFile(path)
    file.write({A: b"1"})
    file.close()
    data = path.read_bytes()[:200]
    path.write_bytes(data)
    with pytest.raises(SESStubError, match=r"cannot use .*ses\.db for the state: "):
        StateFile(path)
    assert path.read_bytes() == data


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_server_killed_after_an_answer_has_lost_nothing(tmp_path: Path) -> None:
    """Many times, each right after an answer: identities, messages and the clock are as they were answered."""
    program = Path(__file__).parents[1] / "support" / "kill_after_answer.py"
    done = subprocess.run(
        [sys.executable, "-W", "error", str(program), str(tmp_path)], capture_output=True, text=True, timeout=300
    )
    assert (done.returncode, re.sub(r"(?s).*?(\w+Error.*)", r"\1", done.stderr)) == (0, "")
