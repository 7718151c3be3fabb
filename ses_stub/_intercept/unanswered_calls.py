"""Recognizes the error of an SES call that no stub answered, as from a test without the fixture.

Relies on botocore's ``_make_api_call`` and ``create_client`` with their local variables ``self``, ``operation_name``
and ``service_name``.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import FrameType
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, NoCredentialsError, NoRegionError

from .._service.apis import APIS
from .lazy_credentials import ScopeEndedError

#: AWS's codes for the keys of a test environment. The stub does not check keys.
_REJECTED_KEYS = {"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "ExpiredToken"}
_INTERCEPTOR = "ses_stub._intercept.interceptor"


def unanswered_call(error: BaseException) -> str | None:
    """What the application did for SES, such as ``ListIdentities was called``; None for any other error.

    An error that says itself that a scope has ended is another one, and so is an injected failure.
    """
    if not _is_of_the_network(error) or isinstance(error, ScopeEndedError):
        return None
    frames = list(_frames(error))
    if any(frame.f_globals.get("__name__") == _INTERCEPTOR for frame in frames):
        return None
    return next(filter(None, map(_ses_call, frames)), None)


def _is_of_the_network(error: BaseException) -> bool:
    if isinstance(error, ClientError):
        return error.response.get("Error", {}).get("Code") in _REJECTED_KEYS
    kinds: tuple[type[BotoCoreError], ...] = (NoCredentialsError, NoRegionError, HTTPClientError)
    return isinstance(error, kinds)


def _frames(error: BaseException) -> Iterator[FrameType]:
    place = error.__traceback__
    while place is not None:
        yield place.tb_frame
        place = place.tb_next


def _ses_call(frame: FrameType) -> str | None:
    """What botocore did for SES in a frame: a call, or the creation of a client."""
    names: dict[str, Any] = frame.f_locals
    if str(frame.f_globals.get("__name__")).partition(".")[0] not in ("aiobotocore", "botocore"):
        return None
    if frame.f_code.co_name == "_make_api_call" and "operation_name" in names:
        service = names["self"].meta.service_model.service_name
        return f"{names['operation_name']} was called" if service in APIS else None
    if frame.f_code.co_name in ("create_client", "_create_client") and names.get("service_name") in APIS:
        return f"a {names['service_name']} client was made"
    return None
