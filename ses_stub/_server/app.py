"""The WSGI application: passes each request to SES, to the control API or to the page.

Requests to SES need no web framework. Each failure of one has the format of an AWS error.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

from werkzeug import Request, Response

from .._api.stub import service_of
from .._core.aws_errors import AWSError
from .._core.errors import UnsupportedOperationError, UnsupportedPolicyError
from .._intercept import raw_http
from .._wire.messages import HTTPResponse
from .control.error_texts import unsupported_text
from .control.handlers import PREFIX
from .control.routes import Control, error_response
from .page.views import Page
from .request_guard import RequestGuard

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from .._api.stub import SESStub

_log = logging.getLogger("ses_stub")
#: The path of health checks of orchestrators and load balancers; also below the control API's prefix.
_HEALTH = "/health"
_REASONS = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
#: For every response without its own: browsers do not run it as a script, or show it in another page.
SECURITY_HEADERS = {
    # A picture of the timeline contains its style.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_SECURITY_ITEMS = list(SECURITY_HEADERS.items())
#: The relevant headers of an AWS request, and their names in WSGI.
_AWS_HEADERS = {"authorization": "HTTP_AUTHORIZATION", "amz-sdk-request": "HTTP_AMZ_SDK_REQUEST"}


class Disconnect(Exception):
    """Closes the connection without a response."""


class Application:
    """SES, the control API and the page of one stub.

    Args:
        stub: answers. It provides the default region and account.
        guard: decides which requests are answered; by default those to a loopback name.

    Attributes:
        problem: returns the server's problem for ``/health``; empty if there is none.

    """

    problem: Callable[[], str] = staticmethod(str)

    def __init__(self, stub: SESStub, guard: RequestGuard | None = None) -> None:
        self._stub = stub
        self._guard = guard or RequestGuard()
        self._control = Control(stub, lambda: self.problem())
        self._page = Page(stub)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers one request.

        Raises:
            Disconnect: an exception was injected.

        """
        if _is_for_aws(environ):
            response = self._respond_as_aws(environ)
            start_response(
                _REASONS.get(response.status) or f"{response.status} Unknown",
                [*response.headers.items(), *_SECURITY_ITEMS],
            )
            return [response.body]
        answer = self._respond(environ)
        for name, value in _SECURITY_ITEMS:
            answer.headers.setdefault(name, value)
        return answer(environ, start_response)

    def _respond_as_aws(self, environ: WSGIEnvironment) -> HTTPResponse:
        service = service_of(self._stub)
        api = "sesv2" if environ["PATH_INFO"].startswith(("/v1/", "/v2/")) else "ses"
        refusal = self._guard.refusal(environ, is_page=False)
        if refusal is not None:
            return service.error_response(AWSError(*refusal, 403), api)
        body: bytes = environ["wsgi.input"].read()
        headers = {name: environ[key] for name, key in _AWS_HEADERS.items() if key in environ}
        raw = raw_http.RawRequest(environ["REQUEST_METHOD"], _url(environ), headers, body.decode(errors="replace"))
        try:
            response = raw_http.respond(service, raw, self._stub.region, self._stub.account_id)
        except UnsupportedPolicyError as unsupported:
            return service.error_response(AWSError("UnsupportedPolicyError", str(unsupported)), api)
        except UnsupportedOperationError as unsupported:
            return service.error_response(AWSError("UnsupportedOperationError", unsupported_text(unsupported)), api)
        except Exception as error:
            if any(fault.exception is error for fault in service.faults):
                raise Disconnect from error
            _log.exception("%s %s could not be answered", raw.method, raw.url)
            return service.error_response(AWSError("InternalFailure", f"{type(error).__name__}: {error}", 500), api)
        return response or service.error_response(
            AWSError(
                "MissingAction",
                f"{raw.method} {environ['PATH_INFO']} is not a request to SES, neither to v1 (Action=…) nor to v2"
                " (/v2/email/…). ses_stub answers only SES: set AWS_ENDPOINT_URL_SES and AWS_ENDPOINT_URL_SESV2,"
                " not AWS_ENDPOINT_URL.",
            ),
            api,
        )

    def _respond(self, environ: WSGIEnvironment) -> Response:
        """Answers for the control API or the page."""
        path = environ["PATH_INFO"]
        if path == _HEALTH:
            path = environ["PATH_INFO"] = environ["REQUEST_URI"] = PREFIX + _HEALTH
        is_control = path.startswith(f"{PREFIX}/") and path != f"{PREFIX}/link"
        refusal = self._guard.refusal(environ, is_page=not is_control)
        if refusal is None:
            return (self._control if is_control else self._page)(Request(environ))
        if is_control:
            return error_response(403, *refusal)
        return Response(f"{refusal[1]}\n", 403, content_type="text/plain; charset=utf-8")


def _is_for_aws(environ: WSGIEnvironment) -> bool:
    """Whether a request is for SES: it is not below our own paths, and not from a browser, which accepts HTML."""
    path = environ["PATH_INFO"]
    if path.startswith((f"{PREFIX}/", "/page/")) or path == _HEALTH:
        return False
    wants_page = path == "/" or "text/html" in environ.get("HTTP_ACCEPT", "")
    return (
        environ["REQUEST_METHOD"] not in ("GET", "HEAD")
        or "Action=" in environ["QUERY_STRING"]
        or environ.get("HTTP_AUTHORIZATION", "").startswith("AWS4-")
        or not wants_page
    )


def _url(environ: WSGIEnvironment) -> str:
    """Path and query as sent, as paths of v2 contain encoded names."""
    uri: str = environ["REQUEST_URI"]
    # A request to a proxy contains the host.
    if uri.startswith(("http://", "https://")):
        return uri
    return f"http://{environ['SERVER_NAME']}{'' if uri.startswith('/') else '/'}{uri}"
