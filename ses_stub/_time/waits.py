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
the first one later than theirs, as in production they would end late. Where a thread or a loop is blocked on something
else nobody is told: the others come back from time to time and find out.

There is no lock here, as a signal's handler may wait while its thread is at any instruction, and those for whom it
waits would wait for the lock. Each change is one operation of a list or a dict. Who is not first forgets the calls so
far, looks who is, and then waits to be called; who changes the line calls the first one afterwards: no call is missed.
If the handler's thread holds another lock of the package, the handler can't let others go first, and moves the clock.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
import threading
from bisect import insort
from collections.abc import Callable
from contextlib import suppress
from operator import attrgetter
from typing import Protocol
from weakref import WeakSet

from .._core.locks import holds_lock
from . import real
from .one_wait import AsyncioWait, LoopWait, TrioWait, Wait, loops, waiting
from .quiescence import blocked_outside, waits_for_real

_all: WeakSet[Waits] = WeakSet()
_Stop = tuple[int, int, Callable[[], None]]


class FrozenTime(Protocol):
    """The time of an event loop that has it from a clock."""

    def is_on(self, waits: Waits) -> bool:
        """Whether it is of the clock with these waits."""

    def next_timer(self) -> int | None:
        """The time on that clock at which the loop's next timer comes."""


