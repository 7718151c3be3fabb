"""Limits the logs of a server that runs for days, and reports changes of its state, after each request."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from .._service.service import Service

#: The most calls in the log, and the most bytes of memory that their parameters may take.
MAX_CALLS = 10_000
MAX_BYTES = 64 * 2**20
_READING_OPERATIONS = ("Get", "List")


class LogRetention:
    """WSGI middleware that drops the oldest entries of a service's logs when they have become too long.

    Args:
        application: the WSGI application.
        service: whose logs are limited. Changes, sent emails and verification emails older than the oldest call are
            dropped with the calls.
        on_change: called after each request that may have changed the state; None if the state is not saved.

    """

    def __init__(self, application: WSGIApplication, service: Service, on_change: Callable[[], None] | None) -> None:
        self._application = application
        self._service = service
        self._on_change = on_change
        #: The bytes of each call in the log, and their sum.
        self._sizes: deque[int] = deque()
        self._bytes = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers one request."""
        try:
            return self._application(environ, start_response)
        finally:
            self._after(environ)

    def _after(self, environ: WSGIEnvironment) -> None:
        service = self._service
        with service.lock:
            new = service.log.entries[len(self._sizes) :]
            if len(service.log.entries) < len(self._sizes):
                # The stub has been reset.
                self._sizes.clear()
                self._bytes = 0
                new = service.log.entries[:]
            sizes = [_size([one.call.operation, one.call.params]) for one in new]
            self._sizes.extend(sizes)
            self._bytes += sum(sizes)
            if len(self._sizes) > MAX_CALLS or self._bytes > MAX_BYTES:
                self._drop_oldest()
        if self._on_change is not None and (
            _is_action(environ) or any(not one.call.operation.startswith(_READING_OPERATIONS) for one in new)
        ):
            self._on_change()

    def _drop_oldest(self) -> None:
        """Drops half of the log in one step, as each step moves all entries that stay."""
        dropped = 0
        while len(self._sizes) > MAX_CALLS // 2 or self._bytes > MAX_BYTES // 2:
            self._bytes -= self._sizes.popleft()
            dropped += 1
        self._service.drop_oldest(dropped)


def _is_action(environ: WSGIEnvironment) -> bool:
    """Whether a request to the control API or the page may change the state: any but GET, and a verification link."""
    path: str = environ["PATH_INFO"]
    method: str = environ["REQUEST_METHOD"]
    is_own = "/_ses_stub/" in path or path.startswith("/page/")
    return path == "/_ses_stub/link" or (is_own and method != "GET")


def _size(value: Any) -> int:
    """The bytes that a parameter takes in memory; many short ones take far more than they did on the wire."""
    within = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return sys.getsizeof(value) + sum(map(_size, within))
