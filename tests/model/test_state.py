"""The world without any client: deadlines, registrations, and that nobody has to look."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest
from fidelity import aws
from hypothesis import given
from hypothesis import strategies as st
from small_state import ACCOUNT, HOUR, SITE, USER, Town

from ses_stub._model.mailbox import PAGES
from ses_stub._model.records import Record, ownership
from ses_stub._time.time import from_timestamp

# What is seen never depends on when somebody looked.


@aws("documented", "Guide, managing-identities and verified-domain-revocation")
def test_withdrawn_and_unread() -> None:
    """A verified domain whose record vanishes is TemporaryFailure, and Failed 72 hours later, though nobody looks."""
    town = Town()
    town.put(SITE, "Success")
    town.withdraw(0)
    assert town.status(SITE, 73) == "Failed"
    assert town.history() == [(0, "Success"), (0, "TemporaryFailure"), (72, "Failed")]


@aws("inferred", "documented statuses; SES looks by itself, whoever asks")
def test_published_and_unread() -> None:
    """A record published at hour 1 and first asked for at hour 73 shows Success, since hour 1."""
    town = Town()
    town.verify(SITE, 0)
    town.publish(1)
    assert town.status(SITE, 73) == "Success"
    assert town.history() == [(0, "Pending"), (1, "Success")]


@aws(
    "documented, inferred", 'Reference, GetIdentityVerificationAttributes: "restart"; that it helps at once is inferred'
)
def test_published_too_late() -> None:
    """A record published at hour 73 finds the domain Failed, and helps only when verification is requested again."""
    town = Town()
    town.verify(SITE, 0)
    town.publish(73)
    assert town.status(SITE, 74) == "Failed"
    assert town.verify(SITE, 75).status == "Success"
    assert town.history() == [(0, "Pending"), (72, "Failed"), (75, "Pending"), (75, "Success")]


@aws("documented, unverified", "Reference, GetIdentityVerificationAttributes: 24 and 72 hours; the moment is not known")
@pytest.mark.parametrize(
    ("name", "status", "hours"),
    [(USER, "Pending", 24), (SITE, "Pending", 72), (USER, "TemporaryFailure", 72), (SITE, "TemporaryFailure", 72)],
)
def test_deadline(name: str, status: str, hours: int) -> None:
    """A status with a deadline, of 24 or 72 hours, holds up to its last microsecond, and is Failed with it."""
    town = Town()
    assert town.put(name, status).expires_at == from_timestamp(hours * HOUR)
    town.state.run_due(hours * HOUR - 1)
    assert town.backend.identities[name].status == status
    town.state.run_due(hours * HOUR)
    assert town.backend.identities[name].status == "Failed"
    assert town.backend.identities[name].expires_at is None


@aws("documented", "Guide, managing-identities: looked for during 72 hours")
@pytest.mark.parametrize(("back", "after"), [(71, "Success"), (72, "Failed"), (80, "Failed")])
def test_record_comes_back(back: int, after: str) -> None:
    """A domain whose record vanished is verified again if it comes back within 72 hours."""
    town = Town()
    town.put(SITE, "Success")
    town.withdraw(0)
    town.publish(back)
    assert town.status(SITE, 100) == after


STEPS = st.lists(
    st.tuples(
        st.integers(1, 30),
        st.sampled_from(["verify", "verify", "delete", "publish", "withdraw", "click", "click", "sign", "mail from"]),
        st.sampled_from([USER, SITE]),
    ),
    max_size=20,
)


def wanted_records() -> list[list[Record]]:
    """What the owner of the domain can publish: for its ownership, for DKIM, for a MAIL FROM domain."""
    town = Town()
    town.verify(SITE, 0)
    town.backend.ask_dkim(SITE, 0)
    town.backend.set_mail_from(SITE, f"mail.{SITE}", False, 0)
    backend = town.backend
    return [[ownership(SITE, town.token())], backend.wanted_dkim(SITE), backend.wanted_mail_from(SITE)]


def played(steps: list[tuple[int, str, str]], looks: set[int], auto_verify: bool | timedelta) -> tuple[Any, Any]:
    """What has happened at the end of a story, in which somebody looked at certain hours."""
    town, hour = Town(auto_verify=auto_verify), 0
    records = wanted_records()
    for number, (gap, step, name) in enumerate(steps):
        for look in sorted(look for look in looks if hour < look < hour + gap):
            town.at(look)
        hour += gap
        now = town.at(hour)
        if step == "verify":
            town.backend.verify(name, now)
        elif step == "delete":
            town.backend.delete(name, now)
        elif step == "click" and (mail := town.state.mailbox.latest(ACCOUNT, "us-east-1", USER)):
            town.state.click(mail, now)
        elif step == "sign" and SITE in town.backend.identities:
            town.backend.ask_dkim(SITE, now)
        elif step == "mail from" and name in town.backend.identities:
            town.backend.set_mail_from(name, f"mail.{SITE}", False, now)
        elif step == "publish":
            town.state.publish(records[number % 3], now)
        elif step == "withdraw":
            town.state.withdraw(records[number % 3], now)
    town.at(hour + 200)
    beside = {name: town.backend.settings(name) for name in (USER, SITE)}
    return (town.backend.identities, beside), (town.state.history, town.state.mailbox.mails)


@given(STEPS, st.sets(st.integers(0, 600)), st.sampled_from([False, True, timedelta(hours=5)]))
def test_looking_changes_nothing(
    steps: list[tuple[int, str, str]], looks: set[int], auto_verify: bool | timedelta
) -> None:
    """The same story ends alike, with the same changes at the same moments, whoever looked in between."""
    assert played(steps, looks, auto_verify) == played(steps, set(), auto_verify)


# Registering.


@aws(
    "documented, inferred, unverified", "Reference: restart; token, Failed to Pending inferred; the deadline not known"
)
@pytest.mark.parametrize(("name", "hours"), [(USER, 24), (SITE, 72)])
def test_restart(name: str, hours: int) -> None:
    """A repeated request starts the deadline anew and keeps the token; a failed identity is Pending again."""
    town = Town()
    first = town.verify(name, 0)
    again = town.verify(name, hours - 1)
    assert (again.token, again.requested_at) == (first.token, from_timestamp((hours - 1) * HOUR))
    assert town.status(name, 2 * hours - 2) == "Pending"
    assert town.status(name, 2 * hours - 1) == "Failed"
    assert town.verify(name, 500).expires_at == from_timestamp((500 + hours) * HOUR)


@aws("unverified", "what a request does to Success and TemporaryFailure is not known")
@pytest.mark.parametrize(("status", "after"), [("Success", "Success"), ("TemporaryFailure", "Pending")])
def test_request_for_a_known_one(status: str, after: str) -> None:
    """A repeated request keeps what is verified, and begins anew for a domain whose record vanished."""
    town = Town()
    town.put(SITE, status)
    assert town.verify(SITE, 70).status == after
    assert town.status(SITE, 141) == after


@aws(
    "recorded, inferred",
    "terraform-provider-aws's acceptance tests: gone after DeleteIdentity; the place in the list is inferred",
)
def test_delete() -> None:
    """A deleted identity is gone, its deadline too, and a new registration is a new one at the end of the list."""
    town = Town()
    town.verify(USER, 0)
    town.verify(SITE, 0)
    town.backend.delete(USER, town.at(1))
    town.backend.delete("nobody@example.com", town.at(1))
    assert town.status(USER, 1) is None
    town.verify(USER, 20)
    assert town.status(USER, 24) == "Pending"
    assert list(town.backend.identities) == [SITE, USER]
    assert town.history() == [(0, "Pending"), (0, "Pending"), (1, None), (20, "Pending")]


@pytest.mark.parametrize("name", [USER, SITE])
def test_auto_verify(name: str) -> None:
    """With auto_verify what is registered is Success at once, and a domain's record is there."""
    town = Town(auto_verify=True)
    assert town.verify(name, 0).status == "Success"
    assert town.status(name, 1000) == "Success"
    assert town.state.zone.published(f"_amazonses.{SITE}", "TXT") == ((town.token(),) if name == SITE else ())


