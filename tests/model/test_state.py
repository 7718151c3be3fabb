"""The state without a client: deadlines and registrations, which do not depend on when they are read."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest
from fidelity import aws
from hypothesis import given
from hypothesis import strategies as st
from small_state import ACCOUNT, HOUR, SITE, USER, SmallState

from ses_stub._model.dns_checks import (
    expected_dkim_records,
    expected_mail_from_records,
    publish_records,
    remove_records,
)
from ses_stub._model.due_events import run_due
from ses_stub._model.mailbox import PAGES
from ses_stub._model.owner import click_link
from ses_stub._model.records import Record, ownership
from ses_stub._time.time import from_timestamp

# Nothing depends on when it is read.


@aws("documented", "Guide, managing-identities and verified-domain-revocation")
def test_removed_record_fails_the_domain_without_reads() -> None:
    """A verified domain whose record vanishes is TemporaryFailure, and Failed after 72 hours, even without a read."""
    small = SmallState()
    small.set_status(SITE, "Success")
    small.remove(0)
    assert small.status(SITE, 73) == "Failed"
    assert small.history() == [(0, "Success"), (0, "TemporaryFailure"), (72, "Failed")]


@aws("inferred", "documented statuses; SES looks by itself, whoever asks")
def test_published_record_verifies_the_domain_without_reads() -> None:
    """A record that is published at hour 1 and first read at hour 73 has verified the domain at hour 1."""
    small = SmallState()
    small.verify(SITE, 0)
    small.publish(1)
    assert small.status(SITE, 73) == "Success"
    assert small.history() == [(0, "Pending"), (1, "Success")]


@aws(
    "documented, inferred", 'Reference, GetIdentityVerificationAttributes: "restart"; that it helps at once is inferred'
)
def test_published_too_late() -> None:
    """A record that is published at hour 73 is too late. It counts after the next request."""
    small = SmallState()
    small.verify(SITE, 0)
    small.publish(73)
    assert small.status(SITE, 74) == "Failed"
    assert small.verify(SITE, 75).status == "Success"
    assert small.history() == [(0, "Pending"), (72, "Failed"), (75, "Pending"), (75, "Success")]


@aws(
    "documented, unverified",
    "Reference, GetIdentityVerificationAttributes: 24 and 72 hours; the exact time is not known",
    question="deadlines",
)
@pytest.mark.parametrize(
    ("name", "status", "hours"),
    [(USER, "Pending", 24), (SITE, "Pending", 72), (USER, "TemporaryFailure", 72), (SITE, "TemporaryFailure", 72)],
)
def test_deadline_is_exact(name: str, status: str, hours: int) -> None:
    """A status with a deadline of 24 or 72 hours lasts to its last microsecond; at the deadline it is Failed."""
    small = SmallState()
    assert small.set_status(name, status).expires_at == from_timestamp(hours * HOUR)
    run_due(small.state, hours * HOUR - 1)
    assert small.backend.identities[name].status == status
    run_due(small.state, hours * HOUR)
    assert small.backend.identities[name].status == "Failed"
    assert small.backend.identities[name].expires_at is None


@aws("documented", "Guide, managing-identities: looked for during 72 hours")
@pytest.mark.parametrize(("back", "after"), [(71, "Success"), (72, "Failed"), (80, "Failed")])
def test_record_comes_back(back: int, after: str) -> None:
    """A domain whose record vanished is verified again if the record returns within 72 hours."""
    small = SmallState()
    small.set_status(SITE, "Success")
    small.remove(0)
    small.publish(back)
    assert small.status(SITE, 100) == after


STEPS = st.lists(
    st.tuples(
        st.integers(1, 30),
        st.sampled_from(["verify", "verify", "delete", "publish", "remove", "click", "click", "sign", "mail from"]),
        st.sampled_from([USER, SITE]),
    ),
    max_size=20,
)


def wanted_records() -> list[list[Record]]:
    """The records that can be published: for ownership, DKIM and MAIL FROM."""
    small = SmallState()
    small.verify(SITE, 0)
    small.request_dkim(SITE, 0)
    small.set_mail_from(SITE, f"mail.{SITE}", 0)
    backend = small.backend
    dkim, mail_from = expected_dkim_records(backend, SITE), expected_mail_from_records(backend, SITE)
    return [[ownership(SITE, small.token())], dkim, mail_from]


def run_scenario(steps: list[tuple[int, str, str]], looks: set[int], auto_verify: bool | timedelta) -> tuple[Any, Any]:
    """What has happened at the end of a scenario, whose statuses were read at certain hours."""
    small, hour = SmallState(auto_verify=auto_verify), 0
    records = wanted_records()
    for number, (gap, step, name) in enumerate(steps):
        for look in sorted(look for look in looks if hour < look < hour + gap):
            small.at(look)
        hour += gap
        now = small.at(hour)
        if step == "verify":
            small.verify(name, hour)
        elif step == "delete":
            small.delete(name, hour)
        elif step == "click" and (mail := small.state.mailbox.latest(ACCOUNT, "us-east-1", USER)):
            click_link(small.state, mail, now)
        elif step == "sign" and SITE in small.backend.identities:
            small.request_dkim(SITE, hour)
        elif step == "mail from" and name in small.backend.identities:
            small.set_mail_from(name, f"mail.{SITE}", hour)
        elif step == "publish":
            publish_records(small.state, records[number % 3], now)
        elif step == "remove":
            remove_records(small.state, records[number % 3], now)
    small.at(hour + 200)
    beside = {name: small.backend.settings(name) for name in (USER, SITE)}
    return (small.backend.identities, beside), (small.state.history, small.state.mailbox.mails)


@given(STEPS, st.sets(st.integers(0, 600)), st.sampled_from([False, True, timedelta(hours=5)]))
def test_looking_changes_nothing(
    steps: list[tuple[int, str, str]], looks: set[int], auto_verify: bool | timedelta
) -> None:
    """The same scenario ends alike, with the same changes at the same times, whenever it is read in between."""
    assert run_scenario(steps, looks, auto_verify) == run_scenario(steps, set(), auto_verify)


# Registering.


@aws(
    "documented, inferred, unverified",
    "Reference: restart; token, Failed to Pending inferred; the deadline not known",
    question="deadlines",
)
@pytest.mark.parametrize(("name", "hours"), [(USER, 24), (SITE, 72)])
def test_repeated_request_restarts_the_deadline(name: str, hours: int) -> None:
    """A repeated request restarts the deadline and keeps the token; a failed identity is Pending again."""
    small = SmallState()
    first = small.verify(name, 0)
    again = small.verify(name, hours - 1)
    assert (again.token, again.requested_at) == (first.token, from_timestamp((hours - 1) * HOUR))
    assert small.status(name, 2 * hours - 2) == "Pending"
    assert small.status(name, 2 * hours - 1) == "Failed"
    assert small.verify(name, 500).expires_at == from_timestamp((500 + hours) * HOUR)


@pytest.mark.parametrize("name", [USER, SITE])
def test_request_of_a_verified_identity_is_the_last_one(name: str) -> None:
    """A verified identity that is requested again stays verified, and has the time of that request."""
    small = SmallState()
    small.set_status(name, "Success")
    again = small.verify(name, 5)
    assert (again.status, again.requested_at, again.expires_at) == ("Success", from_timestamp(5 * HOUR), None)
    assert small.history() == [(0, "Success")]


def test_repeated_request_for_dkim_is_no_change() -> None:
    """A repeated request for DKIM restarts its deadline, and adds nothing to the history."""
    small = SmallState()
    small.verify(SITE, 0)
    small.request_dkim(SITE, 1)
    small.request_dkim(SITE, 2)
    assert small.history() == [(0, "Pending"), (1, "Pending")]
    assert small.backend.settings(SITE).dkim.check.expires_at == 74 * HOUR


@aws(
    "unverified",
    "what a request does to Success and TemporaryFailure is not known",
    question="again-success, again-temporary-failure",
)
@pytest.mark.parametrize(("status", "after"), [("Success", "Success"), ("TemporaryFailure", "Pending")])
def test_request_for_a_known_one(status: str, after: str) -> None:
    """A repeated request leaves a verified identity alone, and restarts a domain whose record vanished."""
    small = SmallState()
    small.set_status(SITE, status)
    assert small.verify(SITE, 70).status == after
    assert small.status(SITE, 141) == after


@aws(
    "recorded, inferred",
    "terraform-provider-aws's acceptance tests: gone after DeleteIdentity; the place in the list is inferred",
)
def test_deleted_identity_is_gone() -> None:
    """A deleted identity is gone with its deadline; registered again, it is new and last in the list."""
    small = SmallState()
    small.verify(USER, 0)
    small.verify(SITE, 0)
    small.delete(USER, 1)
    small.delete("nobody@example.com", 1)
    assert small.status(USER, 1) is None
    small.verify(USER, 20)
    assert small.status(USER, 24) == "Pending"
    assert list(small.backend.identities) == [SITE, USER]
    assert small.history() == [(0, "Pending"), (0, "Pending"), (1, None), (20, "Pending")]


@pytest.mark.parametrize("name", [USER, SITE])
def test_auto_verify_registers_as_success_with_record(name: str) -> None:
    """With auto_verify every registered identity is Success immediately, and a domain's record is published."""
    small = SmallState(auto_verify=True)
    assert small.verify(name, 0).status == "Success"
    assert small.status(name, 1000) == "Success"
    assert small.state.zone.published(f"_amazonses.{SITE}", "TXT") == ((small.token(),) if name == SITE else ())


