"""The one seam into botocore: how an SES client's calls come to a stub, and how its waits do not wait.

While a stub is active, five attributes of botocore's classes are ours. The last stub to end puts back what
was there; nothing is done at import, nothing is left on any client, session or event of another service.

``Endpoint.make_request``
    Every call of every client passes here, whenever the client was made. An SES call goes on with a shallow
    copy of the endpoint whose event emitter is a `_CallEvents`: it answers ``before-send.ses.*`` and takes the
    delay out of ``needs-retry.ses.*``; all other events go to the client's own emitter. So botocore's
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

A client's own ``before-send`` handlers still run, moto's alone excepted. The client-side rate limiter of
the adaptive mode is replaced, for the stub's calls, by a twin on the stub's clock, and the retry quota of a
client is lent out full and given back as it was: neither carries anything from one test into another.

`tests/test_seam.py` holds every fact about botocore that this module relies on.
"""

from __future__ import annotations

import contextvars
import copy
import functools
import os
import sys
import threading
from collections.abc import Callable
from io import BytesIO
from types import ModuleType
from typing import Any
from weakref import WeakKeyDictionary

import botocore.session
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.credentials import Credentials
from botocore.endpoint import Endpoint
from botocore.hooks import EVENT_ALIASES, EventAliaser, first_non_none_response
from botocore.retries import adaptive, bucket, standard, throttling
from botocore.session import Session
from botocore.signers import RequestSigner
from botocore.waiter import Waiter

from ._clock import SECOND
from ._messages import HTTPRequest, HTTPResponse
from ._options import Options
from ._service import Service

SERVICE_NAME = "ses"
DEFAULT_REGION = "us-east-1"
_MOTO = "moto.core.botocore_stubber"


class Door:
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
        if not self.service.answers(operation):
            if _moto_active():
                if _credentials(emitter) is None:
                    # It was made here, without a look for any, and moto asks for none.
                    context["auth_type"] = "none"
                return original(endpoint, operation_model, request_dict)
            if self.options.unhandled == "passthrough":
                return original(endpoint, operation_model, request_dict)
        context["auth_type"] = "none"
        # A copy.copy, in a tenth of its time.
        twin = object.__new__(type(endpoint))
        twin.__dict__ = {**endpoint.__dict__, "_event_emitter": _CallEvents(self, emitter, context, operation)}
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

    def answer(self, request: Any, context: Any, emitter: Any) -> AWSResponse:
        """One request of a client, answered."""
        body, retries = request.body, context.get("retries")
        response = self.service.handle(
            HTTPRequest(
                body if isinstance(body, str) else body.decode(),
                context.get("client_region") or DEFAULT_REGION,
                _account(emitter) or self.service.options.account_id,
                retries["attempt"] if retries else 1,
            )
        )
        return _Response(request.url, response)

    def limiter(self, real: adaptive.ClientRateLimiter) -> adaptive.ClientRateLimiter:
        """The twin of a client's rate limiter, on the stub's clock."""
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
        if emitter not in self._backoffs:
            self._backoffs[emitter] = None
            for handler in _handlers(emitter, event_name):
                owner = getattr(handler, "__self__", None)
                if isinstance(owner, standard.RetryHandler):
                    self._backoffs[emitter] = twin = copy.copy(owner._retry_policy._retry_backoff)
                    twin._random = self.service.jitter
                    _lend(owner._retry_quota._quota)
        return self._backoffs[emitter]


