"""The socket: waitress, which gives slow clients no thread, large bodies no memory, and broken HTTP no way in.

It stands in a thread of its own, so that a test or a command can go on beside it. Under a frozen clock it goes on, as
nothing in it waits by the clock.
"""

from __future__ import annotations

import socket
import sys
import threading
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING

from waitress.channel import ClientDisconnected, HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import create_server
from waitress.task import ErrorTask
from waitress.wasyncore import close_all, loop

from .._core.aws_errors import AWSError
from .app import Disconnect

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from .._service.service import Service

#: Of one request. SES takes messages of 10 MB (guide, "Service quotas"), which base64 and percent-encoding lengthen.
MAX_BODY = 16 * 2**20
_MAX_HEADERS = 64 * 2**10
#: What is above stays with the operating system until there is room.
_MAX_CONNECTIONS = 2000
#: Beside the connections, the process has files of its own.
_OTHER_FILES = 64
#: A connection, and the file of a large body.
_FILES_EACH = 2
_IDLE_SECONDS = 60
#: How often idle connections are looked for, at least.
_LOOK_SECONDS = 1.0
#: Of a body so much is held in memory, the rest in a file: a thousand slow uploads may be under way.
_IN_MEMORY = 64 * 2**10
#: Of answers so much waits in memory until a connection that asks on has read it.
_UNREAD = 64 * 2**10

_CODES = {
    400: "MalformedHttpRequestException",
    413: "RequestEntityTooLargeException",
    431: "RequestHeaderFieldsTooLarge",
    500: "InternalFailure",
    501: "NotImplemented",
}


class Server:
    """Serves an application on an address, as long as it is entered (``with``).

    Args:
        application: what is served (WSGI).
        service: words the answers to broken requests.
        host: the address, or a name.
        port: 0 takes a free one.

    Raises:
        OSError: the address cannot be had.

    """

    def __init__(self, application: WSGIApplication, service: Service, host: str = "127.0.0.1", port: int = 0) -> None:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.create_server(address[:2], family=family)
        self.host = host
        self.port: int = listener.getsockname()[1]
        self._queue = _Queue()
        self._stopping = False
        self._server = create_server(
            _closing(application),
            sockets=[listener],
            _dispatcher=self._queue,
            outbuf_high_watermark=sys.maxsize,
            ident="ses_stub",
            connection_limit=_room(),
            inbuf_overflow=_IN_MEMORY,
            max_request_body_size=MAX_BODY,
            max_request_header_size=_MAX_HEADERS,
            channel_timeout=_IDLE_SECONDS,
            cleanup_interval=_IDLE_SECONDS // 2,
        )
        self._server.channel_class = _channel(service)
        self._thread = threading.Thread(target=self._run, name="ses_stub server", daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    def __enter__(self) -> Server:
        """Begins to answer."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Answers what has come, then closes all connections; leaves no thread."""
        self._stopping = True
        self._server.pull_trigger()
        self._thread.join()
        # Not in the loop's thread: that could close the trigger while it is being pulled.
        close_all(self._server._map)

    def _run(self) -> None:
        while not self._stopping:
            loop(timeout=_LOOK_SECONDS, use_poll=True, map=self._server._map, count=1)
            self._queue.work()


class _Queue:
    """The requests that are complete, answered one after the other by the thread that reads the sockets.

    The stub answers one at a time in any case. Threads of waitress's own would wait for each other and for Python's
    lock at every step: with many connections that makes four requests out of one.
    """

    def __init__(self) -> None:
        self._waiting: deque[HTTPChannel] = deque()

    def add_task(self, channel: HTTPChannel) -> None:
        """Takes a request; its connection is being read."""
        self._waiting.append(channel)

    def work(self) -> None:
        """Answers one of each connection, but of those that have yet to read what they were answered."""
        for _ in range(len(self._waiting)):
            channel = self._waiting.popleft()
            if channel.connected and channel.total_outbufs_len > _UNREAD:
                self._waiting.append(channel)
            else:
                channel.service()


def _closing(application: WSGIApplication) -> WSGIApplication:
    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return application(environ, start_response)
        except Disconnect as ordered:
            # To waitress, the client has gone: it closes the connection and goes on.
            raise ClientDisconnected from ordered

    return answer


def _channel(service: Service) -> type[HTTPChannel]:
    """Connections whose broken requests are answered as AWS would."""

    class AWSErrorTask(ErrorTask):  # type: ignore[misc]  # waitress has no types.
        def execute(self) -> None:
            error = self.request.error
            answer = service.error_response(AWSError(_CODES[error.code], str(error.body), error.code))
            self.status = f"{error.code} {error.reason}"
            self.response_headers.extend(answer.headers.items())
            self.content_length = len(answer.body)
            self.set_close_on_finish()
            self.write(answer.body)

    class Parser(HTTPRequestParser):  # type: ignore[misc]
        def parse_header(self, header_plus: bytes) -> None:
            try:
                super().parse_header(header_plus)
            except ValueError as error:
                # A target whose brackets are no pair, a length of more digits than Python reads.
                raise ParsingError(str(error)) from error

    class Channel(HTTPChannel):  # type: ignore[misc]
        parser_class = Parser
        error_task_class = AWSErrorTask

    return Channel


def _room() -> int:
    """How many connections there may be: each is an open file."""
    try:
        import resource
    except ImportError:  # Windows, which has no such limit.
        return _MAX_CONNECTIONS
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return _MAX_CONNECTIONS
    return min(_MAX_CONNECTIONS, (soft - _OTHER_FILES) // _FILES_EACH)
