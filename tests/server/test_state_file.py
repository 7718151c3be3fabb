"""The file of a server's state: always complete, used by one server at a time, and never lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ses_stub import SESStubError
from ses_stub._server.state_file import StateFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ses.json"


@pytest.fixture(autouse=True)
def directory(path: Path) -> Path:
    path.parent.mkdir()
    return path.parent


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_file_holds_what_was_written_last(path: Path) -> None:
    """It does not exist at first; then it holds what was written last."""
    file = StateFile(path)
    assert file.read() is None
    file.write(b"first, and longer")
    file.write(b"second")
    assert file.read() == path.read_bytes() == b"second"
    assert names(path.parent) == {"ses.json"}


@pytest.mark.parametrize(("owner", "broken"), [(os, "fsync"), (Path, "replace")], ids=["fsync", "replace"])
def test_failed_write_keeps_the_old_contents(
    path: Path, monkeypatch: pytest.MonkeyPatch, owner: object, broken: str
) -> None:
    """On a full disk the old contents stay, and the temporary file is deleted."""
    file = StateFile(path)
    file.write(b"first")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(owner, broken, fail)
    with pytest.raises(OSError, match="disk full"):
        file.write(b"second")
    assert file.read() == b"first"
    assert names(path.parent) == {"ses.json"}


def test_directory_that_cannot_be_opened(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a directory cannot be opened, as on Windows, the file is written anyway."""

    def refuse(*_: object) -> int:
        raise PermissionError

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        StateFile(path).write(b"first")
    assert path.read_bytes() == b"first"


def test_symbolic_link_is_not_replaced(path: Path, tmp_path: Path) -> None:
    """A link to the file stays one."""
    link = tmp_path / "link.json"
    link.symlink_to(path)
    StateFile(link).write(b"first")
    assert link.is_symlink()
    assert path.read_bytes() == b"first"


def test_temporary_files_of_killed_servers_are_deleted(path: Path) -> None:
    """Nothing else is touched."""
    others = {"ses.json", "ses.json.tmp", "other.json.1.tmp", "ses.json.1.tmp.bak", "sesXjson.1.tmp"}
    for name in others | {"ses.json.1.tmp", "ses.json.99999.tmp"}:
        path.with_name(name).touch()
    with StateFile(path):
        assert names(path.parent) == others | {"ses.json.lock"}


def test_one_server_at_a_time(path: Path) -> None:
    """A second server gets an error, and can use the file afterwards."""
    with StateFile(path):
        with pytest.raises(SESStubError, match=r"ses\.json is in use by another running server"):
            StateFile(path).__enter__()
        with StateFile(path.with_name("other.json")):
            pass
    with StateFile(path):
        pass


def test_missing_directory_is_an_error(tmp_path: Path) -> None:
    """The directory is not created."""
    with pytest.raises(FileNotFoundError, match="nowhere"):
        StateFile(tmp_path / "nowhere" / "ses.json").__enter__()


def test_quarantine_takes_unused_names(path: Path) -> None:
    """Each damaged file gets its own name; none replaces another file."""
    path.with_name("ses.json.damaged-2").write_bytes(b"somebody's")
    for text in (b"one", b"two", b"three"):
        path.write_bytes(text)
        StateFile(path).quarantine()
    found = {one.name: one.read_bytes() for one in path.parent.iterdir()}
    assert found == {f"ses.json.damaged-{number}": text for number, text in
                     [(1, b"one"), (2, b"somebody's"), (3, b"two"), (4, b"three")]}  # fmt: skip


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_killed_while_writing(path: Path) -> None:
    """Killed 100 times at random, the server leaves one of its last two states in the file, complete."""
    program = Path(__file__).parents[1] / "support" / "kill_during_write.py"
    done = subprocess.run(
        [sys.executable, "-W", "error", str(program), str(path.parent)], capture_output=True, text=True, timeout=300
    )
    assert (done.returncode, done.stderr) == (0, "")
