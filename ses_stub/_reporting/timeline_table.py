"""A timeline as a text table. Repeated rows are shown once with a count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from .._core.text import printable
from .._time.time import SECOND, from_timestamp
from .timeline_rows import HOUR, MINUTE, Row, ellipsize, format_duration, location_labels

_WIDTH = 120
# The minimum width of the column for what happened.
_LEAST = 48
# The minimum width for the parameters of a call.
_PARAMS = 32
# The maximum number of rows in a pattern; how often it must occur to be shown once with a count.
_PATTERN = 4
_REPEATS = 5
# With more changes than this, those that differ only in the name count as equal, and so do waits of different lengths
# and moves of the clock by the test.
_MANY = 50
# What replaces the middle of long parameters, and the last line of a table that has any.
_CUT = "…"
_WHERE_WHOLE = "Parameters with … are shortened here. They are whole in the stub's log: print(ses_verify.calls)"


def make_table(rows: tuple[Row, ...]) -> str:
    """The whole table."""
    start, end = rows[0].at, rows[-1].at
    labels = location_labels(rows)
    cells = [
        (format_elapsed(at - start, end - start), label, what, outcome)
        for at, label, what, outcome in _fold_repeats(rows, labels)
    ]
    widths = [max(len(cell[column]) for cell in cells) for column in range(4)]
    names = max(len(_name(what)) for _, _, what, _ in cells)
    widths[2] = min(widths[2], max(_LEAST, names + _PARAMS, _WIDTH - widths[0] - widths[1] - widths[3] - 6))
    regions = {row.region for row in rows if row.region}
    where = f" in {regions.pop()}" if len(regions) == 1 else ""
    lines = [f"ses_stub, from {from_timestamp(start).isoformat(sep=' ', timespec='seconds')}{where}"]
    is_cut = False
    for at, label, what, outcome in cells:
        where = f"{label:<{widths[1]}}  " if widths[1] else ""
        what = _shorten(what, widths[2])
        lines.append(f"{at:>{widths[0]}}  {where}{what:<{widths[2]}}  {outcome}".rstrip())
        is_cut |= _name(what) != "" and _CUT in what
    if is_cut:
        lines.append(_WHERE_WHOLE)
    return "\n".join(map(printable, lines))


def _name(what: str) -> str:
    name, bracket, _ = what.partition("(")
    return name if bracket and name.isalnum() else ""


def _shorten(what: str, width: int) -> str:
    """Shortens a text to ``width``, but never an operation's name."""
    name = _name(what)
    return name + ellipsize(what[len(name) :], width - len(name)).replace(_CUT * 2, _CUT)


def format_elapsed(micros: int, span: int) -> str:
    """A time since the start: in seconds, or for a table of an hour or more in hours, minutes and seconds."""
    if span < HOUR:
        return f"+{micros / SECOND:.3f}s"
    # Rounded first: half a millisecond before a minute is that minute.
    minutes, rest = divmod(round(micros, -3), MINUTE)
    return f"+{minutes // 60}:{minutes % 60:02}:{rest / SECOND:06.3f}"


def _fold_repeats(rows: tuple[Row, ...], labels: dict[tuple[str, str], str]) -> Iterator[tuple[int, str, str, str]]:
    """The lines of the table, with repeated rows once and their count."""
    number = Counter(row.kind for row in rows)
    many = {kind for kind in number if number[kind] > _MANY or kind == "advance"}
    keys = [
        (
            row.kind,
            row.region,
            row.account_id,
            _without_details(row) if row.kind in many else row.what,
            row.attempt,
            # Throttled calls may be too early by different times.
            row.state == "throttled" or row.outcome,
        )
        for row in rows
    ]
    index = 0
    while index < len(rows):
        size, times = _count_repeats(keys, index)
        for row in rows[index : index + size]:
            indent = "" if row.kind == "call" else "  "
            yield row.at, labels[row.region, row.account_id], indent + row.what, row.outcome
        if times > 1:
            starts = [row.at for row in rows[index : index + size * times : size]]
            yield starts[1], "", f"  … {times - 1} more, {_pace(starts)}", ""
        index += size * times


def _without_details(row: Row) -> str:
    return {"call": row.what, "change": row.what.removeprefix(row.subject), "wait": "", "advance": ""}[row.kind]


def _count_repeats(keys: Sequence[object], index: int) -> tuple[int, int]:
    """The number of rows in the pattern at an index, and how often it occurs."""
    for size in range(1, _PATTERN + 1):
        pattern, times = keys[index : index + size], 1
        while keys[index + size * times : index + size * (times + 1)] == pattern:
            times += 1
        if times >= _REPEATS:
            return size, times
    return 1, 1


def _pace(starts: list[int]) -> str:
    gaps = {after - before for before, after in pairwise(starts)}
    if len(gaps) > 1:
        return f"within {format_duration(starts[-1] - starts[0])}"
    return f"every {format_duration(gaps.pop())}" if any(gaps) else "at the same time"
