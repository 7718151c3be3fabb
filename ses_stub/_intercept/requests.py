"""The integration of requests: calls to SES, and clicks on the links in its emails.

``requests.Session.get_adapter`` is patched while a stub is active: for a URL of SES it returns an adapter that asks the
stub. That is above ``HTTPAdapter.send``, which `responses`, and with it moto, replace: their mocks, the user's too, and
the stub do not disturb each other, whichever started first. All other hosts get their usual adapter. The
response is built by `responses`.

``HTTPAdapter.send`` is patched too, as the last place before the network, for sessions with a ``get_adapter`` of their
own: requests-mock leaves one on each session that has been used under it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import BaseAdapter, HTTPAdapter

from .._model.options import DEFAULT_REGION
from . import raw_http
from .activation import current_interceptor
from .interceptor import Interceptor
from .patching import Patch


class _Adapter(BaseAdapter):
    """Sends the requests for SES to the stub, and the others to the session's own adapter."""

    def __init__(self, interceptor: Interceptor, own: BaseAdapter) -> None:
        super().__init__()
        self._interceptor = interceptor
        self._own = own

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        answer = _answer(self._interceptor, request)
        return self._own.send(request, *args, **kwargs) if answer is None else answer

    def close(self) -> None:
        """Does nothing: no connection is open."""


def _answer(interceptor: Interceptor, request: requests.PreparedRequest) -> requests.Response | None:
    """The stub's response; None if it has none for this request."""
    headers = {name: _text(value) for name, value in request.headers.items()}
    raw = raw_http.RawRequest(str(request.method), str(request.url), headers, _text(_whole_body(request)))
    service, options = interceptor.service, interceptor.options
    if raw_http.passes_through(service, raw):
        return None
    answer = raw_http.respond(service, raw, options.region or DEFAULT_REGION, options.account_id)
    if answer is None:
        return None
    from responses import CallbackResponse  # Slow to import, and rarely needed.

    response = CallbackResponse(raw.method, raw.url, lambda _: (answer.status, answer.headers, answer.body))
    built: requests.Response = HTTPAdapter().build_response(request, response.get_response(request))
    return built


def _whole_body(request: requests.PreparedRequest) -> Any:
    """The body. One that is a file or a generator is read, and replaced by its contents."""
    body: Any = request.body or b""
    if not isinstance(body, str | bytes | bytearray):
        body = request.body = body.read() if hasattr(body, "read") else b"".join(body)
    return body


def _text(value: Any) -> str:
    return value if isinstance(value, str) else bytes(value).decode(errors="replace")


def _interceptor_for(url: Any) -> Interceptor | None:
    return current_interceptor() if raw_http.is_ses_url(str(url)) else None


def _patched_get_adapter(original: Callable[..., BaseAdapter]) -> Callable[..., BaseAdapter]:
    def get_adapter(self: requests.Session, url: str) -> BaseAdapter:
        own, interceptor = original(self, url), _interceptor_for(url)
        return _Adapter(interceptor, own) if interceptor is not None else own

    return get_adapter


def _patched_send(original: Callable[..., requests.Response]) -> Callable[..., requests.Response]:
    def send(self: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        interceptor = _interceptor_for(request.url)
        answer = _answer(interceptor, request) if interceptor is not None else None
        return original(self, request, *args, **kwargs) if answer is None else answer

    return send


def patches() -> list[Patch]:
    """The patches of requests that are applied while a stub is active."""
    return [
        Patch(requests.Session, "get_adapter", _patched_get_adapter),
        Patch(HTTPAdapter, "send", _patched_send),
    ]
