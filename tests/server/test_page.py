"""The page at "/": what a developer sees of the stub, and the buttons for what happens outside the application."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from clients import CUSTOM_MAIL, make_client
from page_client import done, make_browser, said, section
from werkzeug.test import Client, TestResponse

from ses_stub import SESStub, VirtualClock
from ses_stub._api.stub import service_of

HOME = {"region": "us-east-1", "account_id": "123456789012"}
CONGRATULATIONS = "You have successfully verified an email address with Amazon Simple Email Service."


def link_of(ses: SESStub) -> str:
    """The address of the last email's link on this server."""
    return "/_ses_stub/link?" + ses.verification_emails[-1].link.partition("?")[2]


def refused(response: TestResponse) -> str:
    """The message on the page after a wrong form."""
    assert response.status_code == 400
    assert "<h2>Identities" in response.text
    return said(response)


# The lists.


def test_empty_page_shows_how_to_start(browser: Client) -> None:
    """It shows what to export and what to run first."""
    page = unescape(browser.get("/", base_url="http://localhost:4579").text)
    url = "http://localhost:4579"
    assert f"export AWS_ENDPOINT_URL_SES={url} AWS_ENDPOINT_URL_SESV2={url}\n" in page
    assert (
        "export AWS_ACCESS_KEY_ID=123456789012 AWS_SECRET_ACCESS_KEY=any\nexport AWS_DEFAULT_REGION=us-east-1" in page
    )
    assert "aws ses verify-email-identity --email-address ann@example.com" in section(browser, "identities")
    assert "aws ses verify-domain-identity --domain example.com" in section(browser, "records")
    assert "No emails yet." in section(browser, "inbox")
    assert "aws ses send-email" in section(browser, "sent")
    assert "No calls yet." in section(browser, "calls")


@pytest.mark.parametrize(
    ("hours", "left"),
    [
        (0, "24 h left"),
        (1.25, "22 h 45 min left"),
        (23.5, "30 min left"),
        (23.999, "less than 1 min left"),
    ],
)
def test_pending_address_waits_for_a_click(ses: SESStub, browser: Client, hours: float, left: str) -> None:
    """The page shows how much time is left."""
    ses.add_identity("ann@example.com", "Pending")
    ses.clock.advance(hours=hours)
    shown = section(browser, "identities")
    assert shown.startswith("Identities 1 ")
    assert f"ann@example.com address, us-east-1 Pending click on the link {left} Click link Delete" in shown


def test_pending_domain_waits_for_its_record(ses: SESStub, browser: Client) -> None:
    """Days are shown in hours."""
    ses.add_identity("example.com", "Pending")
    ses.clock.advance(minutes=1)
    assert "example.com domain, us-east-1 Pending TXT record 71 h left Delete" in section(browser, "identities")


def test_dkim_and_mail_from_have_their_own_status(ses: SESStub, browser: Client) -> None:
    """They are below the identity's; the records of DKIM verify the domain as well."""
    client = ses.attach(make_client())
    ses.add_identity("example.com")
    client.set_identity_mail_from_domain(Identity="example.com", MailFromDomain="bounce.example.com")
    ses.publish_mail_from("example.com")
    client.verify_domain_dkim(Domain="example.org")
    shown = section(browser, "identities")
    assert "Pending TXT record or DKIM 72 h left Pending DKIM: three CNAME records 72 h left" in shown
    assert "Success Success MAIL FROM bounce.example.com Delete" in shown


def test_own_dkim_key_needs_one_record(ses: SESStub, browser: Client) -> None:
    """For "bring your own DKIM" SES waits for one TXT record."""
    attributes = {"DomainSigningSelector": "mine", "DomainSigningPrivateKey": "a" * 40}
    ses.attach(make_client("sesv2")).create_email_identity(
        EmailIdentity="example.com", DkimSigningAttributes=attributes
    )
    assert "DKIM: TXT record of the key 72 h left" in section(browser, "identities")
    assert "TXT DKIM mine._domainkey.example.com p=" in section(browser, "records")


