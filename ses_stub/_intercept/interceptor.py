"""The one seam into botocore: how an SES client's calls come to a stub, and how its waits do not wait.

While a stub is active, five attributes of botocore's classes are ours. The last stub to end puts back what
was there; nothing is done at import, nothing is left on any client, session or event of another service.

``Endpoint.make_request``
    Every call of every client passes here, whenever the client was made. An SES call goes on with a shallow
    copy of the endpoint whose event emitter is a `CallEvents`: it answers ``before-send`` and takes the
    delay out of ``needs-retry``; all other events go to the client's own emitter. So botocore's
    serializer, retry handlers and parser run for real. Chosen over a wrap of the emitter's class (in the
    way of every event of every service) and over handlers registered on clients (they stay there, and
    moto's handler would run beside ours and change moto's state).
``Waiter.wait``
    A waiter sleeps by itself. An SES one runs on a copy that does not sleep and moves the clock instead.
``Session.create_client`` and ``Session.get_credentials``
    An SES client can be made without a region and without credentials, and its making never asks the
    provider chain, which may ask the network. Calls are sent unsigned.
``EventAliaser.__copy__``
    Speed only: the emitters of SES clients share one memo of botocore's event aliases.

aiobotocore and requests have doors of their own, `_aiobotocore` and `_requests`, which are opened as soon as they are
loaded.

A client's own ``before-send`` handlers still run, moto's alone excepted. Where no handler of the user's could look at a
request, it is not dressed for the way: no signer is asked, no user agent is put together. The client-side rate limiter
of the adaptive mode is replaced, for the stub's calls, by a twin on the stub's clock, and the retry quota of a client
is lent out full and given back as it was: neither carries anything from one test into another.

`tests/test_seam.py` holds every fact about botocore that this module relies on.
"""

from __future__ import annotations

import base64
import contextvars
import copy
import functools
import importlib
import inspect
import itertools
import os
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from types import ModuleType
from typing import Any, ClassVar, Protocol
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import botocore.session
from botocore.awsrequest import AWSResponse, HeadersDict, _HeaderKey
from botocore.credentials import Credentials
from botocore.endpoint import Endpoint
from botocore.hooks import EVENT_ALIASES, EventAliaser, first_non_none_response
from botocore.retries import adaptive, bucket, standard, throttling
from botocore.session import Session
from botocore.signers import RequestSigner
from botocore.waiter import Waiter

from .._core.locks import Rank, lock
from .._model.options import DEFAULT_REGION, Options
from .._service.apis import APIS
from .._service.service import Service
from .._time.clock import timestamp_of
from .._time.time import SECOND
from .._wire.messages import HTTPRequest, HTTPResponse
from .import_hooks import Arrivals

_MOTO = "moto.core.botocore_stubber"
#: The credentials of botocore and of aiobotocore that know themselves.
_STATIC = ("Credentials", "AioCredentials")
_ROLE_KEY = re.compile("ASIA[Q-Z2-7][A-Z2-7]{15}")
#: Botocore's handlers that give a request its headers User-Agent and amz-sdk-request.
_DRESSERS = ("rebuild_and_replace_user_agent_handler", "add_retry_headers")
_header_key = functools.lru_cache(maxsize=64)(_HeaderKey)


