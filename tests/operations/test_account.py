"""An account's sending quota, what it has sent, and whether it may send, in both APIs."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from clients import answered, make_client, refused
from fidelity import aws

from ses_stub import SESStub, VirtualClock


def stub(**options: Any) -> tuple[SESStub, Any, Any]:
    """A stub with a client of each API."""
    ses = SESStub(region="us-east-1", clock=VirtualClock(), rate=None, identities=["example.com"], **options)
    return ses, ses.attach(make_client()), ses.attach(make_client("sesv2"))


def send(client: Any, *to: str) -> None:
    client.send_email(
        Source="ann@example.com",
        Destination={"ToAddresses": list(to)},
        Message={"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "World"}}},
    )


@aws("documented", "guide, Service quotas: the sandbox; production's numbers are those many accounts begin with")
@pytest.mark.parametrize(("production", "day", "second"), [(True, 50_000.0, 14.0), (False, 200.0, 1.0)])
def test_send_quota_is_that_of_production_or_sandbox(production: bool, day: float, second: float) -> None:
    """GetSendQuota, and GetAccount of v2, show the quota of production or of the sandbox."""
    _, v1, v2 = stub(production_access=production)
    quota = {"Max24HourSend": day, "MaxSendRate": second, "SentLast24Hours": 0.0}
    assert answered(v1.get_send_quota()) == quota
    account = v2.get_account()
    assert account["SendQuota"] == quota
    assert account["ProductionAccessEnabled"] is production
    assert (account["EnforcementStatus"], account["SendingEnabled"]) == ("HEALTHY", True)


@aws("documented", "guide, Sending quotas: recipients, of the last 24 hours, without the mailbox simulator")
def test_each_recipient_counts_for_24_hours() -> None:
    """Every recipient counts for 24 hours, except the mailbox simulator."""
    ses, v1, v2 = stub()

    def sent() -> float:
        count: float = v1.get_send_quota()["SentLast24Hours"]
        assert v2.get_account()["SendQuota"]["SentLast24Hours"] == count
        return count

    send(v1, "a@example.org", "b@example.org", "success@simulator.amazonses.com")
    ses.clock.advance(hours=23)
    send(v1, "a@example.org")
    assert sent() == 3
    ses.clock.advance(hours=1)
    assert sent() == 1
    ses.clock.advance(hours=23)
    assert sent() == 0


@aws("documented", "reference, UpdateAccountSendingEnabled and PutAccountSendingAttributes")
def test_account_sending_can_be_paused_and_resumed() -> None:
    """UpdateAccountSendingEnabled, or PutAccountSendingAttributes of v2, pauses an account's sending."""
    _, v1, v2 = stub()
    assert answered(v1.get_account_sending_enabled()) == {"Enabled": True}
    v1.update_account_sending_enabled(Enabled=False)
    assert v2.get_account()["SendingEnabled"] is False
    v2.put_account_sending_attributes(SendingEnabled=True)
    assert answered(v1.get_account_sending_enabled()) == {"Enabled": True}


@aws("reported", "floci, as probed")
def test_pause_by_saying_nothing() -> None:
    """Without the parameter, sending is paused."""
    _, v1, v2 = stub()
    v1.update_account_sending_enabled()
    assert v1.get_account_sending_enabled()["Enabled"] is False
    v1.update_account_sending_enabled(Enabled=True)
    v2.put_account_sending_attributes()
    assert v1.get_account_sending_enabled()["Enabled"] is False


def test_each_region_has_its_own_account_settings() -> None:
    """Each region has its own account settings."""
    ses, v1, _ = stub()
    v1.update_account_sending_enabled(Enabled=False)
    west = ses.attach(make_client(region="eu-west-1"))
    assert west.get_account_sending_enabled()["Enabled"] is True


# Statistics.

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def points(client: Any) -> dict[datetime, tuple[int, int, int, int]]:
    """The data points by their time: attempts, bounces, complaints, rejects."""
    names = ("DeliveryAttempts", "Bounces", "Complaints", "Rejects")
    answer = client.get_send_statistics()["SendDataPoints"]
    return {one["Timestamp"]: tuple(one[name] for name in names) for one in answer}


@aws("documented", "reference, GetSendStatistics and SendDataPoint: intervals of 15 minutes")
def test_statistics_are_counted_in_intervals_of_15_minutes() -> None:
    """Every recipient of an accepted message counts in the interval of 15 minutes in which it was sent."""
    ses, v1, v2 = stub()
    assert points(v1) == {}
    ses.clock.advance(minutes=14)
    send(v1, "a@example.org", "b@example.org")
    ses.clock.advance(seconds=59)
    v2.send_email(
        FromEmailAddress="ann@example.com",
        Destination={"ToAddresses": ["a@example.org"]},
        Content={"Simple": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "World"}}}},
    )
    ses.clock.advance(seconds=1)
    send(v1, "a@example.org")
    assert points(v1) == {START: (3, 0, 0, 0), START + timedelta(minutes=15): (1, 0, 0, 0)}


