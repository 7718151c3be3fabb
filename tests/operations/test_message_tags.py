"""The tags of a message: which are refused, with which text, before anything else is checked."""

from __future__ import annotations

from typing import Any

import pytest
from clients import make_client, refused
from fidelity import aws

from ses_stub import SESStub, VirtualClock

TEXT = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "World"}}}
TO = {"ToAddresses": ["bob@example.org"]}
LONG = "x" * 256
NAME = "Invalid tag name <{}>: only alphanumeric ASCII characters, '_',  '-' are allowed."
VALUE = "Invalid tag value <{}>: only alphanumeric ASCII characters, '_',  '-' , '.', '@' are allowed."

WRONG = {
    "name": ("a:1", "b", NAME.format("a:1")),
    "value": ("a", "b:1", VALUE.format("b:1")),
    "both": ("a@1", "b:1", NAME.format("a@1")),
    "long name": (LONG, "b", "Tag name cannot exceed 255 characters."),
    "long value": ("a", LONG, "Tag value cannot exceed 255 characters."),
    "no name": ("", "b", "The tag name must be specified."),
    "no value": ("a", "", "The tag value must be specified."),
    "nothing": ("", "", "The tag name must be specified."),
    "not ASCII": ("ä", "b", NAME.format("ä")),
}


@pytest.fixture
def ses() -> SESStub:
    return SESStub(region="us-east-1", clock=VirtualClock(), rate=None, identities=["example.com"])


@aws("recorded", "LocalStack test_invalid_tags_send_email, validated on AWS 2024-07-30; v2 inferred")
@pytest.mark.parametrize(("name", "value", "text"), WRONG.values(), ids=WRONG)
def test_wrong_tag_is_refused_before_the_sender(ses: SESStub, name: str, value: str, text: str) -> None:
    """A wrong tag is refused before the sender is checked, its name before its value; v2 has its own code."""
    v1, v2 = ses.attach(make_client()), ses.attach(make_client("sesv2"))
    tags = [{"Name": "good", "Value": "one"}, {"Name": name, "Value": value}]
    sender = "eve@example.net"
    bad = ("InvalidParameterValue", 400, text)
    assert refused(v1.send_email, Source=sender, Destination=TO, Message=TEXT, Tags=tags) == bad
    template = {"Template": "welcome", "TemplateData": "{}"}
    assert refused(v1.send_templated_email, Source=sender, Destination=TO, Tags=tags, **template) == bad
    raw = {"Data": b"From: eve@example.net\nTo: bob@example.org\n\nHello"}
    assert refused(v1.send_raw_email, RawMessage=raw, Tags=tags) == bad
    content = {"Simple": TEXT}
    answer = refused(v2.send_email, FromEmailAddress=sender, Destination=TO, Content=content, EmailTags=tags)
    assert answer == ("BadRequestException", 400, text)


@aws("recorded", "LocalStack test_special_tags_send_email, validated on AWS 2024-07-30")
@pytest.mark.parametrize("name", ["ses:feedback-id-a", "ses:feedback-id-b"])
def test_feedback_id_is_a_name_of_aws(ses: SESStub, name: str) -> None:
    """Two names of AWS's own have a colon."""
    client = ses.attach(make_client())
    client.send_email(Source="a@example.com", Destination=TO, Message=TEXT, Tags=[{"Name": name, "Value": "spring"}])
    assert ses.sent_emails[0].tags == {name: "spring"}


def raw(tags: str) -> dict[str, bytes]:
    return {"Data": f"From: a@example.com\nTo: b@example.org\nX-SES-MESSAGE-TAGS: {tags}\n\nHello".encode()}


@aws("documented", "guide, Sending email with event publishing: X-SES-MESSAGE-TAGS")
@pytest.mark.parametrize("tags", ["kind=news, season=spring", "kind=news,\n season=spring"], ids=["one line", "folded"])
def test_tags_in_the_header_of_a_raw_message(ses: SESStub, tags: str) -> None:
    """A raw message may have its tags in a header."""
    ses.attach(make_client()).send_raw_email(RawMessage=raw(tags))
    assert ses.sent_emails[0].tags == {"kind": "news", "season": "spring"}


@aws("inferred", "as tags of the request")
@pytest.mark.parametrize(
    ("tags", "text"),
    [
        ("kind", "The tag value must be specified."),
        ("a b=c", NAME.format("a b")),
        ("=c", "The tag name must be specified."),
    ],
)
def test_wrong_tag_in_a_header_is_refused(ses: SESStub, tags: str, text: str) -> None:
    """A wrong tag in the header is refused like one in the request."""
    client: Any = ses.attach(make_client())
    assert refused(client.send_raw_email, RawMessage=raw(tags)) == ("InvalidParameterValue", 400, text)


@aws("unverified", "which of the two wins", question="tags-and-template-data")
def test_tags_of_the_request_take_the_place_of_the_header(ses: SESStub) -> None:
    """Tags of the request take the place of those in the header."""
    ses.attach(make_client()).send_raw_email(RawMessage=raw("a=b"), Tags=[{"Name": "c", "Value": "d"}])
    assert ses.sent_emails[0].tags == {"c": "d"}
