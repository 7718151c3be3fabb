"""The clocks. All code of the package gets the time from one, and only this module reads the system's time."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta, timezone
from typing import Protocol
from weakref import ref

from .._core.errors import ArgumentTypeError, InvalidArgumentError
from .._core.locks import Rank, lock
from . import real
from .event_loops import frozen_loop
from .sleeps import real_time
from .time import BEFORE_ALL, LATEST, SECOND, end_of, from_timestamp, length_of, to_timestamp
from .time_travel import freezegun_factory, shift_active_tool, time_machine_traveller
from .waits import Waits

_listeners_lock = lock(Rank.CLOCK)


class ClockListener(Protocol):
    """What a clock calls when it moves."""

    def before_advance(self) -> None:
        """Is called before time moves."""

    def on_sleep(self, micros: int, by: str) -> None:
        """Is called before a sleep of the code under test. ``by`` is the function that the code called."""

    def on_advance(self, at: int, micros: int) -> None:
        """Is called after `Clock.advance`, with the timestamp before it."""

    def next_stop(self, after: int) -> int | None:
        """The first timestamp after ``after`` at which time has to stop; None if there is none."""

    def on_stop(self) -> None:
        """Is called when time has stopped at a `next_stop`."""

    def on_arrival(self) -> None:
        """Is called when time has arrived."""


class Clock(ABC):
    """The clock of a stub. A subclass needs `now` and `advance` only."""

    @abstractmethod
    def now(self) -> datetime:
        """The current time: an aware datetime in UTC."""

    @abstractmethod
    def advance(
        self,
        delta: timedelta | None = None,
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
    ) -> None:
        """Moves time forward by ``delta`` plus the keyword arguments.

        Raises:
            ValueError: the sum is negative; time cannot go backwards.
            TypeError: ``delta`` is not a timedelta.

        """

    def sleep(self, seconds: float) -> None:
        """Moves time forward instead of sleeping: for code that takes a sleep function.

        Timeline and report show it as a wait.

        Raises:
            ValueError: ``seconds`` is negative.
            TypeError: it is not a number.
            SESStubError: it was called 100,000 times without any change, or 20,000 times while the application's own
                clocks did not move: the loop never ends.

        """
        sleep(self, seconds, "clock.sleep")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.now().isoformat()}>"

    # The rest of the package calls these. They are derived, so that a user's clock needs only the two methods above.

    def _timestamp(self) -> int:
        return to_timestamp(self.now())

    def _advance_for_wait(self, micros: int) -> None:
        self.advance(timedelta(microseconds=micros))

    def real_time(self) -> AbstractContextManager[None]:
        """A context manager in which sleeps really wait: for code that polls something real.

        Without ``freeze``, and with ``sleep="real"``, all sleeps really wait.
        """
        return real_time()

    def _advance_for_sleep(self, micros: int) -> None:
        """Moves time, and the application's clocks with it, for a sleep of the code under test."""
        self.advance(timedelta(microseconds=micros))

    def _before_advance(self) -> None:
        for listener in self._listeners_now():
            listener.before_advance()

    def _listeners_now(self) -> tuple[ClockListener, ...]:
        # Other threads may add theirs meanwhile, when they begin a scope.
        with _listeners_lock:
            return tuple(one for reference in vars(self).get("_listeners", ()) if (one := reference()) is not None)

    def _stands_still(self) -> bool:
        return False

    def _drives_process_time(self) -> bool:
        """Whether the application's own clocks are known to move with this one."""
        return True

    def _fork(self) -> Clock:
        """A clock that continues from here on its own. A user's clock is shared."""
        return self


