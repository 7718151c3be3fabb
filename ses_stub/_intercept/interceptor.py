"""Sends the calls and waiters of an SES client to a service instead of the network.

botocore calls ``Endpoint._send_request``, which calls `Interceptor.call`. That continues with a shallow copy of the
endpoint whose event emitter is an `InterceptedEmitter`: it answers ``before-send``, and waits in virtual time after
``needs-retry``. All other events go to the client's own emitter. So botocore's serializer, retry handlers and parser
run for real, and nothing remains on any client, session or event of another service. The alternatives are worse: a
patch of the emitter's class handles every event of every service; handlers on clients remain there, and would run
beside moto's handler, which changes moto's state.

A client's own ``before-send`` handlers still run, except moto's. If no handler of the user can read a request, it gets
neither a signature nor a user agent (see `handlers`).

botocore sleeps with ``time.sleep``, which a test may mock for the application's sleeps: the mock must not see
botocore's. So the copy's ``_needs_retry`` says to botocore that no retry is needed, and returns itself that one is. A
waiter sleeps between its polls, so `Interceptor.wait` runs a copy that polls once, with all polls in that one.

Relies on an `Endpoint` being no more than its ``__dict__`` with the emitter in ``_event_emitter``; on its calling
``self._needs_retry``, which emits ``needs-retry`` and sleeps if that says so; on `EventAliaser._emitter._emit`; on the
arguments of the events; on a request's context (``client_region``, ``client_config``, ``auth_type``, ``retries``); and
on a `Waiter` polling with ``_operation_method``, with its acceptors in ``config``. Each has a test in
``tests/intercept/test_integration_points.py`` or ``test_integration_points_parts.py``.
"""

from __future__ import annotations

import copy
import functools
import inspect
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar
from urllib.parse import urlsplit

from botocore.hooks import first_non_none_response
from botocore.retries import adaptive, standard
from botocore.waiter import Waiter, is_valid_waiter_error

from .._model.options import DEFAULT_REGION, Options
from .._service.service import Service
from .._time.clock import timestamp_of
from .._wire.messages import HTTPRequest, HTTPResponse
from .._wire.service_model import use_service_model
from .accounts import account_of_client, credentials_of_client
from .handlers import (
    body_preparer,
    handlers_after_success,
    handlers_of,
    has_moto_handler,
    is_moto_active,
    is_moto_handler,
    request_created_handlers,
)
from .lazy_credentials import LazyCredentials
from .libraries import integration_of_async_clients, is_async_endpoint
from .patching import interception_lock
from .raw_http import request_target
from .response import Response
from .retries import VirtualRetries

#: The most threads that are remembered as unclear.
MAX_UNCLEAR_CALLERS = 100


