"""Errors of send operations other than an unverified sender, in both APIs."""

from __future__ import annotations

from typing import Any

import pytest
from clients import known, make_client, refused
from fidelity import aws

from ses_stub import SESStub, VirtualClock

ONCE = {"total_max_attempts": 1, "mode": "standard"}
TEXT = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "World"}}}


@pytest.fixture
def ses() -> SESStub:
    return SESStub(region="us-east-1", clock=VirtualClock(), rate=None, identities=["example.com"])


def v1(ses: SESStub, source: str = "ann@example.com", to: list[str] | None = None, **more: Any) -> Any:
    """The error of SendEmail of v1."""
    recipients = ["bob@example.org"] if to is None else to
    client = ses.attach(make_client(retries=ONCE))
    return refused(client.send_email, Source=source, Destination={"ToAddresses": recipients}, Message=TEXT, **more)


def v2(ses: SESStub, source: str = "ann@example.com", to: list[str] | None = None, **more: Any) -> Any:
    """The error of SendEmail of v2."""
    recipients = ["bob@example.org"] if to is None else to
    client = ses.attach(make_client("sesv2", retries=ONCE))
    sender = {"FromEmailAddress": source} if source else {}
    content = {"Content": {"Simple": TEXT}, **more}
    return refused(client.send_email, Destination={"ToAddresses": recipients}, **sender, **content)


BAD = {
    "no @": ("ann", "Missing final '@domain'"),
    "no domain": ("ann@", "Missing domain"),
    "white space": ("an n@example.com", "Local address contains control or whitespace"),
    "not ASCII": ("änn@example.com", "Local address contains control or whitespace"),
    "domain with control": ("ann@exam\x01ple.com", "Domain contains control or whitespace"),
    "two addresses": ("ann@example.com, bob@example.com", "Illegal address"),
    "comma in a name": ("Lee, Ann <ann@example.com>", "Illegal address"),
    "colon in a name": ("DEBUG: Ann <ann@example.com>", "Local address contains illegal character"),
    "signs behind the domain": ("ann@example.com%!", "Domain contains illegal character"),
    "name without >": ("Ann <ann@example.com", "Local address contains control or whitespace"),
    "no domain, with a name": ("Ann <ann@>", "Missing domain"),
    "unfinished quotes": ('"ann@example.com', "Missing final '@domain'"),
    "quoted end of line": ('"an\nn"@example.com', 'Invalid email address "an\nn"@example.com.'),
}


@aws("recorded, reported", "cloud-custodian/cloud-custodian issue 885; which input gets which text is reported")
@pytest.mark.parametrize(("address", "text"), BAD.values(), ids=BAD)
def test_malformed_sender_recipient_or_reply_address_is_refused(ses: SESStub, address: str, text: str) -> None:
    """A malformed address is refused, as sender, recipient or reply address."""
    assert v1(ses, source=address) == ("InvalidParameterValue", 400, text)
    assert v1(ses, to=["bob@example.org", address]) == ("InvalidParameterValue", 400, text)
    assert v1(ses, ReplyToAddresses=[address]) == ("InvalidParameterValue", 400, text)
    assert v2(ses, to=[address]) == ("BadRequestException", 400, text)


@aws(
    "recorded",
    "boto/botocore issue 1774, SebastiaanKlippert/lambda-ses-forwarder issue 2; of v2 opengovsg/plumber 1777",
)
@pytest.mark.parametrize("header", ["From", "To", "Reply-To"])
def test_malformed_address_in_a_header_is_refused(ses: SESStub, header: str) -> None:
    """A malformed address in the header of a MIME message is refused too."""
    addresses = {"From": "ann@example.com", "To": "bob@example.org", header: "DEBUG: Ann <ann@example.com>"}
    raw = {"Data": "".join(f"{name}: {value}\n" for name, value in addresses.items()).encode() + b"\nHello"}
    text = "Local address contains illegal character"
    client = ses.attach(make_client())
    assert refused(client.send_raw_email, RawMessage=raw) == ("InvalidParameterValue", 400, text)
    client = ses.attach(make_client("sesv2"))
    assert refused(client.send_email, Content={"Raw": raw}) == ("BadRequestException", 400, text)


@aws("recorded, reported", "v2: domdomegg/aws-ses-v2-local issue 44; v1: users of boto3 with an empty ReturnPath")
def test_empty_address_is_refused(ses: SESStub) -> None:
    """An empty address is refused, by v2 with a text of its own."""
    assert v1(ses, source="") == ("InvalidParameterValue", 400, "Missing final '@domain'")
    assert v1(ses, to=[""]) == ("InvalidParameterValue", 400, "Missing final '@domain'")
    assert v2(ses, to=[""]) == ("BadRequestException", 400, "Invalid email address .")


