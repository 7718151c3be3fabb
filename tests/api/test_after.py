"""Scheduled actions: a status that is set later, and a verification that is confirmed later."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from clients import names, shared_client, status

from ses_stub import SESStub
from ses_stub._time.time import from_timestamp


@pytest.fixture
def client(ses: SESStub) -> Any:
    return shared_client()


def test_scheduled_status_comes_exactly_on_time(ses: SESStub, client: Any) -> None:
    """A scheduled status is set exactly on time, not a microsecond earlier."""
    ses.add_identity("example.com", "Pending")
    ses.after(hours=5).set_status("example.com", "Failed")
    ses.clock.advance(timedelta(hours=5) - timedelta(microseconds=1))
    assert status(client, "example.com") == "Pending"
    ses.clock.advance(timedelta(microseconds=1))
    assert status(client, "example.com") == "Failed"


LENGTHS: dict[str, tuple[tuple[timedelta, ...], dict[str, float], timedelta]] = {
    "timedelta": ((timedelta(hours=2),), {}, timedelta(hours=2)),
    "days": ((), {"days": 2}, timedelta(days=2)),
    "hours": ((), {"hours": 1.5}, timedelta(minutes=90)),
    "minutes": ((), {"minutes": 90}, timedelta(minutes=90)),
    "seconds": ((), {"seconds": 0.25}, timedelta(milliseconds=250)),
    "together": ((timedelta(days=1),), {"hours": 1, "seconds": 2}, timedelta(days=1, seconds=3602)),
}


@pytest.mark.parametrize(("delta", "keywords", "length"), LENGTHS.values(), ids=LENGTHS)
def test_scheduled_delay_adds_timedelta_and_keywords(
    ses: SESStub, delta: tuple[Any, ...], keywords: dict[str, Any], length: timedelta
) -> None:
    """The delay is a timedelta, keywords, or the sum of both."""
    start = ses.clock.now()
    ses.after(*delta, **keywords).set_status("example.com", "Success")
    ses.clock.advance(days=10)
    assert ses.identity("example.com").requested_at == start + length


@pytest.mark.parametrize(("length", "error"), [(5, TypeError), (timedelta(-1), ValueError)], ids=["number", "past"])
def test_delay_without_unit_or_below_zero_is_refused(ses: SESStub, length: Any, error: type[Exception]) -> None:
    """A number without a unit and a negative delay are refused."""
    with pytest.raises(error):
        ses.after(length)


def test_set_status_unknown(ses: SESStub, client: Any) -> None:
    """A scheduled status registers an identity that does not exist yet."""
    ses.after(minutes=1).set_status("Example.com", "Success")
    assert names(client) == []
    ses.clock.advance(minutes=1)
    assert names(client) == ["example.com"]
    assert status(client, "example.com") == "Success"


def test_scheduled_actions_run_by_time_then_by_request(ses: SESStub, client: Any) -> None:
    """Scheduled actions run by time. Actions of the same time run in the order in which they were scheduled."""
    ses.after(hours=3).set_status("example.com", "Success")
    ses.after(hours=1).set_status("example.com", "Pending")
    ses.after(hours=2).set_status("example.com", "NotStarted")
    ses.after(hours=2).set_status("example.com", "Failed")
    seen = []
    for _ in range(3):
        ses.clock.advance(hours=1)
        seen.append(status(client, "example.com"))
    assert seen == ["Pending", "Failed", "Success"]


def test_scheduled_change_is_dated_when_it_was_due(ses: SESStub) -> None:
    """A scheduled change is dated when it was due, even if it is read later."""
    start = ses.clock.now()
    ses.after(hours=1).set_status("ann@example.com", "Pending")
    ses.after(hours=2).confirm("ann@example.com")
    ses.clock.advance(days=30)
    changes = [(from_timestamp(row.at) - start, row.state) for row in ses.timeline().rows if row.kind == "change"]
    assert changes == [(timedelta(hours=1), "Pending"), (timedelta(hours=2), "Success")]
    (mail,) = ses.verification_emails
    assert mail.sent_at == start + timedelta(hours=1)
    assert ses.identity("ann@example.com").status == "Success"


def test_delay_counts_from_the_call_of_after(ses: SESStub, client: Any) -> None:
    """The delay counts from the call of after(), whose result may schedule several actions."""
    ses.clock.advance(hours=10)
    later = ses.after(hours=1)
    ses.clock.advance(minutes=30)
    later.set_status("a.com", "Success")
    later.set_status("b.com", "Failed")
    ses.clock.advance(minutes=30)
    assert (status(client, "a.com"), status(client, "b.com")) == ("Success", "Failed")


def test_scheduled_confirm_clicks_the_link_of_an_address(ses: SESStub, client: Any) -> None:
    """A scheduled confirm clicks the link that was mailed to an address."""
    client.verify_email_identity(EmailAddress="ann@example.com")
    ses.after(hours=23).confirm("ann@example.com")
    ses.clock.advance(timedelta(hours=23) - timedelta(microseconds=1))
    assert status(client, "ann@example.com") == "Pending"
    ses.clock.advance(timedelta(microseconds=1))
    assert status(client, "ann@example.com") == "Success"


def test_scheduled_confirm_publishes_the_record_of_a_domain(ses: SESStub, client: Any) -> None:
    """A scheduled confirm publishes the TXT record of a domain."""
    token = client.verify_domain_identity(Domain="example.com")["VerificationToken"]
    ses.after(hours=71).confirm("Example.com")
    assert ses.dns.txt("_amazonses.example.com") == ()
    ses.clock.advance(hours=71)
    assert ses.dns.txt("_amazonses.example.com") == (token,)
    assert status(client, "example.com") == "Success"


def test_confirm_can_be_scheduled_before_registration(ses: SESStub, client: Any) -> None:
    """A confirm can be scheduled before the code under test registers the identity."""
    ses.after(hours=2).confirm("ann@example.com")
    ses.clock.advance(hours=1)
    client.verify_email_identity(EmailAddress="ann@example.com")
    ses.clock.advance(hours=1)
    assert status(client, "ann@example.com") == "Success"


@pytest.mark.parametrize("name", ["example.com", "ann@example.com"])
def test_scheduled_confirm_of_unregistered_identity_does_nothing(ses: SESStub, name: str) -> None:
    """A scheduled confirm does nothing if the identity is not registered by then."""
    ses.after(hours=1).confirm(name)
    ses.clock.advance(hours=2)
    assert ses.identities == {}


@pytest.mark.parametrize("value", ["NotStarted", "Failed", "TemporaryFailure"])
def test_confirm_not_pending(ses: SESStub, value: str) -> None:
    """A scheduled confirm leaves an identity alone that is not Pending by then."""
    ses.add_identity("ann@example.com", value)
    ses.after(hours=1).confirm("ann@example.com")
    ses.clock.advance(hours=2)
    assert ses.identity("ann@example.com").status == value


def test_confirm_too_late(ses: SESStub, client: Any) -> None:
    """A confirm that is due exactly at the deadline is too late."""
    client.verify_email_identity(EmailAddress="ann@example.com")
    ses.after(hours=24).confirm("ann@example.com")
    ses.clock.advance(hours=24)
    assert status(client, "ann@example.com") == "Failed"


def test_scheduled_pending_status_gets_a_full_deadline(ses: SESStub, client: Any) -> None:
    """An identity that a scheduled action sets to Pending gets its full deadline from then on."""
    client.verify_email_identity(EmailAddress="ann@example.com")
    ses.after(hours=20).set_status("ann@example.com", "Pending")
    ses.clock.advance(timedelta(hours=44) - timedelta(microseconds=1))
    assert status(client, "ann@example.com") == "Pending"
    ses.clock.advance(timedelta(microseconds=1))
    assert status(client, "ann@example.com") == "Failed"


@pytest.mark.parametrize("value", ["Success", "NotStarted", "Failed"])
def test_scheduled_status_without_deadline_outlives_the_old_one(ses: SESStub, client: Any, value: str) -> None:
    """A scheduled status that has no deadline lasts beyond the identity's earlier deadline."""
    client.verify_domain_identity(Domain="example.com")
    ses.after(hours=71).set_status("example.com", value)
    ses.clock.advance(hours=200)
    assert status(client, "example.com") == value


