"""Endpoints whose signature needs botocore's C extension: the multi-Region ones of ``EndpointId``.

Without the extension (awscrt) botocore raises an error before it makes a request. A stubbed call is not signed, so it
needs no extension.

Relies on `EndpointRulesetResolver.auth_schemes_to_signing_ctx` raising `MissingDependencyException`, which
``tests/intercept/test_endpoint_id.py`` tests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import MissingDependencyException


def patched_signing_context(
    original: Callable[..., Any], is_stubbed: Callable[[Any], bool]
) -> Callable[[Any, Any], tuple[str, dict[str, Any]]]:
    """Wraps ``EndpointRulesetResolver.auth_schemes_to_signing_ctx``: without the extension a stubbed call is unsigned.

    Args:
        original: botocore's method.
        is_stubbed: whether a resolver's client is stubbed.

    """

    def auth_schemes_to_signing_ctx(self: Any, auth_schemes: Any) -> tuple[str, dict[str, Any]]:
        try:
            found: tuple[str, dict[str, Any]] = original(self, auth_schemes)
            return found
        except MissingDependencyException:
            if not is_stubbed(self):
                raise
            return "none", {}

    return auth_schemes_to_signing_ctx