@pytest.mark.parametrize(("hours", "name", "end"), [(5, USER, "Success"), (5, SITE, "Success"), (30, USER, "Failed")])
def test_delayed_auto_verify_confirms_after_its_delay(hours: int, name: str, end: str) -> None:
    """A delayed auto_verify confirms after its delay, unless that is too late."""
    small = SmallState(auto_verify=timedelta(hours=hours))
    small.verify(name, 0)
    assert small.status(name, 4.999) == "Pending"
    assert small.status(name, hours) == end


def test_auto_verify_later_of_a_new_one() -> None:
    """A delayed auto_verify counts from each registration; that of a deleted identity does not confirm a new one."""
    small = SmallState(auto_verify=timedelta(hours=5))
    small.verify(SITE, 0)
    small.delete(SITE, 3)
    small.verify(SITE, 4)
    assert small.status(SITE, 8.999) == "Pending"
    assert small.status(SITE, 9) == "Success"


@aws("documented", "Guide, quotas and creating-identities: per account and Region")
def test_each_account_and_region_has_its_own_identities() -> None:
    """Every account and region has its own identities."""
    small = SmallState()
    small.verify(USER, 0)
    assert small.state.backend("0" * 12, "us-east-1").identities == {}
    assert small.state.backend(ACCOUNT, "eu-west-1").identities == {}
    assert small.state.backend(ACCOUNT, "us-east-1") is small.backend


