"""One wait for virtual time: of a thread, an asyncio coroutine or a trio task. `waits` has how they work together."""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

#: Seconds between two checks while something runs: the first and the longest.
_PAUSE, _LONGEST_PAUSE = 0.0002, 0.002
#: Seconds after which a wait that is not first suspects that the first is blocked: the first and the longest.
PATIENCE, LONGEST_PATIENCE = 0.02, 0.5

# For all clocks: the wait of each thread by native id, also a coroutine's while it checks; and the number of coroutines
# that wait in each event loop, by its key.
waiting: dict[int, Wait] = {}
loops: Counter[int] = Counter()


class Wait:
    """One wait: of a thread, unless a subclass says otherwise."""

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
        #: Wake time and order of arrival.
        self.order: tuple[int, ...] = ()
        self.native_id = threading.get_native_id()
        self.is_over = False
        #: Whether it was called and has not reacted yet.
        self.is_called = False
        #: Whether it did not react to a call while nothing could run.
        self.is_blocked = False
        #: Moves the clock for this wait, if it needs its own way.
        self.move: Callable[[int], None] | None = None
        self._pause, self._patience = _PAUSE, PATIENCE
        # Not an Event: a signal handler may call a wait while the same thread holds the Event's lock.
        self._turn = threading.Lock()
        self._turn.acquire()
        # The wait of this thread that a signal handler has interrupted.
        self._outer: Wait | None = None

    def occupy_thread(self) -> None:
        """Makes this the wait of its thread."""
        self._outer = waiting.get(self.native_id)
        waiting[self.native_id] = self

    def leave_thread(self) -> None:
        """Makes the interrupted wait, if any, the wait of the thread again. Must be called in that thread."""
        if waiting.get(self.native_id) is self:
            if self._outer is None:
                del waiting[self.native_id]
            else:
                waiting[self.native_id] = self._outer

    def is_stuck(self) -> bool:
        """Whether its thread waits for something else first, so that it can't check."""
        other = waiting.get(self.native_id, self)
        return self.is_blocked or (other is not self and not other.is_over and not isinstance(other, LoopWait))

    def call(self) -> None:
        """Wakes it, as it is first or over."""
        self.is_called = True
        with suppress(RuntimeError):
            self._turn.release()

    def stand_by(self) -> None:
        """Prepares for a check. A later call counts for the next check."""
        self._turn.acquire(blocking=False)
        self.is_called = self.is_blocked = False

    def block(self) -> bool:
        """Waits for a call; returns False after `next_patience`."""
        return self._turn.acquire(timeout=self.next_patience())

    def next_patience(self) -> float:
        """Seconds until it suspects that the first wait is blocked. They double, as checks cost time."""
        patience, self._patience = self._patience, min(2 * self._patience, LONGEST_PATIENCE)
        return patience

    def start_over(self) -> None:
        """Resets the pause, as it is not first."""
        self._pause = _PAUSE

    def next_pause(self) -> float:
        """Seconds until its next check. They double, or the checks would slow down what runs."""
        pause, self._pause = self._pause, min(2 * self._pause, _LONGEST_PAUSE)
        return pause


class LoopWait(Wait, ABC):
    """The wait of a coroutine. Its loop reacts to calls."""

    __slots__ = ("key",)

    def __init__(self, key: int) -> None:
        super().__init__()
        #: The event loop.
        self.key = key

    def call(self) -> None:
        # Normally once: each costs an iteration of the loop.
        if not self.is_called:
            self.is_called = True
            # The loop may be closed by now.
            with suppress(RuntimeError):
                self._schedule()

    def come(self) -> None:
        """Reacts to a call, in the loop."""
        self.is_called = self.is_blocked = False

    @abstractmethod
    def _schedule(self) -> None:
        """Lets the loop run `come`; may be called from any thread."""


class AsyncioWait(LoopWait):
    """The wait of a coroutine under asyncio."""

    __slots__ = ("_look", "future", "loop", "timer")

    def __init__(self, loop: asyncio.AbstractEventLoop, look: Callable[[AsyncioWait], None]) -> None:
        super().__init__(key_of(loop))
        self.loop = loop
        self._look = look
        self.future: asyncio.Future[None] = loop.create_future()
        #: Triggers a check without a call.
        self.timer: asyncio.TimerHandle | None = None

    def is_stuck(self) -> bool:
        return not self.loop.is_running() or super().is_stuck()

    def come(self) -> None:
        super().come()
        try:
            self._look(self)
        except Exception as error:
            # The error belongs to the waiting coroutine, not to the loop.
            if not self.future.done():
                self.future.set_exception(error)

    def is_loop_busy(self) -> bool:
        """Whether the loop has other work than checks. Loops other than asyncio's count as idle."""
        # A copy in one step, as other threads add to it.
        owners = [getattr(handle._callback, "__self__", None) for handle in tuple(getattr(self.loop, "_ready", ()))]
        return not all(isinstance(owner, AsyncioWait) and not owner.is_over for owner in owners)

    def end(self) -> None:
        if not self.future.done():
            self.future.set_result(None)

    def _schedule(self) -> None:
        if asyncio._get_running_loop() is self.loop:
            # Without the byte with which another thread wakes the loop: the loop would have to read it.
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
        """Waits for a call; returns False after `next_patience`."""
        import trio

        with trio.move_on_after(self.next_patience()) as scope:
            await self._event.wait()
        return not scope.cancelled_caught

    def _schedule(self) -> None:
        # This raises RuntimeError too, once trio has ended.
        self._token.run_sync_soon(self.come)


def key_of(loop: object) -> int:
    """The key of an asyncio loop, unique while the loop exists."""
    return id(loop)


def key_of_trio(native_id: int | None) -> int:
    """The key of trio in a thread, which runs it once at a time. Negative, so that it is no asyncio loop's key."""
    return -(native_id or 0)


def holds_wait(loop: object) -> bool:
    """Whether a coroutine waits for virtual time in an asyncio loop."""
    return key_of(loop) in loops