class Waits:
    """The waits on one clock.

    Args:
        now: tells the clock's time, in microseconds.
        before_move: is called before the clock moves, without a lock.
        move: moves the clock by microseconds; without a lock, too.
        own_threads: the threads that began a scope: while one waits for something real, time stands still.
        frozen_time: tells the time of an event loop that has it from a clock; None of others.

    """

    def __init__(
        self,
        now: Callable[[], int],
        before_move: Callable[[], None],
        move: Callable[[int], None],
        own_threads: list[threading.Thread],
        frozen_time: Callable[[asyncio.AbstractEventLoop], FrozenTime | None] = lambda loop: None,
    ) -> None:
        self._now = now
        self._before_move = before_move
        self._move = move
        self._own_threads = own_threads
        self._frozen_time = frozen_time
        # By order.
        self._line: list[Wait] = []
        # Where a move has to stop, as an event loop has a timer there: time, arrival, what wakes the loop. By order.
        self._stops: list[_Stop] = []
        self._arrivals = itertools.count()
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
        if holds_lock():
            self._before_move()
            end = self._now() + micros
            self._move_to(end, (end + 1,), move)
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
                elif not wait.block():
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
            if wait.timer is not None:
                wait.timer.cancel()

    async def _wait_in_trio(self, micros: int, move: Callable[[int], None] | None) -> None:
        import trio.testing

        wait = TrioWait()
        wait.move = move
        try:
            self._enter(wait, micros)
            while not wait.is_over:
                first = self._first_for(wait)
                if first is not wait:
                    if not await wait.block_async():
                        self._note_if_blocked(first)
                    continue
                await trio.testing.wait_all_tasks_blocked()
                if self._first_for(wait) is wait and not self._move_if_still(wait):
                    await trio.sleep(wait.next_pause())
        finally:
            self._leave(wait)

    def add_stop(self, at: int, wake: Callable[[], None]) -> _Stop:
        """Lets moves of the clock stop at a time, and then wake who has something to do there."""
        stop = (at, next(self._arrivals), wake)
        insort(self._stops, stop)
        return stop

    def remove_stop(self, stop: _Stop) -> bool:
        """Takes a stop out; returns whether no move has come to it."""
        try:
            self._stops.remove(stop)
        except ValueError:
            return False
        return True

    def release(self) -> None:
        """Ends all waits where they are: nobody moves the time any more."""
        for wait in tuple(self._line):
            self._end(wait)

    def forget(self) -> None:
        """Drops what others wait for, in a forked child: they are not there."""
        self._line.clear()
        self._stops.clear()

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """From a loop that has had nothing to do for a while: finds out whether others can't look (see the head)."""
        wait = next((one for one in tuple(self._line) if isinstance(one, AsyncioWait) and one.loop is loop), None)
        if wait is not None:
            self._note_if_blocked(self._first())

    def _enter(self, wait: Wait, micros: int) -> None:
        wait.order = self._now() + micros, next(self._arrivals)
        insort(self._line, wait, key=attrgetter("order"))
        if isinstance(wait, LoopWait):
            loops[wait.key] += 1
            return
        may_hold_up = bool(loops) or wait.native_id in waiting
        wait.occupy_thread()
        if may_hold_up:
            # Others of this thread can't look meanwhile.
            self._call_next()

    def _leave(self, wait: Wait) -> None:
        self._end(wait)
        wait.leave_thread()
        self._call_next()
        if isinstance(wait, LoopWait) and wait.order:
            loops[wait.key] -= 1
            if loops[wait.key] <= 0:
                del loops[wait.key]

    def _end(self, wait: Wait) -> None:
        # Before the next one looks: its thread goes on.
        wait.is_over = True
        with suppress(ValueError):
            self._line.remove(wait)
            wait.call()

    def _first(self) -> Wait | None:
        return next((wait for wait in tuple(self._line) if not wait.is_stuck()), None)

    def _first_for(self, wait: Wait) -> Wait | None:
        """Who is first, for one that will be called if it is another."""
        # In this order, or a call in between would be missed.
        wait.stand_by()
        first = self._first()
        if first is not wait:
            wait.start_over()
        return first

    def _call_next(self) -> None:
        """Calls who is first, and those before who may be able to look again."""
        for wait in tuple(self._line):
            wait.call()
            if not wait.is_stuck():
                break

    def _note_if_blocked(self, first: Wait | None) -> None:
        """Finds out whether who is first can't look, as its thread is blocked on something in this process."""
        outside = self._outside(but=first) if first is not None else None
        if first is not None and outside is not None and first.native_id not in outside and first.is_called:
            # It was called, and nothing can run.
            first.is_blocked = True
        elif first is not None:
            # Again, as a signal's handler may have interrupted who was about to call it.
            first.is_called = False
        self._call_next()

    def _look(self, wait: AsyncioWait) -> None:
        """From a callback of the loop: ends the wait if it is its turn."""
        if wait.is_over:
            wait.end()
        elif wait.future.done():
            return
        elif (first := self._first_for(wait)) is not wait:
            # A loop that is frozen calls `watch` by itself, as it has no timers of real time.
            is_others = first is not None and first.native_id != wait.native_id
            if is_others and wait.timer is None and self._frozen_time(wait.loop) is None:
                wait.timer = wait.loop.call_later(wait.next_patience(), self._come, wait)
        elif wait.is_loop_busy():
            wait.call()
        else:
            self._look_now(wait)

    def _come(self, wait: AsyncioWait) -> None:
        wait.timer = None
        self.watch(wait.loop)
        wait.call()

    def _look_now(self, wait: AsyncioWait) -> None:
        frozen = self._frozen_time(wait.loop)
        timer = frozen.next_timer() if frozen is not None and frozen.is_on(self) else None
        # Of who waits on another clock, it is not to be seen how often it looks.
        wait.occupy_thread()
        try:
            if not self._move_if_still(wait, timer):
                real.sleep(wait.next_pause())
        finally:
            wait.leave_thread()
        if wait.is_over:
            wait.end()
        else:
            wait.call()

    def _outside(self, but: Wait | None = None) -> set[int] | None:
        """See `blocked_outside`; but for event loops that look, or are between two looks.

        Args:
            but: a wait whose thread may do something else.

        """
        others = [one for one in tuple(waiting.values()) if not one.is_over and one is not but]
        outside = blocked_outside({one.native_id for one in others})
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
        if any(one.native_id in outside and waits_for_real(one, loops) for one in tuple(self._own_threads)):
            return False
        self._before_move()
        if self._first() is not wait:
            return wait.is_over
        # What is set for the same time was set earlier, as a deadline is.
        stops = [at for at in (timer, *(stop[0] for stop in self._stops[:1])) if at is not None]
        end = min([wait.order[0], *stops])
        self._move_to(end, (end,) if end in stops else wait.order, wait.move)
        return True

    def _move_to(self, end: int, last: tuple[int, ...], move: Callable[[int], None] | None) -> None:
        """Moves the clock, ends the waits up to the last, also those that were passed over, and wakes for the stops."""
        (move or self._move)(max(0, end - self._now()))
        for wait in tuple(self._line):
            if wait.order <= last:
                self._end(wait)
        for stop in tuple(self._stops):
            if stop[0] <= self._now() and self.remove_stop(stop):
                stop[2]()


def _forget_waits_of_parent() -> None:
    waiting.clear()
    loops.clear()
    for waits in _all:
        waits.forget()


if hasattr(os, "register_at_fork"):  # pragma: no branch  # Windows has none.
    os.register_at_fork(after_in_child=_forget_waits_of_parent)