def test_setting_a_status_keeps_place_and_matches_records() -> None:
    """Setting a status keeps the place in the list, and publishes or removes the record to match."""
    small = SmallState()
    small.set_status(SITE, "Success")
    small.set_status(USER, "Failed")
    assert small.state.zone.published("_amazonses.example.com", "TXT") == (small.token(),)
    small.set_status(SITE, "Pending", 1)
    assert small.state.zone.published("_amazonses.example.com", "TXT") == ()
    assert list(small.backend.identities) == [SITE, USER]
    assert small.status(SITE, 72) == "Pending"
    assert small.status(SITE, 73) == "Failed"


def test_copy_goes_on_by_itself() -> None:
    """A copy of the state is independent, including its deadlines, mails and records."""
    small = SmallState()
    small.verify(USER, 0)
    small.verify(SITE, 0)
    twin = copy.deepcopy(small)
    assert twin.click(0, 1) == PAGES.confirmed
    twin.publish(1)
    twin.verify("new.example.com", 1)
    twin.request_dkim(SITE, 1)
    assert [twin.status(name, 100) for name in (USER, SITE)] == ["Success", "Success"]
    assert [small.status(name, 100) for name in (USER, SITE)] == ["Failed", "Failed"]
    assert list(small.backend.identities) == [USER, SITE]
    assert (len(expected_dkim_records(twin.backend, SITE)), expected_dkim_records(small.backend, SITE)) == (3, [])
    assert twin.state.backend(ACCOUNT, "us-east-1") is twin.backend
