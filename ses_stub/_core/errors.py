"""The stub's own exceptions: for what the stub cannot do, and for invalid arguments of a test.

Users import them from `ses_stub.exceptions`, the module that the exceptions show as theirs. AWS's errors, which a
caller gets as botocore's ``ClientError``, are in `aws_errors`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

_PUBLIC_MODULE = "ses_stub.exceptions"
_MAX_SUGGESTED_LENGTH = 200
_MAX_NAMES_SHOWN = 20


class SESStubError(Exception):
    """The base of all errors of ses_stub: an invalid argument, or what the stub cannot do. Never an error of AWS."""

    __module__ = _PUBLIC_MODULE

    def __init_subclass__(cls) -> None:
        if cls.__module__ == __name__:
            cls.__module__ = _PUBLIC_MODULE

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles and copies text and attributes, as most of these classes are not created from their text."""
        return _restore, (type(self), self.args), vars(self)


def _restore(kind: type[SESStubError], args: tuple[object, ...]) -> SESStubError:
    return kind.__new__(kind, *args)


class UnsupportedOperationError(SESStubError):
    """The stub does not support the SES operation that was called.

    Attributes:
        operation: the operation's name in the API, such as ``SendEmail``.
        supported: the names of the supported operations.

    """

    def __init__(self, operation: str, supported: Iterable[str]) -> None:
        self.operation = operation
        self.supported = tuple(sorted(supported))
        super().__init__(
            f"ses_stub does not support the SES operation {operation}.\n"
            "  Options: start moto's mock_aws beside the stub, and moto answers it (email templates, receipt rules,"
            " contact lists, tenants, suppression lists), if it was imported before the client was made; stub it on"
            " your client with botocore's Stubber; or pass unsupported='passthrough' to send such calls to the"
            " network.\n"
            f"  Supported operations: {', '.join(self.supported)}."
        )


class UnsupportedPolicyError(SESStubError):
    """A policy has a condition that the stub cannot check, so it can't decide whether a message may be sent.

    Attributes:
        what: what it cannot check, such as ``the condition key aws:SourceIp``.

    """

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(
            f"ses_stub cannot check {what} of an identity's policy, so it does not know whether AWS would send the"
            " message. Use a policy without it in this test"
        )


class UnknownOperationError(SESStubError, ValueError):
    """SES has no operation of that name. Also a ``ValueError``."""

    def __init__(self, name: object, known: Iterable[str]) -> None:
        super().__init__(
            f"SES has no operation {name!r}{suggest(str(name), known)}. Use the API's name, such as 'ListIdentities'"
        )


class InvalidArgumentError(SESStubError, ValueError):
    """An argument has an invalid value. Also a ``ValueError``."""

    def __init__(self, argument: str, value: object, expected: str) -> None:
        super().__init__(f"{argument}={value!r}: expected {expected}")


class ArgumentTypeError(SESStubError, TypeError):
    """An argument has an invalid type. Also a ``TypeError``."""


class InvalidOptionError(SESStubError, ValueError):
    """An option has an invalid value. Also a ``ValueError``.

    Attributes:
        option: the option's name.

    """

    def __init__(self, option: str, value: object, expected: str) -> None:
        self.option = option
        super().__init__(f"option {option}={value!r}: expected {expected}")


class UnknownOptionError(SESStubError, TypeError):
    """An option does not exist. Also a ``TypeError``.

    Attributes:
        option: the option's name.

    """

    def __init__(self, option: str, known: Iterable[str]) -> None:
        self.option = option
        names = list(known)
        super().__init__(f"no option named {option!r}{suggest(option, names)}; options are {', '.join(names)}")


class IllegalTransitionError(SESStubError):
    """An event cannot happen in an identity's status. The identity is unchanged."""


class IdentityNotFoundError(SESStubError, LookupError):
    """An identity, or the recipient of an email, does not exist. Also a ``LookupError``.

    Attributes:
        name: the name that the test used.
        hint: what to do, as the end of the text.

    """

    def __init__(self, name: str, where: str, known: Iterable[str], hint: str = "", what: str = "identity") -> None:
        self.name = name
        self.hint = hint
        names = sorted(known)
        more = ", …" if len(names) > _MAX_NAMES_SHOWN else ""
        there = ", ".join(names[:_MAX_NAMES_SHOWN]) + more if names else "none"
        super().__init__(f"no {what} {name!r} in {where}{suggest(name, names)}; there are: {there}.{hint}")


class NoCallError(SESStubError, IndexError):
    """``calls.last`` of no calls. Also an ``IndexError``."""


def suggest(word: str, known: Iterable[str]) -> str:
    """A ``(did you mean …?)`` with the most similar known word; empty if there is none."""
    # Without case and underscores, as the name may be a client's method. Comparing long words takes long.
    names = {_plain(name): name for name in sorted(known)}
    near = difflib.get_close_matches(_plain(word), names, n=1) if len(word) <= _MAX_SUGGESTED_LENGTH else []
    return f" (did you mean {names[near[0]]!r}?)" if near else ""


def _plain(word: str) -> str:
    return word.replace("_", "").lower()
