"""The tokens of pages. Each is bound to its list, account and region.

A token is computed from the request, so none is stored. Reported as probed: v1 and v2 accept each other's tokens for
the same kind of list; a filter of v2 is part of the list.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable

from .._core.aws_errors import AWSError
from .context import Context

_DIGITS = 20


def next_token(context: Context, listed: str, place: int) -> str:
    """The token of the next page, opaque to the caller.

    Args:
        context: the call's context.
        listed: what is listed, with its filter.
        place: the number after which the next page begins.

    """
    number = b"%0*d" % (_DIGITS, place)
    return base64.urlsafe_b64encode(number + _digest(context, listed, number)).decode()


def place_of(context: Context, listed: str, token: str | None, invalid: Callable[[str], AWSError]) -> int:
    """The number after which a token's page begins; 0 if the token is None or empty.

    Args:
        context: the call's context.
        listed: what is listed, with its filter.
        token: the token in the request.
        invalid: makes the error of a token that is invalid, or of another list, region or account.

    Raises:
        AWSError: see `invalid`.

    """
    if not token:
        return 0
    try:
        number = base64.urlsafe_b64decode(token)[:_DIGITS]
        place = int(number)
    except (ValueError, binascii.Error):
        raise invalid(token) from None
    if token != next_token(context, listed, place):
        raise invalid(token)
    return place


def _digest(context: Context, listed: str, number: bytes) -> bytes:
    bound = "\0".join((context.account_id, context.region, listed)).encode()
    return hashlib.blake2b(number + bound, digest_size=13).digest()