class Interceptor:
    """How botocore's calls come to one service, and which clients are let in by it alone."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.thread = threading.get_ident()
        #: The `SESStub` of the scope; this floor only keeps it for those who ask for the innermost one.
        self.handle: object = None
        # botocore's own state stays with the client; these are the stub's.
        self._limiters: WeakKeyDictionary[Any, adaptive.ClientRateLimiter] = WeakKeyDictionary()
        self._backoffs: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()

    @property
    def options(self) -> Options:
        """The options of the scope."""
        return self.service.options

    def call(self, original: Callable[..., Any], endpoint: Any, operation_model: Any, request_dict: Any) -> Any:
        """Runs one call of a client against the service."""
        operation = operation_model.name
        context, emitter = request_dict["context"], endpoint._event_emitter
        service = operation_model.service_model.service_name
        if not self.service.answers(operation, service):
            if is_moto_active() and _knows_moto(emitter, f"before-send.{service}.{operation}"):
                if _credentials(emitter, service) is None:
                    # It was made here, without a look for any, and moto asks for none.
                    context["auth_type"] = "none"
                return original(endpoint, operation_model, request_dict)
            if self.options.unsupported == "passthrough":
                return original(endpoint, operation_model, request_dict)
        context["auth_type"] = "none"
        if threading.get_ident() != self.thread:
            self.service.calls_by_other_threads.setdefault(threading.current_thread(), set()).add(operation)
        elif self.options.sleep == "virtual":
            asked = (request_dict["url_path"], request_dict["body"])
            self.service.stall_detector.called(operation, asked, timestamp_of(self.service.clock))
        # A copy.copy, in a tenth of its time.
        twin = object.__new__(type(endpoint))
        events = _events_of(endpoint.__class__)(self, emitter, context, operation, service)
        twin.__dict__ = {**endpoint.__dict__, "_event_emitter": events}
        return original(twin, operation_model, request_dict)

    def wait(self, original: Callable[..., None], waiter: Waiter, kwargs: dict[str, Any]) -> None:
        """Runs a waiter that moves the clock between its polls."""
        if self.options.sleep == "real":
            return original(waiter, **kwargs)
        config = dict(kwargs.get("WaiterConfig") or {})
        delay = config.get("Delay", waiter.config.delay)
        config["Delay"] = 0
        twin = copy.copy(waiter)
        twin._operation_method = self._paced(waiter._operation_method, delay, waiter.name)
        return original(twin, **{**kwargs, "WaiterConfig": config})

    def _paced(self, poll: Callable[..., Any], delay: float, name: str) -> Callable[..., Any]:
        polls = 0

        def next_poll(**kwargs: Any) -> Any:
            nonlocal polls
            if polls:
                self.service.wait(delay, f"waiter {name}")
            polls += 1
            return poll(**kwargs)

        return next_poll

    def answer(self, request: Any, context: Any, emitter: Any, service: str) -> tuple[str, HTTPResponse]:
        """One request of a client, answered; its URL comes with the answer."""
        body, retries = request.body, context.get("retries")
        response = self.service.handle(
            HTTPRequest(
                body if isinstance(body, str) else (body or b"").decode(errors="replace"),
                context.get("client_region") or DEFAULT_REGION,
                _account(emitter, service) or self.service.options.account_id,
                retries["attempt"] if retries else 1,
                service,
                request.method,
                target_of(request.url) if service != "ses" else "/",
            )
        )
        return request.url, response

    def limiter(self, real: adaptive.ClientRateLimiter) -> adaptive.ClientRateLimiter:
        """The twin of a client's rate limiter, on the stub's clock."""
        with _lock:
            twin = self._limiters.get(real)
            if twin is None:
                clock = _BotocoreClock(self.service)
                twin = self._limiters[real] = adaptive.ClientRateLimiter(
                    rate_adjustor=throttling.CubicCalculator(starting_max_rate=0, start_time=clock.current_time()),
                    rate_clocker=adaptive.RateClocker(clock),
                    token_bucket=_VirtualBucket(max_rate=1, clock=clock),
                    throttling_detector=real._throttling_detector,
                    clock=clock,
                )
        return twin

    def backoff(self, emitter: Any, event_name: str) -> Any:
        """A client's back-off with the scope's jitter for its random factor; None in the legacy mode.

        At its first retry in this stub a client gets a full retry quota.
        """
        with _lock:
            if emitter not in self._backoffs:
                self._backoffs[emitter] = None
                for handler in _handlers(emitter, event_name):
                    owner = getattr(handler, "__self__", None)
                    if isinstance(owner, standard.RetryHandler):
                        self._backoffs[emitter] = twin = copy.copy(owner._retry_policy._retry_backoff)
                        twin._random = self.service.jitter
                        _lend(owner._retry_quota._quota)
            return self._backoffs[emitter]


class Response(AWSResponse):  # type: ignore[misc]  # botocore is untyped
    """A response whose content is there already, and can be read as a stream too."""

    def __init__(self, url: str, response: HTTPResponse) -> None:
        # Without the base class's, which wants a stream; few ever read one.
        self.url = url
        self.status_code = response.status
        # Its keys are made by a class of Python's; every answer has the same ones.
        self.headers = HeadersDict()
        self.headers._dict = {_header_key(name): value for name, value in response.headers.items()}
        self._content = response.body

    @property
    def raw(self) -> _Raw:
        """The body as a stream."""
        return _Raw(self._content)


class _Raw(BytesIO):
    def stream(self, amt: int = 1024, decode_content: bool | None = None) -> Any:
        """urllib3's way to read a body."""
        while chunk := self.read(amt):
            yield chunk


