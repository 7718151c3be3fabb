"""The HTTP server: waitress in its own thread.

With waitress a slow client occupies no thread, a large body is not held in memory, and broken HTTP does not reach the
application. It keeps serving while the process's clocks are frozen, as nothing in it waits for a clock.

waitress reads the requests and sends what is written; requests are answered, and responses formed, here: each of them
is sent in one piece, and no thread wakes another.
"""

from __future__ import annotations

import socket
import sys
import threading
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from waitress.channel import ClientDisconnected, HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import create_server
from waitress.task import ErrorTask, WSGITask
from waitress.utilities import build_http_date
from waitress.wasyncore import close_all, loop

from .._core.aws_errors import AWSError
from .._core.errors import InvalidArgumentError
from .._time import real
from .app import SECURITY_HEADERS, Disconnect

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from .._service.service import Service

#: Bytes of one request. SES accepts messages of 10 MB (guide, "Service quotas"), before base64 and percent-encoding.
MAX_BODY = 16 * 2**20
_MAX_HEADERS = 64 * 2**10
#: More connections wait in the operating system's queue.
_MAX_CONNECTIONS = 2000
#: Open files that the rest of the process needs.
_OTHER_FILES = 64
#: Each connection needs a socket, and a temporary file for a large body.
_FILES_PER_CONNECTION = 2
_IDLE_SECONDS = 60
#: The longest wait for a socket, after which idle connections are closed.
_POLL_SECONDS = 1.0
#: Bytes of a body in memory. The rest goes to a file, as there may be a thousand slow uploads.
_BODY_IN_MEMORY = 64 * 2**10
#: Bytes of unread responses after which a connection's next requests wait.
_MAX_UNREAD = 64 * 2**10

_CODES = {
    400: "MalformedHttpRequestException",
    413: "RequestEntityTooLargeException",
    431: "RequestHeaderFieldsTooLarge",
    500: "InternalFailure",
    501: "NotImplemented",
}


class Server:
    """Serves an application on an address, as a context manager.

    Args:
        application: the WSGI application.
        service: makes the errors for broken requests.
        host: an address or a host name.
        port: the port; 0 is any free port.

    Raises:
        InvalidArgumentError: the port is invalid.
        OSError: cannot bind to the address.

    """

    def __init__(self, application: WSGIApplication, service: Service, host: str = "127.0.0.1", port: int = 0) -> None:
        if port not in range(65_536):
            raise InvalidArgumentError("port", port, "a number from 0 to 65535")
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.create_server(address[:2], family=family)
        self.host = host
        self.port: int = listener.getsockname()[1]
        self._queue = _RequestQueue()
        self._stopping = False
        #: waitress's open sockets by file descriptor.
        self._sockets: dict[int, Any] = {}
        self._server = create_server(
            application,
            map=self._sockets,
            sockets=[listener],
            _dispatcher=self._queue,
            outbuf_high_watermark=sys.maxsize,
            # The application reads no header of a proxy: it does not matter who wrote one.
            clear_untrusted_proxy_headers=False,
            ident="ses_stub",
            connection_limit=connection_limit(),
            inbuf_overflow=_BODY_IN_MEMORY,
            max_request_body_size=MAX_BODY,
            max_request_header_size=_MAX_HEADERS,
            channel_timeout=_IDLE_SECONDS,
            cleanup_interval=_IDLE_SECONDS // 2,
        )
        self._server.channel_class = _channel_class(service)
        # waitress wakes the thread that reads the sockets after each response. Here that thread writes them.
        self._server.pull_trigger = lambda: None
        close_idle = self._server.maintenance
        self._server.maintenance = lambda _: close_idle(real.monotonic())
        self._thread = threading.Thread(target=self._run, name="ses_stub server", daemon=True)

    @property
    def url(self) -> str:
        """Its address; that of this machine if it listens on all addresses."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Answers the received requests, then closes all connections and ends the thread."""
        self._stopping = True
        self._server.trigger.pull_trigger()
        self._thread.join()
        # Not in the server's thread, which could close the trigger during its use.
        close_all(self._sockets)

    def _run(self) -> None:
        while not self._stopping:
            # With a request that can be answered it only looks which others have come.
            timeout = 0.0 if self._queue.is_ready() else _POLL_SECONDS
            loop(timeout=timeout, use_poll=True, map=self._sockets, count=1)
            self._queue.work()


