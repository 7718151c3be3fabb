"""SES v2: DKIM as an attribute of an identity. For the effects of a change of keys see `test_dkim_keys`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from clients import answered, known, refused, shared_client
from fidelity import aws

from ses_stub import SESStub, mock_ses_verify

SITE, USER = "example.com", "ann@example.com"
NOW = datetime(2026, 3, 1, tzinfo=timezone.utc)
KEY = "MIICXAIBAAKBgQC="
OWN = {"DomainSigningSelector": "sel1", "DomainSigningPrivateKey": KEY}
HOSTED = {"SigningHostedZone": "dkim.amazonses.com"}
NO_DOMAIN = ("BadRequestException", 400, "The EmailIdentity value must be a valid domain.")
INCOMPLETE = "DomainSigningSelector and DomainSigningPrivateKey are required for EXTERNAL."


@pytest.fixture
def ses() -> Iterator[SESStub]:
    with mock_ses_verify(rate=None, freeze=NOW) as stub:
        yield stub


@pytest.fixture
def client(ses: SESStub) -> Any:
    return shared_client("sesv2")


def dkim(client: Any, name: str = SITE) -> Any:
    return client.get_email_identity(EmailIdentity=name)["DkimAttributes"]


def change(client: Any, origin: str, name: str = SITE, **signing: Any) -> Any:
    attributes = {"SigningAttributes": signing} if signing else {}
    answer = client.put_email_identity_dkim_signing_attributes(
        EmailIdentity=name, SigningAttributesOrigin=origin, **attributes
    )
    return answered(answer)


def switch(client: Any, on: bool, name: str = SITE) -> Any:
    return client.put_email_identity_dkim_attributes(EmailIdentity=name, SigningEnabled=on)


# Creation.


@aws("reported", "floci, probed: NOT_STARTED at first, PENDING with the next read")
def test_easy_dkim_goes_from_not_started_to_success(ses: SESStub, client: Any) -> None:
    """Easy DKIM is NOT_STARTED in the first response, then PENDING, and SUCCESS once its records are found."""
    first = client.create_email_identity(EmailIdentity=SITE)["DkimAttributes"]
    assert first["Status"] == "NOT_STARTED"
    assert dkim(client) == {**first, "Status": "PENDING"}
    ses.publish_dkim(SITE)
    assert dkim(client) == {**first, "Status": "SUCCESS"}
    assert client.get_email_identity(EmailIdentity=SITE)["VerifiedForSendingStatus"] is True


@aws("documented", "service model, DkimAttributes.Tokens: the records are searched for up to 72 hours")
def test_not_found_in_time(ses: SESStub, client: Any) -> None:
    """Records that are not found within 72 hours are no longer searched for."""
    client.create_email_identity(EmailIdentity=SITE)
    ses.clock.advance(hours=72)
    assert dkim(client)["Status"] == "FAILED"
    ses.publish_dkim(SITE)
    assert dkim(client)["Status"] == "FAILED"


@aws("documented", "service model, DkimSigningAttributes.NextSigningKeyLength")
@pytest.mark.parametrize("length", ["RSA_1024_BIT", "RSA_2048_BIT"])
def test_created_with_a_length(client: Any, length: str) -> None:
    """A domain may be created with a key of either length."""
    signing = {"NextSigningKeyLength": length}
    client.create_email_identity(EmailIdentity=SITE, DkimSigningAttributes=signing)
    shown = dkim(client)
    assert (shown["NextSigningKeyLength"], shown["CurrentSigningKeyLength"]) == (length, length)


@aws(
    "documented",
    "service model, DkimAttributes.Tokens: the selector; the guide's example, bring your own DKIM, has an empty list",
)
def test_created_with_an_own_key(client: Any) -> None:
    """A domain created with the customer's own key shows its selector as token, and no Easy DKIM key."""
    first = client.create_email_identity(EmailIdentity=SITE, DkimSigningAttributes=OWN)["DkimAttributes"]
    assert first == {
        "SigningEnabled": True,
        "Status": "NOT_STARTED",
        "SigningAttributesOrigin": "EXTERNAL",
        "Tokens": ["sel1"],
    }
    assert dkim(client) == {**first, "Status": "PENDING"}


def test_easy_dkim_can_begin_after_creation(ses: SESStub, client: Any) -> None:
    """PutEmailIdentityDkimSigningAttributes starts Easy DKIM for a domain that has none."""
    ses.add_identity(SITE)
    answer = change(client, "AWS_SES")
    shown = dkim(client)
    assert (shown["Status"], shown["SigningEnabled"], len(shown["Tokens"])) == ("PENDING", True, 3)
    assert answer == {
        "DkimStatus": "PENDING",
        "DkimTokens": shown["Tokens"],
        **known("PutEmailIdentityDkimSigningAttributesResponse", **HOSTED),
    }


