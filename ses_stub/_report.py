"""What happened, for people: the timeline as a table, and the bill."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from typing import Any

from ._calls import Call
from ._clock import SECOND, to_datetime, to_moment
from ._service import Service

_WIDTH = 48


@dataclass(frozen=True)
class Report:
    """The figures of a scope.

    Attributes:
        calls: all requests, retries and throttled ones included.
        throttled: those refused by the throttle.
        waited: seconds that botocore would have slept in production (retries, waiters, client-side rate limit).
        max_rate: the most requests of one operation, account and region within any one second.
        busiest: the operation that `max_rate` is of; None without calls.

    """

    calls: int
    throttled: int
    waited: float
    max_rate: int
    busiest: str | None

    def __str__(self) -> str:
        return (
            f"ses_stub: {self.calls} calls, {self.throttled} throttled attempts,"
            f" {self.waited:g} s that production would have waited"
        )


def make_report(service: Service) -> Report:
    """The figures of a service's log."""
    windows: dict[tuple[str, str, str], deque[int]] = {}
    most, busiest = 0, None
    for call in service.calls:
        window = windows.setdefault((call.operation, call.region, call.account_id), deque())
        moment = to_moment(call.at)
        window.append(moment)
        while window[0] <= moment - SECOND or window[0] > moment:
            window.popleft()
        if len(window) > most:
            most, busiest = len(window), call.operation
    errors = Counter(call.error_code for call in service.calls)
    waited = sum(wait.micros for wait in service.waits) / SECOND
    return Report(len(service.calls), errors["Throttling"], waited, most, busiest)


def make_timeline(service: Service) -> str:
    """The table: when, what, answer."""
    rows = _rows(service)
    if not rows:
        return "ses_stub: nothing happened"
    start = min(row[0] for row in rows)
    cells = [(f"+{(at - start) / SECOND:.3f}s", what, outcome) for at, _, what, outcome in rows]
    widths = [max(len(cell[column]) for cell in cells) for column in range(2)]
    lines = [f"ses_stub, from {to_datetime(start).isoformat(sep=' ', timespec='seconds')}"]
    lines += [f"{at:>{widths[0]}}  {what:<{widths[1]}}  {outcome}".rstrip() for at, what, outcome in cells]
    return "\n".join(lines)


def _rows(service: Service) -> list[tuple[int, int, str, str]]:
    changes = [
        (one.at, 0, f"  {one.name}: {one.before or 'new'} -> {one.after or 'deleted'}", one.reason)
        for one in service.world.history
    ]
    calls = [
        (to_moment(one.at), 1, _asked(one), _outcome(service, number, one)) for number, one in enumerate(service.calls)
    ]
    waits = [(one.at, 2, f"  wait {one.micros / SECOND:g} s", one.reason) for one in service.waits]
    return sorted(changes + calls + waits, key=lambda row: row[:2])


def _asked(call: Call) -> str:
    shown = ", ".join(f"{name}={_cut(value)}" for name, value in call.params.items())
    again = f" (attempt {call.attempt})" if call.attempt > 1 else ""
    return f"{call.operation}({shown}){again}"


def _outcome(service: Service, number: int, call: Call) -> str:
    if call.error_code is None:
        return "answered"
    missing = service.refused.get(number)
    if missing is None:
        return call.error_code
    return f"{call.error_code}: {missing / SECOND:g} s too early for {service.options.rate:g}/s"


def _cut(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"
