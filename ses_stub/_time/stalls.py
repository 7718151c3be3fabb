"""Loops of the code under test that have no end: noticed, and told with the reason that they may have.

Either the loop's pauses move the stub's time, but not the clock by which the loop has its deadline; or its pauses
really wait, while the stub's time stands still.
"""

from __future__ import annotations

from .._core.errors import SESStubError
from .time import SECOND, idle_seconds

#: How often, and in microseconds how long, code may sleep while nothing happens: more than any test's loop does, and
#: over in seconds, and before the time has no dates any more. Less often where its deadline, if it has one, can't come.
IDLE = 100_000
IDLE_UNSEEN = 20_000
AGE = 100 * 365 * 86_400 * SECOND
#: So many seconds code may really wait, between calls that are the same, while the stub's time stands still.
PATIENCE = 5.0
#: What is to be known of time that was slept unseen.
UNSEEN = (
    "time.monotonic(), time.time() and datetime.now() do not move with clock.sleep() here: a deadline by them needs the"
    " option freeze='2026-01-01'."
)
#: What may hold a clock of the application in spite of freezegun.
_UNREACHED = (
    "If it has a deadline, then by a clock that was not replaced, as that in `def wait(…, now=time.monotonic)`: pass"
    " now=time.monotonic."
)


class StallDetector:
    """Counts what a stub's code under test does in vain."""

    def __init__(self) -> None:
        #: Microseconds slept by ``clock.sleep`` while the application's own clocks stayed behind.
        self.unseen = 0
        #: Microseconds by which botocore's waits have moved the time.
        self.retried = 0
        self._pauses = self._slept = self._changes = 0
        self._call: object = None
        self._calls = 0
        self._idle = 0.0

    def slept(self, micros: int, changes: int, is_over: bool, is_unseen: bool) -> None:
        """Code sleeps by ``clock.sleep``.

        Args:
            micros: how long.
            changes: how much has happened so far.
            is_over: whether nothing is left that could.
            is_unseen: whether the application's own clocks stay behind.

        Raises:
            SESStubError: it has done so too often.

        """
        self.unseen += micros * is_unseen
        if changes != self._changes:
            self._pauses = self._slept = 0
        else:
            self._pauses += 1
        self._slept += micros
        self._changes = changes
        if is_over and (self._pauses >= (IDLE_UNSEEN if is_unseen else IDLE) or self._slept >= AGE):
            raise SESStubError(
                f"clock.sleep() was called {self._pauses:,} times since anything happened, and nothing is left that"
                f" could: the loop that calls it has no end. {UNSEEN if is_unseen else _UNREACHED}"
            )

    def called(self, operation: str, asked: object, timestamp: int) -> None:
        """Code calls an operation, in the test's own thread: another may rightly poll while the test does other things.

        Args:
            operation: its name.
            asked: its parameters, in any form that can be compared.
            timestamp: the stub's time.

        Raises:
            SESStubError: it has made the same call again and again, and has really waited meanwhile.

        """
        call = (operation, asked, timestamp - self.retried)
        if call != self._call:
            self._call, self._calls, self._idle = call, 1, idle_seconds()
            return
        self._calls += 1
        # Two may have a reason; a third is a loop.
        if self._calls >= 3 and (waited := idle_seconds() - self._idle) >= PATIENCE:
            raise SESStubError(
                f"{operation} was called {self._calls} times, and {waited:.0f} s of real time went by, but the stub's"
                " time did not go with it: the code under test sleeps for real. Let it sleep by the stub's clock: pass"
                " sleep=ses.clock.sleep if it takes a sleep function, or patch the name that it uses:"
                " monkeypatch.setattr(time, 'sleep', ses.clock.sleep), or after `from time import sleep`"
                " monkeypatch.setattr('myapp.polling.sleep', ses.clock.sleep). Where real waits are meant, as in a"
                " debugger, the option sleep='real' allows them."
            )