# Other keys.


@aws("reported", "floci pull request 1904, probed")
def test_other_key_length_makes_new_tokens(ses: SESStub, client: Any) -> None:
    """A key of another length is new and has other tokens."""
    before = client.create_email_identity(EmailIdentity=SITE)["DkimAttributes"]
    ses.clock.advance(hours=25)
    tokens = change(client, "AWS_SES", NextSigningKeyLength="RSA_1024_BIT")["DkimTokens"]
    assert not set(tokens) & set(before["Tokens"])
    shown = dkim(client)
    assert shown["Tokens"] == tokens
    assert (shown["NextSigningKeyLength"], shown["CurrentSigningKeyLength"]) == ("RSA_1024_BIT", "RSA_1024_BIT")
    assert shown["LastKeyGenerationTimestamp"] == NOW + timedelta(hours=25)


@aws("documented", "service model, NextSigningKeyLength: `This can be changed at most once per day`; text unverified")
def test_key_length_changes_at_most_once_a_day(ses: SESStub, client: Any) -> None:
    """The length of the key changes at most once in 24 hours; the same length again is no change."""
    client.create_email_identity(EmailIdentity=SITE)
    tokens = change(client, "AWS_SES", NextSigningKeyLength="RSA_1024_BIT")["DkimTokens"]
    ses.clock.advance(hours=23)
    params = {"EmailIdentity": SITE, "SigningAttributesOrigin": "AWS_SES"}
    answer = refused(
        client.put_email_identity_dkim_signing_attributes,
        **params,
        SigningAttributes={"NextSigningKeyLength": "RSA_2048_BIT"},
    )
    assert answer == ("BadRequestException", 400, "The signing key length can be changed at most once per day.")
    assert change(client, "AWS_SES", NextSigningKeyLength="RSA_1024_BIT")["DkimTokens"] == tokens
    ses.clock.advance(hours=1)
    assert change(client, "AWS_SES", NextSigningKeyLength="RSA_2048_BIT")["DkimTokens"] != tokens


def test_back_to_the_first_length(ses: SESStub, client: Any) -> None:
    """Every change of the length makes a new key, even if that length was used before."""
    tokens = set(client.create_email_identity(EmailIdentity=SITE)["DkimAttributes"]["Tokens"])
    for length in ("RSA_1024_BIT", "RSA_2048_BIT"):
        tokens.update(change(client, "AWS_SES", NextSigningKeyLength=length)["DkimTokens"])
        ses.clock.advance(hours=24)
    assert len(tokens) == 9


def test_from_own_key_to_another_length(client: Any) -> None:
    """Requesting a length while the customer's own key is used makes a new key."""
    tokens = set(client.create_email_identity(EmailIdentity=SITE)["DkimAttributes"]["Tokens"])
    assert change(client, "EXTERNAL", **OWN) == {"DkimStatus": "PENDING", "DkimTokens": ["sel1"]}
    assert dkim(client)["SigningAttributesOrigin"] == "EXTERNAL"
    tokens.update(change(client, "AWS_SES", NextSigningKeyLength="RSA_1024_BIT")["DkimTokens"])
    assert len(tokens) == 6
    assert dkim(client)["SigningAttributesOrigin"] == "AWS_SES"


@aws("reported", "hogsend, met in production with CreateEmailIdentity; for the other operation inferred")
def test_length_beside_an_own_key_is_refused(ses: SESStub, client: Any) -> None:
    """The length of an Easy DKIM key cannot be given together with the customer's own key."""
    signing = {**OWN, "NextSigningKeyLength": "RSA_1024_BIT"}
    expected = (
        "BadRequestException",
        400,
        "NextSigningKeyLength cannot be used together with DomainSigningSelector and DomainSigningPrivateKey",
    )
    assert refused(client.create_email_identity, EmailIdentity=SITE, DkimSigningAttributes=signing) == expected
    assert ses.identities == {}
    client.create_email_identity(EmailIdentity=SITE)
    assert refused(lambda: change(client, "EXTERNAL", **signing)) == expected
    assert dkim(client)["SigningAttributesOrigin"] == "AWS_SES"


# Refused requests.


