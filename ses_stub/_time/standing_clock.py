"""The default clock of a scope, which stands still until somebody really waits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from . import real
from .clock import Clock, SystemClock
from .time_travel import time_machine_traveller


class StandingClock(SystemClock):
    """The default clock of a scope: it starts at the real time and stands still.

    It moves by `advance`, `sleep` and virtual waits, so that a slow machine changes nothing. It follows an active
    freezegun or time-machine. While somebody really waits for the stub, such as a child process, it runs: see
    `in_real_time`.
    """

    def __init__(self) -> None:
        super().__init__()
        # Read when the scope starts, and in no call: a test may mock it.
        # A timestamp, and when the clock began to run from it, if it runs: in nanoseconds of the monotonic clock. One
        # object, so that reading the time needs no lock.
        self._base: tuple[int, int | None] = (super()._process_time(), None)
        self._running = 0

    def _stands_still(self) -> bool:
        return not self._running and time_machine_traveller() is None

    def _process_time(self) -> int:
        if time_machine_traveller() is not None:
            return super()._process_time()
        return self._own_time()

    def _own_time(self) -> int:
        start, since = self._base
        return start if since is None else start + (real.monotonic_ns() - since) // 1000

    def _fork(self) -> Clock:
        other = StandingClock()
        other._base, other._offset = (self._own_time(), None), self._offset
        return other

    def run(self) -> None:
        """Runs with real time from now on."""
        with self._lock:
            if not self._running:
                self._base = (self._own_time(), real.monotonic_ns())
            self._running += 1

    def stand(self) -> None:
        """Stands still again, when all that let it run have called this."""
        with self._lock:
            self._running -= 1
            if not self._running:
                self._base = (self._own_time(), None)


@contextmanager
def in_real_time(clock: Clock) -> Iterator[None]:
    """A context manager in which a scope's default clock runs with real time, as somebody really waits."""
    if not isinstance(clock, StandingClock):
        yield
        return
    clock.run()
    try:
        yield
    finally:
        clock.stand()
