"""A signal's handler may wait at whichever instruction it comes: nothing hangs, and each wait lasts long enough."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from clients import make_client
from interrupting import interrupted
from repeat import times
from small_clock import Running, SmallClock, until

from ses_stub import mock_ses_verify
from ses_stub._time import one_wait

TIME = ("ses_stub/_time/",)
SERVICE = (*TIME, "ses_stub/_service/", "ses_stub/_core/locks")
#: So many instructions are tried in each run of the suite, and others each time.
TRIES = times(5)


def wait_beside_others(at: int, nested: float, clock: SmallClock) -> bool:
    """Waits beside a thread and a loop, and in the handler; returns whether there are so many instructions."""
    ended: dict[str, float] = {}

    async def wait_async() -> None:
        ended["loop"] = await clock.wait_async(15)

    others = [
        Running(lambda: ended.update(thread=clock.wait(20))),
        Running(lambda: asyncio.run(wait_async())),
    ]
    until(lambda: len(clock.waits._line) == 2)
    with interrupted(at, TIME, lambda: ended.update(handler=clock.wait(nested))) as interruption:
        ended["own"] = clock.wait(10)
    for one in others:
        one.result()
    assert ended["own"] >= 10
    assert ended["loop"] >= 15
    assert ended["thread"] >= 20
    assert ended.get("handler", nested) >= nested
    assert not any((clock.waits._line, clock.waits._stops, one_wait.waiting, one_wait.loops))
    return interruption.came


def call_beside_others(at: int, handler: Callable[[Any], object]) -> bool:
    """Calls SES and sleeps in a frozen scope, beside threads that do so, and in the handler."""

    def work(client: Any) -> None:
        for _ in range(2):
            try:
                client.list_identities()
            except ClientError:
                time.sleep(5)

    with mock_ses_verify(freeze=True) as ses:
        client = make_client(retries={"mode": "standard"})
        ses.after(seconds=4).set_status("ann@example.com", "Failed")
        client.verify_email_identity(EmailAddress="ann@example.com")
        threads = [threading.Thread(target=work, args=(client,), daemon=True) for _ in range(2)]
        for thread in threads:
            thread.start()
        with interrupted(at, SERVICE, lambda: handler(client)) as interruption:
            work(client)
            time.sleep(10)
        for thread in threads:
            thread.join(15)
            assert not thread.is_alive(), "it hangs"
    assert not any((one_wait.waiting, one_wait.loops))
    return interruption.came


# Called by a tracer, which nothing traces.


def sleep_in_handler(client: Any) -> None:  # pragma: no cover
    time.sleep(30)


def call_in_handler(client: Any) -> None:  # pragma: no cover
    try:
        client.list_identities()
    except ClientError:
        time.sleep(3)


def some_of(scenario: Callable[[int], bool]) -> None:
    """Tries instructions here and there, until there are no more."""
    at, step, tries = 1, 1, 0
    while scenario(at) and tries < TRIES:  # pragma: no branch  # Which of both ends it is left to chance.
        at, step, tries = at + random.randint(1, step), step + 8, tries + 1


@pytest.mark.parametrize("nested", [3, 30])
def test_handler_waits_at_any_instruction_of_a_wait(nested: float) -> None:
    """Shorter or longer than all others; here and there the clock moves at once for it."""
    some_of(lambda at: wait_beside_others(at, nested, SmallClock()))


@pytest.mark.parametrize("handler", [sleep_in_handler, call_in_handler])
def test_handler_waits_at_any_instruction_of_a_call(handler: Callable[[Any], object]) -> None:
    """Also where the stub's or the clock's lock is held."""
    some_of(lambda at: call_beside_others(at, handler))