def test_scheduled_temporary_failure_ends_as_failed(ses: SESStub) -> None:
    """A scheduled TemporaryFailure ends as Failed 72 hours later, even if it is read much later."""
    ses.add_identity("example.com")
    start = ses.clock.now()
    ses.after(hours=5).set_status("example.com", "TemporaryFailure")
    ses.clock.advance(days=30)
    changes = [(from_timestamp(row.at) - start, row.state) for row in ses.timeline().rows if row.kind == "change"]
    assert changes[1:] == [(timedelta(hours=5), "TemporaryFailure"), (timedelta(hours=77), "Failed")]


def test_view_schedules_actions_in_its_region(ses: SESStub) -> None:
    """An action that is scheduled through a view happens in that view's region and account."""
    west = ses.view("eu-west-1", "210987654321")
    west.after(hours=1).set_status("example.com", "Success")
    ses.clock.advance(hours=1)
    assert (list(ses.identities), list(west.identities)) == ([], ["example.com"])


def test_reset_removes_scheduled_actions(ses: SESStub) -> None:
    """A reset removes all scheduled actions."""
    ses.after(hours=1).set_status("example.com", "Success")
    ses.reset()
    ses.clock.advance(hours=2)
    assert ses.identities == {}


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda later: later.set_status("example.com", "Sucess"), id="status"),
        pytest.param(lambda later: later.set_status("nowhere", "Success"), id="name"),
        pytest.param(lambda later: later.confirm("nowhere"), id="name to confirm"),
    ],
)
def test_scheduling_a_bad_name_or_status_is_refused(ses: SESStub, wrong: Any) -> None:
    """A bad name or status is refused when the action is scheduled, not when it is due."""
    with pytest.raises(ValueError, match="expected"):
        wrong(ses.after(hours=1))


