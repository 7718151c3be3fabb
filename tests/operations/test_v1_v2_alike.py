"""What one can do in one version of SES, the other version shows: every operation and every control of a test."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore import xform_name
from clients import CUSTOM_MAIL, STATUSES, make_client, shared_client

from ses_stub import SESStub, VirtualClock, mock_ses_verify
from ses_stub._operations.tables import V1, V2

SITE, USER = "example.com", "ann@example.com"
NAMES = [SITE, USER, "new.example", "new@example.com"]
POLICY = '{"Statement":[{"Effect":"Allow"}]}'
OTHER = '{"Statement":[{"Effect":"Deny"}]}'
MAIL: dict[str, Any] = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}}
TO = {"ToAddresses": ["bob@example.org"]}
RAW = {"Data": f"From: {USER}\r\nTo: bob@example.org\r\n\r\nHello".encode()}
TOPIC = "arn:aws:sns:us-east-1:123456789012:mails"
V1_STATUSES = {v2: v1 for v1, v2 in STATUSES.items()}
BEHAVIORS = {"REJECT_MESSAGE": "RejectMessage", "USE_DEFAULT_VALUE": "UseDefaultValue"}
SHORT = {"NextSigningKeyLength": "RSA_1024_BIT"}

#: Operations on things that the other version does not have.
ONE_VERSION = {
    "v1": {"SetIdentityNotificationTopic", "SetIdentityHeadersInNotificationsEnabled"},
    "v2": {"PutAccountDetails", "PutEmailIdentityConfigurationSetAttributes", "TagResource", "UntagResource"},
}


def templates(client: Any) -> list[dict[str, Any]]:
    """The templates of custom verification mails, with what both versions show of each."""
    listed = client.list_custom_verification_email_templates()["CustomVerificationEmailTemplates"]
    whole = [client.get_custom_verification_email_template(TemplateName=one["TemplateName"]) for one in listed]
    return [{name: one[name] for name in CUSTOM_MAIL} for one in whole]


def set_of_v1(v1: Any, name: str) -> tuple[bool, bool, dict[str, list[str]]]:
    """Of a configuration set: whether it sends and measures, and the events of its destinations."""
    shown = v1.describe_configuration_set(
        ConfigurationSetName=name, ConfigurationSetAttributeNames=["eventDestinations", "reputationOptions"]
    )
    options = shown["ReputationOptions"]
    events = {one["Name"]: [kind.upper() for kind in one["MatchingEventTypes"]] for one in shown["EventDestinations"]}
    return options["SendingEnabled"], options["ReputationMetricsEnabled"], events


def set_of_v2(v2: Any, name: str) -> tuple[bool, bool, dict[str, list[str]]]:
    """The same by v2."""
    shown = v2.get_configuration_set(ConfigurationSetName=name)
    found = v2.get_configuration_set_event_destinations(ConfigurationSetName=name)["EventDestinations"]
    return (
        shown["SendingOptions"]["SendingEnabled"],
        shown["ReputationOptions"]["ReputationMetricsEnabled"],
        {one["Name"]: one["MatchingEventTypes"] for one in found},
    )


def seen_by_v1(v1: Any) -> dict[str, Any]:
    """What both versions show, read by v1: the account, and each identity with its settings."""

    def attributes(operation: str) -> Any:
        (found,) = [
            value for key, value in getattr(v1, operation)(Identities=NAMES).items() if key.endswith("Attributes")
        ]
        return found

    status, dkim = attributes("get_identity_verification_attributes"), attributes("get_identity_dkim_attributes")
    mail_from = attributes("get_identity_mail_from_domain_attributes")
    notifications = attributes("get_identity_notification_attributes")
    quota = v1.get_send_quota()
    seen: dict[str, Any] = {
        "sending": v1.get_account_sending_enabled()["Enabled"],
        "quota": [quota[name] for name in ("Max24HourSend", "MaxSendRate", "SentLast24Hours")],
        "names": v1.list_identities()["Identities"],
        "templates": templates(v1),
        "sets": {one["Name"]: set_of_v1(v1, one["Name"]) for one in v1.list_configuration_sets()["ConfigurationSets"]},
    }
    for name in status:
        policies = v1.list_identity_policies(Identity=name)["PolicyNames"]
        seen[name] = {
            "status": status[name]["VerificationStatus"],
            "dkim": (
                dkim[name]["DkimEnabled"],
                dkim[name]["DkimVerificationStatus"],
                dkim[name].get("DkimTokens", []),
            ),
            "mail from": (
                mail_from[name].get("MailFromDomain"),
                mail_from[name].get("MailFromDomainStatus"),
                mail_from[name]["BehaviorOnMXFailure"],
            ),
            "forwarding": notifications[name]["ForwardingEnabled"],
            "policies": v1.get_identity_policies(Identity=name, PolicyNames=policies)["Policies"] if policies else {},
        }
    return seen


def seen_by_v2(v2: Any) -> dict[str, Any]:
    """The same read by v2, in the words of v1."""
    account = v2.get_account()
    names = [one["IdentityName"] for one in v2.list_email_identities()["EmailIdentities"]]
    seen: dict[str, Any] = {
        "sending": account["SendingEnabled"],
        "quota": [account["SendQuota"][name] for name in ("Max24HourSend", "MaxSendRate", "SentLast24Hours")],
        "names": names,
        "templates": templates(v2),
        "sets": {name: set_of_v2(v2, name) for name in v2.list_configuration_sets()["ConfigurationSets"]},
    }
    for name in names:
        one = v2.get_email_identity(EmailIdentity=name)
        dkim, mail_from = one["DkimAttributes"], one["MailFromAttributes"]
        tokens = [] if dkim["SigningAttributesOrigin"] == "EXTERNAL" else dkim.get("Tokens", [])
        seen[name] = {
            "status": V1_STATUSES[one["VerificationStatus"]],
            "dkim": (dkim["SigningEnabled"], V1_STATUSES[dkim["Status"]], tokens),
            "mail from": (
                mail_from.get("MailFromDomain"),
                V1_STATUSES.get(mail_from.get("MailFromDomainStatus")),
                BEHAVIORS[mail_from["BehaviorOnMxFailure"]],
            ),
            "forwarding": one["FeedbackForwardingStatus"],
            "policies": one["Policies"],
        }
        assert one["Policies"] == v2.get_email_identity_policies(EmailIdentity=name)["Policies"]
    return seen


@pytest.fixture
def ses() -> Any:
    """A domain with all settings that can be changed, and an address."""
    identities = {SITE: {"dkim": "Success"}, USER: "Success"}
    with mock_ses_verify(rate=None, clock=VirtualClock(), identities=identities) as ses:
        client = shared_client("ses")
        client.put_identity_policy(Identity=SITE, PolicyName="one", Policy=POLICY)
        for kind in ("Bounce", "Complaint"):
            client.set_identity_notification_topic(Identity=SITE, NotificationType=kind, SnsTopic=TOPIC)
        client.create_custom_verification_email_template(**CUSTOM_MAIL)
        client.create_configuration_set(ConfigurationSet={"Name": "news"})
        client.create_configuration_set_event_destination(
            ConfigurationSetName="news", EventDestination=destination("old", "bounce")
        )
        yield ses


def destination(name: str, event: str) -> dict[str, Any]:
    """An event destination, as v1 takes it."""
    return {
        "Name": name,
        "Enabled": True,
        "MatchingEventTypes": [event],
        "SNSDestination": {"TopicARN": TOPIC},
    }


def destination_v2(event: str) -> dict[str, Any]:
    """The same for v2, which has its name beside it."""
    return {"Enabled": True, "MatchingEventTypes": [event], "SnsDestination": {"TopicArn": TOPIC}}


#: Calls that have the same parameters in both versions.
SAME: dict[str, dict[str, Any]] = {
    "CreateCustomVerificationEmailTemplate": {**CUSTOM_MAIL, "TemplateName": "another"},
    "DeleteCustomVerificationEmailTemplate": {"TemplateName": "welcome"},
    "SendCustomVerificationEmail": {"EmailAddress": "new@example.com", "TemplateName": "welcome"},
    "UpdateCustomVerificationEmailTemplate": {**CUSTOM_MAIL, "TemplateSubject": "Once more"},
    "DeleteConfigurationSet": {"ConfigurationSetName": "news"},
    "DeleteConfigurationSetEventDestination": {"ConfigurationSetName": "news", "EventDestinationName": "old"},
}
#: What each operation of each version is called with, so that it changes something.
CALLS: dict[str, dict[str, dict[str, Any]]] = {
    "v1": {
        **SAME,
        "CreateConfigurationSet": {"ConfigurationSet": {"Name": "other"}},
        "CreateConfigurationSetEventDestination": {
            "ConfigurationSetName": "news",
            "EventDestination": destination("new", "complaint"),
        },
        "UpdateConfigurationSetEventDestination": {
            "ConfigurationSetName": "news",
            "EventDestination": destination("old", "complaint"),
        },
        "UpdateConfigurationSetSendingEnabled": {"ConfigurationSetName": "news", "Enabled": False},
        "UpdateConfigurationSetReputationMetricsEnabled": {"ConfigurationSetName": "news", "Enabled": True},
        "DeleteIdentity": {"Identity": SITE},
        "DeleteIdentityPolicy": {"Identity": SITE, "PolicyName": "one"},
        "DeleteVerifiedEmailAddress": {"EmailAddress": USER},
        "PutIdentityPolicy": {"Identity": SITE, "PolicyName": "one", "Policy": OTHER},
        "SendEmail": {"Source": USER, "Destination": TO, "Message": MAIL},
        "SendRawEmail": {"RawMessage": RAW},
        "SendTemplatedEmail": {"Source": USER, "Destination": TO, "Template": "hello", "TemplateData": "{}"},
        "SetIdentityDkimEnabled": {"Identity": SITE, "DkimEnabled": False},
        "SetIdentityFeedbackForwardingEnabled": {"Identity": SITE, "ForwardingEnabled": False},
        "SetIdentityMailFromDomain": {
            "Identity": SITE,
            "MailFromDomain": "mail.example.com",
            "BehaviorOnMXFailure": "RejectMessage",
        },
        "UpdateAccountSendingEnabled": {"Enabled": False},
        "VerifyDomainDkim": {"Domain": "new.example"},
        "VerifyDomainIdentity": {"Domain": "new.example"},
        "VerifyEmailAddress": {"EmailAddress": "new@example.com"},
        "VerifyEmailIdentity": {"EmailAddress": "new@example.com"},
    },
    "v2": {
        **SAME,
        "CreateConfigurationSet": {"ConfigurationSetName": "other"},
        "CreateConfigurationSetEventDestination": {
            "ConfigurationSetName": "news",
            "EventDestinationName": "new",
            "EventDestination": destination_v2("COMPLAINT"),
        },
        "UpdateConfigurationSetEventDestination": {
            "ConfigurationSetName": "news",
            "EventDestinationName": "old",
            "EventDestination": destination_v2("COMPLAINT"),
        },
        "PutConfigurationSetSendingOptions": {"ConfigurationSetName": "news", "SendingEnabled": False},
        "PutConfigurationSetReputationOptions": {"ConfigurationSetName": "news", "ReputationMetricsEnabled": True},
        "CreateEmailIdentity": {"EmailIdentity": "new.example"},
        "CreateEmailIdentityPolicy": {"EmailIdentity": SITE, "PolicyName": "two", "Policy": OTHER},
        "DeleteEmailIdentity": {"EmailIdentity": SITE},
        "DeleteEmailIdentityPolicy": {"EmailIdentity": SITE, "PolicyName": "one"},
        "PutAccountSendingAttributes": {"SendingEnabled": False},
        "PutEmailIdentityDkimAttributes": {"EmailIdentity": SITE, "SigningEnabled": False},
        "PutEmailIdentityDkimSigningAttributes": {
            "EmailIdentity": SITE,
            "SigningAttributesOrigin": "AWS_SES",
            "SigningAttributes": SHORT,
        },
        "PutEmailIdentityFeedbackAttributes": {"EmailIdentity": SITE, "EmailForwardingEnabled": False},
        "PutEmailIdentityMailFromAttributes": {
            "EmailIdentity": SITE,
            "MailFromDomain": "mail.example.com",
            "BehaviorOnMxFailure": "REJECT_MESSAGE",
        },
        "SendEmail": {"FromEmailAddress": USER, "Destination": TO, "Content": {"Simple": MAIL}},
        "UpdateEmailIdentityPolicy": {"EmailIdentity": SITE, "PolicyName": "one", "Policy": OTHER},
    },
}


@pytest.mark.parametrize(("version", "table"), [("v1", V1), ("v2", V2)], ids=["v1", "v2"])
def test_every_operation_that_changes_something_is_compared(version: str, table: dict[str, Any]) -> None:
    """Each operation reads, or is called by the next test, or is on what the other version does not have."""
    changes = {name for name in table if not name.startswith(("Describe", "Get", "List"))}
    assert changes == CALLS[version].keys() | ONE_VERSION[version]
    assert not CALLS[version].keys() & ONE_VERSION[version]


@pytest.mark.parametrize(
    ("version", "operation"), [(version, operation) for version, calls in CALLS.items() for operation in calls]
)
def test_change_by_one_version_is_shown_by_the_other(v1: Any, v2: Any, version: str, operation: str) -> None:
    """Each operation of v1 and v2 that changes what both show changes it in the other version too."""
    before = seen_by_v1(v1)
    assert seen_by_v2(v2) == before
    getattr(v1 if version == "v1" else v2, xform_name(operation))(**CALLS[version][operation])
    after = seen_by_v1(v1)
    assert after != before
    assert seen_by_v2(v2) == after


#: What a test can do to identities: by itself, and by the DNS.
CONTROLS: dict[str, Callable[[SESStub], object]] = {
    "add_identity": lambda ses: ses.add_identity("new.example", "Failed"),
    "add_identity with DKIM": lambda ses: ses.add_identity("new.example", dkim="TemporaryFailure"),
    "add_identity with MAIL FROM": lambda ses: ses.add_identity("new.example", mail_from="mail.new.example"),
    "set_status": lambda ses: ses.add_identity(USER, "TemporaryFailure"),
    "after": lambda ses: (ses.after(hours=1).set_status(USER, "Failed"), ses.clock.advance(hours=1)),
    "remove_dkim": lambda ses: ses.remove_dkim(SITE),
    "remove_txt and DKIM": lambda ses: (ses.remove_txt(SITE), ses.remove_dkim(SITE)),
    "publish_mail_from": lambda ses: (request_mail_from(), ses.publish_mail_from(SITE)),
    "confirm": lambda ses: (make_client().verify_domain_dkim(Domain="new.example"), ses.confirm("new.example")),
    "click": lambda ses: (
        make_client("sesv2").create_email_identity(EmailIdentity="new@example.com"),
        ses.click_verification_link("new@example.com"),
    ),
    "time": lambda ses: (request_mail_from(), ses.clock.advance(timedelta(hours=72))),
    "own key": lambda ses: own_key(),
}


def request_mail_from() -> None:
    make_client().set_identity_mail_from_domain(Identity=SITE, MailFromDomain="mail.example.com")


def own_key() -> None:
    own = {"DomainSigningSelector": "mine", "DomainSigningPrivateKey": "MIICXAIBAAKBgQC="}
    make_client("sesv2").put_email_identity_dkim_signing_attributes(
        EmailIdentity=SITE, SigningAttributesOrigin="EXTERNAL", SigningAttributes=own
    )


@pytest.mark.parametrize("control", CONTROLS.values(), ids=CONTROLS)
def test_control_of_a_test_is_shown_by_both_versions(
    ses: SESStub, v1: Any, v2: Any, control: Callable[[SESStub], object]
) -> None:
    """What a test does is shown by v1 and v2 alike."""
    before = seen_by_v1(v1)
    control(ses)
    after = seen_by_v1(v1)
    assert after != before
    assert seen_by_v2(v2) == after


@pytest.mark.parametrize("first", ["v1", "v2"])
def test_script_is_shown_by_both_versions(ses: SESStub, v1: Any, v2: Any, first: str) -> None:
    """A script counts the answers of both versions, whichever asks first."""

    def by_v1() -> str:
        answer = v1.get_identity_verification_attributes(Identities=[SITE])
        return str(answer["VerificationAttributes"][SITE]["VerificationStatus"])

    def by_v2() -> str:
        return V1_STATUSES[v2.get_email_identity(EmailIdentity=SITE)["VerificationStatus"]]

    ses.script(SITE, ["Pending", "TemporaryFailure", "Failed", "Success"])
    ask = [by_v1, by_v2] if first == "v1" else [by_v2, by_v1]
    assert [ask[number % 2]() for number in range(4)] == ["Pending", "TemporaryFailure", "Failed", "Success"]
    assert seen_by_v1(v1) == seen_by_v2(v2)
