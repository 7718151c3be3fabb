"""SES v2: what GetEmailIdentity shows of the checks of a domain's records (VerificationInfo)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from clients import known, make_client, shared_client
from fidelity import aws

from ses_stub import SESStub, mock_ses_verify

SITE, USER = "example.com", "ann@example.com"
NOW = datetime(2026, 3, 1, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
SOA = {"PrimaryNameServer": f"ns1.{SITE}", "AdminEmail": f"hostmaster.{SITE}", "SerialNumber": 2026030101}

pytestmark = pytest.mark.skipif(
    not known("GetEmailIdentityResponse", VerificationInfo={}), reason="this botocore has no VerificationInfo"
)


@pytest.fixture
def ses() -> Iterator[SESStub]:
    with mock_ses_verify(rate=None, freeze=NOW) as stub:
        yield stub


@pytest.fixture
def client(ses: SESStub) -> Any:
    return shared_client("sesv2")


def info(client: Any, name: str = SITE) -> Any:
    return client.get_email_identity(EmailIdentity=name)["VerificationInfo"]


def tokens_of(client: Any) -> list[str]:
    """The DKIM tokens of a new domain."""
    found: list[str] = client.create_email_identity(EmailIdentity=SITE)["DkimAttributes"]["Tokens"]
    return found


# When.


@aws("recorded", "cloud-custodian, test_ses_email_identity_cross_account")
def test_pending_domain_shows_when_it_was_checked_and_why_it_is_not_verified(ses: SESStub, client: Any) -> None:
    """A pending domain shows when its records were last looked for, and that their host was not found."""
    client.create_email_identity(EmailIdentity=SITE)
    assert info(client) == {"LastCheckedTimestamp": NOW, "ErrorType": "HOST_NOT_FOUND"}
    ses.clock.advance(hours=5)
    ses.dns.add_txt(SITE, "something else")
    assert info(client) == {"LastCheckedTimestamp": NOW + 5 * HOUR, "ErrorType": "HOST_NOT_FOUND"}


@aws("recorded", "the output of a public workshop: the error stays; the values of the SOA record are made up")
def test_verified_domain_shows_its_last_success_and_soa_record(ses: SESStub, client: Any) -> None:
    """A verified domain also shows the last success and its SOA record; the error of the time before stays."""
    client.create_email_identity(EmailIdentity=SITE)
    ses.clock.advance(hours=1)
    ses.publish_dkim(SITE)
    ses.clock.advance(hours=1)
    at = NOW + HOUR
    assert info(client) == {
        "LastCheckedTimestamp": at,
        "LastSuccessTimestamp": at,
        "ErrorType": "HOST_NOT_FOUND",
        "SOARecord": SOA,
    }


@aws("reported", "getmoto/moto issue 9771, an answer of AWS's")
@pytest.mark.parametrize("status", ["Pending", "Success", "Failed"])
def test_address_has_no_verification_info(ses: SESStub, client: Any, status: str) -> None:
    """An address has none of it."""
    ses.add_identity(USER, status)
    assert info(client, USER) == {}


@aws("inferred", "nothing was in the way")
@pytest.mark.parametrize("dkim", [False, True], ids=["txt", "dkim"])
def test_domain_with_records_from_the_start_has_no_error(ses: SESStub, client: Any, dkim: bool) -> None:
    """A domain whose records are there when they are requested never had an error."""
    if dkim:
        ses.add_identity(SITE, "Pending", dkim="Success")
        client.delete_email_identity(EmailIdentity=SITE)
        client.create_email_identity(EmailIdentity=SITE)
    else:
        ses.add_identity(SITE)
        make_client().delete_identity(Identity=SITE)
        make_client().verify_domain_identity(Domain=SITE)
    assert info(client) == {"LastCheckedTimestamp": NOW, "LastSuccessTimestamp": NOW, "SOARecord": SOA}


@aws("documented", "service model, VerificationInfo: the last attempt, and the last success")
def test_timestamps_stay_when_checks_end(ses: SESStub, client: Any) -> None:
    """The last success is the check that found the records, and the last check the one that missed them."""
    client.create_email_identity(EmailIdentity=SITE)
    ses.publish_dkim(SITE)
    ses.clock.advance(hours=10)
    ses.remove_dkim(SITE)
    ses.clock.advance(hours=1)
    times = {"LastCheckedTimestamp": NOW + 10 * HOUR, "LastSuccessTimestamp": NOW}
    rest = {"ErrorType": "HOST_NOT_FOUND", "SOARecord": SOA}
    assert info(client) == {**times, **rest}
    ses.clock.advance(hours=200)
    assert ses.identity(SITE).status == "Failed"
    assert info(client).items() >= {"LastSuccessTimestamp": NOW, **rest}.items()


def test_deleted_domain_forgets_its_checks(ses: SESStub, client: Any) -> None:
    """A domain that is deleted and created again shows nothing of the time before."""
    ses.add_identity(SITE)
    ses.remove_txt(SITE)
    assert "LastSuccessTimestamp" in info(client)
    client.delete_email_identity(EmailIdentity=SITE)
    client.create_email_identity(EmailIdentity=SITE)
    assert info(client) == {"LastCheckedTimestamp": NOW, "ErrorType": "HOST_NOT_FOUND"}


@aws("inferred", "as if the domain had come so far by itself")
@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("NotStarted", set()),
        ("Pending", {"LastCheckedTimestamp", "ErrorType"}),
        ("Success", {"LastCheckedTimestamp", "LastSuccessTimestamp", "SOARecord"}),
        ("Failed", {"LastCheckedTimestamp", "ErrorType"}),
        ("TemporaryFailure", {"LastCheckedTimestamp", "LastSuccessTimestamp", "SOARecord", "ErrorType"}),
    ],
)
def test_added_domain_has_the_info_of_its_status(ses: SESStub, client: Any, status: str, shown: set[str]) -> None:
    """A domain that a test adds shows what belongs to its status."""
    ses.add_identity(SITE, status)
    assert info(client).keys() == shown


# Why.


@aws("documented", "service model, VerificationError: INVALID_VALUE, TYPE_NOT_FOUND, HOST_NOT_FOUND")
@pytest.mark.parametrize(
    ("published", "error"),
    [
        ([("CNAME", "{}.dkim.amazonses.com.example.com")], "INVALID_VALUE"),
        ([("CNAME", "{}.dkim.eu-south-1.amazonses.com")], "INVALID_VALUE"),
        ([("TXT", "{}.dkim.amazonses.com")], "TYPE_NOT_FOUND"),
        ([], "HOST_NOT_FOUND"),
    ],
    ids=["value", "region", "type", "host"],
)
def test_error_says_what_is_wrong_with_dkim_records(
    ses: SESStub, client: Any, published: list[tuple[str, str]], error: str
) -> None:
    """The error says whether a DKIM record has another value or type, or is missing."""
    for token in tokens_of(client):
        for kind, value in published:
            ses.dns.add(f"{token}._domainkey.{SITE}", kind, value.format(token))
    assert info(client)["ErrorType"] == error


@aws("inferred", "the first record that is missing is reported")
def test_error_is_that_of_the_first_missing_record(ses: SESStub, client: Any) -> None:
    """If some of the DKIM records are right, the error is about the first that is not."""
    first, second, third = tokens_of(client)
    for token in (first, third):
        ses.dns.add(f"{token}._domainkey.{SITE}", "CNAME", f"{token}.dkim.amazonses.com")
    assert info(client)["ErrorType"] == "HOST_NOT_FOUND"
    ses.dns.add(f"{second}._domainkey.{SITE}", "CNAME", "elsewhere.example.com")
    assert info(client)["ErrorType"] == "INVALID_VALUE"


@aws("documented", "service model, VerificationError: INVALID_VALUE, TYPE_NOT_FOUND, HOST_NOT_FOUND")
@pytest.mark.parametrize(
    ("kind", "value", "error"), [("TXT", "another token", "INVALID_VALUE"), ("CNAME", SITE, "TYPE_NOT_FOUND")]
)
def test_error_of_a_domain_without_dkim_is_about_its_txt_record(
    ses: SESStub, client: Any, kind: str, value: str, error: str
) -> None:
    """Where DKIM was not requested, the error is about the TXT record."""
    make_client().verify_domain_identity(Domain=SITE)
    ses.dns.add(f"_amazonses.{SITE}", kind, value)
    assert info(client)["ErrorType"] == error


@aws("documented", "service model, VerificationError")
def test_error_of_an_own_key_is_about_its_txt_record(ses: SESStub, client: Any) -> None:
    """For the customer's own key the error is about the record of its selector."""
    own = {"DomainSigningSelector": "mine", "DomainSigningPrivateKey": "MIICXAIBAAKBgQC="}
    client.create_email_identity(EmailIdentity=SITE, DkimSigningAttributes=own)
    ses.dns.add(f"mine._domainkey.{SITE}", "TXT", "no key")
    assert info(client)["ErrorType"] == "INVALID_VALUE"


def test_records_of_a_resolver_are_not_asked_for_other_types(client: Any) -> None:
    """A resolver is asked for the wanted type only, so a record of another type is a host that was not found."""
    asked = []

    def resolver(name: str, kind: str) -> list[str]:
        asked.append(kind)
        return ["wrong"] if kind == "TXT" and name.startswith("_amazonses") else []

    with mock_ses_verify(rate=None, freeze=NOW, resolver=resolver):
        own = make_client("sesv2")
        make_client().verify_domain_identity(Domain=SITE)
        assert info(own)["ErrorType"] == "INVALID_VALUE"
        make_client().verify_domain_dkim(Domain=SITE)
        assert info(own)["ErrorType"] == "HOST_NOT_FOUND"
        assert set(asked) == {"TXT", "CNAME"}
