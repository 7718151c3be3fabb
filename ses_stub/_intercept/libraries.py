"""The client libraries that need an integration beside botocore's, and the module of each.

The module imports its library, so it is loaded only when the library is: by `activation` while a stub is active, or by
`integration_of_async_clients` for an awaited client. The integrations import the interceptor, so the interceptor finds
them only here.

Relies on aiobotocore's endpoints having a coroutine function ``_needs_retry``.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from typing import Any, Protocol

from .patching import Patch

#: For each library, by the module whose import shows its use: the module of its integration.
INTEGRATIONS = {"aiobotocore.session": "aiobotocore", "requests": "requests"}


class Integration(Protocol):
    """What each integration's module has."""

    #: Makes the patches that are applied while a stub is active.
    patches: Callable[[], list[Patch]]


class AsyncIntegration(Integration, Protocol):
    """What an integration's module has too if the library's clients are awaited."""

    #: The class of the emitter of one call: an awaited `InterceptedEmitter`.
    emitter: type[Any]
    #: The class of the clients' waiters, with their ``wait``.
    waiter: type[Any]
    #: Attaches an `Attachment` to a session.
    attach_to_session: Callable[[Any, Any], None]


def integration(name: str) -> Any:
    """Imports one of `INTEGRATIONS`, and so its library."""
    return importlib.import_module(f".{name}", __package__)


def is_async_endpoint(endpoint: type) -> bool:
    """Whether the calls of an endpoint's class are awaited, as aiobotocore's are."""
    return inspect.iscoroutinefunction(getattr(endpoint, "_needs_retry", None))


def integration_of_async_clients() -> AsyncIntegration:
    """The integration of awaited clients."""
    found: AsyncIntegration = integration("aiobotocore")
    return found
