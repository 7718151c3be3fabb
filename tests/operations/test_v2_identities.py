"""SES v2: identities are created, read, listed and deleted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from clients import STATUSES, answered, known, make_client, refused, shared_client
from fidelity import aws

from ses_stub import SESStub, mock_ses_verify

SITE, USER = "example.com", "ann@example.com"
NOW = datetime(2026, 3, 1, tzinfo=timezone.utc)


@pytest.fixture
def ses() -> Iterator[SESStub]:
    with mock_ses_verify(rate=None, freeze=NOW) as stub:
        yield stub


@pytest.fixture
def client(ses: SESStub) -> Any:
    return shared_client("sesv2")


def get(client: Any, name: str) -> Any:
    return answered(client.get_email_identity(EmailIdentity=name))


def listed(client: Any, **params: Any) -> list[str]:
    """The names in the response of ListEmailIdentities."""
    return [one["IdentityName"] for one in client.list_email_identities(**params)["EmailIdentities"]]


# Create.


@aws("reported", "getmoto/moto issue 9771, an answer of AWS's")
def test_created_address_is_mailed_and_cannot_send(ses: SESStub, client: Any) -> None:
    """A new address is sent a mail. The response says that it may not send yet, and nothing about DKIM."""
    answer = answered(client.create_email_identity(EmailIdentity=USER))
    assert answer == {"IdentityType": "EMAIL_ADDRESS", "VerifiedForSendingStatus": False}
    assert [mail.to for mail in ses.verification_emails] == [USER]


@aws("reported", "floci, probed: the first answer says NOT_STARTED")
def test_created_domain_gets_three_dkim_tokens(client: Any) -> None:
    """A new domain gets three Easy DKIM tokens in the first response, which says that DKIM is not started."""
    answer = answered(client.create_email_identity(EmailIdentity=SITE))
    tokens = answer["DkimAttributes"]["Tokens"]
    assert len(set(tokens)) == 3
    assert answer == {
        "IdentityType": "DOMAIN",
        "VerifiedForSendingStatus": False,
        "DkimAttributes": {
            "SigningEnabled": True,
            "Status": "NOT_STARTED",
            "Tokens": tokens,
            "SigningAttributesOrigin": "AWS_SES",
            "NextSigningKeyLength": "RSA_2048_BIT",
            "CurrentSigningKeyLength": "RSA_2048_BIT",
            "LastKeyGenerationTimestamp": NOW,
            **known("DkimAttributes", SigningHostedZone="dkim.amazonses.com"),
        },
    }


@aws("reported", "floci pull request 723, probed")
@pytest.mark.parametrize("name", [USER, SITE])
def test_existing_identity_cannot_be_created_again(ses: SESStub, client: Any, name: str) -> None:
    """An existing identity cannot be created again, and no second mail is sent."""
    client.create_email_identity(EmailIdentity=name)
    answer = refused(client.create_email_identity, EmailIdentity=name)
    assert answer == ("AlreadyExistsException", 400, f"Email identity {name} already exist.")
    assert len(ses.verification_emails) == (name == USER)


@aws("documented", 'Guide, creating-identities: "Domain names are case-insensitive", addresses are not')
def test_domain_case_is_ignored_and_address_case_kept(client: Any) -> None:
    """The case of a domain is ignored; addresses that differ in case are different."""
    for name in ("Example.COM", "ann@Example.com", "Ann@Example.com"):
        client.create_email_identity(EmailIdentity=name)
    assert listed(client) == [SITE, "ann@Example.com", "Ann@Example.com"]
    assert get(client, "EXAMPLE.com")["IdentityType"] == "DOMAIN"
    assert refused(client.get_email_identity, EmailIdentity=USER)[0] == "NotFoundException"


@aws("inferred", "the texts of v1 under the code of v2")
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ann@", "Invalid email address<ann@>."),
        ("a@b@example.com", "Invalid email address<a@b@example.com>."),
        ("ann @example.com", "Invalid email address<ann @example.com>."),
        ("example", "Invalid domain name example."),
        ("-a.example.com", "Invalid domain name -a.example.com."),
        ("bücher.example", "Invalid domain name bücher.example."),
    ],
)
def test_creating_a_malformed_name_is_refused(client: Any, name: str, text: str) -> None:
    """A name that is neither an address nor a domain is refused."""
    assert refused(client.create_email_identity, EmailIdentity=name) == ("BadRequestException", 400, text)
    assert listed(client) == []


@pytest.mark.parametrize(
    "name", ["user/name@example.com", "ann+label@example.com", "50%@example.com", "a?b=c&d#e@example.com"]
)
def test_characters_of_a_url(client: Any, name: str) -> None:
    """A name that is escaped in the URL is unescaped."""
    client.create_email_identity(EmailIdentity=name)
    assert get(client, name)["IdentityType"] == "EMAIL_ADDRESS"
    client.delete_email_identity(EmailIdentity=name)
    assert listed(client) == []


# Read.


@aws("reported", "getmoto/moto issue 9771, an answer of AWS's")
def test_created_address_is_shown_with_defaults(client: Any) -> None:
    """A new address is shown with the defaults of all its settings."""
    client.create_email_identity(EmailIdentity=USER)
    assert get(client, USER) == {
        "IdentityType": "EMAIL_ADDRESS",
        "FeedbackForwardingStatus": True,
        "VerifiedForSendingStatus": False,
        "DkimAttributes": {
            "SigningEnabled": False,
            "Status": "NOT_STARTED",
            "SigningAttributesOrigin": "AWS_SES",
            "NextSigningKeyLength": "RSA_1024_BIT",
        },
        "MailFromAttributes": {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"},
        "Policies": {},
        "Tags": [],
        **known("GetEmailIdentityResponse", VerificationStatus="PENDING", VerificationInfo={}),
    }


@aws("reported", "floci, probed: the next read says PENDING")
def test_created_domain_is_shown_with_pending_dkim(client: Any) -> None:
    """A new domain is shown with its DKIM, which is PENDING by then."""
    checks = {"LastCheckedTimestamp": NOW, "ErrorType": "HOST_NOT_FOUND"}
    created = client.create_email_identity(EmailIdentity=SITE)["DkimAttributes"]
    assert get(client, SITE) == {
        "IdentityType": "DOMAIN",
        "FeedbackForwardingStatus": True,
        "VerifiedForSendingStatus": False,
        "DkimAttributes": {**created, "Status": "PENDING"},
        "MailFromAttributes": {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"},
        "Policies": {},
        "Tags": [],
        **known("GetEmailIdentityResponse", VerificationStatus="PENDING", VerificationInfo=checks),
    }


@aws("inferred", "the names of one list are those of the other; that a domain sends meanwhile is implied by the guide")
@pytest.mark.parametrize("name", [USER, SITE])
@pytest.mark.parametrize(("v1", "v2"), STATUSES.items(), ids=STATUSES.values())
def test_each_v1_status_has_a_v2_name(ses: SESStub, client: Any, name: str, v1: str, v2: str) -> None:
    """Each status of v1 has a name in v2. Success and Temporary Failure may send."""
    ses.add_identity(name, v1)
    may_send = v2 in ("SUCCESS", "TEMPORARY_FAILURE")
    shown = get(client, name)
    assert (shown["VerificationStatus"], shown["VerifiedForSendingStatus"]) == (v2, may_send)
    (item,) = client.list_email_identities()["EmailIdentities"]
    assert item == {
        "IdentityName": name,
        "IdentityType": "EMAIL_ADDRESS" if name == USER else "DOMAIN",
        "SendingEnabled": may_send,
        "VerificationStatus": v2,
    }


@aws("reported", "hashicorp/terraform-provider-aws issue 41634")
@pytest.mark.parametrize("name", [USER, "mail.example.com"])
def test_verified_by_its_domain(ses: SESStub, client: Any, name: str) -> None:
    """A Pending identity may send if a domain above it is verified."""
    ses.add_identity(SITE)
    assert client.create_email_identity(EmailIdentity=name)["VerifiedForSendingStatus"] is True
    shown = get(client, name)
    assert (shown["VerificationStatus"], shown["VerifiedForSendingStatus"]) == ("PENDING", True)
    assert client.list_email_identities()["EmailIdentities"][1]["SendingEnabled"] is True
    client.delete_email_identity(EmailIdentity=SITE)
    assert get(client, name)["VerifiedForSendingStatus"] is False


def test_clicked_link_verifies_a_v2_address(ses: SESStub, client: Any) -> None:
    """The link in the mail verifies an address."""
    client.create_email_identity(EmailIdentity=USER)
    ses.click_verification_link(USER)
    shown = get(client, USER)
    assert (shown["VerificationStatus"], shown["VerifiedForSendingStatus"]) == ("SUCCESS", True)


# List.


@aws("reported", "floci, probed: a page is of 25")
def test_v2_page_has_25_identities_by_default(client: Any) -> None:
    """A page has 25 identities by default; the tokens lead through all pages in order."""
    every = [f"user{number}@example.com" for number in range(51)]
    for name in every:
        client.create_email_identity(EmailIdentity=name)
    pages, token = [], {}
    while not pages or token:
        answer = client.list_email_identities(**token)
        pages.append([one["IdentityName"] for one in answer["EmailIdentities"]])
        token = {"NextToken": answer["NextToken"]} if "NextToken" in answer else {}
    assert [len(page) for page in pages] == [25, 25, 1]
    assert [name for page in pages for name in page] == every


@pytest.mark.parametrize(("size", "left"), [(1, True), (2, True), (3, False), (1000, False)])
def test_v2_page_has_the_requested_size(ses: SESStub, client: Any, size: int, left: bool) -> None:
    """A page has the requested size, and a token only if more follow."""
    for number in range(3):
        ses.add_identity(f"user{number}@example.com")
    answer = client.list_email_identities(PageSize=size)
    assert len(answer["EmailIdentities"]) == min(size, 3)
    assert ("NextToken" in answer) is left


@aws("reported", "floci, probed")
@pytest.mark.parametrize("size", [0, -1, 1001])
def test_page_of_no_size(client: Any, size: int) -> None:
    """An invalid size is refused."""
    text = f"Value {size} for parameter PageSize is invalid. PageSize must be between 1 and 1000."
    assert refused(client.list_email_identities, PageSize=size) == ("BadRequestException", 400, text)


@aws("reported", "floci, probed")
def test_unknown_v2_page_token_is_refused(ses: SESStub, client: Any) -> None:
    """An unknown token is refused; an empty token means the first page."""
    ses.add_identity(USER)
    answer = refused(client.list_email_identities, NextToken="abc")
    assert answer == ("BadRequestException", 400, "Invalid NextToken <abc>.")
    assert listed(client, NextToken="") == [USER]


# Delete.


@aws("recorded, reported", "wesen/hair-booking c0861fdb: GetEmailIdentity; floci pull request 723, probed: the other")
@pytest.mark.parametrize(
    ("operation", "text"),
    [
        ("get_email_identity", "Email identity <{}> does not exist."),
        ("delete_email_identity", "Email identity {} does not exist."),
    ],
)
@pytest.mark.parametrize("name", [USER, SITE, "no identity", "é@example.com"])
def test_unknown_v2_identity_is_not_found(client: Any, operation: str, text: str, name: str) -> None:
    """An unknown identity can be neither read nor deleted; only the first text has angle brackets."""
    answer = refused(getattr(client, operation), EmailIdentity=name)
    assert answer == ("NotFoundException", 404, text.format(name))


@pytest.mark.parametrize("name", [USER, SITE])
def test_deleted_v2_identity_loses_everything(client: Any, name: str) -> None:
    """Deleting an identity deletes all its settings; it can be created again."""
    client.create_configuration_set(ConfigurationSetName="set")
    client.create_email_identity(EmailIdentity=name, Tags=[{"Key": "a", "Value": "b"}], ConfigurationSetName="set")
    assert answered(client.delete_email_identity(EmailIdentity=name)) == {}
    assert refused(client.delete_email_identity, EmailIdentity=name)[0] == "NotFoundException"
    client.create_email_identity(EmailIdentity=name)
    shown = get(client, name)
    assert shown["Tags"] == []
    assert "ConfigurationSetName" not in shown


def test_each_region_has_its_own_v2_identities(ses: SESStub, client: Any) -> None:
    """Each region has its own identities."""
    client.create_email_identity(EmailIdentity=USER)
    elsewhere = make_client("sesv2", "eu-west-1")
    assert listed(elsewhere) == []
    elsewhere.create_email_identity(EmailIdentity=USER)
    assert [mail.region for mail in ses.verification_emails] == ["us-east-1", "eu-west-1"]
