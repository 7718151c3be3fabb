"""Two families of errors that never mix.

What AWS would answer (encoded as XML, met by the caller as ``ClientError``)::

    AWSError

What the stub itself cannot do, or the test asked of it wrongly (a plain Python exception)::

    SESStubError
    ├── UnsupportedOperationError     an SES operation that nobody answers
    ├── InvalidOption          an option's value is wrong           (also a ValueError)
    ├── UnknownOption          there is no option of that name      (also a TypeError)
    ├── WrongValue             an argument's value is wrong         (also a ValueError)
    ├── WrongType              an argument is of a wrong type       (also a TypeError)
    ├── UnknownOperation       SES has no operation of that name    (also a ValueError)
    ├── IllegalTransition      the life cycle has no such step
    └── UnknownIdentity        a control names an identity that is not there (also a LookupError)

Texts that AWS answers stand here, once each, so that a recording can correct them in a line. Where the
real text is not known it is marked "unverified".
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class SESStubError(Exception):
    """Something that ses_stub cannot do, or was asked for wrongly. Never an answer of AWS."""


class UnsupportedOperationError(SESStubError):
    """An SES operation was called that the stub does not answer.

    Attributes:
        operation: the operation's name as in the API, e.g. ``SendEmail``.

    """

    def __init__(self, operation: str, answered: Iterable[str]) -> None:
        self.operation = operation
        super().__init__(
            f"ses_stub does not answer the SES operation {operation}.\n"
            "  Ways out: start moto's mock_aws beside the stub, which then answers it; stub it on your"
            " client with botocore's Stubber; or pass unsupported='passthrough' to let such calls out to"
            " the network.\n"
            f"  It answers: {', '.join(sorted(answered))}."
        )


class UnknownOperationError(SESStubError, ValueError):
    """SES has no operation of that name."""

    def __init__(self, name: object, known: Iterable[str]) -> None:
        super().__init__(
            f"SES has no operation {name!r}{suggest(str(name), known)}; names are the API's, such as 'ListIdentities'"
        )


class InvalidArgumentError(SESStubError, ValueError):
    """An argument has a value that it does not take."""

    def __init__(self, argument: str, value: object, wanted: str) -> None:
        super().__init__(f"{argument}={value!r}: expected {wanted}")


class ArgumentTypeError(SESStubError, TypeError):
    """An argument is of a type that is not taken."""


class InvalidOptionError(SESStubError, ValueError):
    """An option's value is not one that it takes."""

    def __init__(self, option: str, value: object, wanted: str) -> None:
        self.option = option
        super().__init__(f"option {option}={value!r}: expected {wanted}")


class UnknownOptionError(SESStubError, TypeError):
    """There is no option of that name."""

    def __init__(self, option: str, known: Iterable[str]) -> None:
        self.option = option
        names = list(known)
        super().__init__(f"no option named {option!r}{suggest(option, names)}; options are {', '.join(names)}")


class IllegalTransitionError(SESStubError):
    """The life cycle has no such step; nothing was changed."""


class IdentityNotFoundError(SESStubError, LookupError):
    """A control of the test names an identity, or the address of a mail, that is not there."""

    def __init__(self, name: str, where: str, known: Iterable[str], hint: str = "", what: str = "identity") -> None:
        names = sorted(known)
        there = ", ".join(names[:20]) + (", …" if len(names) > 20 else "") if names else "none"
        super().__init__(f"no {what} {name!r} in {where}{suggest(name, names)}; there are: {there}.{hint}")


def suggest(word: str, known: Iterable[str]) -> str:
    """A ``(did you mean …?)`` for the nearest known word, or nothing."""
    # Case and underscores aside: an operation may be given as the client's method. Long words take long.
    names = {_plain(name): name for name in sorted(known)}
    near = difflib.get_close_matches(_plain(word), names, n=1) if len(word) <= _LONGEST else []
    return f" (did you mean {names[near[0]]!r}?)" if near else ""


_LONGEST = 200


def _plain(word: str) -> str:
    return word.replace("_", "").lower()
