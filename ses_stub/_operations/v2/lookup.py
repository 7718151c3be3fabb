"""Finds the identity of a request."""

from __future__ import annotations

from collections.abc import Callable

from ..._core import aws_errors
from ..._model.identity import Identity
from ..context import Context, Params


def find_identity(
    params: Params,
    context: Context,
    unknown: Callable[[str], aws_errors.AWSError] = aws_errors.email_identity_not_found,
) -> Identity:
    """The identity that a request names. ``unknown`` makes the operation's error if it does not exist."""
    identity = context.backend.find(params["EmailIdentity"])
    if identity is None:
        raise unknown(params["EmailIdentity"])
    return identity
