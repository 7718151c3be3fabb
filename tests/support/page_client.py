"""The page of a stub without a server, and what is on it."""

from __future__ import annotations

import re
from html import unescape

from werkzeug import Request
from werkzeug.test import Client, TestResponse

from ses_stub import SESStub
from ses_stub._server.page.views import Page


def make_browser(ses: SESStub) -> Client:
    """A client of the stub's page."""
    return Client(Request.application(Page(ses)))


def section(browser: Client, name: str, address: str = "/") -> str:
    """The text of a section of the page, with single spaces."""
    html = browser.get(address).text
    found = re.search(rf'<(section|header) id="{name}".*?</\1>', html, re.DOTALL)
    assert found is not None
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found[0])).split())


def said(response: TestResponse) -> str:
    """The message on the page."""
    found = re.search(r'<p id="message" role="status">(.*?)</p>', response.text)
    assert found is not None
    return unescape(found[1])


def done(response: TestResponse) -> tuple[int, str]:
    """The status after an action, and where it leads, without the key of the message."""
    return response.status_code, re.sub(r"[?&]done=[\w-]+", "", response.location or "")
