"""Finds whether anything in this process can still run, beside the threads that wait for virtual time.

Virtual time moves only when nothing can run; otherwise the result would depend on the machine's speed. A thread has
finished its work when it is blocked: on a lock, a queue, a socket, a child. Python does not show that exactly: a thread
that was notified has the same frame until it runs. The kernel does. On Linux, a runnable thread has the state R, also
while a busy machine does not run it. A blocked one uses no processor time between two checks, during which this thread
sleeps, so that one that waits for the GIL gets it. The result for a thread is valid until it uses processor time or is
runnable, so an idle pool costs two reads per check.

Without ``/proc``, the whole process has to be idle for a while instead.
"""

from __future__ import annotations

import errno
import os
import sys
import threading
from collections.abc import Collection, Container
from contextlib import suppress
from typing import Any

from . import real
from .one_wait import key_of, key_of_trio

#: Seconds in which no thread may run, if one of them is undecided.
_STILL = 0.0005
#: As `_STILL`, if only the time of the whole process is known.
_QUIET = 0.02
_TASKS = "/proc/self/task"
#: What runs an event loop.
_RUN = {"run_forever", "run_until_complete"}


class _Files:
    """The real functions for files: kept in a class, where pyfakefs, which patches modules, does not replace them."""

    open, close, read, listdir = os.open, os.close, os.read, os.listdir
    # Windows has none.
    pread: Any = getattr(os, "pread", None)


class _Thread:
    """A thread of this process, in the kernel's view."""

    __slots__ = ("_path", "_schedstat", "_stat", "blocked_at", "waits_outside")

    def __init__(self, native_id: int) -> None:
        self._path = f"{_TASKS}/{native_id}"
        # Kept open, as each check reads it.
        self._stat = _Files.open(f"{self._path}/stat", os.O_RDONLY)
        try:
            self._schedstat = _Files.open(f"{self._path}/schedstat", os.O_RDONLY)
        except BaseException:
            _Files.close(self._stat)
            raise
        #: The processor time that it had used when it was found blocked; `waits_outside` says on what.
        self.blocked_at: int | None = None
        self.waits_outside = False

    def close(self) -> None:
        for file in (self._stat, self._schedstat):
            # Other code may have closed all files.
            with suppress(OSError):
                _Files.close(file)

    def used(self) -> int:
        """Nanoseconds of processor time: exact while it is blocked, as of the last tick while it runs."""
        return int(_Files.pread(self._schedstat, 64, 0).split(None, 1)[0])

    def can_run(self) -> bool:
        """Whether it runs or is runnable. One that reads from a disk counts, as it will be soon."""
        # The name in brackets can contain anything.
        return _Files.pread(self._stat, 512, 0).rpartition(b")")[2].split(None, 1)[0] in (b"R", b"D")

    def note_blocked(self, used: int) -> None:
        where = self._read("wchan")
        if where == b"0":
            # Linux 6.12 and later keep a thread in the run queue for a while. This read removes it.
            with suppress(OSError):
                self._read("syscall")
            where = self._read("wchan")
        # A lock of this process is a futex; the kernel writes "0" for unknown.
        self.waits_outside = b"futex" not in where and where != b"0"
        self.blocked_at = used

    def _read(self, name: str) -> bytes:
        file = _Files.open(f"{self._path}/{name}", os.O_RDONLY)
        try:
            return _Files.read(file, 64)
        finally:
            _Files.close(file)


