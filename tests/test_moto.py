"""Beside moto: it keeps all that is not ours, and its own SES is not touched."""

from __future__ import annotations

from collections.abc import Iterator
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


def test_other_services(ses: SESStub) -> None:
    """Other services are moto's."""
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="box")
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["box"]
    assert ses.calls == []


def test_identities(ses: SESStub, client: Any) -> None:
    """SES's identities are ours: moto would have verified this one at once."""
    client.verify_email_identity(EmailAddress="ann@example.com")
    assert ses.identity("ann@example.com").status == "Pending"
    assert len(ses.calls) == 1


def test_state_of_moto() -> None:
    """The identities of moto's own stay as they were, and are there again after the scope."""
    with moto.mock_aws():
        client = boto3.client("ses", region_name="us-east-1")
        client.verify_domain_identity(Domain="theirs.example")
        with mock_ses_verify(identities=["ours.example"], rate=None):
            client.delete_identity(Identity="theirs.example")
            client.verify_email_identity(EmailAddress="ann@example.com")
            assert sorted(names(client)) == ["ann@example.com", "ours.example"]
        assert names(client) == ["theirs.example"]


def test_unanswered_operation(ses: SESStub, client: Any) -> None:
    """What we do not answer is moto's, whatever the option unhandled says."""
    client.create_template(Template={"TemplateName": "hello", "SubjectPart": "Hello", "TextPart": "Hello"})
    assert [one["Name"] for one in client.list_templates()["TemplatesMetadata"]] == ["hello"]
    assert ses.calls == []


def test_send() -> None:
    """A sender verified by moto may send in the scope, one of ours may not: they are two worlds."""
    mail: dict[str, Any] = {
        "Destination": {"ToAddresses": ["bob@example.com"]},
        "Message": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}},
    }
    with moto.mock_aws():
        client = boto3.client("ses", region_name="us-east-1")
        client.verify_email_identity(EmailAddress="theirs@example.com")
        with mock_ses_verify(identities=["ours@example.com"]):
            assert client.send_email(Source="theirs@example.com", **mail)["MessageId"]
            with pytest.raises(ClientError, match="not verified"):
                client.send_email(Source="ours@example.com", **mail)


def test_client_without_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that the scope made without credentials can use moto's operations too."""
    with moto.mock_aws(), mock_ses_verify(), monkeypatch.context() as bare:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            bare.delenv(name, raising=False)
        assert boto3.client("ses").list_templates()["TemplatesMetadata"] == []


def test_moto_inside() -> None:
    """A moto that starts and ends inside the scope changes nothing for us."""
    with mock_ses_verify(identities=["example.com"], rate=None) as ses:
        with moto.mock_aws():
            assert names(boto3.client("ses", region_name="us-east-1")) == ["example.com"]
        assert names(boto3.client("ses", region_name="us-east-1")) == ["example.com"]
    assert len(ses.calls) == 2
