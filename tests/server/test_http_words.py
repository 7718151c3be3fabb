"""What HTTP clients get: errors in their own words, emails a page at a time, the rate of real time."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from clients import make_client
from remote_control import RemoteControl, error_of
from werkzeug.test import Client

from ses_stub import SESStub, VirtualClock
from ses_stub._api.stub import service_of
from ses_stub._server.app import Application
from ses_stub._time.running_clock import RunningClock
from ses_stub._time.time import to_timestamp

USER, SITE = "ann@example.com", "example.com"
PYTHON = ("mock_aws", "Stubber", "view(", "publish_txt(", "verify_email_identity", "unsupported=")


@pytest.fixture
def ses() -> SESStub:
    return SESStub(rate=None, clock=VirtualClock(), identities=[USER])


@pytest.fixture
def remote(ses: SESStub) -> RemoteControl:
    return RemoteControl(ses)


def message_of(response: Any) -> str:
    message = error_of(response)[2]
    assert not [word for word in PYTHON if word in message]
    return message


def test_identity_of_another_region_is_found_by_a_query(ses: SESStub, remote: RemoteControl) -> None:
    """The error has the query that leads to it."""
    ses.view(region="eu-west-1").add_identity(SITE)
    message = message_of(remote.request("GET", f"/identities/{SITE}"))
    assert message.endswith(" It exists elsewhere: add ?region=eu-west-1&account_id=123456789012")
    assert remote.get(f"/identities/{SITE}", region="eu-west-1", account_id="123456789012")["name"] == SITE


def test_unknown_identity_names_no_function(remote: RemoteControl) -> None:
    """Not those of boto3 either."""
    assert message_of(remote.request("GET", "/identities/none.example")).endswith("there are: ann@example.com.")
    assert "no email to" in message_of(remote.request("POST", "/clicks", {"address": "none@example.com"}))


def test_click_for_a_domain_names_the_path(remote: RemoteControl) -> None:
    """A domain gets no link."""
    message = message_of(remote.request("POST", "/clicks", {"address": SITE}))
    assert "POST /_ses_stub/identities/example.com/records/txt publishes" in message


def test_unsupported_operation_names_the_supported_ones(ses: SESStub, remote: RemoteControl) -> None:
    """To a client of SES as to one of the control API, without advice for Python."""
    answer = Client(Application(ses)).post("/", data="Action=ListReceiptFilters&Version=2010-12-01").text
    told = message_of(remote.request("POST", "/faults", {"operation": "ListReceiptFilters", "status": 500}))
    for text in (answer, told):
        assert "does not support the SES operation ListReceiptFilters. Supported operations: " in text
        assert not [word for word in PYTHON if word in text]


def test_emails_come_in_pages(ses: SESStub, remote: RemoteControl) -> None:
    """Oldest first, each with its number; `next` is where the following page begins."""
    client = ses.attach(make_client())
    for number in range(5):
        client.verify_email_identity(EmailAddress=f"u{number % 2}@example.com")
        to = {"ToAddresses": [f"Bob <b{number % 2}@example.com>"]}
        body = {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}
        client.send_email(Source=USER, Destination=to, Message=body)
    for path, kind, to in (
        ("/verification-emails", "verification_emails", "u1@example.com"),
        ("/sent-emails", "sent_emails", "b1@example.com"),
    ):

        def numbers(path: str = path, kind: str = kind, **query: Any) -> tuple[list[int], int]:
            answer = remote.get(path, **query)
            return [one["number"] for one in answer[kind]], answer["next"]

        assert numbers() == ([1, 2, 3, 4, 5], 5)
        assert numbers(limit=2) == ([1, 2], 2)
        assert numbers(limit=2, after=4) == ([5], 5)
        assert numbers(to=to) == ([2, 4], 5)
        assert numbers(to=to, limit=1) == ([2], 2)
        assert numbers(to=to, after=2) == ([4], 5)
        assert numbers(region="eu-west-1") == ([], 5)
        assert numbers(account_id="123456789012", after=3) == ([4, 5], 5)
    ses.detach()


class Standing(RunningClock):
    """Does not run by itself, so that a slow machine changes nothing."""

    def _timestamp(self) -> int:
        return self._then


@pytest.mark.parametrize("speed", [1, 60, 0.5])
def test_rate_is_that_of_real_time_at_any_speed(speed: float) -> None:
    """A second call within a real second is throttled, and one after it is not."""
    clock = Standing(speed)
    client = Client(Application(SESStub(clock=clock)))
    start = to_timestamp(clock.now())

    def status_after(seconds: float) -> int:
        clock.set(start + round(seconds * 1_000_000 * speed))
        body = urlencode({"Action": "ListIdentities", "Version": "2010-12-01"})
        return client.post("/", data=body).status_code

    assert [status_after(seconds) for seconds in (0, 0.5, 1.1)] == [200, 400, 200]


def test_redirection_in_capital_letters_is_followed(ses: SESStub) -> None:
    """`HTTP://` is accepted by SES's check of a template, and leads there."""
    client = ses.attach(make_client())
    client.create_custom_verification_email_template(
        TemplateName="t",
        FromEmailAddress=USER,
        TemplateSubject="s",
        TemplateContent="c",
        SuccessRedirectionURL="HTTPS://example.com/yes",
        FailureRedirectionURL="HTTP://example.com/no",
    )
    client.send_custom_verification_email(EmailAddress="bob@example.com", TemplateName="t")
    ses.detach()
    _, _, query = ses.verification_emails[-1].link.partition("?")
    answer = Client(Application(ses)).get(f"/_ses_stub/link?{query}")
    assert (answer.status_code, answer.headers["Location"].lower()) == (302, "https://example.com/yes")


def test_control_characters_are_refused_and_escaped(ses: SESStub, remote: RemoteControl) -> None:
    """No identity has one, and a timeline, which goes to a terminal, shows them escaped."""
    for name in ("a\x1b[31m@example.com", "a\x07@example.com", "a@exam\x7fple.com"):
        assert remote.request("POST", "/identities", {"name": name}).status_code == 400
    client = ses.attach(make_client())
    client.get_identity_verification_attributes(Identities=["a\x1b[31m@example.com"])
    ses.detach()
    service_of(ses).state.history[:] = [
        one._replace(name="a\x1b[31m@example.com") for one in service_of(ses).state.history
    ]
    timeline = str(ses.timeline())
    assert r"a\x1b[31m@example.com" in timeline
    assert "\x1b" not in timeline


def test_policy_that_cannot_be_checked_is_an_error_over_http() -> None:
    """A client over HTTP gets the stub's own error, with its name as the code."""
    stub = SESStub(clock=VirtualClock(), rate=None, region="us-east-1", identities=["example.com"])
    policy = (
        '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "ses:*", "Resource": "*",'
        ' "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}]}'
    )
    stub.attach(make_client()).put_identity_policy(Identity="example.com", PolicyName="one", Policy=policy)
    answer = Client(Application(stub)).post(
        "/",
        data=urlencode(
            {
                "Action": "SendEmail",
                "Version": "2010-12-01",
                "Source": "ann@example.com",
                "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
                "Destination.ToAddresses.member.1": "bob@example.org",
                "Message.Subject.Data": "Hello",
                "Message.Body.Text.Data": "Hello",
            }
        ),
        content_type="application/x-www-form-urlencoded",
    )
    assert "<Code>UnsupportedPolicyError</Code>" in answer.text
    assert "the condition key aws:SourceIp" in answer.text
