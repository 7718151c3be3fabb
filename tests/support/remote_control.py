"""The control API as a test in another language has it: JSON in, JSON out."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from werkzeug import Request
from werkzeug.test import Client, TestResponse

from ses_stub import SESStub
from ses_stub._server.control.routes import PREFIX, Control


class Remote:
    """Somebody who knows nothing of Python."""

    def __init__(self, ses: SESStub) -> None:
        self.http = Client(Request.application(Control(ses)))

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> TestResponse:
        """One request, with a body in JSON if there is one."""
        given = {} if body is None else {"json": body}
        return self.http.open(PREFIX + path, method=method, query_string=query or None, **given)

    def get(self, path: str, **query: Any) -> Any:
        """What is told."""
        answer = self.ask("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json

    def post(self, path: str, body: Any = None, **query: Any) -> Any:
        """What is told of an order that is carried out; None if nothing is."""
        return self._done(self.ask("POST", path, body, **query))

    def delete(self, path: str, **query: Any) -> Any:
        """What is told of something taken away."""
        return self._done(self.ask("DELETE", path, **query))

    def _done(self, answer: TestResponse) -> Any:
        assert answer.status_code in (200, 201, 204), answer.text
        return answer.json if answer.data else None


def at(name: str, rest: str = "") -> str:
    """The path of an identity."""
    return f"/identities/{quote(name, safe='')}{rest}"


def refusal(answer: TestResponse) -> tuple[int, str, str]:
    """Status, code and text of an error."""
    body: Any = answer.json
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message"}
    return answer.status_code, body["error"]["code"], body["error"]["message"]
