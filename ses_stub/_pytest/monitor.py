"""What one test did with stubs: what fails it, and what its report tells.

The plugin imports it when the first test begins, so nothing of ours that imports botocore is imported at the top.
"""

from __future__ import annotations

import re
import sys
import threading
import zlib
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from .._core.hooks import scope_started
from .._core.locks import Rank, lock
from .terminal import Figures

if TYPE_CHECKING:
    from types import TracebackType

    import pytest

    from .._api.stub import SESStub
    from .._reporting.timeline import Timeline
    from .guard import NetworkGuard
    from .leaked_threads import LeakedThreads

#: Of more stubs than these only the figures are kept: a property test makes one for each of its examples.
MOST = 10
#: Whose frames stand above and below the user's.
_NOT_THE_USERS = {"_pytest", "aiobotocore", "boto3", "botocore", "contextlib", "pluggy", "ses_stub"}


class Record:
    """What one test did with stubs, from the first of its set-up to the last of its tear-down.

    Args:
        item: the test.
        guarded: whether its calls outside every scope are stopped.
        left: the threads that earlier tests have left running; None where no test was guarded yet.

    """

    def __init__(self, item: pytest.Item, guarded: bool, left: LeakedThreads | None) -> None:
        self._item = item
        self._guarded = guarded
        self._left = left
        #: Whether its set-up or its call has failed, or was skipped.
        self.over = False
        # Many threads may begin scopes at once.
        self._lock = lock(Rank.MONITOR)
        # Its stubs, and how much of their logs is not this test's or was counted already: calls and waits.
        self._stubs: dict[SESStub, tuple[int, int]] = {}
        # What is kept of those that were let go.
        self._let_go = 0
        self._figures_let_go = Figures()
        self._hidden_let_go: list[str] = []
        self._told = False
        self._guard: NetworkGuard | None = None
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begins to look on."""
        for stub in _active():
            self._add(stub, (len(stub._service.log.entries), len(stub._service.log.waits)))
        scope_started.append(self._add)
        if self._left is None:
            return
        if self._guarded:
            self._threads = threading.enumerate()
            self._left.start_guard()
        if self._left.is_guarding:
            self._guard = self._left.guard(only_leaked=not self._guarded)
            self._guard.start()

    def stop(self) -> None:
        """Ends it, and lets go of the stubs."""
        scope_started.remove(self._add)
        if self._left is not None and self._guard is not None:
            if self._guarded:
                self._left.record(self._item.nodeid, self._threads)
                self._threads.clear()
            self._guard.stop()
            self._left.stop_if_idle()
        for stub in self._stubs:
            stub._service.unsupported_errors = None
        self._stubs.clear()

    def _add(self, stub: SESStub, counted: tuple[int, int] = (0, 0)) -> None:
        if stub._service.unsupported_errors is None and stub._service.options.unsupported == "fail":
            stub._service.unsupported_errors = []
        with self._lock:
            self._stubs.setdefault(stub, counted)
            if len(self._stubs) > MOST:
                self._let_one_go(stub)

    def _let_one_go(self, but: SESStub) -> None:
        """Keeps of the oldest that has ended only what is to be told of it."""
        active = set(_active())
        ended = next((one for one in self._stubs if one not in active and one is not but), None)
        if ended is not None:
            self._let_go += 1
            self._figures_let_go = self._figures_let_go.plus(self._figures_of(ended))
            self._hidden_let_go += self._hidden([ended])
            del self._stubs[ended]

    # What fails a test.

    def complaints(self) -> str:
        """What fails a test that nothing else has failed."""
        return "\n".join(filter(None, [self._leaks(), *self._hidden_let_go, *self._hidden(self._stubs)]))

    def _leaks(self) -> str:
        if self._guard is None or not self._guard.leaks:
            return ""
        from .guard import leak_message

        return leak_message(self._guard.leaks)

    def _hidden(self, stubs: Iterable[SESStub]) -> Iterator[str]:
        """The operations that nobody answers, where the application has kept the error to itself."""
        for stub in stubs:
            for error in stub._service.unsupported_errors or ():
                # An exception's traceback begins where it was caught.
                place = error.__traceback__
                if place is not None and not self._is_test(place.tb_frame.f_code.co_filename):
                    where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}"
                    yield (
                        f"an error of ses_stub did not reach the test, as it was caught at {where}:\n  {error}\n"
                        "  If the test expects it, let the test catch it; unsupported='raise' lets the application."
                    )

    def _is_test(self, file: str) -> bool:
        parts = PurePath(file).parts
        return file == str(self._item.path) or parts[-1] == "conftest.py" or "_pytest" in parts or "unittest" in parts

    # What its report tells.

    def point_at_the_test(self, call: pytest.CallInfo[Any], config: pytest.Config) -> None:
        """Ends the traceback of an error of ours where the user called: what is below tells nothing."""
        errors = sys.modules.get("ses_stub._core.errors")
        if call.excinfo is None or errors is None or not call.excinfo.errisinstance(errors.SESStubError):
            return
        place: TracebackType | None = call.excinfo.tb
        users = None
        while place is not None:
            if str(place.tb_frame.f_globals.get("__name__")).partition(".")[0] not in _NOT_THE_USERS:
                users = place
            place = place.tb_next
        if users is not None and not config.getoption("fulltrace"):
            users.tb_next = None

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
            if self._stubs:
                # pytest keeps what it does not know of a report, also on its way from a worker.
                report.ses_stub_figures = list(self._figures())  # type: ignore[attr-defined]
            self._forget()

    def _forget(self) -> None:
        """Another plugin may run the test again."""
        if self._guard is not None:
            self._guard.leaks.clear()
        for stub in self._stubs:
            if stub._service.unsupported_errors is not None:
                stub._service.unsupported_errors.clear()
        self._hidden_let_go.clear()

    def _section(self, report: pytest.TestReport, config: pytest.Config) -> str:
        leaks = self._guard.leaks if self._guard is not None else []
        # One that failed the test is told by the failure itself.
        blocks = [self._leaks()] if any(leak not in report.longreprtext for leak in leaks) else []
        total = self._let_go + len(self._stubs)
        for number, stub in enumerate(list(self._stubs), self._let_go + 1):
            label = [f"stub {number} of {total}, {stub.region}:"] if total > 1 else []
            blocks.append("\n".join([*label, *self._told_of(stub, number, report, config)]))
        return "\n\n".join(blocks)

    def _told_of(self, stub: SESStub, number: int, report: pytest.TestReport, config: pytest.Config) -> list[str]:
        """A stub's timeline and figures; its picture is written where one is wanted."""
        folder = config.getoption("ses_verify_timeline")
        left = self._left.tests if self._left is not None else {}
        try:
            from .hints import hints

            timeline = _timeline(stub)
            # Not what the failure itself tells.
            news = (f"ses_stub: {hint}" for hint in hints(stub, left) if hint not in report.longreprtext)
            lines = [str(timeline), str(stub.report()), *news]
            if folder is not None:
                path = config.invocation_params.dir / folder / _picture_name(report.nodeid, number)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(timeline.svg(), encoding="utf-8")
                lines.append(f"timeline: {path}")
        except Exception as error:  # The test's own failure is what has to be told.
            lines = [f"the timeline could not be made: {error!r}"]
        return lines

    def _figures(self) -> Figures:
        """What the test has asked for since it was last asked."""
        total, self._figures_let_go = self._figures_let_go, Figures()
        for stub in list(self._stubs):
            total = total.plus(self._figures_of(stub))
        return total

    def _figures_of(self, stub: SESStub) -> Figures:
        from .._service.calls import Calls
        from .._time.time import SECOND

        counted, log, waits = self._stubs[stub], stub._service.calls, stub._service.log.waits
        # After a reset() the log is shorter than it was.
        calls = log[counted[0] if counted[0] <= len(log) else 0 :]
        waited = sum(wait.duration_us for wait in waits[counted[1] if counted[1] <= len(waits) else 0 :])
        self._stubs[stub] = (len(log), len(waits))
        return Figures(len(calls), len(Calls(calls).throttled), waited / SECOND)


def _active() -> list[SESStub]:
    """The stubs whose scopes have begun, and not ended."""
    activation = sys.modules.get("ses_stub._intercept.activation")
    return [interceptor.stub for interceptor in activation.active_interceptors] if activation is not None else []


def _timeline(stub: SESStub) -> Timeline:
    from .._reporting.timeline import make_timeline

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
