"""The deprecated operations on addresses, which have newer equivalents."""

from __future__ import annotations

from typing import Any

import pytest
from clients import answered, make_client, names, refused, shared_client, status
from fidelity import aws

from ses_stub import SESStub, mock_ses_verify

SITE, USER = "example.com", "ann@example.com"


@pytest.fixture
def client(ses: SESStub) -> Any:
    return shared_client()


def verified(client: Any) -> list[str]:
    found: list[str] = client.list_verified_email_addresses()["VerifiedEmailAddresses"]
    return found


@aws("documented", 'Reference: VerifyEmailAddress is "deprecated. Use the VerifyEmailIdentity operation"')
def test_verify_email_address_registers_and_mails_a_link(ses: SESStub, client: Any) -> None:
    """VerifyEmailAddress registers an address and sends its mail; a click verifies it."""
    assert answered(client.verify_email_address(EmailAddress=USER)) == {}
    assert [mail.to for mail in ses.verification_emails] == [USER]
    assert (names(client), status(client, USER), verified(client)) == ([USER], "Pending", [])
    ses.click_verification_link(USER)
    assert (status(client, USER), verified(client)) == ("Success", [USER])


@aws("inferred", "as VerifyEmailIdentity, whose error is recorded")
@pytest.mark.parametrize("address", [SITE, "ann@", "a b@example.com", ""])
def test_verify_email_address_refuses_a_malformed_address(ses: SESStub, client: Any, address: str) -> None:
    """A malformed address is refused."""
    error = ("InvalidParameterValue", 400, f"Invalid email address<{address}>.")
    assert refused(client.verify_email_address, EmailAddress=address) == error
    assert ses.identities == {}


@aws("documented", 'Reference, ListVerifiedEmailAddresses: "all of the email addresses that have been verified"')
@pytest.mark.parametrize("other", ["Pending", "Failed", "TemporaryFailure", "NotStarted"])
def test_only_verified_addresses_are_listed(ses: SESStub, client: Any, other: str) -> None:
    """Verified addresses are listed in the order of registration; others and domains are not."""
    for name in (SITE, "zoe@example.com", "Ann@Example.com", USER):
        ses.add_identity(name)
    ses.add_identity("bob@example.com", other)
    assert verified(client) == ["zoe@example.com", "Ann@Example.com", USER]


@aws("inferred", "no page size and no token in the service model")
def test_list_has_no_pages(ses: SESStub, client: Any) -> None:
    """All addresses are in one response, even more than a page of ListIdentities; without any it is empty."""
    assert verified(client) == []
    wanted = [f"u{i}@example.com" for i in range(1001)]
    for name in wanted:
        ses.add_identity(name)
    assert verified(client) == wanted


def test_list_of_a_region(ses: SESStub, client: Any) -> None:
    """Each region lists its own."""
    ses.add_identity(USER)
    assert verified(make_client(region="eu-west-1")) == []


@aws("unverified", "whether an answer shows an identity at once", question="shown-at-once")
def test_new_address_is_listed_at_once() -> None:
    """A new address that is verified is in the next list."""
    with mock_ses_verify(rate=None, auto_verify=True):
        client = make_client()
        client.verify_email_address(EmailAddress=USER)
        assert verified(client) == [USER]


@aws("documented", "Reference: DeleteVerifiedEmailAddress is deprecated for DeleteIdentity; no error is named")
@pytest.mark.parametrize("before", ["Success", "Pending", "Failed"])
def test_delete_verified_email_address_removes_any_status(ses: SESStub, client: Any, before: str) -> None:
    """DeleteVerifiedEmailAddress deletes an address in any status, and keeps the others."""
    ses.add_identity(USER, before)
    ses.add_identity("bob@example.com")
    for _ in range(2):
        assert answered(client.delete_verified_email_address(EmailAddress=USER)) == {}
        assert names(client) == verified(client) == ["bob@example.com"]


@aws("reported", "floci: no error; that a domain stays is inferred")
@pytest.mark.parametrize("address", [SITE, "", "no address", "ANN@example.com", "bob@example.com"])
def test_deleting_an_unknown_address_does_nothing(ses: SESStub, client: Any, address: str) -> None:
    """Deleting an unknown address, or a domain, does nothing."""
    ses.add_identity(SITE)
    ses.add_identity(USER)
    client.delete_verified_email_address(EmailAddress=address)
    assert names(client) == [SITE, USER]
