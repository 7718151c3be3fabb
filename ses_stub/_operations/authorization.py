"""Sending authorization: whether a message passes, by its account, its addresses, its senders and the quota.

Guide: "Moving out of the Amazon SES sandbox", "Amazon SES email sending errors". By which identity an address sends is
in `senders`.
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
    """Who sends, how, and to whom.

    Attributes:
        action: the action that policies allow or deny: ``ses:SendEmail``.
        service: ``ses`` or ``sesv2``.
        source: the address that a message is sent by.
        recipients: those of "To", "Cc" and "Bcc".
        return_path: the address that bounces go to.
        reply_to: addresses that must be some, but need no verification.
        configuration_set: the configuration set that the request names.
        named: the senders that its header names.

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
        """Those that must be verified, in the order in which an error names them."""
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
    """What is known of a message that passes.

    Attributes:
        counted: how many of its recipients count for the quota.
        configuration_set: the configuration set that it is sent with; None without one.

    """

    counted: int
    configuration_set: str | None


def check(envelope: Envelope, context: Context) -> Passed:
    """Lets a message pass.

    Raises:
        AWSError: sending is paused, an address is none, somebody is not verified or not allowed to send, the
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
    # AWS's blog: as long as anything is left of the quota, a message passes whole.
    if counted and sent_today(context) >= quota(context.options)[0]:
        raise sending_errors.daily_quota_exceeded()
    return Passed(counted, configuration_set)


def check_account(context: Context) -> None:
    """Whether the account sends at all (AWSError if it, or AWS, has paused its sending)."""
    if context.options.enforcement_status == "SHUTDOWN":
        raise sending_errors.sending_paused_by_aws()
    if not context.backend.account.sending_enabled:
        raise sending_errors.sending_paused()


def quota(options: Options) -> tuple[int, int]:
    """How many recipients a day and a second may have."""
    return quotas.PRODUCTION_QUOTA if options.production_access else quotas.SANDBOX_QUOTA


def sent_today(context: Context) -> int:
    """The recipients of the last 24 hours."""
    return context.backend.account.sent_since(context.timestamp - to_microseconds(quotas.QUOTA_WINDOW))


def send_quota(context: Context) -> Result:
    """What the account may send, and has sent, in the words of both APIs."""
    day, second = quota(context.options)
    sent = sent_today(context)
    return {"Max24HourSend": float(day), "MaxSendRate": float(second), "SentLast24Hours": float(sent)}


def may_send(backend: Backend, address: str) -> bool:
    """Whether an address, its name without a label, its domain or a domain above is verified."""
    return usable_identity(backend, address) is not None


def _authorize_senders(envelope: Envelope, parsed: dict[str, Address], context: Context) -> Owned:
    """The identity of the source, if all senders, and in the sandbox all recipients, are verified and allowed."""
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
    """What the policies of an identity are asked, but for its ARN."""
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
    """The settings of the identity that a message is sent by hold."""
    mail_from = source.backend.settings(source.identity.name).mail_from
    if mail_from.reject and mail_from.check.status is not VerificationStatus.SUCCESS:
        raise sending_errors.mail_from_domain_not_verified(mail_from.domain)


def _default_configuration_set(source: Owned, context: Context) -> str | None:
    """The default of the identity; that of another account's identity is not there in this account."""
    if source.backend is not context.backend:
        return None
    return source.backend.settings(source.identity.name).configuration_set


def _length(address: str) -> int:
    """With the display name, in units of UTF-16 (reported as probed)."""
    return len(address.encode("utf-16-le", "surrogatepass")) // 2
