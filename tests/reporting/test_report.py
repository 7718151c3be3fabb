"""The reports of a stub: the log of calls, the timeline and the figures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from ses_stub import Call, SESStub, VirtualClock, mock_ses_verify

SESSION = botocore.session.Session()
START = datetime(2026, 1, 1, tzinfo=timezone.utc)


@pytest.fixture
def ses() -> Iterator[SESStub]:
    with mock_ses_verify(clock=VirtualClock(START)) as stub:
        yield stub


def make(attempts: int = 3, region: str = "us-east-1") -> Any:
    config = Config(retries={"mode": "standard", "total_max_attempts": attempts})
    return SESSION.create_client("ses", region_name=region, config=config)


def test_call_is_logged_with_parameters_place_and_time(ses: SESStub) -> None:
    """A call is logged with its parameters as the caller wrote them, its region and account, and its time."""
    make(region="eu-west-1").get_identity_verification_attributes(Identities=["example.com"])
    assert ses.calls == [
        Call(
            operation="GetIdentityVerificationAttributes",
            params={"Identities": ["example.com"]},
            region="eu-west-1",
            account_id="123456789012",
            at=START,
            attempt=1,
            error_code=None,
        )
    ]


def test_throttled_attempt_and_its_retry_are_two_calls(ses: SESStub) -> None:
    """A throttled attempt and its successful retry are logged as two calls, a second apart."""
    client = make()
    client.list_identities()
    client.list_identities()
    assert [(call.at - START, call.attempt, call.error_code) for call in ses.calls] == [
        (timedelta(0), 1, None),
        (timedelta(0), 1, "Throttling"),
        (timedelta(seconds=1), 2, None),
    ]


def test_calls_are_a_copy(ses: SESStub) -> None:
    """The list of calls is a copy."""
    make().list_identities()
    ses.calls.pop()
    assert len(ses.calls) == 1


def test_timeline_shows_calls_changes_and_waits_in_order(ses: SESStub) -> None:
    """The timeline shows calls, status changes and waits in order, with their results."""
    client = make()
    client.verify_email_identity(EmailAddress="ann@example.com")
    ses.clock.advance(minutes=1)
    ses.click_verification_link("ann@example.com")
    client.list_identities()
    client.list_identities()
    assert [" ".join(line.split()) for line in str(ses.timeline()).splitlines()] == [
        "ses_stub, from 2026-01-01 00:00:00+00:00 in us-east-1",
        "+0.000s ann@example.com: NotStarted -> Pending verification requested",
        "+0.000s VerifyEmailIdentity(EmailAddress='ann@example.com') answered",
        "+0.000s advance 60 s clock.advance",
        "+60.000s ann@example.com: Pending -> Success link clicked",
        "+60.000s ListIdentities() answered",
        "+60.000s ListIdentities() throttled: 0 s since the last call, 1 s needed",
        "+60.000s wait 1 s retry of ListIdentities",
        "+61.000s ListIdentities() (attempt 2) answered",
    ]


def test_timeline_is_a_table(ses: SESStub) -> None:
    """The columns of the timeline are aligned."""
    client = make()
    client.verify_domain_identity(Domain="example.com")
    client.list_identities()
    first, second = (line for line in str(ses.timeline()).splitlines() if line.endswith("answered"))
    assert first.index("answered") == second.index("answered")


def test_timeline_shows_every_change_with_reason(ses: SESStub) -> None:
    """Changes by the test, DNS, time and deletion are shown with their reason, dated when they happened."""
    client = make()
    ses.add_identity("example.com")
    ses.remove_txt("example.com")
    ses.clock.advance(hours=100)
    client.delete_identity(Identity="example.com")
    changes = [" ".join(line.split()) for line in str(ses.timeline()).splitlines() if "->" in line]
    assert changes == [
        "+0:00:00.000 example.com: new -> Success set by the test",
        "+0:00:00.000 example.com: Success -> TemporaryFailure TXT record gone",
        "+72:00:00.000 example.com: TemporaryFailure -> Failed not confirmed in time",
        "+100:00:00.000 example.com: Failed -> deleted deleted",
    ]


def test_timeline_shows_the_code_of_failures(ses: SESStub) -> None:
    """A failed call shows its code. Only a throttled call shows how early it came."""
    ses.inject(error_code="Throttling", message="by order")
    ses.inject(error_code="AccessDenied")
    client = make()
    with pytest.raises(ClientError, match="AccessDenied"):
        client.list_identities()
    outcomes = [line.split(")")[-1].strip() for line in str(ses.timeline()).splitlines() if "ListIdentities()" in line]
    assert outcomes == ["Throttling", "AccessDenied"]


def test_timeline_shortens_long_parameters(ses: SESStub) -> None:
    """Long parameters are cut."""
    make().get_identity_verification_attributes(Identities=[f"u{number}@example.com" for number in range(100)])
    assert max(map(len, str(ses.timeline()).splitlines())) < 140
    assert "…" in str(ses.timeline())


def test_timeline_shows_operation_names_whole(ses: SESStub) -> None:
    """However little space a long outcome and long parameters leave, the name of an operation is not cut."""
    operation = "SetIdentityHeadersInNotificationsEnabled"
    ses.inject(operation, error_code="E" * 90, message="by test")
    with pytest.raises(ClientError):
        make().set_identity_headers_in_notifications_enabled(
            Identity="ann@example.com", NotificationType="Bounce", Enabled=True
        )
    row = str(ses.timeline()).splitlines()[-2]
    assert f"  {operation}(" in row
    assert "…" in row


def test_empty_timeline_says_nothing_happened(ses: SESStub) -> None:
    """Where nothing happened the timeline says so."""
    assert str(ses.timeline()) == "ses_stub: no SES calls"


def test_report_counts_calls_waits_and_the_highest_rate(ses: SESStub) -> None:
    """The report counts calls and throttled attempts, adds up the waits and gives the highest rate."""
    client = make()
    for _ in range(4):
        client.list_identities()
    client.delete_identity(Identity="example.com")
    report = ses.report()
    assert (report.calls, report.throttled, report.simulated_wait) == (8, 3, 3.0)
    assert (report.max_rate, report.busiest_operation) == (2, "ListIdentities")
    assert str(report) == "ses_stub: 8 calls, 3 throttled attempts, 3 s simulated wait"


def test_report_without_calls_is_all_zero(ses: SESStub) -> None:
    """Without calls all figures are zero."""
    report = ses.report()
    assert (report.calls, report.throttled, report.simulated_wait, report.max_rate, report.busiest_operation) == (
        0,
        0,
        0,
        0,
        None,
    )


def test_waiter_is_in_the_report(ses: SESStub) -> None:
    """The simulated wait of a waiter is counted, and shown in the timeline."""
    ses.add_identity("ann@example.com", "Pending")
    waiter = make().get_waiter("identity_exists")
    with pytest.raises(Exception, match="Max attempts exceeded"):
        waiter.wait(Identities=["ann@example.com"], WaiterConfig={"Delay": 3, "MaxAttempts": 5})
    assert ses.report().simulated_wait == 12
    assert str(ses.timeline()).count("waiter IdentityExists") == 4


def test_rate_within_limit(ses: SESStub) -> None:
    """Calls a second apart, and calls of other operations and regions, keep within one per second."""
    client, west = make(), make(region="eu-west-1")
    for _ in range(3):
        client.list_identities()
        client.delete_identity(Identity="example.com")
        west.list_identities()
        ses.clock.advance(seconds=1)
    ses.assert_max_rate(1.0)
    assert ses.report().max_rate == 1


def test_sending_has_no_rate(ses: SESStub) -> None:
    """Send operations are counted as calls but have no rate, because they are not throttled."""
    ses.add_identity("ann@example.com")
    client = make()
    client.get_send_quota()
    for _ in range(20):
        client.send_email(
            Source="ann@example.com",
            Destination={"ToAddresses": ["bob@example.org"]},
            Message={"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}},
        )
    ses.assert_max_rate(1.0)
    report = ses.report()
    assert (report.calls, report.throttled, report.max_rate, report.busiest_operation) == (21, 0, 1, "GetSendQuota")


def test_rate_of_each_api(ses: SESStub) -> None:
    """The rates of the two APIs are counted separately."""
    second = SESSION.create_client("sesv2", region_name="us-east-1")
    for _ in range(2):
        make().get_send_quota()
        second.get_account()
        ses.clock.advance(seconds=1)
    ses.assert_max_rate(1.0)
    assert ses.report().calls == 4


def test_rate_above_limit(ses: SESStub) -> None:
    """More calls within a second fail the test, and the error shows the operation, the numbers and the timeline."""
    client = make(attempts=1)
    for _ in range(3):
        ses.clock.advance(seconds=0.4)
        with suppress(ClientError):
            client.list_identities()
    ses.assert_max_rate(3)
    with pytest.raises(AssertionError) as error:
        ses.assert_max_rate(1.0)
    text = str(error.value)
    assert text.startswith("3 calls of ListIdentities within one second, 1.0 allowed\n")
    assert str(ses.timeline()) in text
