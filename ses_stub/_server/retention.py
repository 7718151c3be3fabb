"""Limits the log of a long-running server, after each request.

It drops calls, and what the timeline shows with them, but not their numbers in the report. Messages of the application
are never dropped.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from .._reporting.report import make_report

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from .._service.service import Service

#: The maximum number of calls in the log, and of bytes for their parameters.
MAX_CALLS = 10_000
MAX_BYTES = 64 * 2**20
#: The maximum number of verification emails, beside the last one to each identity; and that of status changes.
MAX_EMAILS = 10_000
MAX_CHANGES = 100_000


class LogRetention:
    """WSGI middleware that drops the oldest entries of a service's logs if they are too long.

    Args:
        application: the WSGI application.
        service: the service with the logs.
        after: called after each request, before its response is sent; None for nothing.

    """

    def __init__(self, application: WSGIApplication, service: Service, after: Callable[[], None] | None = None) -> None:
        self._application = application
        self._service = service
        self._after_request = after
        #: The bytes of each call in the log, and their sum.
        self._sizes: deque[int] = deque()
        self._bytes = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return self._application(environ, start_response)
        finally:
            with self._service.lock:
                self._limit()
            if self._after_request is not None:
                self._after_request()

    def _limit(self) -> None:
        service = self._service
        entries = service.log.entries
        if len(entries) < len(self._sizes):
            # The stub was reset.
            self._sizes.clear()
            self._bytes = 0
        sizes = [_size([call.operation, call.params]) for call, *_ in entries[len(self._sizes) :]]
        self._sizes.extend(sizes)
        self._bytes += sum(sizes)
        if len(self._sizes) > MAX_CALLS or self._bytes > MAX_BYTES:
            self._drop_oldest()
        if len(service.state.history) > MAX_CHANGES:
            service.drop_changes(MAX_CHANGES // 2)
        service.state.mailbox.limit(MAX_EMAILS, service.state.has_identity)

    def _drop_oldest(self) -> None:
        """Drops half of the log, as each drop moves all remaining entries."""
        report = make_report(self._service)
        dropped = 0
        while len(self._sizes) > MAX_CALLS // 2 or self._bytes > MAX_BYTES // 2:
            self._bytes -= self._sizes.popleft()
            dropped += 1
        self._service.drop_oldest(dropped, (report.max_rate, report.busiest_operation))


def _size(value: Any) -> int:
    """The size of a parameter in memory. Many short texts take far more than they did in the request."""
    within = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return sys.getsizeof(value) + sum(map(_size, within))
