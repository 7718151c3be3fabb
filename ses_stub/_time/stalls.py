"""Stops infinite loops of the code under test with an error that gives the likely reason.

There are two kinds. The loop's sleeps move the stub's time, but not the clock of its deadline. Or its sleeps really
wait, while the stub's time stands still. Only sleeps count, not real time that passes for another reason.
"""

from __future__ import annotations

from .._core.errors import SESStubError
from .time import SECOND

#: The most sleeps without progress: more than any test's loop needs, and over in seconds. Fewer if the application's
#: clocks do not move, so that its deadline can't come.
MAX_IDLE_SLEEPS = 100_000
MAX_IDLE_SLEEPS_UNFROZEN = 20_000
#: The longest sleep without progress, in microseconds: a hundred years, as Python's dates end some time later.
MAX_SLEPT_US = 100 * 365 * 86_400 * SECOND
#: A real sleep of this many seconds is refused while the stub's time stands still, and so are shorter ones between
#: equal calls when their sum reaches the second number.
LONG_SLEEP_S = 10.0
LONG_SLEEPS_S = 5.0
#: One of so many seconds is refused also before any call: no test waits for an hour.
ENDLESS_SLEEP_S = 3600.0
#: So many different calls are remembered; code that makes more is at work.
_MAX_CALLS = 100_000
#: The explanation if sleeps did not move the application's clocks.
UNFROZEN_HINT = (
    "time.monotonic(), time.time() and datetime.now() do not move with the stub's clock here: for code that uses them,"
    " set freeze=True."
)
# The explanation if they did.
_FROZEN_HINT = (
    "Give it a deadline. If it has one, its clock was not replaced, as in `def wait(…, now=time.monotonic)`: pass"
    " now=time.monotonic."
)


class StallDetector:
    """Counts sleeps of the code under test without progress.

    Progress is anything new: a call that was not made since the last change, a change of a status, a scheduled event.

    Attributes:
        slept_unfrozen: microseconds of ``clock.sleep`` while the application's own clocks did not move.
        advanced_unfrozen: microseconds of ``clock.advance`` while they did not.
        waited: microseconds by which botocore's waits moved time.

    """

    def __init__(self) -> None:
        self.slept_unfrozen = 0
        self.advanced_unfrozen = 0
        self.waited = 0
        self._changes = 0
        self.restart()

    def restart(self) -> None:
        """Starts again for the next test with the same stub."""
        # Sleeps since the last progress, and the calls since the last change.
        self._sleeps = self._slept = 0
        self._calls: set[int] = set()
        # The calls of the test's thread, and those of the other threads; and which of them are the latest.
        self._own, self._others = _Polls(), _Polls()
        self._latest = self._own

    def on_sleep(self, micros: int, by: str, changes: int, nothing_scheduled: bool, is_unfrozen: bool) -> None:
        """Counts a virtual sleep of the code under test.

        Args:
            micros: its length in microseconds.
            by: the function that the code called.
            changes: the number of status changes so far.
            nothing_scheduled: whether no change is scheduled.
            is_unfrozen: whether the application's own clocks do not move with the stub's.

        Raises:
            SESStubError: there were too many without progress, and nothing is scheduled.

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
                f"{by}() was called {self._sleeps:,} times without any change, and no change is scheduled: the loop"
                f" that calls it never ends. {UNFROZEN_HINT if is_unfrozen else _FROZEN_HINT}"
            )

    def on_call(self, operation: str, request: object, timestamp: int) -> None:
        """Counts a call in the test's own thread.

        Args:
            operation: its name.
            request: its parameters, in a form that can be compared.
            timestamp: the stub's time.

        """
        self._latest = self._own
        if self._own.note(operation, request, timestamp - self.waited):
            self._note_call(hash((operation, repr(request))))

    def on_call_of_another_thread(self, operation: str, request: object, timestamp: int) -> None:
        """As `on_call`. Another thread may poll while the test does other things, unless an event loop waits for it."""
        self._latest = self._others
        self._others.note(operation, request, timestamp - self.waited)

    def _note_call(self, call: int) -> None:
        if call in self._calls:
            return
        self._sleeps = self._slept = 0
        if len(self._calls) >= _MAX_CALLS:
            self._calls.clear()
        self._calls.add(call)

    def before_real_sleep(self, seconds: float, in_loop: bool = False) -> None:
        """Counts a real sleep of the test's own thread while the stub's time stands still.

        Args:
            seconds: its length.
            in_loop: whether an event loop sleeps, which may have had its calls made by other threads.

        Raises:
            SESStubError: it does so between equal calls, whose answer can't change meanwhile; or it would not end.

        """
        if seconds >= ENDLESS_SLEEP_S:
            raise SESStubError(
                f"the code under test is about to really sleep {seconds:g} s. Use freeze=True: its sleeps then pass in"
                " virtual time. If other tests use it, the length may come from one of their clocks: an object that"
                " keeps a time, such as a pacer, must be new in each test."
            )
        polls = self._latest if in_loop else self._own
        if not polls.operation.startswith(("Get", "List")):
            return
        total = polls.slept + seconds
        if seconds >= LONG_SLEEP_S or (polls.repeats and total >= LONG_SLEEPS_S):
            raise SESStubError(
                f"the code under test really sleeps {seconds:g} s after {polls.operation}, but the stub's time stands"
                " still, so the answer stays the same. Use freeze=True: its sleeps then pass in virtual time, without"
                " waiting. If it waits for something real, use sleep='real', or `with ses.clock.real_time():` around"
                " that part."
            )
        polls.slept = total


class _Polls:
    """A call and its repetitions in a row.

    Attributes:
        operation: its name; empty before the first call.
        repeats: how often it was repeated while the stub's time stood still.
        slept: the real sleeps since, in seconds.

    """

    __slots__ = ("_latest", "operation", "repeats", "slept")

    def __init__(self) -> None:
        self._latest: tuple[object, int] | None = None
        self.operation = ""
        self.repeats = 0
        self.slept = 0.0

    def note(self, operation: str, request: object, timestamp: int) -> bool:
        """Notes a call; returns whether it differs from the latest."""
        latest = (request, timestamp)
        if operation == self.operation and latest == self._latest:
            self.repeats += 1
            return False
        differs = operation != self.operation or self._latest is None or request != self._latest[0]
        self.operation, self._latest, self.repeats, self.slept = operation, latest, 0, 0.0
        return differs
