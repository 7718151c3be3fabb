"""The life cycle of an identity: its statuses, its events, and one table of transitions.

Only `TRANSITIONS` and tests change a status. The events:

* ``REQUESTED``: the application called VerifyEmailIdentity or VerifyDomainIdentity.
* ``CONFIRMED``: the link was clicked in time, or the domain's TXT record was found.
* ``EXPIRED``: the time to confirm is over: 24 hours for an address, 72 hours for a domain, another 72 hours for a
  domain whose record is missing.
* ``LOST``: the TXT record of a verified domain is missing.

Other transitions raise an error. A test compares the diagrams in docs/stub.md with the table.

Sources: GetIdentityVerificationAttributes in the SES reference, "Verifying identities" and "Verified domain revocation"
in the developer guide. That a new request keeps a verified identity verified is unverified.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from .._core.errors import IllegalTransitionError
from . import deadlines, quotas


class IdentityType(str, Enum):
    """The type of an identity, as in ListIdentities. Its members are named as in v2.

    AWS: https://docs.aws.amazon.com/ses/latest/APIReference/API_ListIdentities.html
    """

    EMAIL_ADDRESS = "EmailAddress"
    DOMAIN = "Domain"

    __str__ = str.__str__
    __repr__ = str.__repr__


class VerificationStatus(str, Enum):
    """The status of an identity, in v1's spelling. Its members are named as in v2.

    Pending: not confirmed yet. Success: verified. Failed: not confirmed in time, 24 hours for an address and 72 for a
    domain. TemporaryFailure: the record of a verified domain is missing; it fails after 72 hours. NotStarted:
    verification was not requested.

    AWS: https://docs.aws.amazon.com/ses/latest/APIReference/API_IdentityVerificationAttributes.html
    """

    NOT_STARTED = "NotStarted"
    PENDING = "Pending"
    SUCCESS = "Success"
    FAILED = "Failed"
    TEMPORARY_FAILURE = "TemporaryFailure"

    __str__ = str.__str__
    __repr__ = str.__repr__


class Event(Enum):
    """What can happen to an identity; see the module's docstring."""

    REQUESTED = auto()
    CONFIRMED = auto()
    EXPIRED = auto()
    LOST = auto()


_PENDING, _SUCCESS = VerificationStatus.PENDING, VerificationStatus.SUCCESS
_FAILED, _TEMPORARY = VerificationStatus.FAILED, VerificationStatus.TEMPORARY_FAILURE

#: SES waits for records or a click until the identity expires.
AWAITING_RECORDS = (_PENDING, _TEMPORARY)

#: The statuses in which SES searches for records.
CHECKED = (*AWAITING_RECORDS, _SUCCESS)

TRANSITIONS: dict[IdentityType, dict[VerificationStatus, dict[Event, VerificationStatus]]] = {
    IdentityType.EMAIL_ADDRESS: {
        VerificationStatus.NOT_STARTED: {Event.REQUESTED: _PENDING},
        _PENDING: {Event.REQUESTED: _PENDING, Event.CONFIRMED: _SUCCESS, Event.EXPIRED: _FAILED},
        _SUCCESS: {Event.REQUESTED: _SUCCESS, Event.CONFIRMED: _SUCCESS},
        _FAILED: {Event.REQUESTED: _PENDING},
        _TEMPORARY: {Event.REQUESTED: _PENDING, Event.CONFIRMED: _SUCCESS, Event.EXPIRED: _FAILED},
    },
    IdentityType.DOMAIN: {
        VerificationStatus.NOT_STARTED: {Event.REQUESTED: _PENDING},
        _PENDING: {Event.REQUESTED: _PENDING, Event.CONFIRMED: _SUCCESS, Event.EXPIRED: _FAILED},
        _SUCCESS: {Event.REQUESTED: _SUCCESS, Event.LOST: _TEMPORARY},
        _FAILED: {Event.REQUESTED: _PENDING},
        _TEMPORARY: {Event.REQUESTED: _PENDING, Event.CONFIRMED: _SUCCESS, Event.EXPIRED: _FAILED},
    },
}


def transition(kind: IdentityType, status: VerificationStatus, event: Event) -> VerificationStatus:
    """The status after an event.

    Raises:
        IllegalTransitionError: the table has no such transition.

    """
    try:
        return TRANSITIONS[kind][status][event]
    except KeyError:
        raise IllegalTransitionError(f"{event.name} cannot happen to {kind.value} that is {status.value}") from None


def verification_timeout(kind: IdentityType, status: VerificationStatus) -> timedelta | None:
    """How long an identity may have a status before it expires; None if forever."""
    if status is VerificationStatus.PENDING:
        return deadlines.EMAIL_WINDOW if kind is IdentityType.EMAIL_ADDRESS else deadlines.DOMAIN_WINDOW
    if status is VerificationStatus.TEMPORARY_FAILURE:
        return deadlines.REVOCATION_WINDOW
    return None


@dataclass(frozen=True)
class Identity:
    """An email address or a domain in SES: a snapshot, which later changes do not affect.

    Attributes:
        name: the address, exactly as submitted, or the domain in lower case.
        type: email address or domain.
        status: the verification status.
        token: the TXT record's value for a domain, None for an address.
        requested_at: when verification was last requested (UTC).
        expires_at: when a pending or temporarily failed identity will fail (UTC); None in the other statuses.

    """

    name: str
    type: IdentityType
    status: VerificationStatus
    token: str | None
    requested_at: datetime
    expires_at: datetime | None


def identity_type(name: str) -> IdentityType:
    """The type that an identity with this name has."""
    return IdentityType.EMAIL_ADDRESS if "@" in name else IdentityType.DOMAIN


def canonical(name: str) -> str:
    """The name that an identity is stored with: domains in lower case, addresses unchanged.

    Guide, "Verifying identities": "Email addresses are case sensitive"; domains are not.
    """
    # Not for other characters than ASCII: in lower case the Kelvin sign becomes a k.
    return name.lower() if "@" not in name and name.isascii() else name


# The reported grammar: one unquoted @, no white space, two non-empty parts; a quoted local part may contain an @.
# Control characters are rejected (unverified).
_ADDRESS = re.compile(r'(?:"[!#-~]+"|[!#-;=?A-~]+)@[!#-;=?A-~]+')
_LABEL = rf"(?!-)[a-z0-9_-]{{1,{quotas.LABEL_LENGTH}}}(?<!-)"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+", re.IGNORECASE | re.ASCII)


def is_email(name: str) -> bool:
    """Whether SES accepts a name as an email address."""
    return len(name) <= quotas.EMAIL_LENGTH and _ADDRESS.fullmatch(name) is not None


def is_domain(name: str) -> bool:
    """Whether SES accepts a name as a domain (Punycode, without a final dot)."""
    return len(name) <= quotas.DOMAIN_LENGTH and _DOMAIN.fullmatch(name) is not None


def is_identity(name: str) -> bool:
    """Whether SES accepts a name as an email address or a domain."""
    return is_email(name) or is_domain(name)
