"""Loops of production code that poll until an address is verified, each written as applications write them."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from time import sleep
from typing import Any

import backoff
import tenacity
from botocore.exceptions import ClientError

ANN = "ann@example.com"
HOUR = 3600
#: Polls of one a minute until Success after five hours.
POLLS = 5 * 60 + 1


def is_verified(client: Any) -> bool:
    attributes = client.get_identity_verification_attributes(Identities=[ANN])["VerificationAttributes"]
    return bool(attributes[ANN]["VerificationStatus"] == "Success")


def is_refused(client: Any) -> bool:
    """Whether a call fails after all its attempts."""
    try:
        client.list_identities()
    except ClientError:
        return True
    return False


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


def with_backoff(client: Any, timeout: float) -> int | None:
    polls = 0

    # No retries after max_time, and none that would begin later.
    @backoff.on_predicate(backoff.constant, interval=60, max_time=timeout, jitter=None)
    def poll() -> bool:
        nonlocal polls
        polls += 1
        return is_verified(client)

    return polls if poll() else None


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


#: All of them: each takes a client and a timeout in seconds, and returns the number of its polls, or None.
LOOPS: list[Callable[[Any, float], int | None]] = [
    wait_until_verified,
    by_name,
    by_datetime,
    with_tenacity,
    with_backoff,
    in_a_thread,
    in_a_pool,
    in_to_thread,
    with_wait_for,
    # asyncio.timeout is of Python 3.11.
    *([with_asyncio_timeout] if sys.version_info >= (3, 11) else []),
]
