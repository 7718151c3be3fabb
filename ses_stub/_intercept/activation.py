"""The active stubs, and the patches with which they intercept calls.

While a stub is active, six attributes of botocore's classes are patched, and one of Python's. When the last stub ends
they are restored. Nothing is patched at import.

``Endpoint._send_request``
    Every call of every client. An SES call goes to the current interceptor. ``make_request``, one level up, is left to
    tracers and mocks, so they see the call before the stub does, in any order of patching.
``Waiter.wait``
    A waiter of an SES client goes to the interceptor too.
``Session.create_client`` and ``Session.get_credentials``
    An SES client needs no region and no credentials (see `client_creation`).
``EndpointRulesetResolver.auth_schemes_to_signing_ctx``
    A call with an ``EndpointId`` needs no extension of botocore (see `unsigned_endpoints`).
``EventAliaser.__copy__``
    For speed only: the emitters of SES clients share one memo of botocore's event aliases.
``Thread.start``
    A new thread gets the scopes that it is started in (see `contexts`).

`libraries` has the integrations of other libraries. Their patches are applied when the library is imported.

Relies on these attributes with their parameters, and on a waiter's ``_operation_method._client_method`` being a
method of its client. Each has a test in ``tests/intercept/test_integration_points.py`` or
``test_integration_points_parts.py``.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from threading import Thread
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from botocore.endpoint import Endpoint
from botocore.hooks import EventAliaser
from botocore.regions import EndpointRulesetResolver
from botocore.session import Session
from botocore.waiter import Waiter

from .._service.apis import APIS
from .client_creation import make_client, patched_copy_emitter, patched_get_credentials, requested_service
from .contexts import (
    Entry,
    active_entries,
    add_to_context,
    covering,
    is_nested,
    remember_start,
    remove_from_context,
)
from .import_hooks import PostImportHooks
from .interceptor import InterceptedEmitter, Interceptor
from .libraries import INTEGRATIONS, integration
from .patching import Patch, interception_lock
from .retries import restore_retry_quotas
from .unsigned_endpoints import patched_signing_context

#: For the emitter of each client that was made in a scope: the scope.
_made_in: WeakKeyDictionary[Any, Entry] = WeakKeyDictionary()


class FallbackInterceptor(Protocol):
    """Intercepts SES calls while no stub is active."""

    def on_thread_start(self, thread: Thread) -> None:
        """Is called when the current thread starts another one."""

    def applies_to_thread(self) -> bool:
        """Whether the calls of the current thread are intercepted."""

    def call(self, original: Callable[..., Any], endpoint: Any, request_dict: Any, operation_model: Any) -> Any:
        """Runs one call of a client, as `Interceptor.call` does."""


#: The last one that applies to a thread gets the thread's calls.
_fallbacks: list[FallbackInterceptor] = []


def active_interceptors() -> list[Interceptor]:
    """The interceptors of the active scopes, in the order in which they began."""
    return [one.interceptor for one in active_entries[:] if one.interceptor is not None]


def current_interceptor(emitter: Any = None) -> Interceptor | None:
    """The interceptor of the innermost scope here (see `contexts`).

    Code in none of several scopes, as in an older thread of a pool, gets the scope in which the client was made, else
    the latest. With concurrent tests that may be another test's.

    Args:
        emitter: the client's, for a call.

    """
    # A copy, as other threads may change the list.
    while entries := active_entries[:]:
        entry = entries[-1] if len(entries) == 1 else _current_entry(entries, emitter)
        interceptor: Interceptor | None = entry.interceptor
        # Another thread may have ended it just now: the next copy does not have it.
        if interceptor is not None:
            return interceptor
    _restore_leftovers()
    return None


def _current_entry(entries: list[Entry], emitter: Any) -> Entry:
    if found := covering(entries):
        return found[-1]
    last = entries[-1]
    if emitter is not None and not is_nested(entries):
        made_in = _made_in.get(emitter)
        if made_in in entries:
            return made_in
        if last.interceptor is not None:  # pragma: no branch  # Another thread may have ended it just now.
            last.interceptor.note_unclear(len(entries))
    return last


def activate(entry: Entry) -> None:
    """Makes an interceptor the innermost one here. If it fails, `deactivate` undoes what it did."""
    with interception_lock:
        entry.begin(active_entries)
        entry.interceptor.thread = entry.thread
        active_entries.append(entry)
        for patch in patches:
            patch.apply()
        _import_hooks.start()
    add_to_context(entry)


def deactivate(entry: Entry) -> None:
    """Ends an entry, in any order, in any thread or task; the last one that ends restores botocore.

    May be called again, as after an exception that interrupted it.
    """
    with interception_lock:
        if entry in active_entries:
            active_entries.remove(entry)
        entry.end()
        if not active_entries:
            _restore()
            restore_retry_quotas()
    remove_from_context(entry)


def innermost(entries: Sequence[Entry]) -> Entry:
    """Of some active entries, in the order in which they began, the one to end here."""
    return entries[0] if len(entries) == 1 else (covering(entries) or entries)[-1]


def _restore() -> None:
    """Restores what no stub and no fallback needs any more."""
    if not _fallbacks:
        _import_hooks.stop()
    for patch in (*itertools.chain(*_library_patches.values()), *reversed(patches)):
        if not _fallbacks or patch.name not in _FOR_FALLBACKS:
            patch.restore()


def _restore_leftovers() -> None:
    """Restores a wrapper of ours that is called while no stub is active.

    Another tool's patch over it, which ended after the scope, has set it again.
    """
    with interception_lock:
        if not active_entries:  # pragma: no branch  # Another thread may have begun one just now.
            _restore()


def add_fallback(fallback: FallbackInterceptor) -> None:
    """Adds an interceptor of SES calls while no stub is active."""
    with interception_lock:
        _fallbacks.append(fallback)
        if not active_entries:
            for patch in patches:
                if patch.name in _FOR_FALLBACKS:
                    patch.apply()
            _import_hooks.start()


def remove_fallback(fallback: FallbackInterceptor) -> None:
    """Removes a fallback. Fallbacks may be removed in any order."""
    with interception_lock:
        _fallbacks.remove(fallback)
        if not active_entries:
            _restore()


def patched_send_request(original: Callable[..., Any]) -> Callable[..., Any]:
    """Wraps ``Endpoint._send_request``. Returns what the original does, so it works for awaited endpoints too."""

    def send_request(self: Any, request_dict: Any, operation_model: Any) -> Any:
        if operation_model.service_model.service_name not in APIS:
            if not active_entries:
                _restore_leftovers()
        else:
            # Intercepted already, if another tool's patch is between two wrappers of ours.
            if isinstance(self._event_emitter, InterceptedEmitter):
                return original(self, request_dict, operation_model)
            interceptor = current_interceptor(self._event_emitter)
            if interceptor is not None:
                return interceptor.call(original, self, request_dict, operation_model)
            for fallback in reversed(_fallbacks):
                if fallback.applies_to_thread():
                    return fallback.call(original, self, request_dict, operation_model)
        return original(self, request_dict, operation_model)

    return send_request


def patched_wait(original: Callable[..., None]) -> Callable[..., None]:
    """Wraps ``Waiter.wait``. Returns what the original does, so it works for awaited waiters too."""

    def wait(self: Any, **kwargs: Any) -> None:
        interceptor = current_interceptor()
        client = getattr(getattr(self._operation_method, "_client_method", None), "__self__", None)
        if interceptor is None or client is None or client.meta.service_model.service_name not in APIS:
            return original(self, **kwargs)
        return interceptor.wait(original, self, kwargs)

    return wait


def _patched_create_client(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_client(self: Any, *args: Any, **kwargs: Any) -> Any:
        interceptor = current_interceptor()
        if interceptor is None or requested_service(args, kwargs) not in APIS:
            return original(self, *args, **kwargs)
        client = make_client(functools.partial(original, self), self, interceptor.options, args, kwargs)
        remember_client(client, interceptor)
        return client

    return create_client


def _patched_signing_context(original: Callable[..., Any]) -> Callable[..., Any]:
    def is_stubbed(resolver: Any) -> bool:
        return current_interceptor() is not None and resolver._service_model.service_name in APIS

    return patched_signing_context(original, is_stubbed)


def remember_client(client: Any, interceptor: Interceptor) -> None:
    """Remembers the scope in which a client was made."""
    entry = next((one for one in reversed(active_entries) if one.interceptor is interceptor), None)
    if entry is not None:  # pragma: no branch  # Another thread may have ended it just now.
        _made_in[client.meta.events] = entry


def _patched_thread_start(original: Callable[..., Any]) -> Callable[..., Any]:
    def start(self: Thread, *args: Any, **kwargs: Any) -> Any:
        remember_start(self)
        for fallback in _fallbacks[:]:
            fallback.on_thread_start(self)
        return original(self, *args, **kwargs)

    return start


#: The method of an endpoint that sends a request, and retries it.
SEND = "_send_request"
#: The patches for fallbacks.
_FOR_FALLBACKS = (SEND, "start")

#: The patches of botocore and Python, in the order in which they are applied.
patches = (
    Patch(Endpoint, SEND, patched_send_request),
    Patch(Waiter, "wait", patched_wait),
    Patch(Session, "create_client", _patched_create_client),
    Patch(Session, "get_credentials", patched_get_credentials),
    Patch(EndpointRulesetResolver, "auth_schemes_to_signing_ctx", _patched_signing_context),
    Patch(EventAliaser, "__copy__", patched_copy_emitter),
    # gevent's monkey patches replace it with a subclass.
    Patch(next(cls for cls in Thread.__mro__ if "start" in vars(cls)), "start", _patched_thread_start),
)

#: By integration, when its library is imported.
_library_patches: dict[str, list[Patch]] = {}


def _apply_library_patches(name: str) -> None:
    if name not in _library_patches:
        _library_patches[name] = integration(name).patches()
    for patch in _library_patches[name]:
        if active_entries or patch.name in _FOR_FALLBACKS:
            patch.apply()


_import_hooks = PostImportHooks(
    {module: functools.partial(_apply_library_patches, name) for module, name in INTEGRATIONS.items()}
)