class Interceptor:
    """Answers the calls of botocore's clients by one service.

    Args:
        service: answers the calls.

    """

    def __init__(self, service: Service) -> None:
        self.service = service
        #: The thread that began the scope, by its `threading.get_ident`.
        self.thread = threading.get_ident()
        #: Returns the `SESStub` of the scope, for `current_stub`. Weak: a cycle would be left to the collector.
        self.stub: Callable[[], object] = lambda: None
        self._retries: VirtualRetries | None = None

    @property
    def retries(self) -> VirtualRetries:
        """The retry state of the clients; most scopes see no retry."""
        if self._retries is None:
            with interception_lock:
                if self._retries is None:  # pragma: no branch  # Another thread may have made it just now.
                    self._retries = VirtualRetries(self.service)
        return self._retries

    @property
    def options(self) -> Options:
        """The options of the scope."""
        return self.service.options

    def call(self, original: Callable[..., Any], endpoint: Any, request_dict: Any, operation_model: Any) -> Any:
        """Runs one call of a client against the service.

        Args:
            original: botocore's ``Endpoint._send_request``.
            endpoint: the client's.
            request_dict: the serialized request.
            operation_model: the operation that is called.

        """
        operation = operation_model.name
        context, emitter = request_dict["context"], endpoint._event_emitter
        use_service_model(operation_model.service_model)
        service = operation_model.service_model.service_name
        if not self.service.supports(operation, service):
            if is_moto_active() and has_moto_handler(emitter, f"before-send.{service}.{operation}"):
                if isinstance(credentials_of_client(emitter, service), LazyCredentials | None):
                    # The client was made without searching for credentials, and moto needs none.
                    context["auth_type"] = "none"
                return original(endpoint, request_dict, operation_model)
            if self.options.unsupported == "passthrough":
                return original(endpoint, request_dict, operation_model)
        context["auth_type"] = "none"
        is_own = threading.get_ident() == self.thread
        if not is_own:
            self.service.calls_by_other_threads.setdefault(threading.current_thread(), set()).add(operation)
        if self.options.sleep == "virtual":
            stalls, asked = self.service.stall_detector, (request_dict["url_path"], request_dict["body"])
            note = stalls.on_call if is_own else stalls.on_call_of_another_thread
            note(operation, asked, timestamp_of(self.service.clock))
        # This takes a tenth of the time of copy.copy().
        twin = object.__new__(type(endpoint))
        events = _emitter_class(endpoint.__class__)(self, endpoint, context, operation, service)
        twin.__dict__ = {**endpoint.__dict__, "_event_emitter": events}
        if self.options.sleep == "virtual":
            twin._needs_retry = events.without_sleep(twin._needs_retry)
        return original(twin, request_dict, operation_model)

    def note_unclear(self, scopes: int) -> None:
        """Notes a call of the current thread, which is in none of the active scopes.

        Args:
            scopes: the number of active scopes.

        """
        if len(self.service.unclear_callers) < MAX_UNCLEAR_CALLERS:
            self.service.unclear_callers[threading.current_thread().name] = scopes

    def wait(self, original: Callable[..., None], waiter: Waiter, kwargs: dict[str, Any]) -> None:
        """Runs a waiter that moves the clock between its polls.

        Args:
            original: botocore's ``Waiter.wait``.
            waiter: the user's waiter.
            kwargs: the keyword arguments of its ``wait``.

        """
        if self.options.sleep == "real":
            return original(waiter, **kwargs)
        config = dict(kwargs.get("WaiterConfig") or {})
        polls = _Polls(waiter, config)
        twin = copy.copy(waiter)
        is_async = inspect.iscoroutinefunction(original) or inspect.iscoroutinefunction(inspect.unwrap(original))
        twin._operation_method = functools.partial(self._poll_async if is_async else self._poll, polls)
        return original(twin, **{**kwargs, "WaiterConfig": {**config, "MaxAttempts": 1}})

    def _poll(self, polls: _Polls, **kwargs: Any) -> Any:
        """Polls until the waiter is done, and waits on the clock in between."""
        while not polls.are_over_with(response := polls.poll(**kwargs)):
            self.service.virtual_wait(polls.delay, polls.reason)
        return response

    async def _poll_async(self, polls: _Polls, **kwargs: Any) -> Any:
        """As `_poll`, for a waiter of aiobotocore."""
        while not polls.are_over_with(response := await polls.poll(**kwargs)):
            await self.service.virtual_wait_async(polls.delay, polls.reason)
        return response

    def respond(self, request: Any, context: Any, emitter: Any, service: str, base: str) -> tuple[str, HTTPResponse]:
        """The URL of a client's request, and the service's response to it.

        Args:
            request: botocore's `AWSPreparedRequest`.
            context: the context of the call.
            emitter: the client's emitter.
            service: botocore's name of the service, ``ses`` or ``sesv2``.
            base: the URL of the client's endpoint. Its path, if any, does not belong to the operation.

        """
        body, retries = request.body, context.get("retries")
        response = self.service.handle(
            HTTPRequest(
                body if isinstance(body, str) else (body or b"").decode(errors="replace"),
                context.get("client_region") or DEFAULT_REGION,
                account_of_client(emitter, service) or self.service.options.account_id,
                retries["attempt"] if retries else 1,
                service,
                request.method,
                request_target(request.url).removeprefix(urlsplit(base).path.rstrip("/")) if service != "ses" else "/",
            )
        )
        return request.url, response


class _Polls:
    """The polls of one waiter.

    Args:
        waiter: the user's.
        config: its ``WaiterConfig``.

    """

    def __init__(self, waiter: Waiter, config: dict[str, Any]) -> None:
        self.poll: Callable[..., Any] = waiter._operation_method
        self.delay: float = config.get("Delay", waiter.config.delay)
        self.reason = f"waiter {waiter.name}"
        self._acceptors = waiter.config.acceptors
        self._left = config.get("MaxAttempts", waiter.config.max_attempts)

    def are_over_with(self, response: Any) -> bool:
        """Whether the waiter is done with this response: it succeeds, fails, or has no attempt left."""
        self._left -= 1
        state = next((one.state for one in self._acceptors if one.matcher_func(response)), None)
        return self._left <= 0 or state in ("success", "failure") or (state is None and is_valid_waiter_error(response))