@aws("documented", "Guide, bring your own DKIM: selector and key; the model's patterns; the texts are unverified")
@pytest.mark.parametrize(
    ("signing", "text"),
    [
        ({"DomainSigningSelector": "sel1"}, INCOMPLETE),
        ({"DomainSigningPrivateKey": KEY}, INCOMPLETE),
        ({**OWN, "DomainSigningSelector": "a.b"}, "DomainSigningSelector a.b is invalid."),
        ({**OWN, "DomainSigningSelector": "-a"}, "DomainSigningSelector -a is invalid."),
        ({**OWN, "DomainSigningSelector": "a" * 64}, f"DomainSigningSelector {'a' * 64} is invalid."),
        (
            {**OWN, "DomainSigningPrivateKey": f"-----BEGIN RSA PRIVATE KEY-----\n{KEY}"},
            "DomainSigningPrivateKey must be base64 without header, footer and line breaks.",
        ),
    ],
    ids=["no-key", "no-selector", "dot", "dash", "long", "header"],
)
def test_own_key_needs_selector_and_private_key(ses: SESStub, client: Any, signing: dict[str, str], text: str) -> None:
    """The customer's own key needs a valid selector and private key, in every operation."""
    expected = ("BadRequestException", 400, text)
    assert refused(client.create_email_identity, EmailIdentity=SITE, DkimSigningAttributes=signing) == expected
    assert ses.identities == {}
    ses.add_identity(SITE)
    assert refused(lambda: change(client, "EXTERNAL", **signing)) == expected
    assert dkim(client)["Status"] == "NOT_STARTED"


@aws("unverified", "the text", question="no-signing-attributes")
def test_no_signing_attributes(ses: SESStub, client: Any) -> None:
    """EXTERNAL without attributes is refused."""
    ses.add_identity(SITE)
    assert refused(lambda: change(client, "EXTERNAL")) == ("BadRequestException", 400, INCOMPLETE)


@aws("reported", "floci, probed; for CreateEmailIdentity inferred from the model")
def test_address_cannot_have_its_own_dkim_keys(client: Any) -> None:
    """An address cannot have its own keys."""
    signing = {"NextSigningKeyLength": "RSA_1024_BIT"}
    assert refused(client.create_email_identity, EmailIdentity=USER, DkimSigningAttributes=signing) == NO_DOMAIN
    client.create_email_identity(EmailIdentity=USER)
    assert refused(lambda: change(client, "AWS_SES", USER)) == NO_DOMAIN


@aws("reported", "floci; the text is that of DeleteEmailIdentity")
def test_dkim_keys_of_an_unknown_domain_are_refused(client: Any) -> None:
    """Keys for an unknown domain are refused."""
    answer = refused(lambda: change(client, "AWS_SES"))
    assert answer == ("NotFoundException", 404, "Email identity example.com does not exist.")


# Turned on and off.


@aws("reported", "floci pull request 1904, probed: the status follows DNS alone")
def test_turning_dkim_signing_off_keeps_the_status(ses: SESStub, client: Any) -> None:
    """Signing can be turned off and on; the status stays."""
    client.create_email_identity(EmailIdentity=SITE)
    ses.publish_dkim(SITE)
    for on in (False, True):
        assert answered(switch(client, on)) == {}
        shown = dkim(client)
        assert (shown["SigningEnabled"], shown["Status"]) == (on, "SUCCESS")


@aws("reported", "floci, probed: a missing boolean is false")
def test_signing_not_said(client: Any) -> None:
    """Without SigningEnabled signing is turned off."""
    client.create_email_identity(EmailIdentity=SITE)
    client.put_email_identity_dkim_attributes(EmailIdentity=SITE)
    assert dkim(client)["SigningEnabled"] is False


@aws("reported", "floci pull request 723, probed: no 404")
@pytest.mark.parametrize("name", [SITE, USER])
def test_signing_of_no_domain(client: Any, name: str) -> None:
    """Signing cannot be turned on for an unknown domain, or for an address of one."""
    expected = ("BadRequestException", 400, "Domain example.com is not verified for DKIM signing.")
    assert refused(lambda: switch(client, True, name)) == expected


@aws("reported", "floci, probed")
def test_signing_of_an_address(ses: SESStub, client: Any) -> None:
    """Turning signing on for an address of a known domain changes nothing, even if the address is no identity."""
    client.create_email_identity(EmailIdentity=SITE)
    switch(client, False, USER)
    assert dkim(client)["SigningEnabled"] is True
    assert list(ses.identities) == [SITE]


@aws("reported", "floci pull request 1904, probed")
def test_address_shows_v2_dkim_of_its_domain(ses: SESStub, client: Any) -> None:
    """An address shows the DKIM of its domain, if that is an identity."""
    client.create_email_identity(EmailIdentity=USER)
    assert dkim(client, USER)["Status"] == "NOT_STARTED"
    client.create_email_identity(EmailIdentity=SITE)
    ses.publish_dkim(SITE)
    assert dkim(client, USER) == dkim(client)
    assert dkim(client, USER)["Status"] == "SUCCESS"
