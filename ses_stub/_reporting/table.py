"""A timeline as a table of text, in which what repeats itself is told once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from .._time.time import SECOND, from_timestamp
from .rows import HOUR, MINUTE, Row, duration, place_words, shortened

_WIDTH = 120
# The least room for what happened, if the rest takes much.
_LEAST = 48
# So many rows, at most, may make a pattern; so many times it must occur to be told once with a count.
_PATTERN = 4
_REPEATS = 5
# Of more changes than these the names are not told where they follow each other and are alike; so the lengths of waits.
_MANY = 50


def table(rows: tuple[Row, ...]) -> str:
    """The whole table."""
    start, end = rows[0].at, rows[-1].at
    places = place_words(rows)
    cells = [
        (timestamp(at - start, end - start), place, what, outcome) for at, place, what, outcome in _folded(rows, places)
    ]
    widths = [max(len(cell[column]) for cell in cells) for column in range(4)]
    widths[2] = min(widths[2], max(_LEAST, _WIDTH - widths[0] - widths[1] - widths[3] - 6))
    regions = {row.region for row in rows if row.region}
    where = f" in {regions.pop()}" if len(regions) == 1 else ""
    lines = [f"ses_stub, from {from_timestamp(start).isoformat(sep=' ', timespec='seconds')}{where}"]
    for at, place, what, outcome in cells:
        where = f"{place:<{widths[1]}}  " if widths[1] else ""
        lines.append(f"{at:>{widths[0]}}  {where}{shortened(what, widths[2]):<{widths[2]}}  {outcome}".rstrip())
    return "\n".join(lines)


def timestamp(micros: int, span: int) -> str:
    """A time since the start: in seconds, in a table over an hour in hours, minutes and seconds."""
    if span < HOUR:
        return f"+{micros / SECOND:.3f}s"
    # Rounded first: half a millisecond before a minute is that minute.
    minutes, rest = divmod(round(micros, -3), MINUTE)
    return f"+{minutes // 60}:{minutes % 60:02}:{rest / SECOND:06.3f}"


def _folded(rows: tuple[Row, ...], places: dict[tuple[str, str], str]) -> Iterator[tuple[int, str, str, str]]:
    """The lines of the table; what repeats itself is told once and counted."""
    number = Counter(row.kind for row in rows)
    many = {kind for kind in number if number[kind] > _MANY}
    keys = [
        (
            row.kind,
            row.region,
            row.account_id,
            _likeness(row) if row.kind in many else row.what,
            row.attempt,
            # How early a throttled call came may differ.
            row.state == "throttled" or row.outcome,
        )
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


def _likeness(row: Row) -> str:
    """What is told of a row, without what may differ among many."""
    return {"call": row.what, "change": row.what.removeprefix(row.subject), "wait": ""}[row.kind]


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
        return f"within {duration(starts[-1] - starts[0])}"
    return f"every {duration(gaps.pop())}" if any(gaps) else "at once"
