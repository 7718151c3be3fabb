"""The links in verification mails, opened with requests as by a browser."""

from __future__ import annotations

from typing import Any

import pytest
import requests
import responses
from clients import CUSTOM_MAIL, make_client
from fidelity import aws

from ses_stub import SESStub, VirtualClock, mock_ses_verify

USER = "ann+x@example.com"


@pytest.fixture
def ses() -> Any:
    with mock_ses_verify(region="eu-west-1", clock=VirtualClock(), rate=None) as stub:
        yield stub


@aws("recorded", "the landing page that people describe; the link's form is that of 2019 to 2021")
def test_link_opened_within_24_hours_verifies_the_address(ses: SESStub) -> None:
    """Opening the link within 24 hours verifies the address and shows the success page."""
    ses.add_identity(USER, "Pending")
    page = requests.get(ses.verification_emails[0].link)
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "Congratulations! You have successfully verified an email address" in page.text
    assert ses.identity(USER).status == "Success"


@aws("documented", "reference, VerifyEmailIdentity: 24 hours; the page's words are not known")
def test_link_opened_after_24_hours_has_expired(ses: SESStub) -> None:
    """After 24 hours the page says that the link has expired."""
    ses.add_identity(USER, "Pending")
    ses.clock.advance(hours=24)
    assert "link has expired" in requests.get(ses.verification_emails[0].link).text
    assert ses.identity(USER).status == "Failed"


@aws("unverified", "what the link of a deleted identity shows is not known", question="links")
def test_link_of_a_deleted_identity_is_unknown(ses: SESStub) -> None:
    """The link of a deleted identity is unknown."""
    ses.add_identity(USER, "Pending")
    make_client(region="eu-west-1").delete_identity(Identity=USER)
    assert "link is unknown" in requests.get(ses.verification_emails[0].link).text


def test_link_that_was_never_mailed_is_unknown(ses: SESStub) -> None:
    """A link that was in no mail is unknown."""
    page = requests.get("https://email-verification.eu-west-1.amazonaws.com/?Context=1")
    assert "link is unknown" in page.text


@aws("recorded", "pasted mails: host and Context of a link name region and account")
def test_link_confirms_in_its_own_region_and_account(ses: SESStub) -> None:
    """A link verifies the address in the region and account that sent it."""
    other = ses.view(region="us-west-2", account_id="000000000001")
    other.add_identity(USER, "Pending")
    ses.add_identity(USER, "Pending")
    requests.get(ses.verification_emails[0].link)
    assert (other.identity(USER).status, ses.identity(USER).status) == ("Success", "Pending")


def test_inner_scope_does_not_know_outer_links(ses: SESStub) -> None:
    """In nested scopes the inner one answers: it does not know the links of the outer one."""
    ses.add_identity(USER, "Pending")
    with mock_ses_verify():
        assert "link is unknown" in requests.get(ses.verification_emails[0].link).text
    assert "Congratulations" in requests.get(ses.verification_emails[0].link).text


def test_link_opened_twice_makes_no_api_call(ses: SESStub) -> None:
    """Opening a link, even twice, makes no API call."""
    ses.add_identity(USER, "Pending")
    pages = {requests.get(ses.verification_emails[0].link).text for _ in range(2)}
    assert (len(pages), ses.calls) == (1, [])


@aws("documented", "guide, Custom verification email templates: redirection URLs")
@pytest.mark.parametrize(("hours", "url"), [(1, "SuccessRedirectionURL"), (25, "FailureRedirectionURL")])
@responses.activate
def test_custom_mail_link_opens_its_own_page(ses: SESStub, hours: int, url: str) -> None:
    """The link in a custom verification mail opens its own page."""
    ses.add_identity("example.com")
    client = make_client(region="eu-west-1")
    client.create_custom_verification_email_template(**CUSTOM_MAIL)
    client.send_custom_verification_email(EmailAddress=USER, TemplateName=CUSTOM_MAIL["TemplateName"])
    ses.clock.advance(hours=hours)
    responses.get(CUSTOM_MAIL[url], body="the application's page")
    link = ses.verification_emails[-1].link
    there = requests.get(link, allow_redirects=False)
    assert (there.status_code, there.headers["Location"]) == (302, CUSTOM_MAIL[url])
    page = requests.get(link)
    assert (page.text, page.url) == ("the application's page", CUSTOM_MAIL[url])
    assert [one.url for one in page.history] == [link]


def test_address_that_looks_like_a_link(ses: SESStub) -> None:
    """An address with a colon and slashes before the @ is not taken for a link."""
    ses.add_identity("a://b@example.com", "Pending")
    ses.click_verification_link("a://b@example.com")
    assert ses.identity("a://b@example.com").status == "Success"
