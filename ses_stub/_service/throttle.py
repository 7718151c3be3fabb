"""The throttle: one token bucket for each operation of an account and region.

A bucket is kept as the time at which it will be full again, the "theoretical arrival time" of the generic cell rate
algorithm (GCRA). That says the same as a count of tokens with a timestamp, exactly and in integers.
"""

from __future__ import annotations

from .._time.time import SECOND


class TokenBucket:
    """Holds at most ``burst`` tokens and gains ``rate`` tokens a second; starts full."""

    __slots__ = ("_burst_tolerance", "_emission_interval", "_last", "_tat")

    def __init__(self, rate: float, burst: int) -> None:
        #: Microseconds in which one token comes.
        self._emission_interval = max(1, round(SECOND / rate))
        self._burst_tolerance = self._emission_interval * (burst - 1)
        #: The timestamp at which the bucket is full again; None before the first call.
        self._tat: int | None = None
        self._last = 0

    def acquire(self, now: int) -> int:
        """Takes a token. Returns 0, or, if there is none, the microseconds until there is one.

        A refused call takes nothing. If the clock went back, the bucket is full: a test may leave a freeze in the
        future, and would otherwise be throttled for years.
        """
        tat = self._tat
        if tat is None or now < self._last:
            tat = now
        self._last = now
        retry_after_us = tat - self._burst_tolerance - now
        if retry_after_us > 0:
            self._tat = tat
            return retry_after_us
        self._tat = max(tat, now) + self._emission_interval
        return 0
