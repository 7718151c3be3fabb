"""The time of asyncio's loops while a clock freezes them, without the rest of a scope."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from asyncio.base_events import BaseEventLoop
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from types import SimpleNamespace
from typing import Any
from weakref import ref

import freezegun
import pytest
from small_clock import Running, SmallClock, until

from ses_stub._time import event_loops, real
from ses_stub._time.event_loops import FrozenLoop, frozen_loop

Freezing = Callable[..., AbstractContextManager[None]]


@contextmanager
def frozen(clock: SmallClock, covers: Callable[[], bool] = lambda: True) -> Iterator[None]:
    """Freezes the loops of the threads that are covered."""

    def find(loop: Any) -> FrozenLoop | None:
        return FrozenLoop(loop, lambda: clock.micros, clock.waits) if covers() else None

    clock.frozen_time = frozen_loop
    event_loops.start(find)
    try:
        yield
    finally:
        event_loops.stop(find, clock.waits)


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Nothing of a test stays on asyncio."""
    before = BaseEventLoop.run_forever
    yield
    assert BaseEventLoop.run_forever is before
    assert asyncio.base_events.time is time  # type: ignore[attr-defined]
    assert not event_loops._finders


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop that is older than what freezes it."""
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


# Timers.


@pytest.mark.parametrize("seconds", [302, 300.5])
def test_deadline_comes_when_waits_pass_it(clock: SmallClock, seconds: float) -> None:
    """`asyncio.wait_for`: the poll that would end later does not."""

    async def poll() -> None:
        while True:
            await clock.wait_async(5)

    async def main() -> None:
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(poll(), seconds)

    with frozen(clock):
        asyncio.run(main())
    assert clock.seconds == seconds


def test_timeout_of_302_seconds_lets_a_loop_poll_61_times(clock: SmallClock) -> None:
    """Once at the start, and after each of 60 waits of five seconds."""
    asked = 0

    async def poll() -> None:
        nonlocal asked
        while True:
            asked += 1
            await clock.wait_async(5)

    async def main() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(poll(), 302)

    with frozen(clock):
        asyncio.run(main())
    assert (asked, clock.seconds) == (61, 302)


@pytest.mark.skipif(not hasattr(asyncio, "timeout"), reason="Python 3.11 and later")
def test_asyncio_timeout_does_the_same(clock: SmallClock) -> None:
    """Its timer is the loop's."""
    asked = 0

    async def main() -> None:
        nonlocal asked
        with suppress(TimeoutError):
            async with asyncio.timeout(302):  # type: ignore[attr-defined,unused-ignore]
                while True:
                    asked += 1
                    await clock.wait_async(5)

    with frozen(clock):
        asyncio.run(main())
    assert (asked, clock.seconds) == (61, 302)


def test_deadline_at_the_end_of_a_wait_comes_first(clock: SmallClock) -> None:
    """It was set earlier."""

    async def main() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(clock.wait_async(10), 10)

    with frozen(clock):
        asyncio.run(main())
    assert clock.seconds == 10


def test_timers_come_at_their_times(clock: SmallClock) -> None:
    """In their order, while waits pass them; those that were cancelled do not."""
    met: list[tuple[str, float]] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        for name, seconds in ("b", 7), ("a", 3.5), ("late", 30):
            loop.call_later(seconds, lambda name=name: met.append((name, clock.seconds)))  # type: ignore[misc]
        loop.call_later(1, met.clear).cancel()
        await clock.wait_async(10)
        assert loop.time() - start == pytest.approx(10, abs=1e-6)

    with frozen(clock):
        asyncio.run(main())
    assert met == [("a", 3.5), ("b", 7)]


def test_timers_of_a_loop_come_while_a_thread_waits(clock: SmallClock) -> None:
    """The thread's wait stops there, and the loop runs before it goes on."""
    met: list[float] = []

    async def main() -> float:
        asyncio.get_running_loop().call_later(100, lambda: met.append(clock.seconds))
        return await asyncio.to_thread(clock.wait, 1000)

    with frozen(clock):
        assert asyncio.run(main()) == 1000
    assert met == [100]


