"""asyncio's event loops under ``freeze``: they use the stub's time, and virtual waits trigger their timers.

Relies on a loop's ``_run_once`` taking the time from ``loop.time()``, waiting in ``loop._selector.select(timeout)``,
and keeping its timers in the heap ``loop._scheduled``, each with ``_when`` and ``_cancelled``; and on every way to run
a loop calling ``run_forever``. `tests/time/test_event_loops.py` fails if a release of Python changes that. A loop
without these (uvloop), or with its own time, keeps its time and real timers, but its sleeps are virtual.

A loop's time continues from its value before, so earlier timers remain valid. It advances with the stub's clock, and
with real time only while the loop waits for nothing but timers.
"""

from __future__ import annotations

import asyncio
import heapq
import math
import threading
import time
from asyncio import base_events
from asyncio.base_events import BaseEventLoop
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary, ref

from .._core.locks import Rank, lock
from . import real
from .one_wait import LONGEST_PATIENCE, PATIENCE, holds_wait
from .waits import Waits

#: Seconds of tolerance for a timer, as the stub's clock counts microseconds.
_RESOLUTION = 2e-6
#: Steps of a loop's time in a second. A power of two: about a microsecond each.
_PER_SECOND = 2**20
#: The modules whose ``time`` is the process's: asyncio's, or freezegun's instead of it.
_REAL_TIMES = ("asyncio.base_events", "freezegun.api")


class FrozenLoop:
    """The time of one loop that a scope freezes.

    Args:
        loop: the loop.
        now: returns the time of the scope's clock, in microseconds.
        waits: the waits on that clock.

    """

    def __init__(self, loop: Any, now: Callable[[], int], waits: Waits) -> None:
        # Weak, so that a closed loop can be collected before the scope ends.
        self._loop = ref(loop)
        self._now = now
        self._waits = waits
        # Small numbers: a float of seconds since 1970 is not exact to the microsecond.
        self._start, self._base = _exact(real.monotonic()), now()
        self._idle = 0.0
        self._is_released = False
        # Each timer that is left, with its real time.
        self._real_timers: list[tuple[Any, float]] | None = None
        self._selector, self._resolution = loop._selector, loop._clock_resolution

    def freeze(self) -> None:
        """Gives the loop this time, until `release`."""
        loop: Any = self._loop()
        loop._selector, loop._clock_resolution = self, max(self._resolution, _RESOLUTION)
        # Set on the loop, as another tool may have replaced the method of its class.
        loop.time = self.time

    def time(self) -> float:
        """The loop's time, in seconds."""
        now: float = self._start + (self._now() - self._base) / 1e6 + self._idle
        return now

    def next_timer(self) -> int | None:
        """The time of the loop's next timer on the scope's clock."""
        scheduled = getattr(self._loop(), "_scheduled", ())
        first = min((handle._when for handle in scheduled if not handle._cancelled), default=math.inf)
        return self._base + round((first - self._start - self._idle) * 1e6) if first < math.inf else None

    def select(self, timeout: float | None = None) -> Any:
        """Waits for the loop's next event, as a selector does."""
        if (timeout is not None and timeout <= 0) or self._is_released:
            return self._selector.select(timeout)
        if timeout is None:
            return self._select(None)
        stop = self._waits.add_stop(self._now() + round(timeout * 1e6), self._wake)
        start = real.monotonic()
        try:
            return self._select(timeout)
        finally:
            if self._waits.remove_stop(stop) and not holds_wait(self._loop()):
                # The loop waited for timers only, and no other wait moved time past them.
                self._idle += _exact(real.monotonic() - start)

    def _select(self, timeout: float | None) -> Any:
        loop: Any = self._loop()
        if not holds_wait(loop):
            return self._selector.select(timeout)
        # A coroutine waits for virtual time. If the wait before it is blocked, nothing wakes this loop.
        patience = PATIENCE
        while True:
            events = self._selector.select(patience)
            if events or self._is_released:
                return events
            self._waits.watch(loop)
            if loop._ready:
                return events
            patience = min(2 * patience, LONGEST_PATIENCE)

    def _wake(self) -> None:
        loop = self._loop()
        if loop is not None:
            # The loop may be closed by now.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(lambda: None)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._selector, name)

    def is_on(self, waits: Waits) -> bool:
        """Whether the loop's time follows the clock with these waits."""
        return self._waits is waits

    def release(self) -> None:
        """Gives the loop real time again. Each remaining timer keeps the time that it had left."""
        loop = self._loop()
        if loop is None:
            return
        # The loop's own thread may be using the timers.
        if getattr(loop, "_thread_id", None) in (None, threading.get_ident()):
            self._release(loop)
        else:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._release, loop)

    def _release(self, loop: Any) -> None:
        self._is_released = True
        if loop._selector is self:
            loop._selector = self._selector
        loop._clock_resolution = self._resolution
        if self._real_timers is None:  # pragma: no branch  # Else an exception has interrupted the release.
            ahead = self.time() - real.monotonic()
            self._real_timers = [(handle, handle._when - ahead) for handle in loop._scheduled]
        if vars(loop).get("time") == self.time:
            del loop.time
        for handle, when in self._real_timers:
            handle._when = when
        heapq.heapify(loop._scheduled)


