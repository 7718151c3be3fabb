"""What happened: changes of status, in order."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from .identity import VerificationStatus

#: The reason in the history if an action had no effect because its identity does not exist.
NO_IDENTITY_REASON = "no such identity"


class ChangeKind(Enum):
    """Why a `StatusChange` was recorded, where its statuses do not show it.

    STATUS: a change, or an explanation why there was none.
    NEXT_OF_SCRIPT: an answer has shown a scripted status, and the next status of the script replaced it.
    NO_IDENTITY: a scheduled action had no effect, because there was no such identity.
    """

    STATUS = "status"
    NEXT_OF_SCRIPT = "next of script"
    NO_IDENTITY = "no identity"


class StatusChange(NamedTuple):
    """A status that changed, or an action that had no effect.

    Attributes:
        at: when, as a timestamp in microseconds.
        region: the region of the identity.
        account_id: the account of the identity.
        name: the identity; with " DKIM" or " MAIL FROM" for a status other than its verification.
        before: the status before; None for a new identity.
        after: the status after; None for a deleted identity. Both are None if there was no such identity.
        reason: why, as text for people.
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
