"""Sending authorization: which senders may send, and in the sandbox, to which recipients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from clients import make_client, refused
from fidelity import aws

from ses_stub import SESStub, VirtualClock, mock_ses_verify

Send = Callable[..., Any]
ALL = "v1 SendEmail", "v1 SendRawEmail", "v1 SendTemplatedEmail", "v2 SendEmail", "v2 SendEmail, raw"


def sender(operation: str, region: str = "us-east-1") -> tuple[Send, Callable[[str, str], dict[str, Any]]]:
    """Returns a client's method for an operation, and what it takes to send from one address to another."""
    v1, v2 = make_client(region=region), make_client("sesv2", region)
    text = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "World"}}}

    def raw(source: str, to: str) -> bytes:
        return f"From: {source}\nTo: {to}\nSubject: Hello\n\nWorld".encode()

    def destination(to: str) -> dict[str, list[str]]:
        return {"ToAddresses": [to]}

    ways: dict[str, tuple[Send, Callable[[str, str], dict[str, Any]]]] = {
        "v1 SendEmail": (
            v1.send_email,
            lambda source, to: {"Source": source, "Destination": destination(to), "Message": text},
        ),
        "v1 SendRawEmail": (v1.send_raw_email, lambda source, to: {"RawMessage": {"Data": raw(source, to)}}),
        "v1 SendTemplatedEmail": (
            v1.send_templated_email,
            lambda source, to: {
                "Source": source,
                "Destination": destination(to),
                "Template": "welcome",
                "TemplateData": "{}",
            },
        ),
        "v2 SendEmail": (
            v2.send_email,
            lambda source, to: {
                "FromEmailAddress": source,
                "Destination": destination(to),
                "Content": {"Simple": text},
            },
        ),
        "v2 SendEmail, raw": (v2.send_email, lambda source, to: {"Content": {"Raw": {"Data": raw(source, to)}}}),
    }
    return ways[operation]


def send(operation: str, source: str, to: str = "bob@example.org", region: str = "us-east-1") -> str:
    """Sends a message and returns its id."""
    method, params = sender(operation, region)
    answer: str = method(**params(source, to))["MessageId"]
    return answer


def rejected(operation: str, source: str, to: str = "bob@example.org") -> list[str]:
    """The identities that the error names."""
    method, params = sender(operation)
    code, status, text = refused(method, **params(source, to))
    assert (code, status) == ("MessageRejected", 400)
    start = "Email address is not verified. The following identities failed the check in region US-EAST-1: "
    assert text.startswith(start)
    return text.removeprefix(start).split(", ")


@aws("recorded", "3box/3box issue 469, danilop/LambdAuth issue 64, ks888/LambStatus issue 97 and many others")
@pytest.mark.parametrize("operation", ALL)
def test_unverified_sender_is_refused_by_every_send_operation(operation: str) -> None:
    """SendEmail, SendRawEmail and SendTemplatedEmail, and SendEmail of v2, refuse an unverified sender."""
    with mock_ses_verify() as ses:
        assert rejected(operation, "ann@example.com") == ["ann@example.com"]
        assert ses.sent_emails == []


@aws("documented", "guide, Verified identities: subdomains, labels, case")
@pytest.mark.parametrize(
    ("identity", "source"),
    [
        ("ann@example.com", "ann@example.com"),
        ("ann@example.com", "Ann Example <ann@example.com>"),
        ("ann@example.com", "ann+news@example.com"),
        ("ann+news@example.com", "ann+news@example.com"),
        ("example.com", "anybody@example.com"),
        ("example.com", "anybody@EXAMPLE.com"),
        ("example.com", "anybody@a.b.example.com"),
    ],
)
@pytest.mark.parametrize("operation", ["v1 SendEmail", "v2 SendEmail"])
def test_verified_address_or_domain_may_send(operation: str, identity: str, source: str) -> None:
    """A verified address may send, also with a label or display name.

    A domain may send for its addresses and subdomains.
    """
    with mock_ses_verify(identities=[identity]) as ses:
        message_id = send(operation, source)
    assert [(one.message_id, one.source) for one in ses.sent_emails] == [(message_id, source)]


