"""The events to come, and when they are due. There is no background thread: `due_events.run_due` takes them out."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any, NamedTuple

from .._time.time import BEFORE_ALL
from .identity import VerificationStatus

#: Takes the `State`, the `Backend` of an account and region, and the timestamp in microseconds at which it is due.
Action = Callable[[Any, Any, int], object]


class EventKind(Enum):
    """What falls due: a deadline, a confirmation, a status or an action that the test has scheduled."""

    EXPIRE = "expire"
    CONFIRM = "confirm"
    SET_STATUS = "set status"
    ACTION = "action"


class ScheduledEvent(NamedTuple):
    """One event that falls due; whether it still applies is checked then.

    Attributes:
        at: when, as a timestamp in microseconds.
        sequence: a unique number; events of the same time are due in the order in which they were added.
        kind: what happens.
        account_id: the account of the identity.
        region: the region of the identity.
        name: the identity.
        status: the status to set, for ``SET_STATUS``.
        registration: the registration that it is meant for; None is any.

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
    """All events to come, the next one first; those of the same time in the order in which they were added.

    Attributes:
        events: the events, as a heap.
        sequence: the number of the last event that was added.
        actions: what events of the kind ``ACTION`` run, by the number of the event.

    """

    def __init__(self, events: Iterable[ScheduledEvent] = (), sequence: int = 0) -> None:
        self.events = list(events)
        self.sequence = sequence
        heapq.heapify(self.events)
        self.actions: dict[int, Action] = {}
        # The due time of the action that is running; one before all others if none is.
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
    ) -> None:
        """Adds an event."""
        self.sequence += 1
        if action is not None:
            self.actions[self.sequence] = action
        event = ScheduledEvent(at, self.sequence, kind, account_id, region, name, status, registration)
        heapq.heappush(self.events, event)

    def __len__(self) -> int:
        return len(self.events)

    def pop_due(self, now: int) -> ScheduledEvent | None:
        """Takes out the next event that is due by now."""
        events = self.events
        is_due = events and events[0].at <= now and events[0].at > self._running_at
        return heapq.heappop(events) if is_due else None

    def next_action(self, after: int) -> int | None:
        """When the first action later than a timestamp is due; None if there is none."""
        if not self.actions:
            return None
        times = (event.at for event in tuple(self.events) if event.kind is EventKind.ACTION and event.at > after)
        return min(times, default=None)

    def run_action(self, event: ScheduledEvent, state: object, backend: object) -> None:
        """Runs an action. Other events of its time wait for its end, even if the action itself uses the stub."""
        action = self.actions.pop(event.sequence)
        outer, self._running_at = self._running_at, event.at
        try:
            action(state, backend, event.at)
        finally:
            self._running_at = outer
