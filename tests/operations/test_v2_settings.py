"""SES v2: other settings of an identity: MAIL FROM, forwarding, configuration set, policies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from clients import answered, refused, shared_client
from fidelity import aws

from ses_stub import SESStub, VirtualClock, mock_ses_verify

SITE, USER = "example.com", "ann@example.com"
BOUNCE = "bounce.example.com"
POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ses:SendEmail"}]}'
OTHER = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"ses:SendRawEmail"}]}'


@pytest.fixture
def ses() -> Iterator[SESStub]:
    with mock_ses_verify(rate=None, clock=VirtualClock(), identities=[SITE]) as stub:
        yield stub


@pytest.fixture
def client(ses: SESStub) -> Any:
    return shared_client("sesv2")


def get(client: Any, name: str = SITE) -> Any:
    return client.get_email_identity(EmailIdentity=name)


def bad(text: str) -> tuple[str, int, str]:
    return "BadRequestException", 400, text


def missing(text: str) -> tuple[str, int, str]:
    return "NotFoundException", 404, text


# MAIL FROM.


def put_mail_from(client: Any, name: str = SITE, **params: Any) -> Any:
    return client.put_email_identity_mail_from_attributes(EmailIdentity=name, **params)


@aws("documented", "Guide, custom MAIL FROM domain: Pending, then Success once the MX record is found")
@pytest.mark.parametrize("name", [SITE, USER])
def test_v2_mail_from_is_pending_until_found(ses: SESStub, client: Any, name: str) -> None:
    """A MAIL FROM domain is PENDING until its records are found."""
    ses.add_identity(name)
    answer = put_mail_from(client, name, MailFromDomain=BOUNCE, BehaviorOnMxFailure="REJECT_MESSAGE")
    assert answered(answer) == {}
    expected = {"MailFromDomain": BOUNCE, "BehaviorOnMxFailure": "REJECT_MESSAGE"}
    assert get(client, name)["MailFromAttributes"] == {**expected, "MailFromDomainStatus": "PENDING"}
    ses.publish_mail_from(name)
    assert get(client, name)["MailFromAttributes"] == {**expected, "MailFromDomainStatus": "SUCCESS"}


@aws("documented", "Guide, custom MAIL FROM domain: searched for during 72 hours")
def test_mail_from_not_found(ses: SESStub, client: Any) -> None:
    """The MAIL FROM domain is FAILED if its records are not found within 72 hours."""
    put_mail_from(client, MailFromDomain=BOUNCE)
    ses.clock.advance(hours=72)
    assert get(client)["MailFromAttributes"] == {
        "MailFromDomain": BOUNCE,
        "MailFromDomainStatus": "FAILED",
        "BehaviorOnMxFailure": "USE_DEFAULT_VALUE",
    }


@aws("reported", "floci: taking it away resets the behaviour too; that the member is optional is the model's")
@pytest.mark.parametrize("params", [{}, {"MailFromDomain": ""}], ids=["absent", "empty"])
def test_v2_mail_from_is_removed_without_a_domain(client: Any, params: dict[str, str]) -> None:
    """A request without a MAIL FROM domain removes it and its behavior."""
    put_mail_from(client, MailFromDomain=BOUNCE, BehaviorOnMxFailure="REJECT_MESSAGE")
    put_mail_from(client, BehaviorOnMxFailure="REJECT_MESSAGE", **params)
    assert get(client)["MailFromAttributes"] == {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"}


@aws("reported", "floci; the angle brackets are AWS's")
def test_v2_mail_from_of_unknown_identity_is_refused(client: Any) -> None:
    """An unknown identity is refused with status 400, not 404."""
    answer = refused(lambda: put_mail_from(client, "example.org", MailFromDomain="bounce.example.org"))
    assert answer == bad("Identity <example.org> does not exist.")


@aws("recorded", "terraform-provider-aws, sesv2/email_identity_mail_from_attributes_test.go, which runs against AWS")
def test_v2_mail_from_does_not_need_a_verified_identity(ses: SESStub, client: Any) -> None:
    """A domain that is not verified yet may have a MAIL FROM domain."""
    client.create_email_identity(EmailIdentity="example.org")
    put_mail_from(client, "example.org", MailFromDomain="bounce.example.org")
    assert get(client, "example.org")["MailFromAttributes"]["MailFromDomainStatus"] == "PENDING"


@aws(
    "documented, unverified",
    "service model: a subdomain; the first text is recorded of v1, not when it comes",
    question="mail-from-elsewhere",
)
def test_mail_from_refused(ses: SESStub, client: Any) -> None:
    """A MAIL FROM domain must be a subdomain of its identity, which must not have failed."""
    ses.add_identity("example.org", "Failed")
    below = refused(lambda: put_mail_from(client, "example.org", MailFromDomain="bounce.example.org"))
    assert below[:2] == ("BadRequestException", 400)
    assert "or its parents are not verified for identity <example.org>." in below[2]
    aside = refused(lambda: put_mail_from(client, MailFromDomain="bounce.example.org"))
    assert aside[:2] == ("BadRequestException", 400)
    assert "is not subdomain of the domain of the identity <example.com>." in aside[2]


@aws("reported", "floci")
def test_unknown_mail_from_behavior_is_refused(client: Any) -> None:
    """An unknown behavior is refused, and the error lists the valid ones."""
    answer = refused(lambda: put_mail_from(client, BehaviorOnMxFailure="BOUNCE"))
    assert answer[:2] == ("BadRequestException", 400)
    start, _, values = answer[2].partition("enum value set: ")
    assert start == (
        "1 validation error detected: Value at 'behaviorOnMxFailure' failed to satisfy constraint: Member must satisfy "
    )
    assert sorted(values.strip("[]").split(", ")) == ["REJECT_MESSAGE", "USE_DEFAULT_VALUE"]


# Forwarding, configuration set.


@aws("reported", "floci, probed: a missing boolean is false")
@pytest.mark.parametrize(
    ("params", "after"),
    [({"EmailForwardingEnabled": True}, True), ({"EmailForwardingEnabled": False}, False), ({}, False)],
    ids=["on", "off", "not-said"],
)
def test_v2_feedback_forwarding_is_off_unless_requested(client: Any, params: dict[str, bool], after: bool) -> None:
    """Forwarding of bounces by mail can be set; without the parameter it is turned off."""
    client.put_email_identity_feedback_attributes(EmailIdentity=SITE, EmailForwardingEnabled=not after)
    client.put_email_identity_feedback_attributes(EmailIdentity=SITE, **params)
    assert get(client)["FeedbackForwardingStatus"] is after


@aws("reported", "floci")
def test_v2_forwarding_of_unknown_identity_is_refused(client: Any) -> None:
    """An unknown identity is refused with status 400, not 404."""
    answer = refused(client.put_email_identity_feedback_attributes, EmailIdentity=USER)
    assert answer == bad(f"Identity {USER} is invalid. Must be a verified email address or domain.")


@aws("reported", "floci pull request 1698, probed: without a name the set is taken away")
def test_v2_default_configuration_set_can_be_named(client: Any) -> None:
    """The default configuration set can be named at creation or later."""
    for name in ("first", "second"):
        client.create_configuration_set(ConfigurationSetName=name)
    client.create_email_identity(EmailIdentity=USER, ConfigurationSetName="first")
    assert get(client, USER)["ConfigurationSetName"] == "first"
    put = client.put_email_identity_configuration_set_attributes
    put(EmailIdentity=USER, ConfigurationSetName="second")
    assert get(client, USER)["ConfigurationSetName"] == "second"
    put(EmailIdentity=USER)
    assert "ConfigurationSetName" not in get(client, USER)


@aws("reported", "floci pull request 1698, probed")
def test_configuration_set_of_unknown_identity_is_refused(client: Any) -> None:
    """An unknown identity is refused."""
    answer = refused(client.put_email_identity_configuration_set_attributes, EmailIdentity=USER)
    assert answer == missing(f"Identity <{USER}> does not exist.")


# Policies.


def policies(client: Any) -> Any:
    found = answered(client.get_email_identity_policies(EmailIdentity=SITE))
    assert found == {"Policies": get(client)["Policies"]}
    return found["Policies"]


def test_v2_policies_are_created_replaced_and_deleted(client: Any) -> None:
    """Policies are created, replaced and deleted by their names."""
    named = {"EmailIdentity": SITE, "PolicyName": "one"}
    assert answered(client.create_email_identity_policy(**named, Policy=POLICY)) == {}
    client.create_email_identity_policy(EmailIdentity=SITE, PolicyName="two", Policy=OTHER)
    assert policies(client) == {"one": POLICY, "two": OTHER}
    assert answered(client.update_email_identity_policy(**named, Policy=OTHER)) == {}
    assert policies(client) == {"one": OTHER, "two": OTHER}
    assert answered(client.delete_email_identity_policy(**named)) == {}
    assert policies(client) == {"two": OTHER}


@aws("reported", "floci pull request 1750, probed")
@pytest.mark.parametrize("operation", ["create", "update", "delete", "get"])
def test_v2_policies_of_unknown_identity_are_refused(client: Any, operation: str) -> None:
    """An unknown identity has no policies."""
    name = f"{operation}_email_identity_polic{'ies' if operation == 'get' else 'y'}"
    params = {"Policy": POLICY} if operation in ("create", "update") else {}
    params |= {} if operation == "get" else {"PolicyName": "one"}
    answer = refused(getattr(client, name), EmailIdentity=USER, **params)
    assert answer == missing(f"Email identity <{USER}> does not exist.")


@aws("reported", "floci pull request 1750, probed")
def test_policy_that_is_there(client: Any) -> None:
    """A policy cannot be created twice."""
    client.create_email_identity_policy(EmailIdentity=SITE, PolicyName="one", Policy=POLICY)
    answer = refused(client.create_email_identity_policy, EmailIdentity=SITE, PolicyName="one", Policy=OTHER)
    assert answer == ("AlreadyExistsException", 400, "Policy <one> already exists")
    assert policies(client) == {"one": POLICY}


@aws("reported", "floci pull request 1750, probed; the service model says that neither is an error")
def test_policy_that_is_not_there(client: Any) -> None:
    """A policy that does not exist can be neither updated nor deleted."""
    expected = missing("Policy <one> does not exist")
    assert refused(client.delete_email_identity_policy, EmailIdentity=SITE, PolicyName="one") == expected
    assert refused(client.update_email_identity_policy, EmailIdentity=SITE, PolicyName="one", Policy=POLICY) == expected
    assert policies(client) == {}


@aws("reported", "floci pull request 1750, probed; all recorded policies are compact")
def test_v2_policy_is_kept_without_white_space(client: Any) -> None:
    """A policy is kept without the white space between its parts; that within texts stays."""
    named = {"EmailIdentity": SITE, "PolicyName": "one"}
    client.create_email_identity_policy(**named, Policy='{ "Id" : "a  b",\n\t"Statement": [ {} ] }')
    assert policies(client) == {"one": '{"Id":"a  b","Statement":[{}]}'}
    client.update_email_identity_policy(**named, Policy=POLICY.replace(",", ", "))
    assert policies(client) == {"one": POLICY}


@aws("reported", "floci pull request 1750, probed; that of v1 is InvalidParameterValue")
def test_too_many_policies(client: Any) -> None:
    """An identity may have at most 20 policies; an update adds none."""
    for number in range(20):
        client.create_email_identity_policy(EmailIdentity=SITE, PolicyName=f"policy{number}", Policy=POLICY)
    answer = refused(client.create_email_identity_policy, EmailIdentity=SITE, PolicyName="one", Policy=POLICY)
    text = f"Number of policies for <{SITE}> exceeds max allowed number of policies per resource"
    assert answer == ("LimitExceededException", 400, text)
    answer = refused(client.update_email_identity_policy, EmailIdentity=SITE, PolicyName="one", Policy=POLICY)
    assert answer == missing("Policy <one> does not exist")
    client.update_email_identity_policy(EmailIdentity=SITE, PolicyName="policy0", Policy=OTHER)
    assert len(policies(client)) == 20


@aws("reported", "floci pull request 1750, probed; that of a policy that is none is unverified")
@pytest.mark.parametrize(
    ("name", "policy", "text"),
    [
        ("a b", POLICY, "PolicyName is invalid."),
        ("a" * 65, POLICY, "at 'policyName' failed to satisfy constraint: Member must have length less than or equal"),
        ("one", "{", "Policy is not a valid policy document"),
        ("one", "{}", "Policy is not a valid policy document"),
    ],
    ids=["characters", "long", "no-json", "no-statement"],
)
def test_malformed_v2_policy_is_refused(client: Any, name: str, policy: str, text: str) -> None:
    """A malformed policy name or document is refused as a bad request."""
    answer = refused(client.create_email_identity_policy, EmailIdentity=SITE, PolicyName=name, Policy=policy)
    assert answer[:2] == ("BadRequestException", 400)
    assert text in answer[2]
    assert policies(client) == {}
