"""The scheduled events. There is no background thread: `due_events.run_due` runs them."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any, NamedTuple

from .._time.time import BEFORE_ALL
from .identity import VerificationStatus

#: Takes the `Place` of the event.
Action = Callable[[Any], object]


class EventKind(Enum):
    """A deadline, or a confirmation, status or action that the test has scheduled."""

    EXPIRE = "expire"
    CONFIRM = "confirm"
    SET_STATUS = "set status"
    ACTION = "action"


class ScheduledEvent(NamedTuple):
    """One scheduled event. Whether it still applies is checked when it is due.

    Attributes:
        at: the due time, as a timestamp in microseconds.
        sequence: a unique number. Events with the same due time run in the order in which they were added.
        kind: what happens.
        account_id: the account of the identity.
        region: the region of the identity.
        name: the identity.
        status: the status for ``SET_STATUS``.
        registration: the registration that it applies to; None for any.

    """

    at: int
    sequence: int
    kind: EventKind
    account_id: str
    region: str
    name: str
    status: VerificationStatus | None = None
    registration: int | None = None


class Schedule:
    """All scheduled events in order of due time, then of addition.

    Attributes:
        events: the events, as a heap.
        sequence: the number of the last added event.
        actions: the functions of the events of kind ``ACTION``, by the event's number.

    """

    def __init__(self, events: Iterable[ScheduledEvent] = (), sequence: int = 0) -> None:
        self.events = list(events)
        self.sequence = sequence
        heapq.heapify(self.events)
        self.actions: dict[int, Action] = {}
        # The due time of the running action; before all others if none runs.
        self._running_at = BEFORE_ALL

    def add(
        self,
        at: int,
        kind: EventKind,
        account_id: str,
        region: str,
        name: str,
        status: VerificationStatus | None = None,
        registration: int | None = None,
        action: Action | None = None,
    ) -> ScheduledEvent:
        """Adds an event, and returns it."""
        self.sequence += 1
        if action is not None:
            self.actions[self.sequence] = action
        event = ScheduledEvent(at, self.sequence, kind, account_id, region, name, status, registration)
        heapq.heappush(self.events, event)
        return event

    def __len__(self) -> int:
        return len(self.events)

    def pop_due(self, now: int) -> ScheduledEvent | None:
        """Removes and returns the next due event."""
        events = self.events
        is_due = events and events[0].at <= now and events[0].at > self._running_at
        return heapq.heappop(events) if is_due else None

    def next_action(self, after: int) -> int | None:
        """The due time of the first action after a timestamp; None if there is none."""
        if not self.actions:
            return None
        times = (event.at for event in tuple(self.events) if event.kind is EventKind.ACTION and event.at > after)
        return min(times, default=None)

    def run_action(self, event: ScheduledEvent, place: object) -> None:
        """Runs an action. Other events with its due time wait for its end, even if the action uses the stub."""
        action = self.actions.pop(event.sequence)
        outer, self._running_at = self._running_at, event.at
        try:
            action(place)
        finally:
            self._running_at = outer
