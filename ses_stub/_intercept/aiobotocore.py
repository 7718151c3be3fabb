"""The seam into aiobotocore: the same calls as in `_botocore`, awaited.

Calls come through ``Endpoint.make_request``, which aiobotocore inherits, and clients are told apart by their endpoint.
What aiobotocore has of its own is here: an emitter and an answer that are awaited, and classes that make clients, look
for credentials and wait. While a stub is active, and as soon as aiobotocore is loaded, three attributes are ours:

``AIOWaiter.wait``, ``AioSession._create_client`` and ``AioSession.get_credentials``
    As those of botocore.

The rate limiter of the adaptive mode is, for the calls of a stub, botocore's own on its clock: it waits for nothing,
and so has nothing to await. aioboto3 is a layer above aiobotocore and needs nothing.

`tests/test_aio_seam.py` holds every fact about aiobotocore that this module relies on.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

from aiobotocore.retries.adaptive import AsyncClientRateLimiter
from aiobotocore.session import AioSession
from aiobotocore.waiter import AIOWaiter as AIOWaiter

from .._service.apis import APIS
from .attach import Attachment, attach_client
from .interceptor import (
    CallEvents,
    Interceptor,
    Patch,
    Response,
    current_interceptor,
    is_making,
    making,
    patched_wait,
    region_for,
    unpatched,
)


class AioResponse(Response):
    """A response whose content is awaited."""

    @property
    def content(self) -> Any:
        """The body."""
        return self._read()

    @property
    def text(self) -> Any:
        """The body as a text."""
        return self._read_text()

    @property
    def raw(self) -> Any:
        """What is left of aiohttp's response: older versions read the headers from it."""
        return SimpleNamespace(
            raw_headers=[(name.encode(), value.encode()) for name, value in self.headers.items()], read=self._read
        )

    async def _read(self) -> Any:
        return self._content

    async def _read_text(self) -> str:
        return str(self._content, "utf-8")


class AioCallEvents(CallEvents):
    """A client's emitter during one call."""

    response = AioResponse
    limiter = AsyncClientRateLimiter

    __slots__ = ()

    async def emit(self, event_name: str, **kwargs: Any) -> Any:
        """Emits an event of the call."""
        if event_name.startswith("before-send."):
            return self._answered(kwargs, await self._others(event_name, kwargs))
        if event_name.startswith("needs-retry.") and self._may_wait(kwargs):
            backoff = self._door.backoff(self._emitter, event_name)
            return self._waited(kwargs, backoff, await self._others(event_name, kwargs))
        if event_name.startswith("request-created.") and (handlers := self._undressed(event_name)) is not None:
            return await self._ask(handlers, event_name, kwargs)
        return await self._emit(event_name, kwargs)

    async def _others(self, event_name: str, kwargs: dict[str, Any]) -> Any:
        if self._passes():
            return await self._emit(event_name, kwargs)
        return await self._ask(self._own_handlers(event_name), event_name, kwargs)

    async def _ask(self, handlers: Iterable[Callable[..., Any]], event_name: str, kwargs: dict[str, Any]) -> Any:
        responses = []
        for handler in handlers:
            response = handler(event_name=event_name, **kwargs)
            responses.append((handler, await response if inspect.isawaitable(response) else response))
        return responses


def _create_client(original: Callable[..., Any]) -> Callable[..., Any]:
    async def create_client(
        self: Any, service_name: str, region_name: str | None = None, *args: Any, **kwargs: Any
    ) -> Any:
        interceptor = current_interceptor()
        make = functools.partial(original, self, service_name)
        if interceptor is None or service_name not in APIS:
            return await make(region_name, *args, **kwargs)
        return await _make_client(make, self, interceptor, region_name, *args, **kwargs)

    return create_client


async def _make_client(
    original: Callable[..., Any],
    session: Any,
    interceptor: Interceptor,
    region_name: str | None,
    *args: Any,
    **kwargs: Any,
) -> Any:
    with making(interceptor):
        return await original(region_for(session, interceptor, region_name, kwargs.get("config")), *args, **kwargs)


def _get_credentials(original: Callable[..., Any]) -> Callable[..., Any]:
    async def get_credentials(self: Any) -> Any:
        return self._credentials if is_making() else await original(self)

    return get_credentials


def patches() -> list[Patch]:
    """The attributes of aiobotocore's classes that are ours while a stub is active."""
    return [
        Patch(AIOWaiter, "wait", patched_wait),
        Patch(AioSession, "_create_client", _create_client),
        Patch(AioSession, "get_credentials", _get_credentials),
    ]


def on_session(session: Any, attachment: Attachment) -> None:
    """What stands on a session of aiobotocore while a stub is attached to it."""
    create = unpatched(AioSession, "_create_client")

    async def create_client(service_name: str, region_name: str | None = None, *args: Any, **kwargs: Any) -> Any:
        make = functools.partial(create, session, service_name)
        if service_name not in APIS:
            return await make(region_name, *args, **kwargs)
        interceptor = attachment.interceptors[-1]
        client = await _make_client(make, session, interceptor, region_name, *args, **kwargs)
        attachment.made.append((interceptor, attach_client(client, interceptor)))
        return client

    get_credentials = functools.partial(_get_credentials(unpatched(AioSession, "get_credentials")), session)
    attachment.replace(session, "_create_client", create_client)
    attachment.replace(session, "get_credentials", get_credentials)
