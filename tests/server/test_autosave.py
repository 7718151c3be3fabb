"""Saving a server's state: it is restored at the start, written after changes, and never stops the server."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from ses_stub import SESStub, SESStubError, VirtualClock
from ses_stub._api.stub import service_of
from ses_stub._model.options import Options
from ses_stub._server import autosave, state_document
from ses_stub._server.autosave import StateAutosaver
from ses_stub._server.state_file import StateFile
from ses_stub._time.running_clock import RunningClock

PATIENCE = 30
SITE, USER = "example.com", "ann@example.com"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ses.json"


class Settable(VirtualClock):
    """Stands still, and can be set as the server's clock."""

    def set(self, timestamp: int) -> None:
        self._now = timestamp


def stub(**options: Any) -> SESStub:
    return SESStub(rate=None, clock=Settable(), **options)


def saved(path: Path) -> SESStub:
    """A stub with the state and the time of the file."""
    other = stub()
    service_of(other).state, timestamp = state_document.load(path.read_bytes(), Options())
    service_of(other).clock.set(timestamp)  # type: ignore[attr-defined]
    return other


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> SimpleQueue[bytes]:
    """What was written, in order; changes are written without delay."""
    written: SimpleQueue[bytes] = SimpleQueue()
    write = StateFile.write

    def record(self: StateFile, data: bytes) -> None:
        write(self, data)
        written.put(data)

    monkeypatch.setattr(StateFile, "write", record)
    monkeypatch.setattr(autosave, "SAVE_DELAY", 0.001)
    return written


def test_new_file_is_reported_and_written(path: Path, writes: SimpleQueue[bytes]) -> None:
    """The first start says that the file is new, and writes what the stub was seeded with."""
    autosaver = StateAutosaver(service_of(stub(identities=[SITE])), path)
    assert autosaver.start() == [f"The state is saved in {path}, a new file."]
    writes.get(timeout=PATIENCE)
    assert list(saved(path).identities) == [SITE]
    autosaver.close()


def test_state_is_restored_at_a_restart(path: Path) -> None:
    """State and time are restored, and the identities that the new stub started with are not there."""
    old, new = stub(identities=[SITE]), stub(identities=[USER])
    autosaver = StateAutosaver(service_of(old), path)
    autosaver.start()
    old.clock.advance(hours=5)
    autosaver.close()
    autosaver = StateAutosaver(service_of(new), path)
    assert autosaver.start() == [f"Restored 1 identity from {path}."]
    assert (dict(new.identities), new.clock.now()) == (dict(old.identities), old.clock.now())
    new.add_identity(USER, "Pending")
    autosaver.close()
    autosaver = StateAutosaver(service_of(stub()), path)
    assert autosaver.start() == [f"Restored 2 identities from {path}."]
    autosaver.close()


def test_time_stands_still_between_two_servers(path: Path) -> None:
    """A server's clock continues from where it was, however long the server did not run."""
    old = stub(identities=[SITE])
    old.clock.advance(hours=1)
    autosaver = StateAutosaver(service_of(old), path)
    autosaver.start()
    autosaver.close()
    new = SESStub(clock=RunningClock())
    autosaver = StateAutosaver(service_of(new), path)
    autosaver.start()
    assert timedelta(0) <= new.clock.now() - old.clock.now() < timedelta(minutes=5)
    autosaver.close()


def test_damaged_file_is_renamed(path: Path, writes: SimpleQueue[bytes]) -> None:
    """It is reported and gets another name; the stub stays as it was, and is written to a new file."""
    path.write_bytes(b"{ damaged")
    new = stub(identities=[SITE])
    autosaver = StateAutosaver(service_of(new), path)
    lines = autosaver.start()
    assert lines[0].startswith(f"{path} is damaged: ")
    assert lines[1] == "It was renamed to ses.json.damaged-1; this server starts empty."
    assert path.with_name("ses.json.damaged-1").read_bytes() == b"{ damaged"
    writes.get(timeout=PATIENCE)
    assert saved(path).identities == new.identities
    autosaver.close()


def test_changes_are_written(path: Path, writes: SimpleQueue[bytes]) -> None:
    """Each change is in the file soon after it is reported."""
    ses = stub()
    autosaver = StateAutosaver(service_of(ses), path)
    autosaver.start()
    writes.get(timeout=PATIENCE)
    for name in (SITE, USER):
        ses.add_identity(name)
        autosaver.on_change()
        writes.get(timeout=PATIENCE)
        assert name in saved(path).identities
    autosaver.close()


