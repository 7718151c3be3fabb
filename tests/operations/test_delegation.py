"""Sending authorization between accounts: an identity's policies let another account send, or deny it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from clients import refused
from fidelity import aws

from ses_stub import SESStub, VirtualClock, mock_ses_verify
from ses_stub.exceptions import UnsupportedPolicyError

OWNER, DELEGATE = "111111111111", "222222222222"
ARN = f"arn:aws:ses:us-east-1:{OWNER}:identity/example.com"
TEXT = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "World"}}}
TO = {"ToAddresses": ["bob@example.org"]}
RAW = b"From: Ann <ann@example.com>\nTo: bob@example.org\nSubject: Hello\n\nWorld"


@pytest.fixture
def ses() -> Iterator[SESStub]:
    with mock_ses_verify(
        region="us-east-1", account_id=OWNER, rate=None, clock=VirtualClock(), identities=["example.com"]
    ) as stub:
        yield stub


def client(service: str = "ses", account: str = DELEGATE, region: str = "us-east-1") -> Any:
    return boto3.client(service, region_name=region, aws_access_key_id=account, aws_secret_access_key="secret")


def share(**changed: Any) -> None:
    """Gives the identity a policy that allows the other account everything, but for what is changed."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": DELEGATE},
        "Action": "ses:*",
        "Resource": ARN,
        **changed,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client(account=OWNER).put_identity_policy(Identity="example.com", PolicyName="share", Policy=policy)


def send(**more: Any) -> Any:
    """Sends as the other account by v1."""
    return client().send_email(Source="ann@example.com", Destination=TO, Message=TEXT, **more)


def denied(action: str = "SendEmail", account: str = DELEGATE) -> tuple[str, int, str]:
    """The error of a message that a policy does not allow."""
    user = f"arn:aws:iam::{account}:root"
    text = f"User `{user}' is not authorized to perform `ses:{action}' on resource `{ARN}'"
    return "AccessDenied", 403, text


def rejected(*names: str) -> tuple[str, int, str]:
    """The error of a message whose senders are not verified."""
    start = "Email address is not verified. The following identities failed the check in region US-EAST-1: "
    return "MessageRejected", 400, start + ", ".join(names)


@aws("documented", "guide, Using sending authorization: SourceArn")
def test_account_sends_by_an_identity_of_another_account(ses: SESStub) -> None:
    """With a policy and SourceArn, an account sends by another account's identity; the message is its own."""
    share()
    send(SourceArn=ARN)
    (email,) = ses.sent_emails
    assert (email.account_id, email.source) == (DELEGATE, "ann@example.com")
    assert client().get_send_quota()["SentLast24Hours"] == 1
    assert client(account=OWNER).get_send_quota()["SentLast24Hours"] == 0


@aws("recorded", "boto/boto3 issue 3873: the identities failed the check, although there is a policy")
def test_policy_alone_is_not_enough(ses: SESStub) -> None:
    """Without SourceArn the other account's identity is not looked at."""
    share()
    assert refused(send) == rejected("ann@example.com")


@aws("recorded", "emfoundation/ce100-app issue 572, danielireson/formplug pull request 11: the text, of users")
def test_without_a_policy_another_account_is_denied(ses: SESStub) -> None:
    """Without a policy that allows it, or without such an identity, SourceArn is denied."""
    assert refused(send, SourceArn=ARN) == denied()
    share(Action="ses:SendRawEmail")
    assert refused(send, SourceArn=ARN) == denied()
    other = ARN.replace("111111111111", "333333333333")
    assert refused(send, SourceArn=other)[:2] == ("AccessDenied", 403)
    assert ses.sent_emails == []


@aws("recorded", "symfony/symfony issue 51461: AccessDeniedException 403 in v2, ses:SendRawEmail for a raw message")
def test_v2_send_names_the_identity_of_another_account(ses: SESStub) -> None:
    """V2 has its own parameter and code; a raw message is the action SendRawEmail, a template SendTemplatedEmail."""
    v2, template = client("sesv2"), {"Template": {"TemplateName": "welcome", "TemplateData": "{}"}}
    source = {"FromEmailAddress": "ann@example.com", "FromEmailAddressIdentityArn": ARN, "Destination": TO}
    share(Action="ses:SendEmail")
    v2.send_email(**source, Content={"Simple": TEXT})
    for content, action in (({"Raw": {"Data": RAW}}, "SendRawEmail"), (template, "SendTemplatedEmail")):
        code, status, text = refused(v2.send_email, **source, Content=content)
        assert (code, status, text) == ("AccessDeniedException", *denied(action)[1:])
    share()
    v2.send_email(**source, Content={"Raw": {"Data": RAW}})
    v2.send_email(**source, Content=template)
    assert [one.account_id for one in ses.sent_emails] == [DELEGATE] * 3


