"""Proofs of ownership: tokens, TXT records, mails and links, without a client."""

from __future__ import annotations

import pytest
from fidelity import aws
from small_state import ACCOUNT, SITE, USER, SmallState

from ses_stub import VerificationStatus
from ses_stub._model.dns_checks import publish_records, remove_records
from ses_stub._model.mailbox import PAGES
from ses_stub._model.place import Place
from ses_stub._model.records import Record
from ses_stub._model.state import State
from ses_stub._model.verification import request_verification, set_status


def txt(name: str, value: str) -> Record:
    return Record(name, "TXT", value)


@aws(
    "recorded, inferred",
    "the tokens in AWS's samples and in terraform-provider-aws pull request 2640; the rest inferred",
)
def test_token_depends_on_account_region_and_domain() -> None:
    """A domain's token is base64 of 32 bytes, stable, and different for each account, region and domain."""
    places = [(ACCOUNT, "us-east-1"), ("0" * 12, "us-east-1"), (ACCOUNT, "eu-west-1")]

    def token(account: str, region: str, domain: str = SITE) -> str:
        state = State()
        found = request_verification(Place(state, state.backend(account, region), 0), domain).token
        assert found is not None
        return found

    tokens = [token(*place) for place in places] + [token(*places[0], domain="example.org")]
    assert tokens[0] == token(*places[0], domain="EXAMPLE.com")
    assert len(set(tokens)) == 4
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
def test_both_forms_of_the_record_count(name: str, form: str, found: bool) -> None:
    """Both documented forms of the record count. Names are compared without case, values exactly."""
    small = SmallState()
    value = form.format(small.verify(SITE, 0).token)
    publish_records(small.state, [txt(name, value)], small.at(1))
    assert small.status(SITE, 1) == ("Success" if found else "Pending")
    remove_records(small.state, [txt(name, value)], small.at(2))
    assert small.status(SITE, 2) == ("TemporaryFailure" if found else "Pending")


@aws("inferred", "Guide, dns-txt-records: either form will do")
def test_one_form_is_enough() -> None:
    """The domain stays verified while one form of the record is left; other records don't matter."""
    small = SmallState()
    small.verify(SITE, 0)
    small.publish(0)
    publish_records(small.state, [txt(SITE, f"amazonses:{small.token()}")], small.at(1))
    publish_records(small.state, [txt(SITE, "v=spf1 -all")], small.at(1))
    small.remove(2)
    assert small.status(SITE, 2) == "Success"
    remove_records(small.state, [(SITE, "TXT", None)], small.at(3))
    assert small.status(SITE, 3) == "TemporaryFailure"


@aws("inferred", "the token stays the same; at which look the real service finds a record is not known")
def test_record_that_is_there_already() -> None:
    """A record from an earlier registration verifies a domain immediately."""
    small = SmallState()
    token = small.verify(SITE, 0).token
    small.delete(SITE, 1)
    publish_records(small.state, [txt("_amazonses.example.com", str(token))], small.at(1))
    assert small.verify(SITE, 2).status == "Success"


def test_one_record_for_each_region() -> None:
    """DNS is shared by all regions: each region looks for its own token among the values of the name."""
    small = SmallState()
    other = small.state.backend(ACCOUNT, "eu-west-1")
    small.verify(SITE, 0)
    request_verification(Place(small.state, other, 0), SITE)
    small.publish(1)
    assert (small.status(SITE, 1), other.identities[SITE].status) == ("Success", "Pending")
    publish_records(small.state, [txt("_amazonses.example.com", str(other.identities[SITE].token))], small.at(2))
    assert (small.status(SITE, 2), other.identities[SITE].status) == ("Success", "Success")


@aws(
    "reported, unverified",
    "moto issue 5042: a mail for each request; what becomes of the older link is unknown",
    question="links",
)
def test_each_request_sends_another_link() -> None:
    """Each request for an address sends a mail with its own link. An older link works until its own 24 hours end."""
    small = SmallState()
    small.verify(USER, 0)
    small.verify(USER, 12)
    first, second = small.state.mailbox.mails
    assert first.link != second.link
    assert small.state.mailbox.by_link(first.link) is first
    assert small.state.mailbox.latest(ACCOUNT, "us-east-1", USER) is second
    assert small.click(0, 24) == PAGES.expired
    assert small.status(USER, 24) == "Pending"
    assert small.click(1, 35.999) == PAGES.confirmed
    assert small.click(1, 35.999) == PAGES.confirmed
    assert small.status(USER, 36) == "Success"


@aws(
    "documented, unverified",
    "Reference, GetIdentityVerificationAttributes: 24 hours; clicks after a deletion not known",
    question="links",
)
def test_late_and_unknown_links() -> None:
    """A click after the deadline, or for a deleted identity, changes nothing."""
    small = SmallState()
    small.verify(USER, 0)
    assert small.click(0, 24) == PAGES.expired
    assert small.status(USER, 24) == "Failed"
    small.verify(USER, 25)
    small.delete(USER, 26)
    assert small.click(1, 26) == PAGES.unknown
    assert small.backend.identities == {}


def test_published_by_the_test() -> None:
    """The record of an identity that the test sets to Success counts in every region that waits for it."""
    small = SmallState()
    other = small.state.backend(ACCOUNT, "eu-west-1")
    set_status(Place(small.state, other, 0), SITE, VerificationStatus.PENDING, "shared")
    set_status(small.place(0), SITE, VerificationStatus.SUCCESS, "shared")
    assert other.identities[SITE].status == "Success"
    set_status(small.place(0), SITE, VerificationStatus.FAILED, "shared")
    assert other.identities[SITE].status == "TemporaryFailure"
