"""What a server that runs for days does after each request: it keeps its logs short, and tells who saves its state."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from .._service.service import Service

#: How many calls the log holds, and how many bytes of parameters in them.
MAX_CALLS = 10_000
MAX_BYTES = 64 * 2**20
_READS = ("Get", "List")


class Housekeeping:
    """An application (WSGI) around the server's.

    Args:
        application: the server's.
        service: whose logs are kept short. Of changes, messages and mails those older than the oldest call go too.
        changed: called after each request that may have changed something; None where nobody saves the state.

    """

    def __init__(self, application: WSGIApplication, service: Service, changed: Callable[[], None] | None) -> None:
        self._application = application
        self._service = service
        self._changed = changed
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
                # The stub was reset.
                self._sizes.clear()
                self._bytes = 0
                new = service.log.entries[:]
            sizes = [_size([one.call.operation, one.call.params]) for one in new]
            self._sizes.extend(sizes)
            self._bytes += sum(sizes)
            # A good deal at once: the lists are moved for it.
            if len(self._sizes) > MAX_CALLS or self._bytes > MAX_BYTES:
                self._shorten()
        if self._changed is not None and (
            _is_order(environ) or any(not one.call.operation.startswith(_READS) for one in new)
        ):
            self._changed()

    def _shorten(self) -> None:
        service, gone = self._service, 0
        while len(self._sizes) > MAX_CALLS // 2 or self._bytes > MAX_BYTES // 2:
            self._bytes -= self._sizes.popleft()
            gone += 1
        service.drop_oldest(gone)


def _is_order(environ: WSGIEnvironment) -> bool:
    """Whether it is one to the control API or the page: all but looks, and the link in a mail."""
    path: str = environ["PATH_INFO"]
    method: str = environ["REQUEST_METHOD"]
    is_own = "/_ses_stub/" in path or path.startswith("/page/")
    return path == "/_ses_stub/link" or (is_own and method != "GET")


def _size(value: Any) -> int:
    """What a parameter takes in memory: many short ones take far more than they did on the wire."""
    within = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return sys.getsizeof(value) + sum(map(_size, within))
