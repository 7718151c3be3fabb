"""Together with moto: moto answers everything else, and its own SES is not changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from clients import names

from ses_stub import SESStub, mock_ses_verify

moto = pytest.importorskip("moto")


@pytest.fixture
def ses() -> Iterator[SESStub]:
    """A stub inside moto."""
    with moto.mock_aws(), mock_ses_verify(rate=None) as stub:
        yield stub


@pytest.fixture
def client(ses: SESStub) -> Any:
    return boto3.client("ses", region_name="us-east-1")


def test_moto_answers_other_services(ses: SESStub) -> None:
    """Moto answers other services."""
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="box")
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["box"]
    assert ses.calls == []


def test_identities_are_not_motos(ses: SESStub, client: Any) -> None:
    """Identities are the stub's: moto would have verified this one immediately."""
    client.verify_email_identity(EmailAddress="ann@example.com")
    assert ses.identity("ann@example.com").status == "Pending"
    assert len(ses.calls) == 1


def test_moto_identities_are_unchanged_after_the_scope() -> None:
    """Moto's own identities do not change, and are there again after the scope."""
    with moto.mock_aws():
        client = boto3.client("ses", region_name="us-east-1")
        client.verify_domain_identity(Domain="theirs.example")
        with mock_ses_verify(identities=["ours.example"], rate=None):
            client.delete_identity(Identity="theirs.example")
            client.verify_email_identity(EmailAddress="ann@example.com")
            assert sorted(names(client)) == ["ann@example.com", "ours.example"]
        assert names(client) == ["theirs.example"]


HELLO = {"TemplateName": "hello", "SubjectPart": "Hello", "TextPart": "Hello"}


def test_moto_answers_what_we_do_not_support(ses: SESStub, client: Any) -> None:
    """Moto answers operations that the stub does not support, whatever the option unsupported says."""
    client.create_template(Template=HELLO)
    assert [one["Name"] for one in client.list_templates()["TemplatesMetadata"]] == ["hello"]
    assert ses.calls == []


def test_moto_answers_v2_operations_without_support(ses: SESStub) -> None:
    """The same holds for v2."""
    client = boto3.client("sesv2", region_name="us-east-1")
    client.create_contact_list(ContactListName="friends")
    assert [one["ContactListName"] for one in client.list_contact_lists()["ContactLists"]] == ["friends"]
    assert ses.calls == []


def send(client: Any, sender: str) -> str:
    """SendEmail, which the stub answers."""
    mail: dict[str, Any] = {
        "Destination": {"ToAddresses": ["bob@example.com"]},
        "Message": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}},
    }
    return str(client.send_email(Source=sender, **mail)["MessageId"])


def send_bulk(client: Any, sender: str) -> str:
    """SendBulkTemplatedEmail, which moto answers."""
    mail: dict[str, Any] = {
        "Template": "hello",
        "DefaultTemplateData": "{}",
        "Destinations": [{"Destination": {"ToAddresses": ["bob@example.com"]}}],
    }
    return str(client.send_bulk_templated_email(Source=sender, **mail)["Status"][0]["MessageId"])


@pytest.mark.parametrize(
    ("call", "may", "may_not"),
    [(send, "ours@example.com", "theirs@example.com"), (send_bulk, "theirs@example.com", "ours@example.com")],
    ids=["answered by us", "answered by moto"],
)
def test_sending_needs_an_identity_of_the_same_state(call: Callable[[Any, str], str], may: str, may_not: str) -> None:
    """The stub and moto have separate states: an operation accepts only senders that its own side has verified."""
    with moto.mock_aws():
        client = boto3.client("ses", region_name="us-east-1")
        client.verify_email_identity(EmailAddress="theirs@example.com")
        client.create_template(Template=HELLO)
        with mock_ses_verify(identities=["ours@example.com"]):
            assert call(client, may)
            with pytest.raises(ClientError, match="not verified"):
                call(client, may_not)


@pytest.mark.parametrize(
    ("service", "operation", "found"),
    [("ses", "list_templates", "TemplatesMetadata"), ("sesv2", "list_contact_lists", "ContactLists")],
    ids=["v1", "v2"],
)
def test_client_without_credentials(service: str, operation: str, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that the scope made without credentials can use moto's operations too."""
    with moto.mock_aws(), mock_ses_verify(), monkeypatch.context() as bare:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            bare.delenv(name, raising=False)
        assert getattr(boto3.client(service), operation)()[found] == []


def test_moto_inside_a_scope_changes_nothing() -> None:
    """A moto mock that starts and ends inside the scope changes nothing for the stub."""
    with mock_ses_verify(identities=["example.com"], rate=None) as ses:
        with moto.mock_aws():
            assert names(boto3.client("ses", region_name="us-east-1")) == ["example.com"]
        assert names(boto3.client("ses", region_name="us-east-1")) == ["example.com"]
    assert len(ses.calls) == 2
