"""A small world that is told the time with every step. Hours are numbers; the world counts microseconds."""

from __future__ import annotations

from datetime import timedelta

from ses_stub import Identity, VerificationStatus
from ses_stub._model.records import ownership
from ses_stub._model.state import State
from ses_stub._time.time import SECOND

HOUR = 3600 * SECOND
ACCOUNT = "123456789012"
USER, SITE = "user@example.com", "example.com"


class Town:
    """A world of one account and region, told the time with every step."""

    def __init__(self, seed: int = 0, auto_verify: bool | timedelta = False, lag: float = 0) -> None:
        self.state = State(seed, auto_verify, lag)
        self.backend = self.state.backend(ACCOUNT, "us-east-1")

    def at(self, hours: float) -> int:
        now = round(hours * HOUR)
        self.state.run_due(now)
        return now

    def verify(self, name: str, hours: float) -> Identity:
        return self.backend.verify(name, self.at(hours))

    def put(self, name: str, status: str, hours: float = 0) -> Identity:
        return self.backend.put(name, VerificationStatus(status), None, self.at(hours))

    def token(self, name: str = SITE) -> str:
        token = self.backend.identities[name].token
        assert token is not None
        return token

    def publish(self, hours: float, name: str = SITE) -> None:
        self.state.publish([ownership(name, self.token(name))], self.at(hours))

    def withdraw(self, hours: float, name: str = SITE) -> None:
        self.state.withdraw([ownership(name, self.token(name))], self.at(hours))

    def click(self, number: int, hours: float) -> str:
        return self.state.click(self.state.mailbox.mails[number], self.at(hours))

    def status(self, name: str, hours: float) -> str | None:
        self.at(hours)
        identity = self.backend.identities.get(name)
        return identity.status.value if identity is not None else None

    def history(self) -> list[tuple[float, str | None]]:
        return [(change.at / HOUR, change.after) for change in self.state.history]
