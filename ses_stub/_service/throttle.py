"""The throttle: one token bucket for each operation of an account and region.

A bucket is stored as the time at which it will be full again, the "theoretical arrival time" of the generic cell rate
algorithm (GCRA): as exact as a number of tokens and a timestamp, but one integer.
"""

from __future__ import annotations

from .._time.time import SECOND


class TokenBucket:
    """A bucket of at most ``burst`` tokens that gains ``rate`` tokens a second. It starts full."""

    __slots__ = ("_burst_tolerance", "_emission_interval", "_last", "_tat")

    def __init__(self, rate: float, burst: int) -> None:
        #: Microseconds for one token.
        self._emission_interval = max(1, round(SECOND / rate))
        self._burst_tolerance = self._emission_interval * (burst - 1)
        #: The timestamp at which the bucket is full again; None before the first call.
        self._tat: int | None = None
        self._last = 0

    def acquire(self, now: int) -> int:
        """Takes a token. Returns 0, or the microseconds until there is one.

        A rejected call takes nothing. If the clock went back, the bucket is full: after a freeze in the future a call
        would otherwise be throttled for years.
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
