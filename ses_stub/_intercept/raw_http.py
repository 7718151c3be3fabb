"""Requests as they stand on the wire, without botocore: which are for SES, from whom, and what is answered.

The hosts are those of the endpoint rules that botocore ships, for all partitions, and those of verification links.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import NamedTuple
from urllib.parse import parse_qs, quote, urlsplit

from .._model.owner import open_link
from .._service.apis import APIS
from .._service.service import Service
from .._wire import query as _protocol
from .._wire.messages import HTTPRequest, HTTPResponse
from .interceptor import account_of_key, is_moto_active, target_of

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
# No "=" in a key: many beginnings would each be read to the end.
_CREDENTIAL = re.compile(r"Credential=([^/,=\s]+)/\d+/([a-z0-9-]+)/")
# One operation of v2 stands below v1 in older service models; the rest there is Pinpoint's.
_V2_PATH = re.compile(r"/v2/email/|/v1/email/identities/[^/]+/dkim/signing\Z")
_OF_URLS = "%/:?#[]@!$&'()*+,;="
_ATTEMPT = re.compile(r"attempt=([1-9]\d{0,3})\b")


class Raw(NamedTuple):
    """A request as it stands on the wire."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: str


def is_for_ses(url: str) -> bool:
    """Whether a URL's host is one of SES, or of the links in its mails."""
    return _host(url) is not None


def _host(url: str) -> re.Match[str] | None:
    try:
        return _HOST.fullmatch(urlsplit(url).hostname or "")
    except ValueError:  # Brackets that are no pair, and the like.
        return None


def to_request(raw: Raw, region: str, account_id: str) -> HTTPRequest | None:
    """What the service is asked; None if it is none of its APIs.

    Args:
        raw: the request.
        region: the region, if neither host nor signature tell it.
        account_id: the account, if the access key is none.

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
    # The AWS SDKs count their tries in this header.
    told = _ATTEMPT.search(_header(raw, "amz-sdk-request"))
    attempt = int(told[1]) if told is not None else 1
    if _V2_PATH.match(parts.path):
        return HTTPRequest(body, region, account_id, attempt, "sesv2", raw.method, target_of(url))
    query = "&".join(filter(None, (parts.query, body)))
    is_query = parts.path in ("", "/") and _protocol.operation_of(query) != ""
    return HTTPRequest(query, region, account_id, attempt) if is_query else None


def _utf8(text: str) -> str:
    """A text as a socket would bring it: lone surrogates have no UTF-8."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def answer(service: Service, raw: Raw, region: str, account_id: str) -> HTTPResponse | None:
    """What a stub answers; None if the request is none for SES.

    Args:
        service: the stub's.
        raw: the request.
        region: the region, if neither host nor signature tell it.
        account_id: the account, if the access key is none.

    Raises:
        UnsupportedOperationError: nobody answers the operation.

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


def goes_on(service: Service, raw: Raw) -> bool:
    """Whether moto or the network is to have a request, as the stub does not know the operation."""
    if service.options.unsupported != "passthrough" and not is_moto_active():
        return False
    request = to_request(raw, "", "")
    if request is None:
        return False
    api = APIS[request.service]
    return api.operation_of(request) not in api.operations


def _open_link(service: Service, url: str) -> HTTPResponse:
    """The page behind a verification link, which confirms the address."""
    with service.locked() as now:
        page = open_link(service.state, url, now)
    if page.startswith(("http://", "https://")):
        # A header holds ASCII.
        return HTTPResponse(302, {"Location": quote(page, safe=_OF_URLS), "Content-Length": "0"}, b"")
    body = f"<!DOCTYPE html><title>Amazon SES</title><p>{escape(page)}</p>\n".encode()
    return HTTPResponse(200, {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(body))}, body)


def _signer(raw: Raw, query: str) -> tuple[str | None, str | None]:
    """Access key and region of the signature, in the header or in the query string."""
    found = _CREDENTIAL.search(_header(raw, "authorization"))
    if found is None:
        scope = parse_qs(query).get("X-Amz-Credential", [""])[0]
        found = _CREDENTIAL.search(f"Credential={scope}")
    return (found[1], found[2]) if found is not None else (None, None)


def _header(raw: Raw, wanted: str) -> str:
    return next((value for name, value in raw.headers.items() if name.lower() == wanted), "")
