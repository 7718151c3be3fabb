"""Code that really sleeps while the stub's time stands still: its loop would never end, and is stopped first."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import boto3
import pytest
from clients import make_client, status
from freezegun import freeze_time

from ses_stub import SESStub, SESStubError, SystemClock, VirtualClock, mock_ses_verify
from ses_stub._time import sleeps

ANN, BOB = "ann@example.com", "bob@example.com"
STILL: list[Any] = [
    pytest.param({}, id="default clock"),
    pytest.param({"rate": None}, id="without a throttle"),
    pytest.param({"clock": VirtualClock()}, id="virtual clock"),
]


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The real sleeps, in order; none is slept. botocore's between retries take no time."""
    seconds: list[float] = []
    monkeypatch.setattr(sleeps, "real_sleep", lambda length: seconds.append(length) if length else None)
    return seconds


@pytest.fixture(params=STILL)
def ses(request: pytest.FixtureRequest) -> Iterator[SESStub]:
    with mock_ses_verify(identities={ANN: "Pending", BOB: "Pending"}, **request.param) as stub:
        yield stub


def pause(seconds: float) -> None:
    """What the code under test does between its polls."""
    getattr(time, "sleep")(seconds)  # noqa: B009  # A test that sleeps is found by its text.


@pytest.mark.usefixtures("ses")
def test_long_sleep_after_a_poll_is_refused_before_it_begins(slept: list[float]) -> None:
    """The first of ten minutes is not slept; the message has the one word that helps."""
    status(make_client(), ANN)
    with pytest.raises(SESStubError, match=r"really sleeps 600 s after GetIdentityVerificationAttributes.*freeze=True"):
        pause(600)
    assert slept == []


@pytest.mark.usefixtures("ses")
def test_short_sleeps_between_equal_polls_are_refused_after_five_seconds(slept: list[float]) -> None:
    """A loop with a pause of a second stops soon."""
    client = make_client()

    def poll() -> None:
        while True:
            status(client, ANN)
            pause(1)

    with pytest.raises(SESStubError, match=r"sleep='real'"):
        poll()
    assert slept == [1.0] * 4


def test_polls_of_v2_are_seen_alike() -> None:
    """A loop that asks the other API is refused, too."""
    with mock_ses_verify(identities={ANN: "Pending"}, region="us-east-1"):
        boto3.client("sesv2", region_name="us-east-1").get_email_identity(EmailIdentity=ANN)
        with pytest.raises(SESStubError, match="after GetEmailIdentity"):
            pause(60)


@pytest.mark.parametrize("options", [*STILL, pytest.param({"freeze": True}, id="frozen")])
def test_slow_steps_between_equal_polls_are_no_stall(options: dict[str, Any]) -> None:
    """A child process takes as long as it takes: that is no sleep, and the stub's time stands still."""
    with mock_ses_verify(identities={ANN: "Pending"}, **{**options, "rate": None}) as ses:
        client, before = make_client(), ses.clock.now()
        for _ in range(4):
            status(client, ANN)
            subprocess.run([sys.executable, "-S", "-c", "pass"], check=True)
        assert (ses.clock.now(), len(ses.calls)) == (before, 4)


def test_sleep_is_refused_where_the_test_has_frozen_the_time_itself() -> None:
    """A freezegun of the test's own does not move with the sleep either."""
    with freeze_time("2026-01-01"), mock_ses_verify(identities={ANN: "Pending"}):
        status(make_client(), ANN)
        with pytest.raises(SESStubError, match="freeze=True"):
            pause(60)


def test_virtual_sleeps_between_polls_are_no_stall(ses: SESStub, slept: list[float]) -> None:
    """Where the stub's time moves, a loop may go on."""
    client = make_client()
    for _ in range(10):
        status(client, ANN)
        ses.clock.sleep(60)
        pause(1)
    assert slept == [1.0] * 10


@pytest.mark.usefixtures("ses")
def test_real_sleeps_between_different_polls_are_no_stall(slept: list[float]) -> None:
    """Code that asks for something new each time is at work."""
    client, names = make_client(), cycle((ANN, BOB))
    for _ in range(10):
        status(client, next(names))
        pause(3)
    assert len(slept) == 10


@pytest.mark.usefixtures("ses")
def test_sleep_of_hours_is_refused_before_any_call(slept: list[float]) -> None:
    """As of a pacer that an earlier, frozen test has used."""
    with pytest.raises(SESStubError, match=r"about to really sleep 86400 s.*new in each test"):
        pause(86400)
    assert slept == []


@pytest.mark.usefixtures("ses")
def test_sleep_before_any_poll_or_after_a_change_is_no_stall(slept: list[float]) -> None:
    """It waits for something else."""
    pause(60)
    make_client().verify_email_identity(EmailAddress="new@example.com")
    pause(60)
    assert slept == [60, 60]


@pytest.mark.usefixtures("ses")
def test_sleeps_of_another_thread_are_left_alone(slept: list[float]) -> None:
    """It may well poll while the test does something else."""
    client = make_client()

    def poll() -> None:
        for _ in range(10):
            status(client, ANN)
            pause(60)

    thread = threading.Thread(target=poll)
    thread.start()
    thread.join()
    assert len(slept) == 10


def test_real_time_lets_code_sleep(ses: SESStub, slept: list[float]) -> None:
    """What polls for something real says so."""
    status(make_client(), ANN)
    with ses.clock.real_time():
        pause(60)
    assert slept == [60]


def test_sleeps_are_left_alone_where_time_goes_by(slept: list[float]) -> None:
    """The stub's time passes meanwhile."""
    with mock_ses_verify(identities={ANN: "Pending"}, rate=None, clock=SystemClock()):
        status(make_client(), ANN)
        pause(60)
    assert slept == [60]


@pytest.mark.parametrize("options", [{}, {"freeze": "2026-01-01"}], ids=["plain", "frozen"])
def test_sleep_function_is_the_processs_own_where_real_waits_are_meant(options: Any) -> None:
    """``sleep="real"`` says so."""
    before = vars(time)["sleep"]
    with mock_ses_verify(sleep="real", **options):
        assert vars(time)["sleep"] is before


def test_served_stub_lets_code_sleep(slept: list[float]) -> None:
    """Where other processes wait for it, the stub's time goes by."""
    with mock_ses_verify(identities={ANN: "Pending"}) as ses, ses.serve():
        status(make_client(), ANN)
        pause(60)
    assert slept == [60]


def test_code_that_makes_many_different_calls_is_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many they are; not all are remembered."""
    monkeypatch.setattr("ses_stub._time.stalls._MAX_CALLS", 2)
    monkeypatch.setattr("ses_stub._time.stalls.MAX_IDLE_SLEEPS_UNFROZEN", 3)
    with mock_ses_verify(rate=None) as ses:
        client = make_client()
        for number in range(10):
            client.get_identity_verification_attributes(Identities=[f"user{number}@example.com"])
            ses.clock.sleep(1)
        assert len(ses.calls) == 10
