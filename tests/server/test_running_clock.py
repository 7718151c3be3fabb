"""The clock of the server: it runs, at its own speed."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ses_stub._time import clock as _clock
from ses_stub._time.clock import advance_for_wait
from ses_stub._time.running_clock import RunningClock
from ses_stub._time.time import to_timestamp

NOW = datetime(2026, 3, 1, tzinfo=timezone.utc)


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """The machine's clocks, which the test moves: seconds since 1970, and nanoseconds from any start."""
    stand = {"time": to_timestamp(NOW) // 1_000_000, "monotonic_ns": 5_000_000_000}
    for name in stand:
        monkeypatch.setattr(_clock.time, name, lambda name=name: stand[name])
    return stand


@pytest.mark.parametrize("speed", [1, 60, 0.5])
def test_runs_at_its_speed(stand: dict[str, int], speed: float) -> None:
    """In ten seconds it moves by ten times its speed."""
    clock = RunningClock(speed)
    assert clock.now() == NOW
    stand["monotonic_ns"] += 10_000_000_000
    assert clock.now() == NOW + timedelta(seconds=10 * speed)


def test_does_not_follow_the_machine_clock_when_it_is_set(stand: dict[str, int]) -> None:
    """A correction of the machine's clock changes nothing."""
    clock = RunningClock()
    stand["time"] += 3600
    assert clock.now() == NOW


def test_advance_does_not_depend_on_the_speed(stand: dict[str, int]) -> None:
    """It is advanced by its own seconds."""
    clock = RunningClock(60)
    clock.advance(hours=72)
    assert clock.now() == NOW + timedelta(hours=72)


def test_continues_from_a_given_time(stand: dict[str, int]) -> None:
    """The time of a restarted server continues from where it stopped."""
    clock = RunningClock(60)
    stand["monotonic_ns"] += 1_000_000_000
    clock.set(to_timestamp(NOW - timedelta(days=1)))
    assert clock.now() == NOW - timedelta(days=1)
    stand["monotonic_ns"] += 1_000_000_000
    assert clock.now() == NOW - timedelta(days=1) + timedelta(minutes=1)


def test_virtual_wait_moves_it(stand: dict[str, int]) -> None:
    """A simulated wait advances it."""
    clock = RunningClock()
    advance_for_wait(clock, 1_000_000)
    assert clock.now() == NOW + timedelta(seconds=1)
