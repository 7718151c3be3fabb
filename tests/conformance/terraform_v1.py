"""Terraform's acceptance tests of identities by SES v1 (see `terraform`)."""

from __future__ import annotations

import json

from conformance.terraform_provider import ACCOUNT, ADDRESS, DOMAIN, TOPIC, Provider, arn, follows, policy

# Domains and addresses.


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


@follows("TestAccSESDomainDKIMDataSource_basic")
def domain_dkim_data_source(on: Provider) -> None:
    domain_dkim(on)
    found = on.ses.get_identity_dkim_attributes(Identities=[DOMAIN])["DkimAttributes"][DOMAIN]
    assert (found["DkimEnabled"], found["DkimVerificationStatus"]) == (True, "Pending")
    unknown = "tf-acc-test-does-not-exist"
    assert unknown not in on.ses.get_identity_dkim_attributes(Identities=[unknown])["DkimAttributes"]


@follows("TestAccSESEmailIdentity_basic")
def email_identity(on: Provider) -> None:
    on.ses.verify_email_identity(EmailAddress=ADDRESS)
    assert on.verification(ADDRESS) == {"VerificationStatus": "Pending"}
    on.delete(ADDRESS)


@follows("TestAccSESEmailIdentityDataSource_basic")
def email_identity_data_source(on: Provider) -> None:
    on.ses.verify_email_identity(EmailAddress=ADDRESS)
    assert on.verification(ADDRESS) is not None


# MAIL FROM.


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


# Notifications and policies.


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
