"""What a stub has recorded: the calls that it received, and the waits that it simulated."""

from __future__ import annotations

from typing import NamedTuple

from .calls import Call


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
    """The calls and waits of a stub, in order. A server drops the oldest calls."""

    def __init__(self) -> None:
        self.entries: list[LogEntry] = []
        self.waits: list[VirtualWait] = []
        #: The test's own moves of the clock.
        self.advances: list[VirtualWait] = []
        #: How many calls, and how many changes of the history, came before the remaining ones.
        self.dropped = 0
        self.dropped_changes = 0

    @property
    def calls(self) -> list[Call]:
        """The remaining calls, as a new list."""
        return [entry.call for entry in self.entries]

    def changes_before(self, entry: LogEntry) -> int:
        """How many of the remaining changes came before the answer to a call."""
        # If time went back, more changes were dropped than came before the call.
        return max(0, entry.history_length - self.dropped_changes)

    def drop_oldest(self, count: int) -> None:
        """Drops the oldest calls."""
        del self.entries[:count]
        self.dropped += count