def test_timers_of_a_loop_come_while_another_loop_waits(clock: SmallClock) -> None:
    """Though its own coroutine waits, too, and is not the first."""
    met: list[float] = []
    started = threading.Event()

    async def wait_with_timer() -> float:
        asyncio.get_running_loop().call_later(100, lambda: met.append(clock.seconds))
        task = asyncio.create_task(clock.wait_async(2000))
        await asyncio.sleep(0)
        started.set()
        return await task

    async def wait() -> float:
        return await clock.wait_async(1000)

    with frozen(clock):
        first = Running(lambda: asyncio.run(wait_with_timer()))
        started.wait()
        assert asyncio.run(wait()) == 1000
        assert first.result() == 2000
    assert met == [100]


def test_timer_comes_before_a_wait_that_began_while_its_loop_looked(clock: SmallClock) -> None:
    """The loop's own coroutine was first until then."""
    met: list[float] = []
    loops: list[asyncio.AbstractEventLoop] = []

    async def main() -> float:
        loops.append(asyncio.get_running_loop())
        for number in range(30):
            loops[0].call_later(number + 0.5, lambda: met.append(clock.seconds))
        return await clock.wait_async(1000)

    with frozen(clock):
        running = Running(lambda: asyncio.run(main()))
        until(lambda: clock.waits._line)
        for _ in range(30):
            began = real.monotonic()
            until(lambda: real.monotonic() - began > 0.005)  # noqa: B023
            clock.wait(1)
        assert met == [number + 0.5 for number in range(30)]
        assert running.result() == 1000


def test_timer_alone_comes_in_real_time(clock: SmallClock) -> None:
    """The loop's time goes with it, the clock does not."""

    async def main() -> float:
        loop = asyncio.get_running_loop()
        start, began = loop.time(), time.perf_counter()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 0.01)
        assert time.perf_counter() - began > 0.009
        return loop.time() - start

    with frozen(clock):
        assert asyncio.run(main()) > 0.009
    assert clock.seconds == 0


def test_wait_of_a_loop_that_was_left_keeps_no_timer_of_the_next(clock: SmallClock, loop: Any) -> None:
    """A timer alone comes in real time there."""

    async def main() -> None:
        await asyncio.wait([asyncio.ensure_future(asyncio.Event().wait())], timeout=0.001)

    with frozen(clock):
        task = loop.create_task(clock.wait_async(1))
        loop.run_until_complete(asyncio.sleep(0))
        asyncio.run(main())
        loop.run_until_complete(task)


def test_timer_that_never_comes_stops_nothing(clock: SmallClock) -> None:
    """As anyio sets it to sleep for ever."""

    async def main() -> float:
        asyncio.get_running_loop().call_later(float("inf"), lambda: None)
        return await clock.wait_async(10)

    with frozen(clock):
        assert asyncio.run(main()) == 10


def test_what_comes_from_a_socket_comes_while_timers_are_waited_for(clock: SmallClock) -> None:
    """The loop selects as before."""

    async def main() -> bytes:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.read(1))
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1")
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"x")
        answered = await asyncio.wait_for(reader.read(), 60)
        writer.close()
        server.close()
        return answered

    with frozen(clock):
        assert asyncio.run(main()) == b"x"
    assert clock.seconds == 0


# Its begin and its end.


def test_time_of_a_loop_is_continuous(clock: SmallClock, loop: Any) -> None:
    """It does not jump when it is frozen, and is real again afterwards."""
    clock.micros = 10**15

    async def in_scope() -> float:
        before = loop.time()
        await clock.wait_async(5)
        assert 5 <= loop.time() - before < 6
        return before

    before = loop.time()
    with frozen(clock):
        start = loop.run_until_complete(in_scope())
    assert before <= start < before + 50
    assert abs(loop.time() - real.monotonic()) < 1


