"""Checks arguments and options: returns the value to use, or raises an error that says what is expected."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, TypeGuard

from .._core.errors import ArgumentTypeError, InvalidArgumentError, suggest
from .identity import VerificationStatus, is_identity
from .script import Step

#: Also part of the control API's OpenAPI document.
REGION_PATTERN = "[a-z0-9]+(-[a-z0-9]+)*-[0-9]+"
#: What errors say is expected.
REGION = "a region such as 'eu-west-1'"
ACCOUNT = "a string of 12 digits"


def status_of(value: object, argument: str = "status") -> VerificationStatus:
    """A status from its spelling in v1 (``TemporaryFailure``) or in v2 (``TEMPORARY_FAILURE``).

    Args:
        value: the spelling.
        argument: the name of the argument, for the error.

    Raises:
        InvalidArgumentError: the status is unknown.

    """
    members = VerificationStatus.__members__
    try:
        return members[value] if isinstance(value, str) and value in members else VerificationStatus(value)
    except ValueError:
        known = [status.value for status in VerificationStatus]
        raise InvalidArgumentError(argument, value, f"one of {', '.join(known)}{suggest(str(value), known)}") from None


def steps_of(steps: Iterable[str | tuple[str, int]]) -> list[Step]:
    """The steps of a script: a status, or a pair of a status and a number of responses.

    Raises:
        InvalidArgumentError: a status is unknown, a count is less than 1, or there are no steps.

    """
    if isinstance(steps, str):
        raise InvalidArgumentError("steps", steps, f"a list; for one status write [{steps!r}]")
    pairs: list[Any] = [(one, 1) if isinstance(one, str) else one for one in steps]
    if not pairs or any(len(pair) != 2 or not is_int(pair[1]) or pair[1] < 1 for pair in pairs):
        raise InvalidArgumentError("steps", steps, "statuses, or pairs of a status and a count of 1 or more")
    return [(status_of(status), count) for status, count in pairs]


def name_of(value: object) -> str:
    """A name that SES accepts as an identity.

    Raises:
        InvalidArgumentError: SES does not accept it.

    """
    if not isinstance(value, str) or not is_identity(value):
        raise InvalidArgumentError("name", value, "an email address or a domain")
    return value


def text_of(argument: str, value: object) -> str:
    """A string.

    Raises:
        ArgumentTypeError: it is something else.

    """
    if not isinstance(value, str):
        raise ArgumentTypeError(f"{argument} must be a string, not {value!r}")
    return value


def region_of(value: object) -> str:
    """A region's code. Its form is checked, not whether the region exists.

    Raises:
        InvalidArgumentError: it does not have that form.

    """
    if not is_region(value):
        raise InvalidArgumentError("region", value, REGION)
    return value


def account_of(value: object) -> str:
    """An account's ID.

    Raises:
        InvalidArgumentError: it is not 12 digits.

    """
    if not is_account(value):
        raise InvalidArgumentError("account_id", value, ACCOUNT)
    return value


def is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def is_length(value: object) -> bool:
    return isinstance(value, timedelta) and value > timedelta(0)


def is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_region(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and re.fullmatch(REGION_PATTERN, value) is not None


def is_account(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and re.fullmatch(r"[0-9]{12}", value) is not None