@aws("reported", "floci, as probed")
@pytest.mark.parametrize(
    "address",
    [
        "Änne <a@example.com>",
        '"Lee, <Ann>" <a@example.com>',
        "a@example.com (Änne)",
        '"a b@c"@example.com',
        '"a(b)\\"c"@example.com',
        "a\\@b@example.com",
        " a@example.com ",
    ],
)
def test_names_comments_and_quotes_are_accepted_in_addresses(ses: SESStub, address: str) -> None:
    """Display names, comments and quotes may hold characters that are not allowed in an address."""
    client = ses.attach(make_client())
    client.send_email(Source=address, Destination={"ToAddresses": [address]}, Message=TEXT)
    assert ses.sent_emails[0].destinations == (address,)


@aws("reported", "floci, as probed")
def test_syntax_then_length_then_verification_is_checked(ses: SESStub) -> None:
    """First the syntax of all addresses is checked, then their length, then verification."""
    wrong: dict[str, Any] = {
        "source": "a@b.c d",
        "to": ["ann@"],
        "ReturnPath": "a nn",
        "ReplyToAddresses": ["ann"],
    }
    texts = []
    for name, right in (("source", f"{'x' * 320}@example.net"), ("to", []), ("ReturnPath", "eve@example.net")):
        texts.append(v1(ses, **wrong)[2])
        wrong[name] = right
    texts.append(v1(ses, **wrong)[2])
    wrong["ReplyToAddresses"] = ["r@example.org"]
    texts.append(v1(ses, **wrong)[2].partition(":")[0])
    wrong["source"] = "eve@example.net"
    texts.append(v1(ses, **wrong)[2])
    wrong["to"] = ["bob@example.org"]
    texts.append(v1(ses, **wrong)[2].partition(".")[0])
    assert texts == [
        "Domain contains control or whitespace",
        "Missing domain",
        "Local address contains control or whitespace",
        "Missing final '@domain'",
        "Address length is more than 320 characters long",
        "There are no recipients specified.",
        "Email address is not verified",
    ]


@aws("reported", "floci, as probed")
def test_address_over_320_characters_is_refused(ses: SESStub) -> None:
    """An address of more than 320 characters, including its display name, is refused."""
    address = f"{'x' * 320} <ann@example.com>"
    text = f"Address length is more than 320 characters long: '{address}'."
    assert v1(ses, source=address) == ("InvalidParameterValue", 400, text)


@aws("recorded", "doubleunion/arooo issue 243")
def test_message_may_have_50_recipients(ses: SESStub) -> None:
    """A message has at most 50 recipients."""
    to = [f"bob{number}@example.org" for number in range(51)]
    assert v1(ses, to=to) == ("InvalidParameterValue", 400, "Recipient count exceeds 50.")
    ses.attach(make_client()).send_email(Source="ann@example.com", Destination={"ToAddresses": to[:50]}, Message=TEXT)


@aws("documented", "guide, Email sending errors")
def test_message_without_recipients_is_refused(ses: SESStub) -> None:
    """A message without recipients is refused."""
    text = "There are no recipients specified."
    assert v1(ses, to=[]) == ("InvalidParameterValue", 400, text)
    assert v2(ses, to=[]) == ("BadRequestException", 400, text)


@aws("reported", "floci, as probed")
def test_message_without_sender_is_refused(ses: SESStub) -> None:
    """A message without a sender is refused; the sender may be in its header."""
    raw = {"Data": b"To: bob@example.org\n\nHello"}
    text = "Missing required header 'From'."
    client = ses.attach(make_client())
    assert refused(client.send_raw_email, RawMessage=raw) == ("InvalidParameterValue", 400, text)
    assert v2(ses, source="", Content={"Raw": raw}) == ("BadRequestException", 400, text)
    assert v2(ses, source="") == ("BadRequestException", 400, "")
    template = {"Template": {"TemplateName": "welcome"}}
    assert v2(ses, source="", Content=template) == ("BadRequestException", 400, "Source cannot be empty")


@aws("unverified", "the text", question="no-content")
def test_v2_message_without_content_is_refused(ses: SESStub) -> None:
    """A v2 message without simple, raw or template content is refused."""
    code, status, text = v2(ses, Content={})
    assert (code, status, text) == ("BadRequestException", 400, "Content must contain Raw, Simple or Template.")


KINDS = [
    {"Simple": TEXT, "Raw": {"Data": b"From: a@example.com\n\nHello"}},
    {"Simple": TEXT, "Template": {"TemplateName": "welcome"}},
]