def test_loop_that_runs_when_it_is_frozen_goes_on(clock: SmallClock) -> None:
    """A scope that begins and ends in a coroutine."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        with frozen(clock):
            start = loop.time()
            await clock.wait_async(3600)
            # Exactly: a loop of pauses must meet its deadline.
            assert loop.time() - start == 3600
        assert abs(loop.time() - real.monotonic()) < 1
        await asyncio.sleep(0.001)

    asyncio.run(main())


def test_timers_that_are_left_over_come_as_much_later(clock: SmallClock, loop: Any) -> None:
    """Some that were set before it was frozen, and some after; none is a virtual hour late."""
    met: list[None] = []

    async def main() -> asyncio.TimerHandle:
        await clock.wait_async(3600)
        handle: asyncio.TimerHandle = loop.call_later(60, met.append, None)
        return handle

    before = loop.call_later(3630, met.append, None)
    with frozen(clock):
        after = loop.run_until_complete(main())
    assert met == []
    assert 0 < before.when() - loop.time() <= 30 < after.when() - loop.time() <= 60
    loop.call_later(0, loop.stop)
    loop.run_forever()


def test_loop_of_another_thread_is_released_by_itself(clock: SmallClock) -> None:
    """It may be at its timers; here it can't come before the freeze has ended."""
    held, go, loops = threading.Event(), threading.Event(), []

    async def main() -> float:
        loops.append(asyncio.get_running_loop())
        await clock.wait_async(1)
        held.set()
        go.wait()
        frozen_time = loops[0].time()
        await asyncio.sleep(0)
        return frozen_time - loops[0].time()

    with frozen(clock):
        running = Running(lambda: asyncio.run(main()))
        held.wait()
    assert isinstance(loops[0]._selector, FrozenLoop)
    go.set()
    assert 0.5 < running.result() < 1


def test_loop_of_another_thread_may_be_closed_by_then(clock: SmallClock, loop: Any) -> None:
    """Nobody is told."""
    closed = asyncio.new_event_loop()
    frozen_time = FrozenLoop(closed, lambda: clock.micros, clock.waits)
    closed.close()
    closed._thread_id = 1  # type: ignore[attr-defined]
    frozen_time.release()
    frozen_time._wake()


def test_freezes_end_in_whichever_order(clock: SmallClock, loop: Any) -> None:
    """The loop is that one's which had it first."""
    other = SmallClock()
    first, second = frozen(clock), frozen(other)
    first.__enter__()
    loop.run_until_complete(clock.wait_async(1))
    second.__enter__()
    loop.run_until_complete(asyncio.sleep(0))
    assert frozen_loop(loop).is_on(clock.waits)  # type: ignore[union-attr]
    first.__exit__(None, None, None)
    assert frozen_loop(loop) is None
    loop.run_until_complete(other.wait_async(60))
    assert frozen_loop(loop).is_on(other.waits)  # type: ignore[union-attr]
    second.__exit__(None, None, None)
    assert frozen_loop(loop) is None


def test_loops_of_other_threads_are_left_alone(clock: SmallClock, loop: Any) -> None:
    """Those that no scope covers."""
    with frozen(clock, covers=lambda: False):
        loop.run_until_complete(asyncio.sleep(0.001))
        assert frozen_loop(loop) is None


def test_loop_with_a_time_of_its_own_is_left_alone(clock: SmallClock) -> None:
    """Another tool moves it, by its class or by itself."""

    class Loop(asyncio.SelectorEventLoop):
        def time(self) -> float:
            return 5.0

    loop = Loop()
    with frozen(clock):
        loop.run_until_complete(asyncio.sleep(0))
        assert frozen_loop(loop) is None
    loop.close()


def test_loop_whose_class_freezegun_has_changed_is_frozen(clock: SmallClock) -> None:
    """Its `real_asyncio` leaves a time on the class: where this fails, see `_REAL_TIMES`."""
    with freezegun.freeze_time("2026-01-01", real_asyncio=True):
        pass

    async def main() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(clock.wait_async(10), 5)

    with frozen(clock):
        asyncio.run(main())
    assert clock.seconds == 5


def test_loop_that_is_not_frozen_keeps_real_time_beside_freezegun(clock: SmallClock, loop: Any) -> None:
    """Where this fails, asyncio reads its time elsewhere: see `start` in `event_loops`. A tool may have been there."""
    with frozen(clock, covers=lambda: False), freezegun.freeze_time("2026-01-01"):
        start = loop.time()
        loop.run_until_complete(asyncio.sleep(0.001))
        assert start < loop.time() < start + 50


def test_time_that_somebody_has_given_asyncio_stays(clock: SmallClock) -> None:
    """Where it was given inside; what stays when that is undone later is real, until the next scope ends."""
    asyncio_module: Any = asyncio.base_events
    with frozen(clock):
        ours, asyncio_module.time = asyncio_module.time, SimpleNamespace(**vars(real.module))
        given = asyncio_module.time
    assert asyncio_module.time is given
    asyncio_module.time = ours
    with frozen(clock):
        pass
    assert asyncio_module.time is time


