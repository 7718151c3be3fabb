"""What the page says after an action, how Delete is undone, and the HTML of a sent email."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from clients import make_client
from page_client import done, said, section
from werkzeug.test import Client, TestResponse

from ses_stub import SESStub

PLACE = {"region": "us-east-1", "account_id": "123456789012"}
ANN = {"name": "ann@example.com", **PLACE}


def act(browser: Client, action: str, data: dict[str, Any], view: str = "") -> TestResponse:
    """The page after a form without JavaScript."""
    answer = browser.post(f"/page/{action}{view}", data=data, follow_redirects=True)
    assert answer.status_code == 200
    return answer


def undo(browser: Client, page: TestResponse) -> TestResponse:
    """Presses the page's button Undo."""
    (key,) = re.findall(r'action="/page/undo.*?name="key" value="(.*?)"', page.text)
    return browser.post("/page/undo", data={"key": key}, follow_redirects=True)


# What was done is said.


def test_click_is_confirmed(ses: SESStub, browser: Client) -> None:
    """With the address."""
    ses.add_identity("ann@example.com", "Pending")
    page = act(browser, "click", {"link": ses.verification_emails[-1].link})
    assert said(page) == "Clicked the link sent to ann@example.com: the address is verified."


def test_published_records_are_confirmed(browser: Client) -> None:
    """One with its name, several with their number."""
    one = {"name": "a.example", "kind": "TXT", "value": "x"}
    assert said(act(browser, "publish", one)) == "Published the TXT record a.example."
    assert said(act(browser, "remove", one)) == "Removed the TXT record a.example."
    two: dict[str, Any] = {"name": ["a.example", "b.example"], "kind": ["TXT", "MX"], "value": ["x", "10 y.example"]}
    assert said(act(browser, "publish", two)) == "Published 2 records."
    assert said(act(browser, "remove", two)) == "Removed 2 records."


def test_other_actions_are_confirmed(browser: Client) -> None:
    """Each with what it has changed."""
    assert said(act(browser, "advance", {"by": "36 h"})) == "Advanced the clock by 36 h, to 12:00 on Fri 02 Jan 2026."
    assert said(act(browser, "add", {**ANN, "status": "FAILED"})) == "Added ann@example.com in us-east-1 as Failed."
    assert said(act(browser, "delete", ANN)) == "Deleted ann@example.com in us-east-1."
    assert said(act(browser, "reset", {})) == "Reset everything except the clock."


def test_message_belongs_to_one_address(ses: SESStub, browser: Client) -> None:
    """The page itself has none; nor has an unknown key, so that no link can make the page say anything."""
    ses.add_identity("ann@example.com")
    act(browser, "delete", ANN)
    assert said(browser.get("/")) == ""
    assert said(browser.get("/?done=Hello")) == ""


def test_old_messages_are_forgotten(browser: Client) -> None:
    """After 50 others."""
    first = browser.post("/page/advance", data={"by": "1 h"}).location or ""
    assert said(browser.get(first)).startswith("Advanced the clock by 1 h")
    for _ in range(50):
        browser.post("/page/advance", data={"by": "1 h"})
    assert said(browser.get(first)) == ""


def test_page_stays_as_it_is_after_an_action(ses: SESStub, browser: Client) -> None:
    """Filter, page and choice are kept; every form has them in its address."""
    ses.add_identity("ann@example.com", "Pending")
    view = "?q=example.com&status=Pending&name=ann%40example.com&region=us-east-1&account=123456789012&inbox=2"
    answer = browser.post(f"/page/advance{view}", data={"by": "1 h"})
    assert done(answer) == (303, f"/{view}#clock")
    forms = re.findall(r'<form [^>]*action="/page/\w+(.*?)"', browser.get(f"/{view}").text)
    assert len(forms) > 5
    assert {unescape(one) for one in forms} == {view}


def test_refused_action_keeps_the_view(ses: SESStub, browser: Client) -> None:
    """The message is on the page that the form was on."""
    ses.add_identity("ann@example.com")
    ses.add_identity("bob@example.com")
    answer = browser.post("/page/advance?q=bob", data={"by": "soon"})
    assert (answer.status_code, said(answer)[:6]) == (400, "“soon”")
    assert 'class="notice bad"' in answer.text
    assert re.findall(r'<a class="name" .*?>(.*?)</a>', answer.text) == ["bob@example.com"]


# Undo.


def test_delete_is_undone(ses: SESStub, browser: Client) -> None:
    """The domain is as before: status, token, DKIM, MAIL FROM."""
    ses.add_identity("shop.example", "Success", dkim="Pending", mail_from="bounce.shop.example")
    before = ses.identity("shop.example")
    shown = section(browser, "identities")
    page = act(browser, "delete", {**ANN, "name": "shop.example"})
    assert not ses.identities
    after = undo(browser, page)
    assert said(after) == "Restored shop.example in us-east-1."
    assert ses.identity("shop.example") == before
    assert section(browser, "identities") == shown


