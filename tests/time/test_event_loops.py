"""asyncio's loops in a frozen scope: their time is the stub's, their timers come when sleeps pass them."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from asyncio.base_events import BaseEventLoop
from collections.abc import Iterator
from typing import Any

import pytest

from ses_stub import SESStub, mock_ses_verify
from ses_stub._time import event_loops, real

RUN_FOREVER = BaseEventLoop.run_forever


@pytest.fixture
def ses() -> Iterator[SESStub]:
    with mock_ses_verify(freeze=True) as stub:
        yield stub
    assert BaseEventLoop.run_forever is RUN_FOREVER


def seconds_of(ses: SESStub, coroutine: Any) -> float:
    before = ses.clock.now()
    asyncio.run(coroutine)
    return (ses.clock.now() - before).total_seconds()


def test_integration_points_of_asyncio() -> None:
    """What `event_loops` relies on; if it fails, look there."""
    loop: Any = asyncio.new_event_loop()
    handle: Any = loop.call_later(60, print)
    assert loop._scheduled == [handle]
    assert handle._when > loop.time()
    assert handle._cancelled is False
    assert loop._clock_resolution > 0
    assert callable(loop._selector.select)
    assert isinstance(loop, BaseEventLoop)
    loop.close()


def test_timer_comes_when_a_sleep_passes_it(ses: SESStub) -> None:
    """At its time, and before the sleep ends."""
    met: list[float] = []

    async def main() -> None:
        start = asyncio.get_running_loop().time()
        asyncio.get_running_loop().call_later(10, lambda: met.append(asyncio.get_running_loop().time() - start))
        await asyncio.sleep(60)

    assert seconds_of(ses, main()) == 60
    assert met == [pytest.approx(10, abs=1e-3)]


def test_timer_alone_comes_in_real_time(ses: SESStub) -> None:
    """Nothing virtual is waited for."""

    async def main() -> None:
        event = asyncio.Event()
        asyncio.get_running_loop().call_later(0.002, event.set)
        await event.wait()

    assert seconds_of(ses, main()) == 0


def test_timer_of_a_loop_comes_when_a_thread_sleeps_past_it(ses: SESStub) -> None:
    """The thread's sleep stops there, and goes on."""

    async def main() -> list[str]:
        done: list[str] = []
        work = asyncio.ensure_future(asyncio.to_thread(time.sleep, 3600))
        try:
            await asyncio.wait_for(asyncio.shield(work), 1800)
        except asyncio.TimeoutError:
            done.append("timeout")
        await work
        return [*done, "slept"]

    before = ses.clock.now()
    assert asyncio.run(main()) == ["timeout", "slept"]
    assert (ses.clock.now() - before).total_seconds() == 3600


def test_cancelled_timer_stops_nobody(ses: SESStub) -> None:
    """A deadline that was met is none any more."""

    async def main() -> None:
        await asyncio.wait_for(asyncio.sleep(5), 10)
        await asyncio.sleep(60)

    assert seconds_of(ses, main()) == 65


def test_loop_that_runs_before_the_scope_keeps_its_timers() -> None:
    """One set before the scope comes as much later as time has been held; the loop's time goes on without a jump."""

    async def main() -> tuple[float, float, float]:
        loop = asyncio.get_running_loop()
        event = asyncio.Event()
        before = loop.time()
        with mock_ses_verify(freeze=True):
            inside = loop.time()
            loop.call_later(3600.001, event.set)
            await asyncio.sleep(3600)
        after = loop.time()
        await asyncio.wait_for(event.wait(), 30)
        return inside - before, after - before, loop.time() - before

    inside, after, end = asyncio.run(main())
    assert (inside < 30, after < 30, end < 30) == (True, True, True)


def test_loop_of_an_older_thread_keeps_real_time() -> None:
    """It belongs to nobody of the test's."""
    loop, found = asyncio.new_event_loop(), []
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    with mock_ses_verify(freeze=True):
        other = asyncio.run_coroutine_threadsafe(asyncio.sleep(0.001, "slept"), loop)
        found.append(other.result(30))
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
    assert found == ["slept"]


