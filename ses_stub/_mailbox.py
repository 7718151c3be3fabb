"""The verification mails that SES "sends", and the links in them.

Mails are recorded from 2019 to 2021 (links signed with SigV4); the form of today's links is not known.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from . import _limits

CONFIRMED_PAGE = "Congratulations! You have successfully verified an email address with Amazon Simple Email Service."
EXPIRED_PAGE = "This verification link has expired. Restart the verification process from the beginning."
UNKNOWN_PAGE = "This verification link is not known."


@dataclass(frozen=True)
class VerificationEmail:
    """A mail that asks the owner of an address to confirm it.

    Attributes:
        to: the address.
        region: the region in which it was registered.
        link: what the owner clicks; pass it to ``click_verification_link``.
        sent_at: when it was sent (UTC). The link expires 24 hours later.
        account_id: the account in which it was registered.
        sender: Amazon's address.
        subject: the recorded subject line.

    """

    to: str
    region: str
    link: str
    sent_at: datetime
    account_id: str

    @property
    def sender(self) -> str:
        """Amazon's address."""
        return "no-reply-aws@amazon.com"

    @property
    def subject(self) -> str:
        """The recorded subject line (with the region's code; AWS spells its name out)."""
        return f"Amazon Web Services – Email Address Verification Request in region {self.region}"

    @property
    def expires_at(self) -> datetime:
        """When the link stops working (UTC)."""
        return self.sent_at + _limits.EMAIL_WINDOW


class Mailbox:
    """All mails sent, in order."""

    def __init__(self) -> None:
        self.mails: list[VerificationEmail] = []
        self._by_link: dict[str, VerificationEmail] = {}
        self._latest: dict[tuple[str, str, str], VerificationEmail] = {}

    def send(self, seed: int, account_id: str, region: str, address: str, at: datetime) -> VerificationEmail:
        """Sends one mail. The link differs for each, as its signature does."""
        number = len(self.mails)
        link = _link(f"{seed}:{number}", account_id, region, address, at)
        mail = VerificationEmail(address, region, link, at, account_id)
        self.mails.append(mail)
        self._by_link[link] = self._latest[account_id, region, address] = mail
        return mail

    def by_link(self, link: str) -> VerificationEmail | None:
        """The mail that holds a link."""
        return self._by_link.get(link)

    def latest(self, account_id: str, region: str, address: str) -> VerificationEmail | None:
        """The last mail sent for a registration."""
        return self._latest.get((account_id, region, address))


def _link(salt: str, account_id: str, region: str, address: str, at: datetime) -> str:
    stamp = at.strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256(f"{salt}:{account_id}:{region}:{address}:{stamp}".encode()).hexdigest()
    key = "AKIA" + digest[:16].upper()
    return (
        f"https://email-verification.{region}.amazonaws.com/?Context={account_id}&X-Amz-Date={stamp}"
        f"&Identity.IdentityName={quote(address, safe='')}&X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&Identity.IdentityType=EmailAddress&X-Amz-SignedHeaders=host"
        f"&X-Amz-Credential={key}%2F{stamp[:8]}%2F{region}%2Fses%2Faws4_request"
        f"&Operation=ConfirmVerification&Namespace=Bacon&X-Amz-Signature={digest}"
    )