@aws(
    "documented",
    "reference, SendEmail of v2: `either a Simple message, Raw message, or a Templated message`; text unverified",
)
@pytest.mark.parametrize("content", KINDS, ids=["simple and raw", "simple and template"])
def test_v2_message_with_two_kinds_of_content_is_refused(ses: SESStub, content: dict[str, Any]) -> None:
    """A v2 message has one kind of content."""
    text = "Content must contain only one of Raw, Simple and Template."
    assert v2(ses, Content=content) == ("BadRequestException", 400, text)


OWN = {"TemplateContent": {"Subject": "Hello"}}
SOURCES = {
    "none": {},
    "name and ARN": {"TemplateName": "welcome", "TemplateArn": "arn:aws:ses:us-east-1:123456789012:template/welcome"},
    "name and content": {"TemplateName": "welcome", **known("Template", **OWN)},
}


@aws("inferred", "a template has one source; the text is unverified")
@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_v2_template_has_one_source(ses: SESStub, source: dict[str, Any]) -> None:
    """A v2 message with a template names it, or has its content, and not both."""
    if source == {"TemplateName": "welcome"}:
        pytest.skip("the model has no TemplateContent")
    text = "Template must have exactly one of TemplateName, TemplateArn and TemplateContent."
    content = {"Template": {**source, "TemplateData": "{}"}}
    assert v2(ses, Content=content) == ("BadRequestException", 400, text)


@aws(
    "documented, unverified",
    "service model, InvalidRenderingParameter: TemplateData in which a name or value is missing",
    question="tags-and-template-data",
)
@pytest.mark.parametrize("data", ["", "{", "[]", "null", "{name: 1}", "[" * 99_999])
def test_v2_template_data_must_be_a_json_object(ses: SESStub, data: str) -> None:
    """The data of a template is the text of a JSON object."""
    content = {"Template": {"TemplateName": "welcome", "TemplateData": data}}
    assert v2(ses, Content=content) == ("BadRequestException", 400, "Template rendering data is invalid")
    assert ses.sent_emails == []


@aws("documented", "service models: AccountSendingPausedException, SendingPausedException; the text is not known")
def test_paused_account_sends_nothing_until_resumed(ses: SESStub) -> None:
    """An account whose sending is paused sends nothing in that region until it is resumed."""
    client = ses.attach(make_client())
    client.update_account_sending_enabled(Enabled=False)
    text = "Email sending is disabled for your Amazon SES account."
    assert v1(ses) == ("AccountSendingPausedException", 400, text)
    assert v2(ses) == ("SendingPausedException", 400, text)
    client.update_account_sending_enabled(Enabled=True)
    client.send_email(Source="ann@example.com", Destination={"ToAddresses": ["bob@example.org"]}, Message=TEXT)


def sandbox() -> SESStub:
    return SESStub(
        region="us-east-1", clock=VirtualClock(), rate=None, identities=["example.com"], production_access=False
    )


@aws("recorded, documented", "EFForg/action-center-platform issue 874 (SMTP); guide, Sending quota errors: the code")
def test_send_over_the_daily_quota_is_throttled() -> None:
    """A sender that has reached the daily quota of recipients is throttled until 24 hours are over."""
    ses = sandbox()
    to = [f"bob{number}@example.com" for number in range(50)]
    client = ses.attach(make_client())
    for _ in range(4):
        client.send_email(Source="ann@example.com", Destination={"ToAddresses": to}, Message=TEXT)
    text = "Daily message quota exceeded."
    assert v1(ses, to=to[:1]) == ("Throttling", 400, text)
    assert v2(ses, to=to[:1]) == ("TooManyRequestsException", 429, text)
    client.send_email(
        Source="ann@example.com", Destination={"ToAddresses": ["success@simulator.amazonses.com"]}, Message=TEXT
    )
    ses.clock.advance(hours=24)
    client.send_email(Source="ann@example.com", Destination={"ToAddresses": to}, Message=TEXT)


@aws("documented", "AWS's blog on sending limits, quoted in django-ses/django-ses issue 59")
def test_rest_of_the_daily_quota() -> None:
    """While some of the daily quota is left, a message is sent to all its recipients."""
    ses = sandbox()
    client = ses.attach(make_client(retries=ONCE))
    to = [f"bob{number}@example.com" for number in range(50)]
    for count in (50, 50, 50, 49, 50):
        client.send_email(Source="ann@example.com", Destination={"ToAddresses": to[:count]}, Message=TEXT)
    assert client.get_send_quota()["SentLast24Hours"] == 249
    assert v1(ses)[0] == "MessageRejected"
    assert v1(ses, to=to[:1])[0] == "Throttling"