@aws("reported", "Netflix/iep pull request 367, loopingz/aws-smtp-relay pull request 17: SourceArn is not enough")
def test_from_header_of_a_raw_message_needs_its_own_arn(ses: SESStub) -> None:
    """The From header of a raw message is authorized by FromArn, beside SourceArn for its source."""
    share()
    raw, v1 = {"Data": RAW}, client()
    assert refused(v1.send_raw_email, RawMessage=raw, SourceArn=ARN) == rejected("Ann <ann@example.com>")
    v1.send_raw_email(RawMessage=raw, SourceArn=ARN, FromArn=ARN)
    assert len(ses.sent_emails) == 1


@aws("documented", "service model, SendRawEmail: the X-headers; a parameter overrides its header")
def test_headers_of_a_raw_message_name_the_identities(ses: SESStub) -> None:
    """The headers X-SES-…-ARN of a raw message do the same as the parameters, which win over them."""
    share()
    headers = (
        f"X-SES-SOURCE-ARN: {ARN}\nX-SES-FROM-ARN: {ARN}\nX-SES-RETURN-PATH-ARN: {ARN}\nReturn-Path: b@example.com\n"
    )
    raw = {"Data": headers.encode() + RAW}
    client().send_raw_email(RawMessage=raw)
    client("sesv2").send_email(Content={"Raw": raw})
    assert [one.return_path for one in ses.sent_emails] == ["b@example.com"] * 2
    other = ARN.replace("example.com", "example.net")
    assert refused(client().send_raw_email, RawMessage=raw, SourceArn=other)[0] == "MessageRejected"


@aws("documented", "reference, SendEmail: ReturnPathArn; v2: FeedbackForwardingEmailAddressIdentityArn")
def test_return_path_needs_its_own_arn(ses: SESStub) -> None:
    """An address for bounces below another account's identity needs its own ARN."""
    share()
    bounces = "bounces@example.com"
    assert refused(send, SourceArn=ARN, ReturnPath=bounces) == rejected(bounces)
    send(SourceArn=ARN, ReturnPath=bounces, ReturnPathArn=ARN)
    v2 = {"FromEmailAddress": "ann@example.com", "FromEmailAddressIdentityArn": ARN, "Destination": TO}
    client("sesv2").send_email(
        **v2,
        Content={"Simple": TEXT},
        FeedbackForwardingEmailAddress=bounces,
        FeedbackForwardingEmailAddressIdentityArn=ARN,
    )
    assert [one.return_path for one in ses.sent_emails] == [bounces] * 2


@aws("unverified", "the error: the address is taken as not verified", question="source-arns")
@pytest.mark.parametrize("change", [("us-east-1", "eu-west-1"), ("example.com", "example.net")], ids=["region", "name"])
def test_arn_must_fit_region_and_address(ses: SESStub, change: tuple[str, str]) -> None:
    """An ARN of another region, or of an identity that does not cover the address, verifies nothing."""
    share()
    assert refused(send, SourceArn=ARN.replace(*change)) == rejected("ann@example.com")


@aws("documented", "botocore's example of SendEmail, whose SourceArn and ReturnPathArn are empty")
def test_empty_arn_is_none(ses: SESStub) -> None:
    """An empty ARN names no identity."""
    mail = {"Source": "ann@example.com", "Destination": TO, "Message": TEXT, "SourceArn": "", "ReturnPathArn": ""}
    client(account=OWNER).send_email(**mail)
    assert len(ses.sent_emails) == 1


@aws("unverified", "the text", question="source-arns")
def test_malformed_arn_is_refused(ses: SESStub) -> None:
    """SourceArn must be the ARN of an identity."""
    answer = refused(send, SourceArn="example.com")
    assert answer == ("InvalidParameterValue", 400, "Invalid identity ARN <example.com>.")


@aws("documented", "guide, Using sending authorization: the identity must be verified")
def test_shared_identity_must_be_verified(ses: SESStub) -> None:
    """A policy of an identity that is not verified allows nothing."""
    share()
    ses.add_identity("example.com", "Failed")
    assert refused(send, SourceArn=ARN) == rejected("ann@example.com")


