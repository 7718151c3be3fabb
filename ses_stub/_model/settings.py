"""The settings of an identity (DKIM, MAIL FROM, notifications, policies, tags) and of an account.

DKIM and MAIL FROM have the life cycle of a domain (see `identity`): requested, confirmed by records, lost, expired.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .._time.time import SECOND, to_microseconds
from . import quotas
from .identity import VerificationStatus

_INTERVAL, _WINDOW = map(to_microseconds, (quotas.STATISTICS_INTERVAL, quotas.STATISTICS_WINDOW))
_MINUTE = 60 * SECOND

#: The types of notification (Reference, SetIdentityNotificationTopic).
NOTIFICATIONS = ("Bounce", "Complaint", "Delivery")


@dataclass
class RecordCheck:
    """The progress of SES's search for records.

    Attributes:
        status: as the status of a domain.
        expires_at: when SES gives up, as a timestamp in microseconds; None if it is not searching.

    """

    status: VerificationStatus = VerificationStatus.NOT_STARTED
    expires_at: int | None = None


@dataclass
class Dkim:
    """The DKIM settings of an identity.

    Attributes:
        check: the search for the records.
        tokens: the tokens of Easy DKIM.
        selector: the selector of the domain's own key ("BYODKIM"); None for Easy DKIM.
        enabled: whether mails are signed.
        key_length: the length of the key of Easy DKIM, as the API writes it.
        generation: the number of keys of Easy DKIM before this one.
        made_at: when the key was made, as a timestamp in microseconds.
        length_changed_at: when its length last changed, as a timestamp in microseconds; None if never.
        changing: whether the previous key signs until this one is found or given up.
        parent: the region of a replica's parent (see `replicas`); None for other identities.

    """

    check: RecordCheck = field(default_factory=RecordCheck)
    tokens: tuple[str, ...] = ()
    selector: str | None = None
    enabled: bool = False
    key_length: str = "RSA_2048_BIT"
    generation: int = 0
    made_at: int = 0
    length_changed_at: int | None = None
    changing: bool = False
    parent: str | None = None

    def set_keys(self, tokens: tuple[str, ...], selector: str | None, made_at: int) -> None:
        """Sets new keys, whose check has not begun. If the old ones were found, they sign until the new ones are."""
        self.tokens, self.selector, self.made_at = tokens, selector, made_at
        if self.check.status is VerificationStatus.SUCCESS:
            self.changing, self.check = True, RecordCheck()


@dataclass
class MailFrom:
    """A custom MAIL FROM domain.

    Attributes:
        domain: the domain; empty if there is none.
        reject: whether messages are rejected while its records are missing.
        check: the search for its records.

    """

    domain: str = ""
    reject: bool = False
    check: RecordCheck = field(default_factory=RecordCheck)


@dataclass
class Checks:
    """The results of SES's searches for the records that verify a domain.

    Attributes:
        checked_at: the last search, as a timestamp in microseconds; None if there was none.
        succeeded_at: the last search that found them; None if there was none.
        error: the last reason why they were missing, as the API writes it, also after they are found; empty if none.

    """

    checked_at: int | None = None
    succeeded_at: int | None = None
    error: str = ""


@dataclass
class Settings:
    """The settings of one identity.

    Attributes:
        checks: the searches for a domain's records.
        topics: the SNS topics by type of notification.
        with_headers: the types of notification that contain the message's headers.
        forwarding: whether bounces and complaints are forwarded by mail.
        policies: the policies by name.
        tags: the tags by key.
        configuration_set: the name of the default configuration set.

    """

    checks: Checks = field(default_factory=Checks)
    dkim: Dkim = field(default_factory=Dkim)
    mail_from: MailFrom = field(default_factory=MailFrom)
    topics: dict[str, str] = field(default_factory=dict)
    with_headers: set[str] = field(default_factory=set)
    forwarding: bool = True
    policies: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    configuration_set: str | None = None


@dataclass(frozen=True)
class Template:
    """A template of custom verification emails, with the URLs after a click, and its tags by key."""

    name: str
    sender: str
    subject: str
    content: str
    success_url: str
    failure_url: str
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ConfigurationSet:
    """A configuration set.

    Attributes:
        name: its name.
        number: its number in the order of creation.
        options: its options with their names in v2: ``{"SendingOptions": {…}}``.
        tags: the tags by key.
        event_destinations: the event destinations by name, in v2's form.

    """

    name: str
    number: int
    options: dict[str, dict[str, Any]]
    tags: dict[str, str]
    event_destinations: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def sending_enabled(self) -> bool:
        """Whether messages can be sent with it."""
        return bool(self.options.get("SendingOptions", {}).get("SendingEnabled", True))


@dataclass
class SendDataPoint:
    """What an account has sent in a minute or an interval, in recipients.

    Attributes:
        attempts: all recipients.
        bounces: those with a bounce, such as the mailbox simulator's.
        complaints: those with a complaint.

    """

    attempts: int = 0
    bounces: int = 0
    complaints: int = 0


@dataclass
class Account:
    """The data of an account in a region beside its identities.

    Attributes:
        sending_enabled: whether the account has not paused its sending.
        details: what it has told AWS about its mail, as in PutAccountDetails of v2; None if nothing.
        sends: the messages that still count for the quota, as timestamp and running total of recipients; before them
            the last one that no longer counts, for its total.
        statistics: what was sent in each minute of the last two weeks, by the timestamp at which it began.

    """

    sending_enabled: bool = True
    details: dict[str, Any] | None = None
    # Running totals, as every message needs the number of the last 24 hours.
    sends: list[tuple[int, int]] = field(default_factory=lambda: [(0, 0)])
    statistics: dict[int, SendDataPoint] = field(default_factory=dict)

    def record_send(self, now: int, recipients: int) -> None:
        """Counts the recipients of an accepted message."""
        self.sends.append((now, self.sends[-1][1] + recipients))

    def sent_since(self, timestamp: int) -> int:
        """The recipients since a timestamp. Drops earlier messages."""
        earlier = 0
        while earlier + 1 < len(self.sends) and self.sends[earlier + 1][0] <= timestamp:
            earlier += 1
        del self.sends[:earlier]
        return self.sends[-1][1] - self.sends[0][1]

    def data_point(self, now: int) -> SendDataPoint:
        """What is sent in the present minute; when it begins, all that is older than two weeks is dropped."""
        minute = now - now % _MINUTE
        if minute not in self.statistics:
            first = minute - _WINDOW
            self.statistics = {sent: point for sent, point in self.statistics.items() if sent >= first}
            self.statistics[minute] = SendDataPoint()
        return self.statistics[minute]

    def recent_statistics(self, now: int) -> dict[int, SendDataPoint]:
        """What was sent in the last two weeks, by when its interval began, in order.

        The intervals are counted back from the present minute, as in the example of the reference: a request at
        22:23:01 has data points at 19:23 and 06:53.
        """
        latest = now - now % _MINUTE
        intervals: dict[int, SendDataPoint] = {}
        for minute, point in sorted(self.statistics.items()):
            if minute >= latest - _WINDOW:
                total = intervals.setdefault(minute - (minute - latest) % _INTERVAL, SendDataPoint())
                total.attempts += point.attempts
                total.bounces += point.bounces
                total.complaints += point.complaints
        return intervals
