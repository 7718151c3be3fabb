"""DKIM: three CNAME records that sign a domain's mails, and verify the domain like its TXT record."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from clients import known, make_client, names, shared_client, status
from fidelity import aws

from ses_stub import SESStub, VirtualClock, mock_ses_verify

SITE, USER = "example.com", "ann@example.com"


@pytest.fixture
def client(ses: SESStub) -> Any:
    return shared_client()


def dkim(client: Any, name: str = SITE) -> Any:
    """What GetIdentityDkimAttributes says of an identity."""
    return client.get_identity_dkim_attributes(Identities=[name])["DkimAttributes"][name]


def both(client: Any) -> tuple[str | None, str]:
    """The status of the domain and the status of its DKIM."""
    return status(client, SITE), dkim(client)["DkimVerificationStatus"]


def publish(ses: SESStub, tokens: list[str], zone: str = "dkim.amazonses.com") -> None:
    for token in tokens:
        ses.dns.add(f"{token}._domainkey.{SITE}", "CNAME", f"{token}.{zone}")


# Requesting it.


@aws("documented", 'Reference, VerifyDomainDkim: the domain "is added to the list of identities"')
def test_registers_the_domain(client: Any) -> None:
    """VerifyDomainDkim registers an unknown domain; domain and DKIM are Pending."""
    tokens = client.verify_domain_dkim(Domain="Example.COM")["DkimTokens"]
    assert names(client) == [SITE]
    assert both(client) == ("Pending", "Pending")
    assert dkim(client) == {"DkimEnabled": True, "DkimVerificationStatus": "Pending", "DkimTokens": tokens}


@aws("documented", "Reference, GetIdentityDkimAttributes; the default is said to be true as well")
def test_domain_without_dkim_request_has_no_tokens(client: Any) -> None:
    """A domain without a request for DKIM has no tokens: its DKIM is NotStarted and disabled."""
    client.verify_domain_identity(Domain=SITE)
    assert dkim(client) == {"DkimEnabled": False, "DkimVerificationStatus": "NotStarted"}


@aws("recorded", "turbot/steampipe issue 1640: three tokens of 32 letters and digits")
def test_three_tokens_stay_the_same(client: Any) -> None:
    """VerifyDomainDkim returns three different tokens of 32 characters, the same at every call."""
    tokens = client.verify_domain_dkim(Domain=SITE)["DkimTokens"]
    assert len(set(tokens)) == len(tokens) == 3
    assert all(re.fullmatch("[a-z2-7]{32}", token) for token in tokens)
    client.delete_identity(Identity=SITE)
    assert client.verify_domain_dkim(Domain=SITE)["DkimTokens"] == tokens
    assert not set(tokens) & set(client.verify_domain_dkim(Domain="example.org")["DkimTokens"])


@aws("inferred", "VerifyDomainIdentity's recorded error")
@pytest.mark.parametrize("domain", ["ann@example.com", "localhost", "example.com."])
def test_not_a_domain(client: Any, domain: str) -> None:
    """VerifyDomainDkim of an invalid domain is an InvalidParameterValue, and registers nothing."""
    with pytest.raises(client.exceptions.ClientError) as caught:
        client.verify_domain_dkim(Domain=domain)
    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("InvalidParameterValue", f"Invalid domain name {domain}.")
    assert names(client) == []


# Finding the records.


@aws("documented", 'Guide, creating-identities: "as soon as Amazon SES detects all of the required DKIM records"')
@pytest.mark.parametrize("last", [0, 1, 2])
def test_all_three_dkim_records_verify_domain_and_dkim(ses: SESStub, client: Any, last: int) -> None:
    """With two of the three records all stays Pending.

    The third makes domain and DKIM Success, without a TXT record.
    """
    tokens = client.verify_domain_dkim(Domain=SITE)["DkimTokens"]
    third = tokens.pop(last)
    publish(ses, tokens)
    assert both(client) == ("Pending", "Pending")
    publish(ses, [third])
    assert both(client) == ("Success", "Success")


@aws("inferred", "the records that VerifyDomainDkim asks for")
def test_dkim_records_with_another_target_do_not_count(ses: SESStub, client: Any) -> None:
    """Records with another target do not count."""
    publish(ses, client.verify_domain_dkim(Domain=SITE)["DkimTokens"], "dkim.example.com")
    assert both(client) == ("Pending", "Pending")


#: AWS General Reference, "DKIM domains"; all other regions share one.
OWN_HOSTS = [
    *("af-south-1", "ap-northeast-3", "ap-south-2", "ap-southeast-3", "ap-southeast-5", "ca-west-1"),
    *("eu-central-2", "eu-south-1", "il-central-1", "me-central-1", "us-gov-east-1"),
]


@aws("documented", "AWS General Reference, SES endpoints, DKIM domains; trussworks/terraform-aws-ses-domain issue 141")
@pytest.mark.parametrize(
    ("region", "right", "wrong"),
    [
        *((region, f"dkim.{region}.amazonses.com", "dkim.amazonses.com") for region in OWN_HOSTS),
        *(
            (region, "dkim.amazonses.com", f"dkim.{region}.amazonses.com")
            for region in ("us-east-1", "eu-west-1", "us-gov-west-1", "me-south-1")
        ),
    ],
)
def test_some_regions_have_their_own_dkim_host(region: str, right: str, wrong: str) -> None:
    """In some regions the records lead to a host of the region, which v2 shows; another host verifies nothing."""
    with mock_ses_verify(rate=None, clock=VirtualClock(), region=region) as ses:
        client = make_client(region=region)
        tokens = client.verify_domain_dkim(Domain=SITE)["DkimTokens"]
        shown = make_client("sesv2", region).get_email_identity(EmailIdentity=SITE)["DkimAttributes"]
        assert shown.items() >= known("DkimAttributes", SigningHostedZone=right).items()
        publish(ses, tokens, wrong)
        assert both(client) == ("Pending", "Pending")
        assert f"{tokens[0]}._domainkey.{SITE} has another value than SES requested" in str(ses.timeline())
        publish(ses, tokens, right)
        assert both(client) == ("Success", "Success")


def test_published_dkim_records_lead_to_the_host_of_the_region(ses: SESStub) -> None:
    """publish_dkim and presets use the host of the identity's region."""
    view = ses.view(region="af-south-1")
    for name, publish_it in ((SITE, True), ("example.org", False)):
        view.add_identity(name, "Pending", dkim="Pending" if publish_it else "Success")
        if publish_it:
            view.publish_dkim(name)
        tokens = make_client(region="af-south-1").verify_domain_dkim(Domain=name)["DkimTokens"]
        hosts = [ses.dns.records(f"{token}._domainkey.{name}", "CNAME") for token in tokens]
        assert hosts == [(f"{token}.dkim.af-south-1.amazonses.com",) for token in tokens]


