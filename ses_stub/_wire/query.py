"""The AWS Query protocol on the server's side: reads parameters from a Query body, writes a result or an error as XML.

botocore's service model describes every operation. Other names on the wire, and in a request maps and fractions, are
missing, as no operation of SES has them; a test checks that. The layout of the XML is recorded: two spaces a level, a
final newline, no declaration. Reference: "Amazon SES API reference, making Query requests" and the AWS Query protocol
of Smithy.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from botocore.model import Shape

from .._core.aws_errors import AWSError, malformed_input, missing_parameter
from .service_model import operation_model
from .xml import NAMESPACE, escape


def parse_query(body: str) -> dict[str, str]:
    """The flat parameters of a Query body. The last of two equal names counts."""
    pairs = (pair.partition("=") for pair in body.split("&"))
    return {unquote_plus(name): unquote_plus(value) for name, _, value in pairs}


# A body may have millions of fields, which would take a hundred times its size in memory.
_MAX_FIELDS = 200_000
_ACTION = re.compile(r"(?:^|&)Action=(\w*)")


def route(body: str) -> str:
    """The operation that a Query body names; empty if it names none."""
    found = _ACTION.search(body)
    return found[1] if found else ""


def decode(body: str, operation: str) -> dict[str, Any]:
    """The parameters of a Query body, as boto3's caller writes them.

    Raises:
        AWSError: a value does not fit the operation, or something required is missing.

    """
    shape = operation_model("ses", operation).input_shape
    if shape is None:
        return {}
    if body.count("&") > _MAX_FIELDS:
        raise malformed_input(f"More than {_MAX_FIELDS} parameters")
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


def _read(shape: Shape, node: Any) -> Any:
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
    found = {name: _read(member, node[name]) for name, member in shape.members.items() if name in node}
    for name in shape.required_members:
        if name not in found:
            raise missing_parameter(name[0].lower() + name[1:])
    return found


def _elements(node: Any) -> Iterator[Any]:
    if node == "":
        return iter(())
    if not isinstance(node, dict):
        raise malformed_input("Top level element may not be treated as a list")
    elements = node.get("member", {})
    if not isinstance(elements, dict) or not all(number.isdecimal() and len(number) < 10 for number in elements):
        raise malformed_input("Start of list found where not expected")
    return (elements[number] for number in sorted(elements, key=int))


def _integer(text: str) -> int:
    """A whole number. Both errors are reported as probed; the one for other texts has no message."""
    if not text:
        raise malformed_input("missing value for decimal type")
    if not _INTEGER.fullmatch(text):
        raise malformed_input("")
    return int(text)


# int() accepts underscores, white space and digits of other scripts too.
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


# No operation of SES has an input of another type.
_SCALARS: dict[str, Any] = {
    "string": str,
    "boolean": _boolean,
    "integer": _integer,
    "timestamp": lambda text: datetime.fromisoformat(text.replace("Z", "+00:00")),
    "blob": base64.b64decode,
}


def encode_result(operation: str, result: Mapping[str, Any], request_id: str) -> bytes:
    """The body of a result."""
    lines = [f'<{operation}Response xmlns="{NAMESPACE}">']
    shape = operation_model("ses", operation).output_shape
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
                    _write(inner, deeper, key, member, value[key])
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
            text = _scalar_text(scalar, value)
            lines.append(f"{indent}<{name}>{escape(text)}</{name}>")
            return
    lines += [f"{indent}<{name}>", *inner, f"{indent}</{name}>"] if inner else [f"{indent}<{name}/>"]


def _scalar_text(type_name: str, value: Any) -> str:
    if type_name == "timestamp":
        # As in botocore's examples of SES.
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    return str(value).lower() if type_name == "boolean" else str(value)


def encode_error(error: AWSError, request_id: str) -> bytes:
    """The body of an error in the recorded layout. An empty message is left out."""
    message = f"    <Message>{escape(error.message)}</Message>\n" if error.message else ""
    return (
        f'<ErrorResponse xmlns="{NAMESPACE}">\n'
        "  <Error>\n"
        f"    <Type>{error.fault}</Type>\n"
        f"    <Code>{escape(error.code)}</Code>\n"
        f"{message}"
        "  </Error>\n"
        f"  <RequestId>{request_id}</RequestId>\n"
        "</ErrorResponse>\n"
    ).encode()
