"""Who keeps a server's state: it is back after a restart, is written after changes, and never stops the server."""

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
from ses_stub._model.options import Options
from ses_stub._server import state_document, state_file
from ses_stub._server.state_file import Keeper, StateFile
from ses_stub._time.clock import RunningClock

PATIENCE = 30
SITE, USER = "example.com", "ann@example.com"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ses.json"


class Settable(VirtualClock):
    """Stands still, and can be set as the server's."""

    def set(self, timestamp: int) -> None:
        self._now = timestamp


def stub(**options: Any) -> SESStub:
    return SESStub(rate=None, clock=Settable(), **options)


def kept(path: Path) -> SESStub:
    """A stub with what the file holds, and its time."""
    other = stub()
    other._service.state, timestamp = state_document.load(path.read_bytes(), Options())
    other._service.clock.set(timestamp)  # type: ignore[attr-defined]
    return other


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> SimpleQueue[bytes]:
    """What was written, as it is; changes are written without delay."""
    written: SimpleQueue[bytes] = SimpleQueue()
    write = StateFile.write

    def tell(self: StateFile, data: bytes) -> None:
        write(self, data)
        written.put(data)

    monkeypatch.setattr(StateFile, "write", tell)
    monkeypatch.setattr(state_file, "QUIET", 0.001)
    return written


def test_new_file(path: Path, writes: SimpleQueue[bytes]) -> None:
    """The first start says that the file is new, and writes what the stub was seeded with."""
    keeper = Keeper(stub(identities=[SITE])._service, path)
    assert keeper.start() == [f"The state is kept in {path}, which is new."]
    writes.get(timeout=PATIENCE)
    assert list(kept(path).identities) == [SITE]
    keeper.close()


def test_restart(path: Path) -> None:
    """World and time are back, and what the new stub was seeded with is not there."""
    old, new = stub(identities=[SITE]), stub(identities=[USER])
    keeper = Keeper(old._service, path)
    keeper.start()
    old.clock.advance(hours=5)
    keeper.close()
    keeper = Keeper(new._service, path)
    assert keeper.start() == [f"Restored 1 identity from {path}."]
    assert (dict(new.identities), new.clock.now()) == (dict(old.identities), old.clock.now())
    new.add_identity(USER, "Pending")
    keeper.close()
    keeper = Keeper(stub()._service, path)
    assert keeper.start() == [f"Restored 2 identities from {path}."]
    keeper.close()


def test_time_stands_still_meanwhile(path: Path) -> None:
    """A server's clock goes on from where it was, however long the server did not run."""
    old = stub(identities=[SITE])
    old.clock.advance(hours=1)
    keeper = Keeper(old._service, path)
    keeper.start()
    keeper.close()
    new = SESStub(clock=RunningClock())
    keeper = Keeper(new._service, path)
    keeper.start()
    assert timedelta(0) <= new.clock.now() - old.clock.now() < timedelta(minutes=5)
    keeper.close()


def test_damaged_file(path: Path, writes: SimpleQueue[bytes]) -> None:
    """It is told of and kept under another name; the stub stays as it was, and is written to a new file."""
    path.write_bytes(b"{ damaged")
    new = stub(identities=[SITE])
    keeper = Keeper(new._service, path)
    lines = keeper.start()
    assert lines[0].startswith(f"{path} is damaged: ")
    assert lines[1] == "It is now ses.json.damaged-1, and this server begins anew."
    assert path.with_name("ses.json.damaged-1").read_bytes() == b"{ damaged"
    writes.get(timeout=PATIENCE)
    assert kept(path).identities == new.identities
    keeper.close()


def test_changes_are_written(path: Path, writes: SimpleQueue[bytes]) -> None:
    """Each change is in the file soon after the keeper is told."""
    ses = stub()
    keeper = Keeper(ses._service, path)
    keeper.start()
    writes.get(timeout=PATIENCE)
    for name in (SITE, USER):
        ses.add_identity(name)
        keeper.changed()
        writes.get(timeout=PATIENCE)
        assert name in kept(path).identities
    keeper.close()


