"""SES v1 and v2 share the same identities: each shows what the other does."""

from __future__ import annotations

from typing import Any

import pytest
from clients import answered, names, refused, status
from fidelity import aws

from ses_stub import SESStub

SITE, USER = "example.com", "ann@example.com"
MAIL: dict[str, Any] = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}}
TO = {"ToAddresses": ["success@simulator.amazonses.com"]}


def get(v2: Any, name: str = SITE) -> Any:
    return v2.get_email_identity(EmailIdentity=name)


def one(v1: Any, operation: str, name: str = SITE) -> Any:
    """The entry of one identity in the response of a v1 operation."""
    answer = answered(getattr(v1, operation)(Identities=[name]))
    (attributes,) = answer.values()
    return attributes[name]


# Registration.


@aws("inferred", "guide: VerifyEmailIdentity and CreateEmailIdentity are alternatives, so one store")
@pytest.mark.parametrize("name", [USER, SITE])
def test_made_by_v1(v1: Any, v2: Any, name: str) -> None:
    """v2 shows an identity that v1 registered as Pending, and cannot create it again. A domain has no DKIM yet."""
    parameter = {"EmailAddress": name} if name == USER else {"Domain": name}
    (v1.verify_email_identity if name == USER else v1.verify_domain_identity)(**parameter)
    shown = get(v2, name)
    assert (shown["VerificationStatus"], shown["VerifiedForSendingStatus"]) == ("PENDING", False)
    assert shown["DkimAttributes"] == {
        "SigningEnabled": False,
        "Status": "NOT_STARTED",
        "SigningAttributesOrigin": "AWS_SES",
        "NextSigningKeyLength": "RSA_1024_BIT",
    }
    assert refused(v2.create_email_identity, EmailIdentity=name)[0] == "AlreadyExistsException"


@aws("inferred", "guide: both APIs look at one identity; no recording was found")
def test_domain_made_by_v2(v1: Any, v2: Any) -> None:
    """v1 shows a domain that v2 created as Pending, with the token that VerifyDomainIdentity returns."""
    v2.create_email_identity(EmailIdentity=SITE)
    shown = one(v1, "get_identity_verification_attributes")
    assert shown["VerificationStatus"] == "Pending"
    assert shown["VerificationToken"] == v1.verify_domain_identity(Domain=SITE)["VerificationToken"]


def test_address_made_by_v2(v1: Any, v2: Any) -> None:
    """v1 shows an address that v2 created as Pending, without a token."""
    v2.create_email_identity(EmailIdentity=USER)
    assert one(v1, "get_identity_verification_attributes", USER) == {"VerificationStatus": "Pending"}
    assert names(v1) == [USER]


@aws("reported", "hashicorp/terraform-provider-aws issue 41634; v1 has no word for it")
def test_pending_below_a_verified_domain(ses: SESStub, v1: Any, v2: Any) -> None:
    """An address that may send by its domain is still Pending in v1."""
    ses.add_identity(SITE)
    v2.create_email_identity(EmailIdentity=USER)
    assert status(v1, USER) == "Pending"
    assert get(v2, USER)["VerifiedForSendingStatus"] is True


# Verification.


def test_txt_record_verifies_a_domain_created_by_v2(ses: SESStub, v1: Any, v2: Any) -> None:
    """The TXT record verifies a domain that v2 created, whatever the status of its DKIM."""
    v2.create_email_identity(EmailIdentity=SITE)
    token = one(v1, "get_identity_verification_attributes")["VerificationToken"]
    ses.dns.add_txt(f"_amazonses.{SITE}", token)
    shown = get(v2)
    assert (shown["VerificationStatus"], shown["VerifiedForSendingStatus"]) == ("SUCCESS", True)
    assert shown["DkimAttributes"]["Status"] == "PENDING"


@aws("documented", "Reference, VerifyDomainIdentity: Success too when DKIM verified")
def test_dkim_records_verify_the_domain_for_both_apis(ses: SESStub, v1: Any, v2: Any) -> None:
    """The DKIM records of v2's tokens verify the domain for both APIs."""
    tokens = v2.create_email_identity(EmailIdentity=SITE)["DkimAttributes"]["Tokens"]
    for token in tokens:
        assert status(v1, SITE) == "Pending"
        ses.dns.add(f"{token}._domainkey.{SITE}", "CNAME", f"{token}.dkim.amazonses.com")
    assert status(v1, SITE) == "Success"
    assert one(v1, "get_identity_dkim_attributes") == {
        "DkimEnabled": True,
        "DkimVerificationStatus": "Success",
        "DkimTokens": tokens,
    }


