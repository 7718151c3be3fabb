"""Waits on one clock overlap, and end one after another, by wake time and arrival."""

from __future__ import annotations

import asyncio
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from small_clock import PATIENCE, SECOND, Running, SmallClock, Throttle, in_threads, until

from ses_stub._time import one_wait, quiescence, real, waits
from ses_stub._time.one_wait import holds_wait

reads_proc = pytest.mark.skipif(not quiescence._reads_proc, reason="there is no /proc")


def has_waits(clock: SmallClock, number: int = 1) -> Callable[[], bool]:
    """Whether so many wait."""
    return lambda: len(clock.waits._line) == number


def is_clean(*clocks: SmallClock) -> bool:
    """Whether nothing is left of any wait."""
    return not any((*(one.waits._line or one.waits._stops for one in clocks), one_wait.waiting, one_wait.loops))


@pytest.fixture
def interrupt() -> Iterator[Callable[[Callable[[], Any]], Callable[[], None]]]:
    """Makes a function that interrupts this thread the first time that it is called here, to call another."""
    before = signal.getsignal(signal.SIGINT)

    def make(handler: Callable[[], Any]) -> Callable[[], None]:
        own = threading.get_ident()
        signal.signal(signal.SIGINT, lambda *_: handler())
        calls: list[None] = []

        def raise_signal(*_: object) -> None:
            if threading.get_ident() == own and not calls:
                calls.append(None)
                signal.raise_signal(signal.SIGINT)

        return raise_signal

    yield make
    signal.signal(signal.SIGINT, before)


# What is the same on every run.


def test_eight_threads_at_a_throttle_of_one_a_second(clock: SmallClock) -> None:
    """Three attempts, back-off 1 and 2 s: one call a second gets through, for 3 s."""
    throttle = Throttle(clock)
    assert in_threads(*[throttle.calls] * 8).count(False) == 5
    assert clock.seconds == 3


def test_pool_of_four_over_twenty_names(clock: SmallClock) -> None:
    """Who is done takes the next name: its thread can run."""
    throttle = Throttle(clock)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: throttle.calls(), range(20))).count(False) == 5
    assert clock.seconds == 14


def test_pool_whose_threads_begin_with_work(clock: SmallClock) -> None:
    """One that has not made its first call yet can run, too."""
    throttle = Throttle(clock)

    def work() -> bool:
        sum(range(100_000))
        return throttle.calls()

    with ThreadPoolExecutor(8) as pool:
        assert [one.result() for one in [pool.submit(work) for _ in range(8)]].count(False) == 5
    assert clock.seconds == 3


@pytest.mark.parametrize(("rate", "fail"), [(1, 22), (10, 0), (25, 0)])
def test_gather_of_twenty_five(clock: SmallClock, rate: int, fail: int) -> None:
    """With a burst of the rate."""
    throttle = Throttle(clock, rate, burst=rate)

    async def main() -> list[bool]:
        return await asyncio.gather(*[throttle.calls_async() for _ in range(25)])

    assert asyncio.run(main()).count(False) == fail


def test_poller_in_a_thread_of_the_loop(clock: SmallClock) -> None:
    """The own thread runs a loop that waits for nothing else."""

    def poll() -> float:
        return [clock.wait(5) for _ in range(60)][-1]

    assert asyncio.run(asyncio.to_thread(poll)) == 300


def test_coroutine_beside_a_thread(clock: SmallClock) -> None:
    """Each sees its own sum."""

    async def main() -> list[float]:
        async def wait() -> float:
            return [await clock.wait_async(3) for _ in range(10)][-1]

        return await asyncio.gather(wait(), asyncio.to_thread(lambda: [clock.wait(2) for _ in range(10)][-1]))

    assert asyncio.run(main()) == [30, 20]


def test_coroutines_of_two_loops(clock: SmallClock) -> None:
    """Each in its own thread."""

    async def wait(seconds: float) -> float:
        return [await clock.wait_async(seconds) for _ in range(10)][-1]

    assert in_threads(lambda: asyncio.run(wait(3)), lambda: asyncio.run(wait(2))) == [30, 20]


def test_waits_end_by_time_and_then_by_arrival(clock: SmallClock) -> None:
    """One at a time: who ends goes on before the next one ends."""
    ended: list[str] = []

    async def wait(name: str, seconds: float) -> None:
        await clock.wait_async(seconds)
        ended.append(name)
        await asyncio.sleep(0)
        ended.append(name)

    async def main() -> None:
        await asyncio.gather(wait("a", 2), wait("b", 1), wait("c", 2), wait("d", 1))

    asyncio.run(main())
    assert "".join(ended) == "bbddaacc"


