"""The OpenAPI document and the control API agree on thousands of requests, valid and invalid ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import hypothesis
import pytest
from werkzeug import Request

from ses_stub import SESStub, VirtualClock
from ses_stub._server.control.routes import PREFIX, Control

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")

if TYPE_CHECKING:
    from schemathesis import Case

APPLICATION = Request.application(
    Control(SESStub(rate=None, clock=VirtualClock(), identities=["ann@example.com", "example.com"]))
)
SCHEMA = schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", APPLICATION)


@SCHEMA.parametrize()
@hypothesis.seed(6)
@hypothesis.settings(max_examples=20, database=None)
def test_responses_are_as_documented(case: Case) -> None:
    """A request that matches the document succeeds, any other is an error, and every response is documented."""
    case.call_and_validate()