@pytest.mark.parametrize(("hours", "name", "end"), [(5, USER, "Success"), (5, SITE, "Success"), (30, USER, "Failed")])
def test_auto_verify_later(hours: int, name: str, end: str) -> None:
    """The owner confirms after that long, if it's not too late."""
    town = Town(auto_verify=timedelta(hours=hours))
    town.verify(name, 0)
    assert town.status(name, 4.999) == "Pending"
    assert town.status(name, hours) == end


def test_auto_verify_later_of_a_new_one() -> None:
    """An owner confirms each registration after that long, not one that was made anew meanwhile sooner."""
    town = Town(auto_verify=timedelta(hours=5))
    town.verify(SITE, 0)
    town.backend.delete(SITE, town.at(3))
    town.verify(SITE, 4)
    assert town.status(SITE, 8.999) == "Pending"
    assert town.status(SITE, 9) == "Success"


def test_registration_lag() -> None:
    """A just-registered identity is missing from lists for that long, and known to the test all the while."""
    town = Town(lag=1.5)
    town.verify(SITE, 0)
    assert SITE in town.backend.identities
    for micros, seen in [(0, False), (1_499_999, False), (1_500_000, True)]:
        assert (town.backend.page(0, 10, micros)[0] != []) is seen
    town.verify(SITE, 1)
    town.put(USER, "Success", 1)
    assert [identity.name for identity in town.backend.page(0, 10, HOUR)[0]] == [SITE, USER]


@aws("documented", "Guide, quotas and creating-identities: per account and Region")
def test_an_account_of_its_own() -> None:
    """Every account and region has identities of its own."""
    town = Town()
    town.verify(USER, 0)
    assert town.state.backend("0" * 12, "us-east-1").identities == {}
    assert town.state.backend(ACCOUNT, "eu-west-1").identities == {}
    assert town.state.backend(ACCOUNT, "us-east-1") is town.backend


def test_put_replaces() -> None:
    """Setting a status outright keeps the place in the list, and publishes or withdraws the record to match."""
    town = Town()
    town.put(SITE, "Success")
    town.put(USER, "Failed")
    assert town.state.zone.published("_amazonses.example.com", "TXT") == (town.token(),)
    town.put(SITE, "Pending", 1)
    assert town.state.zone.published("_amazonses.example.com", "TXT") == ()
    assert list(town.backend.identities) == [SITE, USER]
    assert town.status(SITE, 72) == "Pending"
    assert town.status(SITE, 73) == "Failed"


def test_deepcopy() -> None:
    """A copy of the world goes on by itself, its deadlines, mails and records too."""
    town = Town()
    town.verify(USER, 0)
    town.verify(SITE, 0)
    twin = copy.deepcopy(town)
    assert twin.click(0, 1) == PAGES.confirmed
    twin.publish(1)
    twin.verify("new.example.com", 1)
    twin.backend.ask_dkim(SITE, twin.at(1))
    assert [twin.status(name, 100) for name in (USER, SITE)] == ["Success", "Success"]
    assert [town.status(name, 100) for name in (USER, SITE)] == ["Failed", "Failed"]
    assert list(town.backend.identities) == [USER, SITE]
    assert (len(twin.backend.wanted_dkim(SITE)), town.backend.wanted_dkim(SITE)) == (3, [])
    assert twin.backend._world is twin.state
