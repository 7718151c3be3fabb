"""Whether anything in this process can still run, beside the threads that wait for virtual time.

Virtual time moves only when nothing can run, or the outcome would depend on how fast the machine is. A thread is done
with its work when it is blocked: on a lock, a queue, a socket, a child. Neither Python nor its frames show that
exactly: a thread that has been notified shows the same frame until it gets the interpreter's lock. The kernel does.
On Linux a thread that is runnable has the state R, also where a loaded machine lets it starve; one that is blocked has
used no processor time between two looks, during which this thread gave the interpreter's lock away. What is found of
a thread holds until it has used processor time again, so that an idle pool costs one read per look.

Where there is no ``/proc``, the whole process has to be quiet for a while instead.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Collection

# As they are before anybody freezes or mocks them.
_sleep, _monotonic = time.sleep, time.monotonic
_process_time, _thread_time = time.process_time, time.thread_time
_os_open, _close, _listdir = os.open, os.close, os.listdir

#: For so many seconds all undecided threads must have been still together.
_STILL = 0.0005
#: The same where only the time of the whole process is known.
_QUIET = 0.02
_TASKS = "/proc/self/task"


class _Thread:
    """A thread of this process as the kernel sees it."""

    __slots__ = ("_path", "_schedstat", "_stat", "blocked_at", "waits_outside")

    def __init__(self, native_id: int) -> None:
        self._path = f"{_TASKS}/{native_id}"
        # Kept open: it is read at every look.
        self._stat = _os_open(f"{self._path}/stat", os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._schedstat = _os_open(f"{self._path}/schedstat", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            _close(self._stat)
            raise
        #: The processor time that it had used when it was found blocked, and whether on something outside.
        self.blocked_at: int | None = None
        self.waits_outside = False

    def close(self) -> None:
        _close(self._stat)
        _close(self._schedstat)

    def used(self) -> int:
        """Nanoseconds of processor time."""
        return int(os.pread(self._schedstat, 64, 0).split(None, 1)[0])

    def can_run(self) -> bool:
        """Whether it runs, or would if it were its turn; one that reads from a disk will in a moment."""
        # The name in brackets may hold anything.
        return os.pread(self._stat, 512, 0).rpartition(b")")[2].split(None, 1)[0] in (b"R", b"D")

    def note_blocked(self, used: int) -> None:
        file = _os_open(f"{self._path}/wchan", os.O_RDONLY | os.O_CLOEXEC)
        try:
            where = os.read(file, 64)
        finally:
            _close(file)
        # A lock of this process is a futex; "0" is a kernel that does not say.
        self.waits_outside = b"futex" not in where and where != b"0"
        self.blocked_at = used


class _Process:
    """The threads of this process."""

    def __init__(self) -> None:
        self._threads: dict[int, _Thread] = {}
        self._lock = threading.Lock()

    def look(self, waiting: Collection[int]) -> set[int] | None:
        with self._lock:
            try:
                return self._look(waiting)
            except (OSError, IndexError):
                # A thread has ended in between.
                return None

    def _look(self, waiting: Collection[int]) -> set[int] | None:
        native_ids = {int(name) for name in _listdir(_TASKS)}
        for ended in self._threads.keys() - native_ids:
            self._threads.pop(ended).close()
        undecided, outside = [], set()
        for native_id in native_ids - {threading.get_native_id(), *waiting}:
            thread = self._threads.get(native_id)
            if thread is None:
                thread = self._threads[native_id] = _Thread(native_id)
            used = thread.used()
            if used != thread.blocked_at:
                if thread.can_run():
                    return None
                undecided.append((thread, used))
            elif thread.waits_outside:
                outside.add(native_id)
        if undecided:
            _sleep(_STILL)
            if any(thread.used() != used or thread.can_run() for thread, used in undecided):
                return None
            for thread, used in undecided:
                thread.note_blocked(used)
            # Once more, as somebody may have been started meanwhile.
            return self._look(waiting)
        return outside

    def close(self) -> None:
        with self._lock:
            while self._threads:
                self._threads.popitem()[1].close()


_process = _Process()


def _forget_threads_of_parent() -> None:
    # Its files are the parent's, and the lock may be held by a thread that is not here.
    for thread in _process._threads.values():
        thread.close()
    _process.__init__()  # type: ignore[misc]


if sys.platform == "linux":
    os.register_at_fork(after_in_child=_forget_threads_of_parent)


def blocked_outside(waiting: Collection[int]) -> set[int] | None:
    """Looks whether nothing but this thread can run now. Takes half a millisecond where it is not known yet.

    Args:
        waiting: the native ids of threads that wait for virtual time.

    Returns:
        None if something can run; else the native ids of the threads that wait for something outside of this process: a
        socket, a child, a real pause. Without ``/proc`` nobody knows of any.

    """
    if _reads_proc:
        return _process.look(waiting)
    return set() if _was_quiet() else None


def _was_quiet() -> bool:
    """Without ``/proc``: whether no other thread has worked for a while."""
    others, start = _process_time() - _thread_time(), _monotonic()
    while _monotonic() - start < _QUIET:
        _sleep(_QUIET / 4)
        if _process_time() - _thread_time() - others > _QUIET / 20:
            return False
    return True


def _can_read_proc() -> bool:
    try:
        thread = _Thread(threading.get_native_id())
        thread.used(), thread.can_run()
    except (OSError, ValueError, IndexError):
        return False
    thread.close()
    return True


_reads_proc = sys.platform == "linux" and _can_read_proc()


def release() -> None:
    """Closes what is open, when no stub is active any more."""
    _process.close()