def test_process_of_one_thread_has_nothing_to_look_at() -> None:
    """In a process of its own, as the test's own has other threads where it is run in parallel."""
    code = """
from ses_stub._time import quiescence, waits
waits.blocked_outside = None
now, calls = [0], []
one = waits.Waits(lambda: now[0], lambda: calls.append(now[0]), lambda micros: now.append(now.pop() + micros), [])
one.wait(5)
one.wait(6)
print(now, calls)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[11] [0, 5]\n"


# Who can run, and what is waited for.


@pytest.mark.parametrize("how", ["Lock", "SimpleQueue", "join"])
def test_time_moves_while_the_own_thread_is_blocked_on_another(clock: SmallClock, how: str) -> None:
    """It cannot run until the other's wait has ended."""
    lock, items = threading.Lock(), queue.SimpleQueue[int]()
    lock.acquire()

    def wait() -> None:
        clock.wait(60)
        lock.release()
        items.put(1)

    other = Running(wait)
    {"Lock": lock.acquire, "SimpleQueue": items.get, "join": other.thread.join}[how]()
    assert clock.seconds == 60
    other.result()


@reads_proc
@pytest.mark.parametrize("how", ["pipe", "child", "sleep"])
def test_time_stands_while_the_own_thread_waits_for_something_real(clock: SmallClock, how: str) -> None:
    """And goes on when that is done."""
    other = Running(lambda: clock.wait(60))
    until(has_waits(clock))
    if how == "pipe":
        read, write = os.pipe()
        writer = Running(lambda: (time.sleep(0.02), os.write(write, b"x")))
        os.read(read, 1)
        os.close(read)
        os.close(write)
        writer.result()
    elif how == "child":
        subprocess.run([sys.executable, "-c", ""], check=True)
    else:
        time.sleep(0.02)
    assert clock.seconds == 0
    assert other.result() == 60


@reads_proc
def test_time_moves_while_another_thread_waits_for_something_real(clock: SmallClock) -> None:
    """Of the server in a thread nobody knows when its next request comes."""
    read, write = os.pipe()
    server = Running(lambda: os.read(read, 1))
    assert clock.wait(60) == 60
    os.write(write, b"x")
    server.result()
    os.close(read)
    os.close(write)


def test_time_stands_while_a_thread_works(clock: SmallClock) -> None:
    """However long."""
    end = threading.Event()
    worker = Running(lambda: until(end.is_set))
    waiter = Running(lambda: clock.wait(1))
    until(has_waits(clock))
    time.sleep(0.02)
    assert clock.seconds == 0
    end.set()
    worker.result()
    assert waiter.result() == 1


@reads_proc
def test_thread_that_is_woken_ends_its_wait_first(clock: SmallClock) -> None:
    """Who wakes another and waits at once must not be ahead of it: its own wait is longer."""
    items: queue.SimpleQueue[int] = queue.SimpleQueue()
    worker = Running(lambda: [clock.wait(items.get()) for _ in range(30)])
    for _ in range(30):
        items.put(1)
        clock.wait(3)
    assert worker.result() == [1 + 3 * number for number in range(30)]


def test_event_loop_that_has_work_does_that_first(clock: SmallClock) -> None:
    """A callback that is due comes before the clock moves."""
    seen: list[float] = []

    async def main() -> None:
        async def work() -> None:
            for _ in range(20):
                await asyncio.sleep(0)
            seen.append(clock.seconds)

        await asyncio.gather(clock.wait_async(1), work())

    asyncio.run(main())
    assert seen == [0]


def test_event_loop_that_is_given_work_does_that_first(clock: SmallClock) -> None:
    """By a thread that waits at once; the loop's own coroutine was first until then, and looked from time to time."""
    seen: list[float] = []
    loops: list[asyncio.AbstractEventLoop] = []

    async def main() -> float:
        loops.append(asyncio.get_running_loop())
        return await clock.wait_async(1000)

    running = Running(lambda: asyncio.run(main()))
    until(has_waits(clock))
    for _ in range(30):
        # So that it is between two looks.
        began = time.perf_counter()
        until(lambda: time.perf_counter() - began > 0.005)  # noqa: B023
        loops[0].call_soon_threadsafe(lambda: seen.append(clock.seconds))
        clock.wait(1)
    assert seen == list(range(30))
    assert running.result() == 1000