class _RequestQueue:
    """The complete requests. The thread that reads the sockets answers them in order.

    The stub answers one at a time anyway. waitress's own threads would wait for each other and for the GIL: with many
    connections they serve a quarter of the requests.
    """

    def __init__(self) -> None:
        self._waiting: deque[HTTPChannel] = deque()

    def add_task(self, channel: HTTPChannel) -> None:
        """Queues the request of a connection; waitress calls it."""
        self._waiting.append(channel)

    def is_ready(self) -> bool:
        """Whether a request can be answered."""
        return any(map(_can_be_answered, self._waiting))

    def work(self) -> None:
        """Answers one request of each connection, except those with too many unread responses."""
        for _ in range(len(self._waiting)):
            channel = self._waiting.popleft()
            if _can_be_answered(channel):
                channel.service()
            else:
                self._waiting.append(channel)


def _can_be_answered(channel: HTTPChannel) -> bool:
    return not channel.connected or channel.total_outbufs_len <= _MAX_UNREAD


class _Task(WSGITask):  # type: ignore[misc]  # waitress has no types.
    """Answers one request."""

    def execute(self) -> None:
        try:
            body = b"".join(self.channel.server.application(self.get_environment(), self._start_response))
        except Disconnect as injected:
            # For waitress the client has gone: it closes the connection and continues.
            raise ClientDisconnected from injected
        _send(self, self.status, self.response_headers, body)

    def _start_response(self, status: str, headers: list[tuple[str, str]], *_: object) -> None:
        self.status, self.response_headers = status, headers


def _send(task: Any, status: str, headers: Iterable[tuple[str, str]], body: bytes) -> None:
    """Sends a response in one piece: head and body apart would be two packets, and wake the client twice."""
    connection = task.request.headers.get("CONNECTION", "").lower()
    # HTTP 1.0 closes the connection unless the client asks otherwise, HTTP 1.1 the other way round.
    is_kept = connection == "keep-alive" if task.version == "1.0" else connection != "close"
    task.close_on_finish = task.request.error is not None or not is_kept
    fields = {
        "Server": "ses_stub",
        "Connection": "close" if task.close_on_finish else "keep-alive",
        **dict(headers),
    }
    if "Date" not in fields:
        fields["Date"] = build_http_date(task.start_time)
    lines = [f"HTTP/{task.version} {status}", *(f"{name}: {value}" for name, value in fields.items()), "\r\n"]
    task.wrote_header = True
    task.channel.write_soon("\r\n".join(lines).encode("latin-1") + body)


def _channel_class(service: Service) -> type[HTTPChannel]:
    """A class of connections that answer broken requests with errors in AWS's format."""

    class AWSErrorTask(ErrorTask):  # type: ignore[misc]
        def execute(self) -> None:
            error = self.request.error
            response = service.error_response(AWSError(_CODES[error.code], str(error.body), error.code))
            headers = [*response.headers.items(), *SECURITY_HEADERS.items()]
            _send(self, f"{error.code} {error.reason}", headers, response.body)

    class Parser(HTTPRequestParser):  # type: ignore[misc]
        def parse_header(self, header_plus: bytes) -> None:
            try:
                super().parse_header(header_plus)
            except ValueError as error:
                # A target with unpaired brackets, or a length with more digits than Python reads.
                raise ParsingError(str(error)) from error
            # RFC 9112: a request with two lengths may hide another one. One without exactly one host is rejected.
            if "CONTENT_LENGTH" in self.headers and (self.chunked or "TRANSFER_ENCODING" in self.headers):
                raise ParsingError("Content-Length with Transfer-Encoding")
            # waitress keeps no header of a request with too many.
            has_headers = self.header_bytes_received < self.adj.max_request_header_size
            if has_headers and "," in self.headers.get("HOST", ","):
                raise ParsingError("Expected one header Host")

    class Channel(HTTPChannel):  # type: ignore[misc]
        parser_class = Parser
        task_class = _Task
        error_task_class = AWSErrorTask

        @property
        def last_activity(self) -> float:
            return self._last_activity

        @last_activity.setter
        def last_activity(self, _: float) -> None:
            # waitress gives the process's time: by that, a connection would be idle when a test moves it by days.
            self._last_activity: float = real.monotonic()

    return Channel


def connection_limit() -> int:
    """The maximum number of connections, given the limit of open files."""
    try:
        import resource
    except ImportError:  # Windows has no such limit.
        return _MAX_CONNECTIONS
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return _MAX_CONNECTIONS
    return min(_MAX_CONNECTIONS, (soft - _OTHER_FILES) // _FILES_PER_CONNECTION)