@aws("documented", "guide, Verified identities: email addresses are case sensitive")
@pytest.mark.parametrize(
    ("identity", "source"),
    [
        ("ann@example.com", "bob@example.com"),
        ("ann@EXAMPLE.com", "ann@example.com"),
        ("Ann@example.com", "ann@example.com"),
        ("ann+news@example.com", "ann@example.com"),
        ("a.example.com", "ann@example.com"),
        ("example.com", "ann@notexample.com"),
    ],
)
def test_may_not_send(identity: str, source: str) -> None:
    """A verified identity does not let another address, another case of the address, or the parent domain send."""
    with mock_ses_verify(identities=[identity]):
        assert rejected("v1 SendEmail", source) == [source]


@aws("documented, inferred", "guide, Verified domain revocation: sending ends with the revocation")
@pytest.mark.parametrize(
    ("identity", "status", "passes"),
    [
        ("example.com", "Pending", False),
        ("example.com", "Failed", False),
        ("example.com", "NotStarted", False),
        ("example.com", "TemporaryFailure", True),
        ("ann@example.com", "Pending", False),
        ("ann@example.com", "Failed", False),
    ],
)
def test_only_success_and_temporary_failure_may_send(identity: str, status: str, passes: bool) -> None:
    """Only Success and TemporaryFailure may send: the latter until the domain is revoked."""
    with mock_ses_verify(identities={identity: status}) as ses:
        if passes:
            send("v1 SendEmail", "ann@example.com")
        else:
            rejected("v1 SendEmail", "ann@example.com")
    assert len(ses.sent_emails) == passes


@aws("reported", "hashicorp/terraform-provider-aws issue 41634")
def test_pending_address_of_a_verified_domain() -> None:
    """A Pending address may send if its domain may."""
    with mock_ses_verify(identities={"example.com": "Success", "ann@example.com": "Pending"}):
        send("v1 SendEmail", "ann@example.com")


@aws("documented", "guide, Email sending errors: From, Source, Sender, Return-Path")
@pytest.mark.parametrize("header", ["From", "Sender", "Return-Path"])
def test_other_senders_of_a_raw_message(header: str) -> None:
    """Every sender in the header of a MIME message is checked, in addition to its source."""
    raw = f"{header}: eve@example.net\nTo: bob@example.org\n\nHello"
    with mock_ses_verify(identities=["example.com"]):
        code, _, text = refused(
            make_client().send_raw_email, Source="ann@example.com", RawMessage={"Data": raw.encode()}
        )
    assert (code, text.rpartition(": ")[2]) == ("MessageRejected", "eve@example.net")


@aws("documented", "guide, Email sending errors: Return-Path")
def test_return_path_must_be_verified() -> None:
    """The return path must be verified."""
    with mock_ses_verify(identities=["example.com"]):
        method, params = sender("v1 SendEmail")
        _, _, text = refused(method, **params("ann@example.com", "bob@example.org"), ReturnPath="eve@example.net")
        assert text.endswith(": eve@example.net")
        method, params = sender("v2 SendEmail")
        _, _, text = refused(
            method, **params("ann@example.com", "bob@example.org"), FeedbackForwardingEmailAddress="eve@example.net"
        )
        assert text.endswith(": eve@example.net")


@aws("recorded", "mageplaza/magento-2-smtp issue 152, WPManageNinja/fluent-smtp issue 90: Ann <a@b.c>, a@b.c")
def test_refusal_names_each_sender_once_as_given() -> None:
    """The error names each unverified sender once, as it was given, those of the header first."""
    raw = b"From: Yo <yo@example.com>\nSender: yo@example.com\nTo: bob@example.org\n\nHello"
    with mock_ses_verify():
        _, _, text = refused(make_client().send_raw_email, Source="yo@example.com", RawMessage={"Data": raw})
    assert text.endswith("US-EAST-1: Yo <yo@example.com>, yo@example.com")


