"""Points and lengths of time as integers, and how they become datetimes.

Inside the package a timestamp is an ``int``: microseconds since 1970 in UTC. Integers add up exactly, so that a retry
which waits for one second finds the token that needs one second. Timestamps become aware `datetime` values where a user
sees them.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from functools import lru_cache

from .._core.errors import ArgumentTypeError, InvalidArgumentError

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
SECOND = 1_000_000
#: The latest time to which users of the server can move its clock: what is later could not expire, as Python's dates
#: end soon after.
MAX_DATETIME = datetime(9000, 1, 1, tzinfo=timezone.utc)
_NAIVE_EPOCH = datetime(1970, 1, 1)
#: The last whole second of Python's dates: what is later would be rounded to the year 10000 in answers.
LATEST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)


@lru_cache(maxsize=256)
def from_timestamp(timestamp: int) -> datetime:
    """The aware UTC datetime of a timestamp."""
    # By position, which is a quarter faster than by keyword: every call in a log has its time.
    return EPOCH + timedelta(0, 0, timestamp)


def to_timestamp(value: datetime) -> int:
    """The timestamp of a datetime; a naive one is taken as UTC, as freezegun does."""
    return (value - (EPOCH if value.tzinfo is not None else _NAIVE_EPOCH)) // _MICROSECOND


#: A timestamp before the first that there is.
BEFORE_ALL = to_timestamp(datetime.min) - 1


def to_microseconds(delta: timedelta) -> int:
    """A length of time in microseconds."""
    return delta // _MICROSECOND


def length_of(
    delta: timedelta | None, days: float, hours: float, minutes: float, seconds: float, by: str = "advance"
) -> int:
    """The length of time that a user gave, in microseconds; 0 only for 0. ``by`` is the method called.

    A clock that moves by less than its own resolution does not move, and a loop that waits for it to move never ends
    (botocore's token bucket asks for waits of 1e-16 s).

    Raises:
        ArgumentTypeError: a length of another type.
        InvalidArgumentError: the sum is negative, or more than a timedelta holds.

    """
    unnamed: object = delta
    if not isinstance(unnamed, (timedelta, type(None))):
        number = repr(unnamed) if isinstance(unnamed, (int, float)) else "5"
        raise ArgumentTypeError(
            f"{by}() takes a length of time, not {unnamed!r}; write hours={number}, or seconds={number}, or a timedelta"
        )
    try:
        parts = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except TypeError:
        given: tuple[object, ...] = (days, hours, minutes, seconds)
        wrong = next(value for value in given if not isinstance(value, (int, float)))
        way = "; write its .total_seconds()" if by == "sleep" and isinstance(wrong, timedelta) else ""
        raise ArgumentTypeError(f"{by}() takes numbers, not {wrong!r}{way}") from None
    except (ValueError, OverflowError):
        units = units_given(days, hours, minutes, seconds)
        raise InvalidArgumentError(f"{by}(): length", units, "what a timedelta holds") from None
    micros = to_microseconds(parts + delta if delta is not None else parts)
    below = micros or days * 86_400 + hours * 3_600 + minutes * 60 + seconds
    if below < 0:
        raise InvalidArgumentError(
            f"{by}(): seconds", below if not micros else micros / SECOND, "0 or more, as time cannot go backwards"
        )
    return micros or int(below > 0)


def end_of(now: int, micros: int, by: str) -> int:
    """The timestamp that is some microseconds later. ``by`` is what moves the time there.

    Raises:
        InvalidArgumentError: Python has no such date.

    """
    end = now + micros
    if end > to_timestamp(LATEST):
        raise InvalidArgumentError(f"{by}: seconds", micros / SECOND, "an end before the year 10000, as Python's dates")
    return end


def later(at: datetime, delta: timedelta) -> datetime:
    """A datetime that is some time later, or the last that there is."""
    return at + delta if delta <= LATEST - at else max(at, LATEST)


def units_given(days: float, hours: float, minutes: float, seconds: float) -> dict[str, float]:
    """The units of a length, without those that are zero."""
    units = {"days": days, "hours": hours, "minutes": minutes, "seconds": seconds}
    return {unit: value for unit, value in units.items() if value}
