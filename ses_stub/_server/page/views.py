"""The page for developers: the state of the stub, an inbox, and buttons for events outside the application.

It has plain links and forms. A small script updates it, and keeps the focus and the input.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect

from ..._api.stub import service_of
from ..._core.text import is_url
from ..._model.identity import VerificationStatus
from ..._model.mailbox import PAGES, query_of
from .actions import ACTIONS, open_link
from .filters import FILTERS
from .notices import Done, Notices
from .query import Query
from .rows import page_data

if TYPE_CHECKING:
    from ..._api.stub import SESStub

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; connect-src 'self'; frame-src 'self'; img-src 'self'; script-src 'self';"
        " style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # With no-referrer, browsers would send no Origin with a form, and the server accepts only its own page's forms.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
#: For the HTML of an email: its own styles and embedded images, and links that open in a new tab.
_EMAIL_POLICY = (
    "default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'; form-action 'none';"
    " base-uri 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
_ASSETS = {"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}
_ROUTER = Map(
    [
        Rule("/", endpoint="home", methods=["GET"]),
        Rule(f"/page/<any({', '.join(ACTIONS)}):name>", endpoint="action", methods=["POST"]),
        Rule("/page/undo", endpoint="undo", methods=["POST"]),
        Rule("/page/html/<message_id>", endpoint="html", methods=["GET"]),
        Rule(f"/page/<any({', '.join(map(repr, _ASSETS))}):name>", endpoint="asset", methods=["GET"]),
        Rule("/_ses_stub/link", endpoint="link", methods=["GET"]),
    ],
    merge_slashes=False,
).bind("page")


class Page:
    """Answers the requests of a browser.

    Args:
        stub: the stub to show.

    """

    def __init__(self, stub: SESStub) -> None:
        self._stub = stub
        self._notices = Notices()
        self._views: dict[str, Callable[..., Response]] = {
            "home": self._show,
            "action": self._action,
            "undo": self._undo,
            "html": self._html,
            "asset": self._asset,
            "link": self._link,
        }

    def __call__(self, request: Request) -> Response:
        """Answers one request. Thread-safe."""
        try:
            endpoint, arguments = _ROUTER.match(request.path, request.method)
            response = self._views[endpoint](request, **arguments)
        except HTTPException as error:
            code = error.code or 500
            response = _message_page(f"{code} {error.name}", error.description or "", "bad", code)
            if allowed := dict(error.get_headers()).get("Allow"):
                response.headers["Allow"] = allowed
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if response.status_code == 200:
            response.add_etag()
            response.make_conditional(request)
        return response

    def _show(self, request: Request, problem: str = "") -> Response:
        query, key = Query(request.args), request.args.get("done", "")
        done = self._notices.get(key)
        return _render(
            "page.html",
            400 if problem else 200,
            data=page_data(self._stub, query),
            query=query,
            # The end of the forms' URLs, so that the page stays the same after an action.
            view=query.link().removeprefix("/"),
            statuses=[status.value for status in VerificationStatus],
            host=request.host_url.rstrip("/"),
            region=self._stub.region,
            account_id=self._stub.account_id,
            message=problem or done.text,
            is_problem=bool(problem),
            undo=key if done.undo is not None and not problem else "",
            form=request.form,
        )

    def _action(self, request: Request, name: str) -> Response:
        action = ACTIONS[name]
        try:
            done = action.run(self._stub, request)
        except ValueError as error:
            return self._show(request, str(error))
        return self._redirect(request, done, action.section)

    def _undo(self, request: Request) -> Response:
        try:
            text = self._notices.undo(request.form.get("key", ""))
        except ValueError as error:
            return self._show(request, str(error))
        return self._redirect(request, Done(text or "There is nothing to undo."), "identities")

    def _redirect(self, request: Request, done: Done, section: str) -> Response:
        """Redirects to the same page, which shows what was done."""
        address = Query(request.args).link(done=self._notices.add(done))
        return redirect(f"{address}#{section}", 303)

    def _html(self, request: Request, message_id: str) -> Response:
        """The HTML of a sent email. It can run no script and load nothing."""
        service = service_of(self._stub)
        with service.locked():
            found = (one for one in reversed(service.state.sent_emails) if one.message_id == message_id)
            email = next(found, None)
        if email is None or email.html is None:
            raise NotFound("There is no such email with HTML.")
        # Links must leave the frame, as the page frames only itself.
        html = f'<!DOCTYPE html><base target="_blank">{email.html}'
        headers = {"Content-Security-Policy": _EMAIL_POLICY}
        return Response(html.encode(errors="replace"), mimetype="text/html", headers=headers)

    def _asset(self, request: Request, name: str) -> Response:
        environment = _environment()
        assert environment.loader is not None
        source, _, _ = environment.loader.get_source(environment, name)
        return Response(source, mimetype=_ASSETS[name])

    def _link(self, request: Request) -> Response:
        """Opens a verification link of AWS's, identified by its query string."""
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
