"""SendEmail of v2 with an EndpointId works without botocore's C extension, as a stubbed call is not signed."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import pytest
from botocore.exceptions import MissingDependencyException
from clients import KEYS, SESSION, canned, known, make_client

from ses_stub import SESStub, mock_ses_verify

MAIL = {
    "FromEmailAddress": "ann@example.com",
    "Destination": {"ToAddresses": ["bob@example.org"]},
    "Content": {"Simple": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "World"}}}},
    "EndpointId": "abcdef12.g3h",
}
pytestmark = [
    pytest.mark.skipif(not known("SendEmailRequest", EndpointId=1), reason="the model has no EndpointId"),
    pytest.mark.skipif(find_spec("awscrt") is not None, reason="botocore's extension is installed"),
]


def test_send_to_a_multi_region_endpoint_in_a_scope() -> None:
    """In a scope, a message with an EndpointId is accepted in the client's region."""
    with mock_ses_verify(identities=["example.com"]) as ses:
        make_client("sesv2").send_email(**MAIL)
    assert [(one.source, one.region) for one in ses.sent_emails] == [("ann@example.com", "us-east-1")]


@pytest.mark.parametrize("within_a_scope", [False, True])
def test_send_to_a_multi_region_endpoint_by_an_attached_client(within_a_scope: bool) -> None:
    """A client that a stub is attached to needs no extension either, until it is detached."""
    ses = SESStub(region="us-east-1", identities=["example.com"])
    client: Any = make_client("sesv2")
    ses.attach(client)
    if within_a_scope:
        with mock_ses_verify():
            client.send_email(**MAIL)
    else:
        client.send_email(**MAIL)
    assert len(ses.sent_emails) == 1
    ses.detach()
    assert_needs_the_extension(client, **MAIL)


def test_without_a_stub_the_extension_is_needed() -> None:
    """Botocore raises its own error for a client of SES outside every scope."""
    assert_needs_the_extension(make_client("sesv2"), **MAIL)


def test_client_of_another_service_needs_the_extension_in_a_scope() -> None:
    """Botocore raises its own error for a client of another service, also in a scope."""
    with mock_ses_verify():
        client = SESSION.create_client("events", region_name="us-east-1")
        with pytest.raises(MissingDependencyException):
            client.put_events(Entries=[{"Source": "a"}], EndpointId="abcdef12.g3h")


def test_client_of_another_service_is_signed_in_a_scope() -> None:
    """A call of another service whose endpoint names its signature is signed, also in a scope."""
    signed: list[str] = []

    def answer(request: Any, **_: Any) -> Any:
        signed.append(request.headers["Authorization"].decode())
        return canned("<ListAllMyBucketsResult/>")

    with mock_ses_verify():
        client = SESSION.create_client("s3", region_name="us-east-1", **KEYS)
        client.meta.events.register("before-send.s3", answer)
        client.list_buckets()
    assert signed[0].startswith("AWS4-HMAC-SHA256 ")


def assert_needs_the_extension(client: Any, **params: Any) -> None:
    with pytest.raises(MissingDependencyException):
        client.send_email(**params)