class _CallEvents:
    """A client's emitter during one call: answers it, and takes the waiting out of its retries."""

    __slots__ = ("_adaptive", "_context", "_door", "_emit", "_emitter", "_operation", "_virtual")

    def __init__(self, door: Door, emitter: Any, context: Any, operation: str) -> None:
        self._door = door
        self._emitter = emitter
        # Below the aliases of older event names: no name that is emitted for SES has one, and every new client
        # would look for it in a long list.
        self._emit = emitter._emitter._emit
        self._context = context
        self._operation = operation
        self._virtual = door.service.options.sleep == "virtual"
        self._adaptive = self._virtual and (context["client_config"].retries or {}).get("mode") == "adaptive"

    def emit(self, event_name: str, **kwargs: Any) -> Any:
        if event_name.startswith("before-send."):
            return self._before_send(event_name, kwargs)
        if self._virtual and event_name.startswith("needs-retry."):
            return self._needs_retry(event_name, kwargs)
        return self._emit(event_name, kwargs)

    def _before_send(self, event_name: str, kwargs: dict[str, Any]) -> Any:
        responses = self._others(event_name, kwargs)
        if not responses or first_non_none_response(responses) is None:
            answer = self._door.answer
            responses = [(answer, answer(kwargs["request"], self._context, self._emitter))]
        return responses

    def _needs_retry(self, event_name: str, kwargs: dict[str, Any]) -> Any:
        response = kwargs["response"]
        if response is not None and response[0].status_code < 300:
            return self._others(event_name, kwargs) if self._adaptive else self._emit(event_name, kwargs)
        backoff = self._door.backoff(self._emitter, event_name)
        responses = self._others(event_name, kwargs)
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

    def _others(self, event_name: str, kwargs: dict[str, Any]) -> Any:
        """What the client's own handlers say: all of them but moto's, with the limiter's twin for the limiter."""
        if not self._adaptive and not _moto_active():
            return self._emit(event_name, kwargs)
        responses = []
        for handler in _handlers(self._emitter, event_name):
            if type(handler).__module__ == _MOTO:
                continue
            owner = getattr(handler, "__self__", None)
            if self._adaptive and isinstance(owner, adaptive.ClientRateLimiter):
                handler = getattr(self._door.limiter(owner), handler.__name__)
            responses.append((handler, handler(event_name=event_name, **kwargs)))
        return responses


class _Response(AWSResponse):  # type: ignore[misc]  # botocore is untyped
    """A response whose content is there already, and can be read as a stream too."""

    def __init__(self, url: str, response: HTTPResponse) -> None:
        # Without the base class's, which wants a stream; few ever read one.
        self.url = url
        self.status_code = response.status
        self.headers = HeadersDict(response.headers)
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


class _BotocoreClock(bucket.Clock):  # type: ignore[misc]  # botocore is untyped
    """botocore's idea of a clock, on ours."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def current_time(self) -> float:
        moment: int = self._service.clock._moment()
        return moment / SECOND

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
        self._clock.sleep(timeout or 0)
        return True


def _lend(quota: Any) -> None:
    _lent.setdefault(quota, quota._available_capacity)
    quota._available_capacity = quota._max_capacity


def _handlers(emitter: Any, event_name: str) -> list[Callable[..., Any]]:
    """The handlers that an emitter would call for an event, in its order."""
    return list(emitter._emitter._handlers.prefix_search(event_name))


def _account(emitter: Any) -> str | None:
    """The account that a client's credentials name, if they name one without being asked for over the network."""
    try:
        return _accounts[emitter]
    except KeyError:
        pass
    credentials = _credentials(emitter)
    # Exactly this type: others may ask the network when they are read.
    found = _account_of(credentials) if type(credentials) is Credentials else None
    _accounts[emitter] = found
    return found


def _credentials(emitter: Any) -> Any:
    """What a client would sign with."""
    owners = (getattr(handler, "__self__", None) for handler in _handlers(emitter, "request-created.ses"))
    return next((owner._credentials for owner in owners if isinstance(owner, RequestSigner)), None)


def _account_of(credentials: Credentials) -> str | None:
    """The account id of credentials; an access key of twelve digits is one, as with moto and LocalStack."""
    account = getattr(credentials, "account_id", None)
    if account:
        return str(account)
    key = credentials.access_key
    return str(key) if isinstance(key, str) and len(key) == 12 and key.isdecimal() else None


def _moto_active() -> bool:
    """Whether moto is there to answer what we do not."""
    models: Any = sys.modules.get("moto.core.models")
    return models is not None and bool(models.botocore_stubber.enabled)


# The stubs that are active, innermost last; what their clients' quotas were; which account a client has.
_active: list[Door] = []
_lent: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
_accounts: WeakKeyDictionary[Any, str | None] = WeakKeyDictionary()
# What every emitter notes for itself anew: which event name is an alias of which. A fresh client of a typical test
# spends more time on finding that out than on its calls, so those made in a scope share the notes.
_alias_names: dict[str, str] = {}
_lock = threading.RLock()
_making: contextvars.ContextVar[bool] = contextvars.ContextVar("making an SES client", default=False)


def innermost() -> Door | None:
    """The stub that answers here: the innermost of this thread, else the innermost of all."""
    active = _active
    if not active:
        return None
    if len(active) == 1:
        return active[0]
    thread = threading.get_ident()
    with _lock:
        own = [door for door in active if door.thread == thread]
        return (own or active)[-1] if active else None


def activate(door: Door) -> None:
    """Lets a stub answer every SES client, innermost, until it is deactivated."""
    with _lock:
        door.thread = threading.get_ident()
        _active.append(door)
        try:
            for patch in _patches:
                patch.apply()
        except BaseException:
            deactivate(door)
            raise


