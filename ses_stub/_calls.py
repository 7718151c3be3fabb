"""The log of what a stub was asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple


class Call(NamedTuple):
    """One request that reached a stub; a retry is a call of its own.

    Attributes:
        operation: the API's name, e.g. ``GetIdentityVerificationAttributes``.
        params: the parameters, as the client's caller wrote them.
        region: the client's region.
        account_id: the client's account.
        at: when it arrived (UTC).
        attempt: 1 for the first try, 2 for the first retry, …
        error_code: None for an answered call, else the error's code or the exception's name.

    """

    operation: str
    params: dict[str, Any]
    region: str
    account_id: str
    at: datetime
    attempt: int
    error_code: str | None
