"""Finds the handlers of a client's events, and the ones that an intercepted call needs.

Relies on an endpoint keeping the client's emitter in ``_event_emitter``; on that being an `EventAliaser` that keeps the
hierarchical emitter in ``_emitter``, whose ``_handlers.prefix_search(name)`` finds the handlers of an event in order,
and whose ``_lookup_cache`` is a new dict whenever a handler is registered or unregistered. Relies on an `AWSRequest`
being prepared by its ``_request_preparer``, which has ``_prepare_headers``. Relies on moto answering
through one handler, of a type defined in ``moto.core.botocore_stubber``.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from botocore import retryhandler as legacy
from botocore.awsrequest import AWSRequest, AWSRequestPreparer
from botocore.retries import standard
from botocore.signers import RequestSigner

if TYPE_CHECKING:
    from typing import TypeAlias

MOTO_MODULE = "moto.core.botocore_stubber"
_Handlers: TypeAlias = "list[Callable[..., Any]] | None"

#: Botocore's handlers that add the headers User-Agent and amz-sdk-request to a request.
HEADER_HANDLERS = ("rebuild_and_replace_user_agent_handler", "add_retry_headers")

#: For each emitter: its `_lookup_cache`, and by event the handlers that a call needs; None if it needs all.
_needed: WeakKeyDictionary[Any, tuple[Any, dict[str, _Handlers]]] = WeakKeyDictionary()


def emitter_of(endpoint: Any) -> Any:
    """The event emitter of an endpoint, which is its client's."""
    return endpoint._event_emitter


def copy_with_emitter(endpoint: Any, emitter: Any) -> Any:
    """A shallow copy of an endpoint that emits its events to another emitter."""
    twin = copy.copy(endpoint)
    twin._event_emitter = emitter
    return twin


def handlers_of(emitter: Any, event_name: str) -> list[Callable[..., Any]]:
    """The handlers that an emitter calls for an event, in order."""
    return list(emitter._emitter._handlers.prefix_search(event_name))


def request_created_handlers(emitter: Any, event_name: str) -> _Handlers:
    """The handlers to call for a new request, without those that only prepare it for the network.

    The stub needs no signature, no user agent, and no prepared headers (see `body_preparer`). Returns None if a handler
    of the user may read the request: then the request must be complete.

    Args:
        emitter: the client's.
        event_name: ``request-created.<service>.<operation>``.

    """
    return _remembered(emitter, event_name, _find_request_created_handlers)


def handlers_after_success(emitter: Any, event_name: str) -> list[Callable[..., Any]] | None:
    """The handlers to call when botocore asks whether to retry a success: all but its own, which never do.

    Args:
        emitter: the client's.
        event_name: ``needs-retry.<service>.<operation>``.

    """
    return _remembered(emitter, event_name, _find_handlers_after_success)


def _remembered(emitter: Any, event_name: str, find: Callable[[Any, str], _Handlers]) -> _Handlers:
    lookup = emitter._emitter._lookup_cache
    known = _needed.get(emitter)
    # Botocore makes a new lookup cache whenever a handler is registered or unregistered.
    if known is None or known[0] is not lookup:
        known = _needed[emitter] = (lookup, {})
    if event_name not in known[1]:
        known[1][event_name] = find(emitter, event_name)
    return known[1][event_name]


def _find_handlers_after_success(emitter: Any, event_name: str) -> _Handlers:
    return [one for one in handlers_of(emitter, event_name) if not _only_decides_retry(one)]


def _only_decides_retry(handler: Any) -> bool:
    owner = getattr(handler, "__self__", handler)
    return isinstance(owner, legacy.RetryHandler | standard.RetryHandler) and _is_of_botocore_or_moto(owner)


def _find_request_created_handlers(emitter: Any, event_name: str) -> _Handlers:
    operation = event_name.partition(".")[2]
    for event in ("request-created", "choose-signer", "before-sign", "before-send"):
        for handler in handlers_of(emitter, f"{event}.{operation}"):
            if not _is_of_botocore_or_moto(handler):
                return None
    return [one for one in handlers_of(emitter, event_name) if not only_signs_or_adds_headers(one)]


def _is_of_botocore_or_moto(handler: Any) -> bool:
    module = str(getattr(handler, "__module__", type(handler).__module__))
    return module.startswith(("botocore.", "aiobotocore.")) or is_moto_handler(handler)


def only_signs_or_adds_headers(handler: Any) -> bool:
    """Whether a handler does nothing but sign a request or add headers to it."""
    return isinstance(getattr(handler, "__self__", None), RequestSigner) or handler.__name__ in HEADER_HANDLERS


def is_moto_handler(handler: Any) -> bool:
    """Whether a handler is moto's, which answers calls."""
    return type(handler).__module__ == MOTO_MODULE


def has_moto_handler(emitter: Any, event_name: str) -> bool:
    """Whether moto sees a client's requests. It does not if the session was made before moto was imported."""
    return any(is_moto_handler(handler) for handler in handlers_of(emitter, event_name))


def is_moto_active() -> bool:
    """Whether moto answers the calls that the stub does not."""
    models: Any = sys.modules.get("moto.core.models")
    return models is not None and bool(models.botocore_stubber.enabled)


class BodyPreparer(AWSRequestPreparer):  # type: ignore[misc]  # botocore is untyped
    """Prepares a request whose headers nobody reads. That saves a twentieth of a call."""

    def _prepare_headers(self, original: AWSRequest, prepared_body: Any = None) -> Any:
        return original.headers


body_preparer = BodyPreparer()
