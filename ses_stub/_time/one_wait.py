"""One wait each: a thread's, a coroutine's under asyncio, a task's under trio. What they do together: `waits`."""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

#: Seconds between two looks while somebody runs: at first, and at most.
_PAUSE, _LONGEST_PAUSE = 0.0002, 0.002
#: Seconds after which who is not first suspects that the first one can't look: at first, and at most.
PATIENCE, LONGEST_PATIENCE = 0.02, 0.5

# Of all clocks: who waits in which thread, by native id, a coroutine's wait while it looks; and how many coroutines
# wait in which event loop, by its key.
waiting: dict[int, Wait] = {}
loops: Counter[int] = Counter()


class Wait:
    """One wait; a thread's, if nothing else is made of it."""

    __slots__ = (
        "_outer",
        "_patience",
        "_pause",
        "_turn",
        "is_blocked",
        "is_called",
        "is_over",
        "move",
        "native_id",
        "order",
    )

    def __init__(self) -> None:
        #: Wake time and arrival.
        self.order: tuple[int, ...] = ()
        self.native_id = threading.get_native_id()
        self.is_over = False
        #: Whether it was called and has not come yet.
        self.is_called = False
        #: Whether it was called, did not come, and nothing could run.
        self.is_blocked = False
        #: How the clock is moved for it, if not as for others.
        self.move: Callable[[int], None] | None = None
        self._pause, self._patience = _PAUSE, PATIENCE
        # Not an Event: a signal's handler may call who holds its lock.
        self._turn = threading.Lock()
        self._turn.acquire()
        # What waits or looks in this thread, and was interrupted by a signal's handler.
        self._outer: Wait | None = None

    def occupy_thread(self) -> None:
        """From now on it is this wait for which its thread waits, or looks."""
        self._outer = waiting.get(self.native_id)
        waiting[self.native_id] = self

    def leave_thread(self) -> None:
        """What it interrupted goes on. Is called in its thread."""
        if waiting.get(self.native_id) is self:
            if self._outer is None:
                del waiting[self.native_id]
            else:
                waiting[self.native_id] = self._outer

    def is_stuck(self) -> bool:
        """Whether its thread waits for something else first, so that it can't look."""
        other = waiting.get(self.native_id, self)
        return self.is_blocked or (other is not self and not other.is_over and not isinstance(other, LoopWait))

    def call(self) -> None:
        """It is first now, or over: whoever waits is to look."""
        self.is_called = True
        with suppress(RuntimeError):
            self._turn.release()

    def stand_by(self) -> None:
        """It looks whether it is first; a call that comes from now on is for the next look."""
        self._turn.acquire(blocking=False)
        self.is_called = self.is_blocked = False

    def block(self) -> bool:
        """Waits for the call; returns whether it came in time."""
        return self._turn.acquire(timeout=self.next_patience())

    def next_patience(self) -> float:
        """Seconds until it suspects that the first one can't look: longer each time, as looks take time."""
        patience, self._patience = self._patience, min(2 * self._patience, LONGEST_PATIENCE)
        return patience

    def start_over(self) -> None:
        """It is not first, and is as patient as at the beginning when it is."""
        self._pause = _PAUSE

    def next_pause(self) -> float:
        """Seconds until it looks again: longer each time, or the looks would take the time of those who run."""
        pause, self._pause = self._pause, min(2 * self._pause, _LONGEST_PAUSE)
        return pause


class LoopWait(Wait, ABC):
    """The wait of a coroutine; what is called is run by its loop."""

    __slots__ = ("key",)

    def __init__(self, key: int) -> None:
        super().__init__()
        #: The event loop.
        self.key = key

    def call(self) -> None:
        # Not twice, as a rule: each costs the loop a round.
        if not self.is_called:
            self.is_called = True
            # Closed, by now.
            with suppress(RuntimeError):
                self._schedule()

    def come(self) -> None:
        """Is run by the loop."""
        self.is_called = self.is_blocked = False

    @abstractmethod
    def _schedule(self) -> None:
        """Lets the loop run `come`, from any thread."""


class AsyncioWait(LoopWait):
    """The wait of a coroutine under asyncio."""

    __slots__ = ("_look", "future", "loop", "timer")

    def __init__(self, loop: asyncio.AbstractEventLoop, look: Callable[[AsyncioWait], None]) -> None:
        super().__init__(key_of(loop))
        self.loop = loop
        self._look = look
        self.future: asyncio.Future[None] = loop.create_future()
        #: When it comes without being called.
        self.timer: asyncio.TimerHandle | None = None

    def is_stuck(self) -> bool:
        return not self.loop.is_running() or super().is_stuck()

    def come(self) -> None:
        super().come()
        try:
            self._look(self)
        except Exception as error:
            # It is who waits who is to have it, not the loop.
            if not self.future.done():
                self.future.set_exception(error)

    def is_loop_busy(self) -> bool:
        """Whether the loop has more to do now than to look; of other loops than asyncio's own it cannot be told."""
        # At one stroke, as other threads add to it.
        owners = [getattr(handle._callback, "__self__", None) for handle in tuple(getattr(self.loop, "_ready", ()))]
        return not all(isinstance(owner, AsyncioWait) and not owner.is_over for owner in owners)

    def end(self) -> None:
        if not self.future.done():
            self.future.set_result(None)

    def _schedule(self) -> None:
        if asyncio._get_running_loop() is self.loop:
            # Without the byte by which another thread wakes the loop: reading it is work for the loop.
            self.loop.call_soon(self.come)
        else:
            self.loop.call_soon_threadsafe(self.come)


class TrioWait(LoopWait):
    """The wait of a task under trio."""

    __slots__ = ("_event", "_token")

    def __init__(self) -> None:
        import trio

        super().__init__(key_of_trio(threading.get_native_id()))
        self._token: Any = trio.lowlevel.current_trio_token()
        self._event: Any = trio.Event()

    def come(self) -> None:
        super().come()
        self._event.set()

    def stand_by(self) -> None:
        import trio

        super().stand_by()
        self._event = trio.Event()

    async def block_async(self) -> bool:
        """Waits for the call; returns whether it came in time."""
        import trio

        with trio.move_on_after(self.next_patience()) as scope:
            await self._event.wait()
        return not scope.cancelled_caught

    def _schedule(self) -> None:
        # Once trio has ended, it raises a RuntimeError, too.
        self._token.run_sync_soon(self.come)


def key_of(loop: object) -> int:
    """What stands for a loop of asyncio's, as long as it is there."""
    return id(loop)


def key_of_trio(native_id: int | None) -> int:
    """What stands for trio in a thread: there is one at a time, and its number is nobody's address."""
    return -(native_id or 0)


def holds_wait(loop: object) -> bool:
    """Whether a coroutine waits in a loop of asyncio's."""
    return key_of(loop) in loops
