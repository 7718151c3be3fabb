"""The state of SES: the backends of all accounts and regions, and what they share.

Plain data without a lock. It can be deep-copied. `due_events` runs what happens by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from .._time.time import to_microseconds
from .backend import Backend
from .history import StatusChange
from .identity import canonical
from .mailbox import Mailbox
from .options import Options
from .schedule import Schedule
from .sent_email import SentEmail
from .zone import Zone


@dataclass(eq=False)
class State:
    """The state of SES.

    Attributes:
        confirmation_delay: microseconds until identities are confirmed (the option ``auto_verify``); 0 is immediately,
            None is never.
        zone: the DNS.
        mailbox: the emails about verification.
        sent_emails: the messages that SES accepted.
        history: the changes of status.
        schedule: the scheduled events.
        backends: the identities by account and region.
        checking: whether a resolver is running. If it uses the stub itself, that starts no other check.

    """

    confirmation_delay: int | None = None
    zone: Zone = field(default_factory=Zone)
    mailbox: Mailbox = field(default_factory=Mailbox)
    sent_emails: list[SentEmail] = field(default_factory=list)
    history: list[StatusChange] = field(default_factory=list)
    schedule: Schedule = field(default_factory=Schedule)
    backends: dict[tuple[str, str], Backend] = field(default_factory=dict)
    checking: bool = False

    def backend(self, account_id: str, region: str) -> Backend:
        """The backend of one account and region, made at the first call."""
        key = (account_id, region)
        found = self.backends.get(key)
        if found is None:
            found = self.backends[key] = Backend(account_id, region)
        return found

    def backends_with(self, name: str) -> list[Backend]:
        """The backends with an identity of that name."""
        return [backend for backend in self.backends.values() if canonical(name) in backend.identities]

    def has_identity(self, account_id: str, region: str, name: str) -> bool:
        """Whether an identity exists."""
        backend = self.backends.get((account_id, region))
        return backend is not None and name in backend.identities


def new_state(options: Options) -> State:
    """The state at the start of a scope, without the identities of its options."""
    verify = options.auto_verify
    return State(
        confirmation_delay=to_microseconds(verify) if isinstance(verify, timedelta) else 0 if verify else None,
        zone=Zone(options.resolver),
    )
