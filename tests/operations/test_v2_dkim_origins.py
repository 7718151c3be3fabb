"""SES v2: where the DKIM keys of a domain may come from, which each operation says in its own way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from clients import known, make_client, refused, shared_client
from fidelity import aws

from ses_stub import SESStub, VirtualClock, mock_ses_verify
from ses_stub._model.replicas import REGIONS

SITE, ORIGIN = "example.com", "AWS_SES_US_EAST_1"
KEY = {"DomainSigningSelector": "sel1", "DomainSigningPrivateKey": "MIICXAIBAAKBgQC="}
creates = pytest.mark.skipif(
    not known("DkimSigningAttributes", DomainSigningAttributesOrigin=""),
    reason="this botocore has no DomainSigningAttributesOrigin",
)


@pytest.fixture
def ses() -> Iterator[SESStub]:
    with mock_ses_verify(rate=None, clock=VirtualClock(), region="eu-west-1") as stub:
        yield stub


@pytest.fixture
def client(ses: SESStub) -> Any:
    return shared_client("sesv2", "eu-west-1", parameter_validation=False)


def create(client: Any, origin: str, **signing: str) -> Any:
    return client.create_email_identity(
        EmailIdentity=SITE, DkimSigningAttributes={"DomainSigningAttributesOrigin": origin, **signing}
    )


def change(client: Any, origin: str, **signing: str) -> Any:
    return client.put_email_identity_dkim_signing_attributes(
        EmailIdentity=SITE, SigningAttributesOrigin=origin, SigningAttributes=signing
    )


@creates
@aws("documented", "service model, DomainSigningAttributesOrigin: all values but AWS_SES; the text is unverified")
def test_easy_dkim_is_no_origin_of_a_new_domain(ses: SESStub, client: Any) -> None:
    """CreateEmailIdentity does not take AWS_SES, which is what it does without an origin."""
    text = "DomainSigningAttributesOrigin AWS_SES is not allowed."
    assert refused(create, client=client, origin="AWS_SES") == ("BadRequestException", 400, text)
    assert ses.identities == {}


@creates
@aws("reported", "hogsend and e2a create domains so in production, though the service model excludes EXTERNAL")
def test_new_domain_may_say_that_its_key_is_its_own(client: Any) -> None:
    """CreateEmailIdentity takes EXTERNAL together with the domain's own key."""
    answer = create(client, "EXTERNAL", **KEY)
    assert answer["DkimAttributes"]["SigningAttributesOrigin"] == "EXTERNAL"


@creates
@aws("documented", "service model, DomainSigningAttributesOrigin: for Put none of the values; the text is unverified")
def test_origin_inside_the_attributes_is_refused(client: Any) -> None:
    """PutEmailIdentityDkimSigningAttributes takes the origin beside the attributes only."""
    client.create_email_identity(EmailIdentity=SITE)
    text = f"DomainSigningAttributesOrigin {ORIGIN} is not allowed."
    error = refused(lambda: change(client, ORIGIN, DomainSigningAttributesOrigin=ORIGIN))
    assert error == ("BadRequestException", 400, text)


@aws("inferred", "the validator's text for an enumeration; botocore checks none")
@pytest.mark.parametrize("origin", ["AWS_SES_US_EAST_9", "aws_ses", "AWS_SES_us-east-1", ""])
def test_unknown_origin_is_refused(client: Any, origin: str) -> None:
    """An origin that the service model does not have is refused, and the error lists those that it has."""
    client.create_email_identity(EmailIdentity=SITE)
    code, http, text = refused(lambda: change(client, origin))
    start, _, values = text.partition("enum value set: ")
    assert (code, http) == ("BadRequestException", 400)
    assert start.startswith("1 validation error detected: Value at 'signingAttributesOrigin' failed")
    assert {"AWS_SES", "EXTERNAL", ORIGIN} <= set(values.strip("[]").split(", "))
    assert client.get_email_identity(EmailIdentity=SITE)["DkimAttributes"]["SigningAttributesOrigin"] == "AWS_SES"


def test_regions_are_those_of_the_service_model() -> None:
    """A parent may be in every region that the installed service model names."""
    shape = make_client("sesv2").meta.service_model.shape_for("DkimSigningAttributesOrigin")
    origins = {f"AWS_SES_{region.upper().replace('-', '_')}" for region in REGIONS}
    assert set(shape.enum) <= {"AWS_SES", "EXTERNAL", *origins}
