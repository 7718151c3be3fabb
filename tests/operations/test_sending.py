"""What is listed in `sent_emails`: every message that was accepted, as it was sent."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from email.message import EmailMessage
from typing import Any

import pytest
from clients import known, make_client, refused
from fidelity import aws

from ses_stub import SentEmail, SESStub, VirtualClock

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
DESTINATION = {"ToAddresses": ["t@example.org"], "CcAddresses": ["c@example.org"], "BccAddresses": ["b@example.org"]}
TEXT = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "plain"}, "Html": {"Data": "<p>rich"}}}
TAGS = [{"Name": "campaign", "Value": "spring"}]


@pytest.fixture
def ses() -> SESStub:
    stub = SESStub(region="us-east-1", clock=VirtualClock(), rate=None, identities=["example.com"])
    stub.attach(make_client()).create_configuration_set(ConfigurationSet={"Name": "set"})
    return stub


def the_one(ses: SESStub) -> SentEmail:
    (email,) = ses.sent_emails
    return email


def fields(email: SentEmail, *names: str) -> list[Any]:
    return [getattr(email, name) for name in names]


def attached(ses: SESStub, service: str = "ses") -> Any:
    return ses.attach(make_client(service))


def test_v1_send_email_is_recorded_with_all_fields(ses: SESStub) -> None:
    """SendEmail of v1 is recorded with all its fields."""
    message_id = attached(ses).send_email(
        Source="Ann <ann@example.com>",
        Destination=DESTINATION,
        Message=TEXT,
        ReplyToAddresses=["r@example.net"],
        ReturnPath="bounce@example.com",
        Tags=TAGS,
        ConfigurationSetName="set",
    )["MessageId"]
    assert the_one(ses) == SentEmail(
        message_id=message_id,
        source="Ann <ann@example.com>",
        to=("t@example.org",),
        cc=("c@example.org",),
        bcc=("b@example.org",),
        operation="SendEmail",
        service="ses",
        region="us-east-1",
        account_id="123456789012",
        sent_at=START,
        subject="Hello",
        text="plain",
        html="<p>rich",
        reply_to=("r@example.net",),
        return_path="bounce@example.com",
        tags={"campaign": "spring"},
        configuration_set="set",
    )
    assert the_one(ses).destinations == ("t@example.org", "c@example.org", "b@example.org")


def test_send_email_of_v2(ses: SESStub) -> None:
    """SendEmail of v2 with a simple message is recorded."""
    attached(ses, "sesv2").send_email(
        FromEmailAddress="ann@example.com",
        Destination=DESTINATION,
        Content={"Simple": TEXT},
        ReplyToAddresses=["r@example.net"],
        FeedbackForwardingEmailAddress="bounce@example.com",
        EmailTags=TAGS,
        ConfigurationSetName="set",
    )
    email = the_one(ses)
    assert fields(email, "service", "operation", "subject", "text", "html") == [
        "sesv2",
        "SendEmail",
        "Hello",
        "plain",
        "<p>rich",
    ]
    assert fields(email, "to", "cc", "bcc") == [("t@example.org",), ("c@example.org",), ("b@example.org",)]
    assert fields(email, "reply_to", "return_path", "tags", "configuration_set") == [
        ("r@example.net",),
        "bounce@example.com",
        {"campaign": "spring"},
        "set",
    ]


@aws("documented", "Reference, SendTemplatedEmail: a template and its data; here any name is accepted")
@pytest.mark.parametrize("service", ["ses", "sesv2"])
def test_templated_send_records_template_name_and_data(ses: SESStub, service: str) -> None:
    """SendTemplatedEmail, and SendEmail of v2 with a template, record the template's name and data."""
    client, data = attached(ses, service), '{"name": "Bob"}'
    if service == "ses":
        client.send_templated_email(
            Source="ann@example.com", Destination=DESTINATION, Template="welcome", TemplateData=data
        )
    else:
        client.send_email(
            FromEmailAddress="ann@example.com",
            Destination=DESTINATION,
            Content={"Template": {"TemplateName": "welcome", "TemplateData": data}},
        )
    assert fields(the_one(ses), "template", "template_data", "subject", "text") == ["welcome", data, None, None]


@pytest.mark.skipif(not known("Template", TemplateContent=1), reason="the model has no TemplateContent")
def test_template_in_the_request(ses: SESStub) -> None:
    """A template that is given in the request is recorded without its data filled in."""
    own = {"Subject": "Hello {{name}}", "Text": "plain", "Html": "<p>rich"}
    template = {"TemplateContent": own, "TemplateData": '{"name": "Bob"}'}
    attached(ses, "sesv2").send_email(
        FromEmailAddress="ann@example.com", Destination=DESTINATION, Content={"Template": template}
    )
    expected = [None, '{"name": "Bob"}', "Hello {{name}}", "plain", "<p>rich"]
    assert fields(the_one(ses), "template", "template_data", "subject", "text", "html") == expected