class CallEvents:
    """A client's emitter during one call: answers it, and takes the waiting out of its retries."""

    #: How an answer is given, and what paces the adaptive mode.
    response: ClassVar[type[Response]] = Response
    limiter: ClassVar[type] = adaptive.ClientRateLimiter

    __slots__ = ("_adaptive", "_context", "_door", "_emit", "_emitter", "_operation", "_service", "_virtual")

    def __init__(self, interceptor: Interceptor, emitter: Any, context: Any, operation: str, service: str) -> None:
        self._door = interceptor
        self._emitter = emitter
        # Below the aliases of older event names: no name that is emitted for SES has one, and every new client
        # would look for it in a long list.
        self._emit = emitter._emitter._emit
        self._context = context
        self._operation = operation
        self._service = service
        self._virtual = interceptor.service.options.sleep == "virtual"
        self._adaptive = self._virtual and (context["client_config"].retries or {}).get("mode") == "adaptive"

    def emit(self, event_name: str, **kwargs: Any) -> Any:
        """Emits an event of the call."""
        if event_name.startswith("before-send."):
            return self._answered(kwargs, self._others(event_name, kwargs))
        if event_name.startswith("needs-retry.") and self._may_wait(kwargs):
            backoff = self._door.backoff(self._emitter, event_name)
            return self._waited(kwargs, backoff, self._others(event_name, kwargs))
        if event_name.startswith("request-created.") and (handlers := self._undressed(event_name)) is not None:
            return self._ask(handlers, event_name, kwargs)
        return self._emit(event_name, kwargs)

    def _others(self, event_name: str, kwargs: dict[str, Any]) -> Any:
        """What the client's own handlers say: all of them but moto's, with the limiter's twin for the limiter."""
        if self._passes():
            return self._emit(event_name, kwargs)
        return self._ask(self._own_handlers(event_name), event_name, kwargs)

    def _ask(self, handlers: Iterable[Callable[..., Any]], event_name: str, kwargs: dict[str, Any]) -> Any:
        """What some of the client's handlers say."""
        return [(one, one(event_name=event_name, **kwargs)) for one in handlers]

    # Without a wait or an await: aiobotocore's calls come here too.

    def _undressed(self, event_name: str) -> list[Callable[..., Any]] | None:
        """Who is to be told of a new request, but for those that would dress it for the way: it goes nowhere.

        None if a handler of the user's may look at it, who is to see it as ever.
        """
        lookup = self._emitter._emitter._lookup_cache
        noted = _undressed.get(self._emitter)
        # botocore makes a new cache whenever a handler comes or goes.
        if noted is None or noted[0] is not lookup:
            noted = _undressed[self._emitter] = (lookup, {})
        if event_name not in noted[1]:
            noted[1][event_name] = _told_of_request(self._emitter, event_name)
        return noted[1][event_name]

    def _passes(self) -> bool:
        """Whether every handler of the client's is to be called as it is."""
        return not self._adaptive and not is_moto_active()

    def _own_handlers(self, event_name: str) -> Iterator[Callable[..., Any]]:
        for handler in _handlers(self._emitter, event_name):
            if type(handler).__module__ == _MOTO:
                continue
            owner = getattr(handler, "__self__", None)
            if self._adaptive and isinstance(owner, self.limiter):
                yield getattr(self._door.limiter(owner), handler.__name__)
            else:
                yield handler

    def _answered(self, kwargs: dict[str, Any], responses: Any) -> Any:
        """What the others say to a request, or the stub's answer if nobody has one."""
        if not responses or first_non_none_response(responses) is None:
            url, answer = self._door.answer(kwargs["request"], self._context, self._emitter, self._service)
            responses = [(self._answered, self.response(url, answer))]
        return responses

    def _may_wait(self, kwargs: dict[str, Any]) -> bool:
        """Whether a wait is to be taken out, or the limiter's twin to be told of the answer."""
        response = kwargs["response"]
        return self._virtual and (self._adaptive or response is None or response[0].status_code >= 300)

    def _waited(self, kwargs: dict[str, Any], backoff: Any, responses: Any) -> Any:
        """What the others say of a retry, with the wait that they ask for gone by."""
        delay = first_non_none_response(responses)
        if delay is None or delay is False:
            return responses
        if backoff is not None:
            delay = backoff.delay_amount(standard.RetryEventAdapter().create_retry_context(**kwargs))
        else:
            delay = self._door.service.jitter() * 2 ** (kwargs["attempts"] - 1)
        wait = self._door.service.wait
        wait(delay, f"retry of {self._operation}")
        return [(wait, 0)]


