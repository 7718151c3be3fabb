"""Status and text of injected error codes: AWS's own, and a suggestion for a code that AWS does not have."""

from __future__ import annotations

from typing import Any

import pytest
from clients import make_client, refused
from fidelity import aws

from ses_stub import SESStub, VirtualClock
from ses_stub.exceptions import InvalidArgumentError


@pytest.fixture
def ses() -> SESStub:
    return SESStub(region="us-east-1", clock=VirtualClock(), rate=None)


def injected(ses: SESStub, service: str = "ses", **failure: Any) -> tuple[str, int, str]:
    """Code, status and text of an injected failure."""
    operation = "ListIdentities" if service == "ses" else "ListEmailIdentities"
    ses.inject(operation, **failure)
    client = ses.attach(make_client(service, retries={"total_max_attempts": 1, "mode": "standard"}))
    return refused(client.list_identities if service == "ses" else client.list_email_identities)


@aws("recorded", "aws/aws-sdk-js issue 4610, nodemailer/nodemailer issue 55, marco-hoyer/cfn-sphere issue 55")
@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("ExpiredToken", "The security token included in the request is expired"),
        ("UnrecognizedClientException", "The security token included in the request is invalid."),
        ("OptInRequired", "The AWS Access Key Id needs a subscription for the service"),
        ("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided."),
        ("RequestExpired", "Request has expired."),
    ],
)
def test_credentials_error_is_403_with_the_text_of_aws(ses: SESStub, code: str, text: str) -> None:
    """Errors of credentials and signatures have HTTP status 403 and AWS's texts."""
    found, status, message = injected(ses, error_code=code)
    assert (found, status) == (code, 403)
    assert message.startswith(text)


@aws("documented", "service models: httpStatusCode, and the description of each error")
@pytest.mark.parametrize(
    ("service", "code", "status", "text"),
    [
        ("ses", "RuleSetDoesNotExist", 400, "Indicates that the provided receipt rule set does not exist."),
        ("sesv2", "NotFoundException", 404, "The resource you attempted to access doesn't exist."),
        ("sesv2", "ConcurrentModificationException", 500, "The resource is being modified by another operation or"),
    ],
)
def test_modelled_error_has_status_and_description_of_the_service_model(
    ses: SESStub, service: str, code: str, status: int, text: str
) -> None:
    """An error of the service model has its status, and its description as the text."""
    found, its_status, message = injected(ses, service, error_code=code)
    assert (found, its_status) == (code, status)
    assert message.startswith(text)
    assert "<" not in message


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        ("ThrottlingError", "Throttling"),
        ("ExpiredTokenExcepton", "ExpiredTokenException"),
        ("RuleSetDoesNotExistException", "RuleSetDoesNotExist"),
        ("message_rejected", "MessageRejected"),
    ],
)
def test_unknown_code_is_refused_with_a_suggestion(ses: SESStub, code: str, meant: str) -> None:
    """A code that AWS does not have is refused, and the error suggests the nearest one."""
    with pytest.raises(InvalidArgumentError, match=rf"^error_code='{code}': .* \(did you mean '{meant}'\?\)"):
        ses.inject(error_code=code)
    assert ses.attach(make_client()).list_identities()["Identities"] == []


@pytest.mark.parametrize(
    ("more", "answer"),
    [
        ({"message": "Our proxy says no"}, ("OurProxy", 400, "Our proxy says no")),
        ({"status": 407}, ("OurProxy", 407, "OurProxy")),
        ({"message": "No", "status": 407}, ("OurProxy", 407, "No")),
    ],
)
def test_unknown_code_with_its_own_status_or_message_is_answered(
    ses: SESStub, more: dict[str, Any], answer: tuple[str, int, str]
) -> None:
    """Any code is answered if its status or message is given."""
    assert injected(ses, error_code="OurProxy", **more) == answer