def test_replica_without_a_parent_waits_for_it(ses: SESStub, browser: Client) -> None:
    """A replica waits for the keys of its parent, and then for the records that both have."""
    client = ses.attach(make_client("sesv2"))
    ses.add_identity("example.com")
    client.put_email_identity_dkim_signing_attributes(
        EmailIdentity="example.com", SigningAttributesOrigin="AWS_SES_EU_WEST_1"
    )
    assert "DKIM: Easy DKIM in eu-west-1 72 h left" in section(browser, "identities")
    ses.view("eu-west-1").add_identity("example.com", dkim="Pending")
    assert section(browser, "identities").count("DKIM: three CNAME records 72 h left") == 2


@pytest.mark.parametrize("status", ["Failed", "NotStarted"])
def test_failed_identity_waits_for_a_new_request(ses: SESStub, browser: Client, status: str) -> None:
    """Nothing else changes its status."""
    ses.add_identity("ann@example.com", status)
    assert f"{status} a new request Delete" in section(browser, "identities")


def test_identities_of_all_regions_and_accounts_are_listed(ses: SESStub, browser: Client) -> None:
    """The newest first; the account is shown unless it is the stub's."""
    ses.add_identity("ann@example.com")
    ses.clock.advance(seconds=1)
    ses.view(region="eu-west-1").add_identity("bob@example.com")
    ses.clock.advance(seconds=1)
    ses.view(account_id="999988887777").add_identity("zoe@example.com")
    shown = section(browser, "identities")
    places = [
        "zoe@example.com address, us-east-1, account 999988887777",
        "bob@example.com address, eu-west-1",
        "ann@example.com address, us-east-1 ",
    ]
    assert sorted(places, key=shown.index) == places


def test_inbox_has_the_newest_email_first(ses: SESStub, browser: Client) -> None:
    """With its text, and how long its link works."""
    ses.add_identity("ann@example.com", "Pending")
    ses.clock.advance(hours=1)
    ses.add_identity("bob@example.com", "Pending")
    shown = section(browser, "inbox")
    assert shown.startswith("Inbox 2 bob@example.com 01:00:00 Amazon Web Services – Email Address Verification Request")
    assert "Open the link 24 h left" in shown
    assert "From no-reply-aws@amazon.com To confirm that you are authorized to use ann@example.com" in shown
    assert ses.verification_emails[0].link in shown


@pytest.mark.parametrize("state", ["confirmed", "expired", "deleted"])
def test_link_that_no_longer_works_says_why(ses: SESStub, browser: Client, state: str) -> None:
    """It can be opened all the same."""
    ses.add_identity("ann@example.com", "Pending")
    if state == "confirmed":
        ses.click_verification_link("ann@example.com")
    elif state == "expired":
        ses.clock.advance(hours=24)
    else:
        ses.attach(make_client()).delete_identity(Identity="ann@example.com")
    assert f"Open the link {state}" in section(browser, "inbox")


def test_email_about_a_domain_has_no_link(ses: SESStub, browser: Client) -> None:
    """Mails to the account are in the inbox as well."""
    ses.add_identity("example.com", "Pending")
    ses.publish_txt("example.com")
    shown = section(browser, "inbox")
    assert "Amazon SES Domain Verification SUCCESS Text" in shown
    assert "link" not in shown


def test_expected_record_is_missing_or_published(ses: SESStub, browser: Client) -> None:
    """Each record that SES searches for is shown as in a zone file."""
    token = ses.add_identity("example.com", "Pending").token
    assert f"TXT Ownership _amazonses.example.com {token} Missing Publish" in section(browser, "records")
    ses.dns.add_txt("_amazonses.example.com", f'"{token}"')
    assert f"TXT Ownership _amazonses.example.com {token} Published Remove" in section(browser, "records")


