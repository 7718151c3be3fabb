"""The control API: JSON over HTTP, for tests in other languages.

`ROUTES` is the whole API. `schemas` checks queries and bodies, so that an error names the wrong member.
``openapi.json`` beside this module describes the API for other tools.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, unquote, unquote_to_bytes, urlsplit

import msgspec
from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException, NotFound, UnsupportedMediaType
from werkzeug.routing import BaseConverter, Map, Rule

from ..._core.errors import IdentityNotFoundError, SESStubError, UnsupportedOperationError
from . import handlers, schemas
from .error_texts import not_found_text, unsupported_text
from .handlers import PREFIX, ControlRequest, TextResponse, Unavailable
from .schemas import Empty, Location, Payload

if TYPE_CHECKING:
    from ..._api.stub import SESStub

#: Bytes.
_MAX_BODY = 2**20


class Route(NamedTuple):
    """One method of one path.

    Attributes:
        method: the HTTP method.
        path: the path below `PREFIX`, with its variable parts in angle brackets.
        handler: answers the request; None means a response without a body.
        query: the schema of the query.
        body: the schema of the body; None ignores the body.
        status: the HTTP status of the response.

    """

    method: str
    path: str
    handler: Callable[[ControlRequest], Any]
    query: type[Payload] = Empty
    body: type[Payload] | None = None
    status: int = 200


_IDENTITY = "/identities/<name:name>"
_RECORDS = f"{_IDENTITY}/records/<any(txt, dkim, 'mail-from'):kind>"
ROUTES = [
    Route("GET", "/health", handlers.get_health),
    Route("GET", "/openapi.json", handlers.get_openapi),
    Route("GET", "/identities", handlers.list_identities, Location),
    Route("POST", "/identities", handlers.add_identity, Location, schemas.NewIdentity, 201),
    Route("GET", _IDENTITY, handlers.get_identity, Location),
    Route("DELETE", _IDENTITY, handlers.delete_identity, Location, status=204),
    Route("POST", f"{_IDENTITY}/script", handlers.script_identity, Location, schemas.Script),
    Route("POST", f"{_IDENTITY}/scheduled-actions", handlers.schedule_action, Location, schemas.ScheduledAction, 204),
    Route("GET", f"{_IDENTITY}/records", handlers.list_expected_records, Location),
    Route("POST", _RECORDS, handlers.publish_records, Location, Empty),
    Route("DELETE", _RECORDS, handlers.remove_records, Location),
    Route("POST", "/clicks", handlers.click_link, Location, schemas.Click),
    Route("GET", "/dns", handlers.get_dns_records, schemas.RecordQuery),
    Route("POST", "/dns", handlers.add_dns_record, body=schemas.NewRecord, status=204),
    Route("DELETE", "/dns", handlers.remove_dns_record, schemas.RecordsToRemove, status=204),
    Route("GET", "/clock", handlers.get_clock),
    Route("POST", "/clock/advance", handlers.advance_clock, body=schemas.Duration),
    Route("GET", "/faults", handlers.list_faults),
    Route("POST", "/faults", handlers.add_fault, body=schemas.NewFault, status=201),
    Route("DELETE", "/faults", handlers.clear_faults, status=204),
    Route("GET", "/calls", handlers.list_calls, schemas.CallsQuery),
    Route("GET", "/verification-emails", handlers.list_verification_emails, schemas.EmailsQuery),
    Route("GET", "/sent-emails", handlers.list_sent_emails, schemas.EmailsQuery),
    Route("GET", "/report", handlers.get_report),
    Route("GET", "/timeline", handlers.get_timeline, schemas.TimelineQuery),
    Route("POST", "/reset", handlers.reset, body=Empty, status=204),
]


class _NameConverter(BaseConverter):
    def to_python(self, value: str) -> str:
        return unquote(value)


RULES = Map(
    [Rule(PREFIX + route.path, endpoint=route, methods=[route.method]) for route in ROUTES],
    converters={"name": _NameConverter},
    merge_slashes=False,
)
_ROUTER = RULES.bind("control")


class Control:
    """Answers the requests below `PREFIX`.

    Args:
        stub: the stub to control. It provides the default region and account.
        problem: returns the server's problem; empty if there is none.

    """

    def __init__(self, stub: SESStub, problem: Callable[[], str] = str) -> None:
        self._stub = stub
        self._problem = problem

    def __call__(self, request: Request) -> Response:
        """Answers one request. Thread-safe."""
        try:
            response = self._respond(request)
        except HTTPException as error:
            hint = f" The API has: {_all_routes()}." if isinstance(error, NotFound) else ""
            response = error_response(error.code or 500, error.name.replace(" ", ""), f"{error.description}{hint}")
            if allowed := dict(error.get_headers()).get("Allow"):
                response.headers["Allow"] = allowed
        except IdentityNotFoundError as error:
            response = error_response(404, type(error).__name__, not_found_text(self._stub, error))
        except UnsupportedOperationError as error:
            response = error_response(400, type(error).__name__, unsupported_text(error))
        except ValueError as error:
            code = type(error).__name__ if isinstance(error, SESStubError) else "BadRequest"
            response = error_response(400, code, str(error))
        except (SESStubError, handlers.Conflict) as error:
            response = error_response(409, "Conflict", str(error))
        response.headers["Cache-Control"] = "no-store"
        return response

    def _respond(self, request: Request) -> Response:
        route, path = _ROUTER.match(_path(request), request.method)
        query, body = _query(route.query, request), _body(route.body, request)
        result = route.handler(ControlRequest(self._stub, path, query, body, request, self._problem))
        if isinstance(result, Unavailable):
            return _json(result.value, 503)
        return _text(result) if isinstance(result, TextResponse) else _json(result, route.status)


def _path(request: Request) -> str:
    """The path with each part encoded in the same way, as a name may contain slashes."""
    sent: str = request.environ["REQUEST_URI"]
    parts = urlsplit(sent).path.encode("latin-1", "replace").split(b"/")
    return "/".join(quote(unquote_to_bytes(part).decode(errors="replace"), safe="") for part in parts)


def _query(schema: type[Payload], request: Request) -> Payload:
    """The query, as an instance of its schema.

    Raises:
        ValueError: it does not match.

    """
    given = request.args.to_dict(flat=False)
    for name, values in given.items():
        if len(values) > 1:
            raise ValueError(f"Query contains `{name}` {len(values)} times")
    # Not strict, as numbers in a query are text.
    return msgspec.convert({name: value for name, (value,) in given.items()}, schema, strict=False)


def _body(schema: type[Payload] | None, request: Request) -> Payload | None:
    """The body, as an instance of its schema.

    Raises:
        ValueError: it does not match, or is not JSON.
        HTTPException: it is too long, or has the wrong content type.

    """
    if schema is None:
        return None
    request.max_content_length = _MAX_BODY
    body = request.get_data()
    if schema is Empty and not body:
        return Empty()
    if request.mimetype not in ("", "application/json"):
        raise UnsupportedMediaType(f"Expected a body of application/json, not {request.mimetype}.")
    return msgspec.json.decode(body, type=schema)


def _text(response: TextResponse) -> Response:
    return Response(response.text.encode(errors="replace"), mimetype=response.media_type)


def _json(value: Any, status: int) -> Response:
    if value is None:
        return Response(status=status)
    try:
        text = msgspec.json.encode(value)
    except UnicodeEncodeError:
        # A lone surrogate, which a Python test may have passed to the stub, has no UTF-8.
        text = json.dumps(msgspec.to_builtins(value), ensure_ascii=False).encode(errors="replace")
    return Response(text, status, mimetype="application/json")


def error_response(status: int, code: str, message: str) -> Response:
    """The response to a rejected or failed request."""
    return _json({"error": {"code": code, "message": message}}, status)


def _all_routes() -> str:
    paths = ((route.method, re.sub(r"<.*?(\w+)>", r"{\1}", route.path)) for route in ROUTES)
    return ", ".join(f"{method} {PREFIX}{path}" for method, path in paths)
