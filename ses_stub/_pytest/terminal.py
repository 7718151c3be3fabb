"""What the pytest plugin tells: of the whole run, and of two logs that differ.

The plugin imports it when the first test begins, so nothing of ours that imports botocore is imported at the top.
"""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from .._core.text import format_usage, pluralize

if TYPE_CHECKING:
    import pytest

    from .._service.calls import Calls

# Logs longer than this are compared line by line only, as ndiff's time grows with the cube.
_LONG = 100


class Figures(NamedTuple):
    """What one test, or all, asked of stubs. A test's travels from xdist's workers on its last report."""

    calls: int = 0
    throttled: int = 0
    simulated_wait: float = 0.0

    def __str__(self) -> str:
        return format_usage(*self)

    def plus(self, other: Figures) -> Figures:
        """Those of both."""
        return Figures(
            self.calls + other.calls, self.throttled + other.throttled, self.simulated_wait + other.simulated_wait
        )


def summary(reporter: pytest.TerminalReporter, by_test: bool) -> None:
    """The last line of a run in which a stub was used, and a line for each of its tests."""
    rows = sorted(
        (report.nodeid, Figures(*report.ses_stub_figures))
        for reports in reporter.stats.values()
        for report in reports
        if hasattr(report, "ses_stub_figures")
    )
    if not rows:
        return
    if by_test:
        reporter.write_sep("=", "ses_stub")
        for nodeid, figures in rows:
            reporter.write_line(f"{nodeid}: {figures}")
    total = functools.reduce(Figures.plus, (figures for _, figures in rows))
    tests = pluralize(len(rows), "test")
    reporter.write_line(f"ses_stub: {total} that production would have waited, in {tests}")


def compare(left: object, right: object) -> list[str] | None:
    """How two logs differ, if one of them is a `Calls`; as pytest's own: ``-`` is expected, ``+`` is there."""
    calls = sys.modules.get("ses_stub._service.calls")
    if calls is None or not isinstance(left, list) or not isinstance(right, list):
        return None
    if not isinstance(left, calls.Calls) and not isinstance(right, calls.Calls):
        return None
    there, expected = _lines(left), _lines(right)
    if there == expected:
        return None
    import difflib

    if max(len(there), len(expected)) > _LONG:
        lines = [line.rstrip("\n") for line in list(difflib.unified_diff(expected, there, n=1, lineterm=""))[2:]]
    else:
        lines = [line.rstrip("\n") for line in difflib.ndiff(expected, there)]
    return [f"{pluralize(len(left), 'call')} == {pluralize(len(right), 'call')}", *lines]


def _lines(calls: list[Any] | Calls) -> list[str]:
    from .._service.calls import Call, as_lines

    return [as_lines([call])[0] if isinstance(call, Call) else repr(call) for call in calls]
