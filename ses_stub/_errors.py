"""Two families of errors that never mix.

What AWS would answer (encoded as XML, met by the caller as ``ClientError``)::

    AWSError

What the stub itself cannot do, or the test asked of it wrongly (a plain Python exception)::

    SESStubError
    ├── UnhandledOperation     an SES operation that nobody answers
    ├── InvalidOption          an option's value is wrong           (also a ValueError)
    ├── UnknownOption          there is no option of that name      (also a TypeError)
    ├── IllegalTransition      the life cycle has no such step
    └── UnknownIdentity        a control names an identity that is not there (also a LookupError)

Texts that AWS answers stand here, once each, so that a recording can correct them in a line. Where the
real text is not known it is marked "unverified".
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class AWSError(Exception):
    """An error that the real service would answer."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(code, message, status)
        self.code = code
        self.message = message
        self.status = status

    @property
    def fault(self) -> str:
        """Whose fault it was, in the words of the wire: ``Sender`` or ``Receiver``."""
        return "Sender" if self.status < 500 else "Receiver"


def throttled() -> AWSError:
    """The throttle of every operation but the sends, as recorded."""
    return AWSError("Throttling", "Rate exceeded")


def validation(value: str, member: str, constraint: str) -> AWSError:
    """The service's parameter validator; ``value`` already in quotes, or ``null``."""
    detail = f"Value {value} at '{member}' failed to satisfy constraint: {constraint}"
    return AWSError("ValidationError", f"1 validation error detected: {detail}")


def missing(member: str) -> AWSError:
    """A required parameter was not sent."""
    return validation("null", member, "Member must not be null")


def too_long(values: Iterable[str], member: str, most: int) -> AWSError:
    """A list longer than the documented limit (unverified: only the limit itself is documented)."""
    shown = "'[" + ", ".join(values) + "]'"
    return validation(shown, member, f"Member must have length less than or equal to {most}")


def malformed(message: str) -> AWSError:
    """A request whose Query encoding does not fit the operation."""
    return AWSError("MalformedInput", message)


def invalid_email(address: str) -> AWSError:
    """VerifyEmailIdentity of something that is no address, as recorded."""
    return AWSError("InvalidParameterValue", f"Invalid email address<{address}>.")


def invalid_domain(domain: str) -> AWSError:
    """VerifyDomainIdentity of something that is no domain, as recorded."""
    return AWSError("InvalidParameterValue", f"Invalid domain name {domain}.")


def invalid_identity(name: str) -> AWSError:
    """DeleteIdentity of something that is neither, as recorded."""
    return AWSError(
        "InvalidParameterValue",
        f"Identity {name} is invalid. Must be a verified email address or domain.",
    )


def invalid_next_token() -> AWSError:
    """ListIdentities with a token that it never gave (unverified)."""
    return AWSError("InvalidParameterValue", "Invalid NextToken.")


class SESStubError(Exception):
    """Something that ses_stub cannot do, or was asked for wrongly. Never an answer of AWS."""


class UnhandledOperation(SESStubError):
    """An SES operation was called that the stub does not answer.

    Attributes:
        operation: the operation's name as in the API, e.g. ``SendEmail``.

    """

    def __init__(self, operation: str, answered: Iterable[str]) -> None:
        self.operation = operation
        super().__init__(
            f"ses_stub does not answer the SES operation {operation}.\n"
            f"  It answers: {', '.join(sorted(answered))}.\n"
            "  Ways out: start moto's mock_aws beside the stub, which then answers it; stub it on your"
            " client with botocore's Stubber; or pass unhandled='passthrough' to let such calls out to"
            " the network."
        )


class InvalidOption(SESStubError, ValueError):
    """An option's value is not one that it takes."""

    def __init__(self, option: str, value: object, wanted: str) -> None:
        self.option = option
        super().__init__(f"option {option}={value!r}: expected {wanted}")


class UnknownOption(SESStubError, TypeError):
    """There is no option of that name."""

    def __init__(self, option: str, known: Iterable[str]) -> None:
        self.option = option
        names = list(known)
        super().__init__(f"no option named {option!r}{suggest(option, names)}; options are {', '.join(names)}")


class IllegalTransition(SESStubError):
    """The life cycle has no such step; nothing was changed."""


class UnknownIdentity(SESStubError, LookupError):
    """A control of the test names an identity that is not there."""

    def __init__(self, name: str, where: str, known: Iterable[str], hint: str = "") -> None:
        names = sorted(known)
        there = ", ".join(names[:20]) + (", …" if len(names) > 20 else "") if names else "none"
        super().__init__(f"no identity {name!r} in {where}{suggest(name, names)}; there are: {there}.{hint}")


def suggest(word: str, known: Iterable[str]) -> str:
    """A ``(did you mean …?)`` for the nearest known word, or nothing."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
