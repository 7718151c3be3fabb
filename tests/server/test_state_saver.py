"""Saving a server's state: it is restored at the start, written after each request, and never stops the server."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ses_stub import SESStub, SESStubError
from ses_stub._api.stub import service_of
from ses_stub._server.state_file import StateFile
from ses_stub._server.state_saver import StateSaver
from ses_stub._time.running_clock import RunningClock
from ses_stub._time.time import SECOND, to_timestamp

SITE, USER = "example.com", "ann@example.com"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ses.db"


def stub(**options: Any) -> SESStub:
    return SESStub(rate=None, clock=RunningClock(), **options)


def started(ses: SESStub, path: Path) -> StateSaver:
    saver = StateSaver(service_of(ses), path)
    saver.start()
    return saver


def saved(path: Path) -> SESStub:
    """A stub with the state of a file that no server uses."""
    other = stub()
    started(other, path).close()
    return other


def test_new_file_is_reported_and_written(path: Path) -> None:
    """The first start says that the file is new, and writes what the stub was seeded with."""
    saver = StateSaver(service_of(stub(identities=[SITE])), path)
    assert saver.start() == [f"The state is saved in {path}, a new file."]
    saver.close()
    assert list(saved(path).identities) == [SITE]


def test_state_is_restored_at_a_restart(path: Path) -> None:
    """State and time are restored, and the identities that the new stub started with are not there."""
    old, new = stub(identities=[SITE]), stub(identities=[USER])
    saver = started(old, path)
    old.clock.advance(hours=5)
    saver.close()
    saver = StateSaver(service_of(new), path)
    assert saver.start() == [f"Restored 1 identity from {path}."]
    assert list(new.identities) == [SITE]
    assert timedelta(0) <= new.clock.now() - old.clock.now() + timedelta(seconds=5) < timedelta(minutes=5)
    saver.close()


def test_changes_are_written_when_save_returns(path: Path) -> None:
    """Without an orderly end, as if the server had been killed then."""
    ses = stub()
    saver = started(ses, path)
    for name in (SITE, USER):
        ses.add_identity(name)
        saver.save()
    ses.clock.advance(days=1)
    saver.save()
    ses.add_identity("late.example")
    saver._file.close()
    restored = saved(path)
    assert list(restored.identities) == [SITE, USER]
    assert abs(restored.clock.now() - ses.clock.now()) < timedelta(minutes=5)


def test_nothing_is_written_without_a_change(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time alone is written once in a second, and at the end."""
    writes: list[set[str]] = []
    write = StateFile.write

    def record(self: StateFile, rows: Any, is_all: bool = False) -> None:
        writes.append({kind for _, kind, _ in rows})
        write(self, rows, is_all)

    clock = RunningClock(0.000_001)
    ses = SESStub(rate=None, clock=clock)
    saver = started(ses, path)
    monkeypatch.setattr(StateFile, "write", record)
    saver.save()
    assert writes == []
    clock.set(to_timestamp(clock.now()) + 2 * SECOND)
    saver.save()
    saver.save()
    clock.advance(seconds=0.001)
    saver.save()
    assert writes == [{"timestamp"}] * 2
    saver.close()
    assert writes == [{"timestamp"}] * 3


def test_reset_is_saved(path: Path) -> None:
    """Nothing from before it comes back; the seed file is still the same."""
    ses = stub()
    saver = StateSaver(service_of(ses), path)
    saver.start("seed")
    ses.add_identity(SITE)
    saver.save()
    ses.reset()
    ses.add_identity(USER)
    saver.save()
    saver.close()
    again = stub()
    saver = StateSaver(service_of(again), path)
    assert len(saver.start("seed")) == 1
    saver.close()
    assert list(again.identities) == [USER]


@pytest.mark.parametrize(
    ("first", "second", "is_told"), [("a", "a", False), ("a", "b", True), ("", "a", True), ("a", "", False)]
)
def test_changed_seed_file_is_reported(path: Path, first: str, second: str, is_told: bool) -> None:
    """Beside a state it is not used; that is said if it is another than at first."""
    saver = StateSaver(service_of(stub()), path)
    saver.start(first)
    saver.close()
    for _ in range(2):
        saver = StateSaver(service_of(stub()), path)
        assert any("The seed file is ignored" in line for line in saver.start(second)) == is_told
        saver.close()


@pytest.mark.parametrize("row", [("", "party", "", b"1"), ("", "rest", "", b"{"), ("a b", "rest", "", b'{"x": 1}')])
def test_damaged_state_is_left_alone(path: Path, row: tuple[str, str, str, bytes]) -> None:
    """It is an error that says what is wrong, and the file can be used by another server."""
    started(stub(identities=[SITE]), path).close()
    file = StateFile(path)
    file.write({row[:3]: row[3]})
    before = file.read()
    file.close()
    new = stub(identities=[USER])
    with pytest.raises(SESStubError, match=r"ses\.db is damaged, and unchanged: .*\. Use another file"):
        StateSaver(service_of(new), path).start()
    file = StateFile(path)
    assert file.read() == before
    file.close()
    assert list(new.identities) == [USER]


def test_failed_write_is_logged_once_and_repeated(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The server goes on, and the next write that works has everything; a later failure is logged again."""
    is_full = [True]
    write = StateFile.write

    def fail(self: StateFile, rows: Any, is_all: bool = False) -> None:
        if is_full[0]:
            raise OSError("database or disk is full")
        write(self, rows, is_all)

    ses = stub()
    saver = started(ses, path)
    monkeypatch.setattr(StateFile, "write", fail)
    problems = []
    for name, is_full[0] in [("a.example", True), ("b.example", True), ("c.example", False), ("d.example", True)]:
        ses.add_identity(name)
        saver.save()
        problems.append(saver.get_problem())
    is_full[0] = False
    problem = f"cannot write the state to {path}: database or disk is full"
    assert problems == [problem, problem, "", problem]
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [(logging.WARNING, problem)] * 2
    saver.close()
    assert list(saved(path).identities) == ["a.example", "b.example", "c.example", "d.example"]


def test_close_releases_the_file(path: Path) -> None:
    """Another server can use the file then, and not before."""
    saver = started(stub(), path)
    with pytest.raises(SESStubError, match="another running server"):
        started(stub(), path)
    saver.close()
    started(stub(), path).close()
