"""What Terraform's AWS provider expects of SES, as boto3 calls: ``python tests/conformance/terraform.py [NAME…]``.

Its acceptance tests (hashicorp/terraform-provider-aws, `internal/service/ses` and `internal/service/sesv2`) run against
AWS itself, with random names that nobody ever verifies: what they expect, AWS does. Each function below has the name of
the test that it follows and makes the requests that the provider makes for it: creates, reads, updates, destroys. Tests
of what the provider does by itself are left out: plans, imports, and the trailing period, which it cuts off.

Ends with 1 if a test fails that is not listed below, or if a listed one passes. NAME runs the tests whose name has it.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

sys.path.append(str(Path(__file__).parents[1]))
from conformance.comparison import report

from ses_stub import SESStub, mock_ses_verify

#: Read at this commit (2026-03); tests that it has moved were read at earlier ones.
COMMIT = "303f32de1d128f99e65d274dc8df16b28e339171"
#: What cannot pass, by name, and why.
EXCEPTIONS: dict[str, str] = {}
ACCOUNT = "123456789012"
REGION = "us-west-2"
DOMAIN = "tf-acc-test.example"
ADDRESS = "tf-acc-test@tf-acc-test.example"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:tf-acc-test"
# No key that signs anything: what is sent has to be base64 text.
KEYS = tuple(base64.b64encode(f"private key {number}".encode() * 64).decode() for number in (1, 2))


class Provider:
    """What a test is given: the provider's clients, and its reads.

    Attributes:
        ses: a client of SES v1.
        sesv2: a client of SES v2.
        stub: the stub, to publish the records of a domain.

    """

    def __init__(self, stub: SESStub) -> None:
        self.ses: Any = boto3.client("ses", region_name=REGION)
        self.sesv2: Any = boto3.client("sesv2", region_name=REGION)
        self.stub = stub

    def verification(self, name: str) -> Mapping[str, Any] | None:
        """Reads the verification of an identity by v1; None if there is none."""
        answer = self.ses.get_identity_verification_attributes(Identities=[name])
        found: Mapping[str, Any] | None = answer["VerificationAttributes"].get(name)
        return found

    def mail_from(self, name: str) -> Mapping[str, Any]:
        """Reads the MAIL FROM domain of an identity by v1."""
        answer = self.ses.get_identity_mail_from_domain_attributes(Identities=[name])
        found: Mapping[str, Any] = answer["MailFromDomainAttributes"].get(name, {})
        return found

    def notifications(self, name: str) -> Mapping[str, Any] | None:
        """Reads the notifications of an identity, by its name or ARN, under the key that was asked for."""
        answer = self.ses.get_identity_notification_attributes(Identities=[name])
        found: Mapping[str, Any] | None = answer["NotificationAttributes"].get(name)
        return found

    def policies(self, identity: str, name: str) -> Mapping[str, str]:
        """Reads a policy by v1."""
        found: Mapping[str, str] = self.ses.get_identity_policies(Identity=identity, PolicyNames=[name])["Policies"]
        return found

    def identity(self, name: str) -> dict[str, Any]:
        """Reads an identity by v2."""
        found: dict[str, Any] = self.sesv2.get_email_identity(EmailIdentity=name)
        return found

    def delete(self, name: str) -> None:
        """Destroys an identity by v1, and checks that it is gone."""
        self.ses.delete_identity(Identity=name)
        assert self.verification(name) is None

    def delete_v2(self, name: str) -> None:
        """Destroys an identity by v2, and checks that it is gone."""
        self.sesv2.delete_email_identity(EmailIdentity=name)
        assert error(lambda: self.identity(name)) == "NotFoundException"


Test = Callable[[Provider], None]
TESTS: dict[str, Test] = {}


def follows(name: str) -> Callable[[Test], Test]:
    """Registers a function as what an acceptance test comes to."""

    def register(test: Test) -> Test:
        TESTS[name] = test
        return test

    return register


def error(call: Callable[[], object]) -> str:
    """The code of the error that a call raises."""
    try:
        call()
    except ClientError as raised:
        code: str = raised.response["Error"]["Code"]
        return code
    raise AssertionError("no error")


def arn(name: str) -> str:
    """The ARN of an identity."""
    return f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/{name}"


def policy(principal: str, identity: str, *actions: str) -> str:
    """A policy document that allows a principal to send by an identity."""
    allow = {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": list(actions) or ["SES:SendEmail", "SES:SendRawEmail"],
        "Resource": arn(identity),
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [allow]}, separators=(",", ":"))


# SES v1: domains and addresses.


@follows("TestAccSESDomainIdentity_basic")
def domain_identity(on: Provider) -> None:
    token = on.ses.verify_domain_identity(Domain=DOMAIN)["VerificationToken"]
    assert on.verification(DOMAIN) == {"VerificationStatus": "Pending", "VerificationToken": token}
    on.delete(DOMAIN)


@follows("TestAccSESDomainIdentity_disappears")
def domain_identity_disappears(on: Provider) -> None:
    on.ses.verify_domain_identity(Domain=DOMAIN)
    on.delete(DOMAIN)
    # What is gone already is destroyed once more.
    on.delete(DOMAIN)


@follows("TestAccSESDomainIdentityDataSource_basic")
def domain_identity_data_source(on: Provider) -> None:
    token = on.ses.verify_domain_identity(Domain=DOMAIN)["VerificationToken"]
    found = on.verification(DOMAIN)
    assert found is not None
    assert found["VerificationToken"] == token


@follows("TestAccSESDomainIdentityVerification_basic")
def domain_identity_verification(on: Provider) -> None:
    token = on.ses.verify_domain_identity(Domain=DOMAIN)["VerificationToken"]
    on.stub.dns.add(f"_amazonses.{DOMAIN}", "TXT", token)
    found = on.verification(DOMAIN)
    assert found is not None
    assert found["VerificationStatus"] == "Success"


@follows("TestAccSESDomainIdentityVerification_timeout")
def domain_identity_verification_timeout(on: Provider) -> None:
    on.ses.verify_domain_identity(Domain=DOMAIN)
    for _ in range(5):
        found = on.verification(DOMAIN)
        assert found is not None
        assert found["VerificationStatus"] == "Pending"


@follows("TestAccSESDomainIdentityVerification_nonexistent")
def domain_identity_verification_nonexistent(on: Provider) -> None:
    assert on.verification(DOMAIN) is None


@follows("TestAccSESDomainDKIM_basic")
def domain_dkim(on: Provider) -> None:
    on.ses.verify_domain_identity(Domain=DOMAIN)
    tokens = on.ses.verify_domain_dkim(Domain=DOMAIN)["DkimTokens"]
    assert len(tokens) == 3
    found = on.ses.get_identity_dkim_attributes(Identities=[DOMAIN])["DkimAttributes"]
    assert found[DOMAIN]["DkimTokens"] == tokens


@follows("TestAccSESDomainDKIM_Disappears_identity")
def domain_dkim_disappears(on: Provider) -> None:
    domain_dkim(on)
    on.delete(DOMAIN)
    assert DOMAIN not in on.ses.get_identity_dkim_attributes(Identities=[DOMAIN])["DkimAttributes"]


@follows("TestAccSESEmailIdentity_basic")
def email_identity(on: Provider) -> None:
    on.ses.verify_email_identity(EmailAddress=ADDRESS)
    assert on.verification(ADDRESS) == {"VerificationStatus": "Pending"}
    on.delete(ADDRESS)


@follows("TestAccSESEmailIdentityDataSource_basic")
def email_identity_data_source(on: Provider) -> None:
    on.ses.verify_email_identity(EmailAddress=ADDRESS)
    assert on.verification(ADDRESS) is not None


# SES v1: MAIL FROM.


def _domain_with_mail_from(on: Provider, label: str, **more: str) -> None:
    on.ses.verify_domain_identity(Domain=DOMAIN)
    on.ses.set_identity_mail_from_domain(Identity=DOMAIN, MailFromDomain=f"{label}.{DOMAIN}", **more)
    found = on.mail_from(DOMAIN)
    assert found["MailFromDomain"] == f"{label}.{DOMAIN}"
    assert found["BehaviorOnMXFailure"] == more.get("BehaviorOnMXFailure", "UseDefaultValue")


@follows("TestAccSESDomainMailFrom_basic")
def mail_from(on: Provider) -> None:
    _domain_with_mail_from(on, "bounce1")
    _domain_with_mail_from(on, "bounce2")


@follows("TestAccSESDomainMailFrom_disappears")
def mail_from_disappears(on: Provider) -> None:
    _domain_with_mail_from(on, "bounce")
    on.ses.set_identity_mail_from_domain(Identity=DOMAIN)
    assert not on.mail_from(DOMAIN).get("MailFromDomain")


@follows("TestAccSESDomainMailFrom_Disappears_identity")
def mail_from_disappears_with_its_identity(on: Provider) -> None:
    _domain_with_mail_from(on, "bounce")
    on.delete(DOMAIN)
    assert not on.mail_from(DOMAIN)


@follows("TestAccSESDomainMailFrom_behaviorOnMxFailure")
def mail_from_behavior(on: Provider) -> None:
    _domain_with_mail_from(on, "bounce", BehaviorOnMXFailure="UseDefaultValue")
    _domain_with_mail_from(on, "bounce", BehaviorOnMXFailure="RejectMessage")


# SES v1: notifications and policies.


def _complaints(on: Provider, *, headers: bool, **topic: str) -> None:
    of = {"Identity": arn(DOMAIN), "NotificationType": "Complaint"}
    on.ses.set_identity_notification_topic(**of, **topic)
    on.ses.set_identity_headers_in_notifications_enabled(**of, Enabled=headers)
    found = on.notifications(arn(DOMAIN))
    assert found is not None
    assert found.get("ComplaintTopic") == topic.get("SnsTopic")
    assert found["HeadersInComplaintNotificationsEnabled"] is headers


@follows("TestAccSESIdentityNotificationTopic_basic")
def notification_topic(on: Provider) -> None:
    on.ses.verify_domain_identity(Domain=DOMAIN)
    _complaints(on, headers=False)
    _complaints(on, headers=False, SnsTopic=TOPIC)
    _complaints(on, headers=True, SnsTopic=TOPIC)
    on.ses.set_identity_notification_topic(Identity=arn(DOMAIN), NotificationType="Complaint")
    on.delete(DOMAIN)
    assert on.notifications(arn(DOMAIN)) is None


def _put_policy(on: Provider, identity: str, document: str) -> None:
    on.ses.put_identity_policy(Identity=identity, PolicyName="test", Policy=document)
    assert json.loads(on.policies(identity, "test")["test"]) == json.loads(document)


def _delete_policy(on: Provider, identity: str) -> None:
    on.ses.delete_identity_policy(Identity=identity, PolicyName="test")
    assert on.policies(identity, "test") == {}


@follows("TestAccSESIdentityPolicy_basic")
def identity_policy(on: Provider) -> None:
    on.ses.verify_domain_identity(Domain=DOMAIN)
    _put_policy(on, arn(DOMAIN), policy("*", DOMAIN))
    _delete_policy(on, arn(DOMAIN))


@follows("TestAccSESIdentityPolicy_Identity_email")
def identity_policy_of_an_address(on: Provider) -> None:
    on.ses.verify_email_identity(EmailAddress=ADDRESS)
    _put_policy(on, ADDRESS, policy("*", ADDRESS))
    _delete_policy(on, ADDRESS)


@follows("TestAccSESIdentityPolicy_policy")
def identity_policy_changes(on: Provider) -> None:
    on.ses.verify_domain_identity(Domain=DOMAIN)
    _put_policy(on, arn(DOMAIN), policy("*", DOMAIN))
    _put_policy(on, arn(DOMAIN), policy(f"arn:aws:iam::{ACCOUNT}:root", DOMAIN))
    _delete_policy(on, arn(DOMAIN))


@follows("TestAccSESIdentityPolicy_ignoreEquivalent")
def identity_policy_by_account_id(on: Provider) -> None:
    on.ses.verify_domain_identity(Domain=DOMAIN)
    _put_policy(on, arn(DOMAIN), policy(ACCOUNT, DOMAIN))
    _delete_policy(on, arn(DOMAIN))


# SES v2: identities.


@follows("TestAccSESV2EmailIdentity_basic_emailAddress")
def v2_address(on: Provider) -> None:
    on.sesv2.create_email_identity(EmailIdentity=ADDRESS)
    found = on.identity(ADDRESS)
    dkim = found["DkimAttributes"]
    assert (found["IdentityType"], found["VerifiedForSendingStatus"]) == ("EMAIL_ADDRESS", False)
    assert (dkim["Status"], dkim["SigningAttributesOrigin"]) == ("NOT_STARTED", "AWS_SES")
    assert dkim["NextSigningKeyLength"] == "RSA_1024_BIT"
    assert not dkim.get("Tokens")
    assert not dkim.keys() & {"CurrentSigningKeyLength", "LastKeyGenerationTimestamp"}
    on.delete_v2(ADDRESS)


@follows("TestAccSESV2EmailIdentity_basic_domain")
def v2_domain(on: Provider) -> None:
    on.sesv2.create_email_identity(EmailIdentity=DOMAIN)
    found = on.identity(DOMAIN)
    dkim = found["DkimAttributes"]
    assert (found["IdentityType"], found["VerifiedForSendingStatus"]) == ("DOMAIN", False)
    assert (dkim["Status"], dkim["SigningAttributesOrigin"]) == ("PENDING", "AWS_SES")
    assert (dkim["CurrentSigningKeyLength"], dkim["NextSigningKeyLength"]) == ("RSA_2048_BIT", "RSA_2048_BIT")
    assert dkim["LastKeyGenerationTimestamp"]
    assert len(dkim["Tokens"]) == 3
    on.delete_v2(DOMAIN)


@follows("TestAccSESV2EmailIdentity_disappears")
def v2_disappears(on: Provider) -> None:
    on.sesv2.create_email_identity(EmailIdentity=ADDRESS)
    on.delete_v2(ADDRESS)
    assert error(lambda: on.sesv2.delete_email_identity(EmailIdentity=ADDRESS)) == "NotFoundException"


@follows("TestAccSESV2EmailIdentity_configurationSetName")
def v2_configuration_set(on: Provider) -> None:
    for name in ("test1", "test2"):
        on.sesv2.create_configuration_set(ConfigurationSetName=name)
    on.sesv2.create_email_identity(EmailIdentity=ADDRESS, ConfigurationSetName="test1")
    assert on.identity(ADDRESS)["ConfigurationSetName"] == "test1"
    on.sesv2.put_email_identity_configuration_set_attributes(EmailIdentity=ADDRESS, ConfigurationSetName="test2")
    assert on.identity(ADDRESS)["ConfigurationSetName"] == "test2"
    on.delete_v2(ADDRESS)


@follows("TestAccSESV2EmailIdentity_nextSigningKeyLength")
def v2_signing_key_length(on: Provider) -> None:
    first, second = ({"NextSigningKeyLength": f"RSA_{bits}_BIT"} for bits in (2048, 1024))
    on.sesv2.create_email_identity(EmailIdentity=DOMAIN, DkimSigningAttributes=first)
    assert on.identity(DOMAIN)["DkimAttributes"]["NextSigningKeyLength"] == "RSA_2048_BIT"
    on.sesv2.put_email_identity_dkim_signing_attributes(
        EmailIdentity=DOMAIN, SigningAttributesOrigin="AWS_SES", SigningAttributes=second
    )
    assert on.identity(DOMAIN)["DkimAttributes"]["NextSigningKeyLength"] == "RSA_1024_BIT"
    on.delete_v2(DOMAIN)


@follows("TestAccSESV2EmailIdentity_domainSigning")
def v2_own_key(on: Provider) -> None:
    first, second = (
        {"DomainSigningPrivateKey": key, "DomainSigningSelector": f"selector{number}"}
        for number, key in enumerate(KEYS, 1)
    )
    on.sesv2.create_email_identity(EmailIdentity=DOMAIN, DkimSigningAttributes=first)
    assert on.identity(DOMAIN)["DkimAttributes"]["SigningAttributesOrigin"] == "EXTERNAL"
    on.sesv2.put_email_identity_dkim_signing_attributes(
        EmailIdentity=DOMAIN, SigningAttributesOrigin="EXTERNAL", SigningAttributes=second
    )
    assert on.identity(DOMAIN)["DkimAttributes"]["SigningAttributesOrigin"] == "EXTERNAL"
    on.delete_v2(DOMAIN)


@follows("TestAccSESV2EmailIdentity_tags")
def v2_tags(on: Provider) -> None:
    def tags() -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in on.sesv2.list_tags_for_resource(ResourceArn=arn(ADDRESS))["Tags"]}

    on.sesv2.create_email_identity(EmailIdentity=ADDRESS, Tags=[{"Key": "key1", "Value": "value1"}])
    assert tags() == {"key1": "value1"}
    more = [{"Key": "key1", "Value": "value1updated"}, {"Key": "key2", "Value": "value2"}]
    on.sesv2.tag_resource(ResourceArn=arn(ADDRESS), Tags=more)
    assert tags() == {"key1": "value1updated", "key2": "value2"}
    on.sesv2.untag_resource(ResourceArn=arn(ADDRESS), TagKeys=["key1"])
    assert tags() == {"key2": "value2"}
    on.delete_v2(ADDRESS)


@follows("TestAccSESV2EmailIdentityDataSource_basic")
def v2_data_source(on: Provider) -> None:
    on.sesv2.create_email_identity(EmailIdentity=DOMAIN)
    # What the data source does not have: when SES has last looked.
    left_out = {"ResponseMetadata": None, "VerificationInfo": None}
    first, second = on.identity(DOMAIN), on.identity(DOMAIN)
    assert {**first, **left_out} == {**second, **left_out}
    on.delete_v2(DOMAIN)


# SES v2: what belongs to an identity.


def _forwarding(on: Provider, enabled: bool) -> None:
    on.sesv2.put_email_identity_feedback_attributes(EmailIdentity=ADDRESS, EmailForwardingEnabled=enabled)
    assert on.identity(ADDRESS)["FeedbackForwardingStatus"] is enabled


@follows("TestAccSESV2EmailIdentityFeedbackAttributes_basic")
def v2_feedback(on: Provider) -> None:
    on.sesv2.create_email_identity(EmailIdentity=ADDRESS)
    _forwarding(on, False)
    on.delete_v2(ADDRESS)


@follows("TestAccSESV2EmailIdentityFeedbackAttributes_disappears")
def v2_feedback_disappears(on: Provider) -> None:
    on.sesv2.create_email_identity(EmailIdentity=ADDRESS)
    _forwarding(on, True)
    _forwarding(on, False)
    on.delete_v2(ADDRESS)


@follows("TestAccSESV2EmailIdentityFeedbackAttributes_disappears_emailIdentity")
def v2_feedback_disappears_with_its_identity(on: Provider) -> None:
    on.sesv2.create_email_identity(EmailIdentity=ADDRESS)
    _forwarding(on, True)
    on.delete_v2(ADDRESS)


@follows("TestAccSESV2EmailIdentityFeedbackAttributes_emailForwardingEnabled")
def v2_feedback_changes(on: Provider) -> None:
    v2_feedback_disappears(on)


def _mail_from(on: Provider, **attributes: str) -> None:
    on.sesv2.put_email_identity_mail_from_attributes(EmailIdentity=DOMAIN, **attributes)
    found = on.identity(DOMAIN)["MailFromAttributes"]
    assert found.get("MailFromDomain") == attributes.get("MailFromDomain")
    assert found["BehaviorOnMxFailure"] == attributes.get("BehaviorOnMxFailure", "USE_DEFAULT_VALUE")


@follows("TestAccSESV2EmailIdentityMailFromAttributes_basic")
def v2_mail_from(on: Provider) -> None:
    on.sesv2.create_email_identity(EmailIdentity=DOMAIN)
    _mail_from(on, BehaviorOnMxFailure="USE_DEFAULT_VALUE")
    on.delete_v2(DOMAIN)


@follows("TestAccSESV2EmailIdentityMailFromAttributes_disappears")
def v2_mail_from_disappears(on: Provider) -> None:
    on.sesv2.create_email_identity(EmailIdentity=DOMAIN)
    _mail_from(on, BehaviorOnMxFailure="USE_DEFAULT_VALUE", MailFromDomain=f"test.{DOMAIN}")
    _mail_from(on)
    on.delete_v2(DOMAIN)


@follows("TestAccSESV2EmailIdentityMailFromAttributes_disappearsEmailIdentity")
def v2_mail_from_disappears_with_its_identity(on: Provider) -> None:
    v2_mail_from(on)


@follows("TestAccSESV2EmailIdentityMailFromAttributes_behaviorOnMXFailure")
def v2_mail_from_behavior(on: Provider) -> None:
    on.sesv2.create_email_identity(EmailIdentity=DOMAIN)
    for behavior in ("USE_DEFAULT_VALUE", "REJECT_MESSAGE"):
        _mail_from(on, BehaviorOnMxFailure=behavior, MailFromDomain=f"test.{DOMAIN}")
    on.delete_v2(DOMAIN)


@follows("TestAccSESV2EmailIdentityMailFromAttributes_mailFromDomain")
def v2_mail_from_changes(on: Provider) -> None:
    on.sesv2.create_email_identity(EmailIdentity=DOMAIN)
    for label in ("test1", "test2"):
        _mail_from(on, BehaviorOnMxFailure="USE_DEFAULT_VALUE", MailFromDomain=f"{label}.{DOMAIN}")
    on.delete_v2(DOMAIN)


@follows("TestAccSESV2EmailIdentityMailFromAttributesDataSource_basic")
def v2_mail_from_data_source(on: Provider) -> None:
    on.sesv2.create_email_identity(EmailIdentity=DOMAIN)
    _mail_from(on, BehaviorOnMxFailure="REJECT_MESSAGE", MailFromDomain=f"test1.{DOMAIN}")
    on.delete_v2(DOMAIN)


@follows("TestAccSESV2EmailIdentityPolicy_basic")
def v2_policy(on: Provider) -> None:
    on.sesv2.create_email_identity(EmailIdentity=ADDRESS)
    document = policy(f"arn:aws:iam::{ACCOUNT}:root", ADDRESS, "ses:SendEmail")
    on.sesv2.create_email_identity_policy(EmailIdentity=ADDRESS, PolicyName="test", Policy=document)
    found = on.sesv2.get_email_identity_policies(EmailIdentity=ADDRESS)["Policies"]
    assert json.loads(found["test"]) == json.loads(document)
    on.sesv2.delete_email_identity_policy(EmailIdentity=ADDRESS, PolicyName="test")
    assert on.sesv2.get_email_identity_policies(EmailIdentity=ADDRESS)["Policies"] == {}


@follows("TestAccSESV2EmailIdentityPolicy_disappears")
def v2_policy_disappears(on: Provider) -> None:
    v2_policy(on)
    on.delete_v2(ADDRESS)


def main(part: str = "") -> int:
    """Runs the tests whose names have a part, and compares with the list."""
    failed, passed = set(), set()
    for name, test in TESTS.items():
        if part in name:
            try:
                with mock_ses_verify(region=REGION, account_id=ACCOUNT, unsupported="raise") as stub:
                    test(Provider(stub))
            except (AssertionError, ClientError, KeyError) as raised:
                failed.add(name)
                print(f"failed  {name}: {type(raised).__name__} {raised}")
            else:
                passed.add(name)
                print(f"passed  {name}")
    return report(failed, passed, EXCEPTIONS, all_ran=not part)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
