"""Serves a stub over HTTP for the application's other processes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING

from .._api.stub import service_of
from .._time.standing_clock import in_real_time
from .app import Application
from .http import Server
from .request_guard import RequestGuard

if TYPE_CHECKING:
    from .._api.stub import SESStub

_PROXIES = ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


class Endpoint:
    """A served stub.

    Attributes:
        url: the address, such as ``http://127.0.0.1:40123``, for ``endpoint_url``.
        environ: the environment variables that child processes inherit. Pass them to a container.

    """

    def __init__(self, url: str, environ: Mapping[str, str]) -> None:
        self.url = url
        self.environ = MappingProxyType(dict(environ))

    def __repr__(self) -> str:
        return f"<Endpoint {self.url}>"


@contextmanager
def serve(stub: SESStub, host: str, port: int, allowed_hosts: Iterable[str] = ()) -> Iterator[Endpoint]:
    """Serves the stub; see `SESStub.serve`."""
    application = Application(stub, RequestGuard(host, allowed_hosts))
    with Server(application, service_of(stub), host, port) as server:
        variables = client_variables(server.url, stub.region, stub.account_id, os.environ)
        # HTTP clients really wait.
        with temporary_environment(variables), in_real_time(stub.clock):
            yield Endpoint(server.url, {name: value for name, value in variables.items() if value is not None})


@contextmanager
def temporary_environment(variables: Mapping[str, str | None]) -> Iterator[None]:
    """Sets environment variables for child processes, and restores them at the end.

    Nested calls must end in reverse order. Variables that other code has changed since then are not restored.

    Args:
        variables: the values by name; None unsets a variable.

    """
    before = {name: os.environ.get(name) for name in variables}
    _set_environment(variables)
    try:
        yield
    finally:
        ours = [name for name, value in variables.items() if os.environ.get(name) == value]
        _set_environment({name: before[name] for name in ours})


def _set_environment(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def client_variables(url: str, region: str, account_id: str, environ: Mapping[str, str]) -> dict[str, str | None]:
    """The environment variables that point AWS SDKs to the server; None unsets one.

    Args:
        url: the server's address.
        region: the region if the environment has none.
        account_id: the account.
        environ: the current environment.

    """
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or region
    return {
        "AWS_ENDPOINT_URL_SES": url,
        "AWS_ENDPOINT_URL_SESV2": url,
        # Set, not unset, as a configuration file may say otherwise. The same for the next two.
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        # With either of these the SDK for JavaScript rejects a custom endpoint.
        "AWS_USE_FIPS_ENDPOINT": "false",
        "AWS_USE_DUALSTACK_ENDPOINT": "false",
        # A key of twelve digits is the account.
        "AWS_ACCESS_KEY_ID": account_id,
        "AWS_SECRET_ACCESS_KEY": "ses_stub",
        "AWS_SESSION_TOKEN": None,
        "AWS_CREDENTIAL_EXPIRATION": None,
        # With a profile the SDK for JavaScript ignores the keys.
        "AWS_PROFILE": None,
        "AWS_DEFAULT_PROFILE": None,
        "AWS_EC2_METADATA_DISABLED": "true",
        # The first is for the SDK for Python, the second for that for JavaScript.
        "AWS_DEFAULT_REGION": environ.get("AWS_DEFAULT_REGION") or region,
        "AWS_REGION": environ.get("AWS_REGION") or region,
        **_proxy_exceptions(url, environ),
    }


def _proxy_exceptions(url: str, environ: Mapping[str, str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    if any(environ.get(name) for name in _PROXIES):
        host = url.partition("://")[2].rpartition(":")[0]
        for name in ("NO_PROXY", "no_proxy"):
            # If one spelling is missing, the other applies. "*" is valid only alone.
            existing = environ.get(name) or environ.get(name.swapcase())
            # curl expects an IPv6 address without brackets, Python with them.
            hosts = dict.fromkeys((existing, host, host.strip("[]")))
            found[name] = existing if existing == "*" else ",".join(filter(None, hosts))
    return found