def test_calls_show_their_subject_and_outcome(ses: SESStub, browser: Client) -> None:
    """The newest call is first."""
    client, newer = ses.attach(make_client()), ses.attach(make_client("sesv2", "eu-west-1"))
    client.verify_email_identity(EmailAddress="ann@example.com")
    client.get_identity_verification_attributes(Identities=["ann@example.com"])
    client.get_identity_verification_attributes(Identities=["ann@example.com", "bob@example.com"])
    with pytest.raises(newer.exceptions.NotFoundException):
        newer.get_email_identity(EmailIdentity="example.org")
    newer.list_email_identities()
    assert section(browser, "calls").endswith(
        "Calls 5 Time Operation For Region Outcome"
        " 00:00:00 ListEmailIdentities v2 eu-west-1 OK"
        " 00:00:00 GetEmailIdentity v2 example.org eu-west-1 NotFoundException"
        " 00:00:00 GetIdentityVerificationAttributes v1 ann@example.com and 1 more us-east-1 OK"
        " 00:00:00 GetIdentityVerificationAttributes v1 ann@example.com us-east-1 OK"
        " 00:00:00 VerifyEmailIdentity v1 ann@example.com us-east-1 OK"
    )


@pytest.mark.parametrize(
    ("service", "method"), [("ses", "list_identities"), ("sesv2", "list_email_identities")], ids=["v1", "v2"]
)
def test_throttled_call_is_marked(service: str, method: str) -> None:
    """By a word, and its row by a colour; a retry is marked as well."""
    ses = SESStub(region="us-east-1", clock=VirtualClock(), rate=1)
    client = ses.attach(make_client(service))
    for _ in range(2):
        getattr(client, method)()
    browser = make_browser(ses)
    shown = section(browser, "calls")
    assert " us-east-1 throttled " in shown
    assert "retry 1 us-east-1 OK" in shown
    assert browser.get("/").text.count('<tr class="throttled">') == 1


def test_time_of_another_day_has_its_date(ses: SESStub, browser: Client) -> None:
    """The time of today has none."""
    ses.attach(make_client()).list_identities()
    ses.clock.advance(days=1)
    assert "2026-01-01 00:00:00 ListIdentities" in section(browser, "calls")


MESSAGE = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Good day"}}}


def test_sent_email_shows_its_text(ses: SESStub, browser: Client) -> None:
    """With recipients, subject and sender."""
    ses.add_identity("ann@example.com")
    ses.attach(make_client()).send_email(
        Source="ann@example.com", Destination={"ToAddresses": ["bob@example.com", "zoe@example.com"]}, Message=MESSAGE
    )
    shown = section(browser, "sent")
    assert "Sent emails 1 bob@example.com, zoe@example.com 00:00:00 Hello" in shown
    assert shown.endswith("From ann@example.com, sent by SendEmail in us-east-1 Good day")


@pytest.mark.parametrize(
    ("kind", "shown"),
    [("text/plain", "in us-east-1 Gr"), ("application/pdf", "To: bob@example.com Content-Type: application/pdf Gr")],
)
def test_sent_raw_message_shows_its_text(ses: SESStub, browser: Client, kind: str, shown: str) -> None:
    """Or everything if it has no text; bytes that are not UTF-8 do not break the page."""
    ses.add_identity("ann@example.com")
    raw = b"From: ann@example.com\r\nTo: bob@example.com\r\nContent-Type: %s\r\n\r\nGr\xfc\xdfe" % kind.encode()
    ses.attach(make_client()).send_raw_email(RawMessage={"Data": raw})
    assert "no subject" in section(browser, "sent")
    assert shown in section(browser, "sent")


def test_clock_is_in_utc(ses: SESStub, browser: Client) -> None:
    """The stub's time, without seconds."""
    ses.clock.advance(hours=13, minutes=5, seconds=7)
    assert section(browser, "clock").startswith("ses_stub 13:05 Thu 01 Jan 2026 UTC")