@pytest.mark.parametrize(
    ("there", "message"),
    [
        (None, "ann@example.com  no such identity"),
        ("Failed", "ann@example.com: Failed -> Failed  confirmed too late"),
    ],
    ids=["unknown", "failed"],
)
def test_confirm_without_effect_is_in_the_timeline(ses: SESStub, there: str | None, message: str) -> None:
    """A confirm without effect changes nothing, and the timeline shows why."""
    if there is not None:
        ses.add_identity("ann@example.com", there)
    before = dict(ses.identities)
    ses.after(hours=1).confirm("ann@example.com")
    ses.clock.advance(hours=2)
    assert ses.identities == before
    assert str(ses.timeline()).splitlines()[-1].endswith(message)


# At the end of a test with the fixture.


def outcome(pytester: pytest.Pytester, source: str) -> pytest.RunResult:
    pytester.makepyfile(f"from datetime import timedelta\n\ndef test_it(ses_verify, ses_client): {source}")
    return pytester.runpytest("-W", "error", "-p", "no:asyncio")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        pytest.param("ses_verify.after(hours=5)", "*SESStubError: after(hours=5) has no action: *", id="no action"),
        pytest.param(
            "ses_verify.after(timedelta(1), minutes=5)",
            "*SESStubError: after(datetime.timedelta(days=1), minutes=5) has no action: *",
            id="no action after a timedelta",
        ),
        pytest.param(
            "ses_verify.add_identity('ann@example.com', 'Pending');"
            "ses_verify.after(hours=5).confirm('anne@example.com'); ses_verify.clock.advance(hours=5)",
            "*SESStubError: an action scheduled by after(…) for 'anne@example.com' had no effect: no such"
            " identity was ever registered in us-east-1 *(did you mean 'ann@example.com'?)*",
            id="misspelt",
        ),
        pytest.param(
            "ses_verify.view('eu-west-1').add_identity('ann@example.com', 'Pending');"
            "ses_verify.after(hours=5).confirm('ann@example.com'); ses_verify.clock.advance(hours=5)",
            "*no such identity was ever registered in us-east-1 *, but in eu-west-1 of account 123456789012.",
            id="elsewhere",
        ),
    ],
)
def test_scheduled_action_without_effect_is_an_error(pytester: pytest.Pytester, source: str, message: str) -> None:
    """after() without an action, or an action for an identity that never existed, is an error of the test."""
    result = outcome(pytester, source)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_it*", message])


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("ses_verify.after(hours=5).confirm('ann@example.com')", id="not reached"),
        pytest.param(
            "ses_client.verify_email_identity(EmailAddress='ann@example.com');"
            "ses_client.delete_identity(Identity='ann@example.com');"
            "ses_verify.after(hours=5).confirm('ann@example.com'); ses_verify.clock.advance(hours=5)",
            id="deleted",
        ),
        pytest.param(
            "ses_verify.add_identity('ann@example.com', 'Failed');"
            "ses_verify.after(hours=5).confirm('ann@example.com'); ses_verify.clock.advance(hours=5)",
            id="too late",
        ),
        pytest.param("ses_verify.after(hours=5); ses_verify.reset()", id="taken back by a reset"),
    ],
)
def test_late_scheduled_confirm_is_no_error(pytester: pytest.Pytester, source: str) -> None:
    """A confirm that comes too late, or after the end of the test, is no error."""
    outcome(pytester, source).assert_outcomes(passed=1)


def test_failed_test_is_not_blamed_for_scheduled_actions(pytester: pytest.Pytester) -> None:
    """A test that has failed gets no further error for its scheduled actions."""
    outcome(pytester, "ses_verify.after(hours=5); assert 0").assert_outcomes(failed=1)


def test_resolver_is_not_asked_at_the_end(pytester: pytest.Pytester) -> None:
    """The check at the end of a test asks no resolver: the resolver's own mock may be gone by then."""
    pytester.makepyfile("""
        import pytest

        asked = []

        def resolver(name, kind):
            asked.append(name)
            return ()

        @pytest.mark.ses_verify(resolver=resolver)
        def test_it(ses_verify):
            ses_verify.add_identity("example.com", "Pending")
            ses_verify.after(hours=1).confirm("example.com")
            ses_verify.clock.advance(hours=1)
            asked.clear()

        def test_after():
            assert asked == []
    """)
    pytester.runpytest("-W", "error", "-p", "no:asyncio", "-p", "no:randomly").assert_outcomes(passed=2)
