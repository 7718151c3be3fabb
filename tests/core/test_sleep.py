"""`clock.sleep`, passed to code that sleeps: its sleeps are reported, and an infinite loop is stopped."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from clients import make_client, status

from ses_stub import Clock, SESStub, SESStubError, SystemClock, VirtualClock, mock_ses_verify
from ses_stub._time import stalls

ANN = "ann@example.com"


class MinimalClock(Clock):
    """A user's clock with only the required methods."""

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 1, tzinfo=timezone.utc)

    def now(self) -> datetime:
        return self._now

    def advance(self, delta: timedelta | None = None, **lengths: float) -> None:
        self._now += (delta or timedelta(0)) + timedelta(**lengths)


@pytest.fixture(params=[SystemClock, VirtualClock, MinimalClock])
def ses(request: pytest.FixtureRequest) -> Iterator[SESStub]:
    with mock_ses_verify(clock=request.param(), rate=None) as stub:
        yield stub


# How sleeps are reported.


def test_sleeps_count_as_simulated_wait(ses: SESStub) -> None:
    """Sleeps count as simulated wait."""
    ses.clock.sleep(90)
    ses.clock.sleep(0.5)
    assert ses.report().simulated_wait == 90.5


def test_timeline_shows_each_sleep_as_a_wait(ses: SESStub) -> None:
    """The timeline shows each sleep as a wait."""
    ses.clock.sleep(90)
    assert [(row.kind, row.subject, row.length) for row in ses.timeline().rows] == [("wait", "clock.sleep", 90_000_000)]


def test_advance_is_no_pause(ses: SESStub) -> None:
    """An advance by the test is not a wait of the application; it has its own row, unless the clock is the user's."""
    ses.clock.advance(hours=1)
    assert ses.report().simulated_wait == 0
    rows = [(row.kind, row.what, row.length) for row in ses.timeline().rows]
    assert rows == ([] if isinstance(ses.clock, MinimalClock) else [("advance", "advance 60 min", 3_600_000_000)])


def test_pause_of_nothing(ses: SESStub) -> None:
    """A sleep of zero length is not reported."""
    ses.clock.sleep(0)
    assert ses.timeline().rows == ()


def test_shared_clock_reports_sleep_to_each_stub() -> None:
    """Each stub on a clock records its sleeps."""
    clock = VirtualClock()
    with mock_ses_verify(clock=clock) as outer, mock_ses_verify(clock=clock) as inner:
        clock.sleep(5)
        assert (outer.report().simulated_wait, inner.report().simulated_wait) == (5, 5)


# Infinite loops.


def sleep_forever(ses: SESStub) -> None:
    while True:
        ses.clock.sleep(30)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets the limit to a hundred sleeps, which is enough for these tests."""
    monkeypatch.setattr(stalls, "MAX_IDLE_SLEEPS", 100)
    monkeypatch.setattr(stalls, "MAX_IDLE_SLEEPS_UNFROZEN", 100)


@pytest.mark.usefixtures("soon")
def test_nothing_can_happen(ses: SESStub) -> None:
    """A loop that sleeps while nothing happens and nothing is scheduled is stopped."""
    client = make_client()
    ses.add_identity(ANN, "Failed")

    def loop() -> None:
        while True:
            assert status(client, ANN) == "Failed"
            ses.clock.sleep(30)

    with pytest.raises(SESStubError, match="the loop that calls it never ends"):
        loop()
    assert ses.report().simulated_wait == 100 * 30


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize(
    ("options", "is_hinted"),
    [
        pytest.param({}, True, id="system clock"),
        pytest.param({"clock": VirtualClock()}, True, id="virtual clock"),
        pytest.param({"clock": MinimalClock()}, False, id="own clock"),
        pytest.param({"freeze": "2026-01-01"}, False, id="freeze"),
    ],
)
def test_endless_sleep_error_names_a_stuck_deadline(options: Any, is_hinted: bool) -> None:
    """The error mentions a deadline on a clock that the stub does not move, unless that clock is known to move."""
    with mock_ses_verify(**options) as ses, pytest.raises(SESStubError) as error:
        sleep_forever(ses)
    assert ("set freeze=True" in str(error.value)) is is_hinted
    assert ("pass now=time.monotonic" in str(error.value)) is not is_hinted


@pytest.mark.usefixtures("soon")
def test_deadline_by_time_machine() -> None:
    """With time-machine, too, the deadline may use a clock that was not replaced."""
    traveller = pytest.importorskip("time_machine").travel("2026-01-01T00:00Z", tick=False)
    with traveller, mock_ses_verify() as ses, pytest.raises(SESStubError, match=r"pass now=time\.monotonic\.$"):
        sleep_forever(ses)


@pytest.mark.usefixtures("soon")
def test_something_is_to_happen(ses: SESStub) -> None:
    """A loop may sleep any number of times until what is scheduled has happened."""
    client, pauses = make_client(), 0
    client.verify_email_identity(EmailAddress=ANN)
    while status(client, ANN) == "Pending":
        ses.clock.sleep(60)
        pauses += 1
    assert pauses == 24 * 60


@pytest.mark.usefixtures("soon")
def test_endless_sleep_count_restarts_after_a_change(ses: SESStub) -> None:
    """The count starts again after each change."""
    ses.add_identity(ANN, "Failed")
    for _ in range(99):
        ses.clock.sleep(30)
    ses.add_identity(ANN, "Success")
    for _ in range(100):
        ses.clock.sleep(30)
    with pytest.raises(SESStubError, match="never ends"):
        ses.clock.sleep(30)


def test_pauses_that_grow(ses: SESStub) -> None:
    """Sleeps that double are stopped too, after a hundred years, while there are dates for them."""
    pauses = (2**number for number in range(60))
    with pytest.raises(SESStubError, match=r"was called 3\d times .* never ends"):
        deque(map(ses.clock.sleep, pauses))


def test_number_of_pauses() -> None:
    """The limit is a hundred thousand sleeps, which take seconds; it is lower where no deadline can come."""
    assert (stalls.MAX_IDLE_SLEEPS, stalls.MAX_IDLE_SLEEPS_UNFROZEN) == (100_000, 20_000)
