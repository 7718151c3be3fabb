"""Monitors one test's use of stubs: fails it if necessary, and adds to its report.

The plugin imports this when the first test begins, also in suites without stubs. So imports that only stubs need are in
the functions.
"""

from __future__ import annotations

import re
import sys
import threading
import zlib
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

from .._core.hooks import scope_started
from .._core.locks import Rank, lock

if TYPE_CHECKING:
    from types import TracebackType

    import pytest

    from .._api.stub import SESStub
    from .._reporting.timeline import Timeline
    from .._service.service import Service
    from .guard import NetworkGuard
    from .leaked_threads import LeakedThreads

#: Of earlier stubs only the usage is kept, as a property test makes one for each example.
MAX_STUBS = 10
#: Packages whose frames are not the user's.
_NOT_THE_USERS = {"_pytest", "aiobotocore", "boto3", "botocore", "contextlib", "pluggy", "ses_stub"}


class Usage(NamedTuple):
    """The usage of stubs in one test or a whole run. With xdist, a test's comes with its last report.

    Attributes:
        calls: all requests.
        throttled: the number of throttled requests.
        simulated_wait: in seconds.

    """

    calls: int = 0
    throttled: int = 0
    simulated_wait: float = 0.0

    def __str__(self) -> str:
        from .._core.text import format_usage

        return format_usage(*self)

    def __add__(self, other: object) -> Usage:
        if not isinstance(other, Usage):
            return NotImplemented
        return Usage(
            self.calls + other.calls, self.throttled + other.throttled, self.simulated_wait + other.simulated_wait
        )


