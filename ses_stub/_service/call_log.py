"""The log of a stub: the calls that it received, and the waits that it simulated."""

from __future__ import annotations

from typing import NamedTuple

from .calls import THROTTLED, Call

#: The maximum number of calls, and of waits: more than any test reads, and below 100 MB.
MAX_CALLS = 100_000


class VirtualWait(NamedTuple):
    """A wait that is real in production, or a move of the clock by the test.

    Attributes:
        at: when it began, as a timestamp.
        duration_us: its length in microseconds.
        reason: a retry or waiter of botocore, a function such as ``time.sleep``, or ``clock.advance``.

    """

    at: int
    duration_us: int
    reason: str


class LogEntry(NamedTuple):
    """A call with data for reports.

    Attributes:
        call: the call, as users see it.
        history_length: the number of status changes before its response, also of dropped ones.
        retry_after_us: for a throttled call, the microseconds until it would have succeeded; else 0.

    """

    call: Call
    history_length: int
    retry_after_us: int = 0


class CallLog:
    """The calls and waits of a stub, in order.

    If there are too many, the oldest are dropped, but their totals are kept. A server drops them earlier.
    """

    def __init__(self) -> None:
        self.entries: list[LogEntry] = []
        self.waits: list[VirtualWait] = []
        #: Moves of the clock by the test.
        self.advances: list[VirtualWait] = []
        #: The number of dropped calls, and of dropped changes of the history.
        self.dropped = 0
        self.dropped_changes = 0
        #: The number of dropped calls that were throttled, and the most calls in a second with their operation.
        self.dropped_throttled = 0
        self.dropped_peak: tuple[int, str | None] = (0, None)

    @property
    def calls(self) -> list[Call]:
        """The remaining calls, as a new list."""
        return [entry.call for entry in self.entries]

    def changes_before(self, entry: LogEntry) -> int:
        """The number of kept changes before the response to a call."""
        # If time went back, more changes may have been dropped than there were before the call.
        return max(0, entry.history_length - self.dropped_changes)

    def add(self, entry: LogEntry) -> None:
        """Adds a call. If there are too many, drops the older half, as each drop moves all others."""
        self.entries.append(entry)
        if len(self.entries) > MAX_CALLS:
            self.drop_oldest(MAX_CALLS // 2)

    def add_wait(self, wait: VirtualWait) -> None:
        """Adds a wait. If there are too many, drops the older half."""
        self.waits.append(wait)
        if len(self.waits) > MAX_CALLS:
            del self.waits[: MAX_CALLS // 2]

    def clear(self) -> None:
        """Drops all calls and waits, and their totals."""
        self.entries.clear()
        self.waits.clear()
        self.advances.clear()
        self.dropped, self.dropped_throttled, self.dropped_peak = 0, 0, (0, None)

    def drop_oldest(self, count: int, peak: tuple[int, str | None] | None = None) -> None:
        """Drops the oldest calls.

        Args:
            count: the number to drop.
            peak: the most calls in a second so far, with their operation; None to keep it.

        """
        self.dropped_throttled += sum(entry.call.error_code in THROTTLED for entry in self.entries[:count])
        if peak is not None:
            self.dropped_peak = peak
        del self.entries[:count]
        self.dropped += count
