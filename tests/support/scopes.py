"""What code finds inside a scope, and outside of all."""

from __future__ import annotations

import pytest
from clients import make_client

from ses_stub import SESStubError, current_stub


def ask(*names: str) -> dict[str, str]:
    """The statuses that a new client receives."""
    client = make_client()
    answer = client.get_identity_verification_attributes(Identities=list(names))
    return {name: one["VerificationStatus"] for name, one in answer["VerificationAttributes"].items()}


def assert_no_scope() -> None:
    with pytest.raises(SESStubError, match="no ses_stub scope is active"):
        current_stub()