@aws(
    "documented",
    "reference, GetSendStatistics: the example's request is at 22:23:01, its data points are at 19:23 and 06:53",
)
def test_intervals_of_the_statistics_are_counted_back_from_the_request() -> None:
    """A data point is at the minute of the request, or some intervals before it, not at the quarter of an hour."""
    ses, v1, _ = stub()
    send(v1, "a@example.org")
    ses.clock.advance(minutes=8, seconds=1)
    send(v1, "a@example.org")
    assert points(v1) == {START - timedelta(minutes=7): (1, 0, 0, 0), START + timedelta(minutes=8): (1, 0, 0, 0)}
    ses.clock.advance(minutes=7)
    assert points(v1) == {START: (2, 0, 0, 0)}


@aws(
    "unverified", "the guide says what the simulator does, not whether it counts here", question="simulator-statistics"
)
def test_mailbox_simulator_bounces_and_complains_in_the_statistics() -> None:
    """Messages to the mailbox simulator count with what it does: bounce, suppression list, complaint."""
    _, v1, _ = stub()
    names = ("success", "bounce", "BOUNCE+label", "suppressionlist", "complaint", "ooto")
    send(v1, *(f"{name}@simulator.amazonses.com" for name in names))
    assert points(v1) == {START: (6, 3, 1, 0)}


@aws("documented", "reference, GetSendStatistics: the last two weeks")
def test_statistics_end_after_two_weeks() -> None:
    """A message counts for two weeks."""
    ses, v1, _ = stub()
    send(v1, "a@example.org")
    ses.clock.advance(days=14, seconds=59)
    assert points(v1) == {START: (1, 0, 0, 0)}
    ses.clock.advance(seconds=1)
    assert points(v1) == {}


def test_old_statistics_are_dropped_without_being_read() -> None:
    """An account that sends for years keeps the data points of two weeks."""
    ses, v1, _ = stub()
    for _ in range(30):
        ses.clock.advance(days=1)
        send(v1, "a@example.org")
    with ses._service.locked():
        assert len(ses._service.state.backend(ses.account_id, "us-east-1").account.statistics) == 15


def test_statistics_of_another_region_are_its_own() -> None:
    """Each region counts its own messages; refused ones do not count."""
    ses, v1, _ = stub()
    west = ses.attach(make_client(region="eu-west-1"))
    refused(west.send_email, Source="ann@example.com", Destination={"ToAddresses": ["a@example.org"]}, Message=MESSAGE)
    send(v1, "a@example.org")
    assert points(west) == {}
    assert points(v1) == {START: (1, 0, 0, 0)}


# Paused by AWS.

MESSAGE = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "World"}}}
PAUSED = (
    "MessageRejected",
    400,
    "Sending paused for this account. For more information, please check the inbox of the email address associated"
    " with your AWS account.",
)


@aws(
    "recorded, inferred", "GoodDollar/GoodServer issue 419 (v1), hcengineering/platform issue 8899; of v2 the text only"
)
def test_account_that_aws_has_paused_sends_nothing() -> None:
    """An account with the enforcement status SHUTDOWN sends nothing, whatever its own setting."""
    ses, v1, v2 = stub(enforcement_status="SHUTDOWN")
    to = {"ToAddresses": ["a@example.org"]}
    assert refused(v1.send_email, Source="ann@example.com", Destination=to, Message=MESSAGE) == PAUSED
    content = {"Simple": MESSAGE}
    assert refused(v2.send_email, FromEmailAddress="ann@example.com", Destination=to, Content=content) == PAUSED
    v1.update_account_sending_enabled(Enabled=True)
    custom = {"EmailAddress": "new@example.org", "TemplateName": "welcome"}
    assert refused(v1.send_custom_verification_email, **custom) == PAUSED
    assert ses.sent_emails == []


@aws("documented", "service model of v2, GetAccountResponse.EnforcementStatus")
@pytest.mark.parametrize("status", ["HEALTHY", "PROBATION", "SHUTDOWN"])
def test_account_shows_its_enforcement_status(status: str) -> None:
    """GetAccount shows the standing with AWS; on probation an account still sends."""
    _, v1, v2 = stub(enforcement_status=status)
    assert v2.get_account()["EnforcementStatus"] == status
    if status != "SHUTDOWN":
        send(v1, "a@example.org")
