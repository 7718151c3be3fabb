"""Freezing begins and ends so that the process's clocks are right afterwards, whatever else freezes them."""

from __future__ import annotations

import datetime as datetime_module
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from freezegun import api, freeze_time

from ses_stub import mock_ses_verify
from ses_stub._time.freeze import Freeze

FIRST, SECOND, USERS = datetime(2030, 1, 1), datetime(2040, 1, 1), datetime(2050, 1, 1)


def clocks() -> tuple[Any, ...]:
    """The functions of the process's clocks, as any module finds them."""
    return (
        *(vars(time)[name] for name in ("time", "monotonic", "perf_counter", "time_ns", "gmtime")),
        datetime_module.datetime,
        globals()["datetime"],
    )


REAL = clocks()


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """Whatever a test does, the clocks are the real ones before and after it."""
    assert clocks() == REAL
    yield
    assert clocks() == REAL
    assert api.freeze_factories == api.ignore_lists == api.tz_offsets == api.tick_flags == []


def now() -> datetime:
    return datetime_module.datetime.now(timezone.utc).replace(tzinfo=None)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["first begun ends first", "last begun ends first"])
def test_two_freezes_end_in_either_order(order: tuple[int, int]) -> None:
    """The one that is left holds the time until it ends."""
    freezes = Freeze(FIRST), Freeze(SECOND)
    for freeze in freezes:
        freeze.start()
    assert now() == SECOND
    freezes[order[0]].stop()
    assert now() == (SECOND, FIRST)[order[0]]
    freezes[order[1]].stop()


def test_users_freeze_inside_may_outlive_the_scope() -> None:
    """A freezegun that the test starts inside holds the time after the scope, until the test stops it."""
    freeze, users = Freeze(FIRST), freeze_time(USERS)
    freeze.start()
    users.start()
    assert now() == USERS
    freeze.stop()
    assert now() == USERS
    users.stop()


def test_users_freeze_around_holds_the_time_again_after_the_scope() -> None:
    """The scope's freeze is the inner one."""
    with freeze_time(USERS):
        freeze = Freeze(FIRST)
        freeze.start()
        assert now() == FIRST
        freeze.stop()
        assert now() == USERS


def test_users_freeze_around_may_end_before_the_scope() -> None:
    """Freezegun ends the last freeze, whosever it is; the scope then ends what is left."""
    users, freeze = freeze_time(USERS), Freeze(FIRST)
    users.start()
    freeze.start()
    users.stop()
    freeze.stop()


def test_start_that_fails_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Freezegun fails in the midst of its start."""
    monkeypatch.setattr(api, "_get_cached_module_attributes", lambda module: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        Freeze(FIRST).start()


def test_start_that_fails_early_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Freezegun fails before it has begun."""
    monkeypatch.setattr(api, "FrozenDateTimeFactory", lambda time: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        Freeze(FIRST).start()


def test_scope_whose_freeze_fails_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does the scope."""
    monkeypatch.setattr(api, "_get_cached_module_attributes", lambda module: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        mock_ses_verify(freeze=True).start()
    monkeypatch.undo()
    with mock_ses_verify(freeze="2030-01-01"):
        assert now() == FIRST


def test_scopes_with_a_freeze_end_in_either_order() -> None:
    """Two frozen fixtures of a module do it."""
    first, second = mock_ses_verify(freeze=FIRST), mock_ses_verify(freeze=SECOND)
    first.start()
    second.start()
    first.stop()
    assert now() == SECOND
    second.stop()


def test_clocks_are_frozen_in_threads() -> None:
    """Also for a function that a thread runs directly."""
    found: list[Any] = []

    def read() -> None:
        found.extend((time.time(), datetime_module.datetime.now(timezone.utc).replace(tzinfo=None), time.monotonic()))

    with mock_ses_verify(freeze=FIRST):
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
        assert found == [time.time(), FIRST, time.monotonic()]


def test_timeouts_of_real_waits_end() -> None:
    """A lock, an event and a child process keep real time."""
    with mock_ses_verify(freeze=True):
        assert not threading.Event().wait(0.001)
        with pytest.raises(subprocess.TimeoutExpired):
            subprocess.run([sys.executable, "-c", "import time; time.sleep(60)"], timeout=0.05, check=False)


def test_freeze_between_two_others_may_end_first() -> None:
    """The outer one knows what to restore, the inner one holds the time."""
    freezes = Freeze(FIRST), Freeze(SECOND), Freeze(USERS)
    for freeze in freezes:
        freeze.start()
    freezes[1].stop()
    assert now() == USERS
    freezes[2].stop()
    assert now() == FIRST
    freezes[0].stop()


def test_freeze_that_somebody_else_has_ended_ends_quietly() -> None:
    """There is nothing left to end."""
    freeze = Freeze(FIRST)
    freeze.start()
    freeze._freezer.stop()
    freeze.stop()
