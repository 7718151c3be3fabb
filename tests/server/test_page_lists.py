"""The lists of the page with many identities: filter, statuses, pages, and one identity beside them."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from clients import make_client
from page_client import section
from werkzeug.test import Client

from ses_stub import SESStub
from ses_stub._api.stub import service_of


def add(ses: SESStub, *names: str, status: str = "Pending", **more: Any) -> None:
    """Adds identities, each a second after the one before."""
    for name in names:
        ses.add_identity(name, status, **more)
        ses.clock.advance(seconds=1)


def send(ses: SESStub, source: str, to: str, subject: str = "Hello") -> None:
    """Sends an email."""
    message = {"Subject": {"Data": subject}, "Body": {"Text": {"Data": "Hi"}}}
    ses.attach(make_client()).send_email(Source=source, Destination={"ToAddresses": [to]}, Message=message)


def names(browser: Client, address: str = "/") -> list[str]:
    """The names in the list of identities."""
    return [unescape(one) for one in re.findall(r'<a class="name" .*?>(.*?)</a>', browser.get(address).text)]


def links(browser: Client, address: str = "/") -> dict[str, str]:
    """The addresses of the links of the page, by their labels or texts."""
    found = {}
    for tag, text in re.findall(r"<a ([^>]*)>(.*?)</a>", browser.get(address).text):
        attributes = {name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        label = attributes.get("aria-label") or unescape(re.sub("<.*?>", "", text))
        found[label] = attributes["href"]
    return found


def choose(name: str, region: str = "us-east-1") -> str:
    """The address of the page with an identity chosen."""
    return f"/?name={name}&region={region}&account=123456789012"


# The order.


def test_pending_identities_are_first(ses: SESStub, browser: Client) -> None:
    """Then what SES still waits for in another way, then the others; the newest first among each."""
    add(ses, "old.example", "new.example")
    add(ses, "dkim.example", status="Success", dkim="Pending")
    add(ses, "mail.example", status="Success", mail_from="bounce.mail.example")
    ses.remove_mail_from("mail.example")
    add(ses, "gone.example", status="TemporaryFailure")
    add(ses, "failed@example.com", status="Failed")
    add(ses, "signed.example", status="Success", dkim="Success")
    add(ses, "ann@example.com", status="Success")
    assert names(browser) == [
        "new.example",
        "old.example",
        "gone.example",
        "mail.example",
        "dkim.example",
        "ann@example.com",
        "signed.example",
        "failed@example.com",
    ]


def test_verified_identity_moves_behind_the_pending_ones(ses: SESStub, browser: Client) -> None:
    """As soon as it is verified."""
    add(ses, "ann@example.com", "bob@example.com")
    ses.click_verification_link("bob@example.com")
    assert names(browser) == ["ann@example.com", "bob@example.com"]


def test_address_with_a_mail_from_domain_has_records(ses: SESStub, browser: Client) -> None:
    """Other addresses have none."""
    add(ses, "ann@example.com", "bob@example.com", status="Success")
    ses.attach(make_client()).set_identity_mail_from_domain(
        Identity="ann@example.com", MailFromDomain="bounce.example.com"
    )
    assert section(browser, "records").startswith("DNS records 1 identity ann@example.com us-east-1 ")
    assert names(browser)[0] == "ann@example.com"


def test_settings_of_an_unknown_name_are_ignored(ses: SESStub, browser: Client) -> None:
    """The model may hold some without an identity."""
    service_of(ses).state.backend("123456789012", "us-east-1").settings("ann@example.com")
    assert browser.get("/").status_code == 200


# The filter.


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ann", ["joanna@example.com", "ann@example.com"]),
        ("ANN@", ["ann@example.com"]),
        ("example.com", ["joanna@example.com", "ann@example.com"]),
        ("eu-west-1", ["zoe@other.example"]),
        ("eu-west", []),
        ("999988887777", ["tom@other.example"]),
        ("  ann@  ", ["ann@example.com"]),
        ("%", []),
    ],
)
def test_text_finds_names_regions_and_accounts(ses: SESStub, browser: Client, text: str, found: list[str]) -> None:
    """A part of a name in any case; a region or an account as a whole."""
    add(ses, "ann@example.com", "joanna@example.com")
    add(ses.view("eu-west-1"), "zoe@other.example")
    add(ses.view(account_id="999988887777"), "tom@other.example")
    assert names(browser, f"/?q={text.replace('%', '%25')}") == found


def test_chips_count_each_status_that_the_text_finds(ses: SESStub, browser: Client) -> None:
    """A status without identities has none, and what is pending is first."""
    add(ses, "ann@example.com", status="Failed")
    add(ses, "bob@example.com", "tom@example.com")
    add(ses, "zoe@other.example", status="Success")
    chips = r'<a class="chip" .*?>(\w+) <span>([\d,]+)</span>'
    assert re.findall(chips, browser.get("/").text) == [
        ("All", "4"),
        ("Pending", "2"),
        ("Success", "1"),
        ("Failed", "1"),
    ]
    assert re.findall(chips, browser.get("/?q=example.com").text) == [("All", "3"), ("Pending", "2"), ("Failed", "1")]


def test_chip_shows_one_status(ses: SESStub, browser: Client) -> None:
    """It keeps the text and is marked; the chip All leads back."""
    add(ses, "ann@example.com", "bob@example.com", "bob@other.example")
    ses.click_verification_link("bob@example.com")
    address = links(browser, "/?q=example.com")["Success 1"]
    assert address == "/?q=example.com&status=Success#identities"
    assert names(browser, address) == ["bob@example.com"]
    assert re.findall(r'id="chip-(\w+)"[^>]* aria-current="true"', browser.get(address).text) == ["Success"]
    assert links(browser, address)["All 2"] == "/?q=example.com#identities"


def test_chip_without_identities_stays_while_it_is_chosen(ses: SESStub, browser: Client) -> None:
    """So that it can be left again."""
    add(ses, "ann@example.com")
    assert "Failed 0" in section(browser, "identities", "/?status=Failed")


def test_filter_that_finds_nothing_says_so(ses: SESStub, browser: Client) -> None:
    """With the way back to all identities."""
    add(ses, "ann@example.com", "bob@example.com")
    address = "/?q=zoe&status=Success"
    assert "No identity matches the filter. Show all 2" in section(browser, "identities", address)
    for name in ("records", "inbox", "sent", "calls"):
        assert "None matches the filter." in section(browser, name, address)
    assert links(browser, address)["Show all 2"] == "/#identities"


def test_form_of_the_filter_keeps_the_status(browser: Client) -> None:
    """Without JavaScript too; its field shows the text."""
    page = browser.get("/?q=%22ann&status=Pending").text
    assert '<input type="hidden" name="status" value="Pending">' in page
    assert 'value="&#34;ann"' in page


def test_text_filters_emails_and_calls_too(ses: SESStub, browser: Client) -> None:
    """By recipients, senders, subjects, and what a call is about."""
    add(ses, "ann@example.com", status="Success")
    add(ses, "bob@example.com", "shop.example")
    ses.publish_txt("shop.example")
    send(ses, "ann@example.com", "tom@other.example")
    send(ses, "ann@example.com", "zoe@other.example", "Invoice 7")
    client = ses.attach(make_client())
    client.get_identity_verification_attributes(Identities=["bob@example.com", "zoe@other.example"])
    assert section(browser, "sent", "/?q=zoe").startswith("Sent emails 1 zoe@other.example")
    assert section(browser, "sent", "/?q=invoice").startswith("Sent emails 1 zoe@other.example")
    assert section(browser, "sent", "/?q=ann@").startswith("Sent emails 2 ")
    assert section(browser, "inbox", "/?q=bob").startswith("Inbox 1 bob@example.com")
    assert section(browser, "inbox", "/?q=shop.example").startswith("Inbox 1 owner-of-123456789012@")
    assert section(browser, "calls", "/?q=zoe").startswith("Calls 1 ")
    assert section(browser, "calls", "/?q=sendemail").startswith("Calls 2 ")


# Pages.


def test_every_identity_can_be_reached(ses: SESStub, browser: Client) -> None:
    """Following "Next" shows all of them, each once, on short pages."""
    for number in range(1000):
        ses.add_identity(f"a{number}@example.com", "Success")
    found: list[str] = []
    address = "/"
    while address:
        shown = names(browser, address)
        assert len(shown) <= 25
        found += shown
        address = links(browser, address).get("Next page of identities", "")
    assert found == [f"a{number}@example.com" for number in reversed(range(1000))]


def test_page_of_5000_identities_is_as_small_as_that_of_500(ses: SESStub, browser: Client) -> None:
    """Its size does not grow with them."""
    for number in range(500):
        ses.add_identity(f"a{number:04}@example.com", "Pending")
    before = len(browser.get("/").data)
    for number in range(500, 5000):
        ses.add_identity(f"a{number:04}@example.com", "Pending")
    assert abs(len(browser.get("/").data) - before) < 200


def test_pages_have_their_position(ses: SESStub, browser: Client) -> None:
    """Pages lead to their neighbours, the first and the last."""
    add(ses, *(f"a{number}@example.com" for number in range(60)))
    shown = links(browser, "/?identities=2")
    assert "26–50 of 60 First Previous Next Last" in section(browser, "identities", "/?identities=2")
    assert shown["First page of identities"] == shown["Previous page of identities"] == "/?identities=1#identities"
    assert shown["Next page of identities"] == shown["Last page of identities"] == "/?identities=3#identities"
    assert "Next page of identities" not in links(browser, "/?identities=3")
    assert "Pages of identities" not in browser.get("/?q=a1@").text


@pytest.mark.parametrize("number", ["0", "-1", "x", "1.5", "", "²", "9" * 30])
def test_invalid_page_number_is_the_first(ses: SESStub, browser: Client, number: str) -> None:
    """An address that somebody has changed is no error."""
    add(ses, *(f"a{number}@example.com" for number in range(30)))
    assert names(browser, f"/?identities={number}") == names(browser)


def test_page_after_the_last_is_the_last(ses: SESStub, browser: Client) -> None:
    """Identities may have been deleted since the link was shown."""
    add(ses, *(f"a{number}@example.com" for number in range(30)))
    assert names(browser, "/?identities=999") == [f"a{number}@example.com" for number in reversed(range(5))]


def test_all_lists_have_pages(ses: SESStub, browser: Client) -> None:
    """Records by domain, emails and calls; each list has its own page, and the others stay."""
    client = ses.attach(make_client())
    add(ses, "ann@example.com", status="Success")
    for number in range(12):
        client.verify_domain_dkim(Domain=f"d{number}.example")
        client.verify_email_identity(EmailAddress=f"a{number}@example.com")
        send(ses, "ann@example.com", "bob@example.com", f"Number {number}")
    for _ in range(30):
        client.list_identities()
    address = "/?records=3&inbox=2&sent=2&calls=2"
    assert "DNS records 12 identities d1.example" in section(browser, "records", address)
    assert "11–12 of 12" in section(browser, "records", address)
    assert "Inbox 12 a1@example.com" in section(browser, "inbox", address)
    assert "Sent emails 12 bob@example.com 00:00:01 Number 1 " in section(browser, "sent", address)
    assert "51–66 of 66" in section(browser, "calls", address)
    assert links(browser, address)["First page of calls"] == "/?records=3&inbox=2&sent=2&calls=1#calls"


def test_filter_starts_at_the_first_page(ses: SESStub, browser: Client) -> None:
    """The page before would often be empty."""
    add(ses, *(f"a{number}@example.com" for number in range(30)))
    assert links(browser, "/?identities=2&inbox=2")["Pending 30"] == "/?status=Pending#identities"


# One identity.


def test_chosen_domain_has_its_records_and_emails_beside_it(ses: SESStub, browser: Client) -> None:
    """And its calls; nothing of others. Emails of the domains below it are its own."""
    add(ses, "shop.example", "other.example", "ann@other.example")
    add(ses, "shop.example.org", status="Success")
    ses.publish_txt("shop.example")
    client = ses.attach(make_client())
    client.verify_domain_dkim(Domain="shop.example")
    client.verify_domain_dkim(Domain="other.example")
    send(ses, "Shop <info@mail.shop.example>", "zoe@example.net")
    send(ses, "info@shop.example.org", "tom@example.net")
    address = choose("shop.example")
    assert section(browser, "chosen", address).startswith(
        "shop.example Close Domain in us-east-1, requested at 00:00:00 Success Pending DKIM: three CNAME records"
    )
    assert section(browser, "records", address).startswith("DNS records 1 identity shop.example us-east-1 ")
    assert section(browser, "inbox", address).startswith("Inbox 1 owner-of-123456789012@aws-account.example")
    assert section(browser, "sent", address).startswith("Sent emails 1 zoe@example.net")
    assert section(browser, "calls", address).startswith("Calls 2 ")
    assert len(names(browser, address)) == 4


def test_chosen_address_has_the_emails_to_and_from_it(ses: SESStub, browser: Client) -> None:
    """Also those with a label or a display name, in its region and account only."""
    add(ses, "ann@example.com", "bob@example.com", "joanna@example.com", status="Success")
    add(ses.view("eu-west-1"), "ann@example.com")
    send(ses, "Ann <ann+news@example.com>", "tom@example.net")
    send(ses, "bob@example.com", "ann@example.com")
    send(ses, "bob@example.com", "joanna@example.com")
    assert section(browser, "sent", choose("ann@example.com")).startswith("Sent emails 2 ann@example.com")
    assert section(browser, "inbox", choose("ann@example.com")).startswith("Inbox 0 ")
    for name in ("inbox", "records", "calls"):
        assert "None for this identity." in section(browser, name, choose("joanna@example.com"))
    european = choose("ann@example.com", "eu-west-1")
    assert section(browser, "sent", european).startswith("Sent emails 0 ")
    assert section(browser, "inbox", european).startswith("Inbox 1 ann@example.com")


def test_records_of_a_chosen_domain_come_before_its_emails(ses: SESStub, browser: Client) -> None:
    """Of an address the emails are first, as its link is there."""
    add(ses, "shop.example", "ann@example.com")
    order = re.compile(r'<section id="(records|inbox)"')
    assert order.findall(browser.get(choose("shop.example")).text) == ["records", "inbox"]
    assert order.findall(browser.get(choose("ann@example.com")).text) == ["inbox", "records"]


def test_choice_keeps_filter_and_page(ses: SESStub, browser: Client) -> None:
    """The list beside it stays; closing it leads back."""
    add(ses, *(f"a{number}@example.com" for number in range(30)))
    address = links(browser, "/?q=a&identities=2&inbox=3")["a0@example.com"]
    assert address == "/?q=a&identities=2&name=a0%40example.com&region=us-east-1&account=123456789012#chosen"
    assert names(browser, address) == names(browser, "/?q=a&identities=2")
    assert re.findall(r'title="(.*?)" aria-current="true"', browser.get(address).text) == ["a0@example.com"]
    assert links(browser, address)["Close a0@example.com"] == "/?q=a&identities=2#identities"


@pytest.mark.parametrize(
    "address",
    [choose("zoe@example.com"), choose("ann@example.com", "eu-west-1"), "/?name=ann@example.com"],
    ids=["unknown", "elsewhere", "nowhere"],
)
def test_unknown_identity_is_not_chosen(ses: SESStub, browser: Client, address: str) -> None:
    """It may have been deleted: the page shows everything."""
    add(ses, "ann@example.com")
    assert 'id="chosen"' not in browser.get(address).text
    assert section(browser, "inbox", address).startswith("Inbox 1 ")


def test_page_changes_nothing(ses: SESStub, browser: Client) -> None:
    """Looking at identities leaves the state as it is."""
    add(ses, "ann@example.com", "shop.example")
    state = service_of(ses).state
    before = dict(state.backends["123456789012", "us-east-1"].identity_settings)
    browser.get("/")
    browser.get(choose("ann@example.com", "eu-west-9"))
    assert state.backends["123456789012", "us-east-1"].identity_settings == before
    assert list(state.backends) == [("123456789012", "us-east-1")]


def test_long_values_in_the_address_do_not_make_a_large_page(ses: SESStub, browser: Client) -> None:
    """They are cut, as every link repeats them."""
    add(ses, *(f"a{number}@example.com" for number in range(30)))
    assert len(browser.get("/", query_string={"q": "a" * 50_000}).data) < 100_000