def test_loop_of_a_thread_that_outlives_the_scope_is_given_real_time_again() -> None:
    """By the loop itself, as its thread may be at its timers."""
    loop: Any = asyncio.new_event_loop()
    with mock_ses_verify(freeze=True):
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        asyncio.run_coroutine_threadsafe(asyncio.sleep(60), loop).result(30)
        assert event_loops.frozen_loop(loop) is not None

    async def now() -> float:
        return loop.time()

    assert abs(asyncio.run_coroutine_threadsafe(now(), loop).result(30) - real.monotonic()) < 30
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_loop_with_a_time_of_its_own_keeps_it(ses: SESStub) -> None:
    """Another tool's."""
    loop: Any = asyncio.new_event_loop()
    loop.time = lambda: 5.0
    loop.run_until_complete(asyncio.sleep(0))
    assert loop.time() == 5.0
    loop.close()


def test_closed_loop_is_let_go(ses: SESStub) -> None:
    """Its time is nobody's any more."""
    asyncio.run(asyncio.sleep(1))
    assert ses.clock.now()


def test_patch_over_ours_stays_when_the_scope_ends() -> None:
    """Ours below freezes nothing then, and the next scope stands on it."""
    with mock_ses_verify(freeze=True):
        below = BaseEventLoop.run_forever

        def own(self: Any) -> None:
            below(self)

        BaseEventLoop.run_forever = own  # type: ignore[method-assign]
    assert BaseEventLoop.run_forever is own
    asyncio.run(asyncio.sleep(0))
    with mock_ses_verify(freeze=True) as ses:
        assert seconds_of(ses, asyncio.sleep(60)) == 60
    assert BaseEventLoop.run_forever is own
    BaseEventLoop.run_forever = RUN_FOREVER  # type: ignore[method-assign]


def test_nested_frozen_scopes_share_the_patch() -> None:
    """The inner one's clock is the loop's."""
    with mock_ses_verify(freeze="2030-01-01"), mock_ses_verify(freeze="2040-01-01") as inner:
        assert seconds_of(inner, asyncio.sleep(60)) == 60
    assert BaseEventLoop.run_forever is RUN_FOREVER


def test_loop_that_an_older_thread_runs_inside_keeps_real_time() -> None:
    """Its thread has never called SES."""
    go, found = threading.Event(), []

    def work() -> None:
        go.wait()
        found.append(asyncio.run(asyncio.sleep(0.001, "slept")))

    thread = threading.Thread(target=work)
    thread.start()
    with mock_ses_verify(freeze=True):
        go.set()
        thread.join()
    assert found == ["slept"]


def test_frozen_scopes_with_a_loop_each_end_in_any_order() -> None:
    """Each lets go of its own loop."""
    outer, inner = mock_ses_verify(freeze="2030-01-01"), mock_ses_verify(freeze="2040-01-01")
    loops: list[Any] = []
    for scope in (outer, inner):
        scope.start()
        loops.append(asyncio.new_event_loop())
        loops[-1].run_until_complete(asyncio.sleep(60))
    outer.stop()
    assert [event_loops.frozen_loop(loop) is None for loop in loops] == [True, False]
    inner.stop()
    for loop in loops:
        loop.close()


def test_what_somebody_else_has_put_on_a_loop_stays() -> None:
    """The scope's end lets go of its own only."""
    loop: Any = asyncio.new_event_loop()
    selector = loop._selector
    with mock_ses_verify(freeze=True):
        loop.run_until_complete(asyncio.sleep(60))
        own = loop.time
        loop.time = lambda: own()
        loop._selector = selector
    assert loop._selector is selector
    del loop.time
    loop.close()


def test_loop_that_is_gone_needs_nothing() -> None:
    """Neither a wake nor real time."""
    with mock_ses_verify(freeze=True):
        loop: Any = asyncio.new_event_loop()
        loop.run_until_complete(asyncio.sleep(60))
        frozen = event_loops.frozen_loop(loop)
        loop.close()
        del loop
        gc.collect()
        assert frozen is not None
        frozen._wake()
        frozen.release()
