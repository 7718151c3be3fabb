"""``confirm``: an address or domain is verified now, with everything that SES waits for."""

from __future__ import annotations

from typing import Any

import pytest
from clients import make_client, shared_client, status

from ses_stub import SESStub

SITE, USER, MAIL = "example.com", "ann@example.com", "mail.example.com"


@pytest.fixture
def client(ses: SESStub) -> Any:
    return shared_client()


def test_address_is_verified_by_its_link(ses: SESStub, client: Any) -> None:
    """``confirm`` clicks the link of an address."""
    client.verify_email_identity(EmailAddress=USER)
    ses.confirm(USER)
    assert status(client, USER) == "Success"


def test_domain_is_verified_by_its_record(ses: SESStub, client: Any) -> None:
    """``confirm`` publishes the TXT record of a domain, whose name may be in any case."""
    token = client.verify_domain_identity(Domain=SITE)["VerificationToken"]
    ses.confirm("Example.COM")
    assert status(client, SITE) == "Success"
    assert ses.dns.txt(f"_amazonses.{SITE}") == (token,)


def test_dkim_and_mail_from_are_verified_too(ses: SESStub, client: Any) -> None:
    """``confirm`` publishes all records that SES waits for, not only the domain's TXT record."""
    ses.add_identity(SITE)
    client.set_identity_mail_from_domain(Identity=SITE, MailFromDomain=MAIL)
    ses.add_identity(SITE, "Pending")
    client.verify_domain_dkim(Domain=SITE)
    ses.confirm(SITE)
    dkim = client.get_identity_dkim_attributes(Identities=[SITE])["DkimAttributes"][SITE]
    mail_from = client.get_identity_mail_from_domain_attributes(Identities=[SITE])["MailFromDomainAttributes"][SITE]
    assert status(client, SITE) == dkim["DkimVerificationStatus"] == mail_from["MailFromDomainStatus"] == "Success"


def test_identity_of_v2_is_verified(ses: SESStub) -> None:
    """An identity that was created by API v2 waits for DKIM, which is enough to verify it."""
    client = make_client("sesv2")
    client.create_email_identity(EmailIdentity=SITE)
    ses.confirm(SITE)
    answer = client.get_email_identity(EmailIdentity=SITE)
    assert answer["VerifiedForSendingStatus"]
    assert answer["DkimAttributes"]["Status"] == "SUCCESS"


def test_failed_identity_stays_failed(ses: SESStub, client: Any) -> None:
    """An identity that has Failed stays Failed, and the timeline says so."""
    client.verify_email_identity(EmailAddress=USER)
    ses.clock.advance(hours=24)
    ses.confirm(USER)
    assert status(client, USER) == "Failed"
    assert "Failed -> Failed" in str(ses.timeline())


def test_unknown_identity_is_an_error(ses: SESStub) -> None:
    """An unknown name is an error that suggests the nearest known name."""
    ses.add_identity(SITE, "Pending")
    with pytest.raises(LookupError, match=r"no identity 'exmple\.com' .*did you mean 'example\.com'"):
        ses.confirm("exmple.com")
