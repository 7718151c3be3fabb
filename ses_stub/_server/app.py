"""The server's application (WSGI): which requests are AWS's, which are of the control API and which of the page.

Requests of AWS's protocols take the short way, without a web framework; whatever goes wrong with one, the answer has
the shape of an AWS error. It knows nothing of sockets.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

from werkzeug import Request, Response

from .._core.aws_errors import AWSError
from .._core.errors import UnsupportedOperationError
from .._intercept import raw_http
from .._wire.messages import HTTPResponse
from .control.routes import Control
from .page.views import Page

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from .._api.stub import SESStub

_log = logging.getLogger("ses_stub")
_REASONS = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
#: Headers that tell something of an AWS request, and where WSGI has them.
_HEADERS = {"authorization": "HTTP_AUTHORIZATION", "amz-sdk-request": "HTTP_AMZ_SDK_REQUEST"}


class Disconnect(Exception):
    """The connection is to be closed without an answer."""


class Application:
    """What the server serves of one stub."""

    def __init__(self, stub: SESStub) -> None:
        self._stub = stub
        self._control = Control(stub)
        self._page = Page(stub)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers one request.

        Raises:
            Disconnect: the test has ordered an exception in the place of an answer.

        """
        if not _is_for_aws(environ):
            return self._own(Request(environ))(environ, start_response)
        answer = self._aws(environ)
        start_response(_REASONS.get(answer.status) or f"{answer.status} Unknown", list(answer.headers.items()))
        return [answer.body]

    def _aws(self, environ: WSGIEnvironment) -> HTTPResponse:
        service = self._stub._service
        api = "sesv2" if environ["PATH_INFO"].startswith(("/v1/", "/v2/")) else "ses"
        body: bytes = environ["wsgi.input"].read()
        headers = {name: environ[key] for name, key in _HEADERS.items() if key in environ}
        raw = raw_http.RawRequest(environ["REQUEST_METHOD"], _url(environ), headers, body.decode(errors="replace"))
        try:
            answer = raw_http.respond(service, raw, self._stub.region, self._stub.account_id)
        except UnsupportedOperationError as unsupported:
            return service.error_response(AWSError("UnsupportedOperationError", str(unsupported)), api)
        except Exception as error:
            if any(fault.exception is error for fault in service.faults):
                raise Disconnect from error
            _log.exception("%s %s could not be answered", raw.method, raw.url)
            return service.error_response(AWSError("InternalFailure", f"{type(error).__name__}: {error}", 500), api)
        return answer or service.error_response(
            AWSError(
                "MissingAction",
                f"{raw.method} {environ['PATH_INFO']} is no request for SES, neither of v1 (Action=…) nor of v2"
                " (/v2/email/…). ses_stub answers SES alone: set AWS_ENDPOINT_URL_SES and AWS_ENDPOINT_URL_SESV2,"
                " not AWS_ENDPOINT_URL.",
            ),
            api,
        )

    def _own(self, request: Request) -> Response:
        """The control API and the page; no other site's page may give orders."""
        origin = request.headers.get("Origin")
        if request.method not in ("GET", "HEAD") and origin is not None and origin != request.host_url.rstrip("/"):
            return Response(f"A page of {origin} may not give orders here.\n", 403, content_type="text/plain")
        is_control = request.path.startswith("/_ses_stub/") and request.path != "/_ses_stub/link"
        return (self._control if is_control else self._page)(request)


def _is_for_aws(environ: WSGIEnvironment) -> bool:
    """Whether an AWS client sent it, or nobody in particular: a browser says that it wants a page."""
    path = environ["PATH_INFO"]
    if path.startswith(("/_ses_stub/", "/page/")):
        return False
    wants_page = path == "/" or "text/html" in environ.get("HTTP_ACCEPT", "")
    return (
        environ["REQUEST_METHOD"] not in ("GET", "HEAD")
        or "Action=" in environ["QUERY_STRING"]
        or environ.get("HTTP_AUTHORIZATION", "").startswith("AWS4-")
        or not wants_page
    )


def _url(environ: WSGIEnvironment) -> str:
    """Path and query as they were sent: the path of v2 holds encoded names."""
    uri: str = environ["REQUEST_URI"]
    # A proxy's request names the host that it is for.
    if uri.startswith(("http://", "https://")):
        return uri
    return f"http://{environ['SERVER_NAME']}{'' if uri.startswith('/') else '/'}{uri}"
