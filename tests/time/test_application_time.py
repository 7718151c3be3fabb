"""Production code that waits, in a frozen scope: its sleeps pass in virtual time, without a line of plumbing."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from time import sleep
from typing import Any

import pytest
import tenacity
from botocore.exceptions import ClientError
from clients import make_client

from ses_stub import SESStub, mock_ses_verify

ANN = "ann@example.com"
HOUR = 3600
#: Polls of one a minute until Success after five hours.
POLLS = 5 * 60 + 1


def is_verified(client: Any) -> bool:
    attributes = client.get_identity_verification_attributes(Identities=[ANN])["VerificationAttributes"]
    return bool(attributes[ANN]["VerificationStatus"] == "Success")


def wait_until_verified(client: Any, timeout: float, pause: Callable[[float], object] | None = None) -> int | None:
    """The polls until Success; None if the deadline has come."""
    deadline, polls = time.monotonic() + timeout, 0
    while time.monotonic() < deadline:
        polls += 1
        if is_verified(client):
            return polls
        # By attribute, and each time, as most code does.
        (pause or time.sleep)(60)
    return None


def by_name(client: Any, timeout: float) -> int | None:
    return wait_until_verified(client, timeout, sleep)


def by_datetime(client: Any, timeout: float) -> int | None:
    deadline, polls = datetime.now(timezone.utc) + timedelta(seconds=timeout), 0
    while datetime.now(timezone.utc) < deadline:
        polls += 1
        if is_verified(client):
            return polls
        time.sleep(60)
    return None


def with_tenacity(client: Any, timeout: float) -> int | None:
    polls = 0

    def poll() -> bool:
        nonlocal polls
        polls += 1
        return is_verified(client)

    stop = tenacity.stop_after_delay(timeout)
    retry = tenacity.Retrying(
        retry=tenacity.retry_if_result(lambda done: not done), wait=tenacity.wait_fixed(60), stop=stop
    )
    try:
        retry(poll)
    except tenacity.RetryError:
        return None
    return polls


def in_a_thread(client: Any, timeout: float) -> int | None:
    found: list[int | None] = []
    thread = threading.Thread(target=lambda: found.append(wait_until_verified(client, timeout)))
    thread.start()
    thread.join()
    return found[0]


def in_a_pool(client: Any, timeout: float) -> int | None:
    with ThreadPoolExecutor(2) as pool:
        return pool.submit(wait_until_verified, client, timeout).result()


def in_to_thread(client: Any, timeout: float) -> int | None:
    return asyncio.run(asyncio.to_thread(wait_until_verified, client, timeout))


async def poll_async(client: Any) -> int:
    polls = 1
    while not is_verified(client):
        await asyncio.sleep(60)
        polls += 1
    return polls


def with_wait_for(client: Any, timeout: float) -> int | None:
    async def main() -> int | None:
        try:
            return await asyncio.wait_for(poll_async(client), timeout)
        except asyncio.TimeoutError:
            return None

    return asyncio.run(main())


def with_asyncio_timeout(client: Any, timeout: float) -> int | None:
    async def main() -> int | None:
        try:
            async with asyncio.timeout(timeout):
                return await poll_async(client)
        except TimeoutError:
            return None

    return asyncio.run(main())


LOOPS = [
    wait_until_verified,
    by_name,
    by_datetime,
    with_tenacity,
    in_a_thread,
    in_a_pool,
    in_to_thread,
    with_wait_for,
    pytest.param(
        with_asyncio_timeout,
        marks=pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.timeout is of Python 3.11"),
    ),
]


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


def refused(client: Any) -> bool:
    try:
        client.list_identities()
    except ClientError:
        return True
    return False


def standard_client() -> Any:
    return make_client(retries={"mode": "standard"})


@pytest.mark.parametrize("run", range(5))
def test_eight_threads_under_the_throttle_fail_as_arithmetic_says(run: int) -> None:
    """Three attempts each, at 0, 1 and 3 s, find three tokens: five fail, in every run."""
    with mock_ses_verify() as ses:
        start, clients, failed = ses.clock.now(), [standard_client() for _ in range(8)], []
        threads = [threading.Thread(target=lambda one=one: failed.append(refused(one))) for one in clients]
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
        assert list(pool.map(lambda _: refused(client), range(20))).count(True) == 5
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
