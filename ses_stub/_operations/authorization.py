"""Sending authorization: which addresses may send, and in the sandbox, which may receive.

Guide: "Verified identities", "Moving out of the Amazon SES sandbox", "Amazon SES email sending errors".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .._core import sending_errors
from .._model import addresses, quotas
from .._model.backend import Backend
from .._model.identity import Identity, VerificationStatus
from .._model.options import Options
from .._model.zone import ancestors
from .._time.time import to_microseconds
from .context import Context, Result

#: While SES looks for a record that has vanished, a domain may still send.
_OPEN = (VerificationStatus.SUCCESS, VerificationStatus.TEMPORARY_FAILURE)
_SIMULATOR = re.compile(r"(success|bounce|ooto|complaint|suppressionlist)(\+[^@]*)?@simulator\.amazonses\.com", re.I)


@dataclass(frozen=True)
class Envelope:
    """Who sends, and to whom.

    Attributes:
        source: the address that a message is sent by.
        named: the senders that its header names.
        recipients: all of "To", "Cc" and "Bcc".
        return_path: the address that bounces go to.
        reply_to: addresses that must be some, but need no verification.

    """

    source: str
    named: tuple[str, ...]
    recipients: tuple[str, ...]
    return_path: str | None
    reply_to: tuple[str, ...]

    @property
    def senders(self) -> tuple[str, ...]:
        """The addresses that must be verified, in the order in which an error names them."""
        return (*self.named, self.source, *self._return_paths)

    @property
    def addresses(self) -> tuple[str, ...]:
        """All addresses, in the order in which they are checked."""
        return (self.source, *self.named, *self.recipients, *self._return_paths, *self.reply_to)

    @property
    def _return_paths(self) -> tuple[str, ...]:
        return (self.return_path,) if self.return_path else ()


def check(envelope: Envelope, context: Context) -> int:
    """Lets a message pass. Returns how many of its recipients count for the quota.

    Raises:
        AWSError: sending is paused, an address is none, somebody is not verified, or the day's quota is used up.

    """
    check_account(context.backend)
    for address in envelope.addresses:
        addresses.parse(address)
    for address in envelope.addresses:
        if _length(address) > quotas.EMAIL_LENGTH:
            raise sending_errors.address_too_long(address)
    if not envelope.recipients:
        raise sending_errors.no_recipients()
    if len(envelope.recipients) > quotas.MAX_RECIPIENTS:
        raise sending_errors.too_many_recipients(quotas.MAX_RECIPIENTS)
    failed = [one for one in envelope.senders if not may_send(context.backend, one)]
    if not context.options.production_access:
        failed += [one for one in envelope.recipients if not (may_send(context.backend, one) or _is_simulated(one))]
    if failed:
        raise sending_errors.message_rejected(context.region, dict.fromkeys(failed))
    _check_mail_from(context.backend, envelope.source)
    counted = sum(not _is_simulated(one) for one in envelope.recipients)
    # AWS's blog: as long as anything is left of the quota, a message passes whole.
    if counted and sent_today(context) >= quota(context.options)[0]:
        raise sending_errors.daily_quota_exceeded()
    return counted


def check_account(backend: Backend) -> None:
    """Whether the account sends at all (AWSError if it has paused)."""
    if not backend.account.sending_enabled:
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
    return any(one.status in _OPEN for one in _identities(backend, addresses.bare(address)))


def _identities(backend: Backend, address: str) -> Iterable[Identity]:
    """The identities that an address may send by, the nearest first."""
    # No identity has a longer name.
    local, _, domain = address[-quotas.EMAIL_LENGTH :].rpartition("@")
    unlabelled = f"{local.partition('+')[0]}@{domain}"
    for name in (address, unlabelled, *ancestors(domain.lower())):
        identity = backend.identities.get(name)
        if identity is not None:
            yield identity


def _check_mail_from(backend: Backend, sender: str) -> None:
    """The settings of the nearest identity that is verified hold."""
    identity = next(one for one in _identities(backend, addresses.bare(sender)) if one.status in _OPEN)
    mail_from = backend.settings(identity.name).mail_from
    if mail_from.reject and mail_from.check.status is not VerificationStatus.SUCCESS:
        raise sending_errors.mail_from_domain_not_verified(mail_from.domain)


def _is_simulated(address: str) -> bool:
    """Whether it is one of the mailbox simulator's."""
    return _SIMULATOR.fullmatch(addresses.bare(address)) is not None


def _length(address: str) -> int:
    """With the display name, in units of UTF-16 (reported as probed)."""
    return len(address.encode("utf-16-le", "surrogatepass")) // 2
