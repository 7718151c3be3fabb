"""The rows of a timeline: calls, changes of status, waits and moves of the clock, in order."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from .._core.text import format_seconds
from .._model.history import ChangeKind
from .._model.identity import VerificationStatus, canonical
from .._service.call_log import LogEntry, VirtualWait
from .._service.service import Service
from .._time.time import SECOND, to_timestamp

NOTHING = "ses_stub: no SES calls"
MINUTE, HOUR = 60 * SECOND, 3600 * SECOND
# The operations that return statuses, and the parameter with the identities.
_POLLS = {"GetIdentityVerificationAttributes": "Identities", "GetEmailIdentity": "EmailIdentity"}


class Row(NamedTuple):
    """One row.

    Attributes:
        at: when, in microseconds since 1970 (UTC).
        kind: a call, a change of status, a simulated wait, or a move of the clock by the test.
        subject: the operation, the identity that changed, or the reason for the wait or move.
        state: of a call ``answered``, ``throttled`` or ``failed``; of a change the new status, or ``deleted``.
        what: the row as text.
        outcome: the result or the reason.
        region: the region; empty for a wait or move.
        account_id: the account; empty for a wait or move.
        attempt: of a call: 1 for the first attempt, 2 for the first retry, …
        length: of a wait or move, in microseconds.

    """

    at: int
    kind: Literal["call", "change", "wait", "advance"]
    subject: str
    state: str
    what: str
    outcome: str
    region: str = ""
    account_id: str = ""
    attempt: int = 1
    length: int = 0


def make_rows(service: Service) -> Iterator[Row]:
    """All rows of a scope so far, in order."""
    changes = [
        Row(
            at=one.at,
            kind="change",
            subject=one.name,
            state=one.after.value if one.after else "deleted",
            what=one.name + (f": {one.before or 'new'} -> {one.after or 'deleted'}" if one.before or one.after else ""),
            outcome=one.reason,
            region=one.region,
            account_id=one.account_id,
        )
        for one in service.state.history
    ]
    before = _changes_before(service)
    shown = _statuses_shown(service, before)
    calls = [_call_row(service, entry, shown.get(number)) for number, entry in enumerate(service.log.entries)]
    waits = [_wait_row("wait", one) for one in service.log.waits]
    waits += [_wait_row("advance", one) for one in service.log.advances]
    return _in_order(_as_happened(changes, calls, before), waits)


def _wait_row(kind: Literal["wait", "advance"], wait: VirtualWait) -> Row:
    length = format_duration(wait.duration_us) if kind == "advance" else format_seconds(wait.duration_us / SECOND)
    return Row(
        at=wait.at,
        kind=kind,
        subject=wait.reason,
        state="",
        what=f"{kind} {length}",
        outcome=wait.reason,
        length=wait.duration_us,
    )


def _changes_before(service: Service) -> list[int]:
    found, start = [], 0
    for entry in service.log.entries:
        end = service.log.changes_before(entry)
        new = service.state.history[start:end]
        # A script moves on with the response.
        found.append(next((start + at for at, one in enumerate(new) if one.kind is ChangeKind.NEXT_OF_SCRIPT), end))
        start = end
    return found


def _as_happened(changes: list[Row], calls: list[Row], before: list[int]) -> Iterator[Row]:
    done = 0
    for call, count in zip(calls, before, strict=True):
        yield from changes[done:count]
        done = count
        yield call
    yield from changes[done:]


def _in_order(happened: Iterable[Row], waits: list[Row]) -> Iterator[Row]:
    """By time; rows with the same time as they happened. Each retry comes after its wait."""
    pending = deque(sorted(waits, key=lambda row: row.at))
    for row in sorted(happened, key=lambda row: row.at):
        has_waited = pending and pending[0].at < row.at
        while pending and pending[0].at < row.at:
            yield pending.popleft()
        # A wait without length lies between calls of the same time.
        if not has_waited and row.attempt > 1 and pending and pending[0].length == 0:
            yield pending.popleft()
        yield row
    yield from pending


def _call_row(service: Service, entry: LogEntry, shown: str | None) -> Row:
    call = entry.call
    if entry.retry_after_us:
        state, outcome = "throttled", f"throttled: {throttle_reason(service, entry.retry_after_us)}"
    elif call.error_code is not None:
        state, outcome = "failed", call.error_code
    else:
        state, outcome = "answered", f"answered: {shown}" if shown else "answered"
    params = ", ".join(f"{name}={ellipsize(repr(value))}" for name, value in call.params.items())
    return Row(
        at=to_timestamp(call.at),
        kind="call",
        subject=call.operation,
        state=state,
        what=f"{call.operation}({params})",
        outcome=f"(attempt {call.attempt}) {outcome}" if call.attempt > 1 else outcome,
        region=call.region,
        account_id=call.account_id,
        attempt=call.attempt,
    )


def throttle_reason(service: Service, retry_after_us: int) -> str:
    """Why a call was throttled that would have succeeded a number of microseconds later."""
    # Without a rate no call is throttled.
    needed = max(1, round(SECOND / (service.options.rate or 1)))
    if service.options.burst > 1:
        return f"burst of {service.options.burst} used up, {format_duration(retry_after_us)} more needed"
    return f"{format_duration(needed - retry_after_us)} since the last call, {format_duration(needed)} needed"


def _statuses_shown(service: Service, before: list[int]) -> dict[int, str]:
    """The statuses in the responses, by the call's index in the log. They follow from the changes."""
    found: dict[int, str] = {}
    statuses: dict[tuple[str, str, str], VerificationStatus | None] = {}
    done = 0
    for number, (call, count) in enumerate(zip(service.calls, before, strict=True)):
        for one in service.state.history[done:count]:
            statuses[one.account_id, one.region, one.name] = one.after
        done = count
        if call.operation in _POLLS and call.error_code is None:
            asked = call.params[_POLLS[call.operation]]
            names = [asked] if isinstance(asked, str) else asked
            keys = [(call.account_id, call.region, canonical(name)) for name in names]
            found[number] = _count_statuses(statuses.get(key) or "unknown" for key in keys)
    return found


def _count_statuses(statuses: Iterable[str]) -> str:
    counts = Counter(map(str, statuses))
    if counts.total() == 1:
        return next(iter(counts))
    return ", ".join(f"{count} {status}" for status, count in counts.items())


# Text for table and picture.


def ellipsize(text: str, width: int = 48) -> str:
    """A text with an ellipsis in its middle if it is longer than ``width``, as its ends say more."""
    half = width // 2
    return text if len(text) <= width else f"{text[: width - half - 1]}…{text[-half:]}"


def location_labels(rows: Iterable[Row]) -> dict[tuple[str, str], str]:
    """A label for each region and account: only the part that differs; empty if there is only one."""
    found = {(row.region, row.account_id) for row in rows if row.kind in ("call", "change")}
    regions = len({region for region, _ in found}) > 1
    accounts = len({account_id for _, account_id in found}) > 1
    labels = {(region, account): f"{region * regions} {account * accounts}".strip() for region, account in found}
    return {("", ""): "", **labels}


def format_duration(micros: int, unit: int | None = None) -> str:
    """A length of time in a suitable unit; given ``unit``, in the largest unit that is not longer."""
    for size, name in ((HOUR, "h"), (MINUTE, "min"), (SECOND, "s"), (1000, "ms")):
        # At least two of a unit: 90 s, not 1.5 min.
        if unit >= size if unit is not None else micros >= size * (2 if size > SECOND else 1):
            return f"{round(micros / size, 1 if micros >= 10 * size else 2):g} {name}"
    return f"{micros} µs" if micros else "0 s"
