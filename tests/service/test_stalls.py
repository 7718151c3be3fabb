"""Code that really sleeps while the stub's time stands still: its loop would never end, and is ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from itertools import cycle
from typing import Any

import boto3
import pytest
from clients import make_client, status
from freezegun import freeze_time

from ses_stub import SESStubError, VirtualClock, mock_ses_verify
from ses_stub._time import stalls
from ses_stub._time.time import idle_seconds

ANN, BOB = "ann@example.com", "bob@example.com"
STILL: list[Any] = [
    pytest.param({"freeze": "2026-01-01"}, id="freeze"),
    pytest.param({"freeze": "2026-01-01", "rate": None}, id="freeze without a throttle"),
    pytest.param({"clock": VirtualClock()}, id="virtual clock"),
]


class Day:
    """The outside time of day, which only the test moves; it takes no processor time."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def poll(self, times: int, call: Callable[[], object], pause: float = 60) -> None:
        """The code under test: it polls, and by mistake really sleeps after each call."""
        for _ in range(times):
            call()
            self.seconds += pause


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch) -> Day:
    day = Day()
    monkeypatch.setattr(stalls, "idle_seconds", lambda: day.seconds)
    return day


@pytest.mark.parametrize("options", STILL)
def test_third_equal_call_after_five_seconds_is_an_error(day: Day, options: Any) -> None:
    """The third equal call after five seconds or more raises an error that says what is wrong and how to fix it."""
    with mock_ses_verify(identities={ANN: "Pending"}, **options):
        client = make_client()
        day.poll(2, partial(status, client, ANN))
        with pytest.raises(SESStubError, match=r"was called 3 times, and 120 s of real time .*sleep=ses\.clock\.sleep"):
            status(client, ANN)


def test_ended_with_freezegun_of_the_test(day: Day) -> None:
    """The same holds if the test itself has frozen the time."""
    with freeze_time("2026-01-01"), mock_ses_verify(identities={ANN: "Pending"}):
        client = make_client()
        day.poll(2, partial(status, client, ANN))
        with pytest.raises(SESStubError, match="sleeps for real"):
            status(client, ANN)


def test_ended_in_v2(day: Day) -> None:
    """The same holds for v2."""
    with mock_ses_verify(identities={ANN: "Pending"}, freeze="2026-01-01"):
        client = boto3.client("sesv2", region_name="us-east-1")
        day.poll(2, partial(client.get_email_identity, EmailIdentity=ANN))
        with pytest.raises(SESStubError, match="GetEmailIdentity was called 3 times"):
            client.get_email_identity(EmailIdentity=ANN)


@pytest.fixture(params=STILL)
def ses(request: pytest.FixtureRequest) -> Iterator[Any]:
    with mock_ses_verify(identities={ANN: "Pending", BOB: "Pending"}, **request.param) as stub:
        yield stub


def test_loop_by_the_clock(day: Day, ses: Any) -> None:
    """A slow machine causes no error if the stub's clock moves."""
    client = make_client()

    def call() -> None:
        status(client, ANN)
        ses.clock.sleep(1)

    day.poll(10, call)


@pytest.mark.usefixtures("ses")
def test_quick_repeated_calls_are_no_stall(day: Day) -> None:
    """Quick repeated calls are no stall."""
    day.poll(10, partial(status, make_client(), ANN), pause=0.4)


@pytest.mark.usefixtures("ses")
def test_slow_calls_that_differ_are_no_stall(day: Day) -> None:
    """Slow calls that differ are no stall."""
    client, names = make_client(), cycle((ANN, BOB))
    day.poll(10, lambda: status(client, next(names)))


@pytest.mark.usefixtures("ses")
def test_two_equal_calls_are_no_stall(day: Day) -> None:
    """Two equal calls are no stall."""
    day.poll(2, partial(status, make_client(), ANN), pause=3600)


@pytest.mark.usefixtures("ses")
def test_calls_of_another_thread(day: Day) -> None:
    """A thread that polls while the test does something else is no stall."""
    client, errors = make_client(), []

    def poll() -> None:
        try:
            day.poll(10, partial(status, client, ANN))
        except SESStubError as error:  # pragma: no cover
            errors.append(error)

    thread = threading.Thread(target=poll)
    thread.start()
    thread.join()
    assert not errors


@pytest.mark.parametrize(
    "options",
    [pytest.param({}, id="time goes by"), pytest.param({"freeze": "2026-01-01", "sleep": "real"}, id="real waits")],
)
def test_real_waits_are_meant(day: Day, options: Any) -> None:
    """Waiting is no stall if the stub's clock runs, or with ``sleep="real"``."""
    with mock_ses_verify(identities={ANN: "Pending"}, rate=None, **options):
        day.poll(10, partial(status, make_client(), ANN))


@pytest.mark.parametrize(
    "frozen",
    [
        lambda: freeze_time("2026-01-01"),
        lambda: pytest.importorskip("time_machine").travel("2026-01-01T00:00Z", tick=False),
    ],
    ids=["freezegun", "time-machine"],
)
def test_stall_is_measured_by_an_unfrozen_clock(frozen: Any) -> None:
    """Real time is read from a clock that no other tool replaces."""
    before = idle_seconds()
    traveller: AbstractContextManager[Any] = frozen()
    with traveller:
        assert abs(idle_seconds() - before) < 3600
