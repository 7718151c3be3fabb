"""The REST JSON protocol on the server's side: reads method, path and JSON body, writes a result or an error as JSON.

botocore's service model describes every operation. Headers, payload members and maps in the query string are missing,
as no operation of SES v2 has them; a test checks that. Reference: "Amazon SES API v2 reference" and AWS restJson1 of
Smithy.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime, parsedate_to_datetime
from functools import cache
from json import dumps, loads
from typing import Any
from urllib.parse import parse_qs, unquote

from botocore.model import Shape

from .._core.aws_errors import AWSError, in_v2, newer_validation, one_of, violation
from .service_model import operation_model, operation_names

ERROR_TYPE_HEADER = "x-amzn-ErrorType"
"""The header with an error's code. The body has only the message."""


def route(method: str, target: str) -> str:
    """The operation of a method and a target; empty if there is none."""
    segments = _segments(target)
    for template, operation in _routes().get((method, len(segments)), ()):
        if all(
            segment if _is_label(part) else part == segment for part, segment in zip(template, segments, strict=True)
        ):
            return operation
    return ""


#: ListEmailIdentities has moved. Callers over HTTP and other SDKs may use the older route, with parameters in the query
#: string, or the newer one.
_MOVED = "ListEmailIdentities"
_MOVED_ROUTES = (("GET", "/v2/email/identities"), ("POST", "/v2/email/list-identities"))


@cache
def _routes() -> dict[tuple[str, int], list[tuple[list[str], str]]]:
    """For each method and number of segments: the templates of paths and their operations."""
    routes: dict[tuple[str, int], list[tuple[list[str], str]]] = {}
    model = {one: operation_model("sesv2", one).http for one in operation_names("sesv2") if one != _MOVED}
    known = [(http["method"], http["requestUri"], operation) for operation, http in model.items()]
    for method, uri, operation in (*known, *((*one, _MOVED) for one in _MOVED_ROUTES)):
        template = uri.split("/")
        routes.setdefault((method, len(template)), []).append((template, operation))
    for found in routes.values():
        # The first match counts, and a literal goes before a label.
        found.sort(key=lambda one: [_is_label(part) for part in one[0]])
    return routes


def _is_label(part: str) -> bool:
    return part.startswith("{")


def _segments(target: str) -> list[str]:
    # Split before decoding: a slash within a name is written %2F.
    return [unquote(segment) for segment in target.partition("?")[0].split("/")]


def decode(method: str, target: str, body: str, operation: str) -> dict[str, Any]:
    """The parameters of a request, as boto3's caller writes them.

    Raises:
        AWSError: the JSON or a value does not fit the operation, or something required is missing.

    """
    model = operation_model("sesv2", operation)
    if model.input_shape is None:
        return {}
    pairs = zip(model.http["requestUri"].split("/"), _segments(target), strict=False)
    labels = {part[1:-1]: [segment] for part, segment in pairs if _is_label(part)}
    query = parse_qs(target.partition("?")[2], keep_blank_values=True)
    document = _document(body)
    found: dict[str, Any] = {}
    for name, member in model.input_shape.members.items():
        key = _key(member, name)
        location = member.serialization.get("location")
        if operation == _MOVED:
            location = "querystring" if method == "GET" else None
        texts = {"uri": labels, "querystring": query}.get(location, {}).get(key)
        if texts:
            found[name] = _read(member, _node(member, texts), _at(name), "iso8601")
        elif location is None and _is_given(member, document, key):
            found[name] = _read(member, document[key], _at(name))
    return _complete(model.input_shape, found)


def _document(body: str) -> dict[str, Any]:
    try:
        document = loads(body or "{}")
    except (ValueError, RecursionError):
        raise _unreadable("Unexpected end or character in the JSON") from None
    if not isinstance(document, dict):
        raise _unreadable("Unexpected value for a structure")
    return document


def _node(shape: Shape, texts: list[str]) -> Any:
    """The texts of a URL as JSON. The last of two equal names counts, except in a list."""
    if shape.type_name == "list":
        return [_node(shape.member, [text]) for text in texts]
    if shape.type_name in ("string", "timestamp"):
        return texts[-1]
    try:
        return loads(texts[-1])
    except (ValueError, RecursionError):
        raise _unreadable(f"Unexpected value for a {shape.type_name}") from None


#: Their values are regions, and older versions of botocore know fewer than SES. The operation checks them.
_OPEN_ENUMS = {"DkimSigningAttributesOrigin"}