@aws("documented", "Reference, VerifyDomainIdentity and VerifyDomainDkim: two ways")
def test_txt_is_no_dkim(ses: SESStub, client: Any) -> None:
    """A domain that is verified by its TXT record is Success while its DKIM is still Pending."""
    client.verify_domain_dkim(Domain=SITE)
    ses.publish_txt(SITE)
    assert both(client) == ("Success", "Pending")


@aws("documented", 'Service model, DkimAttributes: SES searches "for up to 72 hours"')
@pytest.mark.parametrize(("hours", "after"), [(71.999, "Success"), (72, "Failed"), (100, "Failed")])
def test_domain_and_dkim_fail_after_72_hours(ses: SESStub, client: Any, hours: float, after: str) -> None:
    """Domain and DKIM fail after 72 hours; later records do not help."""
    client.verify_domain_dkim(Domain=SITE)
    ses.clock.advance(hours=hours)
    ses.publish_dkim(SITE)
    assert both(client) == (after, after)


@aws("documented", 'Guide, troubleshoot-dkim: "you must restart the DKIM set-up procedure from the beginning"')
def test_request_restarts_what_has_failed(ses: SESStub, client: Any) -> None:
    """VerifyDomainDkim restarts what has failed, including the domain."""
    client.verify_domain_dkim(Domain=SITE)
    ses.clock.advance(hours=72)
    assert both(client) == ("Failed", "Failed")
    client.verify_domain_dkim(Domain=SITE)
    assert both(client) == ("Pending", "Pending")
    ses.clock.advance(hours=71)
    ses.publish_dkim(SITE)
    assert both(client) == ("Success", "Success")


