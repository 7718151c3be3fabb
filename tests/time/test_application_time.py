"""Production code that waits, in a frozen scope: its sleeps pass in virtual time, without a line of plumbing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from time import sleep
from typing import Any

import pytest
from clients import make_client
from loops import ANN, HOUR, LOOPS, POLLS, is_refused

from ses_stub import SESStub, mock_ses_verify


@pytest.fixture
def ses() -> Iterator[SESStub]:
    with mock_ses_verify(freeze=True) as stub:
        make_client().verify_email_identity(EmailAddress=ANN)
        yield stub


@pytest.mark.parametrize("loop", LOOPS)
def test_loop_ends_when_the_address_is_confirmed(ses: SESStub, loop: Callable[..., int | None]) -> None:
    """Five hours of polls pass without waiting."""
    ses.after(hours=5).confirm(ANN)
    start = ses.clock.now()
    assert loop(make_client(), 6 * HOUR) == POLLS
    assert ses.clock.now() - start == timedelta(hours=5)


@pytest.mark.parametrize("loop", LOOPS)
def test_loop_ends_at_its_deadline(ses: SESStub, loop: Callable[..., int | None]) -> None:
    """The deadline comes in virtual time too, by whichever clock it is set."""
    start = ses.clock.now()
    assert loop(make_client(), 2 * HOUR) is None
    assert abs(ses.clock.now() - start - timedelta(hours=2)) <= timedelta(minutes=1)


def test_default_clock_stands_still() -> None:
    """Real time that passes changes nothing, so that a slow machine does not either."""
    with mock_ses_verify() as ses:
        before = ses.clock.now()
        for _ in range(10_000):
            pass
        assert ses.clock.now() == before
        assert abs(before - datetime.now(timezone.utc)) < timedelta(hours=1)


def standard_client() -> Any:
    return make_client(retries={"mode": "standard"})


@pytest.mark.parametrize("run", range(5))
def test_eight_threads_under_the_throttle_fail_as_arithmetic_says(run: int) -> None:
    """Three attempts each, at 0, 1 and 3 s, find three tokens: five fail, in every run."""
    with mock_ses_verify() as ses:
        start, clients, failed = ses.clock.now(), [standard_client() for _ in range(8)], []
        threads = [threading.Thread(target=lambda one=one: failed.append(is_refused(one))) for one in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (failed.count(True), ses.clock.now() - start) == (5, timedelta(seconds=3))


@pytest.mark.parametrize("run", range(3))
def test_pool_of_four_over_twenty_names_fails_as_arithmetic_says(run: int) -> None:
    """Which of them fail depends on chance, how many does not."""
    with mock_ses_verify() as ses, ThreadPoolExecutor(4) as pool:
        start, client = ses.clock.now(), standard_client()
        assert list(pool.map(lambda _: is_refused(client), range(20))).count(True) == 5
        assert ses.clock.now() - start == timedelta(seconds=14)


def test_older_thread_that_never_calls_ses_moves_nothing() -> None:
    """A heartbeat of the application's beside a pending address keeps real time."""
    stop, beats = threading.Event(), threading.Semaphore(0)

    def heartbeat() -> None:
        while not stop.is_set():
            sleep(0.001)
            beats.release()

    thread = threading.Thread(target=heartbeat, daemon=True)
    thread.start()
    with mock_ses_verify(freeze=True) as ses:
        before = ses.clock.now()
        for _ in range(3):
            beats.acquire()
        assert ses.clock.now() == before
        stop.set()
        thread.join()


def test_pacing_a_batch_of_different_calls_is_no_endless_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each new call is progress, however many pauses there are."""
    monkeypatch.setattr("ses_stub._time.stalls.MAX_IDLE_SLEEPS_UNFROZEN", 20)
    with mock_ses_verify() as ses:
        client = make_client()
        for number in range(100):
            client.get_identity_verification_attributes(Identities=[f"user{number}@example.com"])
            ses.clock.sleep(1)
        assert len(ses.calls) == 100