class _Process:
    """The threads of this process. One check at a time uses it."""

    def __init__(self) -> None:
        self._threads: dict[int, _Thread] = {}

    def look(self, waiting: Collection[int]) -> set[int] | None:
        """See `blocked_outside`.

        Raises:
            OSError, IndexError, ValueError: a thread has ended meanwhile, or its files can't be read.

        """
        try:
            return self._look(waiting)
        except BaseException:
            # Ids and files may belong to other threads by now.
            self.close()
            raise

    def _look(self, waiting: Collection[int]) -> set[int] | None:
        while True:
            threads = self._others()
            # The state first: a thread that is blocked, and then has used no more time, has not run in between.
            if any(thread.can_run() for thread in threads.values()):
                return None
            used = {native_id: thread.used() for native_id, thread in threads.items()}
            # Looked up each time, as the set of waiting threads changes.
            decided = {native_id for native_id in threads if threads[native_id].blocked_at == used[native_id]}
            undecided = threads.keys() - decided - {*waiting}
            if not undecided:
                return {native_id for native_id in decided.difference(waiting) if threads[native_id].waits_outside}
            real.sleep(_STILL)
            # The waiting threads too: one may run before an undecided thread.
            if any(thread.can_run() or thread.used() != used[native_id] for native_id, thread in threads.items()):
                return None
            for native_id in undecided:
                threads[native_id].note_blocked(used[native_id])
            # Checked again, as a thread may have been started meanwhile.

    def _others(self) -> dict[int, _Thread]:
        native_ids = {int(name) for name in _Files.listdir(_TASKS)}
        for ended in self._threads.keys() - native_ids:
            self._threads.pop(ended).close()
        own = threading.get_native_id()
        for new in native_ids - self._threads.keys() - {own}:
            self._threads[new] = _Thread(new)
        return {native_id: thread for native_id, thread in self._threads.items() if native_id != own}

    def close(self) -> None:
        while self._threads:
            self._threads.popitem()[1].close()


# Mostly one: what no check is using. Not one with a lock, as a signal handler that interrupts a check may wait for the
# check of another thread.
_idle: list[_Process] = []


def release() -> None:
    """Closes the files: when no stub is active, and in a forked child, as they are the parent's."""
    while _idle:
        _idle.pop().close()


if sys.platform == "linux":  # pragma: no branch  # Other systems have no such files, and some no fork.
    os.register_at_fork(after_in_child=release)


def blocked_outside(waiting: Collection[int]) -> set[int] | None:
    """Checks whether only this thread can run. Takes half a millisecond if a thread is undecided.

    Args:
        waiting: the native ids of threads that wait for virtual time.

    Returns:
        None if something can run; else the native ids of the threads that wait for something outside of the process: a
        socket, a child, a real sleep. Without ``/proc`` the set is empty.

    """
    if _reads_proc:
        process = _idle_process()
        try:
            return process.look(waiting)
        except (IndexError, ValueError):
            return None
        except OSError as error:
            # A thread has ended, or other code has closed our files: the next check opens them again.
            if error.errno in (errno.ENOENT, errno.ESRCH, errno.EBADF):
                return None
            # The process can open no more files.
        finally:
            _idle.append(process)
    return set() if _was_quiet() else None


def _idle_process() -> _Process:
    try:
        return _idle.pop()
    except IndexError:
        return _Process()


def waits_for_real(thread: threading.Thread, loops: Container[int]) -> bool:
    """Whether a blocked thread waits for something that is not part of this process.

    Args:
        thread: the thread.
        loops: the keys of event loops in which a coroutine waits for virtual time. They do not count, nor does a loop
            without files to wait for.

    """
    frame = sys._current_frames().get(thread.ident or 0)
    while frame is not None and frame.f_globals.get("__name__") in ("selectors", "ses_stub._time.event_loops"):
        frame = frame.f_back
    if frame is None:
        return True
    module = frame.f_globals.get("__name__")
    owner: Any = frame.f_locals.get("self")
    if module == "asyncio.base_events":
        key, files = key_of(owner), len(owner._selector.get_map() or ())
    elif module == "trio._core._io_epoll":
        key, files = key_of_trio(thread.native_id), len(owner._registered)
    else:
        # A loop that is not written in Python shows no frame of its own, and of its files nothing is known.
        return _RUN.isdisjoint(frame.f_code.co_names)
    # One is the loop's own, by which other threads wake it.
    return files > 1 and key not in loops


def _was_quiet() -> bool:
    """Without ``/proc``: whether no other thread has run for a while."""
    others, start = real.process_time() - real.thread_time(), real.monotonic()
    while real.monotonic() - start < _QUIET:
        real.sleep(_QUIET / 4)
        if real.process_time() - real.thread_time() - others > _QUIET / 20:
            return False
    return True


def _can_read_proc() -> bool:
    try:
        thread = _Thread(threading.get_native_id())
    except OSError:
        return False
    try:
        thread.used(), thread.can_run()
    except (OSError, ValueError, IndexError):
        return False
    finally:
        thread.close()
    return True


_reads_proc = sys.platform == "linux" and _can_read_proc()
