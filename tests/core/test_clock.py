"""The clocks, without any tool that freezes time."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest

from ses_stub import Clock, SESStubError, SystemClock, VirtualClock, mock_ses_verify
from ses_stub._time import real
from ses_stub._time.clock import add_listener, fork
from ses_stub._time.standing_clock import StandingClock, in_real_time
from ses_stub._time.time import from_timestamp, to_microseconds, to_timestamp

UTC = timezone.utc
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(params=[VirtualClock, SystemClock], ids=["virtual", "system"])
def clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Both clocks at 2026-01-01, with the real time held."""
    monkeypatch.setattr(real, "time", START.timestamp)
    made: Clock = request.param()
    return made


def test_now_is_an_aware_utc_datetime_that_stands_still(clock: Clock) -> None:
    """now() is an aware datetime in UTC, and does not move by itself."""
    assert clock.now() == clock.now() == START
    assert clock.now().tzinfo is UTC


ADVANCES: dict[str, tuple[Callable[[Clock], None], timedelta]] = {
    "timedelta": (lambda clock: clock.advance(timedelta(hours=72)), timedelta(days=3)),
    "seconds": (lambda clock: clock.advance(seconds=1.5), timedelta(seconds=1.5)),
    "minutes": (lambda clock: clock.advance(minutes=0.5), timedelta(seconds=30)),
    "hours": (lambda clock: clock.advance(hours=24), timedelta(days=1)),
    "days": (lambda clock: clock.advance(days=3), timedelta(days=3)),
    "all": (
        lambda clock: clock.advance(timedelta(days=1), days=1, hours=1, minutes=1, seconds=1),
        timedelta(days=2, hours=1, minutes=1, seconds=1),
    ),
    "a sum that is not negative": (lambda clock: clock.advance(hours=1, minutes=-59), timedelta(minutes=1)),
    "nothing": (lambda clock: clock.advance(), timedelta()),
    "zero": (lambda clock: clock.advance(timedelta(0), seconds=0), timedelta()),
    "sleep": (lambda clock: clock.sleep(3), timedelta(seconds=3)),
    "sleep zero": (lambda clock: clock.sleep(0), timedelta()),
}


@pytest.mark.parametrize(("move", "length"), ADVANCES.values(), ids=ADVANCES)
def test_advance_and_sleep_move_by_the_sum_of_their_arguments(
    clock: Clock, move: Callable[[Clock], None], length: timedelta
) -> None:
    """advance() moves by the sum of its arguments, and sleep() does the same instead of sleeping."""
    move(clock)
    assert clock.now() == START + length


@pytest.mark.parametrize(
    "length",
    [{"seconds": -1}, {"seconds": -1e-9}, {"hours": 1, "minutes": -61}, {"delta": timedelta(days=-1)}],
    ids=str,
)
def test_negative_advance_is_refused(clock: Clock, length: dict[str, Any]) -> None:
    """A negative sum is refused, and the clock does not move."""
    with pytest.raises(ValueError, match="time cannot go backwards"):
        clock.advance(**length)
    assert clock.now() == START


@pytest.mark.parametrize("value", [5, 1.5], ids=repr)
def test_only_a_timedelta_needs_no_keyword(clock: Clock, value: object) -> None:
    """A bare number is refused, and the error says what to write instead."""
    with pytest.raises(TypeError) as error:
        clock.advance(value)  # type: ignore[arg-type]
    assert f"write hours={value!r}, or seconds={value!r}" in str(error.value)
    assert clock.now() == START


@pytest.mark.parametrize("wrong", [{"delta": "5"}, {"hours": "5"}, {"seconds": None}], ids=str)
def test_advance_by_a_non_duration_is_refused(clock: Clock, wrong: dict[str, Any]) -> None:
    """A value that is no duration is refused, and the clock does not move."""
    with pytest.raises(SESStubError, match=r"^advance\(\) takes ") as error:
        clock.advance(**wrong)
    assert isinstance(error.value, TypeError)
    assert clock.now() == START