def test_nothing_is_written_without_a_change(
    path: Path, writes: SimpleQueue[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time alone is no change; it is written at the end."""
    ses = stub()
    keeper = Keeper(ses._service, path)
    looks: SimpleQueue[None] = SimpleQueue()
    dump = state_document.dump

    def tell(*given: Any) -> bytes:
        looks.put(None)
        return dump(*given)

    monkeypatch.setattr(state_document, "dump", tell)
    keeper.start()
    looks.get(timeout=PATIENCE)
    first = writes.get(timeout=PATIENCE)
    ses.clock.advance(hours=1)
    keeper.changed()
    looks.get(timeout=PATIENCE)
    keeper.close()
    last = writes.get(timeout=PATIENCE)
    assert writes.empty()
    assert kept(path).clock.now() == ses.clock.now()
    assert first != last
    assert state_document.fingerprint(first) == state_document.fingerprint(last)


def test_end_does_not_wait(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change that is not written yet is written at the end, at once, and the thread is gone."""
    monkeypatch.setattr(state_file, "QUIET", 10_000)
    ses = stub()
    keeper = Keeper(ses._service, path)
    keeper.start()
    ses.add_identity(SITE)
    keeper.changed()
    assert not path.exists()
    keeper.close()
    assert SITE in kept(path).identities
    assert "ses_stub state" not in {thread.name for thread in threading.enumerate()}


def test_one_write_at_a_time(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last write waits for the one under way."""
    first, second = threading.Event(), threading.Event()
    order: list[str] = []
    write = StateFile.write

    def hold(self: StateFile, data: bytes) -> None:
        order.append("begin")
        (second if first.is_set() else first).set()
        # Gives a second one that does not wait the time to come.
        second.wait(0.1)
        write(self, data)
        order.append("end")

    monkeypatch.setattr(StateFile, "write", hold)
    monkeypatch.setattr(state_file, "QUIET", 0.001)
    keeper = Keeper(stub()._service, path)
    keeper.start()
    assert first.wait(PATIENCE)
    keeper.close()
    assert order == ["begin", "end"] * 2


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[SimpleQueue[None], list[bool]]]:
    """Each try to write, and a switch that lets them fail."""
    tries: SimpleQueue[None] = SimpleQueue()
    full = [True]
    write = StateFile.write

    def fail(self: StateFile, data: bytes) -> None:
        try:
            if full[0]:
                raise OSError("disk full")
            write(self, data)
        finally:
            tries.put(None)

    monkeypatch.setattr(StateFile, "write", fail)
    monkeypatch.setattr(state_file, "QUIET", 0.001)
    return tries, full


def test_full_disk(path: Path, failing: tuple[SimpleQueue[None], list[bool]], caplog: pytest.LogCaptureFixture) -> None:
    """A write that fails is told once, and tried again after the next change; so is the next that fails."""
    tries, full = failing
    ses = stub()
    keeper = Keeper(ses._service, path)
    keeper.start()
    for name, is_full in [("a.example", True), ("b.example", True), ("c.example", False), ("d.example", True)]:
        tries.get(timeout=PATIENCE)
        full[0] = is_full
        ses.add_identity(name)
        keeper.changed()
    tries.get(timeout=PATIENCE)
    keeper.close()
    assert "c.example" in kept(path).identities
    told = [(record.levelno, record.getMessage()) for record in caplog.records if record.name == "ses_stub"]
    assert told == [(logging.WARNING, f"the state could not be written to {path}: OSError('disk full')")] * 2


def test_end_frees_the_file(path: Path) -> None:
    """Whoever comes next may have the file, and not before."""
    keeper = Keeper(stub()._service, path)
    keeper.start()
    with pytest.raises(SESStubError, match="another server"):
        Keeper(stub()._service, path).start()
    keeper.close()
    with StateFile(path):
        pass


def test_failed_start_frees_the_file(path: Path) -> None:
    """A file that cannot be read, such as a directory, is told of, and is not held."""
    path.mkdir()
    with pytest.raises(OSError, match=r"ses\.json"):
        Keeper(stub()._service, path).start()
    with StateFile(path):
        pass


def test_many_changes_at_once(path: Path) -> None:
    """While many threads change the world and tell, the file ends up with all of it."""
    ses = stub()
    keeper = Keeper(ses._service, path)
    keeper.start()

    def change(part: int) -> None:
        for number in range(50):
            ses.add_identity(f"{part}-{number}.example.com", "Pending")
            keeper.changed()

    threads = [threading.Thread(target=change, args=(part,)) for part in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    keeper.close()
    assert kept(path).identities == ses.identities
    assert len(ses.identities) == 400
