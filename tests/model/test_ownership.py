"""What owners do: tokens, TXT records, mails and links, without any client."""

from __future__ import annotations

import pytest
from fidelity import aws
from small_state import ACCOUNT, SITE, USER, Town

from ses_stub import VerificationStatus
from ses_stub._model.mailbox import PAGES
from ses_stub._model.records import Record
from ses_stub._model.state import State


def txt(name: str, value: str) -> Record:
    return Record(name, "TXT", value)


@aws(
    "recorded, inferred",
    "the tokens in AWS's samples and in terraform-provider-aws pull request 2640; the rest inferred",
)
def test_tokens() -> None:
    """A domain's token is base64 of 32 bytes, stable, and another for each seed, account, region and domain."""
    places = [
        (0, ACCOUNT, "us-east-1"),
        (1, ACCOUNT, "us-east-1"),
        (0, "0" * 12, "us-east-1"),
        (0, ACCOUNT, "eu-west-1"),
    ]

    def token(seed: int, account: str, region: str, domain: str = SITE) -> str:
        found = State(seed, False, 0).backend(account, region).verify(domain, 0).token
        assert found is not None
        return found

    tokens = [token(*place) for place in places] + [token(*places[0], domain="example.org")]
    assert tokens[0] == token(*places[0], domain="EXAMPLE.com")
    assert len(set(tokens)) == 5
    assert all(len(one) == 44 and one.endswith("=") for one in tokens)


@pytest.mark.parametrize(
    ("name", "form", "found"),
    [
        ("_amazonses.example.com", "{}", True),
        ("_AmazonSES.EXAMPLE.com.", "{}", True),
        ("example.com", "amazonses:{}", True),
        ("Example.com.", "amazonses:{}", True),
        ("example.com", "{}", False),
        ("_amazonses.example.com", "amazonses:{}", False),
        ("_amazonses.example.org", "{}", False),
        ("_amazonses.www.example.com", "{}", False),
        ("_amazonses.example.com", "{} ", False),
    ],
)
def test_records(name: str, form: str, found: bool) -> None:
    """Both documented forms of the record count; names are compared without case, values exactly."""
    town = Town()
    value = form.format(town.verify(SITE, 0).token)
    town.state.publish([txt(name, value)], town.at(1))
    assert town.status(SITE, 1) == ("Success" if found else "Pending")
    town.state.withdraw([txt(name, value)], town.at(2))
    assert town.status(SITE, 2) == ("TemporaryFailure" if found else "Pending")


@aws("inferred", "Guide, dns-txt-records: either form will do")
def test_one_form_is_enough() -> None:
    """While one form of the record is left, the domain stays verified; other records don't matter."""
    town = Town()
    town.verify(SITE, 0)
    town.publish(0)
    town.state.publish([txt(SITE, f"amazonses:{town.token()}")], town.at(1))
    town.state.publish([txt(SITE, "v=spf1 -all")], town.at(1))
    town.withdraw(2)
    assert town.status(SITE, 2) == "Success"
    town.state.withdraw([(SITE, "TXT", None)], town.at(3))
    assert town.status(SITE, 3) == "TemporaryFailure"


@aws("inferred", "the token stays the same; at which look the real service finds a record is not known")
def test_record_that_is_there_already() -> None:
    """A record left from an earlier registration verifies a domain at once."""
    town = Town()
    token = town.verify(SITE, 0).token
    town.backend.delete(SITE, town.at(1))
    town.state.publish([txt("_amazonses.example.com", str(token))], town.at(1))
    assert town.verify(SITE, 2).status == "Success"


def test_one_record_for_each_region() -> None:
    """DNS is one for the world: each region looks for its own token among the values of the one name."""
    town = Town()
    other = town.state.backend(ACCOUNT, "eu-west-1")
    town.verify(SITE, 0)
    other.verify(SITE, 0)
    town.publish(1)
    assert (town.status(SITE, 1), other.identities[SITE].status) == ("Success", "Pending")
    town.state.publish([txt("_amazonses.example.com", str(other.identities[SITE].token))], town.at(2))
    assert (town.status(SITE, 2), other.identities[SITE].status) == ("Success", "Success")


@aws("reported, unverified", "moto issue 5042: a mail for each request; what becomes of the older link is not known")
def test_links() -> None:
    """Each request for an address sends a mail with a link of its own; an old one works until its own 24 hours end."""
    town = Town()
    town.verify(USER, 0)
    town.verify(USER, 12)
    first, second = town.state.mailbox.mails
    assert first.link != second.link
    assert town.state.mailbox.by_link(first.link) is first
    assert town.state.mailbox.latest(ACCOUNT, "us-east-1", USER) is second
    assert town.click(0, 24) == PAGES.expired
    assert town.status(USER, 24) == "Pending"
    assert town.click(1, 35.999) == PAGES.confirmed
    assert town.click(1, 35.999) == PAGES.confirmed
    assert town.status(USER, 36) == "Success"


@aws(
    "documented, unverified",
    "Reference, GetIdentityVerificationAttributes: 24 hours; clicks after a deletion not known",
)
def test_late_and_unknown_links() -> None:
    """A click after the deadline changes nothing; nor does one for an identity that was deleted."""
    town = Town()
    town.verify(USER, 0)
    assert town.click(0, 24) == PAGES.expired
    assert town.status(USER, 24) == "Failed"
    town.verify(USER, 25)
    town.backend.delete(USER, town.at(26))
    assert town.click(1, 26) == PAGES.unknown
    assert town.backend.identities == {}


def test_published_by_the_test() -> None:
    """A record that comes with an identity set outright counts in every region that waits for it."""
    town = Town()
    other = town.state.backend(ACCOUNT, "eu-west-1")
    other.put(SITE, VerificationStatus.PENDING, "shared", 0)
    town.backend.put(SITE, VerificationStatus.SUCCESS, "shared", 0)
    assert other.identities[SITE].status == "Success"
    town.backend.put(SITE, VerificationStatus.FAILED, "shared", 0)
    assert other.identities[SITE].status == "TemporaryFailure"
