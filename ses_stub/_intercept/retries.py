"""A client's retries in virtual time: its back-off, its retry quota and its client-side rate limiter.

botocore keeps this state in the client, where it would leak from one test into the next. So for calls to the stub, a
copy on the stub's clock replaces the rate limiter of the adaptive mode, and a copy with the scope's jitter replaces the
back-off. The retry quota is filled when a client first retries in a stub, and restored when the scope ends.

Relies on `standard.RetryHandler`, a handler of ``needs-retry``: its ``_retry_policy._retry_backoff`` takes its random
factor from ``_random``, and its ``_retry_quota._quota`` counts in ``_available_capacity`` up to ``_max_capacity``.
Relies on `adaptive.ClientRateLimiter` being made of parts that take a clock, and on `bucket.TokenBucket` waiting only
on its condition variable ``_new_fill_rate_condition``.
"""

from __future__ import annotations

import copy
import threading
from typing import Any
from weakref import WeakKeyDictionary

from botocore.retries import adaptive, bucket, standard, throttling

from .._service.service import Service
from .._time.clock import timestamp_of
from .._time.time import SECOND
from .handlers import handlers_of
from .patching import interception_lock

#: The retry quotas of clients before a stub filled them.
saved_quotas: WeakKeyDictionary[Any, int] = WeakKeyDictionary()


class VirtualRetries:
    """The retry state of all clients that one service answers."""

    def __init__(self, service: Service) -> None:
        self._service = service
        # Rate limiters by the client's own, back-offs by the client's emitter. Weak: a client may not live as long.
        self._twins: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()

    def limiter(self, real: adaptive.ClientRateLimiter) -> adaptive.ClientRateLimiter:
        """The copy of a client's rate limiter on the stub's clock."""
        with interception_lock:
            twin: adaptive.ClientRateLimiter | None = self._twins.get(real)
            if twin is None:
                clock = _BotocoreClock(self._service)
                twin = self._twins[real] = adaptive.ClientRateLimiter(
                    rate_adjustor=throttling.CubicCalculator(starting_max_rate=0, start_time=clock.current_time()),
                    rate_clocker=adaptive.RateClocker(clock),
                    token_bucket=_VirtualBucket(max_rate=1, clock=clock),
                    throttling_detector=real._throttling_detector,
                    clock=clock,
                )
        return twin

    def backoff(self, emitter: Any, event_name: str) -> Any:
        """A client's back-off with the scope's jitter; None in the legacy mode.

        The first use in a stub fills the client's retry quota.

        Args:
            emitter: the client's emitter.
            event_name: ``needs-retry.<service>.<operation>``.

        """
        with interception_lock:
            if emitter not in self._twins:
                self._twins[emitter] = None
                for handler in handlers_of(emitter, event_name):
                    owner = getattr(handler, "__self__", None)
                    if isinstance(owner, standard.RetryHandler):
                        self._twins[emitter] = twin = copy.copy(owner._retry_policy._retry_backoff)
                        twin._random = self._service.jitter
                        reset_retry_quota(owner._retry_quota._quota)
            return self._twins[emitter]


def reset_retry_quota(quota: Any) -> None:
    """Fills a client's retry quota, and keeps its old value for `restore_retry_quotas`."""
    saved_quotas.setdefault(quota, quota._available_capacity)
    quota._available_capacity = quota._max_capacity


def restore_retry_quotas() -> None:
    """Restores the retry quota of every client to its value before the first reset."""
    # Iterating over weak references is slow, and most scopes filled no quota.
    if saved_quotas:
        for quota, capacity in saved_quotas.items():
            quota._available_capacity = capacity
        saved_quotas.clear()


class _BotocoreClock(bucket.Clock):  # type: ignore[misc]  # botocore is untyped
    def __init__(self, service: Service) -> None:
        self._service = service

    def current_time(self) -> float:
        """Seconds since the epoch."""
        timestamp: int = timestamp_of(self._service.clock)
        return timestamp / SECOND

    def sleep(self, amount: float) -> None:
        """Moves the stub's clock by a number of seconds."""
        self._service.virtual_wait(amount, "client-side rate limit")


class _VirtualBucket(bucket.TokenBucket):  # type: ignore[misc]  # botocore is untyped
    def __init__(self, max_rate: float, clock: _BotocoreClock) -> None:
        super().__init__(max_rate=max_rate, clock=clock)
        self._new_fill_rate_condition = _VirtualCondition(self._lock, clock)


class _VirtualCondition(threading.Condition):
    def __init__(self, lock: Any, clock: _BotocoreClock) -> None:
        super().__init__(lock)
        self._clock = clock

    def wait(self, timeout: float | None = None) -> bool:
        # Other threads can run meanwhile, as with a real condition variable.
        self.release()
        try:
            self._clock.sleep(timeout or 0)
        finally:
            self.acquire()
        return True
