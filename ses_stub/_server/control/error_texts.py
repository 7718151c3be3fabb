"""The stub's errors as texts for HTTP, without names of Python functions."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from ..._api.stub import service_of
from ..._core.errors import IdentityNotFoundError, UnsupportedOperationError

if TYPE_CHECKING:
    from ..._api.stub import SESStub


def unsupported_text(error: UnsupportedOperationError) -> str:
    """The error about an unsupported operation."""
    return (
        f"ses_stub does not support the SES operation {error.operation}."
        f" Supported operations: {', '.join(error.supported)}."
    )


def not_found_text(stub: SESStub, error: IdentityNotFoundError) -> str:
    """The error about an unknown name, with the queries for other regions and accounts that have it."""
    service = service_of(stub)
    with service.lock:
        others = service.state.backends_with(error.name)
    queries = " or ".join(f"?{urlencode({'region': one.region, 'account_id': one.account_id})}" for one in others)
    text = str(error).removesuffix(error.hint)
    return f"{text} It exists elsewhere: add {queries}" if queries else text