class MovableClock(Clock):
    """What our own clocks share."""

    # One for all clocks: it is held for an addition only, and most scopes make a new clock.
    _lock = lock(Rank.CLOCK)

    def now(self) -> datetime:
        """The current time: an aware datetime in UTC."""
        return from_timestamp(self._timestamp())

    def advance(
        self,
        delta: timedelta | None = None,
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
    ) -> None:
        """Moves time forward by ``delta`` plus the keyword arguments.

        Raises:
            ValueError: the sum is negative, or time would reach the year 10000.
            TypeError: ``delta`` is not a timedelta.

        """
        micros = length_of(delta, days, hours, minutes, seconds)
        at = self._timestamp()
        end_of(at, micros, "advance()")
        self._before_advance()
        self._move(micros, self._step)
        for listener in self._listeners_now():
            listener.on_advance(at, micros)

    def _advance_for_sleep(self, micros: int) -> None:
        self._move(micros, self._step)

    def _advance_for_wait(self, micros: int) -> None:
        self._move(micros, self._step)

    def _move(self, micros: int, step: Callable[[int], None]) -> None:
        """Moves time in steps, with a stop wherever a listener needs one."""
        listeners = self._listeners_now()
        now = self._timestamp()
        end, last = end_of(now, micros, "a wait"), BEFORE_ALL
        while True:
            stops = [stop for one in listeners if (stop := one.next_stop(last)) is not None and stop <= end]
            if not stops:
                break
            last = min(stops)
            step(max(0, last - now))
            now = max(now, last)
            for listener in listeners:
                listener.on_stop()
        step(end - now)
        for listener in listeners:
            listener.on_arrival()

    @abstractmethod
    def _timestamp(self) -> int: ...

    @abstractmethod
    def _step(self, micros: int) -> None:
        """Moves time by a number of microseconds."""


class VirtualClock(MovableClock):
    """A clock that moves only when it is moved.

    Args:
        start: the time at which it starts (a naive datetime counts as UTC); by default 2026-01-01, so that all runs are
            equal.

    """

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=timezone.utc)) -> None:
        # Compared by name: freezegun's datetimes are of another class while it is active.
        if not hasattr(start, "tzinfo") or not hasattr(start, "hour"):
            raise ArgumentTypeError(f"VirtualClock starts at a datetime, not at {start!r}")
        self._now = to_timestamp(start)
        if self._now > to_timestamp(LATEST):
            raise InvalidArgumentError("VirtualClock(): start", start, "a time until the last whole second of 9999")

    def _timestamp(self) -> int:
        return self._now

    def _stands_still(self) -> bool:
        return True

    def _step(self, micros: int) -> None:
        with self._lock:
            self._now += micros

    def _drives_process_time(self) -> bool:
        return False


class SystemClock(MovableClock):
    """The real time, or that of an active freezegun or time-machine, plus an offset.

    It does not read a mock of ``time.time``. `advance` moves an active freezegun or time-machine, so that the
    application's ``datetime.now()`` agrees, or else the offset. Waits of botocore only move the offset: a freezegun or
    time-machine that the test started would stay moved after the scope.
    """

    def __init__(self) -> None:
        self._offset = 0
        #: Whether the scope started the active freeze: then botocore's waits move it.
        self._owns_freeze = False
        #: The timestamp at which the scope ended its freeze.
        self._stopped_at: int | None = None

    def _step(self, micros: int) -> None:
        with self._lock:
            if micros and not shift_active_tool(micros):
                self._offset += micros

    def _fork(self) -> Clock:
        other = SystemClock()
        other._offset = self._offset
        return other

    def _drives_process_time(self) -> bool:
        return freezegun_factory() is not None or time_machine_traveller() is not None

    def _timestamp(self) -> int:
        if self._stopped_at is not None:
            return self._stopped_at
        frozen = freezegun_factory()
        if frozen is not None:
            return to_timestamp(frozen()) + self._offset
        return self._process_time() + self._offset

    def _process_time(self) -> int:
        # Once a request: in some modes each reading moves time-machine, and version 3 does not move time.monotonic. A
        # mock of time.time is for the application.
        return round((time.time() if time_machine_traveller() is not None else real.time()) * SECOND)

    def _advance_for_wait(self, micros: int) -> None:
        self._move(micros, self._step_for_wait)

    def _step_for_wait(self, micros: int) -> None:
        with self._lock:
            if not (self._owns_freeze and micros and shift_active_tool(micros)):
                self._offset += micros


