"""What will happen by itself, and when; and what has happened. There is no background thread."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, NamedTuple

from .identity import VerificationStatus

if TYPE_CHECKING:
    from .backend import Backend

#: Takes the `State`, the `Backend` of an account and region, and the timestamp in microseconds at which it is due.
Action = Callable[[Any, Any, int], object]

#: Why a scripted identity changes: an answer has shown it.
NEXT_OF_SCRIPT = "the next of its script"
#: Why nothing changes where the owner of an identity was to act.
OWNER_UNKNOWN = "its owner acts, and it is not there"


class StatusChange(NamedTuple):
    """A status that changed, or was to; ``before`` is None for a new identity, ``after`` None for a deleted one."""

    at: int
    region: str
    account_id: str
    name: str
    before: VerificationStatus | None
    after: VerificationStatus | None
    reason: str


class EventKind(Enum):
    """What falls due: a deadline, a deed of the owner, a status that the test has set in advance."""

    EXPIRE = auto()
    OWNER_CONFIRMS = auto()
    SET_STATUS = auto()
    ACTION = auto()


class ScheduledEvent(NamedTuple):
    """One thing that falls due; whether it still holds is seen then."""

    at: int
    sequence: int
    kind: EventKind
    backend: Backend
    name: str
    status: VerificationStatus | None
    place: int | None
    action: Action | None = None


class Schedule:
    """All that falls due, the next first; at one moment in the order in which it was noted."""

    def __init__(self) -> None:
        self._events: list[ScheduledEvent] = []
        self._sequence = 0
        self._has_actions = False
        # When the action is due that is running; -1 if none is.
        self._running_at = -1

    def add(
        self,
        at: int,
        kind: EventKind,
        backend: Backend,
        name: str,
        status: VerificationStatus | None = None,
        place: int | None = None,
        action: Action | None = None,
    ) -> None:
        """Notes what will fall due."""
        self._sequence += 1
        self._has_actions = self._has_actions or action is not None
        heapq.heappush(self._events, ScheduledEvent(at, self._sequence, kind, backend, name, status, place, action))

    def next_action(self, after: int) -> int | None:
        """When the first action later than a timestamp is due; None if there is none."""
        if not self._has_actions:
            return None
        actions = (event.at for event in tuple(self._events) if event.action is not None and event.at > after)
        return min(actions, default=None)

    def __len__(self) -> int:
        return len(self._events)

    def pop_due(self, now: int) -> ScheduledEvent | None:
        """Takes out the next thing that fell due up to now."""
        waiting = self._events
        is_due = waiting and waiting[0].at <= now and waiting[0].at > self._running_at
        return heapq.heappop(waiting) if is_due else None

    def run_action(self, event: ScheduledEvent, state: object) -> None:
        """Runs an action; what else is due at its time waits for its end, also if it uses the stub itself."""
        assert event.action is not None
        outer, self._running_at = self._running_at, event.at
        try:
            event.action(state, event.backend, event.at)
        finally:
            self._running_at = outer
