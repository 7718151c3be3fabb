"""The page with few and with many identities, in a browser: layout, focus, messages, frames, and axe's rules."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from clients import make_client

from ses_stub import SESStub

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
#: axe-core's script; .ci/run installs it where npm is.
AXE = Path(os.environ.get("SES_STUB_TEST_NODE_MODULES", "node_modules")) / "axe-core/axe.min.js"

#: 50 characters, and the 253 that a domain can have.
LONG_ADDRESS = f"{'a' * 38}@example.com"
LONG_DOMAIN = f"{'deep.' * 48}d.example.com"
WINDOWS = [(width, scheme) for width in (1280, 400) for scheme in ("light", "dark")]
STATUSES = ("Pending", "Success", "Failed", "TemporaryFailure", "NotStarted")


@pytest.fixture
def page(chromium: Any, url: str) -> Iterator[Any]:
    """A page that causes no error in its script."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    found = context.new_page()
    errors: list[str] = []
    found.on("pageerror", lambda error: errors.append(str(error)))
    found.goto(url)
    yield found
    context.close()
    assert errors == []


def expect(locator: Any) -> Any:
    return playwright.expect(locator)


def row(page: Any, name: str) -> Any:
    """The row of an identity."""
    return page.locator("#identities-list tbody tr").filter(has_text=name)


def names(page: Any) -> list[str]:
    """The names in the list of identities."""
    found: list[str] = page.locator("#identities-list a.name").all_text_contents()
    return found


def focused(page: Any) -> str:
    """The id of the focused element."""
    found: str = page.evaluate("document.activeElement.id")
    return found


def send(ses: SESStub, html: str) -> None:
    """Sends an email with HTML from ann@example.com to bob@example.com."""
    ses.add_identity("ann@example.com")
    message = {"Subject": {"Data": "Hello"}, "Body": {"Html": {"Data": html}}}
    ses.attach(make_client()).send_email(
        Source="ann@example.com", Destination={"ToAddresses": ["bob@example.com"]}, Message=message
    )


def fill(ses: SESStub, count: int) -> None:
    """Adds that many identities in every status, the longest names, emails, records and calls."""
    for number in range(count - 4):
        name = f"domain{number}.example" if number % 10 == 0 else f"user{number}@example.com"
        ses.add_identity(name, STATUSES[number % len(STATUSES)])
    ses.add_identity("shop.example", "Success", dkim="Pending", mail_from="bounce.shop.example")
    send(ses, "<h1>Hello</h1>")
    ses.add_identity(LONG_ADDRESS, "Pending")
    ses.add_identity(LONG_DOMAIN, "Pending")


# The layout.


@pytest.mark.parametrize(("width", "least"), [(1280, 250), (400, 140)])
def test_long_names_do_not_narrow_the_other_columns(
    ses: SESStub, chromium: Any, url: str, width: int, least: int
) -> None:
    """The columns are as wide as without them; a long name has at most three lines."""
    for number in range(20):
        ses.add_identity(f"user{number}@example.com", "Pending")
    page = chromium.new_page(viewport={"width": width, "height": 900})
    page.goto(url)
    before = columns(row(page, "user7@"))
    assert before[1] >= least
    ses.add_identity(LONG_ADDRESS, "Pending")
    ses.add_identity(LONG_DOMAIN, "Pending")
    expect(row(page, LONG_DOMAIN)).to_be_visible()
    assert columns(row(page, "user7@")) == before
    assert columns(row(page, LONG_ADDRESS))[1:] == before[1:]
    assert row(page, LONG_DOMAIN).locator("a.name").bounding_box()["height"] <= 3 * 24
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()


def columns(one: Any) -> list[float]:
    """The widths of a row's cells."""
    return [cell.bounding_box()["width"] for cell in one.locator("th, td").all()]


@pytest.mark.parametrize(("width", "most"), [(1280, 3000), (400, 8000)])
def test_page_of_500_identities_is_short(ses: SESStub, chromium: Any, url: str, width: int, most: int) -> None:
    """Its height is that of one page of each list."""
    fill(ses, 500)
    page = chromium.new_page(viewport={"width": width, "height": 900})
    page.goto(url)
    assert page.evaluate("document.documentElement.scrollHeight") < most
    page.close()


