"""What a stub has recorded: the calls that it received, and the waits that it simulated."""

from __future__ import annotations

from typing import NamedTuple

from .calls import THROTTLED, Call

#: The most calls, and the most waits, that are kept: more than any test looks at, and below 100 MB.
MAX_CALLS = 100_000


class VirtualWait(NamedTuple):
    """A simulated wait: production really waits. Or a move of the clock, for which nobody does.

    Attributes:
        at: when it began, as a timestamp.
        duration_us: how long it lasted, in microseconds.
        reason: who waited: a retry or waiter of botocore, or a function such as ``time.sleep``; or ``clock.advance``.

    """

    at: int
    duration_us: int
    reason: str


class LogEntry(NamedTuple):
    """A call with what only the reports need.

    Attributes:
        call: the call as the user sees it.
        history_length: how many changes of status came before its answer, dropped ones included.
        retry_after_us: for a throttled call the microseconds until it would have passed, else 0.

    """

    call: Call
    history_length: int
    retry_after_us: int = 0


class CallLog:
    """The calls and waits of a stub, in order.

    Of very many the oldest are dropped, and their figures kept; a server drops them earlier.
    """

    def __init__(self) -> None:
        self.entries: list[LogEntry] = []
        self.waits: list[VirtualWait] = []
        #: The test's own moves of the clock.
        self.advances: list[VirtualWait] = []
        #: How many calls, and how many changes of the history, came before the remaining ones.
        self.dropped = 0
        self.dropped_changes = 0
        #: How many of the dropped calls were throttled, and the most in a second with their operation.
        self.dropped_throttled = 0
        self.dropped_peak: tuple[int, str | None] = (0, None)

    @property
    def calls(self) -> list[Call]:
        """The remaining calls, as a new list."""
        return [entry.call for entry in self.entries]

    def changes_before(self, entry: LogEntry) -> int:
        """How many of the remaining changes came before the answer to a call."""
        # If time went back, more changes were dropped than came before the call.
        return max(0, entry.history_length - self.dropped_changes)

    def add(self, entry: LogEntry) -> None:
        """Adds a call; if there are too many, drops the older half, as each drop moves all that stay."""
        self.entries.append(entry)
        if len(self.entries) > MAX_CALLS:
            self.drop_oldest(MAX_CALLS // 2)

    def add_wait(self, wait: VirtualWait) -> None:
        """Adds a wait, likewise."""
        self.waits.append(wait)
        if len(self.waits) > MAX_CALLS:
            del self.waits[: MAX_CALLS // 2]

    def clear(self) -> None:
        """Drops all calls and waits, and their figures."""
        self.entries.clear()
        self.waits.clear()
        self.advances.clear()
        self.dropped, self.dropped_throttled, self.dropped_peak = 0, 0, (0, None)

    def drop_oldest(self, count: int, peak: tuple[int, str | None] | None = None) -> None:
        """Drops the oldest calls.

        Args:
            count: how many.
            peak: the most calls in a second so far, and their operation; None leaves it as it was.

        """
        self.dropped_throttled += sum(entry.call.error_code in THROTTLED for entry in self.entries[:count])
        if peak is not None:
            self.dropped_peak = peak
        del self.entries[:count]
        self.dropped += count