HOSTILE = '"<script>alert(1)</script>&#39;"@example.com'


def test_names_are_escaped(ses: SESStub, browser: Client) -> None:
    """Markup in a name is shown as text, in every list."""
    client = ses.attach(make_client())
    client.verify_email_identity(EmailAddress=HOSTILE)
    ses.click_verification_link(HOSTILE)
    ses.dns.add_txt("x", HOSTILE)
    message = {"Subject": {"Data": HOSTILE}, "Body": {"Html": {"Data": "<script>alert(2)</script>"}}}
    client.send_email(Source=HOSTILE, Destination={"ToAddresses": [HOSTILE]}, Message=message)
    page = browser.get("/").text
    assert re.findall(r"<script.*?>", page) == ['<script src="/page/page.js" defer>']
    assert "<script>" not in browser.post("/page/advance", data={"by": "<script>"}).text
    for name in ("identities", "inbox", "sent", "calls"):
        assert HOSTILE in section(browser, name)


def test_html_of_custom_emails_is_escaped(ses: SESStub, browser: Client) -> None:
    """The HTML is shown as text."""
    ses.add_identity("example.com")
    client = ses.attach(make_client())
    client.create_custom_verification_email_template(**CUSTOM_MAIL)
    client.send_custom_verification_email(EmailAddress="ann@example.com", TemplateName="welcome")
    assert "&lt;p&gt;Nearly there.&lt;/p&gt;" in browser.get("/").text


def test_host_header_is_escaped(browser: Client) -> None:
    """A malicious host has no effect."""
    assert "<b>" not in browser.get("/", headers={"Host": '"><b>'}).text


def test_dropped_calls_are_counted(ses: SESStub, browser: Client) -> None:
    """The total includes calls that a long-running server has dropped."""
    client = ses.attach(make_client())
    for _ in range(3):
        client.list_identities()
    service_of(ses).drop_oldest(2)
    shown = section(browser, "calls")
    assert shown.startswith("Calls 3 ")
    assert shown.endswith("2 earlier calls are no longer kept.")


# Verification links.


def test_link_verifies_the_address(ses: SESStub, browser: Client) -> None:
    """It opens AWS's page."""
    ses.add_identity("ann@example.com", "Pending")
    assert f'href="{link_of(ses)}"' in browser.get("/").text.replace("&amp;", "&")
    page = browser.get(link_of(ses))
    assert (page.status_code, page.content_type) == (200, "text/html; charset=utf-8")
    assert "<h1>Congratulations!</h1>" in page.text
    assert CONGRATULATIONS in page.text
    assert '<a class="button" href="/">' in page.text
    assert ses.identity("ann@example.com").status == "Success"


def test_expired_link_changes_nothing(ses: SESStub, browser: Client) -> None:
    """The page says that it has expired."""
    ses.add_identity("ann@example.com", "Pending")
    ses.clock.advance(hours=24)
    page = browser.get(link_of(ses))
    assert page.status_code == 200
    assert "This verification link has expired." in page.text
    assert ses.identity("ann@example.com").status == "Failed"


def test_link_of_a_deleted_identity_is_unknown(ses: SESStub, browser: Client) -> None:
    """It leads to the page for unknown links."""
    ses.add_identity("ann@example.com", "Pending")
    browser.post("/page/delete", data={"name": "ann@example.com", **HOME})
    page = browser.get(link_of(ses))
    assert (page.status_code, "This verification link is unknown." in page.text) == (200, True)


@pytest.mark.parametrize("query", ["", "?", "?Context=1", "?Identity.IdentityName=%FF<b>"])
def test_unknown_link_is_not_found(ses: SESStub, browser: Client, query: str) -> None:
    """A link without a query does not match an email without a link."""
    ses.add_identity("example.com", "Pending")
    ses.publish_txt("example.com")
    page = browser.get(f"/_ses_stub/link{query}")
    assert (page.status_code, "This verification link is unknown." in page.text) == (404, True)


