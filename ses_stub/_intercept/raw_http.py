"""HTTP requests without botocore: finds those for SES and their signer, and makes the stub's response.

The hosts are those of botocore's endpoint rules, for all partitions, and those of verification links.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from html import escape
from typing import NamedTuple
from urllib.parse import parse_qs, quote, urlsplit

from .._core.text import is_url
from .._model.owner import open_link
from .._service.apis import APIS
from .._service.service import Service
from .._wire import query as query_protocol
from .._wire.messages import HTTPRequest, HTTPResponse
from .accounts import account_of_key
from .handlers import is_moto_active

_SUFFIXES = (
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "c2s.ic.gov",
    "sc2s.sgov.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
    "api.aws",
    "api.amazonwebservices.com.cn",
    "api.amazonwebservices.eu",
    "api.aws.ic.gov",
    "api.aws.scloud",
    "api.cloud-aws.adc-e.uk",
    "api.aws.hci.ic.gov",
)
_HOST = re.compile(
    rf"email(?P<kind>|-fips|-verification)\.(?P<region>[a-z0-9-]+)\.({'|'.join(map(re.escape, _SUFFIXES))})"
)
# No "=" in a key: otherwise a text in which a match begins often takes quadratic time.
_CREDENTIAL = re.compile(r"Credential=([^/,=\s]+)/\d+/([a-z0-9-]+)/")
# In older service models one operation of v2 has a path below v1, whose other paths are Pinpoint's.
_V2_PATH = re.compile(r"/v2/email/|/v1/email/identities/[^/]+/dkim/signing\Z")
_OF_URLS = "%/:?#[]@!$&'()*+,;="
_ATTEMPT = re.compile(r"attempt=([1-9]\d{0,3})\b")


class RawRequest(NamedTuple):
    """A request as an HTTP server receives it."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: str


def is_ses_url(url: str) -> bool:
    """Whether a URL's host is one of SES or of the links in its emails."""
    return _host(url) is not None


@lru_cache(maxsize=128)
def _host(url: str) -> re.Match[str] | None:
    try:
        return _HOST.fullmatch(urlsplit(url).hostname or "")
    except ValueError:  # Not a URL, such as one with unpaired brackets.
        return None


def to_request(raw: RawRequest, region: str, account_id: str) -> HTTPRequest | None:
    """The request for the service; None if it belongs to neither API.

    Args:
        raw: the request.
        region: used if neither host nor signature names one.
        account_id: used if the access key names none.

    """
    url, body = _utf8(raw.url), _utf8(raw.body)
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    host = _host(url)
    key, signed_for = _signer(raw, parts.query)
    if host is not None:
        region = host["region"]
    elif signed_for is not None:
        region = signed_for
    account_id = account_of_key(key) or account_id
    # The AWS SDKs number their attempts in this header.
    counted = _ATTEMPT.search(_header(raw, "amz-sdk-request"))
    attempt = int(counted[1]) if counted is not None else 1
    if _V2_PATH.match(parts.path):
        return HTTPRequest(body, region, account_id, attempt, "sesv2", raw.method, request_target(url))
    query = "&".join(filter(None, (parts.query, body)))
    is_query = parts.path in ("", "/") and query_protocol.route(query) != ""
    return HTTPRequest(query, region, account_id, attempt) if is_query else None


def request_target(url: str) -> str:
    """The path and the query string of a URL, as in the first line of an HTTP request."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _utf8(text: str) -> str:
    """A text as a server would decode it. Lone surrogates have no UTF-8."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def respond(service: Service, raw: RawRequest, region: str, account_id: str) -> HTTPResponse | None:
    """The stub's response; None if the request is not for SES.

    Args:
        service: makes the response.
        raw: the request.
        region: used if neither host nor signature names one.
        account_id: used if the access key names none.

    Raises:
        UnsupportedOperationError: the stub does not support the operation.

    """
    host = _host(raw.url)
    if host is not None and host["kind"] == "-verification":
        response = _open_link(service, raw.url)
    else:
        request = to_request(raw, region, account_id)
        if request is None:
            return None
        response = service.handle(request)
    return response._replace(body=b"") if raw.method == "HEAD" else response


def passes_through(service: Service, raw: RawRequest) -> bool:
    """Whether a request goes on to moto or the network, as the stub does not support its operation."""
    if service.options.unsupported != "passthrough" and not is_moto_active():
        return False
    request = to_request(raw, "", "")
    if request is None:
        return False
    api = APIS[request.service]
    return api.route(request) not in api.operations


def _open_link(service: Service, url: str) -> HTTPResponse:
    """Confirms the address of a verification link; returns the page that the link shows."""
    with service.locked() as now:
        page = open_link(service.state, url, now)
    if is_url(page):
        # HTTP headers are ASCII.
        return HTTPResponse(302, {"Location": quote(page, safe=_OF_URLS), "Content-Length": "0"}, b"")
    body = f"<!DOCTYPE html><title>Amazon SES</title><p>{escape(page)}</p>\n".encode()
    return HTTPResponse(200, {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(body))}, body)


def _signer(raw: RawRequest, query: str) -> tuple[str | None, str | None]:
    """The access key and the region in the signature, in a header or in the query string."""
    found = _CREDENTIAL.search(_header(raw, "authorization"))
    if found is None:
        scope = parse_qs(query).get("X-Amz-Credential", [""])[0]
        found = _CREDENTIAL.search(f"Credential={scope}")
    return (found[1], found[2]) if found is not None else (None, None)


def _header(raw: RawRequest, wanted: str) -> str:
    return next((value for name, value in raw.headers.items() if name.lower() == wanted), "")
