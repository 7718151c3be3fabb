"""The two APIs of SES: how each is encoded, and which operations it supports.

botocore names them ``ses`` (version 1, the AWS Query protocol) and ``sesv2`` (version 2, REST with JSON). Both see the
same identities.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from .._core.aws_errors import AWSError, in_v2
from .._core.errors import UnknownOperationError
from .._operations.tables import V1, V2, Operation
from .._wire import query, query_fast, rest_json
from .._wire.messages import HTTPRequest
from .._wire.service_model import operation_names

# A longer body is logged as it is. Its fields would take a hundred times its size.
_MAX_LOGGED_FIELDS = 10_000


class API(ABC):
    """One API.

    Attributes:
        name: botocore's name.
        operations: the supported operations by name.

    """

    def __init__(self, name: str, operations: Mapping[str, Operation]) -> None:
        self.name = name
        self.operations = operations

    def names(self) -> list[str]:
        """All operations of the API, also unsupported ones."""
        return operation_names(self.name)

    def decode_poll(self, request: HTTPRequest) -> dict[str, Any] | None:
        """The parameters of a GetIdentityVerificationAttributes that the fast codec can read; else None."""
        return None

    @abstractmethod
    def route(self, request: HTTPRequest) -> str:
        """The operation of a request. Without one, a description of the request."""

    @abstractmethod
    def decode(self, request: HTTPRequest, operation: str) -> dict[str, Any]:
        """The parameters of a request for an operation.

        Raises:
            AWSError: a value does not fit the operation.

        """

    @abstractmethod
    def raw_params(self, request: HTTPRequest) -> dict[str, Any]:
        """What the log shows as the parameters of a request that cannot be decoded."""

    @abstractmethod
    def encode_result(self, operation: str, result: Mapping[str, Any], request_id: str) -> bytes:
        """The body of a result."""

    @abstractmethod
    def encode_error(self, error: AWSError, request_id: str) -> bytes:
        """The body of an error."""

    @abstractmethod
    def headers(self, body: bytes, request_id: str, code: str | None, date: str) -> dict[str, str]:
        """The headers of a response. ``code`` is that of an error, or None."""

    @abstractmethod
    def translate_error(self, error: AWSError) -> AWSError:
        """An error of v1 with this API's code and status."""


class QueryAPI(API):
    """SES v1: the AWS Query protocol and XML."""

    def decode_poll(self, request: HTTPRequest) -> dict[str, Any] | None:
        """The parameters of a request in botocore's form; else None."""
        return query_fast.decode_get_verification_attributes(request.body)

    def route(self, request: HTTPRequest) -> str:
        """The action of the body; empty if it has none."""
        return query.route(request.body)

    def decode(self, request: HTTPRequest, operation: str) -> dict[str, Any]:
        """The parameters of the body."""
        return query.decode(request.body, operation)

    def raw_params(self, request: HTTPRequest) -> dict[str, Any]:
        """The flat parameters of the body."""
        if request.body.count("&") >= _MAX_LOGGED_FIELDS:
            return {"body": request.body}
        return dict(query.parse_query(request.body))

    def encode_result(self, operation: str, result: Mapping[str, Any], request_id: str) -> bytes:
        """XML with the operation's result."""
        if operation == query_fast.OPERATION:
            return query_fast.encode_get_verification_attributes(result, request_id)
        return query.encode_result(operation, result, request_id)

    def encode_error(self, error: AWSError, request_id: str) -> bytes:
        """XML with code and message."""
        return query.encode_error(error, request_id)

    def headers(self, body: bytes, request_id: str, code: str | None, date: str) -> dict[str, str]:
        """The same headers for results and errors."""
        return {
            "x-amzn-RequestId": request_id,
            "Content-Type": "text/xml",
            "Content-Length": str(len(body)),
            "Date": date,
        }

    def translate_error(self, error: AWSError) -> AWSError:
        """The error itself."""
        return error


class JSONAPI(API):
    """SES v2: REST and JSON."""

    def route(self, request: HTTPRequest) -> str:
        """The operation of method and path. Without one, method and target."""
        return rest_json.route(request.method, request.target) or f"{request.method} {request.target}"

    def decode(self, request: HTTPRequest, operation: str) -> dict[str, Any]:
        """The parameters of path, query string and body."""
        return rest_json.decode(request.method, request.target, request.body, operation)

    def raw_params(self, request: HTTPRequest) -> dict[str, Any]:
        """Target and body as received."""
        return {"target": request.target, "body": request.body}

    def encode_result(self, operation: str, result: Mapping[str, Any], request_id: str) -> bytes:
        """JSON with the operation's result. The request's ID is only in the headers."""
        return rest_json.encode_result(operation, result)

    def encode_error(self, error: AWSError, request_id: str) -> bytes:
        """JSON with the message. The code is only in the headers."""
        return rest_json.encode_error(error)

    def headers(self, body: bytes, request_id: str, code: str | None, date: str) -> dict[str, str]:
        """The headers, with the code of an error."""
        headers = {
            "x-amzn-RequestId": request_id,
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Date": date,
        }
        if code is not None:
            headers[rest_json.ERROR_TYPE_HEADER] = code
        return headers

    def translate_error(self, error: AWSError) -> AWSError:
        """The error with v2's code and status."""
        return in_v2(error)


#: The APIs by botocore's name.
APIS: dict[str, API] = {"ses": QueryAPI("ses", V1), "sesv2": JSONAPI("sesv2", V2)}


def check_operation(name: str) -> None:
    """Checks that SES has an operation, supported or not.

    Raises:
        UnknownOperationError: neither API has it.

    """
    # botocore's list of the unsupported ones is long, and rarely needed.
    if not any(name in api.operations for api in APIS.values()):
        known = {one for api in APIS.values() for one in api.names()}
        if name not in known:
            raise UnknownOperationError(name, known)