@pytest.mark.parametrize(("hours", "target"), [(1, "SuccessRedirectionURL"), (25, "FailureRedirectionURL")])
def test_link_of_a_custom_email_redirects(ses: SESStub, browser: Client, hours: int, target: str) -> None:
    """To the URL in its template."""
    ses.add_identity("example.com")
    client = ses.attach(make_client())
    client.create_custom_verification_email_template(**CUSTOM_MAIL)
    client.send_custom_verification_email(EmailAddress="ann@example.com", TemplateName="welcome")
    ses.clock.advance(hours=hours)
    answer = browser.get(link_of(ses))
    assert (answer.status_code, answer.location) == (302, CUSTOM_MAIL[target])


def test_click_button_verifies_the_address(ses: SESStub, browser: Client) -> None:
    """The browser stays on the page."""
    ses.add_identity("ann@example.com", "Pending")
    answer = browser.post("/page/click", data={"link": ses.verification_emails[-1].link})
    assert done(answer) == (303, "/#identities")
    assert ses.identity("ann@example.com").status == "Success"
    assert "Click link" not in section(browser, "identities")


def test_click_of_an_expired_link(ses: SESStub, browser: Client) -> None:
    """The button of an outdated page shows why nothing changes."""
    ses.add_identity("ann@example.com", "Pending")
    ses.clock.advance(hours=24)
    assert "has expired" in refused(browser.post("/page/click", data={"link": ses.verification_emails[-1].link}))


def test_click_of_an_expired_link_of_a_custom_email(ses: SESStub, browser: Client) -> None:
    """The message has the URL in the template."""
    ses.add_identity("example.com")
    client = ses.attach(make_client())
    client.create_custom_verification_email_template(**CUSTOM_MAIL)
    client.send_custom_verification_email(EmailAddress="ann@example.com", TemplateName="welcome")
    ses.clock.advance(hours=24)
    message = refused(browser.post("/page/click", data={"link": ses.verification_emails[-1].link}))
    assert message == "The link redirects to https://example.com/sorry?why=late"


def test_click_without_a_link(browser: Client) -> None:
    """It is as unknown as any other."""
    assert refused(browser.post("/page/click")) == "This verification link is unknown."


# DNS records.


def test_record_is_published_and_removed(ses: SESStub, browser: Client) -> None:
    """With a button; SES checks immediately."""
    token = ses.add_identity("example.com", "Pending").token
    record = {"name": "_amazonses.example.com", "kind": "TXT", "value": token}
    answer = browser.post("/page/publish", data=record)
    assert done(answer) == (303, "/#records")
    assert ses.identity("example.com").status == "Success"
    assert browser.post("/page/remove", data=record).status_code == 303
    assert ses.identity("example.com").status == "TemporaryFailure"


def test_all_records_of_a_domain_are_published_and_removed(ses: SESStub, browser: Client) -> None:
    """One button publishes all missing records; then it removes them all."""
    client = ses.attach(make_client())
    client.verify_domain_dkim(Domain="example.com")
    client.verify_domain_identity(Domain="example.com")
    ses.publish_txt("example.com")
    for button in ("Publish all", "Remove all"):
        page = browser.get("/").text
        form = next(one for one in re.findall(r"<form.*?</form>", page, re.DOTALL) if button in one)
        fields = re.findall(r'name="(\w+)" value="([^"]*)"', form)
        assert len(fields) == 3 * (3 if button == "Publish all" else 4)
        data: dict[str, list[str]] = {}
        for name, value in fields:
            data.setdefault(name, []).append(unescape(value))
        browser.post(re.findall(r'action="(.*?)"', form)[0], data=data)
    assert "Published" not in section(browser, "records")
    assert ses.identity("example.com").status == "TemporaryFailure"


