"""Terraform's acceptance tests of identities by SES v2 (see `terraform`)."""

from __future__ import annotations

import json

from conformance.terraform_provider import ACCOUNT, ADDRESS, DOMAIN, KEYS, Provider, arn, error, follows, policy


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


# What belongs to an identity.


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
