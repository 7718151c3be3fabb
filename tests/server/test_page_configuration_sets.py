"""The page shows the configuration sets, and with which one a message was sent."""

from __future__ import annotations

import re
from html import unescape

from clients import make_client
from werkzeug import Request
from werkzeug.test import Client

from ses_stub import SESStub, VirtualClock
from ses_stub._server.page.views import Page

MAIL = {
    "Source": "ann@example.com",
    "Destination": {"ToAddresses": ["bob@example.org"]},
    "Message": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Good day"}}},
}


def text_of(browser: Client, path: str = "/") -> str:
    """The text of the page, with single spaces."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", browser.get(path).text)).split())


def test_page_shows_configuration_sets_and_their_use() -> None:
    """They are listed with their region, the newest first, above the sent emails, which name the set that they used."""
    ses = SESStub(region="us-east-1", clock=VirtualClock(), rate=None, identities=["example.com"])
    browser = Client(Request.application(Page(ses)))
    assert "Configuration sets" not in text_of(browser)
    client = ses.attach(make_client())
    for name in ("news", "bills"):
        client.create_configuration_set(ConfigurationSet={"Name": name})
    ses.attach(make_client(region="eu-west-1")).create_configuration_set(ConfigurationSet={"Name": "other"})
    client.send_email(**MAIL, ConfigurationSetName="news")
    shown = text_of(browser)
    assert "Configuration sets: bills in us-east-1, news in us-east-1, other in eu-west-1" in shown
    assert "sent by SendEmail in us-east-1 with news" in shown


def test_many_configuration_sets_are_on_pages() -> None:
    """Of more than 20 the newest are on the first page, and the others on the pages that follow."""
    ses = SESStub(region="us-east-1", clock=VirtualClock(), rate=None)
    client = ses.attach(make_client())
    for number in range(23):
        client.create_configuration_set(ConfigurationSet={"Name": f"set{number}"})
    browser = Client(Request.application(Page(ses)))
    shown = text_of(browser)
    assert "set22 in" in shown
    assert "set2 in" not in shown
    assert "1–20 of 23" in shown
    assert "set2 in" in text_of(browser, "/?sets=2")
