"""The two APIs of SES: how each is spoken, and what of it is answered. Named as botocore names them.

``ses`` is version 1, the AWS Query protocol; ``sesv2`` is version 2, REST with JSON. Both look at the same identities.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .._core.aws_errors import AWSError, in_v2
from .._core.errors import UnknownOperationError
from .._operations.tables import V1, V2, Operation
from .._wire import query, rest_json
from .._wire.messages import HTTPRequest

#: More are not told apart in the log: that would take a hundred times their length.
_MANY_FIELDS = 10_000


class API(NamedTuple):
    """One of them.

    Attributes:
        operations: what is answered.
        names: all operations that it has, answered or not.
        operation_of: the operation that a request asks for; if it is none, what can be told of it.
        decode: the parameters of a request for an operation.
        undecoded: what can be told of the parameters of a request that cannot be decoded.
        encode_result: the body of a success, given operation, result and request id.
        encode_error: the body of an error, given the request id.
        headers: the headers, given body, request id, the error's code if it is one, and the date.
        in_its_words: an error as this API calls it.

    """

    operations: Mapping[str, Operation]
    names: Callable[[], list[str]]
    operation_of: Callable[[HTTPRequest], str]
    decode: Callable[[HTTPRequest, str], dict[str, Any]]
    undecoded: Callable[[HTTPRequest], dict[str, Any]]
    encode_result: Callable[[str, Mapping[str, Any], str], bytes]
    encode_error: Callable[[AWSError, str], bytes]
    headers: Callable[[bytes, str, str | None, str], dict[str, str]]
    in_its_words: Callable[[AWSError], AWSError]


def _query_headers(body: bytes, request_id: str, code: str | None, date: str) -> dict[str, str]:
    return {
        "x-amzn-RequestId": request_id,
        "Content-Type": "text/xml",
        "Content-Length": str(len(body)),
        "Date": date,
    }


def _json_headers(body: bytes, request_id: str, code: str | None, date: str) -> dict[str, str]:
    error = {rest_json.ERROR_TYPE_HEADER: code} if code is not None else {}
    return {**_query_headers(body, request_id, code, date), "Content-Type": "application/json", **error}


APIS: dict[str, API] = {
    "ses": API(
        operations=V1,
        names=query.names,
        operation_of=lambda request: query.operation_of(request.body),
        decode=lambda request, operation: query.decode(request.body, operation),
        undecoded=lambda request: (
            query.parse_query(request.body) if request.body.count("&") < _MANY_FIELDS else {"body": request.body}
        ),
        encode_result=query.encode_result,
        encode_error=query.encode_error,
        headers=_query_headers,
        in_its_words=lambda error: error,
    ),
    "sesv2": API(
        operations=V2,
        names=rest_json.names,
        operation_of=lambda request: (
            rest_json.operation_of(request.method, request.target) or f"{request.method} {request.target}"
        ),
        decode=lambda request, operation: rest_json.decode(request.method, request.target, request.body, operation),
        undecoded=lambda request: {"target": request.target, "body": request.body},
        encode_result=lambda operation, result, request_id: rest_json.encode_result(operation, result),
        encode_error=lambda error, request_id: rest_json.encode_error(error),
        headers=_json_headers,
        in_its_words=in_v2,
    ),
}


def check_operation(name: str) -> None:
    """Lets the API's name of an operation pass, answered or not.

    Raises:
        UnknownOperation: SES has no such operation, in neither version.

    """
    # Botocore's list of the others is long, and seldom needed.
    if not any(name in api.operations for api in APIS.values()):
        known = {one for api in APIS.values() for one in api.names()}
        if name not in known:
            raise UnknownOperationError(name, known)
