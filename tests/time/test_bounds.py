"""Times that are far away: they work from year 1 to 9999, or the call that asks for more is refused."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any
from unittest import mock

import pytest
from botocore.exceptions import WaiterError
from clients import make_client

from ses_stub import SESStub, SystemClock, VirtualClock, mock_ses_verify
from ses_stub.exceptions import InvalidArgumentError, InvalidOptionError, SESStubError

UTC = timezone.utc
ANN, DOMAIN = "ann@example.com", "example.com"
LAST = datetime(9999, 12, 31, 23, 59, 59)
FAR = [
    datetime(1, 1, 1),
    datetime(1600, 2, 29),
    datetime(1969, 12, 31, 23, 59, 59),
    datetime(1970, 1, 1),
    LAST - timedelta(hours=1),
]


@pytest.mark.parametrize("option", [lambda at: {"freeze": at}, lambda at: {"clock": VirtualClock(at)}])
@pytest.mark.parametrize("at", FAR, ids=str)
def test_answers_are_right_at_any_date(at: datetime, option: Callable[[datetime], dict[str, Any]]) -> None:
    """Identities are listed, with their status, and the reports can be made."""
    with mock_ses_verify(**option(at)) as ses:
        client = make_client()
        client.verify_email_identity(EmailAddress=ANN)
        client.verify_domain_identity(Domain=DOMAIN)
        ses.confirm(ANN)
        message = {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "y"}}}
        client.send_email(Source=ANN, Destination={"ToAddresses": [ANN]}, Message=message)
        assert sorted(client.list_identities()["Identities"]) == [ANN, DOMAIN]
        found = client.get_identity_verification_attributes(Identities=[ANN, DOMAIN])["VerificationAttributes"]
        assert [found[name]["VerificationStatus"] for name in (ANN, DOMAIN)] == ["Success", "Pending"]
        assert client.get_send_quota()["SentLast24Hours"] == 1
        assert f"{at:%H:%M:%S}" in str(ses.timeline())
        assert "answered: 1 Success, 1 Pending" in str(ses.timeline())
        assert ses.timeline().svg()


def test_scheduled_action_happens_before_1970() -> None:
    """At its time, on the way."""
    with mock_ses_verify(clock=VirtualClock(datetime(1960, 1, 1))) as ses:
        ses.after(hours=1).set_status(ANN, "Success")
        ses.clock.advance(hours=2)
        changes = [row.at / 1e6 for row in ses.timeline().rows if row.kind == "change"]
        assert changes == [datetime(1960, 1, 1, 1, tzinfo=UTC).timestamp()]


def wait_for_success(**config: float) -> None:
    make_client().get_waiter("identity_exists").wait(Identities=[ANN], WaiterConfig=config)


ASKING: dict[str, Callable[[SESStub], object]] = {
    "advance": lambda ses: ses.clock.advance(days=3_000_000),
    "advance by a timedelta": lambda ses: ses.clock.advance(timedelta(days=3_000_000)),
    "sleep": lambda ses: ses.clock.sleep(1e12),
    "time.sleep": lambda _: time.sleep(1e12),
    "after": lambda ses: ses.after(days=3_000_000),
    "a waiter": lambda _: (
        make_client().get_waiter("identity_exists").wait(Identities=[ANN], WaiterConfig={"Delay": 1e12})
    ),
}


@pytest.mark.parametrize("ask", ASKING.values(), ids=ASKING)
def test_call_that_asks_for_the_year_10000_is_refused(ask: Callable[[SESStub], object]) -> None:
    """And nothing else has changed."""
    with mock_ses_verify(freeze="2026-01-01") as ses:
        with pytest.raises(InvalidArgumentError, match="an end before the year 10000"):
            ask(ses)
        assert ses.clock.now() == datetime(2026, 1, 1, tzinfo=UTC)
        assert make_client().list_identities()["Identities"] == []


@pytest.mark.parametrize("seconds", [math.nan, math.inf, -math.inf, 1e300])
@pytest.mark.parametrize("ask", ["advance", "sleep", "after"])
def test_length_that_is_none_is_refused(ask: str, seconds: float) -> None:
    """Not a number, infinite, or more than a timedelta holds."""
    with mock_ses_verify() as ses, pytest.raises(InvalidArgumentError, match="seconds"):
        {"advance": ses.clock.advance, "sleep": ses.clock.sleep, "after": ses.after}[ask](seconds=seconds)


def test_deadline_after_the_last_date_never_comes() -> None:
    """It is the last date then."""
    with mock_ses_verify(clock=VirtualClock(LAST - timedelta(hours=1))) as ses:
        make_client().verify_email_identity(EmailAddress=ANN)
        assert ses.identity(ANN).expires_at == LAST.replace(tzinfo=UTC)
        assert ses.verification_emails[0].expires_at == LAST.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "make",
    [
        lambda: VirtualClock(datetime.max),
        lambda: VirtualClock("2026-01-01"),  # type: ignore[arg-type]
    ],
)
def test_clock_that_cannot_start_says_so(make: Callable[[], object]) -> None:
    """Where it is made."""
    with pytest.raises(SESStubError, match="VirtualClock"):
        make()


@pytest.mark.parametrize("freeze", [datetime.max, datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=2)))])
def test_freeze_at_no_date_is_refused(freeze: datetime) -> None:
    """Also one that is none in UTC."""
    with pytest.raises(InvalidOptionError, match="9999"):
        mock_ses_verify(freeze=freeze)


MOCKS = [{"side_effect": [1.0]}, {"side_effect": OSError()}, {"return_value": "now"}, {"return_value": math.nan}]


@pytest.mark.parametrize("clock", [lambda: None, SystemClock], ids=["default", "SystemClock"])
@pytest.mark.parametrize("values", MOCKS, ids=str)
def test_mock_of_time_time_is_left_to_the_application(values: dict[str, Any], clock: Callable[[], Any]) -> None:
    """None of its values is eaten, neither at the start of a scope nor in calls."""
    before = datetime.now(UTC)
    with mock.patch("time.time", **values) as mocked, mock_ses_verify(clock=clock()) as ses:
        make_client().list_identities()
        ses.clock.advance(hours=1)
        make_client().list_identities()
        assert ses.timeline()
        assert timedelta(hours=1) <= ses.clock.now() - before < timedelta(hours=2)
    assert mocked.call_count == 0


def test_waiter_beside_the_last_date_ends_as_usual() -> None:
    """Only what goes beyond is refused."""
    with mock_ses_verify(clock=VirtualClock(LAST - timedelta(seconds=9))) as ses:
        with pytest.raises(WaiterError):
            wait_for_success(MaxAttempts=4)
        assert ses.clock.now() == LAST.replace(tzinfo=UTC)
