"""What the tests of virtual time get: they fail where they would hang."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from small_clock import PATIENCE, SmallClock

from ses_stub._time import quiescence


@pytest.fixture(autouse=True)
def end_what_hangs() -> Iterator[None]:
    """An error in this thread, when a test takes too long."""

    def fail(*_: object) -> None:
        # Only a wrong package comes here.
        raise AssertionError("it hangs")  # pragma: no cover

    if not hasattr(signal, "SIGALRM"):  # pragma: no cover  # Windows
        yield
        return
    before = signal.signal(signal.SIGALRM, fail)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE + 10)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(autouse=True)
def close_files() -> Iterator[None]:
    """As a scope's end does."""
    yield
    quiescence.release()


@pytest.fixture
def clock() -> SmallClock:
    """A clock of one test."""
    return SmallClock()
