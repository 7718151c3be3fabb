"""Finds the identity of a request, and v2's names of types and statuses."""

from __future__ import annotations

from collections.abc import Callable

from ..._core import aws_errors
from ..._model.identity import Identity, IdentityType, VerificationStatus
from ..context import Context, Params

TYPES = {IdentityType.EMAIL_ADDRESS: "EMAIL_ADDRESS", IdentityType.DOMAIN: "DOMAIN"}

STATUSES = {
    VerificationStatus.PENDING: "PENDING",
    VerificationStatus.SUCCESS: "SUCCESS",
    VerificationStatus.FAILED: "FAILED",
    VerificationStatus.TEMPORARY_FAILURE: "TEMPORARY_FAILURE",
    VerificationStatus.NOT_STARTED: "NOT_STARTED",
}


def find_identity(
    params: Params,
    context: Context,
    unknown: Callable[[str], aws_errors.AWSError] = aws_errors.email_identity_not_found,
) -> Identity:
    """The identity that a request names. ``unknown`` makes the operation's error if it does not exist."""
    identity = context.backend.get_visible(params["EmailIdentity"], context.timestamp)
    if identity is None:
        raise unknown(params["EmailIdentity"])
    return identity
