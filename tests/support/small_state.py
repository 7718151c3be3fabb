"""A state without a client, which gets the time with every step. Hours are numbers."""

from __future__ import annotations

from datetime import timedelta

from ses_stub import Identity, VerificationStatus
from ses_stub._model import verification
from ses_stub._model.backend import Removed
from ses_stub._model.dns_checks import publish_records, remove_records
from ses_stub._model.due_events import run_due
from ses_stub._model.options import Options
from ses_stub._model.owner import click_link
from ses_stub._model.place import Place
from ses_stub._model.records import ownership
from ses_stub._model.state import new_state
from ses_stub._time.time import SECOND

HOUR = 3600 * SECOND
ACCOUNT = "123456789012"
USER, SITE = "user@example.com", "example.com"


class SmallState:
    """A state, and its backend of one account and region."""

    def __init__(self, auto_verify: bool | timedelta = False) -> None:
        self.state = new_state(Options(auto_verify=auto_verify))
        self.backend = self.state.backend(ACCOUNT, "us-east-1")

    def place(self, hours: float) -> Place:
        return Place(self.state, self.backend, self.at(hours))

    def at(self, hours: float) -> int:
        """Runs what is due by then; returns the timestamp."""
        now = round(hours * HOUR)
        run_due(self.state, now)
        return now

    def verify(self, name: str, hours: float) -> Identity:
        return verification.request_verification(self.place(hours), name)

    def set_status(self, name: str, status: str, hours: float = 0) -> Identity:
        return verification.set_status(self.place(hours), name, VerificationStatus(status))

    def delete(self, name: str, hours: float) -> Removed | None:
        return verification.delete(self.place(hours), name)

    def restore(self, removed: Removed, hours: float) -> None:
        verification.restore(self.place(hours), removed)

    def request_dkim(self, name: str, hours: float) -> None:
        verification.request_dkim(self.place(hours), name)

    def set_mail_from(self, name: str, domain: str, hours: float) -> None:
        verification.set_mail_from(self.place(hours), name, domain, False)

    def token(self, name: str = SITE) -> str:
        token = self.backend.identities[name].token
        assert token is not None
        return token

    def publish(self, hours: float, name: str = SITE) -> None:
        publish_records(self.state, [ownership(name, self.token(name))], self.at(hours))

    def remove(self, hours: float, name: str = SITE) -> None:
        remove_records(self.state, [ownership(name, self.token(name))], self.at(hours))

    def click(self, number: int, hours: float) -> str:
        return click_link(self.state, self.state.mailbox.mails[number], self.at(hours))

    def status(self, name: str, hours: float) -> str | None:
        self.at(hours)
        identity = self.backend.identities.get(name)
        return identity.status.value if identity is not None else None

    def history(self) -> list[tuple[float, str | None]]:
        return [(change.at / HOUR, change.after) for change in self.state.history]