def _read(shape: Shape, node: Any, at: str, time_format: str = "unixtimestamp") -> Any:
    kind = _kind(shape, time_format)
    types, convert = _READERS[kind]
    # Not isinstance: a boolean of Python is an integer, one of JSON is not.
    if type(node) not in types:
        raise _unreadable(f"Unexpected value for a {shape.type_name}")
    match kind:
        case "structure":
            return _read_structure(shape, node)
        case "list":
            return [_read(shape.member, one, at, time_format) for one in node]
        case "map":
            # The operation checks the keys and empty values itself; null counts as missing.
            return {_text(key): _read(shape.value, one, at) for key, one in node.items() if one is not None}
        case "string" if shape.enum and node not in shape.enum and shape.name not in _OPEN_ENUMS:
            raise _invalid(violation(at, one_of(shape.enum)))
    try:
        return convert(node)
    except (ValueError, OverflowError):
        raise _unreadable(f"Unexpected value for a {shape.type_name}") from None


def _read_structure(shape: Shape, node: dict[str, Any]) -> dict[str, Any]:
    found = {
        name: _read(member, node[_key(member, name)], _at(name))
        for name, member in shape.members.items()
        if _is_given(member, node, _key(member, name))
    }
    return _complete(shape, found)


def _is_given(member: Shape, node: dict[str, Any], key: str) -> bool:
    """Whether a member has a value. Null counts as missing, except for a boolean whose default is false (as probed).

    The shapes of booleans that may be null have "Wrapper" in their names.
    """
    has_default = member.type_name == "boolean" and not member.name.endswith("Wrapper")
    return key in node and (has_default or node[key] is not None)


def _complete(shape: Shape, found: dict[str, Any]) -> dict[str, Any]:
    missing = [name for name in shape.required_members if name not in found]
    if missing:
        raise _invalid(*(violation(_at(name), "Member must not be null") for name in missing))
    return found


def _key(member: Shape, name: str) -> str:
    key: str = member.serialization.get("name", name)
    return key


def _at(name: str) -> str:
    return name[0].lower() + name[1:]


def _kind(shape: Shape, time_format: str) -> str:
    """The type of a shape, or the format of a timestamp, which has three."""
    is_time = shape.type_name == "timestamp"
    kind: str = shape.serialization.get("timestampFormat", time_format).lower() if is_time else shape.type_name
    return kind


def _invalid(*violations: str) -> AWSError:
    return in_v2(newer_validation(*violations))


def _unreadable(message: str) -> AWSError:
    """The error of JSON that does not fit the operation (the text is unverified)."""
    return AWSError("SerializationException", message)


_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def _from_iso(text: str) -> datetime:
    fraction = ".%f" if "." in text else ""
    return datetime.strptime(text, f"%Y-%m-%dT%H:%M:%S{fraction}%z").astimezone(timezone.utc)


def _text(text: str) -> str:
    # JSON can escape half of a surrogate pair, which has no UTF-8.
    text.encode()
    return text


_READERS: dict[str, tuple[tuple[type, ...], Callable[[Any], Any]]] = {
    "structure": ((dict,), dict),
    "list": ((list,), list),
    "map": ((dict,), dict),
    "string": ((str,), _text),
    "boolean": ((bool,), bool),
    "integer": ((int,), int),
    "long": ((int,), int),
    "float": ((int, float), float),
    "double": ((int, float), float),
    "blob": ((str,), lambda text: base64.b64decode(text, validate=True)),
    "unixtimestamp": ((int, float), lambda number: _EPOCH + timedelta(seconds=number)),
    "iso8601": ((str,), _from_iso),
    "rfc822": ((str,), lambda text: parsedate_to_datetime(text).astimezone(timezone.utc)),
}


def encode_result(operation: str, result: Mapping[str, Any]) -> bytes:
    """The body of a result."""
    shape = operation_model("sesv2", operation).output_shape
    return _dump(_write(shape, result) if shape is not None else {})


def _write(shape: Shape, value: Any) -> Any:
    match _kind(shape, "unixtimestamp"):
        case "structure":
            return {
                _key(member, name): _write(member, value[name])
                for name, member in shape.members.items()
                if value.get(name) is not None
            }
        case "list":
            return [_write(shape.member, one) for one in value]
        case "map":
            return {key: _write(shape.value, one) for key, one in value.items()}
        case scalar:
            return _WRITERS[scalar](value) if scalar in _WRITERS else value


_WRITERS: dict[str, Callable[[Any], Any]] = {
    "blob": lambda data: base64.b64encode(data).decode(),
    "unixtimestamp": lambda timestamp: timestamp.timestamp(),
    "iso8601": lambda timestamp: timestamp.astimezone(timezone.utc).isoformat().replace("+00:00", "Z"),
    "rfc822": lambda timestamp: format_datetime(timestamp.astimezone(timezone.utc), usegmt=True),
}


def encode_error(error: AWSError) -> bytes:
    """The body of an error. Its code goes into a header."""
    return _dump({"message": error.message})


def _dump(node: Any) -> bytes:
    return dumps(node, separators=(",", ":")).encode()
