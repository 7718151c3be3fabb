"""Loops of the code under test that cannot end: they are stopped by an error that gives the likely reason.

There are two of them. The loop's pauses move the stub's time, but not the clock that its deadline uses. Or its pauses
really wait, while the stub's time stands still.
"""

from __future__ import annotations

from .._core.errors import SESStubError
from .time import SECOND, idle_seconds

#: How often code may sleep while nothing happens: more often than any test's loop does, and over in seconds. Less often
#: where the application's own clocks do not move, so that a deadline, if there is one, cannot come.
MAX_IDLE_SLEEPS = 100_000
MAX_IDLE_SLEEPS_UNFROZEN = 20_000
#: How long it may sleep while nothing happens, in microseconds: a hundred years, as Python's dates end some time later.
MAX_SLEPT_US = 100 * 365 * 86_400 * SECOND
#: How long code may really wait between equal calls while the stub's time stands still, in seconds.
STALL_TIMEOUT_S = 5.0
#: What to know about sleeps that moved none of the application's clocks.
UNFROZEN_HINT = (
    "time.monotonic(), time.time() and datetime.now() do not move with clock.sleep() here: a deadline by them needs the"
    " option freeze='2026-01-01'."
)
# How an application may hold a clock that freezegun does not replace.
_FROZEN_HINT = (
    "If it has a deadline, then by a clock that was not replaced, as that in `def wait(…, now=time.monotonic)`: pass"
    " now=time.monotonic."
)


class StallDetector:
    """Counts what the code under test does without any effect.

    Attributes:
        slept_unfrozen: microseconds of ``clock.sleep`` in which the application's own clocks did not move.
        waited: microseconds by which botocore's waits have moved the time.

    """

    def __init__(self) -> None:
        self.slept_unfrozen = 0
        self.waited = 0
        # Sleeps since the last change of a status.
        self._sleeps = self._slept = self._changes = 0
        # The latest call, how often it came in a row, and the idle time of the process when it came first.
        self._call: object = None
        self._calls = 0
        self._idle_since = 0.0

    def on_sleep(self, micros: int, changes: int, nothing_scheduled: bool, is_unfrozen: bool) -> None:
        """Counts a ``clock.sleep`` of the code under test.

        Args:
            micros: its length in microseconds.
            changes: how many statuses have changed so far.
            nothing_scheduled: whether no change is scheduled.
            is_unfrozen: whether the application's own clocks do not move with the stub's.

        Raises:
            SESStubError: there were too many.

        """
        self.slept_unfrozen += micros * is_unfrozen
        if changes != self._changes:
            self._sleeps = self._slept = 0
        else:
            self._sleeps += 1
        self._slept += micros
        self._changes = changes
        most = MAX_IDLE_SLEEPS_UNFROZEN if is_unfrozen else MAX_IDLE_SLEEPS
        if nothing_scheduled and (self._sleeps >= most or self._slept >= MAX_SLEPT_US):
            raise SESStubError(
                f"clock.sleep() was called {self._sleeps:,} times since anything happened, and nothing is left that"
                f" could: the loop that calls it has no end. {UNFROZEN_HINT if is_unfrozen else _FROZEN_HINT}"
            )

    def on_call(self, operation: str, request: object, timestamp: int) -> None:
        """Counts a call in the test's own thread: another thread may well poll while the test does other things.

        Args:
            operation: its name.
            request: its parameters, in any form that can be compared.
            timestamp: the stub's time.

        Raises:
            SESStubError: the same call came again and again, and the code really waited in between.

        """
        call = (operation, request, timestamp - self.waited)
        if call != self._call:
            self._call, self._calls, self._idle_since = call, 1, idle_seconds()
            return
        self._calls += 1
        # There may be a reason for two; a third is a loop.
        if self._calls >= 3 and (idle := idle_seconds() - self._idle_since) >= STALL_TIMEOUT_S:
            raise SESStubError(
                f"{operation} was called {self._calls} times, and {idle:.0f} s of real time went by, but the stub's"
                " time did not go with it: the code under test sleeps for real. Let it sleep by the stub's clock: pass"
                " sleep=ses.clock.sleep if it takes a sleep function, or patch the name that it uses:"
                " monkeypatch.setattr(time, 'sleep', ses.clock.sleep), or after `from time import sleep`"
                " monkeypatch.setattr('myapp.polling.sleep', ses.clock.sleep). Where real waits are meant, as in a"
                " debugger, the option sleep='real' allows them."
            )
