"""The figures of a scope: calls, throttled attempts, and the simulated wait."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from operator import itemgetter

from .._core.text import format_usage
from .._model.quotas import UNTHROTTLED
from .._service.calls import Call, Calls
from .._service.service import Service
from .._time.time import SECOND, to_timestamp


@dataclass(frozen=True)
class Report:
    """The figures of a scope.

    Attributes:
        calls: all requests, also retries and throttled ones.
        throttled: the requests that the throttle rejected.
        simulated_wait: seconds that the test simulated and production waits: botocore's retries, waiters and
            client-side rate limit, and the application's sleeps.
        max_rate: the most requests of one throttled operation, account and region within one second.
        busiest_operation: the operation of `max_rate`; None without calls.

    """

    calls: int
    throttled: int
    simulated_wait: float
    max_rate: int
    busiest_operation: str | None

    def __str__(self) -> str:
        usage = format_usage(self.calls, self.throttled, self.simulated_wait)
        return f"ses_stub: {usage}"


def make_report(service: Service) -> Report:
    """The figures of a service's log, including calls that a server has dropped from it."""
    calls, log = service.calls, service.log
    max_rate, busiest_operation = max(log.dropped_peak, _max_rate(calls), key=itemgetter(0))
    return Report(
        calls=log.dropped + len(calls),
        throttled=log.dropped_throttled + len(Calls(calls).throttled),
        simulated_wait=sum(wait.duration_us for wait in log.waits) / SECOND,
        max_rate=max_rate,
        busiest_operation=busiest_operation,
    )


def _max_rate(calls: Iterable[Call]) -> tuple[int, str | None]:
    """The most requests of one throttled operation, account and region within a second, and the operation."""
    windows: dict[tuple[str, str, str, str], deque[int]] = {}
    most, busiest_operation = 0, None
    for call in calls:
        if call.operation in UNTHROTTLED:
            continue
        window = windows.setdefault((call.service, call.operation, call.region, call.account_id), deque())
        timestamp = to_timestamp(call.at)
        window.append(timestamp)
        while window[0] <= timestamp - SECOND or window[0] > timestamp:
            window.popleft()
        if len(window) > most:
            most, busiest_operation = len(window), call.operation
    return most, busiest_operation