@aws("inferred", "Guide, troubleshoot-dkim: failed DKIM is to be set up from the beginning")
def test_domain_alone_again(ses: SESStub, client: Any) -> None:
    """VerifyDomainIdentity of a failed domain restarts the search for its TXT record, not for its DKIM records."""
    client.verify_domain_dkim(Domain=SITE)
    ses.clock.advance(hours=72)
    client.verify_domain_identity(Domain=SITE)
    ses.publish_dkim(SITE)
    assert both(client) == ("Pending", "Failed")
    ses.publish_txt(SITE)
    assert both(client) == ("Success", "Failed")


@aws(
    "unverified", "no recording; asked for are other records than those that the domain waits for", question="deadlines"
)
def test_domain_is_not_prolonged(ses: SESStub, client: Any) -> None:
    """VerifyDomainDkim of a Pending domain does not extend its 72 hours; DKIM gets its own."""
    client.verify_domain_identity(Domain=SITE)
    ses.clock.advance(hours=71)
    client.verify_domain_dkim(Domain=SITE)
    ses.clock.advance(hours=1)
    assert both(client) == ("Failed", "Pending")
    ses.publish_dkim(SITE)
    assert both(client) == ("Failed", "Success")
    client.verify_domain_identity(Domain=SITE)
    assert both(client) == ("Success", "Success")


# Losing the records.


@aws("inferred", "Guide, verified-domain-revocation and troubleshoot-dkim; the 72 hours are those of a TXT record")
@pytest.mark.parametrize(("hours", "after"), [(71, "Success"), (72, "Failed")])
def test_lost_dkim_records_are_temporary_failure_then_failed(ses: SESStub, client: Any, hours: int, after: str) -> None:
    """If the records vanish, domain and DKIM are TemporaryFailure, and Failed after 72 hours without them."""
    client.verify_domain_dkim(Domain=SITE)
    ses.publish_dkim(SITE)
    ses.clock.advance(days=30)
    ses.remove_dkim(SITE)
    assert both(client) == ("TemporaryFailure", "TemporaryFailure")
    ses.clock.advance(hours=hours)
    ses.publish_dkim(SITE)
    assert both(client) == (after, after)


@aws("inferred", "either record verifies the domain")
def test_domain_stays_verified_while_txt_or_dkim_remains(ses: SESStub, client: Any) -> None:
    """A domain that is verified by TXT and DKIM stays Success while one of them remains."""
    client.verify_domain_dkim(Domain=SITE)
    ses.publish_txt(SITE)
    ses.publish_dkim(SITE)
    ses.remove_dkim(SITE)
    assert both(client) == ("Success", "TemporaryFailure")
    ses.publish_dkim(SITE)
    ses.remove_txt(SITE)
    assert both(client) == ("Success", "Success")
    ses.remove_dkim(SITE)
    assert both(client) == ("TemporaryFailure", "TemporaryFailure")


def test_domain_verified_twice_sends_one_mail(ses: SESStub, client: Any) -> None:
    """The mail that a domain is verified is sent once, whichever record verified it first."""
    client.verify_domain_dkim(Domain=SITE)
    ses.publish_dkim(SITE)
    ses.publish_txt(SITE)
    assert [mail.subject for mail in ses.verification_emails] == ["Amazon SES Domain Verification SUCCESS"]


# Turning it on and off.


def is_enabled(client: Any, name: str = SITE) -> bool:
    enabled: bool = dkim(client, name)["DkimEnabled"]
    return enabled


@aws("reported", "floci pull request 1904, probed: the status shows the records only")
def test_signing_can_be_turned_off_and_on(ses: SESStub, client: Any) -> None:
    """SetIdentityDkimEnabled turns signing off and on again; the status stays."""
    client.verify_domain_dkim(Domain=SITE)
    ses.publish_dkim(SITE)
    for enabled in (False, True):
        client.set_identity_dkim_enabled(Identity=SITE, DkimEnabled=enabled)
        assert is_enabled(client) is enabled
        assert both(client) == ("Success", "Success")


