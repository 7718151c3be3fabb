"""The client libraries that need their own integration beside botocore's, and its module.

An integration is a module of this folder that imports its library. So it is imported only once its library is: by
`activation`, as soon as a stub is active, or by `integration_of_async_clients`, when there is a client that is awaited.
The integrations build upon the interceptor, and the interceptor finds them only here.

Relies on aiobotocore's endpoints having a coroutine function ``_needs_retry``.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from typing import Any, Protocol

from .patching import Patch

#: By the module whose import shows that a library is used: the module of its integration.
INTEGRATIONS = {"aiobotocore.session": "aiobotocore", "requests": "requests"}


class Integration(Protocol):
    """What the module of an integration has."""

    #: Makes the patches that are applied while a stub is active.
    patches: Callable[[], list[Patch]]


class AsyncIntegration(Integration, Protocol):
    """What the module of an integration has if the library's clients are awaited."""

    #: The class of the emitter of one call: an `InterceptedEmitter` that is awaited.
    emitter: type[Any]
    #: The class whose ``wait`` the clients' waiters call.
    waiter: type[Any]
    #: Puts an `Attachment` on a session.
    attach_to_session: Callable[[Any, Any], None]


def integration(name: str) -> Any:
    """Imports one of `INTEGRATIONS`, and with it its library."""
    return importlib.import_module(f".{name}", __package__)


def is_async_endpoint(endpoint: type) -> bool:
    """Whether the calls of a class of endpoint are awaited: aiobotocore's are."""
    return inspect.iscoroutinefunction(getattr(endpoint, "_needs_retry", None))


def integration_of_async_clients() -> AsyncIntegration:
    """The integration of the clients that are awaited."""
    found: AsyncIntegration = integration("aiobotocore")
    return found
