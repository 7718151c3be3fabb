"""Requests as they stand on the wire, without botocore: which are for SES, from whom, and what is answered.

The hosts are those of the endpoint rules that botocore ships, for all partitions, and those of verification links.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from . import _protocol
from ._apis import APIS
from ._botocore import account_of_key, is_moto_active, target_of
from ._messages import HTTPRequest, HTTPResponse
from ._service import Service

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
_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d+/([a-z0-9-]+)/")


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
    return _HOST.fullmatch(urlsplit(url).hostname or "")


def to_request(raw: Raw, region: str, account_id: str) -> HTTPRequest | None:
    """What the service is asked; None if it is none of its APIs.

    Args:
        raw: the request.
        region: the region, if neither host nor signature tell it.
        account_id: the account, if the access key is none.

    """
    parts = urlsplit(raw.url)
    host = _host(raw.url)
    key, signed_for = _signer(raw, parts.query)
    if host is not None:
        region = host["region"]
    elif signed_for is not None:
        region = signed_for
    account_id = account_of_key(key) or account_id
    if parts.path.startswith("/v2/email/"):
        return HTTPRequest(raw.body, region, account_id, 1, "sesv2", raw.method, target_of(raw.url))
    query = "&".join(filter(None, (parts.query, raw.body)))
    is_query = parts.path in ("", "/") and _protocol.operation_of(query) != ""
    return HTTPRequest(query, region, account_id) if is_query else None


def answer(service: Service, raw: Raw, region: str, account_id: str) -> HTTPResponse | None:
    """What a stub answers; None if the request is none for SES.

    Args:
        service: the stub's.
        raw: the request.
        region: the region, if neither host nor signature tell it.
        account_id: the account, if the access key is none.

    Raises:
        UnhandledOperation: nobody answers the operation.

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
    if service.options.unhandled != "passthrough" and not is_moto_active():
        return False
    request = to_request(raw, "", "")
    if request is None:
        return False
    api = APIS[request.service]
    return api.operation_of(request) not in api.operations


def _open_link(service: Service, url: str) -> HTTPResponse:
    """The page behind a verification link, which confirms the address."""
    with service.settled() as now:
        page = service.world.open_link(url, now)
    if page.startswith(("http://", "https://")):
        return HTTPResponse(302, {"Location": page, "Content-Length": "0"}, b"")
    body = f"<!DOCTYPE html><title>Amazon SES</title><p>{escape(page)}</p>\n".encode()
    return HTTPResponse(200, {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(body))}, body)


def _signer(raw: Raw, query: str) -> tuple[str | None, str | None]:
    """Access key and region of the signature, in the header or in the query string."""
    header = next((value for name, value in raw.headers.items() if name.lower() == "authorization"), "")
    found = _CREDENTIAL.search(header)
    if found is None:
        scope = parse_qs(query).get("X-Amz-Credential", [""])[0]
        found = _CREDENTIAL.search(f"Credential={scope}")
    return (found[1], found[2]) if found is not None else (None, None)
