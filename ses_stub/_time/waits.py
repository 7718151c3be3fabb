"""Virtual waits: they overlap as in production, and end one after another, by the time at which they end.

The theory. Everybody who waits stands in one line, by wake time and arrival. Who is first looks whether anything in the
process can still run (`quiescence`), and only if nothing can, moves the clock to its own wake and goes on. Then the
next one is first and sees somebody run: it looks until that one waits again, is blocked or has ended. So time moves
only when nothing can run, and one wait ends at a time: the outcome is what arithmetic says, on every machine and under
any load.

Who waits looks by itself: there is no helper thread. A process of one thread, the usual test, has nothing to look at. A
coroutine must not block its loop: it looks from a callback of the loop, when the loop has nothing else to do.

Who can't look must not hold up the others: a coroutine whose loop stands still, as its thread waits too or as nobody
runs it, or a wait that a signal's handler interrupted to wait itself. They are passed over, and their waits end with
the first one later than theirs, as in production they would end late. Of a loop that is blocked on something else
nobody is told: the first thread in the line comes back from time to time and finds out.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import os
import sys
import threading
from bisect import insort
from collections.abc import Callable
from operator import attrgetter
from weakref import WeakSet

from .._core.locks import Rank, lock
from . import real
from .one_wait import AsyncioWait, LoopWait, TrioWait, Wait, loops, waiting
from .quiescence import blocked_outside, waits_for_real

#: Seconds after which a loop that was called and does not come is suspected to be blocked.
_PATIENCE = 0.02

_all: WeakSet[Waits] = WeakSet()


class Waits:
    """The waits on one clock.

    Args:
        now: tells the clock's time, in microseconds.
        before_move: is called before the clock moves, without a lock.
        move: moves the clock by microseconds; without a lock, too.

    """

    def __init__(self, now: Callable[[], int], before_move: Callable[[], None], move: Callable[[int], None]) -> None:
        self._now = now
        self._before_move = before_move
        self._move = move
        self._lock = lock(Rank.WAITS)
        # By order. Its operations are one step each, also for a signal's handler: no code of ours compares.
        self._line: list[Wait] = []
        # Where a move has to stop, as an event loop has a timer there: time, arrival, what wakes the loop.
        self._stops: list[tuple[int, int, Callable[[], None]]] = []
        self._arrivals = itertools.count()
        #: Tells where an event loop has its next timer on this clock, if it has its time from it.
        self.next_timer: Callable[[asyncio.AbstractEventLoop], int | None] = lambda loop: None
        #: The threads that began a scope: while one waits for something real, time stands still.
        self.own_threads: list[threading.Thread] = []
        _all.add(self)

    def wait(self, micros: int, move: Callable[[int], None] | None = None) -> None:
        """Lets this thread wait.

        Args:
            micros: how long, in microseconds.
            move: moves the clock for this wait, if not as for the others.

        """
        if not self._line and not self._stops and threading.active_count() == 1:
            self._before_move()
            (move or self._move)(micros)
            return
        wait = Wait()
        wait.move = move
        # All of it in here: Ctrl-C may come at any time.
        try:
            self._enter(wait, micros)
            while not wait.is_over:
                first = self._first_for(wait)
                if first is wait:
                    if not self._move_if_still(wait):
                        real.sleep(wait.next_pause())
                elif not isinstance(first, LoopWait) or not self._is_first_thread(wait):
                    wait.block()
                elif not wait.block(_PATIENCE):
                    self._note_if_blocked(first)
        finally:
            self._leave(wait)

    async def wait_async(self, micros: int, move: Callable[[int], None] | None = None) -> None:
        """Lets this coroutine wait, under asyncio or trio (arguments as of `wait`)."""
        if asyncio._get_running_loop() is None and "trio" in sys.modules:
            await self._wait_in_trio(micros, move)
            return
        wait = AsyncioWait(asyncio.get_running_loop(), self._look)
        wait.move = move
        try:
            self._enter(wait, micros)
            wait.call()
            await wait.future
        finally:
            self._leave(wait)

    async def _wait_in_trio(self, micros: int, move: Callable[[int], None] | None) -> None:
        import trio.testing

        wait = TrioWait()
        wait.move = move
        try:
            self._enter(wait, micros)
            while not wait.is_over:
                if self._first_for(wait) is not wait:
                    await wait.block_async()
                    continue
                await trio.testing.wait_all_tasks_blocked()
                if self._first_for(wait) is wait and not self._move_if_still(wait):
                    await trio.sleep(wait.next_pause())
        finally:
            self._leave(wait)

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
            while self._line:
                self._end(self._line[-1])

    def forget(self) -> None:
        """Drops what others wait for, in a forked child: they are not there."""
        self._line.clear()
        self._stops.clear()

    def _enter(self, wait: Wait, micros: int) -> None:
        with self._lock:
            wait.order = self._now() + micros, next(self._arrivals)
            insort(self._line, wait, key=attrgetter("order"))
            if isinstance(wait, LoopWait):
                loops[wait.key] += 1
                return
            may_hold_up = bool(loops) or wait.native_id in waiting
            waiting[wait.native_id] = wait
            if may_hold_up:
                # Others of this thread can't look meanwhile.
                self._call_next()

    def _leave(self, wait: Wait) -> None:
        with self._lock:
            self._end(wait)
            self._call_next()
            if isinstance(wait, LoopWait) and wait.order:
                loops[wait.key] -= 1
                if loops[wait.key] <= 0:
                    del loops[wait.key]

    def _end(self, wait: Wait) -> None:
        wait.is_over = True
        # Before the next one looks: its thread goes on.
        if waiting.get(wait.native_id) is wait:
            del waiting[wait.native_id]
        if wait in self._line:
            self._line.remove(wait)
            wait.call()

    def _first(self) -> Wait | None:
        return next((wait for wait in self._line if not wait.is_stuck()), None)

    def _first_for(self, wait: Wait) -> Wait | None:
        """Who is first; the one that asks stands by if it is another."""
        with self._lock:
            first = self._first()
            if first is not wait and not wait.is_over:
                wait.stand_by()
            return first

    def _is_first_thread(self, wait: Wait) -> bool:
        """Whether it is a thread's, and the first such: that one watches the loops before it."""
        with self._lock:
            return next((one for one in self._line if not isinstance(one, LoopWait)), None) is wait

    def _call_next(self) -> None:
        """Calls who is first, those before who may be able to look again, and who watches a loop that is first."""
        for wait in self._line:
            wait.call()
            if not wait.is_stuck():
                break
        for wait in self._line:
            if not isinstance(wait, LoopWait):
                wait.call()
                break

    def _note_if_blocked(self, first: LoopWait) -> None:
        """Finds out whether the loop of who is first is blocked on something in this process."""
        outside = self._outside()
        with self._lock:
            if outside is not None and first.native_id not in outside:
                # It was called, and nothing can run.
                first.is_blocked = first.is_called
            self._call_next()

    def _look(self, wait: AsyncioWait) -> None:
        """From a callback of the loop: ends the wait if it is its turn."""
        if wait.is_over:
            wait.end()
        elif wait.future.done() or self._first_for(wait) is not wait:
            return
        elif wait.is_loop_busy():
            wait.call()
        else:
            self._look_now(wait)

    def _look_now(self, wait: AsyncioWait) -> None:
        # Of who waits on another clock, it is not to be seen how often it looks.
        waiting[wait.native_id] = wait
        try:
            if not self._move_if_still(wait, self.next_timer(wait.loop)):
                real.sleep(wait.next_pause())
        finally:
            waiting.pop(wait.native_id, None)
        if wait.is_over:
            wait.end()
        else:
            wait.call()

    def _outside(self) -> set[int] | None:
        """See `blocked_outside`; but for event loops that look, or are between two looks."""
        outside = blocked_outside(waiting)
        own = threading.get_native_id()
        # After the look: who has given a loop something to do is blocked by then.
        looking = [one for one in tuple(waiting.values()) if isinstance(one, AsyncioWait) and one.native_id != own]
        # One of this clock may have been first until now. It has yet to see that, and to go to its timers.
        if any(one.is_over or one in self._line or one.is_loop_busy() for one in looking):
            return None
        return outside

    def _move_if_still(self, wait: Wait, timer: int | None = None) -> bool:
        """Moves the clock to a wait's end, if it is the first and nothing can run; or to what has to happen before.

        Args:
            wait: the wait of who looks.
            timer: where the event loop of who looks has its next timer.

        Returns:
            whether it has been moved, or there is no need to look again.

        """
        outside = self._outside()
        if outside is None:
            return False
        # At one stroke, as other threads may begin a scope.
        if any(one.native_id in outside and waits_for_real(one, loops) for one in tuple(self.own_threads)):
            return False
        self._before_move()
        with self._lock:
            if self._first() is not wait:
                return wait.is_over
            # What is set for the same time was set earlier, as a deadline is.
            stops = [at for at in (timer, self._stops[0][0] if self._stops else None) if at is not None]
            end = min([wait.order[0], *stops])
        (wait.move or self._move)(max(0, end - self._now()))
        with self._lock:
            is_stopped = end in stops
            for one in [one for one in self._line if one.order <= wait.order and one.order[0] <= end]:
                # Those that were passed over, and this one.
                if one is not wait or not is_stopped:
                    self._end(one)
            wakes = []
            while self._stops and self._stops[0][0] <= self._now():
                wakes.append(heapq.heappop(self._stops)[2])
        for wake in wakes:
            wake()
        return True


def _forget_waits_of_parent() -> None:
    waiting.clear()
    loops.clear()
    for waits in _all:
        waits.forget()


if hasattr(os, "register_at_fork"):  # pragma: no branch  # Windows has none.
    os.register_at_fork(after_in_child=_forget_waits_of_parent)
