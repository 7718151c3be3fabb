"""Virtual waits: they overlap as in production, and end one after another, by the time at which they end.

The theory. Everybody who waits stands in one heap, by wake time and arrival. Who is first looks whether anything in the
process can still run (`quiescence`), and only if nothing can, moves the clock to its own wake and goes on. Then the next
one is first and sees somebody run: it looks until that one waits again, is blocked or has ended. So time moves only when
nothing can run, and one wait ends at a time: the outcome is what arithmetic says, on every machine and under any load.

Who waits looks by itself: there is no helper thread. A process of one thread, the usual test, has nothing to look at. A
coroutine must not block its loop: it looks from a callback of the loop, when the loop has nothing else to do.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable

from .._core.locks import Rank, lock
from .quiescence import blocked_outside

# As it is before anybody freezes or mocks it.
_sleep = time.sleep

#: Seconds between two looks: somebody runs.
_PAUSE = 0.0002

# Of all clocks: the native ids of threads that wait, and of those whose event loops hold a wait.
_waiting: set[int] = set()
_loops: Counter[int] = Counter()


class _Wait:
    """One wait; a thread's, if nothing else is made of it."""

    __slots__ = ("_turn", "is_over", "native_id", "order")

    def __init__(self, order: tuple[int, int], native_id: int = 0) -> None:
        #: Wake time and arrival.
        self.order = order
        #: The thread that stands still meanwhile; 0 for a coroutine's.
        self.native_id = native_id
        self.is_over = False
        self._turn = threading.Event()

    def __lt__(self, other: _Wait) -> bool:
        return self.order < other.order

    def call(self) -> None:
        """It is first now, or over: whoever waits is to look."""
        self._turn.set()

    def stand_by(self) -> None:
        """It is not first, and will be called."""
        self._turn.clear()

    def block(self) -> None:
        """Waits for the call."""
        self._turn.wait()


class _LoopWait(_Wait):
    """The wait of a coroutine under asyncio."""

    __slots__ = ("_is_called", "_look", "future", "loop")

    def __init__(
        self, order: tuple[int, int], loop: asyncio.AbstractEventLoop, look: Callable[[_LoopWait], None]
    ) -> None:
        super().__init__(order)
        self.loop = loop
        self._look = look
        # Not twice: each would find the loop busy with the other.
        self._is_called = False
        self.future: asyncio.Future[None] = loop.create_future()

    def call(self) -> None:
        if not self._is_called and not self.loop.is_closed():
            self._is_called = True
            self.loop.call_soon_threadsafe(self._come)

    def _come(self) -> None:
        self._is_called = False
        self._look(self)

    def is_loop_busy(self) -> bool:
        """Whether the loop has more to do now; of other loops than asyncio's own it cannot be told."""
        return bool(getattr(self.loop, "_ready", ()))

    def end(self) -> None:
        if not self.future.done():
            self.future.set_result(None)