def mime() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "Änne <ann@example.com>", "t@example.org, T2 <t2@example.org>"
    message["Cc"], message["Reply-To"], message["Subject"] = "c@example.org", "r@example.net", "Grüße"
    message.set_content("plain ö\n")
    message.add_alternative("<p>rich ö</p>\n", subtype="html")
    message.add_attachment(b"col\n1\n", maintype="text", subtype="plain", filename="a.txt")
    return message


@pytest.mark.parametrize("service", ["ses", "sesv2"])
def test_raw_message_is_parsed_and_kept(ses: SESStub, service: str) -> None:
    """Sender, recipients, subject and bodies are read from a MIME message, which is recorded too."""
    raw = mime().as_bytes()
    client = attached(ses, service)
    if service == "ses":
        client.send_raw_email(RawMessage={"Data": raw}, Tags=TAGS)
    else:
        client.send_email(Content={"Raw": {"Data": raw}}, EmailTags=TAGS)
    email = the_one(ses)
    assert "ann@example.com" in email.source
    assert fields(email, "to", "cc", "bcc", "reply_to", "tags") == [
        ("t@example.org", "T2 <t2@example.org>"),
        ("c@example.org",),
        (),
        ("r@example.net",),
        {"campaign": "spring"},
    ]
    assert fields(email, "subject", "text", "html", "raw") == ["Grüße", "plain ö\n", "<p>rich ö</p>\n", raw]


@aws("documented", "reference, SendRawEmail: Source and Destinations")
def test_raw_with_named_recipients(ses: SESStub) -> None:
    """Source and Destinations of SendRawEmail replace those of the header."""
    attached(ses).send_raw_email(
        Source="other@example.com", Destinations=["x@example.org", "y@example.org"], RawMessage={"Data": bytes(mime())}
    )
    assert fields(the_one(ses), "source", "to", "cc", "bcc") == [
        "other@example.com",
        ("x@example.org", "y@example.org"),
        (),
        (),
    ]


def test_raw_with_all_named_by_v2(ses: SESStub) -> None:
    """The fields of v2's SendEmail replace those of the header, including copies and reply addresses."""
    attached(ses, "sesv2").send_email(
        FromEmailAddress="other@example.com",
        Destination=DESTINATION,
        ReplyToAddresses=["answers@example.net"],
        FeedbackForwardingEmailAddress="bounce@example.com",
        Content={"Raw": {"Data": b"Return-Path: <other@example.com>\n" + bytes(mime())}},
    )
    assert fields(the_one(ses), "source", "to", "cc", "bcc", "reply_to", "return_path") == [
        "other@example.com",
        ("t@example.org",),
        ("c@example.org",),
        ("b@example.org",),
        ("answers@example.net",),
        "bounce@example.com",
    ]


ADDRESSES = {
    "folded": (b"a@example.org,\r\n\tB B <b@example.org>", ("a@example.org", "B B <b@example.org>")),
    "comma in a name": (b'"B, B" <b@example.org>, a@example.org', ('"B, B" <b@example.org>', "a@example.org")),
    "comma in a comment": (b"b@example.org (B, B), a@example.org", ("b@example.org (B, B)", "a@example.org")),
    "encoded name": (b"=?utf-8?q?=C3=84nne?= <a@example.org>", ("=?utf-8?q?=C3=84nne?= <a@example.org>",)),
    "group": (b"Team: a@example.org, b@example.org;", ("a@example.org", "b@example.org")),
    "two headers": (b"a@example.org\r\nTo: b@example.org", ("a@example.org", "b@example.org")),
    "nobody": (b"undisclosed-recipients:;\r\nCc: a@example.org", ()),
}


@pytest.mark.parametrize(("header", "to"), ADDRESSES.values(), ids=ADDRESSES)
def test_addresses_of_a_header(ses: SESStub, header: bytes, to: tuple[str, ...]) -> None:
    """The addresses of a header are recorded as they are written."""
    raw = b"From: ann@example.com\r\nTo: " + header + b"\r\n\r\nHello"
    attached(ses).send_raw_email(RawMessage={"Data": raw})
    assert the_one(ses).to == to


def test_return_path_of_a_header(ses: SESStub) -> None:
    """The header Return-Path sets the address for bounces."""
    raw = b"Return-Path: bounce@example.com\nFrom: ann@example.com\nTo: t@example.org\n\nHello"
    attached(ses).send_raw_email(RawMessage={"Data": raw})
    assert the_one(ses).return_path == "bounce@example.com"


