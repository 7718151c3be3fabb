"""The world that a stub stands for: the backends of all accounts and regions, mailbox and DNS.

What is seen never depends on when somebody looked. `run_due` first lets happen, in order and dated then,
whatever fell due before now; every other method expects a settled world. The world is plain data and can be
deep-copied. It takes no lock: the service does.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from .._time.time import SECOND, to_microseconds, to_timestamp
from .backend import Backend
from .identity import canonical
from .mailbox import PAGES, Mailbox, VerificationEmail
from .records import Record
from .schedule import EventKind, Schedule, StatusChange
from .sent_email import SentEmail
from .zone import Resolver, Zone


class State:
    """Everything that a stub knows, but for the calls made."""

    def __init__(
        self, seed: int, auto_verify: bool | timedelta, registration_lag: float, resolver: Resolver | None = None
    ) -> None:
        self.seed = seed
        self.owner_delay = to_microseconds(auto_verify) if isinstance(auto_verify, timedelta) else None
        self.auto_verify = auto_verify is True
        self.lag = round(registration_lag * SECOND)
        self.mailbox = Mailbox()
        self.zone = Zone(resolver)
        self.sent_emails: list[SentEmail] = []
        self.history: list[StatusChange] = []
        self.schedule = Schedule()
        self._backends: dict[tuple[str, str], Backend] = {}
        #: While a resolver is asked: what it does itself with the stub makes nobody look again.
        self.looking = False

    def backend(self, account_id: str, region: str) -> Backend:
        """The identities of one account and region."""
        key = (account_id, region)
        found = self._backends.get(key)
        if found is None:
            found = self._backends[key] = Backend(self, account_id, region)
        return found

    def backends(self) -> Iterable[Backend]:
        """The identities of every account and region that was ever looked at."""
        return self._backends.values()

    def that_have(self, name: str) -> list[Backend]:
        """Those with an identity of that name."""
        return [backend for backend in self.backends() if canonical(name) in backend.identities]

    def run_due(self, now: int, check_dns: bool = True) -> None:
        """Lets happen what fell due up to now; then asks a resolver, but for a caller that checks DNS itself."""
        while due := self.schedule.pop_due(now):
            if due.kind is EventKind.EXPIRE:
                due.backend.expire(due.name, due.at)
            elif due.action is not None:
                self.schedule.run_action(due, self)
            elif due.status is not None:
                due.backend.put(due.name, due.status, None, due.at)
            elif due.place is None or due.backend.place(due.name) == due.place:
                due.backend.owner_acts(due.name, due.at)
        if check_dns and self.zone.resolver is not None:
            self._look_everywhere(now)

    def forget(self, before: datetime) -> None:
        """Forgets the messages, mails and changes before a moment; not the last mails to addresses that are there."""
        timestamp = to_timestamp(before)
        self.history = [change for change in self.history if change.at >= timestamp]
        self.sent_emails = [email for email in self.sent_emails if email.sent_at >= before]
        self.mailbox.forget(before, lambda mail: mail.to in self.backend(mail.account_id, mail.region).identities)

    def _look_everywhere(self, now: int) -> None:
        """Nobody tells when a resolver's answers change."""
        if not self.looking:
            for backend in tuple(self.backends()):
                for name in tuple(backend.identities):
                    backend.look_at(name, now)

    def publish(self, records: Iterable[Record], now: int, setter: Backend | None = None) -> None:
        """A domain's owner publishes records; SES looks once for all, but for who sets the outcome itself."""
        published = tuple(records)
        for record in published:
            self.zone.add(*record)
        self._look_around([record.name for record in published], now, setter)
        for record in published:
            for backend in tuple(self.backends()):
                backend.note_mismatch(record, now)

    def withdraw(self, records: Iterable[tuple[str, str, str | None]], now: int, setter: Backend | None = None) -> None:
        """A domain's owner withdraws records, or all of a name and type."""
        removed = tuple(records)
        for record in removed:
            self.zone.remove(*record)
        self._look_around([name for name, _, _ in removed], now, setter)

    def _look_around(self, names: list[str], now: int, but: Backend | None) -> None:
        for backend in tuple(self.backends()):
            if backend is not but:
                backend.look_around(names, now)

    def open_link(self, url: str, now: int) -> str:
        """Somebody opens a verification link; returns the text of the page, or where it leads."""
        mail = self.mailbox.by_link(url)
        return self.click(mail, now) if mail is not None else PAGES.unknown

    def click(self, mail: VerificationEmail, now: int) -> str:
        """The owner of an address opens a link; returns the text of the page that opens."""
        return self.backend(mail.account_id, mail.region).click(mail, now)
