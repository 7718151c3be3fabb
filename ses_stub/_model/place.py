"""Where and when a rule of SES applies."""

from __future__ import annotations

from typing import NamedTuple

from .backend import Backend
from .identity import VerificationStatus
from .schedule import Action, EventKind
from .state import State


class Place(NamedTuple):
    """An account and region at one time.

    Attributes:
        state: the state of SES, in all accounts and regions.
        backend: the identities of the account and region.
        now: the timestamp in microseconds.

    """

    state: State
    backend: Backend
    now: int

    def schedule(
        self,
        at: int,
        kind: EventKind,
        name: str,
        status: VerificationStatus | None = None,
        registration: int | None = None,
        action: Action | None = None,
    ) -> None:
        """Schedules an event of an identity here (see `ScheduledEvent`)."""
        schedule, backend = self.state.schedule, self.backend
        schedule.add(at, kind, backend.account_id, backend.region, name, status, registration, action)
