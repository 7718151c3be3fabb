"""The plugin's output: the usage of a run, and the difference of two logs of calls."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from .._core.text import pluralize
from .monitor import Usage

if TYPE_CHECKING:
    import pytest

    from .._service.calls import Calls

# Longer logs are compared line by line only, as ndiff's time grows with the cube.
_LONG = 100


def summarize(reporter: pytest.TerminalReporter, reports: list[Any], by_test: bool) -> None:
    """Prints the usage of each test, if requested, and of the run.

    Args:
        reporter: the terminal.
        reports: the reports of tests with ``ses_stub_usage``; at least one.
        by_test: whether to print a line for each test.

    """
    rows = sorted((report.nodeid, Usage(*report.ses_stub_usage)) for report in reports)
    if by_test:
        reporter.write_sep("=", "ses_stub")
        for nodeid, usage in rows:
            reporter.write_line(f"{nodeid}: {usage}")
    total = sum((usage for _, usage in rows), Usage())
    tests = pluralize(len(rows), "test")
    reporter.write_line(f"ses_stub: {total}, in {tests}")


def compare(left: object, right: object) -> list[str] | None:
    """The difference of two logs if one is a `Calls`. As in pytest, ``-`` is expected and ``+`` is actual."""
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
