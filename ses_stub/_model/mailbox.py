"""The emails about verification that SES "sends", and their links.

Emails to addresses are as recorded from 2019 to 2021, with links signed by SigV4; today's links are unknown. Emails
about a domain go to the account's owner; their texts are partly recorded, partly documented.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from .._time.time import later
from . import deadlines
from .identity import VerificationStatus
from .settings import Template


@dataclass(frozen=True)
class Pages:
    """The pages of a link: texts, or URLs that it redirects to."""

    confirmed: str
    expired: str
    unknown: str


PAGES = Pages(
    "Congratulations! You have successfully verified an email address with Amazon Simple Email Service.",
    "This verification link has expired. Restart the verification process from the beginning.",
    "This verification link is unknown.",
)
#: The end of every custom verification email (documented).
_DISCLAIMER = "If you did not request to verify this email address, please disregard this message."
_REQUEST = "Amazon Web Services – Email Address Verification Request"
SENDER = "no-reply-aws@amazon.com"


@dataclass(frozen=True)
class VerificationEmail:
    """An email of SES about a verification: to an address with its link, or to the account's owner about a domain.

    Attributes:
        to: the address; for an email about a domain, the address of the account's owner, which is not an identity.
        region: the region of the identity.
        link: the link that verifies it; pass it to ``click_verification_link``. Empty in an email about a domain.
        sent_at: when it was sent (UTC). A link expires 24 hours later.
        account_id: the account of the identity.
        identity: the address or domain.
        subject: the subject line (with the region's code; AWS writes its name).
        sender: Amazon's address, or that of a custom template.
        body: the text.

    """

    to: str
    region: str
    link: str
    sent_at: datetime
    account_id: str
    identity: str
    subject: str
    sender: str = SENDER
    body: str = field(default="", repr=False)
    pages: Pages = field(default=PAGES, repr=False)

    @property
    def expires_at(self) -> datetime | None:
        """When the link expires (UTC); None without a link."""
        return later(self.sent_at, deadlines.EMAIL_WINDOW) if self.link else None


_S = VerificationStatus
#: The subject and the text of the emails about a domain, by its status before and after.
_NOTICES = {
    (_S.PENDING, _S.SUCCESS): (
        "Amazon SES Domain Verification SUCCESS",
        "Congratulations! The Amazon SES verification process for the domain {name} in region {region}"
        " is now complete.",
    ),
    (_S.PENDING, _S.FAILED): (
        "Amazon SES Domain Verification FAILURE",
        "We have been attempting to verify the domain {name} in region {region} for the last 3 days."
        " We have not been able to detect the required TXT record in your DNS settings.",
    ),
    (_S.SUCCESS, _S.TEMPORARY_FAILURE): (
        "Amazon SES Domain Verification REVOCATION WARNING",
        "The TXT record of the domain {name} in region {region} can no longer be found."
        " Without it the verification is revoked after 72 hours.",
    ),
    (_S.TEMPORARY_FAILURE, _S.SUCCESS): (
        "Amazon SES Domain Verification REVOCATION CANCELLATION",
        "The TXT record of the domain {name} in region {region} was found again.",
    ),
    (_S.TEMPORARY_FAILURE, _S.FAILED): (
        "Amazon SES Domain Verification REVOCATION",
        "The verification of the domain {name} in region {region} is revoked:"
        " its TXT record was not found for 72 hours.",
    ),
}


def account_owner(account_id: str) -> str:
    """The address that receives the emails about an account's domains. Its domain does not exist."""
    return f"owner-of-{account_id}@aws-account.example"


def query_of(link: str) -> str:
    """The query string of a link, which identifies it on any host."""
    return link.partition("?")[2]


class Mailbox:
    """All emails about verification, in order.

    Attributes:
        mails: the emails.
        sequence: the number of emails so far, so that all links differ.
        numbers: the number of each email.

    """

    def __init__(self, mails: Iterable[VerificationEmail] = (), sequence: int = 0) -> None:
        self.mails = list(mails)
        self.sequence = sequence
        self.numbers = list(range(sequence - len(self.mails) + 1, sequence + 1))
        #: The number of emails at which some are dropped.
        self._limit = 0
        self._by_link = {mail.link: mail for mail in self.mails if mail.link}
        self._latest = {(mail.account_id, mail.region, mail.to): mail for mail in self._by_link.values()}

    def send_verification_email(
        self, account_id: str, region: str, address: str, at: datetime, template: Template | None = None
    ) -> None:
        """Sends an address the link that confirms it. Each link differs, as its signature does."""
        link = _link(self.sequence, account_id, region, address, at)
        if template is None:
            subject, sender, pages = f"{_REQUEST} in region {region}", SENDER, PAGES
            body = f"To confirm that you are authorized to use {address}, click this link within 24 hours:\n{link}"
        else:
            subject, sender = template.subject, template.sender
            pages = Pages(template.success_url, template.failure_url, template.failure_url)
            body = f"{template.content}\n{link}\n\n{_DISCLAIMER}"
        mail = VerificationEmail(address, region, link, at, account_id, address, subject, sender, body, pages)
        self._add(mail)
        self._by_link[link] = self._latest[account_id, region, address] = mail

    def send_notice(
        self,
        before: VerificationStatus,
        after: VerificationStatus,
        account_id: str,
        region: str,
        name: str,
        at: datetime,
    ) -> None:
        """Sends the owner of an account an email about the new status of a domain."""
        subject, text = _NOTICES[before, after]
        body, to = text.format(name=name, region=region), account_owner(account_id)
        self._add(VerificationEmail(to, region, "", at, account_id, name, subject, body=body))

    def _add(self, mail: VerificationEmail) -> None:
        self.mails.append(mail)
        self.sequence += 1
        self.numbers.append(self.sequence)

    def limit(self, most: int, is_identity: Callable[[str, str, str], bool]) -> None:
        """Drops the oldest emails if there are too many, but not the last one to each identity.

        Args:
            most: the maximum to keep beside those.
            is_identity: whether an account and region have an identity with a name.

        """
        if len(self.mails) <= max(most, self._limit):
            return
        self._latest = {key: mail for key, mail in self._latest.items() if is_identity(*key)}
        kept = {id(mail) for mail in [*self._latest.values(), *self.mails[-most // 2 :]]}
        pairs = zip(self.numbers, self.mails, strict=True)
        self.numbers = [number for number, mail in pairs if id(mail) in kept]
        self.mails = [mail for mail in self.mails if id(mail) in kept]
        self._by_link = {mail.link: mail for mail in self.mails if mail.link}
        # The check reads all emails, so it runs more rarely the more there are.
        self._limit = len(self.mails) + max(most, len(self.mails)) // 2

    def by_link(self, link: str) -> VerificationEmail | None:
        """The email that contains a link."""
        return self._by_link.get(link)

    def latest(self, account_id: str, region: str, address: str) -> VerificationEmail | None:
        """The last email with a link to an address."""
        return self._latest.get((account_id, region, address))


def _link(number: int, account_id: str, region: str, address: str, at: datetime) -> str:
    stamp = at.strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256(f"{number}:{account_id}:{region}:{address}:{stamp}".encode()).hexdigest()
    key = "AKIA" + digest[:16].upper()
    return (
        f"https://email-verification.{region}.amazonaws.com/?Context={account_id}&X-Amz-Date={stamp}"
        f"&Identity.IdentityName={quote(address, safe='')}&X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&Identity.IdentityType=EmailAddress&X-Amz-SignedHeaders=host"
        f"&X-Amz-Credential={key}%2F{stamp[:8]}%2F{region}%2Fses%2Faws4_request"
        f"&Operation=ConfirmVerification&Namespace=Bacon&X-Amz-Signature={digest}"
    )
