"""Prints one line for each request."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from .._core.text import printable
from .._reporting.timeline_rows import ellipsize

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from .._service.service import Service

_WIDTH = 100


class RequestLog:
    """WSGI middleware that prints a line for each request, except those of the page, which reloads itself.

    Args:
        application: the WSGI application.
        service: provides operation, region and error of each call.
        write: prints a line.

    """

    def __init__(self, application: WSGIApplication, service: Service, write: Callable[[str], None]) -> None:
        self._application = application
        self._service = service
        self._write = write

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        log = self._service.log
        calls = log.dropped + len(log.entries)
        status = "connection closed"

        def started(given: str, headers: list[tuple[str, str]], *more: object) -> Callable[[bytes], object]:
            nonlocal status
            status = given
            return start_response(given, headers, *more)  # type: ignore[arg-type]

        try:
            return self._application(environ, started)
        finally:
            if environ["REQUEST_METHOD"] != "GET" or environ.get("HTTP_SEC_FETCH_SITE") != "same-origin":
                self._write(self._line(environ, status, calls))

    def _line(self, environ: WSGIEnvironment, status: str, calls: int) -> str:
        log = self._service.log
        new = log.entries[calls - log.dropped :] if calls >= log.dropped else []
        if new:
            call = new[-1].call
            what = f"{call.operation} {call.region}"
            outcome = f"{status.partition(' ')[0]} {call.error_code}" if call.error_code else status
        else:
            what, outcome = f"{environ['REQUEST_METHOD']} {environ['REQUEST_URI']}", status
        # As by strftime, in a quarter of the time.
        time = self._service.clock.now().isoformat(" ", "seconds")[11:19]
        return printable(f"{time} {ellipsize(what, _WIDTH)}: {outcome}")