class InterceptedEmitter:
    """The event emitter of one call: answers its requests, and waits in virtual time for its retries.

    Args:
        interceptor: answers the requests.
        endpoint: the client's.
        context: the context of the call.
        operation: the name of the operation.
        service: botocore's name of the service, ``ses`` or ``sesv2``.

    """

    #: The class of its responses.
    response: ClassVar[type[Response]] = Response
    #: The class of clients' rate limiters in the adaptive mode.
    limiter: ClassVar[type] = adaptive.ClientRateLimiter

    __slots__ = (
        "_adaptive",
        "_base",
        "_context",
        "_emit",
        "_emitter",
        "_interceptor",
        "_is_retried",
        "_operation",
        "_service",
        "_virtual",
    )

    def __init__(self, interceptor: Interceptor, endpoint: Any, context: Any, operation: str, service: str) -> None:
        self._interceptor = interceptor
        self._emitter = emitter = endpoint._event_emitter
        self._base = endpoint.host
        # The emitter below the event aliases: no event of SES has an alias, and every new client would search a long
        # list for one.
        self._emit = emitter._emitter._emit
        self._context = context
        self._operation = operation
        self._service = service
        self._virtual = interceptor.service.options.sleep == "virtual"
        self._adaptive = self._virtual and (context["client_config"].retries or {}).get("mode") == "adaptive"

    def emit(self, event_name: str, **kwargs: Any) -> Any:
        """Emits an event of the call; returns pairs of handler and response."""
        if event_name.startswith("before-send."):
            return self._respond_unless_handled(kwargs, self._emit_to_client(event_name, kwargs))
        if event_name.startswith("needs-retry.") and self._controls_retry(kwargs):
            backoff = self._interceptor.retries.backoff(self._emitter, event_name)
            responses = self._emit_to_client(event_name, kwargs)
            delay = self._retry_delay(kwargs, backoff, responses)
            if delay is None:
                return responses
            self._interceptor.service.virtual_wait(delay, f"retry of {self._operation}")
            self._is_retried = True
            return []
        handlers = self._needed_handlers(event_name, kwargs)
        return self._emit(event_name, kwargs) if handlers is None else self._call_handlers(handlers, event_name, kwargs)

    def without_sleep(self, needs_retry: Callable[..., Any]) -> Callable[..., Any]:
        """The endpoint's method that sleeps before a retry, without the sleep, as `emit` has already waited."""

        def needs_retry_without_sleep(*args: Any, **kwargs: Any) -> bool:
            self._is_retried = False
            return needs_retry(*args, **kwargs) or self._is_retried

        return needs_retry_without_sleep

    def _emit_to_client(self, event_name: str, kwargs: dict[str, Any]) -> Any:
        """Emits an event to the client's own handlers, except moto's, and with the rate limiter's twin in its place."""
        if self._needs_no_filter():
            return self._emit(event_name, kwargs)
        return self._call_handlers(self._client_handlers(event_name), event_name, kwargs)

    def _call_handlers(self, handlers: Iterable[Callable[..., Any]], event_name: str, kwargs: dict[str, Any]) -> Any:
        return [(one, one(event_name=event_name, **kwargs)) for one in handlers]

    # The methods below neither wait nor await, so the emitter of aiobotocore's calls shares them.

    def _needs_no_filter(self) -> bool:
        """Whether all of the client's handlers are called as they are."""
        return not self._adaptive and not is_moto_active()

    def _client_handlers(self, event_name: str) -> Iterator[Callable[..., Any]]:
        for handler in handlers_of(self._emitter, event_name):
            if is_moto_handler(handler):
                continue
            owner = getattr(handler, "__self__", None)
            if self._adaptive and isinstance(owner, self.limiter):
                yield getattr(self._interceptor.retries.limiter(owner), handler.__name__)
            else:
                yield handler

    def _respond_unless_handled(self, kwargs: dict[str, Any], responses: Any) -> Any:
        """What the client's handlers answer to a request, or the service's response if none of them answers."""
        if not responses or first_non_none_response(responses) is None:
            url, response = self._interceptor.respond(
                kwargs["request"], self._context, self._emitter, self._service, self._base
            )
            responses = [(self._respond_unless_handled, self.response(url, response))]
        return responses

    def _needed_handlers(self, event_name: str, kwargs: dict[str, Any]) -> list[Callable[..., Any]] | None:
        """The handlers that an event needs; None if it needs all."""
        if event_name.startswith("request-created."):
            handlers = request_created_handlers(self._emitter, event_name)
            if handlers is not None:
                kwargs["request"]._request_preparer = body_preparer
            return handlers
        if event_name.startswith("needs-retry.") and _is_success(kwargs["response"]):
            return handlers_after_success(self._emitter, event_name)
        return None

    def _controls_retry(self, kwargs: dict[str, Any]) -> bool:
        """Whether there may be a wait to skip, or the rate limiter's twin has to see the response."""
        return self._virtual and (self._adaptive or not _is_success(kwargs["response"]))

    def _retry_delay(self, kwargs: dict[str, Any], backoff: Any, responses: Any) -> float | None:
        """How long the client's handlers want to wait before a retry, in seconds; None if they want none."""
        delay = first_non_none_response(responses)
        if delay is None or delay is False:
            return None
        if backoff is not None:
            seconds: float = backoff.delay_amount(standard.RetryEventAdapter().create_retry_context(**kwargs))
            return seconds
        factor: int = 2 ** (kwargs["attempts"] - 1)
        return self._interceptor.service.jitter() * factor


def _is_success(response: Any) -> bool:
    return response is not None and response[0].status_code < 300


@functools.lru_cache(maxsize=16)
def _emitter_class(endpoint: type) -> type[InterceptedEmitter]:
    """The emitter's class for the calls of an endpoint's class."""
    return integration_of_async_clients().emitter if is_async_endpoint(endpoint) else InterceptedEmitter
