"""Injected failures: which calls fail, and how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .._core.aws_errors import AWSError
from .._core.errors import InvalidArgumentError, SESStubError
from .calls import Call
from .error_codes import ErrorDefaults, defaults_of

Body = str | bytes | Callable[[bytes], bytes]


@dataclass
class Fault:
    """One injected failure.

    Attributes:
        operation: the operation that fails; None for every operation.
        when: selects calls; None for all.
        error: the AWS error to respond with, if any.
        exception: the exception to raise, if any.
        status: the HTTP status of a response with another body; 200 by default.
        body: the body that replaces the correct one, or a function of the correct one.
        times: the number of calls that still fail; None for all.
        required: whether the test must trigger it; None for the scope's default.
        used: the number of calls that have failed.

    """

    operation: str | None
    when: Callable[[Call], object] | None
    error: AWSError | None
    exception: BaseException | None
    status: int | None
    body: Body | None
    times: int | None
    required: bool | None = None
    used: int = 0

    def __str__(self) -> str:
        kind = self.error.code if self.error else "a corrupted body"
        if self.exception is not None:
            kind = type(self.exception).__name__
        total = (self.times or 0) + self.used
        left = "" if self.times is None or total == 1 else f" ({self.times} of {total})"
        return f"{kind} for {self.operation or 'any operation'}{left}"

    def matches(self, call: Call) -> bool:
        """Whether this call fails."""
        if self.times == 0 or self.operation not in (None, call.operation):
            return False
        return self.when is None or bool(self.when(call))

    def consume(self) -> None:
        """Counts one failed call."""
        self.used += 1
        if self.times is not None:
            self.times -= 1

    def is_pending(self, by_default: bool) -> bool:
        """Whether it is required and was not triggered as often as it should."""
        required = by_default if self.required is None else self.required
        return required and (self.times != 0 if self.times is not None else self.used == 0)

    def apply_to_response(self, body: bytes) -> tuple[str, int, bytes]:
        """The replacement of the correct response: the error code for the log, status and body."""
        status = self.status or 200
        if callable(self.body):
            body = self.body(body)
        else:
            body = self.body.encode() if isinstance(self.body, str) else self.body or b""
        return ("CorruptedBody" if status == 200 else str(status)), status, body


def make_fault(
    operation: str | None,
    error_code: str | None,
    message: str | None,
    status: int | None,
    exception: BaseException | None,
    body: Body | None,
    when: Callable[[Call], object] | None,
    times: int | None,
    required: bool | None,
) -> Fault:
    """The failure for the arguments of ``inject()``.

    Raises:
        SESStubError: they describe no failure, or several.
        InvalidArgumentError: ``times`` or ``status`` is invalid, or AWS has no such code.

    """
    kinds = sum(given is not None for given in (error_code, exception, body))
    if kinds > 1 or (exception is not None and status is not None) or (kinds == 0 and status is None):
        raise SESStubError("inject() needs exactly one of error_code=…, exception=… and body=…, or status=5xx alone")
    if times is not None and times < 1:
        raise InvalidArgumentError("times", times, "a whole number, 1 or more; or None for always")
    if status is not None and not 100 <= status <= 599:
        raise InvalidArgumentError("status", status, "an HTTP status")
    if message is not None and error_code is None:
        raise SESStubError("inject(message=…) needs error_code=…")
    error = None
    if error_code is not None:
        error = _error(error_code, message, status)
    elif kinds == 0:
        body = b""
    return Fault(operation, when, error, exception, status, body, times, required)


def _error(code: str, message: str | None, status: int | None) -> AWSError:
    """An error with AWS's status and text. A code that AWS does not have needs one of them."""
    if message is not None and status is not None:
        return AWSError(code, message, status)
    try:
        defaults = defaults_of(code)
    except InvalidArgumentError:
        if message is None and status is None:
            raise
        defaults = ErrorDefaults(400, code)
    return AWSError(code, defaults.message if message is None else message, status or defaults.status)
