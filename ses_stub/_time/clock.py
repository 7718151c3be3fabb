"""Time is an argument: everything below the scope gets its "now" from a `Clock`.

Inside the package a moment is an ``int``: microseconds since 1970 in UTC. Integers add up exactly, so
that a retry which waits for one second finds the token that needs one second. Moments become aware
`datetime` values where a user sees them.

This is the only module that reads the system's time, and the only one that knows how freezegun and
time-machine hold it.
"""

from __future__ import annotations

import os
import sys
import time
from abc import ABC, abstractmethod
from datetime import datetime, timedelta, timezone
from typing import Any, Protocol
from weakref import WeakSet

from .._core.errors import WrongType, WrongValue
from .._core.locks import Rank, lock

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
SECOND = 1_000_000
#: As far as the server lets its users move a clock: what is later could not expire, as Python's dates end soon after.
LAST = datetime(9000, 1, 1, tzinfo=timezone.utc)
_NAIVE_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)


def to_datetime(moment: int) -> datetime:
    """The aware UTC datetime of a moment."""
    # By place, which is a quarter faster than by name: every call in a log has its moment.
    return EPOCH + timedelta(0, 0, moment)


def to_moment(value: datetime) -> int:
    """The moment of a datetime; a naive one is taken as UTC, as freezegun does."""
    return (value - (EPOCH if value.tzinfo is not None else _NAIVE_EPOCH)) // _MICROSECOND


def to_micros(delta: timedelta) -> int:
    """A length of time in microseconds."""
    return delta // _MICROSECOND


def idle_seconds() -> float:
    """Seconds that this process has lived and not worked, by a clock that freezegun and time-machine leave alone."""
    used = os.times()
    return used.elapsed - used.user - used.system


class Looker(Protocol):
    """Who looks at the present before time moves on."""

    def look(self) -> None:
        """Looks."""


class Sleeper(Protocol):
    """Who is told of the pauses that code under test makes."""

    def slept(self, micros: int) -> None:
        """Hears of one before its time passes."""


class Clock(ABC):
    """What a stub asks for the time. Subclass it to bring your own: `now` and `advance` are enough."""

    @abstractmethod
    def now(self) -> datetime:
        """The present moment: an aware datetime in UTC."""

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
        """Moves time forward by ``delta`` plus the keywords.

        Raises:
            ValueError: the sum is negative; time cannot go backwards.
            TypeError: ``delta`` is no timedelta.

        """

    def sleep(self, seconds: float) -> None:
        """Advances instead of sleeping; to hand to code that takes a sleep function.

        Timeline and report tell of it, as of a wait of botocore's.

        Raises:
            ValueError: ``seconds`` is negative.
            TypeError: it is no number.
            SESStubError: it was called 100,000 times since anything happened or could, or 20,000 times while the
                application's own clocks stayed behind: the loop has no end.

        """
        micros = length_of(None, 0, 0, 0, seconds, "sleep")
        for sleeper in tuple(vars(self).get("_sleepers", ())):
            sleeper.slept(micros)
        self.advance(seconds=seconds)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.now().isoformat()}>"

    # What the rest of the package calls; derived here so that users' clocks need only the two above.

    def _moment(self) -> int:
        return to_moment(self.now())

    def _wait(self, micros: int) -> None:
        """A wait that botocore would have slept through."""
        self.advance(timedelta(microseconds=micros))

    def _tell_of_sleeps(self, sleeper: Sleeper) -> None:
        # Made here, as a user's own clock need not call our __init__.
        vars(self).setdefault("_sleepers", WeakSet()).add(sleeper)

    def _look_before_moving(self, looker: Looker) -> None:  # noqa: B027  # A user's own clock does not.
        """Lets somebody look at the present before it is past."""

    def _moves_the_applications(self) -> bool:
        """Whether the application's own clocks move with it, as far as is known."""
        return True

    def _branch(self) -> Clock:
        """The clock of a scope that goes on from here by itself: a user's own clock is shared."""
        return self


def length_of(
    delta: timedelta | None, days: float, hours: float, minutes: float, seconds: float, by: str = "advance"
) -> int:
    """The length asked for, in microseconds; never 0 unless 0 was asked for. ``by`` is who asks.

    A clock that moves by less than its own resolution does not move, and a loop which waits for it to
    move never ends (botocore's token bucket asks for waits of 1e-16 s).
    """
    unnamed: object = delta
    if not isinstance(unnamed, (timedelta, type(None))):
        number = repr(unnamed) if isinstance(unnamed, (int, float)) else "5"
        raise WrongType(
            f"{by}() takes a length of time, not {unnamed!r}; write hours={number}, or seconds={number}, or a timedelta"
        )
    try:
        parts = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except TypeError:
        given: tuple[object, ...] = (days, hours, minutes, seconds)
        wrong = next(value for value in given if not isinstance(value, (int, float)))
        way = "; write its .total_seconds()" if by == "sleep" and isinstance(wrong, timedelta) else ""
        raise WrongType(f"{by}() takes numbers, not {wrong!r}{way}") from None
    except (ValueError, OverflowError):
        units = units_given(days, hours, minutes, seconds)
        raise WrongValue(f"{by}(): length", units, "what a timedelta holds") from None
    micros = to_micros(parts + delta if delta is not None else parts)
    below = micros or days * 86_400 + hours * 3_600 + minutes * 60 + seconds
    if below < 0:
        raise WrongValue(
            f"{by}(): seconds", below if not micros else micros / SECOND, "0 or more, as time cannot go backwards"
        )
    return micros or int(below > 0)