class Waits:
    """The waits on one clock.

    Args:
        now: tells the clock's time, in microseconds.
        before_move: is called before the clock moves, without a lock.
        move: moves the clock by microseconds.

    """

    def __init__(self, now: Callable[[], int], before_move: Callable[[], None], move: Callable[[int], None]) -> None:
        self._now = now
        self._before_move = before_move
        self._move = move
        self._lock = lock(Rank.WAITS)
        self._heap: list[_Wait] = []
        # Where a move has to stop, as an event loop has a timer there: time, arrival, what wakes the loop.
        self._stops: list[tuple[int, int, Callable[[], None]]] = []
        self._arrivals = itertools.count()
        #: Tells where an event loop has its next timer on this clock, if it has its time from it.
        self.next_timer: Callable[[asyncio.AbstractEventLoop], int | None] = lambda loop: None
        #: The threads that began a scope: while one waits for something real, time stands still.
        self.own_threads: set[threading.Thread] = set()

    def wait(self, micros: int) -> None:
        """Lets this thread wait."""
        if not self._heap and threading.active_count() == 1:
            self._before_move()
            self._move(micros)
            return
        native_id = threading.get_native_id()
        with self._lock:
            wait = _Wait((self._now() + micros, next(self._arrivals)), native_id)
            heapq.heappush(self._heap, wait)
            _waiting.add(native_id)
        try:
            while not wait.is_over:
                if not self._is_first(wait):
                    wait.block()
                elif not self._end_if_still(wait):
                    _sleep(_PAUSE)
        finally:
            with self._lock:
                self._remove(wait)

    async def wait_async(self, micros: int) -> None:
        """Lets this coroutine wait, under asyncio or trio."""
        if asyncio._get_running_loop() is None and "trio" in sys.modules:
            await self._wait_in_trio(micros)
            return
        native_id = threading.get_native_id()
        with self._lock:
            order = self._now() + micros, next(self._arrivals)
            wait = _LoopWait(order, asyncio.get_running_loop(), self._look)
            heapq.heappush(self._heap, wait)
            _loops[native_id] += 1
            wait.call()
        try:
            await wait.future
        finally:
            with self._lock:
                self._forget_loop(native_id)
                self._remove(wait)

    async def _wait_in_trio(self, micros: int) -> None:
        import trio.testing

        native_id = threading.get_native_id()
        with self._lock:
            wait = _Wait((self._now() + micros, next(self._arrivals)))
            heapq.heappush(self._heap, wait)
            _loops[native_id] += 1
        try:
            while not wait.is_over:
                if self._is_first(wait):
                    await trio.testing.wait_all_tasks_blocked()
                    if self._is_first(wait) and self._end_if_still(wait):
                        return
                await trio.sleep(_PAUSE)
        finally:
            with self._lock:
                self._forget_loop(native_id)
                self._remove(wait)

    def add_stop(self, at: int, wake: Callable[[], None]) -> tuple[int, int, Callable[[], None]]:
        """Lets moves of the clock stop at a time, and then wake who has something to do there."""
        with self._lock:
            stop = (at, next(self._arrivals), wake)
            heapq.heappush(self._stops, stop)
        return stop

    def remove_stop(self, stop: tuple[int, int, Callable[[], None]]) -> bool:
        """Takes a stop out; returns whether no move has come to it."""
        with self._lock:
            is_there = stop in self._stops
            if is_there:
                self._stops.remove(stop)
                heapq.heapify(self._stops)
            return is_there

    def release(self) -> None:
        """Ends all waits where they are: nobody moves the time any more."""
        with self._lock:
            waits, self._heap = self._heap, []
            for wait in waits:
                wait.is_over = True
                _waiting.discard(wait.native_id)
                wait.call()

    def _look(self, wait: _LoopWait) -> None:
        """From a callback of the loop: ends the wait if it is its turn."""
        if wait.is_over:
            wait.end()
        elif wait.future.done() or not self._is_first(wait):
            return
        elif wait.is_loop_busy():
            wait.call()
        elif self._end_if_still(wait, self.next_timer(wait.loop)):
            wait.end()
        else:
            _sleep(_PAUSE)
            wait.call()

    def _is_first(self, wait: _Wait) -> bool:
        with self._lock:
            if self._heap and self._heap[0] is wait:
                return True
            if not wait.is_over:
                wait.stand_by()
            return False

    def _end_if_still(self, wait: _Wait, timer: int | None = None) -> bool:
        """Moves the clock to a wait's end, if it is the first and nothing can run; or to what has to happen before.

        Args:
            wait: the wait of who looks.
            timer: where the event loop of who looks has its next timer.

        """
        outside = blocked_outside(_waiting)
        if outside is None or any(_waits_for_real(one) for one in self.own_threads if one.native_id in outside):
            return False
        self._before_move()
        with self._lock:
            if not self._heap or self._heap[0] is not wait:
                return wait.is_over
            end = wait.order[0]
            # What is set for the same time was set earlier, as a deadline is.
            stops = [at for at in (timer, self._stops[0][0] if self._stops else None) if at is not None and at <= end]
            self._move(max(0, min([end, *stops]) - self._now()))
            while self._stops and self._stops[0][0] <= self._now():
                heapq.heappop(self._stops)[2]()
            if not stops:
                self._remove(wait)
            return not stops

    def _remove(self, wait: _Wait) -> None:
        """Takes a wait out, if it is still there, and calls the next one."""
        wait.is_over = True
        # Before the next one looks: this thread goes on.
        _waiting.discard(wait.native_id)
        if wait in self._heap:
            was_first = self._heap[0] is wait
            self._heap.remove(wait)
            heapq.heapify(self._heap)
            if was_first and self._heap:
                self._heap[0].call()

    @staticmethod
    def _forget_loop(native_id: int) -> None:
        _loops[native_id] -= 1
        if not _loops[native_id]:
            del _loops[native_id]


def holds_wait(native_id: int) -> bool:
    """Whether a coroutine waits in the event loop of a thread."""
    return native_id in _loops


def _waits_for_real(thread: threading.Thread) -> bool:
    """Whether a thread waits for something that is not of this process; not in an event loop whose only news can come
    from here.
    """
    if thread.native_id in _loops:
        return False
    frame = sys._current_frames().get(thread.ident or 0)
    # The frames of a loop that selects: the selector's, the loop's.
    for _ in range(4):
        if frame is None:
            return True
        registered = getattr(getattr(frame.f_locals.get("self"), "_selector", None), "get_map", None)
        if registered is not None:
            # One is the loop's own, by which other threads wake it.
            return len(registered() or ()) > 1
        frame = frame.f_back
    return True
