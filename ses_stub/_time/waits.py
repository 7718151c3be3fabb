"""Virtual waits: they overlap as in production, and end one after another, by the time at which they end.

All waits are in one queue, ordered by wake time and arrival. The first checks whether anything in the process can still
run (`quiescence`). If nothing can, it moves the clock to its own wake time and ends. The next is first then, and checks
until the thread that woke waits again, is blocked or has ended. So time moves only when nothing can run, and one wait
ends at a time: the result is the same on every machine and under any load.

Each wait checks in its own thread; there is no helper thread. A process with one thread, as in most tests, has nothing
to check. A coroutine must not block its loop, so it checks in a callback of the loop when the loop is idle.

A wait that can't check must not block the others: a coroutine whose loop does not run, or a wait that a signal handler
interrupted in order to wait itself. The others skip it, and it ends with the first later wait, just as in production it
would end late. If a thread or loop is blocked on something else, nothing reports that: the others check from time to
time.

There is no lock here, as a signal handler may wait while its thread is at any instruction, and would deadlock with
those that need the lock. Each change is one operation on a list or dict. A wait that is not first resets its calls,
checks who is first, and then waits for a call. A thread that changes the queue calls the first wait afterwards. So no
call is missed. If a handler's thread holds another lock of the package, it moves the clock itself without the check.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
import threading
from bisect import insort
from collections.abc import Callable, Mapping
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
    """The time of an event loop that a clock controls."""

    def is_on(self, waits: Waits) -> bool:
        """Whether the loop's time follows the clock with these waits."""

    def next_timer(self) -> int | None:
        """The time of the loop's next timer on that clock."""


class Waits:
    """The waits on one clock.

    Args:
        now: returns the clock's time, in microseconds.
        before_move: called before the clock moves, without a lock.
        move: moves the clock by a number of microseconds, without a lock.
        own_threads: for each scope, the thread that began it. While one waits for something real, time stands still.
        frozen_time: returns the time of an event loop that a clock controls; None for other loops.

    """

    def __init__(
        self,
        now: Callable[[], int],
        before_move: Callable[[], None],
        move: Callable[[int], None],
        own_threads: Mapping[object, threading.Thread],
        frozen_time: Callable[[asyncio.AbstractEventLoop], FrozenTime | None] = lambda loop: None,
    ) -> None:
        self._now = now
        self._before_move = before_move
        self._move = move
        self._own_threads = own_threads
        self._frozen_time = frozen_time
        # By order.
        self._line: list[Wait] = []
        # Where a move has to stop for an event loop's timer: time, arrival, and what wakes the loop. In order.
        self._stops: list[_Stop] = []
        self._arrivals = itertools.count()
        _all.add(self)

    def wait(self, micros: int, move: Callable[[int], None] | None = None) -> None:
        """Lets this thread wait.

        Args:
            micros: the length, in microseconds.
            move: moves the clock for this wait, if it needs its own way.

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
        # All of it in the try block, as Ctrl-C may come at any time.
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
        """Lets this coroutine wait, in asyncio or trio (arguments as in `wait`)."""
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
        """Makes moves of the clock stop at a time, and call ``wake`` there."""
        stop = (at, next(self._arrivals), wake)
        insort(self._stops, stop)
        return stop

    def remove_stop(self, stop: _Stop) -> bool:
        """Removes a stop; returns whether no move has reached it."""
        try:
            self._stops.remove(stop)
        except ValueError:
            return False
        return True

    def release(self) -> None:
        """Ends all waits without moving time."""
        for wait in tuple(self._line):
            self._end(wait)

    def forget(self) -> None:
        """Drops all waits, in a forked child, which does not have their threads."""
        self._line.clear()
        self._stops.clear()

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Called by an idle loop: finds waits that can't check (see the module's docstring)."""
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
            # Other waits of this thread can't check meanwhile.
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
        # Before the next one checks, as the thread of this one runs now.
        wait.is_over = True
        with suppress(ValueError):
            self._line.remove(wait)
            wait.call()

    def _first(self) -> Wait | None:
        return next((wait for wait in tuple(self._line) if not wait.is_stuck()), None)

    def _first_for(self, wait: Wait) -> Wait | None:
        """The first wait, for one that will be called if that is another."""
        # In this order, so that no call in between is missed.
        wait.stand_by()
        first = self._first()
        if first is not wait:
            wait.start_over()
        return first

    def _call_next(self) -> None:
        """Calls the first wait, and earlier ones that may be able to check again."""
        for wait in tuple(self._line):
            wait.call()
            if not wait.is_stuck():
                break

    def _note_if_blocked(self, first: Wait | None) -> None:
        """Marks the first wait as blocked if its thread is blocked on something in this process."""
        outside = self._outside(but=first) if first is not None else None
        if first is not None and outside is not None and first.native_id not in outside and first.is_called:
            # It was called, and nothing can run.
            first.is_blocked = True
        elif first is not None:
            # Called again, as a signal handler may have interrupted the call.
            first.is_called = False
        self._call_next()

    def _look(self, wait: AsyncioWait) -> None:
        """Ends the wait if it is its turn. Runs in a callback of the loop."""
        if wait.is_over:
            wait.end()
        elif wait.future.done():
            return
        elif (first := self._first_for(wait)) is not wait:
            # A frozen loop calls `watch` itself, as it has no real timers.
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
        # How often a wait on another clock checks is unknown.
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
        """See `blocked_outside`; without event loops that check, or are between two checks.

        Args:
            but: a wait whose thread may do something else.

        """
        others = [one for one in list(waiting.values()) if not one.is_over and one is not but]
        outside = blocked_outside({one.native_id for one in others})
        own = threading.get_native_id()
        # After the check: what has given a loop work is blocked by then.
        looking = [one for one in list(waiting.values()) if isinstance(one, AsyncioWait) and one.native_id != own]
        # A wait on this clock may have been first until now. It must see that, and go to its timers.
        if any(one.is_over or one in self._line or one.is_loop_busy() for one in looking):
            return None
        return outside

    def _move_if_still(self, wait: Wait, timer: int | None = None) -> bool:
        """Moves the clock to a wait's end, or to an earlier stop, if the wait is first and nothing can run.

        Args:
            wait: the wait that checks.
            timer: the next timer of its event loop.

        Returns:
            Whether the clock was moved, or no new check is needed.

        """
        outside = self._outside()
        if outside is None:
            return False
        # A copy in one step, as other threads may begin a scope.
        if any(one.native_id in outside and waits_for_real(one, loops) for one in list(self._own_threads.values())):
            return False
        self._before_move()
        if self._first() is not wait:
            return wait.is_over
        # An entry with the same time was set earlier, as a deadline is.
        stops = [at for at in (timer, *(stop[0] for stop in self._stops[:1])) if at is not None]
        end = min([wait.order[0], *stops])
        self._move_to(end, (end,) if end in stops else wait.order, wait.move)
        return True

    def _move_to(self, end: int, last: tuple[int, ...], move: Callable[[int], None] | None) -> None:
        """Moves the clock, ends the waits up to the last, also skipped ones, and wakes for the stops."""
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