# The ends of waits.


def test_release_ends_all_waits_where_they_are(clock: SmallClock) -> None:
    """Of threads and of coroutines: nobody moves the time any more."""

    async def wait() -> float:
        return await clock.wait_async(60)

    end = threading.Event()
    worker = Running(lambda: until(end.is_set))
    running = [
        Running(lambda: clock.wait(50)),
        Running(lambda: clock.wait(70)),
        Running(lambda: asyncio.run(wait())),
    ]
    until(has_waits(clock, 3))
    clock.waits.release()
    assert [one.result() for one in running] == [0, 0, 0]
    assert is_clean(clock)
    end.set()
    worker.result()


def test_coroutine_that_is_cancelled_leaves_the_line(clock: SmallClock) -> None:
    """Those behind it need not wait for it."""

    async def main() -> float:
        task = asyncio.create_task(clock.wait_async(5))
        end = asyncio.create_task(clock.wait_async(7))
        await asyncio.sleep(0)
        task.cancel()
        return await end

    assert asyncio.run(main()) == 7
    assert is_clean(clock)


class Interrupted(BaseException):
    """As Ctrl-C is."""


@pytest.mark.parametrize("is_first", [True, False])
def test_error_of_a_signal_leaves_nothing_of_a_wait(
    clock: SmallClock, is_first: bool, interrupt: Callable[..., Callable[..., None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in a wait, whether it looks or is blocked; those behind it go on."""

    def fail() -> None:
        raise Interrupted

    end = threading.Event()
    worker = Running(lambda: until(end.is_set))
    other = Running(lambda: clock.wait(20))
    until(has_waits(clock))
    raise_signal = interrupt(fail)
    with monkeypatch.context() as patch:
        if is_first:
            patch.setattr(waits, "real", real_with(raise_signal))
        else:
            patch.setattr(one_wait.Wait, "block", raise_signal)
        with pytest.raises(Interrupted):
            clock.wait(10 if is_first else 30)
    assert has_waits(clock)()
    end.set()
    worker.result()
    assert other.result() == 20
    assert is_clean(clock)


def test_error_before_a_wait_began_leaves_nothing(clock: SmallClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C before the coroutine stands in the line: another's is counted all the same."""

    def fail() -> int:
        raise Interrupted

    async def main() -> None:
        task = asyncio.create_task(clock.wait_async(5))
        await asyncio.sleep(0)
        with monkeypatch.context() as patch:
            patch.setattr(clock.waits, "_now", fail)
            with pytest.raises(Interrupted):
                await clock.wait_async(5)
        assert holds_wait(asyncio.get_running_loop())
        await task

    asyncio.run(main())
    assert is_clean(clock)


def test_error_of_a_move_is_raised_where_it_was_waited_for(clock: SmallClock) -> None:
    """By the thread and by the coroutine that moves the clock, and the loop goes on."""

    def fail() -> None:
        raise OverflowError("no date")

    async def main() -> None:
        with pytest.raises(OverflowError, match="no date"):
            await clock.wait_async(1)

    clock.before_move = fail
    with pytest.raises(OverflowError, match="no date"):
        clock.wait(1)
    asyncio.run(main())
    assert is_clean(clock)


def test_error_of_a_move_comes_too_late_for_a_coroutine_that_was_cancelled(clock: SmallClock) -> None:
    """Its task is cancelled anyway, and the loop gets no call."""

    async def main() -> None:
        def fail() -> None:
            task.cancel()
            raise OverflowError("no date")

        clock.before_move = fail
        task = asyncio.create_task(clock.wait_async(1))
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


# Stops.


def test_stop_before_the_end_of_a_wait_is_met_first(clock: SmallClock) -> None:
    """One at the same time, too; one after it is not."""
    met: list[tuple[str, float]] = []
    for name, seconds in ("later", 11), ("at the end", 10), ("before", 4):
        clock.waits.add_stop(seconds * SECOND, lambda name=name: met.append((name, clock.seconds)))  # type: ignore[misc]
    assert clock.wait(10) == 10
    assert met == [("before", 4), ("at the end", 10)]


def test_stop_can_be_taken_out(clock: SmallClock) -> None:
    """Unless a move has come to it."""
    stop = clock.waits.add_stop(4 * SECOND, lambda: None)
    assert clock.waits.remove_stop(stop)
    stop = clock.waits.add_stop(4 * SECOND, lambda: None)
    clock.wait(5)
    assert not clock.waits.remove_stop(stop)


def test_who_is_woken_by_a_stop_runs_before_time_goes_on(clock: SmallClock) -> None:
    """It was blocked, and waits from there."""
    woken = threading.Event()
    worker = Running(lambda: (woken.wait(), clock.wait(1))[1])
    clock.waits.add_stop(4 * SECOND, woken.set)
    assert clock.wait(10) == 10
    assert worker.result() == 5


def test_timer_of_the_loop_is_a_stop(clock: SmallClock) -> None:
    """As a loop that has its time from the clock says."""
    frozen_time = SimpleNamespace(
        is_on=lambda waits: True, next_timer=lambda: 4 * SECOND if clock.seconds < 4 else None
    )
    clock.frozen_time = lambda loop: frozen_time
    moves: list[int] = []
    clock.waits._move = lambda micros: (moves.append(micros // SECOND), clock.move(micros))[0]
    assert asyncio.run(clock.wait_async(10)) == 10
    assert moves == [4, 6]


# Who cannot look must not hold up the others.


def test_thread_that_blocks_its_loop_passes_over_the_coroutines_there(clock: SmallClock) -> None:
    """A call that is not made for asyncio waits: the loop's own waits end late, as in production."""

    async def main() -> list[float]:
        async def call() -> float:
            await asyncio.sleep(0)
            return clock.wait(2)

        return await asyncio.gather(clock.wait_async(1), call(), clock.wait_async(5))

    assert asyncio.run(main()) == [2, 2, 5]


def test_thread_that_blocks_its_loop_leaves_the_others_their_order(clock: SmallClock) -> None:
    """The waits of other threads end between."""

    async def main() -> list[float]:
        async def call() -> float:
            await asyncio.sleep(0)
            return clock.wait(4)

        return await asyncio.gather(clock.wait_async(1), call())

    threads = [Running(lambda: [clock.wait(1.5), clock.wait(1.5)]) for _ in range(2)]
    until(has_waits(clock, 2))
    assert asyncio.run(main()) == [4, 4]
    assert [one.result() for one in threads] == [[1.5, 3], [1.5, 3]]


def test_loop_that_is_blocked_on_a_thread_does_not_hold_it_up(clock: SmallClock) -> None:
    """The coroutine before it cannot look: its loop is in a join."""

    async def main() -> list[float]:
        task = asyncio.create_task(clock.wait_async(1))
        await asyncio.sleep(0)
        other = Running(lambda: clock.wait(5))
        return [other.result(), await task]

    assert asyncio.run(main()) == [5, 5]


def test_loop_is_not_taken_for_blocked_while_somebody_works(clock: SmallClock) -> None:
    """However long a thread has stood behind its coroutine."""
    looks = threading.Semaphore(0)
    note = clock.waits._note_if_blocked
    clock.waits._note_if_blocked = lambda first: (note(first), looks.release())[0]  # type: ignore[method-assign]
    end = threading.Event()
    worker = Running(lambda: until(end.is_set))

    async def main() -> float:
        return await clock.wait_async(1)

    first = Running(lambda: asyncio.run(main()))
    until(has_waits(clock))
    other = Running(lambda: clock.wait(5))
    for _ in range(3):
        looks.acquire()
    end.set()
    worker.result()
    assert [first.result(), other.result()] == [1, 5]


def test_loop_that_is_blocked_holds_up_no_other_loop(clock: SmallClock) -> None:
    """Between the two the next coroutine has its turn."""

    async def wait(seconds: float) -> float:
        return await clock.wait_async(seconds)

    async def main() -> list[float]:
        task = asyncio.create_task(clock.wait_async(1))
        await asyncio.sleep(0)
        loop = Running(lambda: asyncio.run(wait(3)))
        until(has_waits(clock, 2))
        other = Running(lambda: clock.wait(5))
        return [other.result(), loop.result(), await task]

    assert asyncio.run(main()) == [5, 3, 5]


def test_loop_that_does_not_run_holds_up_nobody(clock: SmallClock) -> None:
    """A task that was left over goes on when its loop does."""
    loop = asyncio.new_event_loop()
    task = loop.create_task(clock.wait_async(1))
    loop.run_until_complete(asyncio.sleep(0))
    assert clock.wait(5) == 5
    assert loop.run_until_complete(task) == 5
    loop.close()


def test_loop_that_stops_running_holds_up_nobody(clock: SmallClock) -> None:
    """A thread has its wait behind one there."""
    loop = asyncio.new_event_loop()

    async def start() -> asyncio.Task[float]:
        task = asyncio.create_task(clock.wait_async(1))
        await asyncio.sleep(0)
        others.append(Running(lambda: clock.wait(5)))
        until(has_waits(clock, 2))
        return task

    others: list[Running] = []
    task = loop.run_until_complete(start())
    assert others[0].result() == 5
    assert loop.run_until_complete(task) == 5
    loop.close()


def test_loop_that_was_closed_holds_up_nobody(clock: SmallClock) -> None:
    """Its task never ends."""
    loop = asyncio.new_event_loop()
    task = loop.create_task(clock.wait_async(1))
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    assert clock.wait(5) == 5
    # asyncio would complain of it.
    task._log_destroy_pending = False  # type: ignore[attr-defined]
    task.get_coro().close()  # type: ignore[union-attr]
    assert is_clean(clock)


@pytest.mark.parametrize(("nested", "ends"), [(3, [3, 10, 20]), (15, [15, 15, 20]), (30, [20, 30, 30])])
def test_signal_handler_can_wait_during_a_wait(
    clock: SmallClock, nested: float, ends: list[float], interrupt: Callable[..., Callable[[], None]]
) -> None:
    """The wait that it interrupts ends as late as it would, or when the handler is done."""
    ended: list[float] = []
    other = Running(lambda: ended.append(clock.wait(20)))
    until(has_waits(clock))
    clock.before_move = interrupt(lambda: ended.append(clock.wait(nested)))
    ended.append(clock.wait(10))
    other.result()
    assert sorted(ended) == ends
    assert is_clean(clock)


@reads_proc
def test_signal_handler_can_wait_during_a_look(
    clock: SmallClock, interrupt: Callable[..., Callable[[], None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others look for themselves meanwhile."""
    ended: list[float] = []
    raise_signal = interrupt(lambda: ended.append(clock.wait(30)))
    list_threads = quiescence._Files.listdir
    monkeypatch.setattr(quiescence._Files, "listdir", lambda path: (raise_signal(), list_threads(path))[1])
    other = Running(lambda: ended.append(clock.wait(20)))
    until(has_waits(clock))
    ended.append(clock.wait(10))
    other.result()
    assert sorted(ended) == [20, 30, 30]
    assert is_clean(clock)


# More than one clock.


def test_two_clocks_in_one_loop_do_not_hold_each_other_up(clock: SmallClock) -> None:
    """The loop is not busy because one of them wants to look."""
    other = SmallClock()

    async def wait(one: SmallClock, seconds: float) -> float:
        return [await one.wait_async(seconds) for _ in range(10)][-1]

    async def main() -> list[float]:
        return await asyncio.gather(wait(clock, 2), wait(other, 3))

    assert asyncio.run(main()) == [20, 30]
    assert is_clean(clock, other)


def test_two_clocks_in_two_loops_do_not_hold_each_other_up(clock: SmallClock) -> None:
    """A loop that looks again and again is not one that can run."""
    other = SmallClock()

    async def wait(one: SmallClock, seconds: float) -> float:
        return [await one.wait_async(seconds) for _ in range(10)][-1]

    assert in_threads(lambda: asyncio.run(wait(clock, 2)), lambda: asyncio.run(wait(other, 3))) == [20, 30]
    assert is_clean(clock, other)


def test_two_clocks_in_two_threads_do_not_hold_each_other_up(clock: SmallClock) -> None:
    """A thread that looks from time to time is not one that can run."""
    other = SmallClock()
    assert in_threads(lambda: [clock.wait(2), clock.wait(2)], lambda: [other.wait(3), other.wait(3)]) == [
        [2, 4],
        [3, 6],
    ]
    assert is_clean(clock, other)


# Forks and ends.


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_forked_child_does_not_wait_for_the_threads_of_its_parent() -> None:
    """They are not there; in a process of its own, as a fork beside threads warns."""
    code = """
import os, sys, threading, warnings
from ses_stub._time import one_wait, waits
warnings.simplefilter("ignore")
now = [0]
own = {1: threading.current_thread()}
one = waits.Waits(lambda: now[0], lambda: None, lambda micros: now.append(now.pop() + micros), own)
end = threading.Event()
def work():
    while not end.is_set(): pass
worker = threading.Thread(target=work)
worker.start()
waiter = threading.Thread(target=one.wait, args=(1,))
waiter.start()
while not one._line: pass
pid = os.fork()
if not pid:
    other = threading.Thread(target=one.wait, args=(5,))
    other.start()
    one.wait(7)
    other.join()
    os._exit(0 if now == [7] and not one_wait.waiting else 1)
status = os.waitpid(pid, 0)[1]
end.set()
waiter.join()
sys.exit(status)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=PATIENCE).returncode == 0


def test_fork_forgets_all_waits(clock: SmallClock) -> None:
    """What the child does at its start."""
    one_wait.waiting[1] = one_wait.Wait()
    one_wait.loops[1] = 1
    clock.waits._line.append(one_wait.waiting[1])
    clock.waits.add_stop(1, lambda: None)
    waits._forget_waits_of_parent()
    assert is_clean(clock)


def test_thread_that_waits_does_not_hold_up_the_end_of_the_process() -> None:
    """A thread that is no daemon waits for its time, and that comes."""
    code = """
import threading
from ses_stub._time import waits
now = [0]
own = {1: threading.current_thread()}
one = waits.Waits(lambda: now[0], lambda: None, lambda micros: now.append(now.pop() + micros), own)
threading.Thread(target=lambda: (one.wait(5), print(now))).start()
threading.Thread(target=lambda: one.wait(7), daemon=True).start()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert (done.stdout, done.stderr) == ("[5]\n", "")


# trio.


def test_trio_tasks_wait(clock: SmallClock) -> None:
    """Beside a thread, and in the same order."""
    trio = pytest.importorskip("trio")
    ended: list[tuple[str, float]] = []

    async def wait(name: str, seconds: float) -> None:
        for _ in range(3):
            await clock.wait_async(seconds)
            ended.append((name, clock.seconds))

    def wait_in_thread() -> None:
        for _ in range(3):
            clock.wait(2)
            ended.append(("thread", clock.seconds))

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait, "a", 3)
            nursery.start_soon(wait, "b", 5)
            nursery.start_soon(trio.to_thread.run_sync, wait_in_thread)

    trio.run(main)
    assert sorted(ended, key=lambda one: one[1]) == ended
    assert sorted(ended) == [
        *[("a", at) for at in (3, 6, 9)],
        *[("b", at) for at in (5, 10, 15)],
        *[("thread", at) for at in (2, 4, 6)],
    ]
    assert is_clean(clock)


def test_trio_task_that_is_cancelled_leaves_the_line(clock: SmallClock) -> None:
    """Those behind it need not wait for it."""
    trio = pytest.importorskip("trio")

    async def main() -> float:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(clock.wait_async, 5)
            await trio.testing.wait_all_tasks_blocked(0.001)
            nursery.cancel_scope.cancel()
        return await clock.wait_async(7)

    end = threading.Event()
    worker = Running(lambda: until(end.is_set))
    stopper = Running(lambda: (until(has_waits(clock)), time.sleep(0.01), end.set()))
    trio.run(main)
    worker.result()
    stopper.result()
    assert is_clean(clock)


def test_trio_that_has_ended_is_called_in_vain(clock: SmallClock) -> None:
    """By who leaves the line later."""
    trio = pytest.importorskip("trio")

    async def main() -> one_wait.TrioWait:
        return one_wait.TrioWait()

    wait = trio.run(main)
    wait.call()
    assert wait.is_called


def test_without_a_loop_a_coroutine_cannot_wait(clock: SmallClock) -> None:
    """The library that is missing says so."""
    with pytest.raises(RuntimeError, match=r"no running event loop|async context"):
        clock.waits.wait_async(1).send(None)


def test_thread_looks_less_often_the_longer_somebody_works(clock: SmallClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or its looks would take the time of those who work."""
    pauses: list[float] = []
    end = threading.Event()
    worker = Running(lambda: until(end.is_set))

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 6:
            end.set()
            worker.result()

    monkeypatch.setattr(waits, "real", real_with(pause))
    clock.wait(1)
    assert pauses[:6] == [0.0002, 0.0004, 0.0008, 0.0016, 0.002, 0.002]


def real_with(pause: Callable[[float], object]) -> Any:
    """Other pauses, and else what is real."""
    return SimpleNamespace(**{**vars(real), "sleep": pause})
