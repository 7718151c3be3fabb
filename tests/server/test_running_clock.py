"""The clock of the server: it goes by itself, at its own speed."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ses_stub._time import clock as _clock
from ses_stub._time.clock import RunningClock, advance_for_wait
from ses_stub._time.time import to_timestamp

NOW = datetime(2026, 3, 1, tzinfo=timezone.utc)


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """The machine's clocks, to be moved by hand: seconds since 1970 and nanoseconds since whenever."""
    stand = {"time": to_timestamp(NOW) // 1_000_000, "monotonic_ns": 5_000_000_000}
    for name in stand:
        monkeypatch.setattr(_clock.time, name, lambda name=name: stand[name])
    return stand


@pytest.mark.parametrize("speed", [1, 60, 0.5])
def test_goes_at_its_speed(stand: dict[str, int], speed: float) -> None:
    """Ten seconds of the machine are ten times its speed."""
    clock = RunningClock(speed)
    assert clock.now() == NOW
    stand["monotonic_ns"] += 10_000_000_000
    assert clock.now() == NOW + timedelta(seconds=10 * speed)


def test_does_not_follow_the_machine_clock_when_it_is_set(stand: dict[str, int]) -> None:
    """Summer time or a correction of the machine's clock moves nothing."""
    clock = RunningClock()
    stand["time"] += 3600
    assert clock.now() == NOW


def test_is_advanced_by_its_own_seconds(stand: dict[str, int]) -> None:
    """A step is a step, at whatever speed."""
    clock = RunningClock(60)
    clock.advance(hours=72)
    assert clock.now() == NOW + timedelta(hours=72)


def test_goes_on_from_a_moment(stand: dict[str, int]) -> None:
    """A restarted server's time goes on from where it stood."""
    clock = RunningClock(60)
    stand["monotonic_ns"] += 1_000_000_000
    clock.set(to_timestamp(NOW - timedelta(days=1)))
    assert clock.now() == NOW - timedelta(days=1)
    stand["monotonic_ns"] += 1_000_000_000
    assert clock.now() == NOW - timedelta(days=1) + timedelta(minutes=1)


def test_virtual_wait_moves_it(stand: dict[str, int]) -> None:
    """A wait that botocore asked for is a step."""
    clock = RunningClock()
    advance_for_wait(clock, 1_000_000)
    assert clock.now() == NOW + timedelta(seconds=1)
