"""The page for a developer: the state of the stub, an inbox, and buttons for what happens outside the application.

Plain links and forms; a small script updates the page and keeps the focus and what is typed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect

from ..._api.stub import service_of
from ..._core.text import is_url
from ..._model.identity import VerificationStatus
from ..._model.mailbox import PAGES, query_of
from .actions import ACTIONS, open_link
from .filters import FILTERS
from .rows import page_data

if TYPE_CHECKING:
    from ..._api.stub import SESStub

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; connect-src 'self'; img-src 'self'; script-src 'self'; style-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer, with which browsers send no origin with a form: the server accepts forms of its own page only.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
_ASSETS = {"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}
_ROUTER = Map(
    [
        Rule("/", endpoint="home", methods=["GET"]),
        Rule(f"/page/<any({', '.join(ACTIONS)}):name>", endpoint="action", methods=["POST"]),
        Rule(f"/page/<any({', '.join(map(repr, _ASSETS))}):name>", endpoint="asset", methods=["GET"]),
        Rule("/_ses_stub/link", endpoint="link", methods=["GET"]),
    ],
    merge_slashes=False,
).bind("page")


class Page:
    """Answers the requests of a browser.

    Args:
        stub: the stub that is shown.

    """

    def __init__(self, stub: SESStub) -> None:
        self._stub = stub
        self._views: dict[str, Callable[..., Response]] = {
            "home": self._show,
            "action": self._action,
            "asset": self._asset,
            "link": self._link,
        }

    def __call__(self, request: Request) -> Response:
        """Answers one request; may be called by several threads at a time."""
        try:
            endpoint, arguments = _ROUTER.match(request.path, request.method)
            response = self._views[endpoint](request, **arguments)
        except HTTPException as error:
            code = error.code or 500
            response = _message_page(f"{code} {error.name}", error.description or "", "bad", code)
            if allowed := dict(error.get_headers()).get("Allow"):
                response.headers["Allow"] = allowed
        response.headers.update(_HEADERS)
        if response.status_code == 200:
            response.add_etag()
            response.make_conditional(request)
        return response

    def _show(self, request: Request, message: str = "", status: int = 200) -> Response:
        return _render(
            "page.html",
            status,
            data=page_data(self._stub),
            statuses=[status.value for status in VerificationStatus],
            host=request.host_url.rstrip("/"),
            region=self._stub.region,
            account_id=self._stub.account_id,
            message=message,
            form=request.form,
        )

    def _action(self, request: Request, name: str) -> Response:
        action = ACTIONS[name]
        try:
            action.run(self._stub, request)
        except ValueError as error:
            return self._show(request, str(error), 400)
        return redirect(f"/#{action.section}", 303)

    def _asset(self, request: Request, name: str) -> Response:
        environment = _environment()
        assert environment.loader is not None
        source, _, _ = environment.loader.get_source(environment, name)
        return Response(source, mimetype=_ASSETS[name])

    def _link(self, request: Request) -> Response:
        """Opens one of AWS's verification links, identified by its query string."""
        query = request.query_string.decode(errors="replace")
        service = service_of(self._stub)
        with service.locked():
            emails = reversed(service.state.mailbox.mails)
            email = next((one for one in emails if one.link and query_of(one.link) == query), None)
            text = open_link(self._stub, email)
        if email is None:
            return _message_page("Unknown link", text, "bad", 404)
        if is_url(text):
            return redirect(text, 302)
        tone = "good" if text == PAGES.confirmed else "bad"
        heading = {PAGES.confirmed: "Congratulations!", PAGES.expired: "Link expired"}.get(text, "Unknown link")
        return _message_page(heading, text.removeprefix("Congratulations! "), tone, 200)


def _message_page(heading: str, text: str, tone: str, status: int) -> Response:
    """A page with one message; ``tone`` is ``good`` or ``bad``."""
    return _render("message.html", status, heading=heading, text=text, tone=tone)


def _render(template: str, status: int, **context: object) -> Response:
    html = _environment().get_template(template).render(context)
    return Response(html, status, mimetype="text/html")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    return environment