def test_loop_without_a_selector_is_left_alone(clock: SmallClock) -> None:
    """Uvloop's has none, and a closed one no more."""
    loop = asyncio.new_event_loop()
    loop.close()
    with frozen(clock):
        event_loops.freeze_loop(loop)
        event_loops.freeze_loop(object())
        assert frozen_loop(loop) is None


def test_loop_is_frozen_once(clock: SmallClock, loop: Any) -> None:
    """It runs again and again."""
    with frozen(clock):
        loop.run_until_complete(asyncio.sleep(0))
        first = frozen_loop(loop)
        loop.run_until_complete(asyncio.sleep(0))
        assert frozen_loop(loop) is first


def test_loop_that_was_closed_is_not_kept(clock: SmallClock) -> None:
    """A scope of a session sees many."""
    with frozen(clock):
        loop = asyncio.new_event_loop()
        loop.run_until_complete(clock.wait_async(1))
        loop.close()
        gone, frozen_time = ref(loop), frozen_loop(loop)
        assert frozen_time is not None
        del loop
        gc.collect()
        assert gone() is None
    frozen_time.release()
    frozen_time._wake()
    assert frozen_time.next_timer() is None


def test_selector_that_somebody_has_wrapped_lets_through(clock: SmallClock, loop: Any) -> None:
    """After the end; what is on top of ours stays."""

    class Wrapper:
        def __init__(self, below: Any) -> None:
            self.below = below

        def __getattr__(self, name: str) -> Any:
            return getattr(self.below, name)

    with frozen(clock):
        loop.run_until_complete(asyncio.sleep(0))
        loop._selector = wrapper = Wrapper(loop._selector)
        time_of = loop.time = lambda: real.monotonic()
    assert loop._selector is wrapper
    assert loop.time is time_of
    loop.run_until_complete(asyncio.sleep(0.001))


def test_run_forever_that_somebody_has_wrapped_stays(clock: SmallClock) -> None:
    """Before, inside, and after; and the next scope does not call itself."""
    original, runs = BaseEventLoop.run_forever, []

    def wrap(name: str, below: Any) -> Any:
        def run_forever(self: Any) -> None:
            runs.append(name)
            below(self)

        return run_forever

    outer = wrap("outer", original)
    BaseEventLoop.run_forever = outer  # type: ignore[method-assign]
    try:
        with frozen(clock):
            inner = wrap("inner", BaseEventLoop.run_forever)
            BaseEventLoop.run_forever = inner  # type: ignore[method-assign]
        assert BaseEventLoop.run_forever is inner
        asyncio.run(asyncio.sleep(0))
        assert runs[:2] == ["inner", "outer"]
        with frozen(clock):
            asyncio.run(clock.wait_async(60))
        assert BaseEventLoop.run_forever is inner
    finally:
        BaseEventLoop.run_forever = original  # type: ignore[method-assign]


@pytest.mark.parametrize("name", ["_run_once", "run_forever", "time"])
def test_asyncio_has_what_is_replaced(name: str) -> None:
    """Where this fails, see `event_loops`: it replaces the last two, and the first calls them."""
    assert callable(vars(BaseEventLoop)[name])


def test_asyncio_has_what_is_read(loop: Any) -> None:
    """Where this fails, see `event_loops` and `AsyncioWait.is_loop_busy`."""
    timer = loop.call_later(60, print)
    assert list(loop._scheduled) == [timer]
    assert (timer._when > loop.time(), timer._cancelled, timer._callback) == (True, False, print)
    handle = loop.call_soon(print)
    assert (list(loop._ready), loop._thread_id) == ([handle], None)
    assert loop._selector.get_map()
    assert loop._clock_resolution < 1
    for one in timer, handle:
        one.cancel()


def test_threads_of_several_loops_meet_no_error(clock: SmallClock) -> None:
    """Each has its own loop, one after another, while the clock moves."""

    async def main() -> float:
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(clock.wait_async(10), 5)
        return await clock.wait_async(1)

    with frozen(clock):
        running = [Running(lambda: [asyncio.run(main()) for _ in range(3)]) for _ in range(4)]
        assert [one.result()[-1] for one in running] == [18] * 4