def deactivate(door: Door) -> None:
    """Takes a stub out, whichever order; the last one out restores botocore."""
    with _lock:
        # The last one, as a stub may stand there twice.
        del _active[len(_active) - 1 - _active[::-1].index(door)]
        if _active:
            return
        for patch in reversed(_patches):
            if patch is not _endpoint_patch or _outside is None:
                patch.restore()
        for quota, capacity in _lent.items():
            quota._available_capacity = capacity
        _lent.clear()


# Who is given the SES calls that are made while no stub is active, as `Door.call` is.
Outside = Callable[[Callable[..., Any], Any, Any, Any], Any]
_outside: Outside | None = None


def watch(outside: Outside | None) -> Outside | None:
    """Gives the SES calls that are made while no stub is active to somebody; returns who was given them before."""
    global _outside
    with _lock:
        before, _outside = _outside, outside
        if outside is not None:
            _endpoint_patch.apply()
        elif not _active:
            _endpoint_patch.restore()
        return before


class _Patch:
    """One attribute of a class of botocore that is ours for a while: ``make`` gets the original."""

    def __init__(self, owner: type, name: str, make: Callable[[Any], Callable[..., Any]]) -> None:
        self._owner = owner
        self._name = name
        self._make = make
        # Each made once, as most scopes find the same original.
        self._wrappers: dict[Any, Any] = {}
        self._originals: dict[Any, Any] = {}

    def apply(self) -> None:
        there = self._owner.__dict__[self._name]
        if there in self._originals:
            return
        if there not in self._wrappers:
            wrapper = self._wrappers[there] = functools.wraps(there)(self._make(there))
            self._originals[wrapper] = there
        setattr(self._owner, self._name, self._wrappers[there])

    def restore(self) -> None:
        # Where somebody has patched over ours it stays below, and lets everything through.
        setattr(self._owner, self._name, self.unpatched())

    def unpatched(self) -> Any:
        """The attribute as it would be without us."""
        there = self._owner.__dict__[self._name]
        while there in self._originals:
            there = self._originals[there]
        return there


def _make_request(original: Callable[..., Any]) -> Callable[..., Any]:
    def make_request(self: Any, operation_model: Any, request_dict: Any) -> Any:
        if operation_model.service_model.service_name == SERVICE_NAME:
            # Not twice, where somebody's patch stands between one of ours and another.
            if type(self._event_emitter) is _CallEvents:
                return original(self, operation_model, request_dict)
            door = innermost()
            if door is not None:
                return door.call(original, self, operation_model, request_dict)
            if _outside is not None:
                return _outside(original, self, operation_model, request_dict)
        return original(self, operation_model, request_dict)

    return make_request


def _wait(original: Callable[..., None]) -> Callable[..., None]:
    def wait(self: Any, **kwargs: Any) -> None:
        door = innermost()
        client = getattr(getattr(self._operation_method, "_client_method", None), "__self__", None)
        if door is None or client is None or client.meta.service_model.service_name != SERVICE_NAME:
            return original(self, **kwargs)
        return door.wait(original, self, kwargs)

    return wait


