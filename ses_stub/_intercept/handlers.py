"""Which handlers a client's event emitter calls, and which of them an intercepted call needs.

Relies on an endpoint keeping the client's emitter in ``_event_emitter``; on that being an `EventAliaser` above, in
``_emitter``, the hierarchical emitter, whose ``_handlers.prefix_search(name)`` finds the handlers of an event in order,
and whose ``_lookup_cache`` is a new dict whenever a handler is registered or unregistered. Relies on moto answering
through one handler whose type is defined in ``moto.core.botocore_stubber``.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from botocore.signers import RequestSigner

MOTO_MODULE = "moto.core.botocore_stubber"
#: Botocore's handlers that add the headers User-Agent and amz-sdk-request to a request.
HEADER_HANDLERS = ("rebuild_and_replace_user_agent_handler", "add_retry_headers")

#: For each emitter: its `_lookup_cache`, and by event what `request_created_handlers` found.
_request_created: WeakKeyDictionary[Any, tuple[Any, dict[str, list[Callable[..., Any]] | None]]] = WeakKeyDictionary()


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


def request_created_handlers(emitter: Any, event_name: str) -> list[Callable[..., Any]] | None:
    """The handlers to call for a new request, without those that only prepare it for the network.

    The stub needs neither a signature nor a user agent. Returns None if a handler of the user's may look at the
    request: that handler has to see the request as botocore makes it.

    Args:
        emitter: the client's.
        event_name: ``request-created.<service>.<operation>``.

    """
    lookup = emitter._emitter._lookup_cache
    known = _request_created.get(emitter)
    # Botocore makes a new lookup cache whenever a handler is registered or unregistered.
    if known is None or known[0] is not lookup:
        known = _request_created[emitter] = (lookup, {})
    if event_name not in known[1]:
        known[1][event_name] = _find_request_created_handlers(emitter, event_name)
    return known[1][event_name]


def _find_request_created_handlers(emitter: Any, event_name: str) -> list[Callable[..., Any]] | None:
    operation = event_name.partition(".")[2]
    for event in ("request-created", "choose-signer", "before-sign", "before-send"):
        for handler in handlers_of(emitter, f"{event}.{operation}"):
            if not _is_of_botocore_or_moto(handler):
                return None
    return [one for one in handlers_of(emitter, event_name) if not only_signs_or_adds_headers(one)]


def _is_of_botocore_or_moto(handler: Any) -> bool:
    """Whether a handler is not the user's."""
    module = str(getattr(handler, "__module__", type(handler).__module__))
    return module.startswith(("botocore.", "aiobotocore.")) or is_moto_handler(handler)


def only_signs_or_adds_headers(handler: Any) -> bool:
    """Whether a handler does nothing but sign a request or add headers to it."""
    return isinstance(getattr(handler, "__self__", None), RequestSigner) or handler.__name__ in HEADER_HANDLERS


def is_moto_handler(handler: Any) -> bool:
    """Whether a handler is the one through which moto answers."""
    return type(handler).__module__ == MOTO_MODULE


def has_moto_handler(emitter: Any, event_name: str) -> bool:
    """Whether moto sees a client's requests: it does not if the client's session is older than moto's import."""
    return any(is_moto_handler(handler) for handler in handlers_of(emitter, event_name))


def is_moto_active() -> bool:
    """Whether moto answers the calls that are not answered here."""
    models: Any = sys.modules.get("moto.core.models")
    return models is not None and bool(models.botocore_stubber.enabled)