def test_nothing_is_written_without_a_change(
    path: Path, writes: SimpleQueue[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time alone is not a change; it is written at the end."""
    ses = stub()
    autosaver = StateAutosaver(service_of(ses), path)
    looks: SimpleQueue[None] = SimpleQueue()
    dump = state_document.dump

    def record(*given: Any) -> bytes:
        looks.put(None)
        return dump(*given)

    monkeypatch.setattr(state_document, "dump", record)
    autosaver.start()
    looks.get(timeout=PATIENCE)
    first = writes.get(timeout=PATIENCE)
    ses.clock.advance(hours=1)
    autosaver.on_change()
    looks.get(timeout=PATIENCE)
    autosaver.close()
    last = writes.get(timeout=PATIENCE)
    assert writes.empty()
    assert saved(path).clock.now() == ses.clock.now()
    assert first != last
    assert state_document.fingerprint(first) == state_document.fingerprint(last)


def test_close_does_not_wait_for_the_delay(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change that is not written yet is written immediately, and the thread ends."""
    monkeypatch.setattr(autosave, "SAVE_DELAY", 10_000)
    ses = stub()
    autosaver = StateAutosaver(service_of(ses), path)
    autosaver.start()
    ses.add_identity(SITE)
    autosaver.on_change()
    assert not path.exists()
    autosaver.close()
    assert SITE in saved(path).identities
    assert "ses_stub state" not in {thread.name for thread in threading.enumerate()}


def test_one_write_at_a_time(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last write waits for the one under way."""
    first, second = threading.Event(), threading.Event()
    order: list[str] = []
    write = StateFile.write

    def hold(self: StateFile, data: bytes) -> None:
        order.append("begin")
        (second if first.is_set() else first).set()
        # Time for a second write, if it did not wait.
        second.wait(0.1)
        write(self, data)
        order.append("end")

    monkeypatch.setattr(StateFile, "write", hold)
    monkeypatch.setattr(autosave, "SAVE_DELAY", 0.001)
    autosaver = StateAutosaver(service_of(stub()), path)
    autosaver.start()
    assert first.wait(PATIENCE)
    autosaver.close()
    assert order == ["begin", "end"] * 2


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[SimpleQueue[None], list[bool]]]:
    """Each attempt to write, and a switch that lets them fail."""
    attempts: SimpleQueue[None] = SimpleQueue()
    full = [True]
    write = StateFile.write

    def fail(self: StateFile, data: bytes) -> None:
        try:
            if full[0]:
                raise OSError("disk full")
            write(self, data)
        finally:
            attempts.put(None)

    monkeypatch.setattr(StateFile, "write", fail)
    monkeypatch.setattr(autosave, "SAVE_DELAY", 0.001)
    return attempts, full


def test_failed_write_is_logged_once_and_repeated(
    path: Path, failing: tuple[SimpleQueue[None], list[bool]], caplog: pytest.LogCaptureFixture
) -> None:
    """A write that fails is logged once and repeated after the next change; a later failure is logged again."""
    attempts, full = failing
    ses = stub()
    autosaver = StateAutosaver(service_of(ses), path)
    autosaver.start()
    for name, is_full in [("a.example", True), ("b.example", True), ("c.example", False), ("d.example", True)]:
        attempts.get(timeout=PATIENCE)
        full[0] = is_full
        ses.add_identity(name)
        autosaver.on_change()
    attempts.get(timeout=PATIENCE)
    autosaver.close()
    assert "c.example" in saved(path).identities
    logged = [(record.levelno, record.getMessage()) for record in caplog.records if record.name == "ses_stub"]
    assert logged == [(logging.WARNING, f"cannot write the state to {path}: OSError('disk full')")] * 2


def test_close_releases_the_file(path: Path) -> None:
    """Another server can use the file then, and not before."""
    autosaver = StateAutosaver(service_of(stub()), path)
    autosaver.start()
    with pytest.raises(SESStubError, match="another running server"):
        StateAutosaver(service_of(stub()), path).start()
    autosaver.close()
    with StateFile(path):
        pass


def test_failed_start_releases_the_file(path: Path) -> None:
    """A file that cannot be read, such as a directory, is an error, and is not locked."""
    path.mkdir()
    with pytest.raises(OSError, match=r"ses\.json"):
        StateAutosaver(service_of(stub()), path).start()
    with StateFile(path):
        pass


def test_changes_by_many_threads_are_all_saved(path: Path) -> None:
    """While many threads change the state, the file ends up with all changes."""
    ses = stub()
    autosaver = StateAutosaver(service_of(ses), path)
    autosaver.start()

    def change(part: int) -> None:
        for number in range(50):
            ses.add_identity(f"{part}-{number}.example.com", "Pending")
            autosaver.on_change()

    threads = [threading.Thread(target=change, args=(part,)) for part in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    autosaver.close()
    assert saved(path).identities == ses.identities
    assert len(ses.identities) == 400
