"""The page for a developer: who waits for what, and buttons for what an owner or the time would do.

Plain forms and links; one small script brings the page up to date and keeps the place of whoever works on it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect

from ..._model.identity import VerificationStatus, canonical
from ..._model.lifecycle import delete
from ..._model.mailbox import PAGES, VerificationEmail, query_of
from ..._time.time import MAX_DATETIME
from .rows import MOST, make_lists

if TYPE_CHECKING:
    from ..._api.stub import SESStub

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; connect-src 'self'; img-src 'self'; script-src 'self'; style-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer, under which a browser hides where a form comes from: the server takes those of its own page only.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
_ASSETS = {"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}
_LENGTH = re.compile(r"([0-9]{1,7}(?:\.[0-9]{1,3})?)\s*(s|min|m|h|d)", re.IGNORECASE)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_KINDS = ("TXT", "CNAME", "MX")
_NAME_LENGTH, _VALUE_LENGTH = 255, 4096


class _Refused(ValueError):
    """What was asked for cannot be done; the text tells why."""


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _render(template: str, status: int, **context: object) -> Response:
    html = _environment().get_template(template).render(context)
    return Response(html, status, mimetype="text/html")


def _small(heading: str, text: str, tone: str, status: int) -> Response:
    return _render("small.html", status, heading=heading, text=text, tone=tone)


class Page:
    """Answers the requests of a browser.

    Args:
        stub: what is shown. Names without a region are those of this handle's.

    """

    def __init__(self, stub: SESStub) -> None:
        self._stub = stub

    def __call__(self, request: Request) -> Response:
        """Answers one request; may be asked by several threads at once."""
        try:
            endpoint, arguments = _ROUTES.match(request.path, request.method)
            response: Response = endpoint(self, request, **arguments)
        except HTTPException as error:
            code = error.code or 500
            response = _small(f"{code} {error.name}", error.description or "", "bad", code)
            if allowed := dict(error.get_headers()).get("Allow"):
                response.headers["Allow"] = allowed
        response.headers.update(_HEADERS)
        if response.status_code == 200:
            response.add_etag()
            response.make_conditional(request)
        return response

    # What is shown.

    def _home(self, request: Request) -> Response:
        return self._show(request)

    def _show(self, request: Request, message: str = "", status: int = 200) -> Response:
        return _render(
            "page.html",
            status,
            lists=make_lists(self._stub),
            most=MOST,
            statuses=[one.value for one in VerificationStatus],
            host=request.host_url.rstrip("/"),
            region=self._stub.region,
            account_id=self._stub.account_id,
            message=message,
            typed=request.form,
        )

    def _asset(self, request: Request, name: str) -> Response:
        environment = _environment()
        assert environment.loader is not None
        source, _, _ = environment.loader.get_source(environment, name)
        return Response(source, mimetype=_ASSETS[name])

    def _link(self, request: Request) -> Response:
        """The page behind a verification link of AWS's, found by its query string."""
        query = request.query_string.decode(errors="replace")
        with self._stub._service.locked():
            mails = reversed(self._stub._service.state.mailbox.mails)
            mail = next((one for one in mails if one.link and query_of(one.link) == query), None)
            text = self._clicked(mail)
        if mail is None:
            return _small("Not known", text, "bad", 404)
        if text.startswith(("http://", "https://")):
            return redirect(text, 302)
        confirmed = text == PAGES.confirmed
        heading = {PAGES.confirmed: "Congratulations!", PAGES.expired: "Expired"}.get(text, "Not known")
        return _small(heading, text.removeprefix("Congratulations! "), "good" if confirmed else "bad", 200)

    # What is ordered.

    def _obey(self, request: Request, order: str) -> Response:
        act, place = _ORDERS[order]
        try:
            act(self, request)
        except ValueError as wrong:
            return self._show(request, str(wrong), 400)
        return redirect(f"/#{place}", 303)

    def _click(self, request: Request) -> None:
        with self._stub._service.locked():
            mail = self._stub._service.state.mailbox.by_link(request.form.get("link", ""))
            text = self._clicked(mail)
        if mail is None or text != mail.pages.confirmed:
            raise _Refused(f"The link leads to {text}" if "://" in text else text)

    def _clicked(self, mail: VerificationEmail | None) -> str:
        return self._stub.click_verification_link(mail.link) if mail is not None else PAGES.unknown

    def _publish(self, request: Request) -> None:
        for name, kind, value in _records(request):
            self._stub.dns.add(name, kind, value)

    def _remove(self, request: Request) -> None:
        for name, kind, value in _records(request):
            self._stub.dns.remove(name, kind, value)

    def _advance(self, request: Request) -> None:
        text = request.form.get("by", "").strip()
        found = _LENGTH.fullmatch(text)
        if found is None:
            raise _Refused(f"“{text[:40]}” is no length of time. Write for example 90 min, 36 h or 3 d.")
        by = timedelta(**{_UNITS[found[2][0].lower()]: float(found[1])})
        if by > MAX_DATETIME - self._stub.clock.now():
            raise _Refused(f"{text} is too long: time ends in the year {MAX_DATETIME.year}.")
        self._stub.clock.advance(by)

    def _add(self, request: Request) -> None:
        form = request.form
        place = {"region": form.get("region", "").strip(), "account_id": form.get("account_id", "").strip()}
        self._stub.view(**place).add_identity(form.get("name", "").strip(), form.get("status", ""))

    def _delete(self, request: Request) -> None:
        name, region, account_id = (request.form.get(field, "") for field in ("name", "region", "account_id"))
        with self._stub._service.locked() as now:
            state = self._stub._service.state
            for backend in state.backends.values():
                if (backend.region, backend.account_id) == (region, account_id) and delete(state, backend, name, now):
                    return
        raise _Refused(f"There is no identity {canonical(name)} in {region} of account {account_id}.")

    def _reset(self, request: Request) -> None:
        self._stub.reset()


def _records(request: Request) -> list[tuple[str, str, str]]:
    """The records of a form: one, or several as the fields come."""
    columns: list[list[str]] = [request.form.getlist(field) for field in ("name", "kind", "value")]
    if not columns[0] or len({len(column) for column in columns}) > 1:
        raise _Refused("A record has a name, a type and a value.")
    records = list(zip(*columns, strict=True))
    for name, kind, value in records:
        if kind not in _KINDS:
            raise _Refused(f"“{kind[:40]}” is no type of record here: it is TXT, CNAME or MX.")
        if not (0 < len(name) <= _NAME_LENGTH and 0 < len(value) <= _VALUE_LENGTH):
            raise _Refused("A record has a name, a type and a value, none of them empty or very long.")
    return records


#: What forms order, and where on the page one goes on from there.
_ORDERS: Mapping[str, tuple[Callable[[Page, Request], None], str]] = {
    "click": (Page._click, "identities"),
    "publish": (Page._publish, "records"),
    "remove": (Page._remove, "records"),
    "advance": (Page._advance, "clock"),
    "add": (Page._add, "identities"),
    "delete": (Page._delete, "identities"),
    "reset": (Page._reset, "clock"),
}
_ROUTES = Map(
    [
        Rule("/", endpoint=Page._home, methods=["GET"]),
        Rule(f"/page/<any({', '.join(_ORDERS)}):order>", endpoint=Page._obey, methods=["POST"]),
        Rule(f"/page/<any({', '.join(map(repr, _ASSETS))}):name>", endpoint=Page._asset, methods=["GET"]),
        Rule("/_ses_stub/link", endpoint=Page._link, methods=["GET"]),
    ],
    merge_slashes=False,
).bind("page")
