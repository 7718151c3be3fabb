"""The page in a browser: chromium, headless, against the server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from ses_stub import SESStub

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")


def open_page(chromium: Any, url: str, **options: Any) -> Iterator[Any]:
    """A page that must request nothing from other hosts, and cause no message on the console."""
    context = chromium.new_context(**options)
    page = context.new_page()
    requests: list[str] = []
    messages: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.goto(url)
    yield page
    context.close()
    assert [one for one in requests if not one.startswith(f"{url}/")] == []
    assert messages == []


@pytest.fixture
def page(chromium: Any, url: str) -> Iterator[Any]:
    yield from open_page(chromium, url)


def expect(locator: Any) -> Any:
    return playwright.expect(locator)


def row(page: Any, name: str) -> Any:
    """The row of an identity."""
    return page.locator("#identities-list tbody tr").filter(has_text=name)


def tab(page: Any) -> str:
    """Presses Tab; returns the text of the focused element."""
    page.keyboard.press("Tab")
    text: str = page.evaluate("document.activeElement.textContent")
    return text


def test_link_of_an_email_verifies_the_address(ses: SESStub, page: Any) -> None:
    """The email appears by itself; its link opens the congratulations; back on the page the address is Success."""
    expect(page.locator("#identities-list")).to_contain_text("No identities yet.")
    ses.add_identity("ann@example.com", "Pending")
    expect(row(page, "ann@example.com")).to_contain_text("Pending")
    page.get_by_role("link", name="Open the link sent to ann@example.com").click()
    expect(page.get_by_role("heading")).to_have_text("Congratulations!")
    page.get_by_role("link", name="Back").click()
    expect(row(page, "ann@example.com")).to_contain_text("Success")


def test_page_updates_itself(ses: SESStub, page: Any) -> None:
    """A new status appears without a reload; open texts and fields stay."""
    ses.add_identity("ann@example.com", "Pending")
    page.get_by_text("Text of the email").click()
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


def test_keyboard_is_enough(ses: SESStub, page: Any) -> None:
    """Tab to Publish, then Enter: the domain is Success, and the focus stays."""
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
    """The button disappears with its row; the focus moves to the list."""
    ses.add_identity("ann@example.com")
    page.get_by_role("button", name="Delete ann@example.com").press("Enter")
    expect(page.locator("#identities-list")).to_contain_text("No identities yet.")
    assert page.evaluate("document.activeElement.id") == "identities"


def test_clock_is_advanced(ses: SESStub, page: Any) -> None:
    """With the buttons and the field."""
    page.get_by_role("button", name="Advance the clock by 24 h").click()
    expect(page.locator("#now")).to_contain_text("00:00 Fri 02 Jan 2026 UTC")
    page.get_by_label("Advance by").fill("90 min")
    page.keyboard.press("Enter")
    expect(page.locator("#now")).to_contain_text("01:30 Fri 02 Jan 2026 UTC")
    expect(page.get_by_label("Advance by")).to_have_value("")


def test_wrong_value_is_announced_and_kept(chromium: Any, url: str) -> None:
    """The message is in the live region; the field keeps the value until it is right."""
    page = chromium.new_page()
    page.goto(url)
    page.get_by_label("Advance by").fill("soon")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("“soon” is not a duration.")
    expect(page.get_by_label("Advance by")).to_have_value("soon")
    page.get_by_label("Advance by").fill("1 h")
    page.keyboard.press("Enter")
    expect(page.locator("#message")).to_have_text("Advanced the clock by 1 h, to 01:00 on Thu 01 Jan 2026.")
    page.close()


def test_lost_connection_is_shown(chromium: Any, ses: SESStub) -> None:
    """The page says so, and continues when the server is back."""
    page = chromium.new_page()
    with ses.serve() as endpoint:
        page.goto(endpoint.url)
        port = int(endpoint.url.rpartition(":")[2])
    expect(page.locator("#connection")).to_contain_text("Connection lost.")
    with ses.serve(port=port):
        expect(page.locator("#connection")).to_be_empty()
    page.close()


def test_hidden_page_makes_no_requests(ses: SESStub, chromium: Any, url: str) -> None:
    """It updates as soon as it is visible."""
    page = chromium.new_page()
    page.add_init_script("Object.defineProperty(document, 'hidden', {get: () => !window.seen})")
    # The page's clock is simulated, so that the test need not wait.
    page.clock.install()
    page.goto(url)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.clock.run_for(5000)
    assert f"{url}/" not in requests
    ses.add_identity("ann@example.com")
    page.evaluate("window.seen = true")
    page.clock.run_for(1000)
    expect(row(page, "ann@example.com")).to_be_visible()
    page.close()


def test_page_works_without_javascript(ses: SESStub, chromium: Any, url: str) -> None:
    """The buttons lead back to their section."""
    ses.add_identity("example.com", "Pending")
    for page in open_page(chromium, url, java_script_enabled=False):
        page.get_by_role("button", name="Publish the TXT record").click()
        expect(row(page, "example.com")).to_contain_text("Success")
        assert page.url.startswith(f"{url}/?done=")
        assert page.url.endswith("#records")


def fill(ses: SESStub) -> None:
    """Adds something to every list, with long names."""
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
def test_page_fits_the_window(ses: SESStub, chromium: Any, url: str, width: int, scheme: str, filled: bool) -> None:
    """The page is never wider than the window, whatever is open on it."""
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
def test_text_has_enough_contrast(ses: SESStub, chromium: Any, url: str, scheme: str) -> None:
    """At least 4.5 to 1 for all text (WCAG 2, AA)."""
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