def _create_client(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_client(self: Any, service_name: str, region_name: str | None = None, *args: Any, **kwargs: Any) -> Any:
        door = innermost()
        make = functools.partial(original, self, service_name)
        if door is None or service_name != SERVICE_NAME:
            return make(region_name, *args, **kwargs)
        return _make_client(make, self, door, region_name, *args, **kwargs)

    return create_client


def _get_credentials(original: Callable[..., Any]) -> Callable[..., Any]:
    def get_credentials(self: Any) -> Any:
        return self._credentials if _making.get() else original(self)

    return get_credentials


def _make_client(
    original: Callable[..., Any], session: Session, door: Door, region_name: str | None, *args: Any, **kwargs: Any
) -> Any:
    """Makes an SES client with the user's own region if there is one, and without a look for credentials."""
    if region_name is None:
        configs = (kwargs.get("config"), session.get_default_client_config())
        regions = [config.region_name for config in configs if config is not None]
        if not any(regions) and session.get_config_variable("region") is None:
            region_name = door.options.region or DEFAULT_REGION
    # A call that is let out needs real ones.
    token = _making.set(door.options.unhandled != "passthrough")
    try:
        return original(region_name, *args, **kwargs)
    finally:
        _making.reset(token)


def _copy_emitter(original: Callable[..., Any]) -> Callable[..., Any]:
    def copy_emitter(self: Any) -> Any:
        twin = original(self)
        if _making.get() and twin._event_aliases == EVENT_ALIASES:
            twin._alias_name_cache = _alias_names
        return twin

    return copy_emitter


_endpoint_patch = _Patch(Endpoint, "make_request", _make_request)
_waiter_patch = _Patch(Waiter, "wait", _wait)
_client_patch = _Patch(Session, "create_client", _create_client)
_credentials_patch = _Patch(Session, "get_credentials", _get_credentials)
_emitter_patch = _Patch(EventAliaser, "__copy__", _copy_emitter)
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


# One client or session without a scope.


def attach(target: Any, door: Door) -> Callable[[], None]:
    """Lets a stub answer one client, or the SES clients that one session makes. Returns what undoes it.

    Raises:
        TypeError: it is neither an SES client nor a session.

    """
    session = getattr(target, "_session", target)
    if isinstance(session, Session):
        return _attach_session(session, door)
    meta = getattr(target, "meta", None)
    if getattr(getattr(meta, "service_model", None), "service_name", None) == SERVICE_NAME:
        return _attach_client(target, door)
    raise TypeError(f"attach() takes an SES client or a session, of boto3 or botocore; not {target!r}")


class _Attachment:
    """The stubs on one client or session, the latest last; what stood on the instances before comes back after them."""

    def __init__(self) -> None:
        self.doors: list[Door] = []
        #: The clients that an attached session has made for a stub: what undoes each.
        self.made: list[tuple[Door, Callable[[], None]]] = []
        self._before: list[tuple[dict[str, Any], str, Any]] = []

    def replace(self, owner: Any, name: str, replacement: Any) -> None:
        """Puts something on an instance, for as long as a stub is attached."""
        self._before.append((vars(owner), name, vars(owner).get(name, _NOTHING)))
        replacement.attachment = self
        setattr(owner, name, replacement)

    def add(self, door: Door) -> Callable[[], None]:
        """Lets one more stub answer; returns what undoes it."""
        self.doors.append(door)
        return functools.partial(self._remove, door)

    def _remove(self, door: Door) -> None:
        self.doors.remove(door)
        if not self.doors:
            for members, name, before in self._before:
                members.pop(name, None)
                if before is not _NOTHING:
                    members[name] = before
        made, self.made = self.made, [one for one in self.made if one[0] is not door]
        for its_door, undo in made:
            if its_door is door:
                undo()


_NOTHING = object()


def _attached_to(owner: Any, name: str) -> _Attachment | None:
    attachment: _Attachment | None = getattr(vars(owner).get(name), "attachment", None)
    return attachment


# In both, the originals are those of the class and not of the instance: a scope that is active in between must not be
# asked.


def _attach_client(client: Any, door: Door) -> Callable[[], None]:
    attachment = _attached_to(client, "get_waiter") or _on_client(client)
    return attachment.add(door)


def _on_client(client: Any) -> _Attachment:
    attachment, endpoint, get_waiter = _Attachment(), client._endpoint, type(client).get_waiter
    make_request, wait = _endpoint_patch.unpatched(), _waiter_patch.unpatched()

    def attached_request(*args: Any) -> Any:
        return attachment.doors[-1].call(make_request, endpoint, *args)

    def attached_waiter(waiter_name: str) -> Any:
        waiter, door = get_waiter(client, waiter_name), attachment.doors[-1]
        waiter.wait = lambda **kwargs: door.wait(wait, waiter, kwargs)
        return waiter

    attachment.replace(endpoint, "make_request", attached_request)
    attachment.replace(client, "get_waiter", attached_waiter)
    return attachment


def _attach_session(session: Session, door: Door) -> Callable[[], None]:
    attachment = _attached_to(session, "create_client") or _on_session(session)
    return attachment.add(door)


def _on_session(session: Session) -> _Attachment:
    attachment, create = _Attachment(), _client_patch.unpatched()

    def create_client(service_name: str, region_name: str | None = None, *args: Any, **kwargs: Any) -> Any:
        make = functools.partial(create, session, service_name)
        if service_name != SERVICE_NAME:
            return make(region_name, *args, **kwargs)
        door = attachment.doors[-1]
        client = _make_client(make, session, door, region_name, *args, **kwargs)
        attachment.made.append((door, _attach_client(client, door)))
        return client

    get_credentials = functools.partial(_get_credentials(_credentials_patch.unpatched()), session)
    attachment.replace(session, "create_client", create_client)
    attachment.replace(session, "get_credentials", get_credentials)
    return attachment
