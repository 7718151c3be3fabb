"""Endpoints that need a signature which botocore cannot make: the multi-Region ones of ``EndpointId``.

botocore signs a request to such an endpoint by its C extension (awscrt), and raises an error where that is not
installed, before a request exists. A stubbed call is not signed, so it needs no extension.

Relies on `EndpointRulesetResolver.auth_schemes_to_signing_ctx` raising `MissingDependencyException`. A test holds this
fact: ``tests/intercept/test_endpoint_id.py``.
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
        is_stubbed: whether the calls of a resolver's client go to a stub.

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