@pytest.mark.parametrize("seconds", [math.inf, math.nan, 1e30], ids=str)
def test_longer_than_time(clock: Clock, seconds: float) -> None:
    """A duration that is too long for a timedelta is refused."""
    with pytest.raises(SESStubError, match=r"^sleep\(\): length") as error:
        clock.sleep(seconds)
    assert isinstance(error.value, ValueError)


@pytest.mark.parametrize("seconds", ["5", None], ids=repr)
def test_sleep_of_a_non_number_is_refused(clock: Clock, seconds: Any) -> None:
    """A duration that is not a number is a TypeError."""
    with pytest.raises(SESStubError, match=r"^sleep\(\) takes numbers"):
        clock.sleep(seconds)


def test_timedelta_as_pause(clock: Clock) -> None:
    """The error for a timedelta says what `sleep` accepts."""
    pause: Any = timedelta(minutes=5)
    with pytest.raises(SESStubError, match=r"not datetime\.timedelta\(seconds=300\); write its \.total_seconds\(\)$"):
        clock.sleep(pause)


def test_the_smallest_step(clock: Clock) -> None:
    """A step below the clock's resolution moves it by one microsecond, so that no loop runs forever."""
    clock.advance(seconds=1e-16)
    assert clock.now() == START + timedelta(microseconds=1)
    clock.sleep(1e-9)
    assert clock.now() == START + timedelta(microseconds=2)


def test_nothing_in_sum(clock: Clock) -> None:
    """Arguments that add up to zero do not move the clock."""
    clock.advance(hours=1, minutes=-60)
    assert clock.now() == START


def test_many_small_advances_add_up_exactly(clock: Clock) -> None:
    """Ten thousand tenths of a second are a thousand seconds exactly."""
    for _ in range(10_000):
        clock.advance(seconds=0.1)
    assert clock.now() == START + timedelta(seconds=1000)


def test_repr_shows_kind_and_time(clock: Clock) -> None:
    """The repr of a clock shows its kind and its time."""
    assert repr(clock) == f"<{type(clock).__name__} 2026-01-01T00:00:00+00:00>"


def test_system_clock_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system clock is the real time plus what was advanced."""
    clock = SystemClock()
    monkeypatch.setattr(real, "time", lambda: 1000.25)
    assert clock.now() == datetime(1970, 1, 1, 0, 16, 40, 250_000, UTC)
    clock.advance(hours=1)
    monkeypatch.setattr(real, "time", lambda: 2000.25)
    assert clock.now() == datetime(1970, 1, 1, 1, 33, 20, 250_000, UTC)


def test_system_clock_is_the_present() -> None:
    """Without an argument the system clock shows the present."""
    before = datetime.now(UTC)
    assert before - timedelta(microseconds=1) <= SystemClock().now() <= datetime.now(UTC) + timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("start", "timestamp"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(1970, 1, 1, 0, 0, 1, 5, UTC), 1_000_005),
        (datetime(1970, 1, 1, 0, 0, 1), 1_000_000),
        (datetime(1970, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))), 0),
        (datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), -1_000_000),
        (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), 253_402_300_799_000_000),
    ],
    ids=["epoch", "microseconds", "naive", "another zone", "before 1970", "the last one"],
)
def test_timestamp_counts_microseconds_exactly(start: datetime, timestamp: int) -> None:
    """A timestamp is an exact count of microseconds. A naive datetime is UTC; converted back it is aware and in UTC."""
    assert to_timestamp(start) == timestamp
    back = from_timestamp(timestamp)
    assert back.tzinfo is UTC
    assert back == start.replace(tzinfo=start.tzinfo or UTC)
    assert VirtualClock(start).now() == back


def test_length_of_time_is_counted_exactly() -> None:
    """A duration is counted exactly."""
    assert to_microseconds(timedelta(days=10_000, microseconds=1)) == 864_000_000_000_001


class Listener:
    """Records the times at which it is called."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.advances: list[datetime] = []
        self.arrivals: list[datetime] = []
        self.sleeps: list[int] = []

    def before_advance(self) -> None:
        self.advances.append(self.clock.now())

    def next_stop(self, after: int) -> None:
        pass

    def on_sleep(self, micros: int, by: str) -> None:
        self.sleeps.append(micros)

    def on_arrival(self) -> None:
        self.arrivals.append(self.clock.now())

    def on_advance(self, at: int, micros: int) -> None:
        assert from_timestamp(at + micros) == self.clock.now()


