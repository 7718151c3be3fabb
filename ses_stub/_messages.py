"""What passes the waist: one HTTP request in, one HTTP response out. Plain data, no behaviour.

Doors (botocore, and whatever else speaks HTTP) translate their own types to these and back.
"""

from __future__ import annotations

from typing import NamedTuple


class HTTPRequest(NamedTuple):
    """One request as it would stand on the wire, with what its sender knows of itself.

    Attributes:
        body: the Query-encoded parameters.
        region: the region whose endpoint it was sent to.
        account_id: the account whose credentials it was sent with.
        attempt: 1 for the first try of a call, 2 for its first retry, …

    """

    body: str
    region: str
    account_id: str
    attempt: int = 1


class HTTPResponse(NamedTuple):
    """One response, complete."""

    status: int
    headers: dict[str, str]
    body: bytes
