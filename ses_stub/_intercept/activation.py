"""Which stubs are active, and the patches that let them see every client's calls.

While a stub is active, six attributes of botocore's classes are patched. When the last stub ends they are restored;
nothing is patched at import.

``Endpoint.make_request``
    Every call of every client comes here. An SES call goes to the current interceptor.
``Waiter.wait``
    A waiter of an SES client goes there too.
``Session.create_client`` and ``Session.get_credentials``
    An SES client can be made without a region and without credentials (see `client_creation`).
``EndpointRulesetResolver.auth_schemes_to_signing_ctx``
    A call with an ``EndpointId`` needs no extension of botocore (see `unsigned_endpoints`).
``EventAliaser.__copy__``
    For speed only: the emitters of SES clients share one memo of botocore's event aliases.

Other libraries have their own integrations (see `libraries`), whose patches are applied as soon as the library is
imported.

Relies on the six attributes with their parameters, and on a waiter's ``_operation_method._client_method`` being a
method of its client. A test holds each of these facts:
``tests/intercept/test_integration_points.py`` or ``test_integration_points_parts.py``.
"""

from __future__ import annotations

import functools
import itertools
import threading
from collections.abc import Callable
from typing import Any, Protocol

from botocore.endpoint import Endpoint
from botocore.hooks import EventAliaser
from botocore.regions import EndpointRulesetResolver
from botocore.session import Session
from botocore.waiter import Waiter

from .._service.apis import APIS
from .client_creation import make_client, patched_copy_emitter, patched_get_credentials
from .import_hooks import PostImportHooks
from .interceptor import InterceptedEmitter, Interceptor
from .libraries import INTEGRATIONS, integration
from .patching import Patch, interception_lock
from .retries import restore_retry_quotas
from .unsigned_endpoints import patched_signing_context

#: The interceptors of the scopes that have begun and not ended; the innermost is the last.
active_interceptors: list[Interceptor] = []


class FallbackInterceptor(Protocol):
    """Intercepts the SES calls that are made while no stub is active."""

    def applies_to_thread(self) -> bool:
        """Whether the calls of the current thread are intercepted."""

    def call(self, original: Callable[..., Any], endpoint: Any, operation_model: Any, request_dict: Any) -> Any:
        """Runs one call of a client, as `Interceptor.call` does."""


#: The last one that applies to a thread gets its calls.
_fallbacks: list[FallbackInterceptor] = []


def current_interceptor() -> Interceptor | None:
    """The interceptor that answers here: the innermost of this thread, else the innermost of all threads."""
    active = active_interceptors
    if not active:
        return None
    if len(active) == 1:
        return active[0]
    thread = threading.get_ident()
    with interception_lock:
        own = [interceptor for interceptor in active if interceptor.thread == thread]
        return (own or active)[-1] if active else None


def activate(interceptor: Interceptor) -> None:
    """Makes an interceptor the innermost one, until it is deactivated."""
    with interception_lock:
        interceptor.thread = threading.get_ident()
        active_interceptors.append(interceptor)
        try:
            for patch in patches:
                patch.apply()
            _import_hooks.start()
        except BaseException:
            deactivate(interceptor)
            raise


def deactivate(interceptor: Interceptor) -> None:
    """Removes an interceptor, in any order; the last one removed restores botocore."""
    with interception_lock:
        # Its last entry, as one stub may be active more than once.
        del active_interceptors[len(active_interceptors) - 1 - active_interceptors[::-1].index(interceptor)]
        if active_interceptors:
            return
        _import_hooks.stop()
        for patch in (*itertools.chain(*_library_patches.values()), *reversed(patches)):
            if patch is not _endpoint_patch or not _fallbacks:
                patch.restore()
        restore_retry_quotas()


def add_fallback(fallback: FallbackInterceptor) -> None:
    """Adds an interceptor of the SES calls that are made while no stub is active."""
    with interception_lock:
        _fallbacks.append(fallback)
        _endpoint_patch.apply()


def remove_fallback(fallback: FallbackInterceptor) -> None:
    """Removes such an interceptor, in any order."""
    with interception_lock:
        _fallbacks.remove(fallback)
        if not _fallbacks and not active_interceptors:
            _endpoint_patch.restore()


def _patched_make_request(original: Callable[..., Any]) -> Callable[..., Any]:
    def make_request(self: Any, operation_model: Any, request_dict: Any) -> Any:
        if operation_model.service_model.service_name in APIS:
            # Intercepted already, if another tool's patch is between two wrappers of ours.
            if isinstance(self._event_emitter, InterceptedEmitter):
                return original(self, operation_model, request_dict)
            interceptor = current_interceptor()
            if interceptor is not None:
                return interceptor.call(original, self, operation_model, request_dict)
            for fallback in reversed(_fallbacks):
                if fallback.applies_to_thread():
                    return fallback.call(original, self, operation_model, request_dict)
        return original(self, operation_model, request_dict)

    return make_request


def patched_wait(original: Callable[..., None]) -> Callable[..., None]:
    """Wraps ``Waiter.wait``; the wrapper returns what the original does, so it serves for awaited waiters too."""

    def wait(self: Any, **kwargs: Any) -> None:
        interceptor = current_interceptor()
        client = getattr(getattr(self._operation_method, "_client_method", None), "__self__", None)
        if interceptor is None or client is None or client.meta.service_model.service_name not in APIS:
            return original(self, **kwargs)
        return interceptor.wait(original, self, kwargs)

    return wait


def _patched_create_client(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_client(self: Any, service_name: str, region_name: str | None = None, *args: Any, **kwargs: Any) -> Any:
        interceptor = current_interceptor()
        make = functools.partial(original, self, service_name)
        if interceptor is None or service_name not in APIS:
            return make(region_name, *args, **kwargs)
        return make_client(make, self, interceptor.options, region_name, *args, **kwargs)

    return create_client


def _patched_signing_context(original: Callable[..., Any]) -> Callable[..., Any]:
    def is_stubbed(resolver: Any) -> bool:
        return current_interceptor() is not None and resolver._service_model.service_name in APIS

    return patched_signing_context(original, is_stubbed)


_endpoint_patch = Patch(Endpoint, "make_request", _patched_make_request)
#: The patches of botocore, in the order in which they are applied.
patches = (
    _endpoint_patch,
    Patch(Waiter, "wait", patched_wait),
    Patch(Session, "create_client", _patched_create_client),
    Patch(Session, "get_credentials", patched_get_credentials),
    Patch(EndpointRulesetResolver, "auth_schemes_to_signing_ctx", _patched_signing_context),
    Patch(EventAliaser, "__copy__", patched_copy_emitter),
)

#: By integration, once its library is imported.
_library_patches: dict[str, list[Patch]] = {}


def _apply_library_patches(name: str) -> None:
    if name not in _library_patches:
        _library_patches[name] = integration(name).patches()
    for patch in _library_patches[name]:
        patch.apply()


_import_hooks = PostImportHooks(
    {module: functools.partial(_apply_library_patches, name) for module, name in INTEGRATIONS.items()}
)