# What the rest of the package uses, so that a user's clock needs only `now`, `advance` and `sleep`.


def timestamp_of(clock: Clock) -> int:
    """The current timestamp."""
    return clock._timestamp()


def waits_of(clock: Clock) -> Waits:
    """The virtual waits on a clock."""
    found: Waits | None = vars(clock).get("_waits")
    if found is None:
        # A user's clock need not call our __init__.
        new = Waits(
            clock._timestamp, clock._before_advance, clock._advance_for_wait, own_threads_of(clock), frozen_loop
        )
        found = vars(clock).setdefault("_waits", new)
    return found


def own_threads_of(clock: Clock) -> dict[object, threading.Thread]:
    """For each scope on a clock, the thread that began it.

    While one of the threads waits for something real, virtual time stands still.
    """
    threads: dict[object, threading.Thread] = vars(clock).setdefault("_own_threads", {})
    return threads


def end_waits(clock: Clock) -> None:
    """Ends all virtual waits without moving time."""
    if "_waits" in vars(clock):
        waits_of(clock).release()


def advance_for_wait(clock: Clock, micros: int) -> None:
    """Lets this thread wait in virtual time instead of botocore's sleep."""
    waits_of(clock).wait(micros)


async def advance_for_wait_async(clock: Clock, micros: int) -> None:
    """As `advance_for_wait`, for a coroutine."""
    await waits_of(clock).wait_async(micros)


def sleep(clock: Clock, seconds: float, by: str) -> None:
    """Lets this thread wait in virtual time for a sleep of the code under test (raises as `Clock.sleep` does).

    Args:
        clock: the clock.
        seconds: the length of the sleep.
        by: the function that the code called.

    """
    waits_of(clock).wait(_begin_sleep(clock, seconds, by), clock._advance_for_sleep)


async def sleep_async(clock: Clock, seconds: float, by: str) -> None:
    """As `sleep`, for a coroutine."""
    await waits_of(clock).wait_async(_begin_sleep(clock, seconds, by), clock._advance_for_sleep)


def _begin_sleep(clock: Clock, seconds: float, by: str) -> int:
    micros = length_of(None, 0, 0, 0, seconds, "sleep")
    end_of(clock._timestamp(), micros, "sleep()")
    for listener in clock._listeners_now():
        listener.on_sleep(micros, by)
    return micros


def stands_still(clock: Clock) -> bool:
    """Whether the clock is known not to move while real time passes."""
    return clock._stands_still()


def add_listener(clock: Clock, listener: ClockListener) -> None:
    """Calls a listener when the clock moves, as long as the listener exists."""
    # Made here, as a user's clock need not call our __init__.
    with _listeners_lock:
        listeners: list[ref[ClockListener]] = vars(clock).setdefault("_listeners", [])
        # Without those that have ended, of a clock with many scopes. A `WeakSet` takes longer than the rest of a clock.
        listeners[:] = [one for one in listeners if one() is not None]
        listeners.append(ref(listener))


def drives_process_time(clock: Clock) -> bool:
    """Whether the application's own clocks are known to move with this one."""
    return clock._drives_process_time()


def fork(clock: Clock) -> Clock:
    """A clock that continues from here on its own, for a nested scope. A user's clock is shared."""
    return clock._fork()


def own_freeze(clock: Clock, owns: bool, stopped_at: int | None = None) -> None:
    """Sets whether the scope started the active freeze, and at which timestamp it ended it, if it did."""
    if isinstance(clock, SystemClock):  # pragma: no branch  # The option freeze requires one.
        clock._owns_freeze = owns
        clock._stopped_at = stopped_at
