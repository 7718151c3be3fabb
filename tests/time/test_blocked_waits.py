"""Who is first but blocked on something in the process holds up nobody, whichever of the others finds that out."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from small_clock import Running, SmallClock, until

from ses_stub import mock_ses_verify
from ses_stub._time import one_wait


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    assert not any((one_wait.waiting, one_wait.loops))


class OtherLoop:
    """A loop that runs in its own thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._running = Running(self.loop.run_forever)

    def result(self, coroutine: Any) -> Any:
        """What a coroutine returns there; blocks this thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(15)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._running.result()
        self.loop.close()


def test_loop_that_is_blocked_on_another_loop_does_not_hold_it_up(clock: SmallClock) -> None:
    """A coroutine that calls into the other as if it were not one; its loop's own wait ends late, as in production."""
    other = OtherLoop()

    async def main() -> list[float]:
        task = asyncio.create_task(clock.wait_async(1))
        await asyncio.sleep(0)
        return [other.result(clock.wait_async(5)), await task]

    assert asyncio.run(main()) == [5, 5]
    other.close()


def test_frozen_loop_that_is_blocked_on_another_loop_does_not_hold_it_up() -> None:
    """The other one's timers come on the way."""
    with mock_ses_verify(freeze=True):
        other, start = OtherLoop(), time.monotonic()

        async def sleep(seconds: float) -> float:
            await asyncio.sleep(seconds)
            return time.monotonic() - start

        async def sleep_with_timer(seconds: float) -> tuple[bool, float]:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(sleep(60), seconds)
            return True, time.monotonic() - start

        async def main() -> list[Any]:
            task = asyncio.create_task(sleep(1))
            await asyncio.sleep(0)
            return [other.result(sleep_with_timer(5)), await task]

        assert asyncio.run(main()) == [(True, 5), 5]
        other.close()


def test_frozen_loop_waits_for_one_that_works() -> None:
    """However long it is busy: it is not blocked."""
    with mock_ses_verify(freeze=True):
        start, other, began, end = time.monotonic(), OtherLoop(), threading.Event(), threading.Event()

        async def work() -> float:
            task = asyncio.create_task(asyncio.sleep(1))
            await asyncio.sleep(0)
            began.set()
            until(end.is_set)
            await task
            return time.monotonic() - start

        async def main() -> list[float]:
            working = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work(), other.loop))
            until(began.is_set)
            stopper = Running(lambda: (threading.Event().wait(0.1), end.set()))
            await asyncio.sleep(5)
            stopper.result()
            return [await working, time.monotonic() - start]

        assert asyncio.run(main()) == [1, 5]
        other.close()


def test_wait_whose_signal_handler_is_blocked_on_another_does_not_hold_it_up(clock: SmallClock) -> None:
    """The handler does not wait itself, but for a thread that does."""
    other = Running(lambda: clock.wait(20))
    until(lambda: clock.waits._line)
    before = signal.signal(signal.SIGINT, lambda *_: other.result())
    moves: list[None] = []

    def raise_signal() -> None:
        if not moves and threading.current_thread() is threading.main_thread():
            moves.append(None)
            signal.raise_signal(signal.SIGINT)

    clock.before_move = raise_signal
    assert clock.wait(10) == 20
    assert other.result() == 20
    signal.signal(signal.SIGINT, before)


def test_trio_behind_a_blocked_loop_is_not_held_up(clock: SmallClock) -> None:
    """A loop of asyncio's is in a join of the thread that runs trio."""
    trio = pytest.importorskip("trio")

    async def main() -> list[float]:
        task = asyncio.create_task(clock.wait_async(1))
        await asyncio.sleep(0)
        other = Running(lambda: trio.run(clock.wait_async, 5))
        return [other.result(), await task]

    assert asyncio.run(main()) == [5, 5]


def test_call_that_was_interrupted_is_made_again(clock: SmallClock) -> None:
    """A signal's handler came between the mark and the call, and waits for the one that was to be called."""

    async def wait() -> float:
        return await clock.wait_async(10)

    worker_end = threading.Event()
    worker = Running(lambda: until(worker_end.is_set))
    first = Running(lambda: asyncio.run(wait()))
    until(lambda: clock.waits._line)
    clock.waits._line[0].is_called = True
    other = Running(lambda: clock.wait(20))
    worker_end.set()
    worker.result()
    assert [first.result(), other.result()] == [10, 20]
