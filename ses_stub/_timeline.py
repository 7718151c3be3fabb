"""What happened, in order: as data, as a table and as a picture."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple
from xml.sax.saxutils import escape

from ._calls import Call
from ._clock import SECOND, to_datetime, to_moment
from ._identity import VerificationStatus, canonical
from ._service import Service

NOTHING = "ses_stub: nothing happened"

_POLL = "GetIdentityVerificationAttributes"
_MINUTE, _HOUR = 60 * SECOND, 3600 * SECOND
_WIDTH = 120
# The least room for what happened, if the rest takes much.
_LEAST = 48
# So many rows, at most, may make a pattern; so many times it must occur to be told once with a count.
_PATTERN = 4
_REPEATS = 5


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


@dataclass(frozen=True, repr=False)
class Timeline:
    """What happened in a scope, in order; ``str()`` makes a table of it, `svg` a picture.

    Attributes:
        rows: all calls, changes of status and waits.

    """

    rows: tuple[Row, ...]

    def __repr__(self) -> str:
        kinds = Counter(row.kind for row in self.rows)
        return f"<Timeline: {kinds['call']} calls, {kinds['change']} changes, {kinds['wait']} waits>"

    def __str__(self) -> str:
        return _table(self.rows) if self.rows else NOTHING

    def svg(self) -> str:
        """The same as a picture, an SVG document: identities are bars, calls are ticks."""
        return _Picture(self.rows).draw()


def make_timeline(service: Service) -> Timeline:
    """What a service has seen so far."""
    changes = [
        Row(
            at=one.at,
            kind="change",
            subject=one.name,
            state=one.after.value if one.after else "deleted",
            what=f"{one.name}: {one.before or 'new'} -> {one.after or 'deleted'}",
            outcome=one.reason,
            region=one.region,
            account_id=one.account_id,
        )
        for one in service.world.history
    ]
    shown = _shown(service)
    calls = [_call_row(service, number, call, shown.get(number)) for number, call in enumerate(service.calls)]
    waits = [
        Row(one.at, "wait", one.reason, "", f"wait {one.micros / SECOND:g} s", one.reason, length=one.micros)
        for one in service.waits
    ]
    return Timeline(tuple(_in_order(changes, calls, waits)))


def _in_order(changes: list[Row], calls: list[Row], waits: list[Row]) -> Iterator[Row]:
    """By time; of one moment first the changes, then the calls, each retry after the wait that it took."""
    pending = deque(sorted(waits, key=lambda row: row.at))
    for row in sorted(changes + calls, key=lambda row: (row.at, row.kind == "call")):
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
    return Row(
        at=to_moment(call.at),
        kind="call",
        subject=call.operation,
        state=state,
        what=f"{call.operation}({', '.join(f'{name}={_cut(repr(value))}' for name, value in call.params.items())})",
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


def _shown(service: Service) -> dict[int, str]:
    """The statuses that answers showed, by the place of the call in the log.

    They are not in the log but follow from the changes, unless a change is of the very moment of the call: which
    of the two came first is not known then, and nothing is told.
    """
    calls, changes = service.calls, deque(service.world.history)
    moments = [to_moment(call.at) for call in calls]
    if moments != sorted(moments):  # The test moved the clock back.
        return {}
    found: dict[int, str] = {}
    statuses: dict[tuple[str, str, str], VerificationStatus | None] = {}
    doubtful: dict[tuple[str, str, str], int] = {}
    for number, (call, now) in enumerate(zip(calls, moments, strict=True)):
        while changes and changes[0].at <= now:
            one = changes.popleft()
            key = (one.account_id, one.region, one.name)
            statuses[key] = one.after
            # What runs out does so before anything else of that moment.
            if one.reason != "not confirmed in time":
                doubtful[key] = one.at + service.world.lag
        if call.operation == _POLL and call.error_code is None:
            keys = [(call.account_id, call.region, canonical(name)) for name in call.params["Identities"]]
            if all(doubtful.get(key, now - 1) < now for key in keys):
                found[number] = _counted(statuses.get(key) or "unknown" for key in keys)
    return found


def _counted(statuses: Iterable[str]) -> str:
    counts = Counter(map(str, statuses))
    if counts.total() == 1:
        return next(iter(counts))
    return ", ".join(f"{count} {status}" for status, count in counts.items())


def _cut(text: str, width: int = 48) -> str:
    """A text with its middle left out: both ends tell more than the middle."""
    half = width // 2
    return text if len(text) <= width else f"{text[: width - half - 1]}…{text[-half:]}"


def _places(rows: Iterable[Row]) -> dict[tuple[str, str], str]:
    """The word for each region and account: only what tells them apart, so nothing where there is only one."""
    found = {(row.region, row.account_id) for row in rows if row.kind != "wait"}
    regions = len({region for region, _ in found}) > 1
    accounts = len({account_id for _, account_id in found}) > 1
    words = {(region, account): f"{region * regions} {account * accounts}".strip() for region, account in found}
    return {("", ""): "", **words}


# The table.


def _table(rows: tuple[Row, ...]) -> str:
    start, end = rows[0].at, rows[-1].at
    places = _places(rows)
    cells = [
        (_moment(at - start, end - start), place, what, outcome) for at, place, what, outcome in _folded(rows, places)
    ]
    widths = [max(len(cell[column]) for cell in cells) for column in range(4)]
    widths[2] = min(widths[2], max(_LEAST, _WIDTH - widths[0] - widths[1] - widths[3] - 6))
    lines = [f"ses_stub, from {to_datetime(start).isoformat(sep=' ', timespec='seconds')}"]
    for at, place, what, outcome in cells:
        where = f"{place:<{widths[1]}}  " if widths[1] else ""
        lines.append(f"{at:>{widths[0]}}  {where}{_cut(what, widths[2]):<{widths[2]}}  {outcome}".rstrip())
    return "\n".join(lines)


def _moment(micros: int, span: int) -> str:
    """A time since the start: in seconds, in a table over an hour in hours, minutes and seconds."""
    if span < _HOUR:
        return f"+{micros / SECOND:.3f}s"
    minutes, rest = divmod(micros, _MINUTE)
    return f"+{minutes // 60}:{minutes % 60:02}:{rest / SECOND:06.3f}"


def _folded(rows: tuple[Row, ...], places: dict[tuple[str, str], str]) -> Iterator[tuple[int, str, str, str]]:
    """The lines of the table; what repeats itself is told once and counted."""
    keys = [
        # How early a throttled call came may differ.
        (row.kind, row.region, row.account_id, row.what, row.attempt, row.state == "throttled" or row.outcome)
        for row in rows
    ]
    place = 0
    while place < len(rows):
        size, times = _repeats(keys, place)
        for row in rows[place : place + size]:
            indent = "" if row.kind == "call" else "  "
            yield row.at, places[row.region, row.account_id], indent + row.what, row.outcome
        if times > 1:
            starts = [row.at for row in rows[place : place + size * times : size]]
            yield starts[1], "", f"  … {times - 1} more, {_pace(starts)}", ""
        place += size * times


def _repeats(keys: Sequence[object], place: int) -> tuple[int, int]:
    """How many rows from here on make a pattern, and how often it occurs."""
    for size in range(1, _PATTERN + 1):
        pattern, times = keys[place : place + size], 1
        while keys[place + size * times : place + size * (times + 1)] == pattern:
            times += 1
        if times >= _REPEATS:
            return size, times
    return 1, 1


def _pace(starts: list[int]) -> str:
    gaps = {after - before for before, after in pairwise(starts)}
    if len(gaps) > 1:
        return f"within {_length(starts[-1] - starts[0])}"
    return f"every {_length(gaps.pop())}" if any(gaps) else "at once"


def _length(micros: int, unit: int | None = None) -> str:
    """A length of time in the unit that suits it, or in the largest that goes into another length."""
    for size, name in ((_HOUR, "h"), (_MINUTE, "min"), (SECOND, "s"), (1000, "ms")):
        # Two of a unit at least: 90 s is not 1.5 min.
        if unit >= size if unit is not None else micros >= size * (2 if size > SECOND else 1):
            return f"{round(micros / size, 1 if micros >= 10 * size else 2):g} {name}"
    return f"{micros} µs" if micros else "0 s"


# The picture.

_PAPER, _INK, _FAINT = "#ffffff", "#1f2328", "#656d76"
_FULL, _LEFT, _MARGIN = 960, 252, 20
# Room behind the last moment for the statuses that came of it.
_TAIL = 104
_LANE, _BAR, _TOP = 38, 24, 62
# Room for a stretch in which nothing happened, drawn as a gap; how much longer than all the rest it must be, and
# how many there may be.
_BREAK, _QUIET, _BREAKS = 60, 4, 6
_MOST_BARS = 40

# For each status the colour of its bar, and a pattern that tells it without colour.
_STATUSES = {
    "NotStarted": ("#eceef0", '<circle cx="4" cy="4" r="1.5" fill="#656d76"/>'),
    "Pending": ("#fff1c2", '<path d="M-2 2 2 -2M0 8 8 0M6 10 10 6" stroke="#c69026" stroke-width="1.5"/>'),
    "Success": ("#a7e0b5", ""),
    "Failed": ("#ffd3ce", '<path d="M0 0 8 8M8 0 0 8" stroke="#cf222e"/>'),
    "TemporaryFailure": ("#e6dafb", '<path d="M2 0V8M6 0V8" stroke="#8250df"/>'),
}
# For each way a call can end its mark, around the middle of its lane, and its colour.
_MARKS = {
    "answered": ("M0 -11V1", "#0550ae"),
    "throttled": ("M-4 3 4 11M-4 11 4 3", "#cf222e"),
    "failed": ("M0 2 5 7 0 12 -5 7Z", "#953800"),
}
_STEPS = (
    *(factor * 10**power for power in range(7) for factor in (1, 2, 5)),
    *(factor * SECOND for factor in (10, 15, 30)),
    *(factor * _MINUTE for factor in (1, 2, 5, 10, 15, 30)),
    *(factor * _HOUR for factor in (1, 2, 3, 6, 12)),
    *(24 * _HOUR * 2**power for power in range(24)),
)


class _Axis:
    """Where a moment stands. Long stretches in which nothing happened are cut out."""

    def __init__(self, moments: Iterable[int], left: float, right: float) -> None:
        self._moments = sorted(set(moments))
        gaps = [after - before for before, after in pairwise(self._moments)]
        self._quiet = _quiet(gaps)
        busy = sum(gaps) - sum(gaps[number] for number in self._quiet)
        self._scale = (right - left - _BREAK * len(self._quiet)) / max(1, busy)
        self.x = dict.fromkeys(self._moments[:1], left)
        #: The gaps: left edge, right edge and length.
        self.breaks: list[tuple[float, float, int]] = []
        for number, (before, after) in enumerate(pairwise(self._moments)):
            x = self.x[before]
            self.x[after] = x + (_BREAK if number in self._quiet else gaps[number] * self._scale)
            if number in self._quiet:
                self.breaks.append((x, self.x[after], gaps[number]))

    def ticks(self) -> list[tuple[float, str]]:
        """Where to write which time: since the start; behind a gap, since its end."""
        # So far apart that none is written over another.
        step = next(step for step in _STEPS if step * self._scale >= 64)
        edges = [0, *(number + 1 for number in sorted(self._quiet)), len(self._moments)]
        ticks = []
        for first, last in pairwise(edges):
            begin, length = self._moments[first], self._moments[last - 1] - self._moments[first]
            ticks.append((self.x[begin], _length(begin - self._moments[0])))
            ticks += [
                (self.x[begin] + at * self._scale, "+" * (first > 0) + _length(at, step))
                for at in range(step, length + 1, step)
            ]
        return ticks


def _quiet(gaps: list[int]) -> set[int]:
    """The gaps, by number, that are so long that all the rest would be too small to see."""
    longest = sorted(range(len(gaps)), key=gaps.__getitem__, reverse=True)
    for count in range(min(_BREAKS, len(gaps)), 0, -1):
        rest = sum(gaps[number] for number in longest[count:])
        # What lies microseconds apart is meant to be one moment.
        if rest >= SECOND // 2 and gaps[longest[count - 1]] > _QUIET * rest:
            return set(longest[:count])
    return set()


class _Picture:
    """An SVG document that needs nothing from outside."""

    def __init__(self, rows: tuple[Row, ...]) -> None:
        self._rows = rows
        self._places = _places(rows)
        ends = [row.at + row.length for row in rows]
        self._axis = _Axis([row.at for row in rows] + ends, _LEFT, _FULL - _MARGIN - _TAIL)
        self._parts: list[str] = []
        # Above all else, as bars and marks may lie over each other but not over a word.
        self._words: list[str] = []
        self._y = _TOP

    def draw(self) -> str:
        """The document."""
        title = NOTHING
        if self._rows:
            start = to_datetime(self._rows[0].at).isoformat(sep=" ", timespec="seconds")
            title = f"ses_stub, from {start}"
            self._bars()
            self._calls()
            self._waits()
            self._scale()
            self._legend()
        height = self._y + 16
        patterns = [
            f'<pattern id="ses-stub-{status}" width="8" height="8" patternUnits="userSpaceOnUse">'
            f'<rect width="8" height="8" fill="{colour}"/>{lines}</pattern>'
            for status, (colour, lines) in _STATUSES.items()
        ]
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{_FULL}" height="{height}"'
                f' viewBox="0 0 {_FULL} {height}" role="img" font-family="system-ui, sans-serif" font-size="12"'
                f' fill="{_INK}">',
                f"<title>{_text(title)}</title>",
                f"<defs>{''.join(patterns)}</defs>",
                f'<rect x="0.5" y="0.5" width="{_FULL - 1}" height="{height - 1}" rx="6" fill="{_PAPER}"'
                f' stroke="{_FAINT}"/>',
                f'<text x="{_MARGIN}" y="28" font-size="14" font-weight="bold">{_text(title)}</text>',
                *self._parts,
                *self._words,
                "</svg>\n",
            ]
        )

    def _lane(self, label: str, note: str) -> int:
        """Begins the next lane; returns its middle."""
        middle = self._y + _LANE // 2
        self._write(_MARGIN, middle - 1, label, width=33)
        self._write(_MARGIN, middle + 12, note, f'font-size="10" fill="{_FAINT}"', width=44)
        self._y += _LANE
        self._parts.append(f'<path d="M{_MARGIN} {self._y}H{_FULL - _MARGIN}" stroke="#d0d7de"/>')
        return middle

    def _write(self, x: float, y: float, text: str, style: str = "", width: int = 48) -> None:
        shown = _cut(text, width)
        whole = f"<title>{_text(text)}</title>" if shown != text else ""
        self._words.append(f'<text x="{x:g}" y="{y:g}" {style}>{_text(shown)}{whole}</text>')

    def _bars(self) -> None:
        histories: dict[tuple[str, str, str], list[Row]] = {}
        for row in self._rows:
            if row.kind == "change":
                histories.setdefault((row.subject, row.region, row.account_id), []).append(row)
        for (name, region, account_id), history in list(histories.items())[:_MOST_BARS]:
            middle = self._lane(name, f"{self._places[region, account_id]} now {history[-1].state}".strip())
            ends = [self._axis.x[row.at] for row in history[1:]]
            for row, end in zip(history, [*ends, _FULL - _MARGIN], strict=True):
                self._bar(row, end, middle)
        if len(histories) > _MOST_BARS:
            self._lane(f"… {len(histories) - _MOST_BARS} more identities", "")

    def _bar(self, row: Row, end: float, middle: int) -> None:
        start = self._axis.x[row.at]
        if row.state not in _STATUSES or end <= start:
            return
        self._parts.append(
            f'<rect x="{start:.1f}" y="{middle - _BAR // 2}" width="{max(1, end - start):.1f}" height="{_BAR}"'
            f' fill="url(#ses-stub-{row.state})" stroke="{_INK}" stroke-width="0.8">'
            f"<title>{_text(f'{row.what}, {row.outcome}')}</title></rect>"
        )
        if end - start > 6.4 * len(row.state):
            halo = f'text-anchor="middle" font-size="11" paint-order="stroke" stroke="{_PAPER}" stroke-width="4"'
            self._write((start + end) / 2, middle + 4, row.state, halo)

    def _calls(self) -> None:
        lanes: dict[tuple[str, str, str], list[Row]] = {}
        for row in self._rows:
            if row.kind == "call":
                lanes.setdefault((row.subject, row.region, row.account_id), []).append(row)
        for (operation, region, account_id), rows in lanes.items():
            states = Counter(row.state for row in rows)
            counts = ", ".join(f"{states[state]} {state}" for state in _MARKS if states[state])
            self._marks(rows, self._lane(operation, f"{self._places[region, account_id]} {counts}".strip()))

    def _marks(self, rows: list[Row], middle: int) -> None:
        # What would stand on one spot is one mark.
        spots: dict[tuple[str, int], list[Row]] = {}
        for row in rows:
            width = 2 if row.state == "answered" else 6
            spots.setdefault((row.state, round(self._axis.x[row.at] / width) * width), []).append(row)
        for (state, x), those in spots.items():
            told = those[0].outcome + f" ({len(those)} calls)" * (len(those) > 1)
            self._parts.append(f"<g>{_mark(state, x, middle)}<title>{_text(told)}</title></g>")

    def _waits(self) -> None:
        waits = [row for row in self._rows if row.kind == "wait"]
        if not waits:
            return
        total = _length(sum(row.length for row in waits))
        middle = self._lane("waits", f"{total} in all")
        drawn: dict[tuple[int, int], Row] = {}
        for row in waits:
            drawn.setdefault((round(self._axis.x[row.at]), round(self._axis.x[row.at + row.length])), row)
        for (start, end), row in drawn.items():
            self._parts.append(
                f'<rect x="{start}" y="{middle - 4}" width="{max(1, end - start)}" height="8" rx="3" fill="#afb8c1"'
                f' stroke="{_INK}" stroke-width="0.6"><title>{_text(f"{row.what}, {row.outcome}")}</title></rect>'
            )

    def _scale(self) -> None:
        small = f'font-size="11" fill="{_FAINT}" text-anchor="middle"'
        for start, end, length in self._axis.breaks:
            sides = "".join(f"M{x:.1f} {_TOP - 8}V{self._y}" for x in (start + 5, end - 5))
            self._parts.append(
                f'<path d="{sides}" stroke="{_PAPER}" stroke-width="3"/>'
                f'<path d="{sides}" stroke="{_INK}" stroke-dasharray="3 3"/>'
            )
            self._write((start + end) / 2, _TOP - 12, f"↔ {_length(length)}", small)
        for x, label in self._axis.ticks():
            self._parts.append(f'<path d="M{x:.1f} {self._y}v6" stroke="{_INK}"/>')
            self._write(round(x, 1), self._y + 19, label, small)
        self._y += 30

    def _legend(self) -> None:
        seen = {row.state for row in self._rows}
        x, middle = _MARGIN, self._y + 18
        for status in _STATUSES:
            if status in seen:
                self._parts.append(
                    f'<rect x="{x}" y="{middle - 7}" width="20" height="14" fill="url(#ses-stub-{status})"'
                    f' stroke="{_INK}" stroke-width="0.8"/>'
                )
                self._write(x + 26, middle + 4, status)
                x += 44 + 7 * len(status)
        for state, (shape, _) in _MARKS.items():
            if state in seen:
                lift = 5 if "V" in shape else -7
                self._parts.append(_mark(state, x + 8, middle + lift))
                self._write(x + 20, middle + 4, state)
                x += 38 + 7 * len(state)
        self._y = middle + 12


def _mark(state: str, x: float, middle: int) -> str:
    shape, colour = _MARKS[state]
    return f'<path d="{shape}" transform="translate({x:g} {middle})" fill="none" stroke="{colour}" stroke-width="2"/>'


def _text(text: str) -> str:
    """For XML, which has no control characters."""
    return escape("".join(letter if letter.isprintable() else "\ufffd" for letter in text))
