"""A timeline as a picture: an SVG document without external resources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from xml.sax.saxutils import escape

from .._time.time import SECOND, from_timestamp
from .timeline_rows import HOUR, MINUTE, NOTHING, Row, ellipsize, format_duration, location_labels

_PAPER, _INK, _FAINT = "#ffffff", "#1f2328", "#656d76"
_FULL, _LEFT, _MARGIN = 960, 252, 20
# Room after the last event for the statuses that it caused.
_TAIL = 104
_LANE, _BAR, _TOP = 38, 24, 62
# The width of a gap that replaces a long time without events; how many times longer than the rest that time must be;
# the maximum number of gaps.
_GAP, _GAP_RATIO, _MAX_GAPS = 60, 4, 6
_MAX_BARS = 40

# For each status: the colour of its bar, and a pattern that shows it without colour.
_STATUSES = {
    "NotStarted": ("#eceef0", '<circle cx="4" cy="4" r="1.5" fill="#656d76"/>'),
    "Pending": ("#fff1c2", '<path d="M-2 2 2 -2M0 8 8 0M6 10 10 6" stroke="#c69026" stroke-width="1.5"/>'),
    "Success": ("#a7e0b5", ""),
    "Failed": ("#ffd3ce", '<path d="M0 0 8 8M8 0 0 8" stroke="#cf222e"/>'),
    "TemporaryFailure": ("#e6dafb", '<path d="M2 0V8M6 0V8" stroke="#8250df"/>'),
}
# For each result of a call: its mark, around the middle of its lane, and its colour.
_MARKS = {
    "answered": ("M0 -11V1", "#0550ae"),
    "throttled": ("M-4 3 4 11M-4 11 4 3", "#cf222e"),
    "failed": ("M0 2 5 7 0 12 -5 7Z", "#953800"),
}
_STEPS = (
    *(factor * 10**power for power in range(7) for factor in (1, 2, 5)),
    *(factor * SECOND for factor in (10, 15, 30)),
    *(factor * MINUTE for factor in (1, 2, 5, 10, 15, 30)),
    *(factor * HOUR for factor in (1, 2, 3, 6, 12)),
    *(24 * HOUR * 2**power for power in range(24)),
)


class _Axis:
    """The horizontal position of each timestamp. Long times without events are removed."""

    def __init__(self, timestamps: Iterable[int], left: float, right: float) -> None:
        self._timestamps = sorted(set(timestamps))
        gaps = [after - before for before, after in pairwise(self._timestamps)]
        self._cut = _gaps_to_cut(gaps)
        busy = sum(gaps) - sum(gaps[number] for number in self._cut)
        self._scale = (right - left - _GAP * len(self._cut)) / max(1, busy)
        self.x = dict.fromkeys(self._timestamps[:1], left)
        #: The gaps: left edge, right edge and length of time.
        self.gaps: list[tuple[float, float, int]] = []
        for number, (before, after) in enumerate(pairwise(self._timestamps)):
            x = self.x[before]
            self.x[after] = x + (_GAP if number in self._cut else gaps[number] * self._scale)
            if number in self._cut:
                self.gaps.append((x, self.x[after], gaps[number]))

    def ticks(self) -> list[tuple[float, str]]:
        """Positions and labels of the time scale: time since the start, or since the end of the last gap."""
        # Wide enough for labels that do not overlap.
        step = next(step for step in _STEPS if step * self._scale >= 64)
        edges = [0, *(number + 1 for number in sorted(self._cut)), len(self._timestamps)]
        ticks = []
        for first, last in pairwise(edges):
            begin, length = self._timestamps[first], self._timestamps[last - 1] - self._timestamps[first]
            ticks.append((self.x[begin], format_duration(begin - self._timestamps[0])))
            ticks += [
                (self.x[begin] + at * self._scale, "+" * (first > 0) + format_duration(at, step))
                for at in range(step, length + 1, step)
            ]
        return ticks


def _gaps_to_cut(gaps: list[int]) -> set[int]:
    """The indices of gaps that are so long that the rest would be too small to see."""
    longest = sorted(range(len(gaps)), key=gaps.__getitem__, reverse=True)
    for count in range(min(_MAX_GAPS, len(gaps)), 0, -1):
        rest = sum(gaps[number] for number in longest[count:])
        # Events that are microseconds apart count as simultaneous.
        if rest >= SECOND // 2 and gaps[longest[count - 1]] > _GAP_RATIO * rest:
            return set(longest[:count])
    return set()


class Picture:
    """A timeline as an SVG document."""

    def __init__(self, rows: tuple[Row, ...]) -> None:
        self._rows = rows
        self._labels = location_labels(rows)
        ends = [row.at + row.length for row in rows]
        self._axis = _Axis([row.at for row in rows] + ends, _LEFT, _FULL - _MARGIN - _TAIL)
        self._parts: list[str] = []
        # Drawn last, so that bars and marks do not cover text.
        self._texts: list[str] = []
        self._y = _TOP

    def draw(self) -> str:
        """The document."""
        title = NOTHING
        if self._rows:
            start = from_timestamp(self._rows[0].at).isoformat(sep=" ", timespec="seconds")
            title = f"ses_stub, from {start}"
            self._bars()
            self._calls()
            self._waits("wait", "waits")
            self._waits("advance", "clock moved")
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
                *self._texts,
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
        shown = ellipsize(text, width)
        whole = f"<title>{_text(text)}</title>" if shown != text else ""
        self._texts.append(f'<text x="{x:g}" y="{y:g}" {style}>{_text(shown)}{whole}</text>')

    def _bars(self) -> None:
        histories: dict[tuple[str, str, str], list[Row]] = {}
        for row in self._rows:
            if row.kind == "change":
                histories.setdefault((row.subject, row.region, row.account_id), []).append(row)
        for (name, region, account_id), history in list(histories.items())[:_MAX_BARS]:
            middle = self._lane(name, f"{self._labels[region, account_id]} now {history[-1].state}".strip())
            ends = [self._axis.x[row.at] for row in history[1:]]
            for row, end in zip(history, [*ends, _FULL - _MARGIN], strict=True):
                self._bar(row, end, middle)
        if len(histories) > _MAX_BARS:
            self._lane(f"… {len(histories) - _MAX_BARS} more identities", "")

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
            self._marks(rows, self._lane(operation, f"{self._labels[region, account_id]} {counts}".strip()))

    def _marks(self, rows: list[Row], middle: int) -> None:
        # Calls at the same position share a mark.
        spots: dict[tuple[str, int], list[Row]] = {}
        for row in rows:
            width = 2 if row.state == "answered" else 6
            spots.setdefault((row.state, round(self._axis.x[row.at] / width) * width), []).append(row)
        for (state, x), those in spots.items():
            outcome = those[0].outcome + f" ({len(those)} calls)" * (len(those) > 1)
            self._parts.append(f"<g>{_mark(state, x, middle)}<title>{_text(outcome)}</title></g>")

    def _waits(self, kind: str, label: str) -> None:
        waits = [row for row in self._rows if row.kind == kind]
        if not waits:
            return
        total = format_duration(sum(row.length for row in waits))
        middle = self._lane(label, f"{total} in all")
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
        for start, end, length in self._axis.gaps:
            sides = "".join(f"M{x:.1f} {_TOP - 8}V{self._y}" for x in (start + 5, end - 5))
            self._parts.append(
                f'<path d="{sides}" stroke="{_PAPER}" stroke-width="3"/>'
                f'<path d="{sides}" stroke="{_INK}" stroke-dasharray="3 3"/>'
            )
            self._write((start + end) / 2, _TOP - 12, f"↔ {format_duration(length)}", small)
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
    """Text for XML, without control characters, which XML cannot hold."""
    return escape("".join(letter if letter.isprintable() else "\ufffd" for letter in text))
