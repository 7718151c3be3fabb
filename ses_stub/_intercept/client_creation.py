"""How an SES client is made while a stub is active: without a region, without credentials, without the network.

A new client needs neither a region nor credentials of the user, and botocore's provider chain, which may use the
network, is not used before somebody signs with the client (see `lazy_credentials`). A client that may make real calls,
with ``unsupported="passthrough"``, gets its credentials from the chain.

Relies on `Session.create_client` getting its credentials from ``get_credentials``, which keeps them in
``_credentials``; on ``get_config_variable("region")`` and ``get_default_client_config``; on a client's emitter being a
copy of the session's `EventAliaser`, whose memo is ``_alias_name_cache``.
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
# Each emitter finds out for itself which event names are aliases of others. A new client of a typical test spends more
# time on that than on its calls, so those that are made in a scope share what they have found.
_alias_names: dict[str, str] = {}


def requested_service(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The service that ``create_client`` is called for."""
    return args[0] if args else kwargs.get("service_name")


def make_client(
    original: Callable[..., Any], session: Session, options: Options, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Makes an SES client for a stub.

    Args:
        original: botocore's ``Session.create_client``, bound to the session.
        session: the session that makes the client.
        options: the stub's.
        args: the arguments of ``create_client``.
        kwargs: its keywords.

    """
    with creating_client(options):
        args, kwargs = with_region(session, options, args, kwargs)
        return original(*args, **kwargs)


def with_region(
    session: Session, options: Options, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of ``create_client``, with the stub's region if the user has configured none at all."""
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
    """A context in which an SES client is being created."""
    # A call that is passed through needs real credentials.
    before = _needs_no_credentials.get()
    _needs_no_credentials.set(options.unsupported != "passthrough")
    try:
        yield
    finally:
        # Not by a token: a coroutine may be closed in another context.
        _needs_no_credentials.set(before)


def is_creating_client() -> bool:
    """Whether an SES client that needs no credentials is being created in this context."""
    return _needs_no_credentials.get()


def patched_get_credentials(original: Callable[..., Any]) -> Callable[..., Any]:
    """Wraps ``Session.get_credentials``: for an SES client it returns those that are set, or looks later."""

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
    """The region that a client made now would have, or us-east-1."""
    boto3: ModuleType | None = sys.modules.get("boto3")
    default_session = getattr(boto3, "DEFAULT_SESSION", None)
    if default_session is not None and default_session.region_name:
        return str(default_session.region_name)
    names = ("AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_CONFIG_FILE", "HOME")
    return _region_in(tuple(os.environ.get(name) for name in names))


@functools.lru_cache(maxsize=16)
def _region_in(environment: tuple[str | None, ...]) -> str:
    """The region that botocore finds while the environment has these values."""
    try:
        return str(botocore.session.Session().get_config_variable("region") or DEFAULT_REGION)
    except Exception:  # A missing profile or an unreadable file: the user's client will report it.
        return DEFAULT_REGION