def is_awaited(endpoint: type) -> bool:
    """Whether a kind of endpoint is aiobotocore's."""
    return inspect.iscoroutinefunction(getattr(endpoint, "_send_request", None))


@functools.lru_cache(maxsize=16)
def _events_of(endpoint: type) -> type[CallEvents]:
    """The events of a kind of endpoint: aiobotocore's are awaited."""
    if not is_awaited(endpoint):
        return CallEvents
    from .aiobotocore import AioCallEvents

    return AioCallEvents


class _BotocoreClock(bucket.Clock):  # type: ignore[misc]  # botocore is untyped
    """botocore's idea of a clock, on ours."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def current_time(self) -> float:
        timestamp: int = timestamp_of(self._service.clock)
        return timestamp / SECOND

    def sleep(self, amount: float) -> None:
        self._service.wait(amount, "client-side rate limit")


class _VirtualBucket(bucket.TokenBucket):  # type: ignore[misc]  # botocore is untyped
    """The adaptive mode's bucket, which waits on a condition variable, here on the clock."""

    def __init__(self, max_rate: float, clock: _BotocoreClock) -> None:
        super().__init__(max_rate=max_rate, clock=clock)
        self._new_fill_rate_condition = _VirtualCondition(self._lock, clock)


class _VirtualCondition(threading.Condition):
    def __init__(self, lock: Any, clock: _BotocoreClock) -> None:
        super().__init__(lock)
        self._clock = clock

    def wait(self, timeout: float | None = None) -> bool:
        # Others go on meanwhile, as with a real condition.
        self.release()
        try:
            self._clock.sleep(timeout or 0)
        finally:
            self.acquire()
        return True


def _lend(quota: Any) -> None:
    _lent.setdefault(quota, quota._available_capacity)
    quota._available_capacity = quota._max_capacity


def _handlers(emitter: Any, event_name: str) -> list[Callable[..., Any]]:
    """The handlers that an emitter would call for an event, in its order."""
    return list(emitter._emitter._handlers.prefix_search(event_name))


def _told_of_request(emitter: Any, event_name: str) -> list[Callable[..., Any]] | None:
    operation = event_name.partition(".")[2]
    for event in ("request-created", "choose-signer", "before-sign", "before-send"):
        for handler in _handlers(emitter, f"{event}.{operation}"):
            if not _is_of_botocore(handler):
                return None
    return [one for one in _handlers(emitter, event_name) if not _only_dresses(one)]


