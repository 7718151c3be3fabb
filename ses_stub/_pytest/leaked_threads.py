"""The threads that tests leave running: an SES call that one makes after its test is blocked too."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable
from weakref import WeakKeyDictionary

from .guard import NetworkGuard

#: The modules that have pools of threads, and all packages whose code a thread runs that waits in one.
_POOLS = ("concurrent.futures.thread", "multiprocessing.pool", "trio._core._thread_cache", "anyio.")
_OF_POOLS = {"concurrent", "multiprocessing", "trio", "anyio", "threading", "queue"}

#: The name of the thread that waits for the leaked ones after the last test.
WATCHER_NAME = "ses_stub-guard"


class LeakedThreads:
    """The threads that guarded tests leave running, and the guard that blocks their calls between tests.

    A thread that a leaked thread starts is leaked too. A pool's thread that waits for work is not: its next work is
    that of the test that submits it.
    """

    def __init__(self) -> None:
        #: The test that left each thread running.
        self.tests: WeakKeyDictionary[threading.Thread, str] = WeakKeyDictionary()
        self._guard = self.guard(only_leaked=True)
        #: Whether their calls are blocked between tests.
        self.is_guarding = False

    def guard(self, only_leaked: bool = False) -> NetworkGuard:
        """A new guard for one test, which knows these threads.

        Args:
            only_leaked: whether only the calls of these threads are blocked, and not the test's own.

        """
        return NetworkGuard(self.tests, only_leaked)

    def start_guard(self) -> None:
        """Begins to block their calls, unless that has begun already."""
        if not self.is_guarding:
            self._guard.start()
            self.is_guarding = True

    def record(self, test: str, before: Iterable[threading.Thread]) -> None:
        """Records the threads that a test leaves running.

        Args:
            test: the test's node id.
            before: the threads that ran before the test.

        """
        known = set(before)
        for thread in threading.enumerate():
            if thread not in known and not _waits_for_work(thread):
                self.tests.setdefault(thread, test)

    def drop_idle(self) -> None:
        """Drops the threads of pools that have done the work of their test."""
        for thread in list(self.tests):
            if _waits_for_work(thread):
                del self.tests[thread]

    def stop_if_idle(self) -> None:
        """Stops the guard if none of the threads is running any more."""
        if self.is_guarding and not any(thread.is_alive() for thread in self.tests):
            self.is_guarding = False
            self._guard.stop()

    def stop_when_idle(self) -> None:
        """Stops the guard as soon as none of the threads is running any more, even if that is after the last test."""
        self.stop_if_idle()
        if self.is_guarding:
            threading.Thread(target=self._wait_and_stop, name=WATCHER_NAME, daemon=True).start()

    def _wait_and_stop(self) -> None:
        # Those that they have started meanwhile, too.
        while self.is_guarding:
            for thread in list(self.tests):
                thread.join()
            self.stop_if_idle()


def _waits_for_work(thread: threading.Thread) -> bool:
    """Whether a thread belongs to a pool and runs nobody's code."""
    frame = sys._current_frames().get(thread.ident or 0)
    packages, is_of_pool = set(), False
    while frame is not None:
        name = str(frame.f_globals.get("__name__"))
        packages.add(name.partition(".")[0])
        is_of_pool |= name.startswith(_POOLS)
        frame = frame.f_back
    return is_of_pool and packages <= _OF_POOLS
