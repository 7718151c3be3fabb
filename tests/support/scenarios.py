"""Scenarios: steps that may happen to a stub before and after a restart."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from botocore.exceptions import ClientError
from clients import CUSTOM_MAIL, answered, make_client

from ses_stub import SESStub, SESStubError, mock_ses_verify

USER, SITE, NEW = "ann@example.com", "example.com", "new@example.org"
BOUNCE, BOUNCES = f"bounce.{SITE}", f"bounces@{SITE}"
TOPIC = "arn:aws:sns:us-east-1:123456789012:mails"
POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ses:SendEmail"}]}'
KEY = {"DomainSigningSelector": "mine", "DomainSigningPrivateKey": "c2VjcmV0"}
SHORT = {"NextSigningKeyLength": "RSA_1024_BIT"}
MAIL = {"Simple": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "How are you?"}, "Html": {"Data": "<p>"}}}}
RAW = f"From: me@{SITE}\r\nTo: {USER}\r\nSubject: Hi\r\n\r\nThere.\r\n".encode()
Step = Callable[[SESStub], Any]


@functools.cache
def client_of(service: str, region: str = "us-east-1") -> Any:
    with mock_ses_verify():
        return make_client(service, region, parameter_validation=False)


def v1(method: str, region: str = "us-east-1", **params: Any) -> Step:
    return lambda ses: answered(getattr(client_of("ses", region), method)(**params))


def v2(method: str, **params: Any) -> Step:
    return lambda ses: answered(getattr(client_of("sesv2"), method)(**params))


def rest_of_the_list(ses: SESStub) -> Any:
    first = client_of("ses").list_identities(MaxItems=1)
    return first["Identities"], v1("list_identities", NextToken=first.get("NextToken"))(ses)


#: Steps that only read.
READS: dict[str, Step] = {
    "status": v1("get_identity_verification_attributes", Identities=[USER, SITE, NEW]),
    "DKIM": v1("get_identity_dkim_attributes", Identities=[USER, SITE, NEW]),
    "MAIL FROM": v1("get_identity_mail_from_domain_attributes", Identities=[USER, SITE, NEW]),
    "notifications": v1("get_identity_notification_attributes", Identities=[USER, SITE, NEW]),
    "policies": v1("get_identity_policies", Identity=SITE, PolicyNames=["all"]),
    "templates": v1("list_custom_verification_email_templates"),
    "identity": v2("get_email_identity", EmailIdentity=SITE),
    "replica": v2("get_email_identity", EmailIdentity="copy.example.com"),
    "list": rest_of_the_list,
    "quota": v1("get_send_quota"),
    "account": v2("get_account"),
    "statistics": v1("get_send_statistics"),
    "configuration sets": v2("list_configuration_sets"),
    "event destinations": v2("get_configuration_set_event_destinations", ConfigurationSetName="set"),
}

STEPS: dict[str, Step] = {
    "create": v2(
        "create_email_identity",
        EmailIdentity=SITE,
        Tags=[{"Key": "team", "Value": "mail"}, {"Key": "a", "Value": "b"}],
        ConfigurationSetName="set",
    ),
    "verify domain": v1("verify_domain_identity", Domain=SITE),
    "verify address": v1("verify_email_identity", EmailAddress=USER),
    "verify elsewhere": v1("verify_email_identity", "eu-west-1", EmailAddress=USER),
    "publish": lambda ses: ses.publish_txt(SITE),
    "click": lambda ses: ses.click_verification_link(USER),
    "click first": lambda ses: [
        ses.click_verification_link(mail.link) for mail in ses.verification_emails[:1] if mail.link
    ],
    "ask DKIM": v1("verify_domain_dkim", Domain=SITE),
    "sign": v1("set_identity_dkim_enabled", Identity=SITE, DkimEnabled=True),
    "publish DKIM": lambda ses: ses.publish_dkim(SITE),
    "short DKIM": v2(
        "put_email_identity_dkim_signing_attributes",
        EmailIdentity=SITE,
        SigningAttributesOrigin="AWS_SES",
        SigningAttributes=SHORT,
    ),
    "own DKIM": v2(
        "put_email_identity_dkim_signing_attributes",
        EmailIdentity=SITE,
        SigningAttributesOrigin="EXTERNAL",
        SigningAttributes=KEY,
    ),
    "create with a key": v2("create_email_identity", EmailIdentity="own.example.com", DkimSigningAttributes=KEY),
    "verify copy": v1("verify_domain_identity", Domain="copy.example.com"),
    "replicate": v2(
        "put_email_identity_dkim_signing_attributes",
        EmailIdentity="copy.example.com",
        SigningAttributesOrigin="AWS_SES_EU_WEST_1",
    ),
    "ask DKIM elsewhere": v1("verify_domain_dkim", "eu-west-1", Domain="copy.example.com"),
    "ask MAIL FROM": v1(
        "set_identity_mail_from_domain", Identity=SITE, MailFromDomain=BOUNCE, BehaviorOnMXFailure="RejectMessage"
    ),
    "add MX": lambda ses: ses.dns.add(BOUNCE, "MX", "10 feedback-smtp.us-east-1.amazonses.com"),
    "topic": v1("set_identity_notification_topic", Identity=SITE, NotificationType="Bounce", SnsTopic=TOPIC),
    "complaints": v1("set_identity_notification_topic", Identity=SITE, NotificationType="Complaint", SnsTopic=TOPIC),
    "headers": v1(
        "set_identity_headers_in_notifications_enabled", Identity=SITE, NotificationType="Bounce", Enabled=True
    ),
    "no forwarding": v1("set_identity_feedback_forwarding_enabled", Identity=SITE, ForwardingEnabled=False),
    "policy": v1("put_identity_policy", Identity=SITE, PolicyName="all", Policy=POLICY),
    "template": v1("create_custom_verification_email_template", **CUSTOM_MAIL),
    "tag template": v2(
        "tag_resource",
        ResourceArn="arn:aws:ses:us-east-1:123456789012:custom-verification-email-template/welcome",
        Tags=[{"Key": "team", "Value": "mail"}],
    ),
    "own words": v1("send_custom_verification_email", EmailAddress=NEW, TemplateName="welcome"),
    "send": v2(
        "send_email",
        FromEmailAddress=f"me@{SITE}",
        Destination={"ToAddresses": [USER], "CcAddresses": [NEW]},
        ReplyToAddresses=[USER],
        FeedbackForwardingEmailAddress=BOUNCES,
        EmailTags=[{"Name": "kind", "Value": "greeting"}],
        ConfigurationSetName="set",
        Content=MAIL,
    ),
    "configuration set": v2(
        "create_configuration_set",
        ConfigurationSetName="set",
        SendingOptions={"SendingEnabled": True},
        Tags=[{"Key": "team", "Value": "mail"}],
    ),
    "event destination": v2(
        "create_configuration_set_event_destination",
        ConfigurationSetName="set",
        EventDestinationName="bounces",
        EventDestination={"MatchingEventTypes": ["BOUNCE"], "SnsDestination": {"TopicArn": TOPIC}},
    ),
    "bounce": v1(
        "send_email",
        Source=f"me@{SITE}",
        Destination={"ToAddresses": ["bounce@simulator.amazonses.com", "complaint@simulator.amazonses.com"]},
        Message=MAIL["Simple"],
    ),
    "send raw": v1("send_raw_email", RawMessage={"Data": RAW}),
    "send template": v1(
        "send_templated_email",
        Source=f"me@{SITE}",
        Destination={"BccAddresses": [USER]},
        Template="hello",
        TemplateData='{"name":"Ann"}',
    ),
    "script": lambda ses: ses.script(SITE, [("Success", 2), "Failed"]),
    "later": lambda ses: ses.after(hours=30).set_status(NEW, "TemporaryFailure"),
    "confirm later": lambda ses: ses.after(hours=30).confirm(USER),
    "hour": lambda ses: ses.clock.advance(hours=1),
    "23 hours": lambda ses: ses.clock.advance(hours=23),
    "three days": lambda ses: ses.clock.advance(hours=71),
    "remove": lambda ses: ses.remove_txt(SITE),
    "remove DKIM": lambda ses: ses.remove_dkim(SITE),
    "details": v2(
        "put_account_details",
        MailType="TRANSACTIONAL",
        WebsiteURL="https://example.com",
        ContactLanguage="EN",
        UseCaseDescription="Receipts.",
        AdditionalContactEmailAddresses=[f"team@{SITE}"],
    ),
    "pause": v1("update_account_sending_enabled", Enabled=False),
    "delete": v1("delete_identity", Identity=SITE),
    "delete address": v1("delete_identity", Identity=USER),
    **READS,
}
#: Leaves an example of everything in the state.
EVERYTHING = [
    *(
        "verify address",
        "verify elsewhere",
        "verify copy",
        "configuration set",
        "event destination",
        "create with a key",
        "create",
        "hour",
        "publish",
        "delete address",
    ),
    *("template", "tag template", "own words", "send", "send raw", "send template", "bounce"),
    *("replicate", "ask DKIM elsewhere"),
    *("ask MAIL FROM", "policy", "topic", "complaints"),
    *(
        "headers",
        "no forwarding",
        "ask DKIM",
        "sign",
        "publish DKIM",
        "short DKIM",
        "later",
        "script",
        "identity",
        "details",
        "pause",
    ),
]


def run(ses: SESStub, steps: Iterable[str]) -> list[Any]:
    """Runs the steps; returns their results."""
    results: list[Any] = []
    for step in steps:
        try:
            results.append(STEPS[step](ses))
        except ClientError as error:
            results.append(error.response["Error"])
        except SESStubError as error:
            results.append(str(error))
    return results


def run_to_the_end(ses: SESStub, steps: Iterable[str]) -> list[Any]:
    """Runs the steps and then all reads, immediately and after every deadline; returns the results."""
    results = run(ses, steps)
    for hours in (0, 24, 48, 72):
        ses.clock.advance(hours=hours)
        results += run(ses, [*READS, "send"])
        results += [
            dict(ses.identities),
            ses.verification_emails,
            ses.sent_emails,
            ses._service.state.history,
            ses.clock.now(),
        ]
    return results
