"""The AWS Query protocol, server side: a Query body to parameters, a result or an error to XML.

Driven by the service model that botocore ships, so that every operation is read and written alike. The
layout of the XML is the recorded one: two spaces a level, a final newline, no declaration.

Reference: "Amazon SES API reference, making Query requests" and the AWS Query protocol of Smithy.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any
from urllib.parse import unquote_plus

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape

from .._core.aws_errors import AWSError, malformed_input, missing_parameter

NAMESPACE = "http://ses.amazonaws.com/doc/2010-12-01/"


@cache
def operation_model(name: str) -> OperationModel:
    """Botocore's description of an operation."""
    return _service_model().operation_model(name)


@cache
def _service_model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model("ses", "service-2"), "ses")


def names() -> list[str]:
    """All operations that SES has, answered or not, as botocore knows them."""
    found: list[str] = _service_model().operation_names
    return found


def parse_query(body: str) -> dict[str, str]:
    """The flat parameters of a Query body; of two equal names the last one counts."""
    pairs = (pair.partition("=") for pair in body.split("&"))
    return {unquote_plus(name): unquote_plus(value) for name, _, value in pairs}


#: A body of the size that a server takes may hold millions, which would take a hundred times its length.
_MOST_FIELDS = 200_000


def operation_of(body: str) -> str:
    """The operation that a Query body asks for; empty if it names none."""
    found = _ACTION.search(body)
    return found[1] if found else ""


_ACTION = re.compile(r"(?:^|&)Action=(\w*)")


def decode(body: str, operation: str) -> dict[str, Any]:
    """The parameters of a Query body, as botocore's caller would have written them.

    Raises:
        AWSError: the encoding does not fit the operation, or something required is missing.

    """
    shape = operation_model(operation).input_shape
    if shape is None:
        return {}
    if body.count("&") > _MOST_FIELDS:
        raise malformed_input(f"More than {_MOST_FIELDS} parameters")
    tree: dict[str, Any] = {}
    for name, value in parse_query(body).items():
        node = tree
        *parents, leaf = name.split(".")
        for parent in parents:
            branch = node.setdefault(parent, {})
            if not isinstance(branch, dict):
                branch = node[parent] = {}
            node = branch
        if not isinstance(node.get(leaf), dict):
            node[leaf] = value
    decoded: dict[str, Any] = _read(shape, tree)
    return decoded


# GetIdentityVerificationAttributes is what code polls, with up to 100 names and the same ones each time. Its usual
# request and its answer have a short way through; property tests hold both equal to the general way.
_HOT = "GetIdentityVerificationAttributes"
_HOT_BODY = re.compile(rf"Action={_HOT}&Version=2010-12-01((?:&Identities\.member\.[0-9]{{1,9}}=[^&]*)+)")
_HOT_MEMBER = re.compile(r"&Identities\.member\.([0-9]+)=([^&]*)")


def decode_poll(body: str) -> tuple[str, dict[str, Any]] | None:
    """Operation and parameters, if it is the request that is polled, written as botocore writes it; else None."""
    names = _cached_hot_names(body) if len(body) <= _HOT_LENGTH else _hot_names(body)
    return (_HOT, {"Identities": list(names)}) if names is not None else None


# A hundred of the longest names: the cache is not to hold messages of megabytes.
_HOT_LENGTH = 64 * 2**10


def _hot_names(body: str) -> tuple[str, ...] | None:
    found = _HOT_BODY.fullmatch(body)
    if found is None:
        return None
    members = _HOT_MEMBER.findall(found[1])
    if any(int(number) != place for place, (number, _) in enumerate(members, start=1)):
        return None
    return tuple(unquote_plus(name) for _, name in members)


_cached_hot_names = lru_cache(maxsize=256)(_hot_names)


@lru_cache(maxsize=4096)
def _hot_entry(name: str, status: str, token: str | None) -> str:
    shown = f"\n          <VerificationToken>{escape(token)}</VerificationToken>" if token is not None else ""
    return (
        "      <entry>\n"
        f"        <key>{escape(name)}</key>\n"
        "        <value>\n"
        f"          <VerificationStatus>{status}</VerificationStatus>{shown}\n"
        "        </value>\n"
        "      </entry>\n"
    )


def _hot_result(attributes: Mapping[str, Mapping[str, str]], request_id: str) -> bytes:
    entries = "".join(
        [_hot_entry(name, one["VerificationStatus"], one.get("VerificationToken")) for name, one in attributes.items()]
    )
    shown = f"    <VerificationAttributes>\n{entries}    </VerificationAttributes>\n" if entries else _HOT_EMPTY
    return f"{_HOT_HEAD}{shown}{_HOT_MIDDLE}{request_id}{_HOT_TAIL}".encode()


_HOT_HEAD = f'<{_HOT}Response xmlns="{NAMESPACE}">\n  <{_HOT}Result>\n'
_HOT_EMPTY = "    <VerificationAttributes/>\n"
_HOT_MIDDLE = f"  </{_HOT}Result>\n  <ResponseMetadata>\n    <RequestId>"
_HOT_TAIL = f"</RequestId>\n  </ResponseMetadata>\n</{_HOT}Response>\n"