def _is_of_botocore(handler: Any) -> bool:
    """Whether it is botocore's own, or moto's, which is kept out."""
    module = str(getattr(handler, "__module__", type(handler).__module__))
    return module.startswith(("botocore.", "aiobotocore.")) or type(handler).__module__ == _MOTO


def _only_dresses(handler: Any) -> bool:
    """Whether it does nothing but sign a request, or give it headers for the way."""
    return isinstance(getattr(handler, "__self__", None), RequestSigner) or handler.__name__ in _DRESSERS


def parts_of_client(client: Any) -> list[Any]:
    """What a client consists of: whoever changes one, or what it tells its handlers, replaces one of these."""
    owners = (client, type(client), client.meta, client.meta.config, client._endpoint)
    return [client.meta.events._emitter._lookup_cache, *itertools.chain(*(vars(owner).values() for owner in owners))]


def parts_of_session(session: Session) -> list[Any]:
    """What a session gives to each client that it makes, and may be given itself meanwhile."""
    own = [session._credentials, session._config, session.get_default_client_config()]
    return [session, *own, *session._session_instance_vars.values(), session._events._emitter._lookup_cache]


def target_of(url: str) -> str:
    """Path and query string of a URL, as they stand on the wire."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _knows_moto(emitter: Any, event_name: str) -> bool:
    """Whether a client is one that moto sees: not if it is of a session from before moto was imported."""
    return any(type(handler).__module__ == _MOTO for handler in _handlers(emitter, event_name))


def _account(emitter: Any, service: str) -> str | None:
    """The account that a client's credentials name, if they name one without being asked for over the network."""
    try:
        return _accounts[emitter]
    except KeyError:
        pass
    credentials = _credentials(emitter, service)
    # Exactly these types: others may ask the network when they are read.
    found = _account_of(credentials) if type(credentials).__name__ in _STATIC else None
    _accounts[emitter] = found
    return found


def _credentials(emitter: Any, service: str) -> Any:
    """What a client would sign with."""
    owners = (getattr(handler, "__self__", None) for handler in _handlers(emitter, f"request-created.{service}"))
    return next((owner._credentials for owner in owners if isinstance(owner, RequestSigner)), None)


def _account_of(credentials: Credentials) -> str | None:
    """The account id of credentials."""
    account = getattr(credentials, "account_id", None)
    return str(account) if account else account_of_key(credentials.access_key)


def account_of_key(key: Any) -> str | None:
    """The account that an access key tells.

    One of twelve digits is the account itself, as with moto and LocalStack. One of a role that was assumed with moto's
    STS holds it, as AWS writes it since 2019: in the 40 bits that follow the first, which is set.
    """
    if not isinstance(key, str):
        return None
    if len(key) == 12 and key.isdecimal():
        return key
    # Without moto it may be a developer's own, whose account no test expects.
    if "moto" not in sys.modules or _ROLE_KEY.fullmatch(key) is None:
        return None
    account = f"{int.from_bytes(base64.b32decode(key[4:]), 'big') >> 39 & (1 << 40) - 1:012}"
    return account if len(account) == 12 else None


def is_moto_active() -> bool:
    """Whether moto is there to answer what we do not."""
    models: Any = sys.modules.get("moto.core.models")
    return models is not None and bool(models.botocore_stubber.enabled)


# The stubs that are active, innermost last; what their clients' quotas were; which account a client has.
_active: list[Interceptor] = []
_lent: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
_accounts: WeakKeyDictionary[Any, str | None] = WeakKeyDictionary()
#: For each client's emitter: its cache of handlers, and by event those that are told of a new request.
_undressed: WeakKeyDictionary[Any, tuple[Any, dict[str, list[Callable[..., Any]] | None]]] = WeakKeyDictionary()
# What every emitter notes for itself anew: which event name is an alias of which. A fresh client of a typical test
# spends more time on finding that out than on its calls, so those made in a scope share the notes.
_alias_names: dict[str, str] = {}
_lock = lock(Rank.SEAM)
_making: contextvars.ContextVar[bool] = contextvars.ContextVar("making an SES client", default=False)