class TestMonitor:
    """Monitors one test, from the start of its set-up to the end of its tear-down.

    Args:
        item: the test.
        guarded: whether to block its calls outside every scope.
        left: the threads that earlier tests leaked; None if no test was guarded yet.

    """

    def __init__(self, item: pytest.Item, guarded: bool, left: LeakedThreads | None) -> None:
        self._item = item
        self._guarded = guarded
        self._left = left
        #: Whether its set-up or its call failed or was skipped.
        self.over = False
        # Several threads may start scopes at the same time.
        self._lock = lock(Rank.MONITOR)
        # Its stubs. For each: how many of its calls and waits belong to earlier tests or are already counted.
        self._stubs: dict[SESStub, tuple[int, int]] = {}
        # The usage and the errors of evicted stubs.
        self._evicted = 0
        self._usage_of_evicted = Usage()
        self._errors_of_evicted: list[str] = []
        self._reported = False
        self._guard: NetworkGuard | None = None
        self._threads: list[threading.Thread] = []
        self._leaked: list[threading.Thread] = []

    def start(self) -> None:
        """Starts monitoring."""
        for stub in _active():
            service = _service(stub)
            service.stall_detector.restart()
            self._add(stub, (len(service.log.entries), len(service.log.waits)))
        scope_started.append(self._add)
        if self._left is None:
            return
        self._left.drop_idle()
        # A stub references threads weakly. Those that the report may name must exist until then.
        self._leaked = list(self._left.tests)
        if self._guarded:
            self._threads = threading.enumerate()
            self._left.start_guard()
        if self._left.is_guarding:
            self._guard = self._left.guard(not self._guarded, lambda: bool(self._stubs))
            self._guard.start()

    def stop(self) -> None:
        """Stops monitoring, and drops the stubs."""
        scope_started.remove(self._add)
        if self._left is not None and self._guard is not None:
            if self._guarded:
                self._left.record(self._item.nodeid, self._threads)
                self._threads.clear()
            self._guard.stop()
            self._left.stop_if_idle()
        self._leaked.clear()
        for stub in self._stubs:
            _service(stub).unsupported_errors = None
        self._stubs.clear()

    def _add(self, stub: SESStub, counted: tuple[int, int] = (0, 0)) -> None:
        service = _service(stub)
        if service.unsupported_errors is None and service.options.unsupported == "fail":
            service.unsupported_errors = []
        with self._lock:
            self._stubs.setdefault(stub, counted)
            if len(self._stubs) > MAX_STUBS:
                self._evict_oldest(stub)

    def _evict_oldest(self, but: SESStub) -> None:
        active = set(_active())
        ended = next((one for one in self._stubs if one not in active and one is not but), None)
        if ended is not None:
            self._evicted += 1
            self._usage_of_evicted += self._usage_of(ended)
            self._errors_of_evicted += self._swallowed_errors([ended])
            del self._stubs[ended]

    # What fails a test.

    def failures(self) -> str:
        """Why a test that otherwise passes fails; empty if it does not."""
        errors = [*self._errors_of_evicted, *self._swallowed_errors(self._stubs)]
        return "\n".join(filter(None, [self._leaks(), *errors]))

    def _leaks(self) -> str:
        if self._guard is None or not self._guard.leaks:
            return ""
        from .guard import leak_message

        return leak_message(self._guard.leaks)

    def _swallowed_errors(self, stubs: Iterable[SESStub]) -> Iterator[str]:
        for stub in stubs:
            for error in _service(stub).unsupported_errors or ():
                # An exception's traceback begins where it was caught.
                place = error.__traceback__
                if place is not None and not self._is_test(place.tb_frame.f_code.co_filename):
                    where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}"
                    yield (
                        f"an error of ses_stub was swallowed at {where}:\n  {error}\n"
                        "  If you expect it, catch it in the test; to let the application catch it, pass"
                        " unsupported='raise'."
                    )

    def _is_test(self, file: str) -> bool:
        parts = PurePath(file).parts
        return file == str(self._item.path) or parts[-1] == "conftest.py" or "_pytest" in parts or "unittest" in parts

    # What its report shows.

    def trim_traceback(self, call: pytest.CallInfo[Any], config: pytest.Config) -> None:
        """Ends the traceback of one of our errors at the user's call, as further frames do not help."""
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

    def on_report(self, report: pytest.TestReport, call: pytest.CallInfo[Any], config: pytest.Config) -> None:
        """Records the outcome of a phase of the test, and adds a section to its report."""
        if call.when == "setup":
            self.over = self._reported = False
        if call.when != "teardown":
            self.over |= call.excinfo is not None
        if report.failed and not self._reported:
            text = self._section(report, call, config)
            if text:
                self._reported = True
                report.sections.append(("ses_stub", text))
        if call.when == "teardown":
            if self._stubs:
                # pytest keeps unknown attributes of a report, also from a worker to the controller.
                report.ses_stub_usage = list(self._usage())  # type: ignore[attr-defined]
            self._forget()

    def _forget(self) -> None:
        """Clears the errors, as another plugin may run the test again."""
        if self._guard is not None:
            self._guard.leaks.clear()
        for stub in self._stubs:
            errors = _service(stub).unsupported_errors
            if errors is not None:
                errors.clear()
        self._errors_of_evicted.clear()

    def _section(self, report: pytest.TestReport, call: pytest.CallInfo[Any], config: pytest.Config) -> str:
        leaks = self._guard.leaks if self._guard is not None else []
        # Without hints that the failure itself shows.
        blocks = [self._leaks()] if any(leak not in report.longreprtext for leak in leaks) else []
        total = self._evicted + len(self._stubs)
        for number, stub in enumerate(list(self._stubs), self._evicted + 1):
            label = [f"stub {number} of {total}, {stub.region}:"] if total > 1 else []
            blocks.append("\n".join([*label, *self._stub_section(stub, number, report, config)]))
        return "\n\n".join([*blocks, *self._error_hints(report, call)])

    def _error_hints(self, report: pytest.TestReport, call: pytest.CallInfo[Any]) -> list[str]:
        """Sentences about the error itself, and about identities of another of the test's stubs."""
        # An error of botocore's or ours, or the identities of several stubs.
        if call.excinfo is None or "botocore" not in sys.modules:
            return []  # pragma: no cover  # The tests here have imported botocore.
        from .error_hints import error_hints

        stubs = dict(enumerate(self._stubs, self._evicted + 1))
        found = error_hints(call.excinfo.value, stubs, _active())
        return [f"ses_stub: {hint}" for hint in found if hint not in report.longreprtext]

    def _stub_section(self, stub: SESStub, number: int, report: pytest.TestReport, config: pytest.Config) -> list[str]:
        """A stub's timeline, usage and hints. Writes its picture if the option requests it."""
        folder = config.getoption("ses_verify_timeline")
        left = self._left.tests if self._left is not None else {}
        stubs = list(self._stubs)
        # What began later, while it was active, as it still is.
        inner = stubs[stubs.index(stub) + 1 :] if stub in _active() else []
        try:
            from .hints import hints

            timeline = _timeline(stub)
            # Without those that the failure itself shows.
            news = (f"ses_stub: {hint}" for hint in hints(stub, left, inner) if hint not in report.longreprtext)
            lines = [str(timeline), str(stub.report()), *news]
            if folder is not None:
                path = config.invocation_params.dir / folder / _picture_name(report.nodeid, number)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(timeline.svg(), encoding="utf-8")
                lines.append(f"timeline: {path}")
        except Exception as error:  # The test's own failure must still be shown.
            lines = [f"the timeline could not be made: {error!r}"]
        return lines

    def _usage(self) -> Usage:
        """The usage of the test's stubs since the last call of this."""
        total, self._usage_of_evicted = self._usage_of_evicted, Usage()
        for stub in list(self._stubs):
            total += self._usage_of(stub)
        return total

    def _usage_of(self, stub: SESStub) -> Usage:
        from .._service.calls import Calls
        from .._time.time import SECOND

        service = _service(stub)
        counted, log, waits = self._stubs[stub], service.calls, service.log.waits
        # The log is shorter after a reset().
        calls = log[counted[0] if counted[0] <= len(log) else 0 :]
        waited = sum(wait.duration_us for wait in waits[counted[1] if counted[1] <= len(waits) else 0 :])
        self._stubs[stub] = (len(log), len(waits))
        return Usage(len(calls), len(Calls(calls).throttled), waited / SECOND)


def _service(stub: SESStub) -> Service:
    from .._api.stub import service_of

    return service_of(stub)


def _active() -> list[SESStub]:
    module = sys.modules.get("ses_stub._intercept.activation")
    return [interceptor.stub() for interceptor in module.active_interceptors()] if module is not None else []


def _timeline(stub: SESStub) -> Timeline:
    from .._reporting.timeline import make_timeline

    # Not `stub.timeline`, which runs due events: time that the test had stopped may run again.
    service = _service(stub)
    with service.lock:
        return make_timeline(service)


def _picture_name(nodeid: str, number: int) -> str:
    return f"{file_name(nodeid)}{f'-{number}' if number > 1 else ''}.svg"


def file_name(nodeid: str) -> str:
    """A file name for a test. One that drops a character ends with a checksum, so that all names differ."""
    plain = nodeid.replace("::", "-").replace("/", "-").replace("[", "-").rstrip("]")
    name = re.sub(r"[^\w.-]+", "_", plain, flags=re.ASCII)[:100]
    return name if name == plain else f"{name}-{zlib.crc32(nodeid.encode()):08x}"
