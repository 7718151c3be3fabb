"""Timestamps and lengths of time as integers, and their conversion to datetimes.

A timestamp is an ``int``: microseconds since 1970 in UTC. Integers add up exactly, so that a retry which waits for one
second finds the token that needs one second. Users see aware `datetime` values.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from functools import lru_cache

from .._core.errors import ArgumentTypeError, InvalidArgumentError

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
SECOND = 1_000_000
#: The latest time to which users of the server can move its clock. What begins later could not expire, as Python's
#: dates end.
MAX_DATETIME = datetime(9000, 1, 1, tzinfo=timezone.utc)
_NAIVE_EPOCH = datetime(1970, 1, 1)
#: The last whole second of Python's dates. Later times would be rounded to the year 10000.
LATEST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)


@lru_cache(maxsize=256)
def from_timestamp(timestamp: int) -> datetime:
    """The aware UTC datetime of a timestamp."""
    # Positional arguments are a quarter faster than keywords, and every call in a log has its time.
    return EPOCH + timedelta(0, 0, timestamp)


def to_timestamp(value: datetime) -> int:
    """The timestamp of a datetime. A naive one counts as UTC, as in freezegun."""
    return (value - (EPOCH if value.tzinfo is not None else _NAIVE_EPOCH)) // _MICROSECOND


#: A timestamp before all others.
BEFORE_ALL = to_timestamp(datetime.min) - 1


def to_microseconds(delta: timedelta) -> int:
    """A length of time in microseconds."""
    return delta // _MICROSECOND


def length_of(
    delta: timedelta | None, days: float, hours: float, minutes: float, seconds: float, by: str = "advance"
) -> int:
    """The length of time in a user's arguments, in microseconds; 0 only for 0. ``by`` is the method that was called.

    A clock must move by at least its resolution, or a loop that waits for it never ends (botocore's token bucket waits
    for 1e-16 s).

    Raises:
        ArgumentTypeError: an argument has another type.
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
    """A timestamp plus some microseconds. ``by`` is the method that moves the time.

    Raises:
        InvalidArgumentError: the result is after Python's dates.

    """
    end = now + micros
    if end > to_timestamp(LATEST):
        raise InvalidArgumentError(f"{by}: seconds", micros / SECOND, "an end before the year 10000, as Python's dates")
    return end


def later(at: datetime, delta: timedelta) -> datetime:
    """A datetime plus a delta, or the last possible datetime."""
    return at + delta if delta <= LATEST - at else max(at, LATEST)


def units_given(days: float, hours: float, minutes: float, seconds: float) -> dict[str, float]:
    """The units of a length that are not zero."""
    units = {"days": days, "hours": hours, "minutes": minutes, "seconds": seconds}
    return {unit: value for unit, value in units.items() if value}