def current_interceptor() -> Interceptor | None:
    """The stub that answers here: the innermost of this thread, else the innermost of all."""
    active = _active
    if not active:
        return None
    if len(active) == 1:
        return active[0]
    thread = threading.get_ident()
    with _lock:
        own = [interceptor for interceptor in active if interceptor.thread == thread]
        return (own or active)[-1] if active else None


def activate(interceptor: Interceptor) -> None:
    """Lets a stub answer every SES client, innermost, until it is deactivated."""
    with _lock:
        interceptor.thread = threading.get_ident()
        _active.append(interceptor)
        try:
            for patch in _patches:
                patch.apply()
            _arrivals.start()
        except BaseException:
            deactivate(interceptor)
            raise


def deactivate(interceptor: Interceptor) -> None:
    """Takes a stub out, whichever order; the last one out restores botocore."""
    with _lock:
        # The last one, as a stub may stand there twice.
        del _active[len(_active) - 1 - _active[::-1].index(interceptor)]
        if _active:
            return
        _arrivals.stop()
        for patch in (*itertools.chain(*_late_patches.values()), *reversed(_patches)):
            if patch is not _endpoint_patch or not _fallbacks:
                patch.restore()
        # Most have lent nothing, and weak references take long to walk through.
        if _lent:
            for quota, capacity in _lent.items():
                quota._available_capacity = capacity
            _lent.clear()


class FallbackInterceptor(Protocol):
    """Who is given the SES calls that are made while no stub is active."""

    def applies_to_thread(self) -> bool:
        """Whether the calls of this thread are its own."""

    def call(self, original: Callable[..., Any], endpoint: Any, operation_model: Any, request_dict: Any) -> Any:
        """Runs one call of a client, as `Door.call` does."""


# The last that a call concerns is given it.
_fallbacks: list[FallbackInterceptor] = []


def add_fallback(outside: FallbackInterceptor) -> None:
    """Gives it the SES calls that are made while no stub is active."""
    with _lock:
        _fallbacks.append(outside)
        _endpoint_patch.apply()


def remove_fallback(outside: FallbackInterceptor) -> None:
    """Ends that, in whichever order."""
    with _lock:
        _fallbacks.remove(outside)
        if not _fallbacks and not _active:
            _endpoint_patch.restore()


class Patch:
    """One attribute of a class of botocore that is ours for a while: ``make`` gets the original."""

    def __init__(self, owner: type, name: str, make: Callable[[Any], Callable[..., Any]]) -> None:
        self._owner = owner
        self._name = name
        self._make = make
        # Each made once, as most scopes find the same original.
        self._wrappers: dict[Any, Any] = {}

    def apply(self) -> None:
        there = self._owner.__dict__[self._name]
        if there in _originals:
            return
        if there not in self._wrappers:
            wrapper = self._wrappers[there] = functools.wraps(there)(self._make(there))
            _originals[wrapper] = there
        setattr(self._owner, self._name, self._wrappers[there])

    def restore(self) -> None:
        # Where somebody has patched over ours it stays below, and lets everything through.
        setattr(self._owner, self._name, unpatched(self._owner, self._name))


#: What stands below each function of ours.
_originals: dict[Any, Any] = {}


def unpatched(owner: type, name: str) -> Any:
    """A class's attribute as it would be without us."""
    there = owner.__dict__[name]
    while there in _originals:
        there = _originals[there]
    return there


def _make_request(original: Callable[..., Any]) -> Callable[..., Any]:
    def make_request(self: Any, operation_model: Any, request_dict: Any) -> Any:
        if operation_model.service_model.service_name in APIS:
            # Not twice, where somebody's patch stands between one of ours and another.
            if isinstance(self._event_emitter, CallEvents):
                return original(self, operation_model, request_dict)
            interceptor = current_interceptor()
            if interceptor is not None:
                return interceptor.call(original, self, operation_model, request_dict)
            for outside in reversed(_fallbacks):
                if outside.applies_to_thread():
                    return outside.call(original, self, operation_model, request_dict)
        return original(self, operation_model, request_dict)

    return make_request


