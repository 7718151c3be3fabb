"""The tokens of pages: each is bound to its list, and to the account and region that it was made in.

A token is made again from what a request asks for, so nothing has to be kept. Reported as probed: v1 and v2 continue
each other's lists of one kind of thing; a filter of v2 belongs to the list.
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
    """The token of the next page; opaque to the caller.

    Args:
        context: the call's context.
        listed: what is listed, with its filter.
        place: the number after which the next page begins.

    """
    number = b"%0*d" % (_DIGITS, place)
    return base64.urlsafe_b64encode(number + _digest(context, listed, number)).decode()


def place_of(context: Context, listed: str, token: str | None, invalid: Callable[[str], AWSError]) -> int:
    """The place after which a token's page begins; 0 without a token, or with an empty one.

    Args:
        context: the call's context.
        listed: what is listed, with its filter.
        token: the token that the caller gives.
        invalid: makes the error of a token that belongs to another list, region or account, or is none.

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
