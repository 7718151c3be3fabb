"""The history: changes of status, in order."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from .identity import VerificationStatus

#: The reason if an action had no effect because its identity does not exist.
NO_IDENTITY_REASON = "no such identity"


class ChangeKind(Enum):
    """Why a `StatusChange` was recorded, if its statuses do not show it.

    STATUS: a change, or an explanation why there was none.
    NEXT_OF_SCRIPT: a response showed a scripted status, and the next status of the script replaced it.
    NO_IDENTITY: a scheduled action had no effect, because its identity did not exist.
    """

    STATUS = "status"
    NEXT_OF_SCRIPT = "next of script"
    NO_IDENTITY = "no identity"


class StatusChange(NamedTuple):
    """A status that changed, or an action that had no effect.

    Attributes:
        at: the timestamp in microseconds.
        region: the region of the identity.
        account_id: the account of the identity.
        name: the identity, followed by " DKIM" or " MAIL FROM" for one of these statuses.
        before: the status before; None for a new identity.
        after: the status after; None for a deleted identity. Both are None if the identity did not exist.
        reason: why, for people.
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
