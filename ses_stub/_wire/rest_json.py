"""The REST JSON protocol on the server's side: reads method, path and JSON body, writes a result or an error as JSON.

botocore's service model describes every operation. Headers, payload members, maps in the query string, other formats of
timestamps, fractions in a request, and a literal beside a label in a path are missing, as no operation of SES v2 has
them; a test checks that. Reference: "Amazon SES API v2 reference" and AWS restJson1 of Smithy.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
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
            found[name] = _read(member, _node(member, texts), _at(name), _URL_READERS)
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


_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def _from_iso(text: str) -> datetime:
    fraction = ".%f" if "." in text else ""
    return datetime.strptime(text, f"%Y-%m-%dT%H:%M:%S{fraction}%z").astimezone(timezone.utc)


def _text(text: str) -> str:
    # JSON can escape half of a surrogate pair, which has no UTF-8.
    text.encode()
    return text


#: For each type of shape: the types of JSON, and what converts them.
_Readers = dict[str, tuple[tuple[type, ...], Callable[[Any], Any]]]
_READERS: _Readers = {
    "structure": ((dict,), dict),
    "list": ((list,), list),
    "map": ((dict,), dict),
    "string": ((str,), _text),
    "boolean": ((bool,), bool),
    "integer": ((int,), int),
    "long": ((int,), int),
    "blob": ((str,), lambda text: base64.b64decode(text, validate=True)),
    "timestamp": ((int, float), lambda number: _EPOCH + timedelta(seconds=number)),
}
_URL_READERS: _Readers = {**_READERS, "timestamp": ((str,), _from_iso)}


#: Their values are regions, and older versions of botocore know fewer than SES. The operation checks them.
_OPEN_ENUMS = {"DkimSigningAttributesOrigin"}


def _read(shape: Shape, node: Any, at: str, readers: _Readers = _READERS) -> Any:
    kind = shape.type_name
    types, convert = readers[kind]
    # Not isinstance: a boolean of Python is an integer, one of JSON is not.
    if type(node) not in types:
        raise _unreadable(f"Unexpected value for a {kind}")
    match kind:
        case "structure":
            return _read_structure(shape, node)
        case "list":
            return [_read(shape.member, one, at, readers) for one in node]
        case "map":
            # The operation checks the keys and empty values itself; null counts as missing.
            return {_text(key): _read(shape.value, one, at) for key, one in node.items() if one is not None}
        case "string" if shape.enum and node not in shape.enum and shape.name not in _OPEN_ENUMS:
            raise _invalid(violation(at, one_of(shape.enum)))
    try:
        return convert(node)
    except (ValueError, OverflowError):
        raise _unreadable(f"Unexpected value for a {kind}") from None


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


def _invalid(*violations: str) -> AWSError:
    return in_v2(newer_validation(*violations))


def _unreadable(message: str) -> AWSError:
    """The error of JSON that does not fit the operation (the text is unverified)."""
    return AWSError("SerializationException", message)


def encode_result(operation: str, result: Mapping[str, Any]) -> bytes:
    """The body of a result."""
    return _dump(_write(operation_model("sesv2", operation).output_shape, result))


def _write(shape: Shape, value: Any) -> Any:
    match shape.type_name:
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
        case "timestamp":
            return value.timestamp()
        case _:
            return value


def encode_error(error: AWSError) -> bytes:
    """The body of an error. Its code goes into a header."""
    return _dump({"message": error.message})


def _dump(node: Any) -> bytes:
    return dumps(node, separators=(",", ":")).encode()
