"""Regions and accounts, the stub's views of them, and reset."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.credentials import Credentials
from fidelity import aws

from ses_stub import SESStub, SESStubError, VirtualClock, mock_ses_verify

SESSION = botocore.session.Session()
OTHER = "210987654321"


@pytest.fixture
def ses() -> Iterator[SESStub]:
    with mock_ses_verify(clock=VirtualClock(), identities=["example.com"]) as stub:
        yield stub


def make(region: str = "us-east-1", **kwargs: str) -> Any:
    return SESSION.create_client("ses", region_name=region, **kwargs)


def names(client: Any) -> list[str]:
    found: list[str] = client.list_identities()["Identities"]
    return found


@aws("documented", "Guide, creating-identities: each Region has its own")
def test_regions_are_apart(ses: SESStub) -> None:
    """An identity is known in its own region only; the client's region decides."""
    make("eu-west-1").verify_email_identity(EmailAddress="ann@example.com")
    assert names(make("eu-west-1")) == ["ann@example.com"]
    assert names(make("us-east-1")) == ["example.com"]


def test_view_shows_another_region_or_account(ses: SESStub) -> None:
    """A view is the same stub bound to another region or account."""
    west = ses.view("eu-west-1")
    other = west.view(account_id=OTHER)
    assert [(one.region, one.account_id) for one in (ses, west, other)] == [
        ("us-east-1", "123456789012"),
        ("eu-west-1", "123456789012"),
        ("eu-west-1", OTHER),
    ]
    west.add_identity("west.example.com")
    other.add_identity("other.example.com")
    assert list(ses.identities) == ["example.com"]
    assert list(west.identities) == ["west.example.com"]
    assert list(other.identities) == ["other.example.com"]


def test_views_share_clock_mails_dns_and_calls(ses: SESStub) -> None:
    """All views share the clock, verification emails, DNS and calls."""
    west = ses.view("eu-west-1", OTHER)
    west.add_identity("ann@example.com", "Pending")
    west.dns.add_txt("x.com", "value")
    names(make())
    assert west.clock is ses.clock
    assert west.verification_emails == ses.verification_emails != []
    assert ses.dns.txt("x.com") == ("value",)
    assert west.calls == ses.calls != []


def test_access_key_is_account(ses: SESStub) -> None:
    """An access key of twelve digits names the account, as with moto and LocalStack."""
    client = make(aws_access_key_id=OTHER, aws_secret_access_key="x")
    assert names(client) == []
    client.verify_email_identity(EmailAddress="ann@example.com")
    assert list(ses.view(account_id=OTHER).identities) == ["ann@example.com"]
    assert [call.account_id for call in ses.calls] == [OTHER, OTHER]


@pytest.mark.skipif(not hasattr(Credentials("", ""), "account_id"), reason="this botocore's credentials name none")
def test_account_id_of_credentials(ses: SESStub) -> None:
    """An account id in the credentials is used."""
    client = boto3.client(
        "ses", "us-east-1", aws_access_key_id="AKIAX", aws_secret_access_key="x", aws_account_id=OTHER
    )
    assert names(client) == []
    assert ses.calls[0].account_id == OTHER


@pytest.mark.parametrize("key", ["AKIAIOSFODNN7EXAMPLE", "12345678901", "1234567890123"])
def test_other_access_keys_belong_to_the_option_account(ses: SESStub, key: str) -> None:
    """Any other access key, or none, belongs to the account of the option."""
    assert names(make(aws_access_key_id=key, aws_secret_access_key="x")) == ["example.com"]


def test_account_option_applies_without_credentials() -> None:
    """The option account_id sets the account of the stub and of clients without credentials."""
    with mock_ses_verify(account_id=OTHER, rate=None) as ses:
        make().verify_email_identity(EmailAddress="ann@example.com")
        assert ses.account_id == ses.calls[0].account_id == ses.verification_emails[0].account_id == OTHER
        assert list(ses.identities) == ["ann@example.com"]


@aws(
    "reported, documented, inferred",
    "binxio/cfn-ses-provider issue 6: regions; Guide, troubleshoot-verification: accounts; repeats inferred",
)
@pytest.mark.parametrize("place", [{"region": "eu-west-1"}, {"account_id": OTHER}], ids=["region", "account"])
def test_domain_token_differs_by_region_and_account(place: dict[str, Any]) -> None:
    """A domain's token is the same in every run, and differs by region and account."""

    def token(**options: Any) -> str:
        with mock_ses_verify(rate=None, **options) as ses:
            client = make(ses.region)
            first, again = (client.verify_domain_identity(Domain="a.com")["VerificationToken"] for _ in range(2))
            assert first == again
            found: str = first
            return found

    assert token() == token() != token(**place)


@pytest.mark.parametrize(
    ("configured", "option", "region"),
    [
        pytest.param(None, None, "us-east-1", id="nothing"),
        pytest.param("eu-west-1", None, "eu-west-1", id="environment"),
        pytest.param(None, "eu-north-1", "eu-north-1", id="option"),
        pytest.param("eu-west-1", "eu-north-1", "eu-north-1", id="both"),
    ],
)
def test_stub_region_is_option_then_configuration_then_default(
    monkeypatch: pytest.MonkeyPatch, configured: str | None, option: str | None, region: str
) -> None:
    """The stub's region is the option's, else the configured one, else us-east-1."""
    if configured is not None:
        monkeypatch.setenv("AWS_DEFAULT_REGION", configured)
    with mock_ses_verify(region=option) as ses:
        assert ses.region == region


def test_client_without_region() -> None:
    """A client without a configured region uses the stub's region."""
    with mock_ses_verify(region="eu-north-1", identities=["example.com"]):
        client = boto3.client("ses")
        assert client.meta.region_name == "eu-north-1"
        assert names(client) == ["example.com"]


def test_reset_restores_the_seeds_and_nothing_else(ses: SESStub) -> None:
    """Reset restores the seeds and removes all else: identities, mails, records, calls, failures, throttling."""
    client = make()
    client.verify_email_identity(EmailAddress="ann@example.com")
    ses.dns.add_txt("x.com", "value")
    ses.inject(error_code="InternalFailure", times=None)
    ses.view("eu-west-1").add_identity("west.example.com")
    ses.reset()
    assert list(ses.identities) == ["example.com"]
    assert list(ses.view("eu-west-1").identities) == []
    assert ses.verification_emails == []
    assert ses.calls == []
    assert ses.dns.txt("x.com") == ()
    client.verify_email_identity(EmailAddress="ann@example.com")
    assert [call.error_code for call in ses.calls] == [None]


def test_reset_keeps_the_time(ses: SESStub) -> None:
    """Reset does not turn back the clock."""
    ses.clock.advance(hours=1)
    now = ses.clock.now()
    ses.reset()
    assert ses.clock.now() == now


def test_reset_by_a_view(ses: SESStub) -> None:
    """Reset through a view restores the seeds to their original region, not to the view's."""
    west = ses.view("eu-west-1", OTHER)
    west.reset()
    assert list(ses.identities) == ["example.com"]
    assert list(west.identities) == []


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ({"region": 5}, "^region=5: expected a region"),
        ({"region": "Ireland"}, "^region='Ireland': expected"),
        ({"region": ""}, "^region='': expected"),
        ({"account_id": "1234"}, "^account_id='1234': expected a string of 12 digits"),
    ],
    ids=str,
)
def test_no_such_place(ses: SESStub, place: dict[str, Any], message: str) -> None:
    """An invalid region or account is refused."""
    with pytest.raises(SESStubError, match=message) as error:
        ses.view(**place)
    assert isinstance(error.value, ValueError)
