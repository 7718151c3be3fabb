"""The throttle: one token bucket for each operation of an account and region.

The bucket is kept as the moment at which it will be full again (the generic cell rate algorithm), which
says the same as a count of tokens and a time stamp, exactly and in integers.
"""

from __future__ import annotations

from .._time.time import SECOND


class TokenBucket:
    """Holds at most ``burst`` tokens and gains ``rate`` of them a second; starts full."""

    __slots__ = ("_full_at", "_last", "_slack", "_step")

    def __init__(self, rate: float, burst: int) -> None:
        self._step = max(1, round(SECOND / rate))
        self._slack = self._step * (burst - 1)
        self._full_at: int | None = None
        self._last = 0

    def take(self, now: int) -> int:
        """Takes a token. Returns 0, or, where there is none, the microseconds until there is one.

        A refusal costs nothing. A clock that jumped back finds the bucket full: a test may leave a freeze
        in the future, and would otherwise be locked out for years.
        """
        full_at = self._full_at
        if full_at is None or now < self._last:
            full_at = now
        self._last = now
        missing = full_at - self._slack - now
        if missing > 0:
            self._full_at = full_at
            return missing
        self._full_at = max(full_at, now) + self._step
        return 0
