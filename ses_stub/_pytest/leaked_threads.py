"""The threads that tests leave running. An SES call that one makes after its test is blocked."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable
from weakref import WeakKeyDictionary

from .guard import NetworkGuard

#: The modules with pools of threads, and the packages whose code a thread of a pool runs while it waits, or has only
#: to hand over its result: to a future, which may wake an event loop.
_POOLS = ("concurrent.futures.thread", "multiprocessing.pool", "trio._core._thread_cache", "anyio.")
_OF_POOLS = {"concurrent", "multiprocessing", "trio", "anyio", "asyncio", "threading", "queue"}

#: The name of the thread that waits for the leaked ones after the last test.
WATCHER_NAME = "ses_stub-guard"


class LeakedThreads:
    """The threads that guarded tests leave running, and the guard that blocks their calls between tests.

    A thread that a leaked thread starts is leaked too. An idle thread of a pool is not: its next work belongs to the
    test that submits it.
    """

    def __init__(self) -> None:
        #: The test that left each thread running.
        self.tests: WeakKeyDictionary[threading.Thread, str] = WeakKeyDictionary()
        self._guard = self.guard(only_leaked=True)
        #: The guard that blocks their calls between tests, if active.
        self.is_guarding = False

    def guard(self, only_leaked: bool = False, has_ended: Callable[[], bool] = lambda: False) -> NetworkGuard:
        """A new guard for one test, with these threads.

        Args:
            only_leaked: whether to block only the calls of these threads, not the test's own.
            has_ended: whether the test has had a scope (see `NetworkGuard`).

        """
        return NetworkGuard(self.tests, only_leaked, has_ended)

    def start_guard(self) -> None:
        """Blocks their calls from now on."""
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
        """Drops the threads of pools that have finished the work of their test."""
        for thread in list(self.tests):
            if _waits_for_work(thread):
                del self.tests[thread]

    def stop_if_idle(self) -> None:
        """Stops the guard if all of the threads have ended."""
        if self.is_guarding and not any(thread.is_alive() for thread in self.tests):
            self.is_guarding = False
            self._guard.stop()

    def stop_when_idle(self) -> None:
        """Stops the guard when all of the threads have ended, even after the last test."""
        self.stop_if_idle()
        if self.is_guarding:
            threading.Thread(target=self._wait_and_stop, name=WATCHER_NAME, daemon=True).start()

    def _wait_and_stop(self) -> None:
        # Also threads that they have started meanwhile.
        while self.is_guarding:
            for thread in list(self.tests):
                thread.join()
            self.stop_if_idle()


def _waits_for_work(thread: threading.Thread) -> bool:
    frame = sys._current_frames().get(thread.ident or 0)
    packages, is_of_pool = set(), False
    while frame is not None:
        name = str(frame.f_globals.get("__name__"))
        packages.add(name.partition(".")[0])
        is_of_pool |= name.startswith(_POOLS)
        frame = frame.f_back
    return is_of_pool and packages <= _OF_POOLS
