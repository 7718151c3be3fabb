"""The request and the response of the pipeline: plain data without behaviour.

Interceptors, for botocore and whatever else speaks HTTP, translate their own types to these and back.
"""

from __future__ import annotations

from typing import NamedTuple


class HTTPRequest(NamedTuple):
    """One request as it would be sent, with the region and account of its sender.

    Attributes:
        body: the body: Query-encoded parameters for SES v1, JSON for v2.
        region: the region whose endpoint it was sent to.
        account_id: the account whose credentials it was sent with.
        attempt: 1 for the first try of a call, 2 for its first retry, …
        service: botocore's name of the API: ``ses`` (v1) or ``sesv2``.
        method: the HTTP method.
        target: path and query string, percent-encoded as on the wire.

    """

    body: str
    region: str
    account_id: str
    attempt: int = 1
    service: str = "ses"
    method: str = "POST"
    target: str = "/"


class HTTPResponse(NamedTuple):
    """One response, complete.

    Attributes:
        status: the HTTP status, e.g. 200.
        headers: the headers by name.
        body: the body: XML of v1, JSON of v2, or the text of the page that a link opens.

    """

    status: int
    headers: dict[str, str]
    body: bytes
