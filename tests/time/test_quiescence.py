"""Whether anything in this process can still run."""

from __future__ import annotations

import asyncio
import errno
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from small_clock import Running, until

from ses_stub._time import quiescence, real
from ses_stub._time.one_wait import key_of, key_of_trio
from ses_stub._time.quiescence import blocked_outside, waits_for_real

reads_proc = pytest.mark.skipif(not quiescence._reads_proc, reason="there is no /proc")


def settled(waiting: tuple[int, ...] = ()) -> set[int]:
    """What is found once nothing can run."""
    while True:
        outside = blocked_outside(waiting)
        if outside is not None:
            return outside


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture
def before() -> set[int]:
    """Threads of other tests, or of the runner, that wait for something outside."""
    return settled()


def test_nothing_else_can_run_in_a_process_of_one_thread() -> None:
    """In a process of its own, as the test's own has other threads where it is run in parallel."""
    code = "from ses_stub._time.quiescence import blocked_outside; print(blocked_outside(()))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def blocking_calls() -> dict[str, Callable[[threading.Event], Any]]:
    """Ways to be blocked until an event is set, or something that follows it."""
    lock = threading.Lock()
    lock.acquire()
    return {
        "Event": lambda end: end.wait(),
        "Event with a timeout": lambda end: end.wait(50),
        "Lock": lambda end: Running(lambda: (end.wait(), lock.release())) and lock.acquire(),
        "join": lambda end: Running(end.wait).thread.join(),
        "SimpleQueue": lambda end: _get(queue.SimpleQueue(), end),
        "Queue": lambda end: _get(queue.Queue(), end),
        "Condition": lambda end: _wait_for_condition(end),
    }


def _get(items: Any, end: threading.Event) -> None:
    Running(lambda: (end.wait(), items.put(1)))
    items.get()


def _wait_for_condition(end: threading.Event) -> None:
    condition = threading.Condition()

    def notify() -> None:
        end.wait()
        with condition:
            condition.notify()

    with condition:
        Running(notify)
        condition.wait()


@reads_proc
@pytest.mark.parametrize("call", blocking_calls().values(), ids=blocking_calls())
def test_thread_that_is_blocked_on_another_is_not_outside(
    call: Callable[[threading.Event], Any], before: set[int]
) -> None:
    """Whatever of `threading` or `queue` it waits in."""
    end = threading.Event()
    started = threading.Event()
    blocked = Running(lambda: (started.set(), call(end)))
    started.wait()
    assert settled() == before
    end.set()
    blocked.result()


@reads_proc
def test_thread_that_reads_from_a_pipe_is_outside(before: set[int]) -> None:
    """What it waits for may be of another process."""
    read, write = os.pipe()
    reader = Running(lambda: os.read(read, 1))
    assert settled() - before == {reader.native_id}
    os.write(write, b"x")
    reader.result()
    os.close(read)
    os.close(write)


@reads_proc
def test_thread_that_waits_for_a_child_is_outside(before: set[int]) -> None:
    """As `subprocess.run` does."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    waiter = Running(child.wait)
    assert settled() - before == {waiter.native_id}
    child.communicate(b"\n")
    waiter.result()


@reads_proc
def test_thread_that_really_sleeps_is_outside(before: set[int]) -> None:
    """A pause that nobody in this process ends."""
    end = threading.Event()

    def sleep() -> None:
        while not end.is_set():
            time.sleep(0.05)

    sleeper = Running(sleep)
    # Between two pauses it runs.
    until(lambda: blocked_outside(()) == before | {sleeper.native_id})
    end.set()
    sleeper.result()


def test_thread_that_works_can_run() -> None:
    """However often one looks."""
    end = threading.Event()
    worker = Running(lambda: until(end.is_set))
    assert [blocked_outside(()) for _ in range(5)] == [None] * 5
    end.set()
    worker.result()


@reads_proc
def test_thread_that_was_found_blocked_can_run_once_it_is_woken() -> None:
    """Also where it has not run yet: the verdict of an earlier look no longer holds."""
    items: queue.SimpleQueue[threading.Event] = queue.SimpleQueue()

    def work() -> None:
        while (end := items.get()) is not done:
            until(end.is_set)

    done = threading.Event()
    worker = Running(work)
    for _ in range(50):
        settled()
        end = threading.Event()
        items.put(end)
        assert blocked_outside(()) is None
        end.set()
    items.put(done)
    worker.result()


@reads_proc
def test_thread_that_waits_for_virtual_time_is_left_out(before: set[int]) -> None:
    """It is not outside, even if it were in a real pause: who is first looks from time to time."""
    read, write = os.pipe()
    reader = Running(lambda: os.read(read, 1))
    assert settled((reader.native_id,)) == before
    os.write(write, b"x")
    reader.result()
    os.close(read)
    os.close(write)


@reads_proc
def test_thread_that_waits_for_virtual_time_and_runs_all_the_same_can_run() -> None:
    """It handles a signal, or has just been called; the interpreter's lock may be on its way to it."""
    end = threading.Event()
    worker = Running(lambda: until(end.is_set))
    assert blocked_outside({worker.native_id}) is None
    end.set()
    worker.result()


