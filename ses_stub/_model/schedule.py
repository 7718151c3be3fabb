"""What happens by itself, and when. There is no background thread: `due_events.run_due` takes out what is due."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from .identity import VerificationStatus


class EventKind(Enum):
    """What falls due: a deadline, a confirmation by the owner, a status that the test has scheduled."""

    EXPIRE = "expire"
    OWNER_CONFIRMS = "owner confirms"
    SET_STATUS = "set status"


class ScheduledEvent(NamedTuple):
    """One event that falls due; whether it still applies is checked then.

    Attributes:
        at: when, as a timestamp in microseconds.
        sequence: a number of its own; events of one time fall due in the order in which they were added.
        kind: what happens.
        account_id: the account of the identity.
        region: the region of the identity.
        name: the identity.
        status: the status to set, for ``SET_STATUS``.
        registration: the registration that it is meant for; None is whichever there is by then.

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
    """All events to come, the next first; those of one time in the order in which they were added.

    Attributes:
        events: the events, as a heap.
        sequence: the number of the last event that was added.

    """

    def __init__(self, events: Iterable[ScheduledEvent] = (), sequence: int = 0) -> None:
        self.events = list(events)
        self.sequence = sequence
        heapq.heapify(self.events)

    def add(
        self,
        at: int,
        kind: EventKind,
        account_id: str,
        region: str,
        name: str,
        status: VerificationStatus | None = None,
        registration: int | None = None,
    ) -> None:
        """Adds an event."""
        self.sequence += 1
        event = ScheduledEvent(at, self.sequence, kind, account_id, region, name, status, registration)
        heapq.heappush(self.events, event)

    def __len__(self) -> int:
        return len(self.events)

    def pop_due(self, now: int) -> ScheduledEvent | None:
        """Takes out the next event that is due by now."""
        events = self.events
        return heapq.heappop(events) if events and events[0].at <= now else None
