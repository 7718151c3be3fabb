"""The control API as a test in another language uses it: JSON in, JSON out."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from werkzeug import Request
from werkzeug.test import Client, TestResponse

from ses_stub import SESStub
from ses_stub._server.control.routes import PREFIX, Control


class RemoteControl:
    """A client that shares nothing with the stub but HTTP."""

    def __init__(self, ses: SESStub) -> None:
        self.http = Client(Request.application(Control(ses)))

    def request(self, method: str, path: str, body: Any = None, **query: Any) -> TestResponse:
        """One request, with a body in JSON if there is one."""
        content = {} if body is None else {"json": body}
        return self.http.open(PREFIX + path, method=method, query_string=query or None, **content)

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of a response."""
        response = self.request("GET", path, **query)
        assert response.status_code == 200, response.text
        return response.json

    def post(self, path: str, body: Any = None, **query: Any) -> Any:
        """The JSON of a response to a successful request; None if it has no body."""
        return self._json(self.request("POST", path, body, **query))

    def delete(self, path: str, **query: Any) -> Any:
        """The same for DELETE."""
        return self._json(self.request("DELETE", path, **query))

    def _json(self, response: TestResponse) -> Any:
        assert response.status_code in (200, 201, 204), response.text
        return response.json if response.data else None


def identity_path(name: str, rest: str = "") -> str:
    """The path of an identity."""
    return f"/identities/{quote(name, safe='')}{rest}"


def error_of(response: TestResponse) -> tuple[int, str, str]:
    """Status, code and message of an error."""
    body: Any = response.json
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message"}
    return response.status_code, body["error"]["code"], body["error"]["message"]
