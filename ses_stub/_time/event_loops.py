"""asyncio's loops under ``freeze``: their time is the stub's, and their timers come when virtual waits pass them.

What we rely on: a loop's ``_run_once`` takes the time from ``loop.time()``, waits in ``loop._selector.select(timeout)``, and
keeps its timers in the heap ``loop._scheduled``, each with ``_when`` and ``_cancelled``; ``run_forever`` is what every way of
running a loop comes to. `tests/time/test_event_loops.py` fails where a release of Python moves one. Loops that have none
of these (uvloop) keep real timers; sleeps are virtual there too.

A loop's time goes on from where it was, so that timers set before stay where they are. It advances with the stub's clock,
and with real time only while the loop has nothing but timers to wait for.
"""

from __future__ import annotations

import asyncio
import heapq
import threading
import time
from asyncio.base_events import BaseEventLoop
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from .waits import Waits, holds_wait

_monotonic = time.monotonic
#: Seconds within which a timer has come: the stub's clock knows microseconds.
_RESOLUTION = 2e-6
_time, _run_forever = BaseEventLoop.time, BaseEventLoop.run_forever


class FrozenLoop:
    """The time of one loop while a scope freezes it.

    Args:
        loop: the loop.
        now: tells the time of the scope's clock, in microseconds.
        waits: the waits on that clock.

    """

    def __init__(self, loop: Any, now: Callable[[], int], waits: Waits) -> None:
        self._loop = loop
        self._now = now
        self._waits = waits
        # Small numbers, as a float since 1970 is not exact to the microsecond.
        self._start, self._base = loop.time(), now()
        self._idle = 0.0
        self._selector, self._resolution = loop._selector, loop._clock_resolution
        loop._selector, loop._clock_resolution = self, max(self._resolution, _RESOLUTION)

    def time(self) -> float:
        """The loop's time, in seconds."""
        now: float = self._start + (self._now() - self._base) / 1e6 + self._idle
        return now

    def next_timer(self) -> int | None:
        """The time on the scope's clock at which the loop's next timer comes."""
        times = [handle._when for handle in self._loop._scheduled if not handle._cancelled]
        return self._base + round((min(times) - self._start - self._idle) * 1e6) if times else None

    def select(self, timeout: float | None = None) -> Any:
        """What the loop calls to wait for its next event."""
        if timeout is None or timeout <= 0:
            return self._selector.select(timeout)
        stop = self._waits.add_stop(self._now() + round(timeout * 1e6), self._wake)
        start = _monotonic()
        try:
            return self._selector.select(None if holds_wait(threading.get_native_id()) else timeout)
        finally:
            if self._waits.remove_stop(stop) and not holds_wait(threading.get_native_id()):
                # Only timers were there to wait for, and no wait of others has passed them.
                self._idle += _monotonic() - start

    def _wake(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(lambda: None)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._selector, name)

    def is_on(self, waits: Waits) -> bool:
        """Whether it is of the clock with these waits."""
        return self._waits is waits

    def release(self) -> None:
        """Gives the loop real time again; the timers that are left come as much later as they would have."""
        if self._loop._selector is self:
            self._loop._selector, self._loop._clock_resolution = self._selector, self._resolution
        ahead = self.time() - _monotonic()
        for handle in self._loop._scheduled:
            handle._when -= ahead
        heapq.heapify(self._loop._scheduled)


_frozen: WeakKeyDictionary[Any, FrozenLoop] = WeakKeyDictionary()
_lock = threading.RLock()
_finders: list[Callable[[Any], FrozenLoop | None]] = []


def frozen_loop(loop: Any) -> FrozenLoop | None:
    """The frozen time of a loop, if a scope freezes it."""
    return _frozen.get(loop)


def _time_of(self: Any) -> float:
    frozen = _frozen.get(self)
    return frozen.time() if frozen is not None else _time(self)


def _run_forever_of(self: Any) -> None:
    freeze_loop(self)
    _run_forever(self)


def freeze_loop(loop: Any) -> None:
    """Freezes a loop, if a scope covers this thread."""
    with _lock:
        if loop in _frozen or not hasattr(loop, "_selector"):
            return
        for find in reversed(_finders):
            frozen = find(loop)
            if frozen is not None:
                _frozen[loop] = frozen
                return


def start(find: Callable[[Any], FrozenLoop | None]) -> None:
    """Lets a scope freeze the loops that run from now on, and the one that runs here.

    Args:
        find: makes the frozen time of a loop of this thread; None if the scope does not cover the thread.

    """
    with _lock:
        _finders.append(find)
        BaseEventLoop.time = _time_of  # type: ignore[method-assign]
        BaseEventLoop.run_forever = _run_forever_of  # type: ignore[method-assign]
    running = asyncio._get_running_loop()
    if running is not None:
        freeze_loop(running)


def stop(find: Callable[[Any], FrozenLoop | None], waits: Waits) -> None:
    """Ends that, in whichever order."""
    with _lock:
        _finders.remove(find)
        for loop, frozen in list(_frozen.items()):
            if frozen.is_on(waits):
                del _frozen[loop]
                frozen.release()
        if not _finders:
            BaseEventLoop.time = _time  # type: ignore[method-assign]
            BaseEventLoop.run_forever = _run_forever  # type: ignore[method-assign]