def test_undo_happens_once(ses: SESStub, browser: Client) -> None:
    """Then there is no button, and an old page's button says so."""
    ses.add_identity("ann@example.com")
    page = act(browser, "delete", ANN)
    undo(browser, page)
    assert 'id="undo"' not in browser.get(f"{page.request.path}?{page.request.query_string}").text
    ses.attach(make_client()).delete_identity(Identity="ann@example.com")
    assert said(undo(browser, page)) == "There is nothing to undo."
    assert not ses.identities


def test_other_actions_cannot_be_undone(browser: Client) -> None:
    """They have no such button."""
    assert 'id="undo"' not in act(browser, "advance", {"by": "1 h"}).text
    assert said(browser.post("/page/undo", follow_redirects=True)) == "There is nothing to undo."


def test_undo_sees_the_records_of_now(ses: SESStub, browser: Client) -> None:
    """Those that were published or removed while the domain was deleted."""
    ses.add_identity("shop.example", "Success")
    token = ses.identity("shop.example").token
    page = act(browser, "delete", {**ANN, "name": "shop.example"})
    ses.dns.remove("_amazonses.shop.example", "TXT", token)
    undo(browser, page)
    assert ses.identity("shop.example").status == "TemporaryFailure"


def test_undo_of_an_identity_that_is_there_again_is_refused(ses: SESStub, browser: Client) -> None:
    """The new one stays."""
    ses.add_identity("ann@example.com")
    page = act(browser, "delete", ANN)
    ses.add_identity("ann@example.com", "Pending")
    answer = undo(browser, page)
    assert (answer.status_code, said(answer)) == (
        400,
        "ann@example.com cannot be restored: it was added again.",
    )
    assert ses.identity("ann@example.com").status == "Pending"


def test_undo_after_a_reset_is_refused(ses: SESStub, browser: Client) -> None:
    """What was reset stays empty."""
    ses.add_identity("ann@example.com")
    page = act(browser, "delete", ANN)
    ses.reset()
    answer = undo(browser, page)
    assert (answer.status_code, said(answer)) == (
        400,
        "ann@example.com was deleted before the reset and cannot be restored.",
    )
    assert not ses.identities


# The HTML of a sent email.

HTML = '<!DOCTYPE html><html><body onload="alert(1)"><h1>Größe</h1><script>alert(2)</script></body></html>'


def send(ses: SESStub, **body: str) -> str:
    """Sends an email; returns its id."""
    ses.add_identity("ann@example.com")
    parts = {kind.title(): {"Data": text} for kind, text in body.items()}
    message_id: str = ses.attach(make_client()).send_email(
        Source="ann@example.com",
        Destination={"ToAddresses": ["bob@example.com"]},
        Message={"Subject": {"Data": "Hello"}, "Body": parts},
    )["MessageId"]
    return message_id


def test_html_of_a_sent_email_is_in_a_sandboxed_frame(ses: SESStub, browser: Client) -> None:
    """Without scripts and without the page's origin; it is loaded when it is opened."""
    message_id = send(ses, html=HTML, text="Size")
    page = browser.get("/").text
    (frame,) = re.findall("<iframe .*?>", page)
    assert f'src="/page/html/{message_id}"' in frame
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in frame
    assert 'loading="lazy"' in frame
    assert 'title="HTML of the email to bob@example.com, 00:00:00"' in frame
    assert "Größe" not in page


def test_html_of_a_sent_email_is_served_with_its_own_policy(ses: SESStub, browser: Client) -> None:
    """It runs no script, loads nothing, sends no form, and is framed by this page only; links open a new tab."""
    answer = browser.get(f"/page/html/{send(ses, html=HTML)}")
    assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8")
    assert answer.text == f'<!DOCTYPE html><base target="_blank">{HTML}'
    policy = dict(one.strip().partition(" ")[::2] for one in answer.headers["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "img-src": "data:",
        "font-src": "data:",
        "style-src": "'unsafe-inline'",
        "form-action": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'self'",
        "sandbox": "allow-popups allow-popups-to-escape-sandbox",
    }
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_email_without_html_has_no_frame(ses: SESStub, browser: Client) -> None:
    """Nor a page of it."""
    message_id = send(ses, text="Size")
    assert "<iframe" not in browser.get("/").text
    assert browser.get(f"/page/html/{message_id}").status_code == 404
    assert browser.get("/page/html/unknown").status_code == 404


def test_email_with_html_only_shows_its_source(ses: SESStub, browser: Client) -> None:
    """As text, beside the frame."""
    send(ses, html=HTML)
    shown = section(browser, "sent")
    assert "HTML of the email to bob@example.com" in shown
    assert "Source of the email to bob@example.com" in shown
    assert "<h1>Größe</h1>" in shown


def test_html_of_a_raw_message_is_shown(ses: SESStub, browser: Client) -> None:
    """Of its part in HTML."""
    ses.add_identity("ann@example.com")
    raw = b"From: ann@example.com\r\nTo: bob@example.com\r\nContent-Type: text/html\r\n\r\n<p>Hi</p>"
    message_id = ses.attach(make_client()).send_raw_email(RawMessage={"Data": raw})["MessageId"]
    assert "<p>Hi</p>" in browser.get(f"/page/html/{message_id}").text
