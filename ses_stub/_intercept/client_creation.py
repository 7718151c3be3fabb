"""Makes SES clients while a stub is active: without a region, credentials or the network.

botocore's provider chain may use the network, so it runs only if somebody signs with the client (see
`lazy_credentials`). With ``unsupported="passthrough"`` a client may make real calls, and gets its credentials from the
chain.

Relies on `Session.create_client` getting its credentials from ``get_credentials``, which keeps them in
``_credentials``; on ``get_config_variable("region")`` and ``get_default_client_config``; and on a client's emitter
being a copy of the session's `EventAliaser`, whose memo is ``_alias_name_cache``.
"""

from __future__ import annotations

import contextvars
import functools
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import botocore.session
from botocore.hooks import EVENT_ALIASES
from botocore.session import Session

from .._model.options import Options
from .lazy_credentials import LazyCredentials

DEFAULT_REGION = "us-east-1"

_needs_no_credentials: contextvars.ContextVar[bool] = contextvars.ContextVar("creating an SES client", default=False)
# Each emitter finds the aliases of event names itself. In a typical test a new client spends more time on that than on
# its calls, so the clients of a scope share the result.
_alias_names: dict[str, str] = {}


def requested_service(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The service that ``create_client`` makes a client for."""
    return args[0] if args else kwargs.get("service_name")


def make_client(
    original: Callable[..., Any], session: Session, options: Options, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Makes an SES client for a stub.

    Args:
        original: botocore's ``Session.create_client``, bound to the session.
        session: the session that makes the client.
        options: the stub's options.
        args: the positional arguments of ``create_client``.
        kwargs: its keyword arguments.

    """
    with creating_client(options):
        args, kwargs = with_region(session, options, args, kwargs)
        return original(*args, **kwargs)


def with_region(
    session: Session, options: Options, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of ``create_client``, with the stub's region if the user configured none."""
    is_positional = len(args) > 1
    if (args[1] if is_positional else kwargs.get("region_name")) is None:
        configs = (kwargs.get("config"), session.get_default_client_config())
        regions = [one.region_name for one in configs if one is not None]
        if not any(regions) and session.get_config_variable("region") is None:
            region = options.region or DEFAULT_REGION
            if is_positional:
                return (args[0], region, *args[2:]), kwargs
            return args, {**kwargs, "region_name": region}
    return args, kwargs


@contextmanager
def creating_client(options: Options) -> Iterator[None]:
    """A context manager: an SES client is being made in it."""
    # A call that is passed through needs real credentials.
    before = _needs_no_credentials.get()
    _needs_no_credentials.set(options.unsupported != "passthrough")
    try:
        yield
    finally:
        # A token raises if a coroutine is closed in another context.
        _needs_no_credentials.set(before)


def is_creating_client() -> bool:
    """Whether this context is making an SES client that needs no credentials."""
    return _needs_no_credentials.get()


def patched_get_credentials(original: Callable[..., Any]) -> Callable[..., Any]:
    """Wraps ``Session.get_credentials``: an SES client gets those that are set, or looks them up when it signs."""

    def get_credentials(self: Any) -> Any:
        return (self._credentials or LazyCredentials(self)) if is_creating_client() else original(self)

    return get_credentials


def patched_copy_emitter(original: Callable[..., Any]) -> Callable[..., Any]:
    """Wraps ``EventAliaser.__copy__``: the emitters of SES clients share one memo of botocore's event aliases."""

    def copy_emitter(self: Any) -> Any:
        twin = original(self)
        if is_creating_client() and twin._event_aliases == EVENT_ALIASES:
            twin._alias_name_cache = _alias_names
        return twin

    return copy_emitter


def configured_region() -> str:
    """The region that a client gets if it is made now, or us-east-1."""
    boto3: ModuleType | None = sys.modules.get("boto3")
    default_session = getattr(boto3, "DEFAULT_SESSION", None)
    if default_session is not None and default_session.region_name:
        return str(default_session.region_name)
    names = ("AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_CONFIG_FILE", "HOME")
    return _region_in(tuple(os.environ.get(name) for name in names))


@functools.lru_cache(maxsize=16)
def _region_in(environment: tuple[str | None, ...]) -> str:
    try:
        return str(botocore.session.Session().get_config_variable("region") or DEFAULT_REGION)
    except Exception:  # A missing profile or an unreadable file: the user's client reports it.
        return DEFAULT_REGION
