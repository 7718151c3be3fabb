"""A stub on a socket, as long as a test needs it, for the application's other processes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING

from . import environment
from .app import Application
from .http import Server

if TYPE_CHECKING:
    from .._api.stub import SESStub

_PROXIES = ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


class Endpoint:
    """Where a stub is served.

    Attributes:
        url: the address, e.g. ``http://127.0.0.1:40123``; for ``endpoint_url``.
        environ: what child processes find in their environment meanwhile; for a container's.

    """

    def __init__(self, url: str, environ: Mapping[str, str]) -> None:
        self.url = url
        self.environ = MappingProxyType(dict(environ))

    def __repr__(self) -> str:
        return f"<Endpoint {self.url}>"


@contextmanager
def serve(stub: SESStub, host: str, port: int) -> Iterator[Endpoint]:
    """Serves the stub; see `SESStub.serve`."""
    with Server(Application(stub), stub._service, host, port) as server:
        variables = _variables(server.url, stub.region, stub.account_id)
        environment.lay(variables)
        try:
            yield Endpoint(server.url, {name: value for name, value in variables.items() if value is not None})
        finally:
            environment.lift(variables)


def _variables(url: str, region: str, account_id: str) -> dict[str, str | None]:
    """What a child needs to come here with any AWS SDK, and to look for nothing elsewhere."""
    environ = os.environ
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or region
    found: dict[str, str | None] = {
        "AWS_ENDPOINT_URL_SES": url,
        "AWS_ENDPOINT_URL_SESV2": url,
        # Said and not taken away, as a configuration file may say otherwise; so with the next two.
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        # The SDK for JavaScript takes no address of ours beside them.
        "AWS_USE_FIPS_ENDPOINT": "false",
        "AWS_USE_DUALSTACK_ENDPOINT": "false",
        # An access key of twelve digits is the account.
        "AWS_ACCESS_KEY_ID": account_id,
        "AWS_SECRET_ACCESS_KEY": "ses_stub",
        "AWS_SESSION_TOKEN": None,
        "AWS_CREDENTIAL_EXPIRATION": None,
        # The SDK for JavaScript does not look at the keys beside a profile.
        "AWS_PROFILE": None,
        "AWS_DEFAULT_PROFILE": None,
        "AWS_EC2_METADATA_DISABLED": "true",
        # Python's SDK and JavaScript's each read another one.
        "AWS_DEFAULT_REGION": environ.get("AWS_DEFAULT_REGION") or region,
        "AWS_REGION": environ.get("AWS_REGION") or region,
    }
    if any(environ.get(name) for name in _PROXIES):
        host = url.partition("://")[2].rpartition(":")[0]
        for name in ("NO_PROXY", "no_proxy"):
            # Where one of the two is missing, the other holds; "*" holds alone only.
            theirs = environ.get(name) or environ.get(name.swapcase())
            # curl knows an IPv6 address without its brackets, Python with them.
            hosts = dict.fromkeys((theirs, host, host.strip("[]")))
            found[name] = theirs if theirs == "*" else ",".join(filter(None, hosts))
    return found
