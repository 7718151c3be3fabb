"""The stub's own exceptions, and their texts: what the stub cannot do, and invalid arguments of a test.

Users import them from `ses_stub.exceptions`, which is also the module that they name as theirs. The errors that AWS
answers are another family, which a caller sees as botocore's ``ClientError``: see `aws_errors`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

_PUBLIC_MODULE = "ses_stub.exceptions"
_MAX_SUGGESTED_LENGTH = 200
_MAX_NAMES_SHOWN = 20


class SESStubError(Exception):
    """The base of all errors of ses_stub: it cannot do something, or an argument is invalid. Never an answer of AWS."""

    __module__ = _PUBLIC_MODULE

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles and copies text and attributes: most of these classes are not created from their text."""
        return _restore, (type(self), self.args), vars(self)


def _restore(kind: type[SESStubError], args: tuple[object, ...]) -> SESStubError:
    return kind.__new__(kind, *args)


class UnsupportedOperationError(SESStubError):
    """The stub does not support the SES operation that was called.

    Attributes:
        operation: the operation's name as in the API, e.g. ``SendEmail``.

    """

    __module__ = _PUBLIC_MODULE

    def __init__(self, operation: str, supported: Iterable[str]) -> None:
        self.operation = operation
        super().__init__(
            f"ses_stub does not support the SES operation {operation}.\n"
            "  Options: start moto's mock_aws beside the stub, and moto answers it; stub it on your client with"
            " botocore's Stubber; or pass unsupported='passthrough' to send such calls to the network.\n"
            f"  Supported operations: {', '.join(sorted(supported))}."
        )


class UnknownOperationError(SESStubError, ValueError):
    """SES has no operation of that name. Also a ``ValueError``."""

    __module__ = _PUBLIC_MODULE

    def __init__(self, name: object, known: Iterable[str]) -> None:
        super().__init__(
            f"SES has no operation {name!r}{suggest(str(name), known)}; names are the API's, such as 'ListIdentities'"
        )


class InvalidArgumentError(SESStubError, ValueError):
    """An argument has an invalid value. Also a ``ValueError``."""

    __module__ = _PUBLIC_MODULE

    def __init__(self, argument: str, value: object, expected: str) -> None:
        super().__init__(f"{argument}={value!r}: expected {expected}")


class ArgumentTypeError(SESStubError, TypeError):
    """An argument has an invalid type. Also a ``TypeError``."""

    __module__ = _PUBLIC_MODULE


class InvalidOptionError(SESStubError, ValueError):
    """An option has an invalid value. Also a ``ValueError``.

    Attributes:
        option: the option's name.

    """

    __module__ = _PUBLIC_MODULE

    def __init__(self, option: str, value: object, expected: str) -> None:
        self.option = option
        super().__init__(f"option {option}={value!r}: expected {expected}")


class UnknownOptionError(SESStubError, TypeError):
    """There is no option of that name. Also a ``TypeError``.

    Attributes:
        option: the name.

    """

    __module__ = _PUBLIC_MODULE

    def __init__(self, option: str, known: Iterable[str]) -> None:
        self.option = option
        names = list(known)
        super().__init__(f"no option named {option!r}{suggest(option, names)}; options are {', '.join(names)}")


class IllegalTransitionError(SESStubError):
    """An identity cannot go from its status to that one; nothing was changed."""

    __module__ = _PUBLIC_MODULE


class IdentityNotFoundError(SESStubError, LookupError):
    """A test named an identity, or the address of a mail, that does not exist. Also a ``LookupError``."""

    __module__ = _PUBLIC_MODULE

    def __init__(self, name: str, where: str, known: Iterable[str], hint: str = "", what: str = "identity") -> None:
        names = sorted(known)
        more = ", …" if len(names) > _MAX_NAMES_SHOWN else ""
        there = ", ".join(names[:_MAX_NAMES_SHOWN]) + more if names else "none"
        super().__init__(f"no {what} {name!r} in {where}{suggest(name, names)}; there are: {there}.{hint}")


class NoCallError(SESStubError, IndexError):
    """The last call was asked for, and there is none. Also an ``IndexError``."""

    __module__ = _PUBLIC_MODULE


def suggest(word: str, known: Iterable[str]) -> str:
    """A ``(did you mean …?)`` for the nearest known word, or nothing."""
    # Without case and underscores: an operation may be given as the client's method. Long words would take long.
    names = {_plain(name): name for name in sorted(known)}
    near = difflib.get_close_matches(_plain(word), names, n=1) if len(word) <= _MAX_SUGGESTED_LENGTH else []
    return f" (did you mean {names[near[0]]!r}?)" if near else ""


def _plain(word: str) -> str:
    return word.replace("_", "").lower()