@pytest.mark.parametrize("width", [1280, 400])
def test_clock_is_always_in_view(ses: SESStub, chromium: Any, url: str, width: int) -> None:
    """Time and buttons are on top, wherever the page is scrolled to."""
    fill(ses, 500)
    page = chromium.new_page(viewport={"width": width, "height": 900})
    page.goto(url)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(page.locator("#now")).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Advance the clock by 1 h").click()
    expect(page.locator("#now")).to_contain_text("01:00")
    page.close()


def test_focused_element_is_not_under_the_clock(ses: SESStub, page: Any) -> None:
    """Going back with Shift+Tab scrolls far enough."""
    fill(ses, 500)
    page.reload()
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.locator("#add-summary").focus()
    bottom = page.locator("#clock").bounding_box()["height"]
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
        assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= bottom


# Filter, pages, and one identity.


def test_typing_filters_the_list(ses: SESStub, page: Any) -> None:
    """Without a button; the address of the page follows, and the field keeps the focus."""
    fill(ses, 500)
    page.get_by_label("Filter by name").press_sequentially("user49")
    expect(page.locator("#chip-All")).to_have_text("All 6")
    assert sorted(names(page)) == sorted(["user49@example.com", *(f"user{one}@example.com" for one in range(491, 496))])
    assert page.url.endswith("/?q=user49")
    assert focused(page) == "q"
    page.get_by_label("Filter by name").fill("")
    expect(page.locator("#chip-All")).to_have_text("All 500")


def test_pages_and_statuses_are_shown_without_a_reload(ses: SESStub, page: Any) -> None:
    """The focus stays on the link; "Back" leads back."""
    fill(ses, 500)
    page.evaluate("window.same = true")
    page.get_by_role("link", name="Next page of identities").press("Enter")
    expect(page.locator("#identities-list")).to_contain_text("26–50 of 500")
    assert focused(page) == "identities-next"
    page.get_by_role("link", name="Failed").press("Enter")
    expect(page.locator("#identities-list")).to_contain_text("1–25 of 99")
    assert focused(page) == "chip-Failed"
    page.go_back()
    expect(page.locator("#identities-list")).to_contain_text("26–50 of 500")
    assert page.evaluate("window.same")


def test_filter_without_javascript(ses: SESStub, chromium: Any, url: str) -> None:
    """With its button; statuses, pages and the choice are links."""
    fill(ses, 500)
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(url)
    page.get_by_role("link", name="Success").click()
    page.get_by_label("Filter by name").fill("user")
    page.get_by_role("button", name="Filter").click()
    assert "status=Success" in page.url
    page.get_by_role("link", name="Next page of identities").click()
    page.get_by_role("link", name=names(page)[0]).click()
    expect(page.locator("#chosen-title")).to_have_text(names(page)[0])
    page.get_by_role("button", name="Delete").first.click()
    assert page.get_by_role("status").first.text_content().startswith("Deleted user")
    page.get_by_role("button", name="Undo").click()
    assert page.get_by_role("status").first.text_content().startswith("Restored user")
    context.close()


def test_chosen_identity_is_beside_the_list(ses: SESStub, page: Any) -> None:
    """In view, wherever the list is scrolled to; the focus stays in the list."""
    fill(ses, 500)
    page.reload()
    link = page.locator("#identities-list a.name").last
    name = link.text_content()
    link.click()
    expect(page.locator("#chosen-title")).to_have_text(name)
    expect(page.locator("#chosen-title")).to_be_in_viewport()
    assert focused(page) == link.get_attribute("id")


def test_chosen_identity_is_scrolled_to_on_a_narrow_window(ses: SESStub, chromium: Any, url: str) -> None:
    """There it is below the list."""
    fill(ses, 500)
    page = chromium.new_page(viewport={"width": 400, "height": 900})
    page.goto(url)
    page.locator("#identities-list a.name").first.click()
    expect(page.locator("#chosen-title")).to_be_in_viewport()
    assert focused(page) == "chosen"
    page.close()


