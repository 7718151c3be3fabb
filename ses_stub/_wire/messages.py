"""The request and the response of the service: plain data. Interceptors convert their own types to these and back."""

from __future__ import annotations

from typing import NamedTuple


class HTTPRequest(NamedTuple):
    """One request, with the region and account of its sender.

    Attributes:
        body: Query-encoded parameters for SES v1, JSON for v2.
        region: the region of the endpoint.
        account_id: the account of the credentials.
        attempt: 1 for the first attempt of a call, 2 for its first retry, …
        service: botocore's name of the API: ``ses`` (v1) or ``sesv2``.
        method: the HTTP method.
        target: path and query string, percent-encoded.

    """

    body: str
    region: str
    account_id: str
    attempt: int = 1
    service: str = "ses"
    method: str = "POST"
    target: str = "/"


class HTTPResponse(NamedTuple):
    """One complete response.

    Attributes:
        status: the HTTP status, such as 200.
        headers: the headers by name.
        body: XML of v1, JSON of v2, or the text of a verification link's page.

    """

    status: int
    headers: dict[str, str]
    body: bytes
