"""The integration of aiobotocore: what `activation` does for botocore, with coroutines.

aioboto3 uses aiobotocore, so it needs nothing more. The rate limiter of the adaptive mode is botocore's own on the
stub's clock: it never really waits, so it needs no coroutine.

Relies on ``AioEndpoint._send_request``, ``AIOWaiter.wait``, ``AioSession._create_client`` and
``AioSession.get_credentials``; on aiobotocore's retry handler being a subclass of botocore's, with botocore's back-off
and quota; on its emitter's coroutine ``_emit``; and on its endpoint awaiting ``content`` of a response. Each has a test
in ``tests/intercept/test_aio_integration_points.py``.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

from aiobotocore.endpoint import AioEndpoint
from aiobotocore.retries.adaptive import AsyncClientRateLimiter
from aiobotocore.session import AioSession
from aiobotocore.waiter import AIOWaiter
from botocore.credentials import EnvProvider

from .._model.options import Options
from .._service.apis import APIS
from .activation import SEND, current_interceptor, patched_send_request, patched_wait, remember_client
from .attach import Attachment, attach_to_client
from .client_creation import creating_client, is_creating_client, requested_service, with_region
from .contexts import active_entries
from .interceptor import InterceptedEmitter
from .lazy_credentials import LazyCredentials, missing_credentials
from .patching import Patch, unpatched
from .response import Response


class AioResponse(Response):
    """A response whose content is awaited."""

    @property
    def content(self) -> Any:
        """The body, as a coroutine."""
        return self._read()

    @property
    def text(self) -> Any:
        """The body as text, as a coroutine."""
        return self._read_text()

    @property
    def raw(self) -> Any:
        """The part of aiohttp's response from which older versions of aiobotocore read the headers."""
        return SimpleNamespace(
            raw_headers=[(name.encode(), value.encode()) for name, value in self.headers.items()], read=self._read
        )

    async def _read(self) -> Any:
        return self._content

    async def _read_text(self) -> str:
        return str(self._content, "utf-8")


class AioLazyCredentials(LazyCredentials):
    """Credentials that are looked up, by a coroutine, when they are first needed."""

    # Looked up for every client, but called only for endpoints that contain the account, which SES does not have.
    async def get_account_id(self) -> Any:  # pragma: no cover
        """The account that the credentials name."""
        return getattr(await self.get_frozen_credentials(), "account_id", None)

    async def get_frozen_credentials(self) -> Any:
        """The keys that sign a request. Raises NoCredentialsError if there are none."""
        if self._found is None:
            self._found = EnvProvider().load() if active_entries else await self._session.get_credentials()
        if self._found is None:
            raise missing_credentials()
        frozen = self._found.get_frozen_credentials()
        return await frozen if inspect.isawaitable(frozen) else frozen


class AioInterceptedEmitter(InterceptedEmitter):
    """The event emitter of one awaited call."""

    response = AioResponse
    limiter = AsyncClientRateLimiter

    __slots__ = ()

    async def emit(self, event_name: str, **kwargs: Any) -> Any:
        """Emits an event of the call; returns pairs of a handler and its response."""
        if event_name.startswith("before-send."):
            return self._respond_unless_handled(kwargs, await self._emit_to_client(event_name, kwargs))
        if event_name.startswith("needs-retry.") and self._controls_retry(kwargs):
            backoff = self._interceptor.retries.backoff(self._emitter, event_name)
            responses = await self._emit_to_client(event_name, kwargs)
            delay = self._retry_delay(kwargs, backoff, responses)
            if delay is None:
                return responses
            await self._interceptor.service.virtual_wait_async(delay, f"retry of {self._operation}")
            self._is_retried = True
            return []
        handlers = self._needed_handlers(event_name, kwargs)
        if handlers is not None:
            return await self._call_handlers(handlers, event_name, kwargs)
        return await self._emit(event_name, kwargs)

    def without_sleep(self, needs_retry: Callable[..., Any]) -> Callable[..., Any]:
        """As `InterceptedEmitter.without_sleep`, for a coroutine."""

        async def needs_retry_without_sleep(*args: Any, **kwargs: Any) -> bool:
            self._is_retried = False
            return await needs_retry(*args, **kwargs) or self._is_retried

        return needs_retry_without_sleep

    async def _emit_to_client(self, event_name: str, kwargs: dict[str, Any]) -> Any:
        if self._needs_no_filter():
            return await self._emit(event_name, kwargs)
        return await self._call_handlers(self._client_handlers(event_name), event_name, kwargs)

    async def _call_handlers(
        self, handlers: Iterable[Callable[..., Any]], event_name: str, kwargs: dict[str, Any]
    ) -> Any:
        responses = []
        for handler in handlers:
            response = handler(event_name=event_name, **kwargs)
            responses.append((handler, await response if inspect.isawaitable(response) else response))
        return responses


def _patched_create_client(original: Callable[..., Any]) -> Callable[..., Any]:
    async def create_client(self: Any, *args: Any, **kwargs: Any) -> Any:
        interceptor = current_interceptor()
        if interceptor is None or requested_service(args, kwargs) not in APIS:
            return await original(self, *args, **kwargs)
        client = await _make_client(functools.partial(original, self), self, interceptor.options, args, kwargs)
        remember_client(client, interceptor)
        return client

    return create_client


async def _make_client(
    original: Callable[..., Any], session: Any, options: Options, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """As `client_creation.make_client`, for a coroutine."""
    with creating_client(options):
        args, kwargs = with_region(session, options, args, kwargs)
        return await original(*args, **kwargs)


def _patched_get_credentials(original: Callable[..., Any]) -> Callable[..., Any]:
    async def get_credentials(self: Any) -> Any:
        return (self._credentials or AioLazyCredentials(self)) if is_creating_client() else await original(self)

    return get_credentials


# What `libraries.AsyncIntegration` requires.

emitter = AioInterceptedEmitter
waiter = AIOWaiter


def patches() -> list[Patch]:
    """The patches of aiobotocore's classes that are applied while a stub is active."""
    return [
        Patch(AioEndpoint, SEND, patched_send_request),
        Patch(AIOWaiter, "wait", patched_wait),
        Patch(AioSession, "_create_client", _patched_create_client),
        Patch(AioSession, "get_credentials", _patched_get_credentials),
    ]


def attach_to_session(session: Any, attachment: Attachment) -> None:
    """Replaces the methods of an aiobotocore session to which a stub is attached."""
    create = unpatched(AioSession, "_create_client")

    async def create_client(*args: Any, **kwargs: Any) -> Any:
        if requested_service(args, kwargs) not in APIS:
            return await create(session, *args, **kwargs)
        interceptor = attachment.interceptors[-1]
        client = await _make_client(functools.partial(create, session), session, interceptor.options, args, kwargs)
        attachment.clients.append((interceptor, attach_to_client(client, interceptor)))
        return client

    get_credentials = functools.partial(_patched_get_credentials(unpatched(AioSession, "get_credentials")), session)
    attachment.replace(session, "_create_client", create_client)
    attachment.replace(session, "get_credentials", get_credentials)
