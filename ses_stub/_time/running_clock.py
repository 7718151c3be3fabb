"""The clock of a server that was started from the command line."""

from __future__ import annotations

import time

from .clock import Clock, MovableClock
from .time import SECOND


class RunningClock(MovableClock):
    """A clock that runs by itself, at any speed.

    Args:
        speed: the number of its seconds in a real second.

    Attributes:
        moved: the microseconds by which it was advanced, without the time that passed.

    """

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self.moved = 0
        self.set(round(time.time() * SECOND))

    def set(self, timestamp: int) -> None:
        """Continues from a timestamp."""
        self._then = timestamp
        self._since = time.monotonic_ns()

    def _timestamp(self) -> int:
        return self._then + round((time.monotonic_ns() - self._since) * self.speed / 1000)

    def _step(self, micros: int) -> None:
        with self._lock:
            self._then += micros
            self.moved += micros


def speed_of(clock: Clock) -> float:
    """The number of a clock's seconds in a real second; 1 if it does not run by itself."""
    return clock.speed if isinstance(clock, RunningClock) else 1.0
