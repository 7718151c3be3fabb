"""The mails about verification that SES sends: to an address with its link, and to the account about a domain."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from clients import make_client
from fidelity import aws

from ses_stub import SESStub, VerificationEmail, VirtualClock, mock_ses_verify

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
OWNER = "owner-of-123456789012@aws-account.example"
DOMAIN = "Amazon SES Domain Verification "


@pytest.fixture
def ses() -> SESStub:
    return SESStub(region="us-east-1", clock=VirtualClock(), rate=None)


def notices(ses: SESStub) -> list[tuple[str, timedelta]]:
    """The mails about domains: what they say, and how long after the start."""
    return [
        (mail.subject.removeprefix(DOMAIN), mail.sent_at - START) for mail in ses.verification_emails if not mail.link
    ]


@aws("recorded, documented", "guide, Creating identities; mails of 2019 to 2021 that people have pasted")
def test_address_gets_a_link_for_24_hours(ses: SESStub) -> None:
    """An address is sent a link that works for 24 hours."""
    ses.attach(make_client()).verify_email_identity(EmailAddress="ann@example.com")
    (mail,) = ses.verification_emails
    assert (mail.to, mail.identity, mail.region, mail.account_id) == (
        "ann@example.com",
        "ann@example.com",
        "us-east-1",
        "123456789012",
    )
    assert mail.sender == "no-reply-aws@amazon.com"
    assert mail.subject == "Amazon Web Services – Email Address Verification Request in region us-east-1"
    assert mail.link in mail.body
    assert (mail.sent_at, mail.expires_at) == (START, START + timedelta(hours=24))


@aws("documented", "guide, Verified domain revocation; the end of the subject line is not known")
def test_domain_is_verified(ses: SESStub) -> None:
    """When a domain is verified the account is sent a mail, without a link."""
    ses.add_identity("example.com", "Pending")
    ses.clock.advance(hours=5)
    ses.publish_txt("example.com")
    (mail,) = ses.verification_emails
    assert (mail.to, mail.identity, mail.link, mail.expires_at) == (OWNER, "example.com", "", None)
    assert mail.subject == "Amazon SES Domain Verification SUCCESS"
    assert "verification process for the domain example.com in region us-east-1" in mail.body
    assert mail.sent_at == START + timedelta(hours=5)


@aws("recorded", "the failure mail pasted in StormSurgeLive/asgs issue 537")
def test_failed_domain_is_mailed_after_72_hours(ses: SESStub) -> None:
    """When no record is found for 72 hours the account is sent a mail, dated then, however late it is read."""
    ses.add_identity("example.com", "Pending")
    ses.clock.advance(days=30)
    (mail,) = ses.verification_emails
    assert "attempting to verify the domain example.com in region us-east-1 for the last 3 days" in mail.body
    assert notices(ses) == [("FAILURE", timedelta(hours=72))]


@aws("documented", "guide, Verified domain revocation")
def test_domain_is_revoked(ses: SESStub) -> None:
    """When a record vanishes a warning is sent, and after 72 hours the revocation."""
    ses.add_identity("example.com")
    ses.clock.advance(hours=1)
    ses.remove_txt("example.com")
    ses.clock.advance(days=9)
    assert notices(ses) == [("REVOCATION WARNING", timedelta(hours=1)), ("REVOCATION", timedelta(hours=73))]


@aws("documented", "guide, Verified domain revocation")
def test_revocation_is_cancelled(ses: SESStub) -> None:
    """When a record returns within 72 hours the cancellation is sent."""
    ses.add_identity("example.com")
    ses.remove_txt("example.com")
    ses.clock.advance(hours=71)
    ses.publish_txt("example.com")
    assert notices(ses) == [("REVOCATION WARNING", timedelta(0)), ("REVOCATION CANCELLATION", timedelta(hours=71))]


@aws("inferred", "guide, Verifying identities: it mentions only mails about domains")
def test_no_mail_for_an_expired_link(ses: SESStub) -> None:
    """No mail is sent when the link of an address expires."""
    ses.add_identity("ann@example.com", "Pending")
    ses.clock.advance(hours=25)
    assert ses.identity("ann@example.com").status == "Failed"
    assert [mail.to for mail in ses.verification_emails] == ["ann@example.com"]


def test_set_by_the_test(ses: SESStub) -> None:
    """A status that the test sets sends no mail about a domain."""
    ses.add_identity("example.com")
    ses.add_identity("example.com", "Failed")
    assert ses.verification_emails == []


def test_mails_of_all_regions_are_in_one_list() -> None:
    """Mails of all regions and accounts are in one list, each with its own region and account."""
    with mock_ses_verify(rate=None) as ses:
        for region in ("us-east-1", "eu-west-1"):
            ses.view(region=region, account_id="000000000001").add_identity("example.com", "Pending")
            ses.view(region=region, account_id="000000000001").publish_txt("example.com")
    assert [(mail.region, mail.to) for mail in ses.verification_emails] == [
        ("us-east-1", "owner-of-000000000001@aws-account.example"),
        ("eu-west-1", "owner-of-000000000001@aws-account.example"),
    ]


def test_mail_about_a_domain_is_not_clicked(ses: SESStub) -> None:
    """A mail to the account has no link to click."""
    ses.add_identity("example.com", "Pending")
    ses.publish_txt("example.com")
    with pytest.raises(LookupError, match="there are: none"):
        ses.click_verification_link(OWNER)


def test_equal_mails_are_equal() -> None:
    """A mail is a value: it is equal to another one with the same content."""
    mail = VerificationEmail("a@b.co", "us-east-1", "https://x", START, "123456789012", "a@b.co", "Hello")
    assert mail == VerificationEmail("a@b.co", "us-east-1", "https://x", START, "123456789012", "a@b.co", "Hello")
