"""A forgotten ``freeze`` in asynchronous code: a loop that would really wait for the same answer is stopped."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from typing import Any

import pytest
from clients import make_client

from ses_stub import SESStub, SESStubError, mock_ses_verify
from ses_stub._time import idle_loops
from ses_stub._time.idle_loops import is_idle_for

ANN = "ann@example.com"
CLIENT = make_client()


@pytest.fixture(autouse=True)
def ses() -> Iterator[SESStub]:
    with mock_ses_verify(rate=None, identities={ANN: "Pending"}) as stub:
        yield stub


async def poll(pause: float) -> None:
    while True:
        CLIENT.get_identity_verification_attributes(Identities=[ANN])
        await asyncio.sleep(pause)


async def poll_in_a_thread(pause: float) -> None:
    while True:
        await asyncio.to_thread(CLIENT.get_identity_verification_attributes, Identities=[ANN])
        await asyncio.sleep(pause)


async def both(*programs: Coroutine[Any, Any, Any]) -> None:
    await asyncio.gather(*programs)


POLLERS: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
    "one": lambda: poll(600),
    "two": lambda: both(poll(600), poll(600)),
    "in a task": lambda: both(poll(600)),
    "by to_thread": lambda: poll_in_a_thread(600),
}


@pytest.mark.parametrize("poller", POLLERS.values(), ids=POLLERS)
def test_coroutine_that_would_hang_is_stopped(poller: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Before the first real sleep of ten minutes; the message has the one word that helps."""
    with pytest.raises(SESStubError, match=r"really sleeps 600 s after GetIdentityVerificationAttributes.*freeze=True"):
        asyncio.run(poller())


def test_thread_that_has_work_may_end_the_sleep() -> None:
    """It was given the work before the loop looked, and does not sleep."""

    async def main() -> str:
        work = asyncio.get_running_loop().run_in_executor(None, threading.Event().wait, 0.01)
        CLIENT.get_identity_verification_attributes(Identities=[ANN])
        sleep = asyncio.ensure_future(asyncio.sleep(600))
        await work
        sleep.cancel()
        return "passed"

    assert asyncio.run(main()) == "passed"


def test_poller_in_the_background_is_left_alone() -> None:
    """A test that looks at something else, and then cancels it, does not wait for it."""

    async def main() -> str:
        task = asyncio.ensure_future(poll(600))
        for _ in range(20):
            await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        return "passed"

    assert asyncio.run(main()) == "passed"


def test_deadline_of_the_application_comes() -> None:
    """Where a timer is earlier, the sleep may end by it."""
    with pytest.raises(asyncio.TimeoutError):
        asyncio.run(asyncio.wait_for(poll(600), 0.01))


def idle(*, timer: float | None = None, reads: bool = False, beside: bool = False) -> bool:
    async def main() -> bool:
        loop = asyncio.get_running_loop()
        if timer is not None:
            loop.call_later(timer, print)
            loop.call_later(timer / 2, print).cancel()
        read, write = os.pipe()
        if reads:
            loop.add_reader(read, print)
        end, thread = threading.Event(), threading.Thread()
        if beside:
            thread = threading.Thread(target=end.wait)
            thread.start()
        try:
            return await is_idle_for(10)
        finally:
            end.set()
            if beside:
                thread.join()
            loop.remove_reader(read)
            os.close(read)
            os.close(write)

    return asyncio.run(main())


def test_loop_is_idle_without_earlier_timers_files_and_threads() -> None:
    """Where this fails, asyncio keeps them elsewhere: look at `idle_loops`."""
    assert idle()
    assert idle(timer=8)
    assert not idle(timer=2)
    assert not idle(reads=True)
    assert not idle(beside=True)


def test_thread_that_trio_keeps_does_not_count() -> None:
    """It waits ten seconds for work. Where this fails, trio keeps it elsewhere: look at `idle_loops`."""
    trio = pytest.importorskip("trio")

    async def work() -> None:
        await trio.to_thread.run_sync(int)

    trio.run(work)
    assert threading.active_count() > 1
    assert idle()


def test_thread_that_runs_all_the_time_may_end_the_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle_loops, "_CHECKS", 3)
    end = threading.Event()

    def work() -> None:
        while not end.is_set():
            pass

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert not idle()
    finally:
        end.set()
        thread.join()


@pytest.mark.parametrize("looks", [1, 3])
def test_busy_loop_is_not_idle(looks: int) -> None:
    """A task that always has something to do, however often a sleep looks."""

    async def work() -> None:
        while True:
            await asyncio.sleep(0)

    async def main() -> bool:
        task = asyncio.ensure_future(work())
        await asyncio.sleep(0)
        try:
            return any([await is_idle_for(10) for _ in range(looks)])
        finally:
            task.cancel()

    assert not asyncio.run(main())


def test_sleep_of_asyncio_is_restored_with_the_last_scope() -> None:
    """Whether frozen or not, in any order."""
    inside, first, second = asyncio.sleep, mock_ses_verify(), mock_ses_verify(freeze=True)
    first.start()
    second.start()
    first.stop()
    assert asyncio.sleep is inside
    second.stop()
    assert asyncio.sleep is inside is not asyncio.tasks.sleep