# What was done, focus, and Undo.


def test_action_is_announced_and_keeps_the_focus(ses: SESStub, page: Any) -> None:
    """The message is a status; an update of the page leaves it."""
    ses.add_identity("shop.example", "Pending")
    button = page.get_by_role("button", name="Publish the TXT record")
    button.press("Enter")
    message = page.get_by_role("status").filter(has_text="Published the TXT record _amazonses.shop.example.")
    expect(message).to_be_in_viewport()
    expect(page.get_by_role("button", name="Remove the TXT record")).to_be_focused()
    ses.add_identity("ann@example.com", "Pending")
    expect(row(page, "ann@example.com")).to_be_visible()
    expect(message).to_be_visible()
    page.get_by_role("link", name="Close the message").click()
    expect(page.locator("#message")).to_be_empty()
    assert page.locator("#notice").evaluate("one => getComputedStyle(one).clipPath") == "inset(50%)"


@pytest.mark.parametrize(("gone", "next_one"), [(0, 1), (1, 2), (2, 1)])
def test_focus_is_in_the_nearest_row_after_delete(ses: SESStub, page: Any, gone: int, next_one: int) -> None:
    """On the name of the next identity, or at the end of the list of the one before; never on another Delete of it."""
    for name in ("c@example.com", "b@example.com", "a@example.com"):
        ses.add_identity(name)
    expect(page.locator("#identities-list tbody tr")).to_have_count(3)
    wanted = page.locator("#identities-list a.name").nth(next_one).get_attribute("id")
    page.get_by_role("button", name="Delete").nth(gone).press("Enter")
    expect(page.locator("#identities-list tbody tr")).to_have_count(2)
    assert focused(page).rpartition("-")[2] == wanted.rpartition("-")[2]


def test_focus_is_in_the_row_of_a_clicked_link(ses: SESStub, page: Any) -> None:
    """Also when the row moves behind those that are pending."""
    for number in range(3):
        ses.add_identity(f"a{number}@example.com", "Pending")
    page.get_by_role("button", name="Click link sent to a2@example.com").press("Enter")
    expect(row(page, "a2@example.com")).to_contain_text("Success")
    assert names(page) == ["a1@example.com", "a0@example.com", "a2@example.com"]
    expect(page.get_by_role("link", name="a2@example.com").first).to_be_focused()


@pytest.mark.parametrize("how", ["button", "keys"])
def test_delete_is_undone(ses: SESStub, page: Any, how: str) -> None:
    """With the button of the message, or Ctrl+Z."""
    ses.add_identity("shop.example", "Success", dkim="Pending")
    before = ses.identity("shop.example")
    page.get_by_role("button", name="Delete shop.example").click()
    expect(page.get_by_role("status").first).to_have_text("Deleted shop.example in us-east-1.")
    assert not ses.identities
    if how == "button":
        page.get_by_role("button", name="Undo").click()
    else:
        page.keyboard.press("Control+z")
    expect(page.get_by_role("status").first).to_have_text("Restored shop.example in us-east-1.")
    expect(row(page, "shop.example")).to_be_visible()
    assert ses.identity("shop.example") == before
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)


def test_open_parts_and_selection_survive_an_update(ses: SESStub, page: Any) -> None:
    """Elements that stay are the same ones: nothing is collapsed, reloaded or deselected."""
    send(ses, "<h1>Hello</h1>")
    page.get_by_text("HTML of the email").click()
    page.locator("iframe").evaluate("one => { one.marked = true; one.closest('li').marked = true; }")
    for number in range(3):
        ses.add_identity(f"a{number}@example.com", "Pending")
        send(ses, "<h1>Another</h1>")
        expect(page.locator("#sent li")).to_have_count(number + 2)
    assert page.locator("#sent details[open]").count() == 1
    assert page.locator("iframe").last.evaluate("one => one.marked && one.closest('li').marked")


# The HTML of a sent email.