def test_v1_dkim_tokens_are_those_of_v2(v1: Any, v2: Any) -> None:
    """VerifyDomainDkim returns v2's tokens, and starts DKIM for v2."""
    v1.verify_domain_identity(Domain=SITE)
    tokens = v1.verify_domain_dkim(Domain=SITE)["DkimTokens"]
    dkim = get(v2)["DkimAttributes"]
    assert (dkim["SigningEnabled"], dkim["Status"], dkim["Tokens"]) == (True, "PENDING", tokens)


@pytest.mark.parametrize(("name", "hours"), [(USER, 24), (SITE, 72)])
def test_failed_v2_domain_can_be_restarted_by_v1(ses: SESStub, v1: Any, v2: Any, name: str, hours: int) -> None:
    """A domain that v2 created fails after the same time. v1 can restart it; v2 must delete it first."""
    v2.create_email_identity(EmailIdentity=name)
    ses.clock.advance(hours=hours)
    assert get(v2, name)["VerificationStatus"] == "FAILED"
    assert refused(v2.create_email_identity, EmailIdentity=name)[0] == "AlreadyExistsException"
    if name == USER:
        v1.verify_email_identity(EmailAddress=name)
    else:
        v1.verify_domain_identity(Domain=name)
    assert get(v2, name)["VerificationStatus"] == "PENDING"


# Lists.


@aws("reported", "floci, probed: the tokens are shared")
def test_next_token_works_across_both_apis(ses: SESStub, v1: Any, v2: Any) -> None:
    """A list that one API begins can be continued by the other with its token."""
    for number in range(3):
        ses.add_identity(f"user{number}@example.com")
    rest = v2.list_email_identities(NextToken=v1.list_identities(MaxItems=1)["NextToken"])
    assert [item["IdentityName"] for item in rest["EmailIdentities"]] == ["user1@example.com", "user2@example.com"]
    token = v2.list_email_identities(PageSize=2)["NextToken"]
    assert v1.list_identities(NextToken=token)["Identities"] == ["user2@example.com"]


# Deletion.


@pytest.mark.parametrize("name", [USER, SITE])
def test_deleted_by_v1(v1: Any, v2: Any, name: str) -> None:
    """An identity that v1 deleted is gone for v2."""
    v2.create_email_identity(EmailIdentity=name)
    v1.delete_identity(Identity=name)
    assert refused(v2.get_email_identity, EmailIdentity=name)[0] == "NotFoundException"
    assert v2.list_email_identities()["EmailIdentities"] == []


@pytest.mark.parametrize("name", [USER, SITE])
def test_deleted_by_v2(ses: SESStub, v1: Any, v2: Any, name: str) -> None:
    """An identity that v2 deleted is gone for v1. v1 may delete it again, v2 may not."""
    ses.add_identity(name)
    v2.delete_email_identity(EmailIdentity=name)
    assert names(v1) == []
    assert status(v1, name) is None
    v1.delete_identity(Identity=name)
    assert refused(v2.delete_email_identity, EmailIdentity=name)[:2] == ("NotFoundException", 404)


def test_domain_lives_through_both_apis(ses: SESStub, v1: Any, v2: Any) -> None:
    """A domain is created by v2, verified with v1's waiter, sends by both, loses its records and is deleted."""

    def send() -> Any:
        content = {"Simple": MAIL}
        return v2.send_email(FromEmailAddress=USER, Destination=TO, Content=content)["MessageId"]

    v2.create_email_identity(EmailIdentity=SITE)
    assert refused(send)[0] == "MessageRejected"
    ses.after(hours=5).confirm(SITE)
    v1.get_waiter("identity_exists").wait(Identities=[SITE], WaiterConfig={"Delay": 3600, "MaxAttempts": 6})
    assert get(v2)["DkimAttributes"]["Status"] == "SUCCESS"
    by_v2 = send()
    by_v1 = v1.send_email(Source=USER, Destination=TO, Message=MAIL)["MessageId"]
    assert [(mail.message_id, mail.service) for mail in ses.sent_emails] == [(by_v2, "sesv2"), (by_v1, "ses")]
    ses.remove_dkim(SITE)
    ses.remove_txt(SITE)
    assert get(v2)["VerificationStatus"] == "TEMPORARY_FAILURE"
    ses.clock.advance(hours=72)
    assert (get(v2)["VerificationStatus"], status(v1, SITE)) == ("FAILED", "Failed")
    assert refused(send)[0] == "MessageRejected"
    v2.delete_email_identity(EmailIdentity=SITE)
    assert names(v1) == []