def test_listener_is_called_before_an_advance() -> None:
    """A listener sees the time before the step and after it, as long as it is referenced."""
    clock = VirtualClock()
    start, listener, other = clock.now(), Listener(clock), Listener(clock)
    add_listener(clock, listener)
    add_listener(clock, other)
    clock.advance(hours=1)
    del other
    clock.advance(hours=1)
    assert listener.advances == [start, start + timedelta(hours=1)]
    assert listener.arrivals == [start + timedelta(hours=1), start + timedelta(hours=2)]


def test_own_clock_advances_without_a_call_of_its_listeners() -> None:
    """A user's clock moves by itself without calling listeners; its sleeps are reported."""
    clock = MinimalClock()
    listener = Listener(clock)
    add_listener(clock, listener)
    clock.advance(seconds=1)
    clock.sleep(2)
    assert (len(listener.advances), listener.sleeps) == (1, [2_000_000])


class MinimalClock(Clock):
    """A user's clock with only the two required methods."""

    def __init__(self) -> None:
        self.time = datetime(2030, 5, 5, tzinfo=UTC)
        self.steps: list[timedelta] = []

    def now(self) -> datetime:
        return self.time

    def advance(self, delta: timedelta | None = None, **parts: float) -> None:
        step = (delta or timedelta()) + timedelta(**parts)
        self.steps.append(step)
        self.time += step


def test_scope_uses_and_moves_a_users_clock() -> None:
    """A scope accepts a user's clock: it dates calls, its moves settle deadlines, and waits move it."""
    clock = MinimalClock()
    with mock_ses_verify(clock=clock) as ses:
        client = boto3.client("ses", region_name="eu-west-1")
        client.verify_email_identity(EmailAddress="user@example.com")
        client.verify_email_identity(EmailAddress="user@example.com")
        expiry = ses.view("eu-west-1").identity("user@example.com").expires_at
        clock.advance(hours=24)
        answer = client.get_identity_verification_attributes(Identities=["user@example.com"])
    assert ses.calls[0].at == datetime(2030, 5, 5, tzinfo=UTC)
    assert clock.steps == [timedelta(seconds=1), timedelta(hours=24)]
    assert expiry == datetime(2030, 5, 6, 0, 0, 1, tzinfo=UTC)
    assert answer["VerificationAttributes"]["user@example.com"]["VerificationStatus"] == "Failed"


def test_own_clock_sleeps() -> None:
    """A user's clock inherits sleep and repr."""
    clock = MinimalClock()
    clock.sleep(2)
    assert clock.steps == [timedelta(seconds=2)]
    assert repr(clock) == "<MinimalClock 2030-05-05T00:00:02+00:00>"


@pytest.mark.parametrize("left_out", ["now", "advance"])
def test_own_clock_needs_both(left_out: str) -> None:
    """A clock without now or advance cannot be made."""
    parts = {name: vars(MinimalClock)[name] for name in ("now", "advance") if name != left_out}
    half = type("Half", (Clock,), parts)
    with pytest.raises(TypeError, match=left_out):
        half()


def test_system_clock_of_a_decorated_class_goes_on_from_where_it_was() -> None:
    """Each test's clock is a copy of the class's."""
    clock = SystemClock()
    clock.advance(hours=5)
    assert abs(fork(clock).now() - clock.now()) < timedelta(minutes=1)


def test_standing_clock_runs_while_somebody_really_waits() -> None:
    """Also where two do, and the first ends first; then it stands still."""
    clock = StandingClock()
    before = clock.now()
    with in_real_time(clock), in_real_time(clock):
        while clock.now() == before:
            pass  # pragma: no cover  # The clock may be fine enough.
    after = clock.now()
    assert after > before
    assert clock.now() == after
