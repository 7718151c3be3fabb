"""The door for `requests`: calls to the hosts of SES, and clicks on the links in its mails, without botocore.

``requests.Session.get_adapter`` is ours while a stub is active: for a URL of SES it gives an adapter that asks the
stub. That is above ``HTTPAdapter.send``, which `responses`, and with it moto, replace: their mocks, the user's too, are
not disturbed and do not disturb, whichever was first. All other hosts go where they went before. The response is built
by `responses`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import BaseAdapter, HTTPAdapter

from . import raw_http
from .interceptor import Interceptor, Patch, configured_region, current_interceptor


class _Adapter(BaseAdapter):
    """Answers what is for SES; what the stub does not answer goes on to the session's own adapter."""

    def __init__(self, interceptor: Interceptor, own: BaseAdapter) -> None:
        super().__init__()
        self._door = interceptor
        self._own = own

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        headers = {name: _text(value) for name, value in request.headers.items()}
        raw = raw_http.Raw(str(request.method), str(request.url), headers, _text(_whole_body(request)))
        service, options = self._door.service, self._door.options
        answer = None
        if not raw_http.goes_on(service, raw):
            answer = raw_http.answer(service, raw, options.region or configured_region(), options.account_id)
        if answer is None:
            return self._own.send(request, *args, **kwargs)
        from responses import CallbackResponse  # Takes a while, and is not needed by who only imports requests.

        response = CallbackResponse(raw.method, raw.url, lambda _: (answer.status, answer.headers, answer.body))
        built: requests.Response = HTTPAdapter().build_response(request, response.get_response(request))
        return built

    def close(self) -> None:
        """Nothing is open."""


def _whole_body(request: requests.PreparedRequest) -> Any:
    """The body; that of a file or a generator is read, and stands in the request from then on."""
    body: Any = request.body or b""
    if not isinstance(body, str | bytes | bytearray):
        body = request.body = body.read() if hasattr(body, "read") else b"".join(body)
    return body


def _text(value: Any) -> str:
    return value if isinstance(value, str) else bytes(value).decode(errors="replace")


def _get_adapter(original: Callable[..., BaseAdapter]) -> Callable[..., BaseAdapter]:
    def get_adapter(self: requests.Session, url: str) -> BaseAdapter:
        own = original(self, url)
        interceptor = current_interceptor() if raw_http.is_for_ses(url) else None
        return _Adapter(interceptor, own) if interceptor is not None else own

    return get_adapter


def patches() -> list[Patch]:
    """The attribute of requests that is ours while a stub is active."""
    return [Patch(requests.Session, "get_adapter", _get_adapter)]
