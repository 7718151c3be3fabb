"""What an identity has beside its verification: DKIM, MAIL FROM, notifications, policies, tags; and the account's own.

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

#: The kinds of notification that SES knows (Reference, SetIdentityNotificationTopic).
NOTIFICATIONS = ("Bounce", "Complaint", "Delivery")


@dataclass
class RecordCheck:
    """How far SES is with records that it looks for.

    Attributes:
        status: the same as for a domain.
        expires_at: when SES gives up, as a timestamp in microseconds; None while it does not wait.

    """

    status: VerificationStatus = VerificationStatus.NOT_STARTED
    expires_at: int | None = None


@dataclass
class Dkim:
    """How an identity's mails are signed.

    Attributes:
        check: how far SES is with the records.
        tokens: the tokens of Easy DKIM.
        selector: the selector of the domain's own key ("BYODKIM"); None for Easy DKIM.
        enabled: whether mails are signed.
        key_length: the length of the key of Easy DKIM, in the words of the API.
        generation: how often the key of Easy DKIM was replaced.
        made_at: when the key was made, as a timestamp in microseconds.
        length_changed_at: when its length was changed last, as a timestamp in microseconds; None if it never was.
        changing: whether the key before this one signs until this one is found or given up.
        parent: the region that a replica has its key from (see `replicas`); None for other identities.

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
        """Sets other keys. If those before were found, they sign until these are, whose check has not begun."""
        self.tokens, self.selector, self.made_at = tokens, selector, made_at
        if self.check.status is VerificationStatus.SUCCESS:
            self.changing, self.check = True, RecordCheck()


@dataclass
class MailFrom:
    """A custom MAIL FROM domain.

    Attributes:
        domain: the domain; empty if there is none.
        reject: whether mail is rejected while its records are missing.
        check: how far SES is with its records.

    """

    domain: str = ""
    reject: bool = False
    check: RecordCheck = field(default_factory=RecordCheck)


@dataclass
class Checks:
    """What SES has found of the records that verify a domain.

    Attributes:
        checked_at: when it last looked for them, as a timestamp in microseconds; None if it never has.
        succeeded_at: when it last found them; None if it never has.
        error: why it did not find them, in the words of the API; stays when they are found; empty if it always has.

    """

    checked_at: int | None = None
    succeeded_at: int | None = None
    error: str = ""


@dataclass
class Settings:
    """What one identity has beside its verification.

    Attributes:
        checks: what SES has found of a domain's records.
        topics: the SNS topics by kind of notification.
        with_headers: the kinds of notification that contain the mail's headers.
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
    """What a custom verification mail looks like, and where its link leads; and the template's tags by key."""

    name: str
    sender: str
    subject: str
    content: str
    success_url: str
    failure_url: str
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AccountDetails:
    """What an account has told AWS about its mail. None is what was not given.

    Attributes:
        mail_type: the kind of mail, in the words of the API.
        website_url: the URL of its website.
        contact_language: the language for AWS's messages, in the words of the API.
        use_case: a description of the mail.
        contacts: more addresses for AWS's messages.
        case_id: the id of the support case of AWS's review.

    """

    mail_type: str
    website_url: str
    contact_language: str | None
    use_case: str | None
    contacts: tuple[str, ...] | None
    case_id: str


@dataclass(frozen=True)
class ConfigurationSet:
    """A configuration set: a name that a message can be sent with.

    Attributes:
        name: its name.
        number: how many there were before it, and it.
        options: its options by their names in v2: ``{"SendingOptions": {…}}``.
        tags: the tags by key.
        event_destinations: the event destinations by name, in v2's words.

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
        bounces: those that bounced, as the mailbox simulator's do.
        complaints: those that complained.

    """

    attempts: int = 0
    bounces: int = 0
    complaints: int = 0


@dataclass
class Account:
    """What an account has in a region beside its identities.

    Attributes:
        sending_enabled: whether the account has not paused its sending.
        details: what it has told AWS about its mail; None if nothing.
        sends: the messages that still count for the quota, as timestamp and running total of recipients; before them
            the last one that no longer counts, for its total.
        statistics: what was sent in each minute of the last two weeks, by the timestamp at which it began.

    """

    sending_enabled: bool = True
    details: AccountDetails | None = None
    # Running totals, as every message asks how many were sent in the last 24 hours.
    sends: list[tuple[int, int]] = field(default_factory=lambda: [(0, 0)])
    statistics: dict[int, SendDataPoint] = field(default_factory=dict)

    def record_send(self, now: int, recipients: int) -> None:
        """Counts the recipients of a message that was accepted."""
        self.sends.append((now, self.sends[-1][1] + recipients))

    def sent_since(self, timestamp: int) -> int:
        """The recipients of the messages accepted after a timestamp; drops the earlier messages."""
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
