"""Sending authorization: checks a message's account, addresses, senders and quota.

`senders` finds the identity of an address. Guide: "Moving out of the Amazon SES sandbox", "Amazon SES email sending
errors".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .._core import sending_errors
from .._model import addresses, quotas
from .._model.addresses import Address
from .._model.backend import Backend
from .._model.identity import VerificationStatus
from .._model.mailbox_simulator import is_simulated
from .._model.options import Options
from .._model.policies import SendRequest
from .._time.time import SECOND, from_timestamp, to_microseconds
from .configuration_sets import check_sending
from .context import Context, Result
from .senders import Owned, Sender, authorize, usable_identity

#: To, Cc and Bcc.
Recipients = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True)
class Envelope:
    """Who sends to whom, and how.

    Attributes:
        action: the action in policies, such as ``ses:SendEmail``.
        service: ``ses`` or ``sesv2``.
        source: the address of the sender.
        recipients: those of "To", "Cc" and "Bcc".
        return_path: the address that bounces go to.
        reply_to: addresses that must be valid, but need no verification.
        configuration_set: the configuration set that the request names.
        named: the senders in the header of the message.

    """

    action: str
    service: str
    source: Sender
    recipients: Recipients
    return_path: Sender | None
    reply_to: tuple[str, ...]
    configuration_set: str | None
    named: tuple[Sender, ...] = ()

    @property
    def everybody(self) -> tuple[str, ...]:
        """All recipients."""
        to, cc, bcc = self.recipients
        return (*to, *cc, *bcc)

    @property
    def senders(self) -> tuple[Sender, ...]:
        """The senders that must be verified, in the order in which an error names them."""
        return (*self.named, self.source, *self._return_paths)

    @property
    def addresses(self) -> tuple[str, ...]:
        """All addresses, in the order in which they are checked."""
        before = (one.address for one in (self.source, *self.named))
        return (*before, *self.everybody, *(one.address for one in self._return_paths), *self.reply_to)

    @property
    def _return_paths(self) -> tuple[Sender, ...]:
        return (self.return_path,) if self.return_path else ()


class Passed(NamedTuple):
    """What `check` found about a message.

    Attributes:
        counted: how many of its recipients count for the quota.
        configuration_set: the message's configuration set; None without one.

    """

    counted: int
    configuration_set: str | None


def check(envelope: Envelope, context: Context) -> Passed:
    """Checks whether a message may be sent.

    Raises:
        AWSError: sending is paused, an address is invalid, somebody is not verified or not allowed to send, the
            configuration set is unknown, or the day's quota is used up.

    """
    check_account(context)
    parsed = {address: addresses.parse(address) for address in envelope.addresses}
    for address in envelope.addresses:
        if _length(address) > quotas.EMAIL_LENGTH:
            raise sending_errors.address_too_long(address)
    everybody = envelope.everybody
    if not everybody:
        raise sending_errors.no_recipients()
    if len(everybody) > quotas.MAX_RECIPIENTS:
        raise sending_errors.too_many_recipients(quotas.MAX_RECIPIENTS)
    source = _authorize_senders(envelope, parsed, context)
    _check_mail_from(source)
    configuration_set = check_sending(
        envelope.configuration_set or _default_configuration_set(source, context), context
    )
    counted = sum(not is_simulated(one) for one in everybody)
    # AWS's blog: while any of the quota is left, the whole message is sent.
    if counted and sent_today(context) >= quota(context.options)[0]:
        raise sending_errors.daily_quota_exceeded()
    return Passed(counted, configuration_set)


def check_account(context: Context) -> None:
    """Raises AWSError if the account has paused its sending, or AWS has."""
    if context.options.enforcement_status == "SHUTDOWN":
        raise sending_errors.sending_paused_by_aws()
    if not context.backend.account.sending_enabled:
        raise sending_errors.sending_paused()


def quota(options: Options) -> tuple[int, int]:
    """The most recipients in 24 hours and in a second."""
    return quotas.PRODUCTION_QUOTA if options.production_access else quotas.SANDBOX_QUOTA


def sent_today(context: Context) -> int:
    """The number of recipients in the last 24 hours."""
    return context.backend.account.sent_since(context.timestamp - to_microseconds(quotas.QUOTA_WINDOW))


def send_quota(context: Context) -> Result:
    """The account's quota and what it has sent, with the names that both APIs use."""
    day, second = quota(context.options)
    sent = sent_today(context)
    return {"Max24HourSend": float(day), "MaxSendRate": float(second), "SentLast24Hours": float(sent)}


def may_send(backend: Backend, address: str) -> bool:
    """Whether an address, its name without a label, its domain or a parent domain is verified."""
    return usable_identity(backend, address) is not None


def _authorize_senders(envelope: Envelope, parsed: dict[str, Address], context: Context) -> Owned:
    """The identity of the source. Raises AWSError unless all senders, in the sandbox also recipients, are allowed."""
    request = _request(envelope, parsed, context)
    owners = {sender: authorize(sender, request, context) for sender in envelope.senders}
    failed = [sender.address for sender, owner in owners.items() if owner is None]
    if not context.options.production_access:
        failed += [one for one in envelope.everybody if not (may_send(context.backend, one) or is_simulated(one))]
    source = owners[envelope.source]
    if failed or source is None:
        raise sending_errors.message_rejected(context.region, dict.fromkeys(failed))
    return source


def _request(envelope: Envelope, parsed: dict[str, Address], context: Context) -> SendRequest:
    """The request to check against an identity's policies, without the identity's ARN."""
    sender = parsed[next(iter(envelope.named), envelope.source).address]
    feedback = envelope.return_path or envelope.source
    now = from_timestamp(context.timestamp)
    facts = {
        "ses:fromaddress": (sender.spec,),
        "ses:fromdisplayname": (sender.name,) if sender.name else (),
        "ses:recipients": tuple(parsed[one].spec for one in envelope.everybody),
        "ses:feedbackaddress": (parsed[feedback.address].spec,),
        "ses:apiversion": ("2" if envelope.service == "sesv2" else "1",),
        "aws:currenttime": (now.isoformat(),),
        "aws:epochtime": (str(context.timestamp // SECOND),),
        "aws:principalaccount": (context.account_id,),
        "aws:requestedregion": (context.region,),
        "aws:securetransport": ("true",),
    }
    return SendRequest(context.account_id, envelope.action, "", facts)


def _check_mail_from(source: Owned) -> None:
    """Raises AWSError if the identity rejects messages while its MAIL FROM domain is not set up."""
    mail_from = source.backend.settings(source.identity.name).mail_from
    if mail_from.reject and mail_from.check.status is not VerificationStatus.SUCCESS:
        raise sending_errors.mail_from_domain_not_verified(mail_from.domain)


def _default_configuration_set(source: Owned, context: Context) -> str | None:
    """The identity's default. That of another account's identity does not exist in this account."""
    if source.backend is not context.backend:
        return None
    return source.backend.settings(source.identity.name).configuration_set


def _length(address: str) -> int:
    """The length with the display name, in units of UTF-16 (reported as probed)."""
    return len(address.encode("utf-16-le", "surrogatepass")) // 2
