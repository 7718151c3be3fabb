"""Rejects requests from pages of other sites, which a browser may send to any address.

There are two checks, on every route. The Host header must name this server: a page whose name was rebound to this
address sends its own name. And a browser says in Origin and Sec-Fetch-Site where a request comes from; SDKs and curl
send neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING

from .._intercept.raw_http import is_ses_url

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[^:\[\]@/\s]+)(?::\d{1,5})?", re.IGNORECASE)
#: Sec-Fetch-Site for the server's own page, and for an address that the user entered.
_OWN_SITES = ("same-origin", "none")
#: The length to which errors shorten a name: the maximum in DNS.
_NAME_LENGTH = 253


class RequestGuard:
    """Decides which requests are answered.

    Args:
        host: the address that the server listens on.
        allowed_hosts: other names of the server. One that begins with a dot includes all names below it.

    """

    def __init__(self, host: str = "127.0.0.1", allowed_hosts: Iterable[str] = ()) -> None:
        names = {name.lower().strip("[]") for name in ("localhost", ".localhost", host, *allowed_hosts)}
        self._names = {name for name in names if not name.startswith(".")}
        self._suffixes = tuple(names - self._names)
        address = _address(host)
        #: Whether it listens on every address. An address, unlike a name, can't be rebound.
        self._has_any_address = not host or (address is not None and address.is_unspecified)
        self._knows = lru_cache(maxsize=128)(self._is_known)

    def refusal(self, environ: WSGIEnvironment, is_page: bool) -> tuple[str, str] | None:
        """Why a request is rejected, as a code and a text; None if it is not.

        Args:
            environ: the request.
            is_page: whether it is for the page, which other sites may link to.

        """
        host: str = environ.get("HTTP_HOST", "")
        if not self._knows(host):
            return "HostNotAllowed", _unknown_host(host)
        origin: str | None = environ.get("HTTP_ORIGIN")
        if origin is not None and origin.partition("://")[2].lower() != host.lower():
            return "OriginNotAllowed", f"A page of {origin[:_NAME_LENGTH]} may not use this server."
        site: str = environ.get("HTTP_SEC_FETCH_SITE", "none")
        if site not in _OWN_SITES and not (is_page and _is_followed_link(environ)):
            return (
                "OriginNotAllowed",
                f"A page of another origin may not use this server (Sec-Fetch-Site: {site[:20]}).",
            )
        return None

    def _is_known(self, host: str) -> bool:
        found = _HOST.fullmatch(host)
        if found is None:
            return False
        name = found["name"].lower().strip("[]").removesuffix(".")
        address = _address(name)
        if address is not None and (address.is_loopback or self._has_any_address):
            return True
        # SES's own names, in requests to a proxy: only AWS can rebind them.
        return name in self._names or name.endswith(self._suffixes) or is_ses_url(f"http://{name}")


def _address(name: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(name)
    except ValueError:
        return None


def _is_followed_link(environ: WSGIEnvironment) -> bool:
    """Whether a browser opens an address in its own window, where the page with the link can't read it."""
    return (
        environ["REQUEST_METHOD"] in ("GET", "HEAD")
        and environ.get("HTTP_SEC_FETCH_MODE") == "navigate"
        and environ.get("HTTP_SEC_FETCH_DEST") == "document"
    )


def _unknown_host(host: str) -> str:
    found = _HOST.fullmatch(host)
    if found is None:
        return "The header Host is not a name with a port."
    name = found["name"][:_NAME_LENGTH]
    return (
        f"{name} is not a name of this server: the request may come from another site. If it is yours, allow it:"
        f" `ses-stub serve --allowed-host {name}`, SES_STUB_ALLOWED_HOST={name}, or"
        f" `ses.serve(allowed_hosts=[{name!r}])`."
    )