def _read(shape: Shape, node: Any) -> Any:
    # No operation of SES takes a map.
    match shape.type_name:
        case "structure":
            return _read_structure(shape, node)
        case "list":
            return [_read(shape.member, one) for one in _elements(node)]
        case scalar:
            return _read_scalar(scalar, node)


def _read_scalar(type_name: str, node: Any) -> Any:
    if isinstance(node, dict):
        raise malformed_input("Unexpected complex element termination")
    try:
        return _SCALARS[type_name](node)
    except ValueError:
        raise malformed_input(f"Unexpected value for a {type_name}") from None


def _read_structure(shape: Shape, node: Any) -> dict[str, Any]:
    if not isinstance(node, dict):
        raise malformed_input("Unexpected simple element where a structure was expected")
    found = {
        name: _read(member, node[member.serialization.get("name", name)])
        for name, member in shape.members.items()
        if member.serialization.get("name", name) in node
    }
    for name in shape.required_members:
        if name not in found:
            raise missing_parameter(name[0].lower() + name[1:])
    return found


def _elements(node: Any) -> Iterator[Any]:
    """The elements of a list in the order of their numbers."""
    if node == "":
        return iter(())
    if not isinstance(node, dict):
        raise malformed_input("Top level element may not be treated as a list")
    elements = node.get("member", {})
    if not isinstance(elements, dict) or not all(number.isdecimal() and len(number) < 10 for number in elements):
        raise malformed_input("Start of list found where not expected")
    return (elements[number] for number in sorted(elements, key=int))


def _integer(text: str) -> int:
    """A whole number. What the service says to an empty text and to others is reported as probed; one has no text."""
    if not text:
        raise malformed_input("missing value for decimal type")
    if not _INTEGER.fullmatch(text):
        raise malformed_input("")
    return int(text)


# Python's own int() takes underscores, white space and the digits of other scripts too.
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


_SCALARS: dict[str, Any] = {
    "string": str,
    "boolean": _boolean,
    "integer": _integer,
    "long": _integer,
    "float": float,
    "double": float,
    "timestamp": str,
    "blob": base64.b64decode,
}


def encode_result(operation: str, result: Mapping[str, Any], request_id: str) -> bytes:
    """The body of a success."""
    if operation == _HOT:
        return _hot_result(result["VerificationAttributes"], request_id)
    return general_result(operation, result, request_id)


def general_result(operation: str, result: Mapping[str, Any], request_id: str) -> bytes:
    """The body of a success, by the service model."""
    lines = [f'<{operation}Response xmlns="{NAMESPACE}">']
    shape = operation_model(operation).output_shape
    if shape is not None:
        _write(lines, "  ", shape.serialization["resultWrapper"], shape, result)
    lines += (
        "  <ResponseMetadata>",
        f"    <RequestId>{request_id}</RequestId>",
        "  </ResponseMetadata>",
        f"</{operation}Response>\n",
    )
    return "\n".join(lines).encode()


def _write(lines: list[str], indent: str, name: str, shape: Shape, value: Any) -> None:
    deeper = indent + "  "
    inner: list[str] = []
    match shape.type_name:
        case "structure":
            for key, member in shape.members.items():
                if value.get(key) is not None:
                    _write(inner, deeper, member.serialization.get("name", key), member, value[key])
        case "list":
            for one in value:
                _write(inner, deeper, "member", shape.member, one)
        case "map":
            for key, one in value.items():
                inner.append(f"{deeper}<entry>")
                _write(inner, deeper + "  ", "key", shape.key, key)
                _write(inner, deeper + "  ", "value", shape.value, one)
                inner.append(f"{deeper}</entry>")
        case scalar:
            text = str(value).lower() if scalar == "boolean" else str(value)
            lines.append(f"{indent}<{name}>{escape(text)}</{name}>")
            return
    lines += [f"{indent}<{name}>", *inner, f"{indent}</{name}>"] if inner else [f"{indent}<{name}/>"]


def encode_error(error: AWSError, request_id: str) -> bytes:
    """The body of an error, in the recorded layout."""
    return (
        f'<ErrorResponse xmlns="{NAMESPACE}">\n'
        "  <Error>\n"
        f"    <Type>{error.fault}</Type>\n"
        f"    <Code>{escape(error.code)}</Code>\n"
        f"    <Message>{escape(error.message)}</Message>\n"
        "  </Error>\n"
        f"  <RequestId>{request_id}</RequestId>\n"
        "</ErrorResponse>\n"
    ).encode()


# What XML 1.0 cannot hold at all, even escaped.
_IMPOSSIBLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PLAIN = re.compile("[ !\"#-%'-;=?-~]*")
_SPECIAL = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})


def escape(text: str) -> str:
    """Text as XML holds it; characters that XML cannot hold become U+FFFD."""
    if _PLAIN.fullmatch(text):
        return text
    return _IMPOSSIBLE.sub("\ufffd", text).translate(_SPECIAL)
