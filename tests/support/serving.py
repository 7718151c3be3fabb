"""Raw requests to a served stub."""

from __future__ import annotations

import http.client

from ses_stub._server.endpoint import Endpoint

LIST = "Action=ListIdentities&Version=2010-12-01"


def ask(
    endpoint: Endpoint, method: str, target: str, body: str | bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, str, dict[str, str]]:
    """Status, body text and headers of one raw request."""
    connection = http.client.HTTPConnection(endpoint.url.removeprefix("http://"), timeout=30)
    try:
        connection.request(method, target, body, headers or {})
        response = connection.getresponse()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return response.status, response.read().decode(), headers
    finally:
        connection.close()


def address_of(endpoint: Endpoint) -> tuple[str, int]:
    host, _, port = endpoint.url.removeprefix("http://").partition(":")
    return host, int(port)
