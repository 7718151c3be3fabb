"""uvloop: its loop keeps real time, and the sleeps of its coroutines pass in the stub's."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import Any

import pytest
from clients import make_client
from loops import ANN, HOUR, is_verified, poll_async, wait_until_verified

from ses_stub import SESStub, mock_ses_verify

uvloop = pytest.importorskip("uvloop")


def run(program: Any) -> Any:
    """The result of a coroutine that uvloop runs."""
    loop = uvloop.new_event_loop()
    try:
        return loop.run_until_complete(program)
    finally:
        loop.close()


def verified_after(ses: SESStub, minutes: int) -> Any:
    """A client that has registered an address whose owner confirms it later."""
    client = make_client()
    client.verify_email_identity(EmailAddress=ANN)
    ses.after(minutes=minutes).confirm(ANN)
    return client


def test_sleeps_of_a_coroutine_pass_in_virtual_time() -> None:
    """Five hours of polls do not wait."""
    with mock_ses_verify(freeze=True) as ses:
        start, client = ses.clock.now(), verified_after(ses, 300)
        assert run(poll_async(client)) == 301
        assert ses.clock.now() - start == timedelta(hours=5)


def test_sleeps_of_several_coroutines_overlap() -> None:
    """They end by wake time, as in production."""
    order: list[int] = []

    async def sleeper(seconds: int) -> None:
        await asyncio.sleep(seconds)
        order.append(seconds)

    async def all_of_them() -> None:
        await asyncio.gather(*map(sleeper, (3600, 60, 600)))

    with mock_ses_verify(freeze=True) as ses:
        start = ses.clock.now()
        run(all_of_them())
        assert order == [60, 600, 3600]
        assert ses.clock.now() - start == timedelta(hours=1)


def test_deadline_by_a_clock_of_the_process_comes() -> None:
    """A coroutine that looks at time.monotonic gives up; a timer of the loop itself is real."""

    async def give_up(client: Any) -> int:
        polls, deadline = 0, time.monotonic() + HOUR
        while time.monotonic() < deadline and not is_verified(client):
            polls += 1
            await asyncio.sleep(60)
        return polls

    with mock_ses_verify(freeze=True) as ses:
        assert run(give_up(verified_after(ses, 300))) == 60


def test_thread_of_a_coroutine_sleeps_in_virtual_time() -> None:
    """to_thread under uvloop."""
    with mock_ses_verify(freeze=True) as ses:
        client = verified_after(ses, 300)
        assert run(asyncio.to_thread(wait_until_verified, client, 6 * HOUR)) == 301
