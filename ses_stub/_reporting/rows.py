"""The rows of a timeline: calls, changes of status and waits, put in order and into words."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from .._core.text import seconds
from .._model.history import ChangeKind
from .._model.identity import VerificationStatus, canonical
from .._service.calls import Call
from .._service.service import Service
from .._time.time import SECOND, to_timestamp

NOTHING = "ses_stub: nothing happened"
MINUTE, HOUR = 60 * SECOND, 3600 * SECOND
# Who asks for statuses, and by which parameter.
_POLLS = {"GetIdentityVerificationAttributes": "Identities", "GetEmailIdentity": "EmailIdentity"}


class Row(NamedTuple):
    """One thing that happened.

    Attributes:
        at: when, in microseconds since 1970 (UTC).
        kind: a call, a change of status, or a wait that production would have slept through.
        subject: the operation called, the identity that changed, or the reason of the wait.
        state: of a call ``answered``, ``throttled`` or ``failed``; of a change the new status, or ``deleted``.
        what: it in words.
        outcome: what came of it, or why it was.
        region: where; empty for a wait.
        account_id: whose; empty for a wait.
        attempt: of a call: 1 for the first try, 2 for the first retry, …
        length: of a wait, in microseconds.

    """

    at: int
    kind: Literal["call", "change", "wait"]
    subject: str
    state: str
    what: str
    outcome: str
    region: str = ""
    account_id: str = ""
    attempt: int = 1
    length: int = 0


def rows_of(service: Service) -> Iterator[Row]:
    """What a service has seen so far, in order."""
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
    before = _before(service)
    shown = _shown(service, before)
    calls = [_call_row(service, number, call, shown.get(number)) for number, call in enumerate(service.calls)]
    waits = [
        Row(one.at, "wait", one.reason, "", f"wait {seconds(one.micros / SECOND)}", one.reason, length=one.micros)
        for one in service.waits
    ]
    return _in_order(_as_happened(changes, calls, before), waits)


def _before(service: Service) -> list[int]:
    """For each call, how many changes came before it was answered."""
    found, start = [], 0
    for number in range(len(service.calls)):
        end = service.before[number]
        new = service.state.history[start:end]
        # A script goes on when its answer is given.
        found.append(next((start + at for at, one in enumerate(new) if one.kind is ChangeKind.NEXT_OF_SCRIPT), end))
        start = end
    return found


def _as_happened(changes: list[Row], calls: list[Row], before: list[int]) -> Iterator[Row]:
    told = 0
    for call, count in zip(calls, before, strict=True):
        yield from changes[told:count]
        told = count
        yield call
    yield from changes[told:]


def _in_order(happened: Iterable[Row], waits: list[Row]) -> Iterator[Row]:
    """By time; of one moment as it happened, each retry after the wait that it took."""
    pending = deque(sorted(waits, key=lambda row: row.at))
    for row in sorted(happened, key=lambda row: row.at):
        late = pending and pending[0].at < row.at
        while pending and pending[0].at < row.at:
            yield pending.popleft()
        # Waits of no length: the calls around them are all of one moment.
        if not late and row.attempt > 1 and pending and pending[0].length == 0:
            yield pending.popleft()
        yield row
    yield from pending


def _call_row(service: Service, number: int, call: Call, shown: str | None) -> Row:
    missing = service.refused.get(number)
    state = "answered" if call.error_code is None else "failed" if missing is None else "throttled"
    if missing is not None:
        outcome = f"throttled: {_too_early(service, missing)}"
    else:
        outcome = call.error_code or (f"answered: {shown}" if shown else "answered")
    params = ", ".join(f"{name}={shortened(repr(value))}" for name, value in call.params.items())
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


def _too_early(service: Service, missing: int) -> str:
    # Without a rate nothing is refused.
    needed = max(1, round(SECOND / (service.options.rate or 1)))
    if service.options.burst > 1:
        return f"burst of {service.options.burst} used up, {missing / SECOND:g} s more needed"
    return f"{(needed - missing) / SECOND:g} s since the last call, {needed / SECOND:g} s needed"


def _shown(service: Service, before: list[int]) -> dict[int, str]:
    """The statuses that answers showed, by the place of the call in the log; they follow from the changes."""
    found: dict[int, str] = {}
    statuses: dict[tuple[str, str, str], VerificationStatus | None] = {}
    late: dict[tuple[str, str, str], int] = {}
    told = 0
    for number, (call, count) in enumerate(zip(service.calls, before, strict=True)):
        for one in service.state.history[told:count]:
            key = (one.account_id, one.region, one.name)
            statuses[key], late[key] = one.after, one.at + service.state.lag
        told = count
        if call.operation in _POLLS and call.error_code is None:
            asked = call.params[_POLLS[call.operation]]
            names = [asked] if isinstance(asked, str) else asked
            keys = [(call.account_id, call.region, canonical(name)) for name in names]
            # With a lag, what has just come is not shown yet.
            if not service.state.lag or all(late.get(key, 0) < to_timestamp(call.at) for key in keys):
                found[number] = _counted(statuses.get(key) or "unknown" for key in keys)
    return found


def _counted(statuses: Iterable[str]) -> str:
    counts = Counter(map(str, statuses))
    if counts.total() == 1:
        return next(iter(counts))
    return ", ".join(f"{count} {status}" for status, count in counts.items())


# Words for table and picture.


def shortened(text: str, width: int = 48) -> str:
    """A text with its middle left out: both ends tell more than the middle."""
    half = width // 2
    return text if len(text) <= width else f"{text[: width - half - 1]}…{text[-half:]}"


def place_words(rows: Iterable[Row]) -> dict[tuple[str, str], str]:
    """The word for each region and account: only what tells them apart, so nothing where there is only one."""
    found = {(row.region, row.account_id) for row in rows if row.kind != "wait"}
    regions = len({region for region, _ in found}) > 1
    accounts = len({account_id for _, account_id in found}) > 1
    words = {(region, account): f"{region * regions} {account * accounts}".strip() for region, account in found}
    return {("", ""): "", **words}


def duration(micros: int, unit: int | None = None) -> str:
    """A length of time in the unit that suits it, or in the largest that goes into another length."""
    for size, name in ((HOUR, "h"), (MINUTE, "min"), (SECOND, "s"), (1000, "ms")):
        # Two of a unit at least: 90 s is not 1.5 min.
        if unit >= size if unit is not None else micros >= size * (2 if size > SECOND else 1):
            return f"{round(micros / size, 1 if micros >= 10 * size else 2):g} {name}"
    return f"{micros} µs" if micros else "0 s"