def units_given(days: float, hours: float, minutes: float, seconds: float) -> dict[str, float]:
    """The units of a length, without those that are zero."""
    units = {"days": days, "hours": hours, "minutes": minutes, "seconds": seconds}
    return {unit: value for unit, value in units.items() if value}


class MovableClock(Clock):
    """What our two clocks share: `now` is the moment, `advance` a step by a checked length."""

    def __init__(self) -> None:
        self._lock = lock(Rank.CLOCK)
        self._lookers: WeakSet[Looker] = WeakSet()

    def now(self) -> datetime:
        """The present moment: an aware datetime in UTC."""
        return to_datetime(self._moment())

    def advance(
        self,
        delta: timedelta | None = None,
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
    ) -> None:
        """Moves time forward by ``delta`` plus the keywords (ValueError if that is negative)."""
        micros = length_of(delta, days, hours, minutes, seconds)
        with self._lock:
            lookers = tuple(self._lookers)
        for looker in lookers:
            looker.look()
        self._step(micros)

    def _look_before_moving(self, looker: Looker) -> None:
        with self._lock:
            self._lookers.add(looker)

    @abstractmethod
    def _moment(self) -> int: ...

    @abstractmethod
    def _step(self, micros: int) -> None:
        """Moves by what the test wishes."""


class VirtualClock(MovableClock):
    """A clock that stands still until somebody moves it.

    Args:
        start: the first moment (a naive datetime is taken as UTC); by default 2026-01-01, so that runs are alike.

    """

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=timezone.utc)) -> None:
        super().__init__()
        self._now = to_moment(start)

    def _moment(self) -> int:
        return self._now

    def _step(self, micros: int) -> None:
        with self._lock:
            self._now += micros

    _wait = _step

    def _moves_the_applications(self) -> bool:
        return False


class SystemClock(MovableClock):
    """``time.time()``, and with it freezegun and time-machine, plus an offset of the stub's own.

    Waits of botocore move the offset only: a freezegun or time-machine that the test started would stay
    moved after the scope. `advance` is the test's own wish and moves whichever of them holds the time, so
    that the application's ``datetime.now()`` agrees; where nobody holds it, it moves the offset.
    """

    def __init__(self) -> None:
        super().__init__()
        self._offset = 0
        #: Whether the freezegun that is active is the scope's own, which its waits may move.
        self._owns_freeze = False
        #: The time at which a scope with a freeze of its own was left.
        self._stopped_at: int | None = None

    def _step(self, micros: int) -> None:
        with self._lock:
            if micros and not _move_holder(micros):
                self._offset += micros

    def _branch(self) -> Clock:
        other = SystemClock()
        other._offset = self._offset
        return other

    def _moves_the_applications(self) -> bool:
        return _frozen() is not None or _traveller() is not None

    def _moment(self) -> int:
        if self._stopped_at is not None:
            return self._stopped_at
        frozen = _frozen()
        if frozen is not None:
            return to_moment(frozen()) + self._offset
        # By attribute, and once a request: freezegun and time-machine replace time.time, some of their
        # modes move it at every reading; time.monotonic is not moved by time-machine 3.
        return round(time.time() * SECOND) + self._offset

    def _wait(self, micros: int) -> None:
        with self._lock:
            if not (self._owns_freeze and micros and _move_holder(micros)):
                self._offset += micros


class RunningClock(MovableClock):
    """A clock that goes by itself, from now on, and faster than the day if one likes: for a server started by hand.

    Args:
        speed: how many of its seconds go by in one.

    """

    def __init__(self, speed: float = 1.0) -> None:
        super().__init__()
        self.speed = speed
        self._set(round(time.time() * SECOND))

    def _set(self, moment: int) -> None:
        """Goes on from another moment."""
        self._then = moment
        self._since = time.monotonic_ns()

    def _moment(self) -> int:
        return self._then + round((time.monotonic_ns() - self._since) * self.speed / 1000)

    def _step(self, micros: int) -> None:
        with self._lock:
            self._then += micros


def _frozen() -> Any:
    """Freezegun's innermost clock while it is active.

    Asked directly and not by time.time(), which freezegun leaves real for callers near the top of a
    thread (``threading`` is on its ignore list).
    """
    freezegun = sys.modules.get("freezegun.api")
    factories = freezegun.freeze_factories if freezegun is not None else None
    return factories[-1] if factories else None


def _traveller() -> Any:
    """Time-machine's innermost traveller while it is active."""
    time_machine: Any = sys.modules.get("time_machine")
    # time-machine 3 names its stack traveller_stack, version 2 coordinates_stack.
    stack = getattr(time_machine, "traveller_stack", None) or getattr(time_machine, "coordinates_stack", None)
    return stack[-1] if stack else None


def _move_holder(micros: int) -> bool:
    """Moves freezegun or time-machine if one of them holds the time; False if none does."""
    frozen = _frozen()
    if frozen is not None:
        step = timedelta(microseconds=micros)
        if type(frozen).__name__ == "TickingDateTimeFactory":
            # Its tick() forgets the time that has passed since the freeze began.
            frozen.move_to(frozen() + step)
        else:
            frozen.tick(step)
        return True
    traveller = _traveller()
    if traveller is not None:
        traveller.shift(timedelta(microseconds=micros))
    return traveller is not None
