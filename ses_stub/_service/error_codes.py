"""HTTP status and text of each error code that a test may inject.

The table has the errors of all AWS services, and those of SES with a known text. Other errors of SES have the status
and the description of the service model.

AWS: https://docs.aws.amazon.com/ses/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from .._core.errors import InvalidArgumentError, suggest
from .._wire.service_model import error_shapes


class ErrorDefaults(NamedTuple):
    """The response of AWS with an error code.

    Attributes:
        status: the HTTP status.
        message: the text.

    """

    status: int
    message: str


#: By code. Errors that differ only in the code, such as v1's and v2's, are one entry.
_BY_CODES: dict[str, ErrorDefaults] = {
    # Credentials and signatures, recorded unless marked otherwise.
    "AccessDenied AccessDeniedException": ErrorDefaults(403, "User is not authorized to perform this operation"),
    "ExpiredToken ExpiredTokenException": ErrorDefaults(403, "The security token included in the request is expired"),
    "IncompleteSignature IncompleteSignatureException": ErrorDefaults(
        400, "The request signature does not conform to AWS standards."
    ),  # documented
    "InvalidClientTokenId UnrecognizedClientException": ErrorDefaults(
        403, "The security token included in the request is invalid."
    ),
    "SignatureDoesNotMatch InvalidSignatureException": ErrorDefaults(
        403,
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access"
        " Key and signing method. Consult the service documentation for details.",
    ),
    "MissingAuthenticationToken MissingAuthenticationTokenException": ErrorDefaults(
        403, "Missing Authentication Token"
    ),
    "NotAuthorized": ErrorDefaults(400, "You do not have permission to perform this action."),  # documented
    "OptInRequired": ErrorDefaults(403, "The AWS Access Key Id needs a subscription for the service"),
    "RequestExpired": ErrorDefaults(403, "Request has expired."),
    # Requests; documented except ValidationError.
    "InvalidAction": ErrorDefaults(400, "The action or operation requested is invalid."),
    "InvalidParameterCombination": ErrorDefaults(400, "Parameters that must not be used together were used together."),
    "InvalidParameterValue": ErrorDefaults(
        400, "An invalid or out-of-range value was supplied for the input parameter."
    ),
    "InvalidQueryParameter": ErrorDefaults(
        400, "The AWS query string is malformed or does not adhere to AWS standards."
    ),
    "MalformedInput": ErrorDefaults(400, "Unexpected list element termination"),
    "MalformedQueryString": ErrorDefaults(404, "The query string contains a syntax error."),
    "MissingAction": ErrorDefaults(400, "The request is missing an action or a required parameter."),
    "MissingParameter": ErrorDefaults(400, "A required parameter for the specified action is not supplied."),
    "RequestTimeout": ErrorDefaults(400, "Your request has timed out."),
    "SerializationException": ErrorDefaults(400, ""),
    "UnknownOperationException": ErrorDefaults(404, ""),
    "ValidationError": ErrorDefaults(400, "The input fails to satisfy the constraints specified by an AWS service."),
    # Throttles.
    "RequestLimitExceeded": ErrorDefaults(400, "Request limit exceeded."),
    "RequestThrottled Throttling ThrottlingException": ErrorDefaults(400, "Rate exceeded"),
    "TooManyRequestsException": ErrorDefaults(429, "Rate exceeded"),
    # The service itself.
    "InternalError InternalFailure InternalServerError": ErrorDefaults(
        500, "The request processing has failed because of an unknown error, exception or failure."
    ),
    "ServiceUnavailable ServiceUnavailableException": ErrorDefaults(503, "Service is unavailable"),
    # SES.
    "AccountSendingPausedException SendingPausedException": ErrorDefaults(
        400, "Email sending is disabled for your Amazon SES account."
    ),
    "MessageRejected": ErrorDefaults(400, "Email address is not verified."),
}
_DEFAULTS = {code: defaults for codes, defaults in _BY_CODES.items() for code in codes.split()}


def defaults_of(code: str) -> ErrorDefaults:
    """Status and text of an error code.

    Raises:
        InvalidArgumentError: AWS has no such code for SES.

    """
    if code in _DEFAULTS:
        return _DEFAULTS[code]
    modelled = dict(_modelled())
    if code not in modelled:
        near = suggest(code, {**_DEFAULTS, **modelled})
        raise InvalidArgumentError(
            "error_code", code, f"an error code of AWS{near}; for another code also pass status or message"
        )
    return modelled[code]


def _modelled() -> Iterator[tuple[str, ErrorDefaults]]:
    for code, status, documentation in error_shapes():
        text = " ".join(re.sub("<[^>]*>", " ", documentation).split())
        yield code, ErrorDefaults(status, text)
