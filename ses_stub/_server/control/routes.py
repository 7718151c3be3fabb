"""The control API: what a test may ask of a stub, as JSON over HTTP, for tests in other languages.

`ROUTES` is all there is. The forms in `_control_forms` check what comes, so that a wrong member is told by its place
and gets no further; `openapi.json` beside this module describes it all to others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, unquote, unquote_to_bytes, urlsplit

import msgspec
from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException, NotFound, UnsupportedMediaType
from werkzeug.routing import BaseConverter, Map, Rule

from ..._core.errors import IdentityNotFoundError, SESStubError, UnsupportedOperationError
from . import handlers, schemas
from .handlers import PREFIX

if TYPE_CHECKING:
    from ..._api.stub import SESStub

_MAX_BODY = 2**20


class Route(NamedTuple):
    """One method of one path.

    Attributes:
        method: the HTTP method.
        path: the path below `PREFIX`; the parts in angle brackets go to the function.
        act: carries it out; what it returns is the answer, None is one without a body.
        query: the form of the query.
        body: the form of the body; None where none is looked at.
        status: the HTTP status of the answer.

    """

    method: str
    path: str
    act: Callable[[handlers.Ask], Any]
    query: type[schemas.Order] = schemas.Nothing
    body: type[schemas.Order] | None = None
    status: int = 200


_ONE, _KIND = "/identities/<name:name>", "/identities/<name:name>/records/<any(txt, dkim, 'mail-from'):kind>"
ROUTES = [
    Route("GET", "/health", handlers.get_health),
    Route("GET", "/openapi.json", handlers.get_openapi),
    Route("GET", "/identities", handlers.list_identities, schemas.Place),
    Route("POST", "/identities", handlers.add_identity, schemas.Place, schemas.NewIdentity, 201),
    Route("GET", _ONE, handlers.get_identity, schemas.Place),
    Route("DELETE", _ONE, handlers.delete_identity, schemas.Place, status=204),
    Route("POST", f"{_ONE}/script", handlers.fix_script, schemas.Place, schemas.Script),
    Route("POST", f"{_ONE}/later", handlers.fix_later, schemas.Place, schemas.Later, 204),
    Route("GET", f"{_ONE}/records", handlers.list_records, schemas.Place),
    Route("POST", _KIND, partial(handlers.change_records, change="publish"), schemas.Place, schemas.Nothing),
    Route("DELETE", _KIND, partial(handlers.change_records, change="remove"), schemas.Place),
    Route("POST", "/clicks", handlers.click, schemas.Place, schemas.Click),
    Route("GET", "/dns", handlers.get_dns, schemas.RecordQuery),
    Route("POST", "/dns", handlers.add_dns, body=schemas.NewRecord, status=204),
    Route("DELETE", "/dns", handlers.remove_dns, schemas.OldRecord, status=204),
    Route("GET", "/clock", handlers.get_clock),
    Route("POST", "/clock/advance", handlers.advance, body=schemas.Length),
    Route("GET", "/faults", handlers.list_faults),
    Route("POST", "/faults", handlers.add_fault, body=schemas.NewFault, status=201),
    Route("DELETE", "/faults", handlers.clear_faults, status=204),
    Route("GET", "/calls", handlers.list_calls, schemas.CallsQuery),
    Route("GET", "/verification-emails", handlers.list_verification_emails),
    Route("GET", "/sent-emails", handlers.list_sent_emails),
    Route("GET", "/report", handlers.get_report),
    Route("GET", "/timeline", handlers.get_timeline, schemas.TimelineQuery),
    Route("POST", "/reset", handlers.reset, body=schemas.Nothing, status=204),
]


class _Name(BaseConverter):
    """One encoded part of a path."""

    def to_python(self, value: str) -> str:
        return unquote(value)


RULES = Map(
    [Rule(PREFIX + one.path, endpoint=one, methods=[one.method]) for one in ROUTES],
    converters={"name": _Name},
    merge_slashes=False,
)
_MATCHER = RULES.bind("control")


class Control:
    """Answers the requests below `PREFIX`.

    Args:
        stub: whose controls they are. Names without a region are those of this handle's.

    """

    def __init__(self, stub: SESStub) -> None:
        self._stub = stub

    def __call__(self, request: Request) -> Response:
        """Answers one request; may be asked by several threads at once."""
        try:
            route, path = _MATCHER.match(_path(request), request.method)
            ask = handlers.Ask(self._stub, path, _query(route.query, request), _body(route.body, request), request)
            answer = route.act(ask)
            response = _text(answer) if isinstance(answer, handlers.Text) else _json(answer, route.status)
        except HTTPException as error:
            hint = f" There are: {_all_routes()}." if isinstance(error, NotFound) else ""
            response = _failure(error.code or 500, error.name.replace(" ", ""), f"{error.description}{hint}")
            if allowed := dict(error.get_headers()).get("Allow"):
                response.headers["Allow"] = allowed
        except IdentityNotFoundError as unknown:
            response = _failure(404, "UnknownIdentity", str(unknown))
        except (ValueError, UnsupportedOperationError) as wrong:
            code = type(wrong).__name__ if isinstance(wrong, SESStubError) else "BadRequest"
            response = _failure(400, code, str(wrong))
        except (SESStubError, handlers.Conflict) as conflict:
            response = _failure(409, "Conflict", str(conflict))
        response.headers["Cache-Control"] = "no-store"
        return response


def _path(request: Request) -> str:
    """The path with each part encoded in one way: a name may hold slashes."""
    sent: str = request.environ["REQUEST_URI"]
    parts = urlsplit(sent).path.encode("latin-1", "replace").split(b"/")
    return "/".join(quote(unquote_to_bytes(part).decode(errors="replace"), safe="") for part in parts)


def _query(form: type[schemas.Order], request: Request) -> schemas.Order:
    given = request.args.to_dict(flat=False)
    for name, values in given.items():
        if len(values) > 1:
            raise ValueError(f"Query contains `{name}` {len(values)} times")
    # A text is all that a query can hold, also of a number.
    return msgspec.convert({name: value for name, (value,) in given.items()}, form, strict=False)


def _body(form: type[schemas.Order] | None, request: Request) -> schemas.Order | None:
    if form is None:
        return None
    request.max_content_length = _MAX_BODY
    body = request.get_data()
    if form is schemas.Nothing and not body:
        return schemas.Nothing()
    if request.mimetype not in ("", "application/json"):
        raise UnsupportedMediaType(f"The body is to be application/json, not {request.mimetype}.")
    return msgspec.json.decode(body, type=form)


def _text(answer: handlers.Text) -> Response:
    return Response(answer.text.encode(errors="replace"), mimetype=answer.kind)


def _json(answer: Any, status: int) -> Response:
    if answer is None:
        return Response(status=status)
    try:
        text = msgspec.json.encode(answer)
    except UnicodeEncodeError:
        # A lone surrogate, which a test in Python may have put somewhere, has no UTF-8.
        text = json.dumps(msgspec.to_builtins(answer), ensure_ascii=False).encode(errors="replace")
    return Response(text, status, mimetype="application/json")


def _failure(status: int, code: str, message: str) -> Response:
    return _json({"error": {"code": code, "message": message}}, status)


def _all_routes() -> str:
    paths = ((one.method, re.sub(r"<.*?(\w+)>", r"{\1}", one.path)) for one in ROUTES)
    return ", ".join(f"{method} {PREFIX}{path}" for method, path in paths)