SUBJECTS = {
    "folded": (b"one\n two", "one two"),
    "parts": (b"=?utf-8?q?Gr=C3=BC?=\n =?utf-8?b?w59l?=", "Grüße"),
    "unknown encoding": (b"=?klingon?q?nuqneH?=", "=?klingon?q?nuqneH?="),
    "no base64": (b"=?utf-8?b?a?=", "=?utf-8?b?a?="),
}


@pytest.mark.parametrize(("header", "subject"), SUBJECTS.values(), ids=SUBJECTS)
def test_subject_of_a_header(ses: SESStub, header: bytes, subject: str) -> None:
    """A subject is decoded, or recorded as it is written if that fails."""
    raw = b"From: ann@example.com\nTo: t@example.org\nSubject: " + header + b"\n\nHello"
    attached(ses).send_raw_email(RawMessage={"Data": raw})
    assert the_one(ses).subject == subject


BODIES = {
    "unknown charset": (b"Content-Type: text/plain; charset=klingon\n\nHello", "Hello"),
    "wrong charset": (b"Content-Type: text/plain; charset=utf-8\n\nHell\xf6", "Hell\ufffd"),
    "only attached": (b"Content-Type: text/plain\nContent-Disposition: attachment\n\nHello", None),
    "message within": (b"Content-Type: message/rfc822\n\nSubject: Inner\n\nHello", None),
    "no parts": (b"Content-Type: multipart/mixed\n\nHello", None),
    "other parts": (b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: image/png\n\nHello\n--x--", None),
}


@pytest.mark.parametrize(("rest", "text"), BODIES.values(), ids=BODIES)
def test_text_of_a_message(ses: SESStub, rest: bytes, text: str | None) -> None:
    """The text is the first part that is no attachment, decoded as far as possible."""
    raw = b"From: ann@example.com\nTo: t@example.org\nMIME-Version: 1.0\n" + rest
    attached(ses).send_raw_email(RawMessage={"Data": raw})
    assert the_one(ses).text == text


def test_raw_without_much(ses: SESStub) -> None:
    """A MIME message without subject or text is recorded without them."""
    raw = b"From: ann@example.com\nTo: t@example.org\nContent-Type: image/png\n\n"
    attached(ses).send_raw_email(RawMessage={"Data": raw})
    assert fields(the_one(ses), "subject", "text", "html", "return_path") == [None, None, None, None]


@aws("recorded", "the message id in ks888/LambStatus issue 97")
def test_message_ids_have_aws_form_and_are_unique(ses: SESStub) -> None:
    """A message id consists of a time in milliseconds, a UUID and a count, and is unique."""
    client = attached(ses)
    ids = {
        client.send_email(Source="ann@example.com", Destination=DESTINATION, Message=TEXT)["MessageId"]
        for _ in range(20)
    }
    assert len(ids) == 20
    form = r"0100[0-9a-f]{12}-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}-000000"
    assert all(re.fullmatch(form, one) for one in ids)
    assert {int(one[4:16], 16) for one in ids} == {int(START.timestamp() * 1000)}


def test_same_ids_on_every_run(ses: SESStub) -> None:
    """Message ids do not change from run to run."""
    first = attached(ses).send_email(Source="ann@example.com", Destination=DESTINATION, Message=TEXT)
    ses.reset()
    again = attached(ses).send_email(Source="ann@example.com", Destination=DESTINATION, Message=TEXT)
    assert first["MessageId"] == again["MessageId"]


def test_sent_emails_are_listed_by_time(ses: SESStub) -> None:
    """Messages of all regions are listed in the order in which they were sent, with their time."""
    west = ses.view(region="eu-west-1")
    west.add_identity("example.com")
    for region, hours in (("us-east-1", 1), ("eu-west-1", 2)):
        ses.clock.advance(hours=hours)
        client = ses.attach(make_client(region=region))
        client.send_email(Source="ann@example.com", Destination=DESTINATION, Message=TEXT)
    assert [(one.region, one.sent_at.hour) for one in ses.sent_emails] == [("us-east-1", 1), ("eu-west-1", 3)]
    assert west.sent_emails == ses.sent_emails


def test_refused_or_failed_send_is_not_recorded(ses: SESStub) -> None:
    """A message that was refused, or that met an injected failure, is not recorded."""
    client = attached(ses)
    refused(client.send_email, Source="eve@example.net", Destination=DESTINATION, Message=TEXT)
    ses.inject("SendEmail", error_code="AccessDenied")
    refused(client.send_email, Source="ann@example.com", Destination=DESTINATION, Message=TEXT)
    assert ses.sent_emails == []


def test_reset_clears_the_sent_emails(ses: SESStub) -> None:
    """A reset clears the sent emails."""
    attached(ses).send_email(Source="ann@example.com", Destination=DESTINATION, Message=TEXT)
    ses.reset()
    assert ses.sent_emails == []