@aws("documented", 'Reference, SetIdentityDkimEnabled: "even if the verification process isn\'t complete"')
def test_dkim_signing_can_be_enabled_while_pending(client: Any) -> None:
    """Signing may be enabled while the domain is Pending, and before DKIM is requested."""
    client.verify_domain_identity(Domain=SITE)
    client.set_identity_dkim_enabled(Identity=SITE, DkimEnabled=True)
    assert dkim(client) == {"DkimEnabled": True, "DkimVerificationStatus": "NotStarted"}


@aws("reported", "floci, probed: an address whose domain is registered is no error, and nothing changes")
@pytest.mark.parametrize("registered", [True, False])
def test_enable_an_address(ses: SESStub, client: Any, registered: bool) -> None:
    """SetIdentityDkimEnabled of an address changes nothing, whether or not the address is an identity."""
    client.verify_domain_dkim(Domain=SITE)
    if registered:
        ses.add_identity(USER)
    client.set_identity_dkim_enabled(Identity=USER, DkimEnabled=False)
    assert is_enabled(client)
    assert names(client) == [SITE, USER][: 1 + registered]


@aws("reported", "floci pull request 723, probed")
@pytest.mark.parametrize(
    ("name", "domain"),
    [("ghost.example", "ghost.example"), ("bob@ghost.example", "ghost.example"), ("GHOST.example", "ghost.example")],
)
def test_enable_an_unknown_domain(client: Any, name: str, domain: str) -> None:
    """SetIdentityDkimEnabled of an unknown domain is an error that names the domain."""
    with pytest.raises(ClientError) as caught:
        client.set_identity_dkim_enabled(Identity=name, DkimEnabled=True)
    error = caught.value.response["Error"]
    assert error["Code"] == "InvalidParameterValue"
    assert error["Message"] == f"Domain {domain} is not verified for DKIM signing."


# Reading its status.


@aws("documented", "Reference, GetIdentityDkimAttributes")
def test_dkim_attributes_omit_unknown_identities(client: Any) -> None:
    """GetIdentityDkimAttributes omits unknown identities."""
    client.verify_domain_dkim(Domain=SITE)
    answer = client.get_identity_dkim_attributes(Identities=["ghost.example", SITE, "bob@ghost.example"])
    assert list(answer["DkimAttributes"]) == [SITE]


@aws("reported", "floci pull request 1904, probed")
def test_address_shows_dkim_of_its_domain(ses: SESStub, client: Any) -> None:
    """An address shows the DKIM of its domain, if that is an identity; otherwise none."""
    ses.add_identity(USER)
    assert dkim(client, USER) == {"DkimEnabled": False, "DkimVerificationStatus": "NotStarted"}
    tokens = client.verify_domain_dkim(Domain=SITE)["DkimTokens"]
    assert dkim(client, USER) == {"DkimEnabled": True, "DkimVerificationStatus": "Pending", "DkimTokens": tokens}


# Automatic verification.


@pytest.mark.parametrize(
    ("auto_verify", "soon", "later"),
    [
        (True, "Success", "Success"),
        (timedelta(hours=5), "Pending", "Success"),
        (timedelta(hours=73), "Pending", "Failed"),
    ],
    ids=["at-once", "after-5-hours", "too-late"],
)
def test_auto_verify_publishes_the_dkim_records(auto_verify: bool | timedelta, soon: str, later: str) -> None:
    """The option ``auto_verify`` also publishes the DKIM records."""
    with mock_ses_verify(rate=None, clock=VirtualClock(), auto_verify=auto_verify) as ses:
        client = make_client()
        client.verify_domain_dkim(Domain=SITE)
        assert both(client) == (soon, soon)
        ses.clock.advance(hours=100)
        assert both(client) == (later, later)
        tokens = dkim(client)["DkimTokens"]
        published = [ses.dns.records(f"{token}._domainkey.{SITE}", "CNAME") for token in tokens]
        assert [len(one) for one in published] == [int(later == "Success")] * 3
