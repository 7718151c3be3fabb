"""The bill: how many calls, how many too many, and how long production would have waited."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from .._core.text import bill
from .._model.quotas import UNTHROTTLED
from .._service.calls import Calls
from .._service.service import Service
from .._time.time import SECOND, to_timestamp


@dataclass(frozen=True)
class Report:
    """The figures of a scope.

    Attributes:
        calls: all requests, retries and throttled ones included.
        throttled: those refused by the throttle.
        simulated_wait: seconds that production would have waited: botocore in retries, waiters and its client-side rate
            limit, the application where it was given ``clock.sleep``.
        max_rate: the most requests of one throttled operation, account and region within any one second.
        busiest_operation: the operation that `max_rate` is of; None without calls.

    """

    calls: int
    throttled: int
    simulated_wait: float
    max_rate: int
    busiest_operation: str | None

    def __str__(self) -> str:
        return f"ses_stub: {bill(self.calls, self.throttled, self.simulated_wait)} that production would have waited"


def make_report(service: Service) -> Report:
    """The figures of a service's log."""
    windows: dict[tuple[str, str, str, str], deque[int]] = {}
    most, busiest_operation = 0, None
    for call in service.calls:
        if call.operation in UNTHROTTLED:
            continue
        window = windows.setdefault((call.service, call.operation, call.region, call.account_id), deque())
        timestamp = to_timestamp(call.at)
        window.append(timestamp)
        while window[0] <= timestamp - SECOND or window[0] > timestamp:
            window.popleft()
        if len(window) > most:
            most, busiest_operation = len(window), call.operation
    throttled = len(Calls(service.calls).throttled)
    simulated_wait = sum(wait.micros for wait in service.waits) / SECOND
    return Report(len(service.calls), throttled, simulated_wait, most, busiest_operation)