def test_arn_of_an_own_identity_needs_no_policy(ses: SESStub) -> None:
    """An account may name its own identity by its ARN; one that does not exist verifies nothing."""
    own = client(account=OWNER)
    mail = {"Source": "ann@example.com", "Destination": TO, "Message": TEXT}
    own.send_email(**mail, SourceArn=ARN)
    missing = ARN.replace("example.com", "ann@example.com")
    assert refused(own.send_email, **mail, SourceArn=missing) == rejected("ann@example.com")


@aws("documented", "IAM reference: a resource policy denies the own account too")
def test_policy_may_deny_the_own_account(ses: SESStub) -> None:
    """A policy that denies holds for the identity's own account, with and without its ARN."""
    share(Effect="Deny", Principal="*", Action="ses:SendEmail")
    own = client(account=OWNER)
    mail = {"Source": "ann@example.com", "Destination": TO, "Message": TEXT}
    assert refused(own.send_email, **mail) == denied(account=OWNER)
    assert refused(own.send_email, **mail, SourceArn=ARN) == denied(account=OWNER)
    own.send_raw_email(RawMessage={"Data": RAW})


@aws(
    "documented",
    "guide, Sending policy examples: ses:FromAddress, ses:Recipients, ses:FromDisplayName, ses:FeedbackAddress",
)
@pytest.mark.parametrize(
    ("operator", "key", "value", "other"),
    [
        ("StringLike", "ses:FromAddress", "ann@*", "bob@*"),
        ("StringEquals", "ses:FromDisplayName", "Ann Lee", "Ann"),
        ("ForAllValues:StringLike", "ses:Recipients", "*@example.org", "*@example.net"),
        ("StringEquals", "ses:FeedbackAddress", "ann@example.com", "bounces@example.com"),
        ("StringEquals", "ses:ApiVersion", "1", "2"),
        ("StringEquals", "aws:PrincipalAccount", DELEGATE, OWNER),
        ("StringEquals", "aws:RequestedRegion", "us-east-1", "eu-west-1"),
        ("DateLessThan", "aws:CurrentTime", "2026-01-02", "2025-12-31"),
        ("NumericGreaterThan", "aws:EpochTime", 1_767_000_000, 1_800_000_000),
    ],
)
def test_condition_of_a_policy(ses: SESStub, operator: str, key: str, value: Any, other: Any) -> None:
    """A policy's condition sees sender, display name, recipients, return path, API, account, region and time."""
    mail = {"Source": "Ann Lee <ann@example.com>", "Destination": TO, "Message": TEXT, "SourceArn": ARN}
    share(Condition={operator: {key: other}})
    assert refused(client().send_email, **mail) == denied()
    share(Condition={operator: {key: value}})
    client().send_email(**mail)


def test_condition_on_the_api_that_is_called(ses: SESStub) -> None:
    """A policy may allow v2 only."""
    share(Condition={"StringEquals": {"ses:ApiVersion": "2"}})
    assert refused(send, SourceArn=ARN) == denied()
    client("sesv2").send_email(
        FromEmailAddress="ann@example.com", FromEmailAddressIdentityArn=ARN, Destination=TO, Content={"Simple": TEXT}
    )


def test_condition_on_a_missing_display_name(ses: SESStub) -> None:
    """A policy may allow only messages whose sender has no display name."""
    share(Condition={"Null": {"ses:FromDisplayName": "true"}})
    send(SourceArn=ARN)
    named = {"Source": "Ann <ann@example.com>", "Destination": TO, "Message": TEXT, "SourceArn": ARN}
    assert refused(client().send_email, **named) == denied()


def test_default_configuration_set_is_of_the_own_account(ses: SESStub) -> None:
    """An identity's default configuration set belongs to its account; another account sends without it."""
    v2 = client("sesv2", account=OWNER)
    v2.create_configuration_set(ConfigurationSetName="news")
    v2.put_email_identity_configuration_set_attributes(EmailIdentity="example.com", ConfigurationSetName="news")
    share()
    send(SourceArn=ARN)
    client(account=OWNER).send_email(Source="ann@example.com", Destination=TO, Message=TEXT)
    assert [one.configuration_set for one in ses.sent_emails] == [None, "news"]


def test_condition_that_cannot_be_checked_is_an_error_of_the_stub(ses: SESStub) -> None:
    """A condition on what the stub cannot know raises the stub's own error, and the call is logged with it."""
    share(Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}})
    with pytest.raises(UnsupportedPolicyError, match="the condition key aws:SourceIp"):
        send(SourceArn=ARN)
    assert ses.calls.last.error_code == "UnsupportedPolicyError"
    assert ses.sent_emails == []
