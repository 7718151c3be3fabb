"""What the pytest plugin tells: of a failed test, of the whole run, and of two logs that differ.

The plugin imports it when the first test begins, so nothing of ours or of botocore is imported at the top.
"""

from __future__ import annotations

import re
import sys
import threading
import zlib
from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pytest

    from ._calls import Calls
    from ._guard import Guard, LeftThreads
    from ._stub import SESStub
    from ._timeline import Timeline

# Logs longer than this are compared line by line only, as ndiff's time grows with the cube.
_LONG = 100


class Figures(NamedTuple):
    """What one test, or all, asked of stubs. A test's travels from xdist's workers on its last report."""

    calls: int
    throttled: int
    waited: float

    def __str__(self) -> str:
        return f"{_count(self.calls, 'call')}, {_count(self.throttled, 'throttled attempt')}, {_seconds(self.waited)}"


class Record:
    """What one test did with stubs, from the first of its set-up to the last of its tear-down."""

    def __init__(self, item: pytest.Item, guarded: bool, left: LeftThreads | None) -> None:
        self._item = item
        #: Whether its set-up or its call has failed, or was skipped.
        self.over = False
        # Its stubs, and how much of their logs is not this test's or was counted already: calls and waits.
        self._counted: dict[SESStub, tuple[int, int]] = {}
        self._told = False
        self._left = left
        self._guarded = guarded
        self._guard: Guard | None = None
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begins to look on."""
        from ._observers import observers

        seam = sys.modules.get("ses_stub._botocore")
        for door in seam._active if seam is not None else ():
            service = door.service
            self._add(door.handle, (len(service.calls), len(service.waits)))
        observers.append(self._add)
        if self._left is None:
            return
        if self._guarded:
            self._threads = threading.enumerate()
            self._left.watch()
        if self._left.watched:
            self._guard = self._left.guard(only_left=not self._guarded)
            self._guard.start()

    def stop(self) -> None:
        """Ends it, and lets go of the stubs."""
        from ._observers import observers

        observers.remove(self._add)
        if self._left is not None and self._guard is not None:
            if self._guarded:
                self._left.note(self._item.nodeid, self._threads)
                self._threads.clear()
            self._guard.stop()
            self._left.rest()
        for stub in self._counted:
            stub._service.unanswered = None
        self._counted.clear()

    def _add(self, stub: SESStub, counted: tuple[int, int] = (0, 0)) -> None:
        self._counted.setdefault(stub, counted)
        if stub._service.unanswered is None:
            stub._service.unanswered = []

    def complaints(self) -> str:
        """What fails a test that nothing else has failed."""
        return "\n".join(filter(None, [self.leaks(), *self._swallowed()]))

    def _swallowed(self) -> Iterator[str]:
        """The operations that nobody answers, where the application has kept the error to itself."""
        for stub in self._counted:
            for error in stub._service.unanswered or ():
                # An exception's traceback begins where it was caught.
                place = error.__traceback__
                if place is not None and not self._is_test(place.tb_frame.f_code.co_filename):
                    where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}"
                    yield (
                        f"an error of ses_stub did not reach the test, as it was caught at {where}:\n  {error}\n"
                        "  A test that expects it catches it itself."
                    )

    def _is_test(self, file: str) -> bool:
        parts = PurePath(file).parts
        return file == str(self._item.path) or parts[-1] == "conftest.py" or "_pytest" in parts or "unittest" in parts

    def leaks(self) -> str:
        """What the guard has to tell."""
        if self._guard is None or not self._guard.leaks:
            return ""
        from ._guard import explain

        return explain(self._guard.leaks)

    def phase(self, report: pytest.TestReport, call: pytest.CallInfo[Any], config: pytest.Config) -> None:
        """Looks at how a phase of the test went, and adds to its report."""
        if call.when == "setup":
            self.over = self._told = False
        if call.when != "teardown":
            self.over |= call.excinfo is not None
        if report.failed and not self._told:
            text = self._section(report, config)
            if text:
                self._told = True
                report.sections.append(("ses_stub", text))
        if call.when == "teardown":
            self._forget()
        if call.when == "teardown" and self._counted:
            # pytest keeps what it does not know of a report, also on its way from a worker.
            report.ses_stub_figures = list(self._figures())  # type: ignore[attr-defined]

    def _forget(self) -> None:
        """Another plugin may run the test again."""
        if self._guard is not None:
            self._guard.leaks.clear()
        for stub in self._counted:
            stub._service.unanswered = []

    def _section(self, report: pytest.TestReport, config: pytest.Config) -> str:
        folder = config.getoption("ses_verify_timeline")
        leaks = self._guard.leaks if self._guard is not None else []
        # One that failed the test is told by the failure itself.
        blocks = [self.leaks()] if any(leak not in report.longreprtext for leak in leaks) else []
        for number, stub in enumerate(list(self._counted), 1):
            try:
                timeline = _timeline(stub)
                label = [f"stub {number} of {len(self._counted)}, {stub.region}:"] if len(self._counted) > 1 else []
                lines = [*label, str(timeline), str(stub.report())]
                if folder is not None:
                    path = config.invocation_params.dir / folder / _picture_name(report.nodeid, number)
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(timeline.svg(), encoding="utf-8")
                    lines.append(f"timeline: {path}")
            except Exception as error:  # The test's own failure is what has to be told.
                lines = [f"the timeline could not be made: {error!r}"]
            blocks.append("\n".join(lines))
        return "\n\n".join(blocks)

    def _figures(self) -> Figures:
        from ._calls import Calls
        from ._clock import SECOND

        total = Figures(0, 0, 0.0)
        for stub, counted in list(self._counted.items()):
            log, waits = stub._service.calls, stub._service.waits
            # After a reset() the log is shorter than it was.
            calls = log[counted[0] if counted[0] <= len(log) else 0 :]
            waited = sum(wait.micros for wait in waits[counted[1] if counted[1] <= len(waits) else 0 :])
            total = Figures(
                total.calls + len(calls),
                total.throttled + len(Calls(calls).throttled),
                total.waited + waited / SECOND,
            )
            self._counted[stub] = (len(log), len(waits))
        return total


def _timeline(stub: SESStub) -> Timeline:
    from ._timeline import make_timeline

    # Not the stub's own, which lets happen what is due by now: the time that the test had stopped may go again.
    with stub._service.lock:
        return make_timeline(stub._service)


def _picture_name(nodeid: str, number: int) -> str:
    return f"{file_name(nodeid)}{f'-{number}' if number > 1 else ''}.svg"


def file_name(nodeid: str) -> str:
    """A file's name for a test; one that has to drop something ends in a checksum, so that no two are the same."""
    plain = nodeid.replace("::", "-").replace("/", "-").replace("[", "-").rstrip("]")
    name = re.sub(r"[^\w.-]+", "_", plain, flags=re.ASCII)[:100]
    return name if name == plain else f"{name}-{zlib.crc32(nodeid.encode()):08x}"


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
    total = Figures(*map(sum, zip(*(figures for _, figures in rows), strict=True)))
    tests = _count(len(rows), "test")
    reporter.write_line(f"ses_stub: {total} that production would have waited, in {tests}")


def compare(left: object, right: object) -> list[str] | None:
    """How two logs differ, if one of them is a `Calls`; as pytest's own: ``-`` is expected, ``+`` is there."""
    calls = sys.modules.get("ses_stub._calls")
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
    return [f"{_count(len(left), 'call')} == {_count(len(right), 'call')}", *lines]


def _lines(calls: list[Any] | Calls) -> list[str]:
    from ._calls import Call, as_lines

    return [as_lines([call])[0] if isinstance(call, Call) else repr(call) for call in calls]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _seconds(seconds: float) -> str:
    return f"{seconds:,.3f}".rstrip("0").rstrip(".") + " s"