def patched_wait(original: Callable[..., None]) -> Callable[..., None]:
    def wait(self: Any, **kwargs: Any) -> None:
        interceptor = current_interceptor()
        client = getattr(getattr(self._operation_method, "_client_method", None), "__self__", None)
        if interceptor is None or client is None or client.meta.service_model.service_name not in APIS:
            return original(self, **kwargs)
        return interceptor.wait(original, self, kwargs)

    return wait


def _create_client(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_client(self: Any, service_name: str, region_name: str | None = None, *args: Any, **kwargs: Any) -> Any:
        interceptor = current_interceptor()
        make = functools.partial(original, self, service_name)
        if interceptor is None or service_name not in APIS:
            return make(region_name, *args, **kwargs)
        return make_client(make, self, interceptor, region_name, *args, **kwargs)

    return create_client


def patched_credentials(original: Callable[..., Any]) -> Callable[..., Any]:
    def get_credentials(self: Any) -> Any:
        return self._credentials if is_making() else original(self)

    return get_credentials


def make_client(
    original: Callable[..., Any],
    session: Session,
    interceptor: Interceptor,
    region_name: str | None,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """Makes an SES client with the user's own region if there is one, and without a look for credentials."""
    with making(interceptor):
        return original(region_for(session, interceptor, region_name, kwargs.get("config")), *args, **kwargs)


def region_for(session: Session, interceptor: Interceptor, region_name: str | None, config: Any) -> str | None:
    """The region to make a client for: the stub's, where the user has named none at all."""
    if region_name is None:
        configs = (config, session.get_default_client_config())
        regions = [one.region_name for one in configs if one is not None]
        if not any(regions) and session.get_config_variable("region") is None:
            return interceptor.options.region or DEFAULT_REGION
    return region_name


@contextmanager
def making(interceptor: Interceptor) -> Iterator[None]:
    """While an SES client is made."""
    # A call that is let out needs real credentials.
    token = _making.set(interceptor.options.unsupported != "passthrough")
    try:
        yield
    finally:
        _making.reset(token)


def is_making() -> bool:
    """Whether an SES client is being made that needs no credentials."""
    return _making.get()


def _copy_emitter(original: Callable[..., Any]) -> Callable[..., Any]:
    def copy_emitter(self: Any) -> Any:
        twin = original(self)
        if is_making() and twin._event_aliases == EVENT_ALIASES:
            twin._alias_name_cache = _alias_names
        return twin

    return copy_emitter


_endpoint_patch = Patch(Endpoint, "make_request", _make_request)
_waiter_patch = Patch(Waiter, "wait", patched_wait)
_client_patch = Patch(Session, "create_client", _create_client)
_credentials_patch = Patch(Session, "get_credentials", patched_credentials)
_emitter_patch = Patch(EventAliaser, "__copy__", _copy_emitter)


def _reach_into(module: str) -> None:
    """Applies the patches of another door's module."""
    if module not in _late_patches:
        _late_patches[module] = importlib.import_module(f".{module}", __package__).patches()
    for patch in _late_patches[module]:
        patch.apply()


# The doors that other libraries need, once they are loaded: they may be while a stub is active.
_late_patches: dict[str, list[Patch]] = {}
_arrivals = Arrivals(
    {
        "aiobotocore.session": functools.partial(_reach_into, "aiobotocore"),
        "requests": functools.partial(_reach_into, "requests"),
    }
)
_patches = (_endpoint_patch, _waiter_patch, _client_patch, _credentials_patch, _emitter_patch)


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
    try:
        return str(botocore.session.Session().get_config_variable("region") or DEFAULT_REGION)
    except Exception:  # A profile that does not exist, a file that cannot be read: not ours to tell.
        return DEFAULT_REGION