@reads_proc
def test_thread_that_works_between_two_looks_can_run(monkeypatch: pytest.MonkeyPatch, before: set[int]) -> None:
    """It is blocked before and after, but has used processor time."""
    items: queue.SimpleQueue[threading.Event] = queue.SimpleQueue()

    def work() -> None:
        while (end := items.get()) is not done:
            end.set()

    def pause(_: float) -> None:
        end = threading.Event()
        items.put(end)
        end.wait()
        # It goes back to its queue.
        time.sleep(0.005)

    done = threading.Event()
    worker = Running(work)
    time.sleep(0.005)
    with monkeypatch.context() as patch:
        patch.setattr(real, "sleep", pause)
        assert blocked_outside(()) is None
    items.put(done)
    worker.result()


@reads_proc
def test_thread_that_was_found_blocked_costs_no_pause(monkeypatch: pytest.MonkeyPatch, before: set[int]) -> None:
    """The verdict holds until it runs again."""
    end = threading.Event()
    blocked = Running(end.wait)
    settled()
    with monkeypatch.context() as patch:
        patch.delattr(real, "sleep")
        assert blocked_outside(()) == before
    end.set()
    blocked.result()


@reads_proc
def test_files_of_threads_that_have_ended_are_closed() -> None:
    """At the next look."""
    settled()
    files = open_files()
    for _ in range(3):
        end = threading.Event()
        blocked = [Running(end.wait) for _ in range(5)]
        settled()
        assert open_files() == files + 10
        end.set()
        for one in blocked:
            one.result()
    until(lambda: settled() is not None and open_files() == files)


@reads_proc
def test_release_closes_all_files() -> None:
    """When no stub is active any more; a later look opens them again."""
    quiescence.release()
    files = open_files()
    end = threading.Event()
    blocked = Running(end.wait)
    settled()
    assert open_files() > files
    quiescence.release()
    assert open_files() == files
    settled()
    end.set()
    blocked.result()


@reads_proc
def test_file_that_cannot_be_opened_leaves_no_other_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a kernel has no ``schedstat``, or the thread ends in between."""

    def open_file(path: str, flags: int) -> int:
        if path.endswith("schedstat"):
            raise FileNotFoundError(path)
        return os.open(path, flags)

    monkeypatch.setattr(quiescence._Files, "open", open_file)
    files = open_files()
    with pytest.raises(FileNotFoundError):
        quiescence._Thread(threading.get_native_id())
    assert open_files() == files


@reads_proc
@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOENT, "No such file"), OSError(errno.ESRCH, "No such process"), IndexError(), ValueError()],
    ids=repr,
)
def test_thread_that_ends_during_a_look_makes_it_look_again(
    error: Exception, monkeypatch: pytest.MonkeyPatch, before: set[int]
) -> None:
    """And nothing is known of any thread then: an id may be that of a new one."""
    end = threading.Event()
    blocked = Running(end.wait)
    settled()

    def read(*_: object) -> bytes:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(quiescence._Files, "pread", read)
        assert blocked_outside(()) is None
    assert [process._threads for process in quiescence._idle] == [{}]
    end.set()
    blocked.result()


@reads_proc
def test_without_free_descriptors_the_processor_time_decides(monkeypatch: pytest.MonkeyPatch, before: set[int]) -> None:
    """A process with as many files and threads as it may have does not hang."""

    def open_file(*_: object) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    quiescence.release()
    end = threading.Event()
    blocked = Running(end.wait)
    with monkeypatch.context() as patch:
        patch.setattr(quiescence._Files, "open", open_file)
        assert settled() == set()
    end.set()
    blocked.result()


@reads_proc
def test_files_that_somebody_has_closed_are_opened_again() -> None:
    """A daemon closes all that are open."""
    end = threading.Event()
    blocked = Running(end.wait)
    settled()
    for thread in quiescence._idle[0]._threads.values():
        os.close(thread._stat)
    settled()
    settled()
    assert quiescence._idle[0]._threads[blocked.native_id].can_run() is False
    end.set()
    blocked.result()


@reads_proc
@pytest.mark.parametrize("name", ["open", "close", "read", "pread", "listdir"])
def test_mocks_of_os_change_nothing(name: str, monkeypatch: pytest.MonkeyPatch, before: set[int]) -> None:
    """A test may mock the functions by which files are read."""
    end = threading.Event()
    blocked = Running(end.wait)
    with monkeypatch.context() as patch:
        patch.delattr(os, name)
        assert settled() == before
    end.set()
    blocked.result()


def test_functions_of_os_are_not_where_pyfakefs_replaces_them() -> None:
    """It looks through the names of each module."""
    functions = [one for one in vars(quiescence).values() if getattr(one, "__module__", None) == os.open.__module__]
    assert functions == []


@reads_proc
def test_kernel_that_does_not_tell_where_a_thread_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits for nothing outside then."""
    read, write = os.pipe()
    monkeypatch.setattr(quiescence._Files, "read", lambda *_: b"0")
    quiescence.release()
    reader = Running(lambda: os.read(read, 1))
    assert settled() == set()
    os.write(write, b"x")
    reader.result()
    os.close(read)
    os.close(write)


