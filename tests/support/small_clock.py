"""A tiny clock with virtual waits, a throttle on it, and threads whose end is awaited."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from ses_stub._time.waits import Waits

SECOND = 1_000_000
#: Real seconds after which a test hangs.
PATIENCE = 15.0


class SmallClock:
    """An int that `move` increases; this thread is its own."""

    def __init__(self) -> None:
        self.micros = 0
        #: Is called before each move.
        self.before_move: Callable[[], None] = lambda: None
        #: Tells the frozen time of an event loop.
        self.frozen_time: Callable[[Any], Any] = lambda loop: None
        own_threads = {self: threading.current_thread()}
        self.waits = Waits(
            lambda: self.micros, lambda: self.before_move(), self.move, own_threads, lambda loop: self.frozen_time(loop)
        )

    def move(self, micros: int) -> None:
        self.micros += micros

    @property
    def seconds(self) -> float:
        return self.micros / SECOND

    def wait(self, seconds: float) -> float:
        """Waits, and tells the time then."""
        self.waits.wait(round(seconds * SECOND))
        return self.seconds

    async def wait_async(self, seconds: float) -> float:
        """The same for a coroutine."""
        await self.waits.wait_async(round(seconds * SECOND))
        return self.seconds


class Throttle:
    """A token bucket on a clock."""

    def __init__(self, clock: SmallClock, rate: int = 1, burst: int = 1) -> None:
        self.clock = clock
        self.step = SECOND // rate
        self.slack = self.step * (burst - 1)
        self.next = 0
        self.lock = threading.Lock()

    def takes(self) -> bool:
        """Whether there is a token."""
        with self.lock:
            now = self.clock.micros
            if self.next - self.slack > now:
                return False
            self.next = max(self.next, now) + self.step
            return True

    def calls(self, attempts: int = 3) -> bool:
        """Whether one of the attempts gets a token; waits 1, 2, ... seconds between them."""
        for attempt in range(attempts):
            if self.takes():
                return True
            if attempt < attempts - 1:
                self.clock.wait(2**attempt)
        return False

    async def calls_async(self, attempts: int = 3) -> bool:
        """The same for a coroutine."""
        for attempt in range(attempts):
            if self.takes():
                return True
            if attempt < attempts - 1:
                await self.clock.wait_async(2**attempt)
        return False


class Running:
    """A function that runs in a thread."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self._function = function
        self._result: Any = None
        # A test that fails must not hang at the end.
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        # pytest makes an error of this one's.
        self._result = self._function()

    @property
    def native_id(self) -> int:
        assert self.thread.native_id is not None
        return self.thread.native_id

    def result(self) -> Any:
        """What it returns, at its end."""
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive(), "it hangs"
        return self._result


def in_threads(*functions: Callable[[], Any]) -> list[Any]:
    """What functions return that run in one thread each."""
    return [one.result() for one in [Running(function) for function in functions]]


def until(condition: Callable[[], object]) -> None:
    """Looks until something has happened, without a pause: this thread can run meanwhile."""
    while not condition():
        pass
