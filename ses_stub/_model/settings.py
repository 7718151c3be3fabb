"""What an identity has beside its verification: DKIM, MAIL FROM, notifications, policies, tags; and an account's own.

DKIM and MAIL FROM go through the same life as a domain (see `_identity`): asked for, found in DNS, lost, expired.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from .identity import VerificationStatus

#: The kinds of notification that SES knows (Reference, SetIdentityNotificationTopic).
NOTIFICATIONS = ("Bounce", "Complaint", "Delivery")


@dataclass
class Check:
    """How far SES is with records that it looks for.

    Attributes:
        status: as of a domain.
        expires_at: the moment at which SES gives up; None while it does not wait.

    """

    status: VerificationStatus = VerificationStatus.NOT_STARTED
    expires_at: int | None = None


@dataclass
class Dkim:
    """How an identity's mails are signed.

    Attributes:
        check: where the records stand.
        tokens: those of Easy DKIM.
        selector: of a key that the owner has brought ("BYODKIM").
        enabled: whether mails are signed.
        key_length: of the key of Easy DKIM, in the words of the API.
        generation: how often such a key was made anew.
        made_at: the moment at which it was made.
        changing: whether a key before this one signs until this one is found or given up.

    """

    check: Check = field(default_factory=Check)
    tokens: tuple[str, ...] = ()
    selector: str | None = None
    enabled: bool = False
    key_length: str = "RSA_2048_BIT"
    generation: int = 0
    made_at: int = 0
    changing: bool = False


@dataclass
class MailFrom:
    """A custom MAIL FROM domain; empty if there is none."""

    domain: str = ""
    reject: bool = False
    check: Check = field(default_factory=Check)


@dataclass
class Settings:
    """All of that, of one identity.

    Attributes:
        topics: of each kind of notification the SNS topic, if there is one.
        with_headers: the kinds of notification that carry the mail's headers.
        forwarding: whether bounces and complaints are forwarded by mail.
        policies: the policies by name.
        tags: the tags by key.
        configuration_set: the default one.

    """

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
    """What a custom verification mail looks like, and where its link leads."""

    name: str
    sender: str
    subject: str
    content: str
    success_url: str
    failure_url: str


@dataclass
class Account:
    """What an account has in a region beside its identities.

    Attributes:
        sending_enabled: whether the account has not paused its sending.

    """

    sending_enabled: bool = True
    # The moment of each message that is not forgotten, and its count of recipients; and their sum, which every message
    # asks for.
    _sends: deque[tuple[int, int]] = field(default_factory=deque)
    _sent: int = 0

    def send(self, timestamp: int, recipients: int) -> None:
        """Counts a message that was accepted."""
        self._sends.append((timestamp, recipients))
        self._sent += recipients

    def sent_since(self, timestamp: int) -> int:
        """The recipients of messages accepted after a moment; forgets the earlier ones."""
        while self._sends and self._sends[0][0] <= timestamp:
            self._sent -= self._sends.popleft()[1]
        return self._sent
