"""DKIM keys: the customer's own key (BYODKIM), and how a change of keys affects the domain."""

from __future__ import annotations

from typing import Any

import pytest
from clients import shared_client
from fidelity import aws

from ses_stub import SESStub

SITE = "example.com"
OWN: dict[str, Any] = {"DomainSigningSelector": "sel1", "DomainSigningPrivateKey": "aGVsbG8="}
LONGER = {"NextSigningKeyLength": "RSA_2048_BIT"}
SHORTER = {"NextSigningKeyLength": "RSA_1024_BIT"}


@pytest.fixture
def client(ses: SESStub) -> Any:
    return shared_client("sesv2")


def both(client: Any) -> tuple[bool, str]:
    """Whether the domain may send, and the status of its DKIM."""
    answer = client.get_email_identity(EmailIdentity=SITE)
    return answer["VerifiedForSendingStatus"], answer["DkimAttributes"]["Status"]


def change(client: Any, origin: str, **signing: Any) -> Any:
    attributes = {"SigningAttributes": signing} if signing else {}
    return client.put_email_identity_dkim_signing_attributes(
        EmailIdentity=SITE, SigningAttributesOrigin=origin, **attributes
    )


@aws("documented", 'Guide, creating-identities: a TXT record with "p=" at the selector\'s name')
@pytest.mark.parametrize(
    ("name", "value", "after"),
    [
        ("sel1._domainkey.example.com", "p=MIGf", (True, "SUCCESS")),
        ("sel1._domainkey.example.com", '"v=DKIM1; k=rsa; p=MIGf"', (True, "SUCCESS")),
        ("sel1._domainkey.example.com", "MIGf", (False, "PENDING")),
        ("sel2._domainkey.example.com", "p=MIGf", (False, "PENDING")),
    ],
    ids=["key", "key-among-others", "no-key", "other-selector"],
)
def test_own_dkim_key_is_found(ses: SESStub, client: Any, name: str, value: str, after: tuple[bool, str]) -> None:
    """The customer's own key is looked up in the TXT record of its selector."""
    client.create_email_identity(EmailIdentity=SITE, DkimSigningAttributes=OWN)
    ses.dns.add(name, "TXT", value)
    assert both(client) == after


def test_publish_own_key(ses: SESStub, client: Any) -> None:
    """``publish_dkim`` publishes the TXT record of the customer's own key, ``remove_dkim`` removes it."""
    client.create_email_identity(EmailIdentity=SITE, DkimSigningAttributes=OWN)
    ses.publish_dkim(SITE)
    assert both(client) == (True, "SUCCESS")
    ses.remove_dkim(SITE)
    assert both(client)[1] == "TEMPORARY_FAILURE"
    assert ses.dns.txt(f"sel1._domainkey.{SITE}") == ()


CHANGES = [
    pytest.param("AWS_SES", SHORTER, id="other-length"),
    pytest.param("EXTERNAL", OWN, id="own-key"),
]


@pytest.mark.parametrize(("origin", "signing"), CHANGES)
@aws("reported", "floci pull request 1904, probed: a new key is PENDING and revokes nothing")
def test_changed_keys_leave_domain_verified(ses: SESStub, client: Any, origin: str, signing: dict[str, Any]) -> None:
    """After a change of keys DKIM is Pending until they are found; the domain stays verified."""
    client.create_email_identity(EmailIdentity=SITE)
    ses.publish_dkim(SITE)
    assert change(client, origin, **signing)["DkimStatus"] == "PENDING"
    assert both(client) == (True, "PENDING")
    assert ses.identity(SITE).status == "Success"
    ses.clock.advance(hours=71)
    ses.publish_dkim(SITE)
    assert both(client) == (True, "SUCCESS")


@pytest.mark.parametrize(("origin", "signing"), CHANGES)
@aws("inferred", "the old key signs no more once the new one has failed")
def test_changed_dkim_keys_fail_after_72_hours(ses: SESStub, client: Any, origin: str, signing: dict[str, Any]) -> None:
    """New keys that are not found within 72 hours fail, and the domain begins to lose its verification."""
    client.create_email_identity(EmailIdentity=SITE)
    ses.publish_dkim(SITE)
    change(client, origin, **signing)
    ses.clock.advance(hours=72)
    assert both(client)[1] == "FAILED"
    assert ses.identity(SITE).status == "TemporaryFailure"
    ses.clock.advance(hours=72)
    assert ses.identity(SITE).status == "Failed"


@aws("reported", "floci pull request 1904, probed")
@pytest.mark.parametrize("signing", [{}, LONGER], ids=["none", "same-length"])
def test_requesting_current_dkim_keys_changes_nothing(ses: SESStub, client: Any, signing: dict[str, Any]) -> None:
    """Requesting the current keys keeps tokens and status."""
    tokens = client.create_email_identity(EmailIdentity=SITE)["DkimAttributes"]["Tokens"]
    ses.publish_dkim(SITE)
    answer = change(client, "AWS_SES", **signing)
    assert (answer["DkimTokens"], answer["DkimStatus"]) == (tokens, "SUCCESS")


@aws("inferred", "the old records are still published")
def test_back_to_the_old_keys(ses: SESStub, client: Any) -> None:
    """Going back to keys whose records still exist finds them immediately."""
    client.create_email_identity(EmailIdentity=SITE)
    ses.publish_dkim(SITE)
    change(client, "EXTERNAL", **OWN)
    change(client, "AWS_SES")
    assert both(client) == (True, "SUCCESS")
    ses.remove_dkim(SITE)
    assert ses.identity(SITE).status == "TemporaryFailure"


def test_deletion_during_key_change_starts_fresh(ses: SESStub, client: Any) -> None:
    """A domain that is deleted during a change of keys starts fresh; no old key verifies it."""
    client.create_email_identity(EmailIdentity=SITE)
    ses.publish_dkim(SITE)
    change(client, "EXTERNAL", **OWN)
    client.delete_email_identity(EmailIdentity=SITE)
    ses.add_identity(SITE)
    change(client, "EXTERNAL", **OWN)
    ses.remove_txt(SITE)
    assert ses.identity(SITE).status == "TemporaryFailure"
