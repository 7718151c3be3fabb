"""What happened: changes of status, in order."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from .identity import VerificationStatus

#: Why nothing changes where an identity was to be confirmed that does not exist.
OWNER_UNKNOWN_REASON = "no such identity"


class ChangeKind(Enum):
    """What a `StatusChange` stands for, where its statuses do not tell.

    STATUS: a change, or an explanation why there was none.
    NEXT_OF_SCRIPT: an answer has shown a scripted status, and the next one of the script took its place.
    OWNER_UNKNOWN: a scheduled confirmation had no effect, because there was no such identity.
    """

    STATUS = "status"
    NEXT_OF_SCRIPT = "next of script"
    OWNER_UNKNOWN = "owner unknown"


class StatusChange(NamedTuple):
    """A status that changed, or that was expected to and did not.

    Attributes:
        at: when, as a timestamp in microseconds.
        region: the region of the identity.
        account_id: the account of the identity.
        name: the identity; with " DKIM" or " MAIL FROM" for a status beside its verification.
        before: the status before; None for a new identity.
        after: the status after; None for a deleted identity. Both are None if there was no such identity.
        reason: why, for people to read.
        kind: why, for programs.

    """

    at: int
    region: str
    account_id: str
    name: str
    before: VerificationStatus | None
    after: VerificationStatus | None
    reason: str
    kind: ChangeKind = ChangeKind.STATUS
