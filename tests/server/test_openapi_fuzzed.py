"""The OpenAPI document and the control API agree on thousands of requests, valid and invalid ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from repeat import times
from werkzeug import Request

from ses_stub import SESStub, VirtualClock
from ses_stub._model.identity import canonical, is_domain, is_identity
from ses_stub._server.control.routes import PREFIX, Control

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
checks = pytest.importorskip("schemathesis.specs.openapi.checks")

if TYPE_CHECKING:
    from schemathesis import Case

APPLICATION = Request.application(
    Control(SESStub(rate=None, clock=VirtualClock(), identities=["ann@example.com", "example.com"]))
)
SCHEMA = schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", APPLICATION)


def with_mail_from_below(body: Any) -> Any:
    """A body whose MAIL FROM domain is below the domain of its identity, which a schema cannot ask for."""
    if not isinstance(body, dict) or not isinstance(body.get("name"), str) or not is_identity(body["name"]):
        return body
    given = body.get("mail_from")
    domain, *status = given if isinstance(given, list) and given else [given]
    if isinstance(domain, str) and is_domain(domain):
        below = f"mail.{canonical(body['name'].rpartition('@')[2])}"
        given = [below, *status] if isinstance(given, list) else below
        body = {**body, "mail_from": given} if is_domain(below) else {"name": body["name"]}
    return body


@SCHEMA.parametrize()
@hypothesis.seed(6)
@hypothesis.settings(max_examples=times(4), database=None)
def test_responses_are_as_documented(case: Case) -> None:
    """A request that matches the document succeeds, any other is an error, and every response is documented."""
    case.body = with_mail_from_below(case.body)
    # Without an optional body a request is valid, also where schemathesis means it to be invalid.
    bodies = list(case.operation.body)
    is_valid = case.body is schemathesis.core.NOT_SET and bodies and not any(one.is_required for one in bodies)
    case.call_and_validate(excluded_checks=[checks.negative_data_rejection] if is_valid else [])