@reads_proc
def test_thread_that_the_kernel_still_has_in_its_queue_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Since Linux 6.12 it does not tell then where the thread waits, until its system call is asked for."""

    def read_file(file: int, size: int) -> bytes:
        asked.append(Path(f"/proc/self/fd/{file}").readlink().name)
        return b"0" if "syscall" not in asked else os.read(file, size)

    asked: list[str] = []
    read, write = os.pipe()
    reader = Running(lambda: os.read(read, 1))
    quiescence.release()
    monkeypatch.setattr(quiescence._Files, "read", read_file)
    assert reader.native_id in settled()
    os.write(write, b"x")
    reader.result()
    os.close(read)
    os.close(write)


def test_kernel_without_proc_is_recognized(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS."""
    monkeypatch.setattr(quiescence, "_TASKS", "/nowhere")
    assert not quiescence._can_read_proc()


@reads_proc
@pytest.mark.parametrize("content", [b"", b"(python)"])
def test_proc_of_another_form_is_recognized(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its files are there, but say something else; they are closed again."""
    monkeypatch.setattr(quiescence._Files, "pread", lambda *_: content)
    files = open_files()
    assert not quiescence._can_read_proc()
    assert open_files() == files


def test_without_proc_a_quiet_process_is_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is outside then, as nobody knows."""
    monkeypatch.setattr(quiescence, "_reads_proc", False)
    end = threading.Event()
    blocked = Running(end.wait)
    assert settled() == set()
    end.set()
    blocked.result()


def test_without_proc_a_busy_process_can_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its processor time."""
    monkeypatch.setattr(quiescence, "_reads_proc", False)
    # So long that the thread has its turn on a machine that has much else to do.
    monkeypatch.setattr(quiescence, "_QUIET", 0.5)
    end = threading.Event()
    worker = Running(lambda: until(end.is_set))
    assert blocked_outside(()) is None
    end.set()
    worker.result()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_forked_child_looks_for_itself() -> None:
    """The files are the parent's; in a process of its own, as a fork beside threads warns."""
    code = """
import os, sys, threading, warnings
from ses_stub._time import quiescence
warnings.simplefilter("ignore")
end = threading.Event()
threading.Thread(target=end.wait).start()
while quiescence.blocked_outside(()) is None: pass
pid = os.fork()
if not pid:
    os._exit(0 if quiescence.blocked_outside(()) == set() and not quiescence._idle[0]._threads else 1)
status = os.waitpid(pid, 0)[1]
end.set()
sys.exit(status)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=50).returncode == 0


@reads_proc
def test_looks_of_two_threads_do_not_disturb_each_other() -> None:
    """Each has its own files, and later looks use them again."""
    quiescence.release()
    first, second = quiescence._idle_process(), quiescence._idle_process()
    assert first is not second
    quiescence._idle[:] = [first, second]
    settled()
    assert quiescence._idle == [first, second]


@pytest.fixture
def selecting() -> Iterator[Callable[..., tuple[Running, asyncio.AbstractEventLoop]]]:
    """Starts an event loop in a thread, which then has nothing to do but to wait."""
    ends: list[Callable[[], Any]] = []

    def start(reads: int | None = None) -> tuple[Running, asyncio.AbstractEventLoop]:
        ready = threading.Event()
        loops: list[asyncio.AbstractEventLoop] = []

        async def main() -> None:
            loop = asyncio.get_running_loop()
            if reads is not None:
                loop.add_reader(reads, lambda: None)
            loops.append(loop)
            end = loop.create_future()
            ends.append(lambda: loop.call_soon_threadsafe(end.set_result, None))
            ready.set()
            await end

        running = Running(lambda: asyncio.run(main()))
        ready.wait()
        until(lambda: (running.native_id in settled()) or not quiescence._reads_proc)
        ends.append(running.result)
        return running, loops[0]

    yield start
    for end in ends:
        end()


def test_event_loop_without_files_does_not_wait_for_something_real(selecting: Callable[..., Any]) -> None:
    """Only other threads can wake it: where this fails, asyncio's loop and `selectors` have other frames, or keep their
    files elsewhere; see `waits_for_real`.
    """
    running, _ = selecting()
    assert not waits_for_real(running.thread, ())


def test_event_loop_with_files_waits_for_something_real(selecting: Callable[..., Any]) -> None:
    """A socket, or the pipe of a child."""
    read, write = os.pipe()
    running, loop = selecting(read)
    assert waits_for_real(running.thread, ())
    assert not waits_for_real(running.thread, {key_of(loop)}), "a coroutine waits in it"
    os.close(write)
    os.close(read)


def test_coroutine_that_blocks_its_loop_waits_for_something_real() -> None:
    """It reads, and the loop does not select."""
    read, write = os.pipe()

    loops: list[asyncio.AbstractEventLoop] = []

    async def main() -> bytes:
        loops.append(asyncio.get_running_loop())
        return os.read(read, 1)

    running = Running(lambda: asyncio.run(main()))
    until(lambda: (running.native_id in settled()) or not quiescence._reads_proc)
    assert waits_for_real(running.thread, {key_of(loops[0])})
    os.write(write, b"x")
    running.result()
    os.close(read)
    os.close(write)


class CompiledLoop:
    """An event loop that is not written in Python: its methods have no frame, as those of `os.read` have none."""

    def __init__(self, file: int) -> None:
        self.run_until_complete = self.run_forever = partial(os.read, file, 1)


RUNS: dict[str, tuple[Callable[[CompiledLoop], object], bool]] = {
    "until a coroutine is complete": (lambda loop: loop.run_until_complete(), False),
    "forever": (lambda loop: loop.run_forever(), False),
    "no loop": (lambda loop: os.read(*loop.__dict__["run_forever"].args), True),
}


@pytest.mark.parametrize(("run", "is_real"), RUNS.values(), ids=RUNS)
def test_event_loop_that_is_not_written_in_python_does_not_wait_for_something_real(
    run: Callable[[CompiledLoop], object], is_real: bool
) -> None:
    """Uvloop's shows no frame; the nearest is that of who runs it."""
    read, write = os.pipe()
    running = Running(partial(run, CompiledLoop(read)))
    until(lambda: (running.native_id in settled()) or not quiescence._reads_proc)
    assert waits_for_real(running.thread, ()) is is_real
    os.write(write, b"x")
    running.result()
    os.close(read)
    os.close(write)


@pytest.mark.parametrize("reads", [False, True], ids=["no file", "a file"])
def test_trio_waits_for_something_real_where_it_waits_for_a_file(reads: bool) -> None:
    """Else only other threads can wake it: where this fails, trio keeps its files elsewhere; see `waits_for_real`."""
    trio = pytest.importorskip("trio")
    read, write = os.pipe()
    ends: list[Callable[[], None]] = []

    async def main() -> None:
        end = trio.Event()
        token = trio.lowlevel.current_trio_token()
        async with trio.open_nursery() as nursery:
            if reads:
                nursery.start_soon(trio.lowlevel.wait_readable, read)
            ends.append(lambda: token.run_sync_soon(end.set))
            await end.wait()
            nursery.cancel_scope.cancel()

    running = Running(lambda: trio.run(main))
    until(lambda: ends and ((running.native_id in settled()) or not quiescence._reads_proc))
    assert waits_for_real(running.thread, ()) is reads
    assert not waits_for_real(running.thread, {key_of_trio(running.native_id)}), "a task waits in it"
    ends[0]()
    running.result()
    os.close(read)
    os.close(write)


def test_thread_that_has_ended_waits_for_whatever_it_did() -> None:
    """It has no frames any more."""
    ended = Running(lambda: None)
    ended.result()
    assert waits_for_real(ended.thread, ())
