"""Loops of the code under test that cannot end: they are stopped by an error that gives the likely reason.

There are two of them. The loop's pauses move the stub's time, but not the clock that its deadline uses. Or its pauses
really wait, while the stub's time stands still. Only sleeps count, never real time that passes for another reason.
"""

from __future__ import annotations

from .._core.errors import SESStubError
from .time import SECOND

#: How often code may sleep while nothing happens: more often than any test's loop does, and over in seconds. Less often
#: where the application's own clocks do not move, so that a deadline, if there is one, cannot come.
MAX_IDLE_SLEEPS = 100_000
MAX_IDLE_SLEEPS_UNFROZEN = 20_000
#: How long it may sleep while nothing happens, in microseconds: a hundred years, as Python's dates end some time later.
MAX_SLEPT_US = 100 * 365 * 86_400 * SECOND
#: A real sleep of so many seconds is refused while the stub's time stands still, and so are shorter ones between equal
#: calls once they come to so many.
LONG_SLEEP_S = 10.0
LONG_SLEEPS_S = 5.0
#: One of so many seconds is refused also before any call: no test waits for an hour.
ENDLESS_SLEEP_S = 3600.0
#: So many different calls are remembered; code that makes more is at work.
_MAX_CALLS = 100_000
#: What to know about sleeps that moved none of the application's clocks.
UNFROZEN_HINT = (
    "time.monotonic(), time.time() and datetime.now() do not move with the stub's clock here: what uses them needs the"
    " option freeze=True."
)
# How an application may hold a clock that freezegun does not replace.
_FROZEN_HINT = (
    "If it has a deadline, then by a clock that was not replaced, as that in `def wait(…, now=time.monotonic)`: pass"
    " now=time.monotonic."
)


class StallDetector:
    """Counts what the code under test does without any effect.

    Progress is anything new: a call that was not made since the last change, a change of a status, a scheduled event.

    Attributes:
        slept_unfrozen: microseconds of ``clock.sleep`` in which the application's own clocks did not move.
        advanced_unfrozen: the same of ``clock.advance``.
        waited: microseconds by which botocore's waits have moved the time.

    """

    def __init__(self) -> None:
        self.slept_unfrozen = 0
        self.advanced_unfrozen = 0
        self.waited = 0
        # Sleeps since the last progress, and the calls since the last change.
        self._sleeps = self._slept = self._changes = 0
        self._calls: set[int] = set()
        # The latest call of the test's own thread, how often it came in a row, and the real sleeps since the first.
        self._latest: tuple[str, object, int] | None = None
        self._repeats = 0
        self._really_slept = 0.0

    def restart(self) -> None:
        """Begins to count anew: another test uses the stub."""
        self._sleeps = self._slept = 0
        self._latest = None
        self._calls.clear()

    def on_sleep(self, micros: int, by: str, changes: int, nothing_scheduled: bool, is_unfrozen: bool) -> None:
        """Counts a sleep of the code under test in virtual time.

        Args:
            micros: its length in microseconds.
            by: the function that it has called.
            changes: how many statuses have changed so far.
            nothing_scheduled: whether no change is scheduled.
            is_unfrozen: whether the application's own clocks do not move with the stub's.

        Raises:
            SESStubError: there were too many since the last progress, and nothing is scheduled.

        """
        self.slept_unfrozen += micros * is_unfrozen
        if changes != self._changes:
            self._sleeps = self._slept = 0
            self._calls.clear()
        else:
            self._sleeps += 1
        self._slept += micros
        self._changes = changes
        most = MAX_IDLE_SLEEPS_UNFROZEN if is_unfrozen else MAX_IDLE_SLEEPS
        if nothing_scheduled and (self._sleeps >= most or self._slept >= MAX_SLEPT_US):
            raise SESStubError(
                f"{by}() was called {self._sleeps:,} times since anything happened, and nothing is left that"
                f" could: the loop that calls it has no end. {UNFROZEN_HINT if is_unfrozen else _FROZEN_HINT}"
            )

    def on_call(self, operation: str, request: object, timestamp: int) -> None:
        """Notes a call in the test's own thread: another thread may well poll while the test does other things.

        Args:
            operation: its name.
            request: its parameters, in any form that can be compared.
            timestamp: the stub's time.

        """
        latest = (operation, request, timestamp - self.waited)
        if latest == self._latest:
            self._repeats += 1
            return
        if self._latest is None or latest[:2] != self._latest[:2]:
            self._note_call(hash((operation, repr(request))))
        self._latest, self._repeats, self._really_slept = latest, 0, 0.0

    def _note_call(self, call: int) -> None:
        if call in self._calls:
            return
        self._sleeps = self._slept = 0
        if len(self._calls) >= _MAX_CALLS:
            self._calls.clear()
        self._calls.add(call)

    def before_real_sleep(self, seconds: float) -> None:
        """Notes that the test's own thread is about to really sleep, while the stub's time stands still.

        Args:
            seconds: how long.

        Raises:
            SESStubError: it does so between equal calls, whose answer can't change meanwhile; or it would not end.

        """
        if seconds >= ENDLESS_SLEEP_S:
            raise SESStubError(
                f"the code under test is about to really sleep {seconds:g} s. Use freeze=True: its sleeps then pass in"
                " virtual time. If other tests use it, the length may come from one of their clocks: an object that"
                " keeps a time, such as a pacer, must be new in each test."
            )
        if self._latest is None or not self._latest[0].startswith(("Get", "List")):
            return
        total = self._really_slept + seconds
        if seconds >= LONG_SLEEP_S or (self._repeats and total >= LONG_SLEEPS_S):
            raise SESStubError(
                f"the code under test really sleeps {seconds:g} s after {self._latest[0]}, but the stub's time stands"
                " still, so the answer stays the same. Use freeze=True: its sleeps then pass in virtual time, without"
                " waiting. If it waits for something real, use sleep='real', or `with ses.clock.real_time():` around"
                " that part."
            )
        self._really_slept = total