@aws("documented", "guide, Verified identities: per Region")
def test_other_region_and_account() -> None:
    """An identity that is verified in another region or account does not count."""
    with mock_ses_verify(region="us-east-1") as ses:
        ses.view(region="eu-west-1").add_identity("example.com")
        ses.view(account_id="000000000001").add_identity("example.com")
        rejected("v1 SendEmail", "ann@example.com")
        send("v1 SendEmail", "ann@example.com", region="eu-west-1")


# The sandbox.


@aws("documented", "guide, Moving out of the sandbox")
@pytest.mark.parametrize("operation", ALL)
def test_sandbox_recipients_must_be_verified(operation: str) -> None:
    """In the sandbox, recipients must be verified too."""
    with mock_ses_verify(identities=["example.com"], production_access=False) as ses:
        assert rejected(operation, "ann@example.com", "bob@example.org") == ["bob@example.org"]
        assert rejected(operation, "eve@example.net", "bob@example.org") == ["eve@example.net", "bob@example.org"]
        send(operation, "ann@example.com", "bob@example.com")
    assert len(ses.sent_emails) == 1


@aws("documented", "guide, Mailbox simulator")
@pytest.mark.parametrize(
    ("recipient", "passes"),
    [
        ("success@simulator.amazonses.com", True),
        ("bounce+label@simulator.amazonses.com", True),
        ("OOTO@simulator.amazonses.com", True),
        ("complaint@simulator.amazonses.com", True),
        ("suppressionlist@simulator.amazonses.com", True),
        ("somebody@simulator.amazonses.com", False),
    ],
)
def test_sandbox_may_send_to_the_mailbox_simulator(recipient: str, passes: bool) -> None:
    """In the sandbox, mails may be sent to the mailbox simulator."""
    with mock_ses_verify(identities=["example.com"], production_access=False):
        if passes:
            send("v1 SendEmail", "ann@example.com", recipient)
        else:
            assert rejected("v1 SendEmail", "ann@example.com", recipient) == [recipient]


# Other rules.


@aws(
    "inferred", "Reference, SetIdentityMailFromDomain: RejectMessage; guide: the most granular identity's settings hold"
)
def test_nearest_identity_decides() -> None:
    """Of several verified identities the nearest decides how a missing MAIL FROM domain is handled."""
    with mock_ses_verify(rate=None, identities=["example.com"]) as ses:
        make_client().set_identity_mail_from_domain(
            Identity="example.com", MailFromDomain="bounce.example.com", BehaviorOnMXFailure="RejectMessage"
        )
        method, params = sender("v1 SendEmail")
        code, status, _ = refused(method, **params("ann@example.com", "bob@example.org"))
        assert (code, status) == ("MailFromDomainNotVerifiedException", 400)
        ses.add_identity("ann@example.com")
        send("v1 SendEmail", "ann+news@example.com")


@aws("documented", "guide, Service quotas: all actions but sending are throttled")
@pytest.mark.parametrize("operation", ALL)
def test_send_operations_are_not_throttled(operation: str) -> None:
    """Send operations are not limited to one request per second."""
    with mock_ses_verify(identities=["example.com"], clock=VirtualClock()) as ses:
        for _ in range(5):
            send(operation, "ann@example.com")
    assert [call.error_code for call in ses.calls] == [None] * 5
    assert ses.report().simulated_wait == 0


def test_opened_by_a_click() -> None:
    """A click on the link allows sending, and deleting the identity forbids it again."""
    ses = SESStub(region="us-east-1", rate=None)
    client = ses.attach(make_client())
    mail = {
        "Source": "ann@example.com",
        "Destination": {"ToAddresses": ["bob@example.org"]},
        "Message": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "World"}}},
    }
    client.verify_email_identity(EmailAddress="ann@example.com")
    refused(client.send_email, **mail)
    ses.click_verification_link("ann@example.com")
    client.send_email(**mail)
    client.delete_identity(Identity="ann@example.com")
    refused(client.send_email, **mail)
    assert len(ses.sent_emails) == 1