@pytest.mark.parametrize("action", ["publish", "remove"])
@pytest.mark.parametrize(
    "data",
    [
        {},
        {"name": "a.example", "kind": "TXT"},
        {"name": ["a.example", "b.example"], "kind": "TXT", "value": "x"},
        {"name": "", "kind": "TXT", "value": "x"},
        {"name": "a.example", "kind": "TXT", "value": ""},
        {"name": "a" * 256, "kind": "TXT", "value": "x"},
        {"name": "a.example", "kind": "TXT", "value": "x" * 4097},
    ],
    ids=["nothing", "no value", "uneven", "no name", "empty value", "long name", "long value"],
)
def test_invalid_record_is_refused(browser: Client, action: str, data: dict[str, Any]) -> None:
    """The message says what a record needs."""
    assert refused(browser.post(f"/page/{action}", data=data)).startswith("A record needs a name")


def test_unsupported_record_type_is_refused(ses: SESStub, browser: Client) -> None:
    """If one of several records is invalid, none is published."""
    data = {"name": ["a.example", "b.example"], "kind": ["TXT", "A"], "value": ["x", "192.0.2.1"]}
    message = refused(browser.post("/page/publish", data=data))
    assert message == "“A” is not a supported record type: use TXT, CNAME or MX."
    assert ses.dns.txt("a.example") == ()


# The clock.


@pytest.mark.parametrize(
    ("by", "seconds"),
    [("1 min", 60), ("1 h", 3600), ("72 h", 259_200), ("90m", 5400), (" 1.5 D ", 129_600), ("7s", 7), ("0 h", 0)],
)
def test_clock_is_advanced(ses: SESStub, browser: Client, by: str, seconds: int) -> None:
    """By a button, or by the duration in the field."""
    before = ses.clock.now()
    answer = browser.post("/page/advance", data={"by": by})
    assert done(answer) == (303, "/#clock")
    assert (ses.clock.now() - before).total_seconds() == seconds


@pytest.mark.parametrize("by", ["", "soon", "-1 h", "1 month", "10 ms", "5", "1e9 d", "٣ h"])
def test_invalid_duration_is_refused(ses: SESStub, browser: Client, by: str) -> None:
    """It stays in the field."""
    response = browser.post("/page/advance", data={"by": by})
    assert refused(response) == f"“{by}” is not a duration. Write for example 90 min, 36 h or 3 d."
    assert f'placeholder="90 min" value="{by}"' in response.text
    assert ses.clock.now().hour == 0


def test_clock_has_a_limit(ses: SESStub, browser: Client) -> None:
    """It does not move beyond the last date of Python."""
    message = refused(browser.post("/page/advance", data={"by": "9999999 d"}))
    assert message == "9999999 d is too long: the clock stops at the year 9000."
    assert browser.get("/").status_code == 200


# Identities.