HOSTILE = """<!DOCTYPE html><html><head><title>x</title></head><body>
<h1>Hello</h1>
<script>document.body.textContent = "script"</script>
<img src="x" onerror="document.body.textContent = 'handler'">
<img src="http://192.0.2.1/pixel.png"><link rel="stylesheet" href="http://192.0.2.1/style.css">
<style>h1 { color: rgb(0, 128, 0) }</style>
<form action="/page/reset" method="post"><button>Claim</button></form>
<a href="/page/page.css" id="link">Confirm</a>
<meta http-equiv="refresh" content="0; url=http://192.0.2.1/">
</body></html>"""


def test_html_is_shown_and_harmless(ses: SESStub, page: Any) -> None:
    """Its styles hold; scripts, handlers, forms and loads do nothing; a link opens a tab."""
    send(ses, HOSTILE)
    requests: dict[str, str] = {}
    page.context.on("request", lambda request: requests.update({request.url: "sent"}))
    page.context.on("requestfailed", lambda request: requests.update({request.url: request.failure}))
    page.get_by_text("HTML of the email").click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading")).to_have_text("Hello")
    assert frame.get_by_role("heading").evaluate("one => getComputedStyle(one).color") == "rgb(0, 128, 0)"
    assert page.locator("iframe").evaluate("one => one.contentDocument") is None
    frame.get_by_role("button", name="Claim").click()
    with page.context.expect_page() as opened:
        frame.get_by_role("link", name="Confirm").click()
    assert opened.value.url.endswith("/page/page.css")
    assert opened.value.evaluate("window.opener") is None
    assert {one: end for one, end in requests.items() if "192.0.2.1" in one} == {
        "http://192.0.2.1/pixel.png": "csp",
        "http://192.0.2.1/style.css": "csp",
    }
    assert [one for one in requests if "reset" in one] == []
    assert ses.identities


def test_html_is_loaded_only_when_it_is_opened(ses: SESStub, page: Any) -> None:
    """A list of emails loads none of them."""
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    send(ses, "<h1>Hello</h1>")
    expect(page.locator("#sent li")).to_have_count(1)
    page.get_by_text("Source of the email").click()
    assert not [one for one in requests if "/page/html/" in one]
    with page.expect_request("**/page/html/*"):
        page.get_by_text("HTML of the email").click()


def test_html_in_its_own_tab_is_sandboxed_too(ses: SESStub, page: Any) -> None:
    """By its policy, without a frame."""
    send(ses, HOSTILE)
    page.get_by_text("HTML of the email").click()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open in a new tab").click()
    expect(opened.value.get_by_role("heading")).to_have_text("Hello")
    assert opened.value.evaluate("origin") == "null"


# axe.


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed")
@pytest.mark.parametrize("count", [5, 500, 5000])
def test_page_has_no_violation_of_axe(ses: SESStub, chromium: Any, url: str, count: int) -> None:
    """WCAG 2.2 and best practices: light and dark, wide and narrow, with all parts open, a choice, and messages."""
    fill(ses, count)
    for width, scheme in WINDOWS:
        # The policy of the page allows no other script.
        page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
        page.goto(url)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert violations(page) == []
        page.get_by_role("link", name="shop.example").or_(page.get_by_role("link", name=LONG_DOMAIN)).first.click()
        expect(page.locator("#chosen")).to_be_visible()
        # In a window of that height, the message is below everything else.
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": width, "height": height})
        page.locator("#identities-list").get_by_role("button", name="Delete").last.click()
        expect(page.get_by_role("button", name="Undo")).to_be_visible()
        assert violations(page) == []
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("status").first).to_contain_text("Restored")
        page.get_by_label("Filter by name").fill("nothing")
        expect(page.locator("#identities-list")).to_contain_text("No identity matches")
        page.get_by_label("Advance by").fill("soon")
        page.keyboard.press("Enter")
        expect(page.locator(".notice.bad")).to_be_visible()
        assert violations(page) == []
        page.close()


def violations(page: Any) -> list[Any]:
    """The rules of axe that the page breaks, with the first element of each."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[Any] = page.evaluate(
        """async () => (await axe.run(document, {
             runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice", "experimental"],
             iframes: false,
           })).violations.map(one => [one.id, one.nodes[0].html])"""
    )
    return found