_frozen: WeakKeyDictionary[Any, FrozenLoop] = WeakKeyDictionary()
_lock = lock(Rank.WAITS)
_finders: list[Callable[[Any], FrozenLoop | None]] = []
_asyncio: Any = base_events
# Our run_forever, and the one before it.
_run_forever: Any = None
_run_forever_before: Any = None


def _exact(seconds: float) -> float:
    """Rounds up, so that sums with whole seconds are exact and a loop of sleeps reaches its deadline."""
    return math.ceil(seconds * _PER_SECOND) / _PER_SECOND


def frozen_loop(loop: Any) -> FrozenLoop | None:
    """The frozen time of a loop; None if no scope freezes it."""
    return _frozen.get(loop)


def freeze_loop(loop: Any) -> None:
    """Freezes a loop, if a scope covers this thread."""
    with _lock:
        if loop in _frozen or getattr(loop, "_selector", None) is None or not _has_real_time(loop):
            return
        for find in reversed(_finders):
            frozen = find(loop)
            if frozen is not None:
                _frozen[loop] = frozen
                frozen.freeze()
                return


def _has_real_time(loop: Any) -> bool:
    return "time" not in vars(loop) and type(loop).time.__module__ in _REAL_TIMES


def start(find: Callable[[Any], FrozenLoop | None]) -> None:
    """Lets a scope freeze this thread's running loop and those that run later.

    Args:
        find: makes the frozen time of a loop; None if the scope does not cover this thread.

    """
    with _lock:
        # freezegun's time would not move for the loops of older threads. Set on the module: freezegun's `real_asyncio`
        # leaves a time on a subclass.
        _asyncio.time = real.module
        _finders.append(find)
        _replace_run_forever()
    running = asyncio._get_running_loop()
    if running is not None:
        freeze_loop(running)


def stop(find: Callable[[Any], FrozenLoop | None], waits: Waits) -> None:
    """Ends the freezing of loops by a scope, as `sleeps.remove_handler` does. Scopes may end in any order."""
    with _lock:
        if find in _finders:
            _finders.remove(find)
        for loop, frozen in list(_frozen.items()):
            if frozen.is_on(waits):
                frozen.release()
                _frozen.pop(loop, None)
        # A later patch over ours stays; ours freezes nothing then.
        if not _finders and _asyncio.time is real.module:
            _asyncio.time = time
        if not _finders and BaseEventLoop.run_forever is _run_forever:
            BaseEventLoop.run_forever = _run_forever_before  # type: ignore[method-assign]


def _replace_run_forever() -> None:
    global _run_forever, _run_forever_before
    before = BaseEventLoop.run_forever
    if before is _run_forever:
        return

    def run_forever(self: Any) -> None:
        freeze_loop(self)
        before(self)

    # A new function each time: a later patch over an old one still calls that.
    _run_forever, _run_forever_before = run_forever, before
    BaseEventLoop.run_forever = run_forever  # type: ignore[method-assign]