@pytest.mark.parametrize("status", ["Pending", "PENDING"])
def test_identity_is_added(ses: SESStub, browser: Client, status: str) -> None:
    """In any region and account, with any status, in the spelling of v1 or v2."""
    data = {"name": " ann@example.com ", "status": status, "region": "eu-west-1", "account_id": "999988887777"}
    answer = browser.post("/page/add", data=data)
    assert done(answer) == (303, "/#identities")
    assert ses.view("eu-west-1", "999988887777").identity("ann@example.com").status == "Pending"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"name": "nobody"}, "an email address or a domain"),
        ({"name": ""}, "an email address or a domain"),
        ({"status": "Done"}, "one of NotStarted, Pending"),
        ({"region": "Mars"}, "a region"),
        ({"region": ""}, "a region"),
        ({"account_id": "12"}, "a string of 12 digits"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_invalid_identity_is_refused(ses: SESStub, browser: Client, wrong: dict[str, str], why: str) -> None:
    """The message says why, and the form keeps its values."""
    response = browser.post("/page/add", data={"name": "ann@example.com", "status": "Pending", **HOME, **wrong})
    assert why in refused(response)
    assert '<details class="add" id="add" open>' in response.text
    for field, value in wrong.items():
        assert field == "status" or re.search(rf'name="{field}"[^>]* value="{value}"', response.text)
    assert not ses.identities


def test_identity_is_deleted(ses: SESStub, browser: Client) -> None:
    """Only in the given region and account."""
    ses.add_identity("ann@example.com")
    ses.view("eu-west-1").add_identity("ann@example.com")
    answer = browser.post("/page/delete", data={"name": "ann@example.com", **HOME, "region": "eu-west-1"})
    assert done(answer) == (303, "/#identities")
    assert ses.identities
    assert not ses.view("eu-west-1").identities


@pytest.mark.parametrize("data", [{}, {"name": "ann@example.com", **HOME}], ids=["nothing", "gone"])
def test_delete_of_an_unknown_identity_is_refused(browser: Client, data: dict[str, str]) -> None:
    """The message names the identity."""
    assert refused(browser.post("/page/delete", data=data)).startswith("There is no identity")


def test_reset_keeps_only_the_time(ses: SESStub, browser: Client) -> None:
    """Everything else is gone."""
    ses.add_identity("ann@example.com", "Pending")
    ses.clock.advance(hours=1)
    answer = browser.post("/page/reset")
    assert done(answer) == (303, "/#clock")
    assert (dict(ses.identities), ses.verification_emails, ses.clock.now().hour) == ({}, [], 1)


# HTTP.


def test_unchanged_page_is_not_sent_again(ses: SESStub, browser: Client) -> None:
    """Even if seconds pass; after a change it is."""
    ses.add_identity("ann@example.com", "Pending")
    ses.clock.advance(seconds=1)
    tag = browser.get("/").headers["ETag"]
    ses.clock.advance(seconds=30)
    again = browser.get("/", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    ses.click_verification_link("ann@example.com")
    changed = browser.get("/", headers={"If-None-Match": tag})
    assert (changed.status_code, changed.headers["ETag"] == tag) == (200, False)


@pytest.mark.parametrize(
    ("name", "kind"), [("page.css", "text/css"), ("page.js", "text/javascript"), ("icon.svg", "image/svg+xml")]
)
def test_assets_are_served_and_cached(browser: Client, name: str, kind: str) -> None:
    """Style, script and icon come from this server."""
    answer = browser.get(f"/page/{name}")
    assert (answer.status_code, answer.mimetype) == (200, kind)
    assert browser.get(f"/page/{name}", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_nothing_is_loaded_from_other_hosts(browser: Client) -> None:
    """Scripts, styles and images are all local."""
    loaded = re.findall(r'(?:src|rel="\w+" href)="([^"]*)"', browser.get("/").text)
    assert set(loaded) == {"/page/page.css", "/page/page.js", "/page/icon.svg"}
    assert "url(" not in browser.get("/page/page.css").text


@pytest.mark.parametrize("path", ["/", "/page/page.js", "/_ses_stub/link", "/nowhere"])
def test_security_headers_are_on_every_page(browser: Client, path: str) -> None:
    """Every response forbids what the page does not need."""
    headers = browser.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for wanted in ("form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert wanted in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/page/base.html", 404),
        ("GET", "/page/../page.html", 404),
        ("POST", "/page//reset", 404),
        ("POST", "/page/explode", 404),
        ("GET", "/page/reset", 405),
        ("PUT", "/", 405),
    ],
)
def test_unknown_address_is_an_error_page(browser: Client, method: str, path: str, status: int) -> None:
    """It has the same style; the address of a form is not a page."""
    answer = browser.open(path, method=method)
    assert answer.status_code == status
    assert '<a class="button" href="/">Back to ses_stub</a>' in answer.text
    assert ("Allow" in answer.headers) == (status == 405)
