"""The clock of a server that was started by hand: it runs, and faster than real time if its user likes."""

from __future__ import annotations

import time

from .clock import Clock, MovableClock
from .time import SECOND


class RunningClock(MovableClock):
    """A clock that runs by itself, at any speed: for a server that is started by hand.

    Args:
        speed: how many of its seconds pass in one real second.

    Attributes:
        moved: the microseconds that it was advanced by, beside those that went by.

    """

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self.moved = 0
        self.set(round(time.time() * SECOND))

    def set(self, timestamp: int) -> None:
        """Continues from another timestamp."""
        self._then = timestamp
        self._since = time.monotonic_ns()

    def _timestamp(self) -> int:
        return self._then + round((time.monotonic_ns() - self._since) * self.speed / 1000)

    def _step(self, micros: int) -> None:
        with self._lock:
            self._then += micros
            self.moved += micros


def speed_of(clock: Clock) -> float:
    """How many of its seconds pass in a real one, if it runs by itself."""
    return clock.speed if isinstance(clock, RunningClock) else 1.0
