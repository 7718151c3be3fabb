"""The page in a browser: chromium, headless, against the server."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from ses_stub import SESStub, VirtualClock

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("waitress", reason="the extra `server` is not installed")
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def ses() -> SESStub:
    return SESStub(region="us-east-1", clock=VirtualClock(), rate=None)


@pytest.fixture
def url(ses: SESStub) -> Iterator[str]:
    with ses.serve() as endpoint:
        yield endpoint.url


def open_page(chromium: Any, url: str, **options: Any) -> Iterator[Any]:
    """A page that must ask nobody else for anything, and have nothing to complain about."""
    context = chromium.new_context(**options)
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(url)
    yield page
    context.close()
    assert [one for one in asked if not one.startswith(f"{url}/")] == []
    assert complaints == []


@pytest.fixture
def page(chromium: Any, url: str) -> Iterator[Any]:
    yield from open_page(chromium, url)


def expect(locator: Any) -> Any:
    return playwright.expect(locator)


def row(page: Any, name: str) -> Any:
    """The line of an identity."""
    return page.locator("#identities-list tbody tr").filter(has_text=name)


def tab(page: Any) -> str:
    """Goes on by one; returns what is there."""
    page.keyboard.press("Tab")
    text: str = page.evaluate("document.activeElement.textContent")
    return text


def test_link(ses: SESStub, page: Any) -> None:
    """A mail comes in by itself; its link opens the congratulations, and back on the page the address is Success."""
    expect(page.locator("#identities-list")).to_contain_text("Nobody here yet.")
    ses.add_identity("ann@example.com", "Pending")
    expect(row(page, "ann@example.com")).to_contain_text("Pending")
    page.get_by_role("link", name="Open the verification link sent to ann@example.com").click()
    expect(page.get_by_role("heading")).to_have_text("Congratulations!")
    page.get_by_role("link", name="Back").click()
    expect(row(page, "ann@example.com")).to_contain_text("Success")


def test_changes_come_by_themselves(ses: SESStub, page: Any) -> None:
    """A status that changes elsewhere changes on the page, without loading it anew; open texts and fields stay."""
    ses.add_identity("ann@example.com", "Pending")
    page.get_by_text("Text of the mail").click()
    page.locator("#by").fill("36")
    page.evaluate("window.same = true")
    ses.click_verification_link("ann@example.com")
    ses.add_identity("bob@example.com", "Pending")
    expect(row(page, "ann@example.com")).to_contain_text("Success")
    expect(row(page, "bob@example.com")).to_contain_text("Pending")
    expect(page.locator("#inbox details[open]")).to_contain_text("ann@example.com")
    expect(page.locator("#by")).to_have_value("36")
    expect(page.locator("#by")).to_be_focused()
    assert page.evaluate("window.same")


def test_keyboard(ses: SESStub, page: Any) -> None:
    """By keyboard alone: Tab to Publish, Enter; the domain is Success and the focus is where it was."""
    ses.add_identity("example.com", "Pending")
    expect(row(page, "example.com")).to_contain_text("Pending")
    assert tab(page) == "Skip to the identities"
    assert any(tab(page) == "Publish" for _ in range(30))
    page.keyboard.press("Enter")
    expect(row(page, "example.com")).to_contain_text("Success")
    expect(page.get_by_role("button", name="Remove the TXT record _amazonses.example.com")).to_be_focused()
    page.keyboard.press("Enter")
    expect(row(page, "example.com")).to_contain_text("TemporaryFailure")


def test_focus_after_delete(ses: SESStub, page: Any) -> None:
    """Where the button goes with its line, the focus is on the list that it was in."""
    ses.add_identity("ann@example.com")
    page.get_by_role("button", name="Delete ann@example.com").press("Enter")
    expect(page.locator("#identities-list")).to_contain_text("Nobody here yet.")
    assert page.evaluate("document.activeElement.id") == "identities"


def test_clock(ses: SESStub, page: Any) -> None:
    """The buttons move the clock, and so does the field."""
    page.get_by_role("button", name="Advance the clock by 24 h").click()
    expect(page.locator("#now")).to_contain_text("00:00 Fri 02 Jan 2026 UTC")
    page.get_by_label("Advance by").fill("90 min")
    page.keyboard.press("Enter")
    expect(page.locator("#now")).to_contain_text("01:30 Fri 02 Jan 2026 UTC")
    expect(page.get_by_label("Advance by")).to_have_value("")


def test_wrong_value(chromium: Any, url: str) -> None:
    """A wrong value is told in the line that is read aloud, and stays where it was written until it is right."""
    page = chromium.new_page()
    page.goto(url)
    page.get_by_label("Advance by").fill("soon")
    page.keyboard.press("Enter")
    expect(page.locator("[aria-live=polite]")).to_contain_text("“soon” is no length of time.")
    expect(page.get_by_label("Advance by")).to_have_value("soon")
    page.get_by_label("Advance by").fill("1 h")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_be_empty()
    page.close()


def test_connection_lost(chromium: Any, ses: SESStub) -> None:
    """When the server is gone the page says so, and goes on when it is there again."""
    page = chromium.new_page()
    with ses.serve() as endpoint:
        page.goto(endpoint.url)
        port = int(endpoint.url.rpartition(":")[2])
    expect(page.locator("#lost")).to_contain_text("Connection lost.")
    with ses.serve(port=port):
        expect(page.locator("#lost")).to_be_empty()
    page.close()


def test_hidden_page_rests(ses: SESStub, chromium: Any, url: str) -> None:
    """A page that nobody sees asks for nothing."""
    page = chromium.new_page()
    page.add_init_script("Object.defineProperty(document, 'hidden', {get: () => !window.seen})")
    # The page's own time, so that none has to be waited for.
    page.clock.install()
    page.goto(url)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(5000)
    assert f"{url}/" not in asked
    ses.add_identity("ann@example.com")
    page.evaluate("window.seen = true")
    page.clock.run_for(1000)
    expect(row(page, "ann@example.com")).to_be_visible()
    page.close()


def test_without_script(ses: SESStub, chromium: Any, url: str) -> None:
    """Without script the buttons work too, and lead back to where they stand."""
    ses.add_identity("example.com", "Pending")
    for page in open_page(chromium, url, java_script_enabled=False):
        page.get_by_role("button", name="Publish the TXT record").click()
        expect(row(page, "example.com")).to_contain_text("Success")
        assert page.url == f"{url}/#records"


def fill(ses: SESStub) -> None:
    """Something for every list, with long names."""
    name = f"{'long' * 15}@{'deep.' * 12}example.com"
    ses.add_identity(name, "Pending")
    ses.add_identity(f"{'deep.' * 12}example.org", "Pending")
    ses.add_identity("bob@example.com")
    form = "Action=SendEmail&Source=bob%40example.com&Destination.ToAddresses.member.1=" + name
    ses.respond(
        "POST",
        "https://email.us-east-1.amazonaws.com/",
        body=f"{form}&Message.Subject.Data={'x' * 300}&Message.Body.Text.Data={'y' * 300}",
    )
    ses.respond(
        "POST", "https://email.us-east-1.amazonaws.com/", body=f"Action=VerifyEmailIdentity&EmailAddress={name}"
    )


@pytest.mark.parametrize("filled", [True, False], ids=["filled", "empty"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_nothing_overflows(ses: SESStub, chromium: Any, url: str, width: int, scheme: str, filled: bool) -> None:
    """Wide and narrow, light and dark: the page is not wider than the window, whatever is open on it."""
    if filled:
        fill(ses)
    for page in open_page(chromium, url, viewport={"width": width, "height": 900}, color_scheme=scheme):
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        for closed in page.locator("button:visible, a:visible").all():
            box = closed.bounding_box()
            scrolls = closed.evaluate("one => one.closest('.scroll, .skip') !== null")
            assert scrolls or (box["x"] >= 0 and box["x"] + box["width"] <= width)


def luminance(colour: str) -> float:
    """The relative luminance of a CSS colour (WCAG 2)."""
    parts = [int(one) / 255 for one in re.findall(r"\d+", colour)[:3]]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return sum(weight * one for weight, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(ses: SESStub, chromium: Any, url: str, scheme: str) -> None:
    """All text stands out from what is behind it by 4.5 to 1 or more (WCAG 2, AA)."""
    fill(ses)
    for status in ("NotStarted", "Pending", "Success", "Failed", "TemporaryFailure"):
        ses.add_identity(f"{status}.example", status)
    for page in open_page(chromium, url, color_scheme=scheme):
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        pairs = page.evaluate(
            """() => [...document.querySelectorAll("body *")]
              .filter(one => [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
              .map(one => {
                const colour = getComputedStyle(one).color;
                let behind = one;
                while (getComputedStyle(behind).backgroundColor.endsWith(", 0)")) behind = behind.parentElement;
                return [one.outerHTML.slice(0, 80), colour, getComputedStyle(behind).backgroundColor];
              })"""
        )
        assert len(pairs) > 50
        for what, colour, behind in pairs:
            low, high = sorted([luminance(colour), luminance(behind)])
            assert (high + 0.05) / (low + 0.05) >= 4.5, (what, colour, behind)
