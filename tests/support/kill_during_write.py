"""Kills a process while it writes its state, many times, and checks what the file holds then.

Run as a separate program with one thread, because only such a program may fork. It prints nothing, and fails with a
traceback.
"""

from __future__ import annotations

import os
import random
import select
import signal
import sys
from pathlib import Path

from ses_stub import SESStub, VirtualClock
from ses_stub._model.options import Options
from ses_stub._server import state_document
from ses_stub._server.state_file import StateFile

ROUNDS = 100
SIZE = 1000


def document_of(ses: SESStub) -> bytes:
    with ses._service.locked() as now:
        return state_document.dump(ses._service, now)


def write_forever(path: Path, announce: int) -> None:  # pragma: no cover  # a killed process reports no coverage
    """Restores the state, then changes, announces and writes it until killed."""
    ses = SESStub(clock=VirtualClock())
    with StateFile(path) as file:
        ses._service.state, _ = state_document.load(path.read_bytes(), Options())
        while True:
            ses.add_identity(f"{len(ses.identities)}.example.com", "Pending")
            data = document_of(ses)
            os.write(announce, state_document.fingerprint(data))
            file.write(data)


def announced_until_killed(path: Path, chance: random.Random) -> list[bytes]:
    """The states that a process has announced, in order, until it was killed during its work."""
    hear, announce = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover
        os.close(hear)
        write_forever(path, announce)
    os.close(announce)
    size = len(state_document.fingerprint(b'"state":'))
    with os.fdopen(hear, "rb") as pipe:
        heard = [pipe.read(size) for _ in range(chance.randint(1, 3))]
        # A little more time, as long as one or two writes.
        select.select([], [], [], chance.uniform(0, 0.006))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        rest = pipe.read()
    return heard + [rest[start : start + size] for start in range(0, len(rest), size)]


def main(directory: Path) -> None:
    chance = random.Random()
    path = directory / "ses.json"
    start = document_of(SESStub(identities=[f"{number}.example.com" for number in range(SIZE)]))
    StateFile(path).write(start)
    last = state_document.fingerprint(start)
    for _ in range(ROUNDS):
        states = [last, *announced_until_killed(path, chance)]
        data = path.read_bytes()
        last = state_document.fingerprint(data)
        # A process that announces a state has written the previous one.
        assert last in states[-2:], f"{last!r} is none of the last two of {len(states)} states"
        state_document.load(data, Options())
        # Other than state and lock there is at most the unfinished temporary file of the last process.
        names = {found.name for found in directory.iterdir()} - {"ses.json", "ses.json.lock"}
        assert len(names) <= 1, names
        assert all(name.endswith(".tmp") for name in names), names


main(Path(sys.argv[1]))
