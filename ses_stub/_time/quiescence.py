"""Whether anything in this process can still run, beside the threads that wait for virtual time.

Virtual time moves only when nothing can run, or the outcome would depend on how fast the machine is. A thread is done
with its work when it is blocked: on a lock, a queue, a socket, a child. Neither Python nor its frames show that
exactly: a thread that has been notified shows the same frame until it gets the interpreter's lock. The kernel does. On
Linux a thread that is runnable has the state R, also where a loaded machine lets it starve; one that is blocked has
used no processor time between two looks, during which this thread gave the interpreter's lock away. What is found of a
thread holds until it has used processor time again or is runnable, so that an idle pool costs two reads per look.

Where there is no ``/proc``, the whole process has to be quiet for a while instead.
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

#: For so many seconds all threads must have been still together, if one of them is undecided.
_STILL = 0.0005
#: The same where only the time of the whole process is known.
_QUIET = 0.02
_TASKS = "/proc/self/task"
#: What runs an event loop.
_RUN = {"run_forever", "run_until_complete"}


class _Files:
    """As they are before anybody mocks them, where pyfakefs does not look for them: it replaces modules' names."""

    open, close, read, listdir = os.open, os.close, os.read, os.listdir
    # Windows has none.
    pread: Any = getattr(os, "pread", None)


class _Thread:
    """A thread of this process as the kernel sees it."""

    __slots__ = ("_path", "_schedstat", "_stat", "blocked_at", "waits_outside")

    def __init__(self, native_id: int) -> None:
        self._path = f"{_TASKS}/{native_id}"
        # Kept open: it is read at every look.
        self._stat = _Files.open(f"{self._path}/stat", os.O_RDONLY)
        try:
            self._schedstat = _Files.open(f"{self._path}/schedstat", os.O_RDONLY)
        except BaseException:
            _Files.close(self._stat)
            raise
        #: The processor time that it had used when it was found blocked, and whether on something outside.
        self.blocked_at: int | None = None
        self.waits_outside = False

    def close(self) -> None:
        for file in (self._stat, self._schedstat):
            # Somebody may have closed all that is open.
            with suppress(OSError):
                _Files.close(file)

    def used(self) -> int:
        """Nanoseconds of processor time; exact once it is blocked, while it runs as of the last tick."""
        return int(_Files.pread(self._schedstat, 64, 0).split(None, 1)[0])

    def can_run(self) -> bool:
        """Whether it runs, or would if it were its turn; one that reads from a disk will in a moment."""
        # The name in brackets may hold anything.
        return _Files.pread(self._stat, 512, 0).rpartition(b")")[2].split(None, 1)[0] in (b"R", b"D")

    def note_blocked(self, used: int) -> None:
        where = self._read("wchan")
        if where == b"0":
            # Linux 6.12 and later leave a thread in the queue of the processor for a while. This takes it out.
            with suppress(OSError):
                self._read("syscall")
            where = self._read("wchan")
        # A lock of this process is a futex; "0" is a kernel that does not say.
        self.waits_outside = b"futex" not in where and where != b"0"
        self.blocked_at = used

    def _read(self, name: str) -> bytes:
        file = _Files.open(f"{self._path}/{name}", os.O_RDONLY)
        try:
            return _Files.read(file, 64)
        finally:
            _Files.close(file)


class _Process:
    """The threads of this process, for one look at a time."""

    def __init__(self) -> None:
        self._threads: dict[int, _Thread] = {}

    def look(self, waiting: Collection[int]) -> set[int] | None:
        """See `blocked_outside`.

        Raises:
            OSError, IndexError, ValueError: a thread has ended meanwhile, or the files can't be read.

        """
        try:
            return self._look(waiting)
        except BaseException:
            # An id may be another thread's by now, a file another's.
            self.close()
            raise

    def _look(self, waiting: Collection[int]) -> set[int] | None:
        while True:
            threads = self._others()
            # The state comes first: who is blocked, and is then found to have used no more, has not run in between.
            if any(thread.can_run() for thread in threads.values()):
                return None
            used = {native_id: thread.used() for native_id, thread in threads.items()}
            # Looked up each time, as those who wait come and go.
            decided = {native_id for native_id in threads if threads[native_id].blocked_at == used[native_id]}
            undecided = threads.keys() - decided - {*waiting}
            if not undecided:
                return {native_id for native_id in decided.difference(waiting) if threads[native_id].waits_outside}
            real.sleep(_STILL)
            # Those who wait, too: one of them may have been given the interpreter's lock before one that is undecided.
            if any(thread.can_run() or thread.used() != used[native_id] for native_id, thread in threads.items()):
                return None
            for native_id in undecided:
                threads[native_id].note_blocked(used[native_id])
            # Once more, as somebody may have been started meanwhile.

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


# What nobody looks with just now: mostly one. Not one with a lock: a look may be interrupted by a signal whose handler
# waits for the look of another thread.
_idle: list[_Process] = []


def release() -> None:
    """Closes what is open, when no stub is active any more; in a forked child, as its files are the parent's."""
    while _idle:
        _idle.pop().close()


if sys.platform == "linux":  # pragma: no branch  # Others have no such files, some no fork.
    os.register_at_fork(after_in_child=release)


def blocked_outside(waiting: Collection[int]) -> set[int] | None:
    """Looks whether nothing but this thread can run now. Takes half a millisecond where it is not known yet.

    Args:
        waiting: the native ids of threads that wait for virtual time.

    Returns:
        None if something can run; else the native ids of the threads that wait for something outside of this process: a
        socket, a child, a real pause. Without ``/proc`` nobody knows of any.

    """
    if _reads_proc:
        process = _idle_process()
        try:
            return process.look(waiting)
        except (IndexError, ValueError):
            return None
        except OSError as error:
            # A thread has ended meanwhile, or somebody has closed our files: the next look opens them again.
            if error.errno in (errno.ENOENT, errno.ESRCH, errno.EBADF):
                return None
            # No file can be opened any more.
        finally:
            _idle.append(process)
    return set() if _was_quiet() else None


def _idle_process() -> _Process:
    try:
        return _idle.pop()
    except IndexError:
        return _Process()


def waits_for_real(thread: threading.Thread, loops: Container[int]) -> bool:
    """Whether a thread that waits for something outside does so for something that is not of this process.

    Args:
        thread: the thread.
        loops: the keys of event loops in which a coroutine waits for virtual time: nothing else counts there. Nor does
            a loop that waits for no file.

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
    """Without ``/proc``: whether no other thread has worked for a while."""
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
