"""The locks of the package, and what happens to them in a fork.

A forked child has one thread, and would wait forever for a lock that another thread of its parent held. So a fork
waits until no lock is held, and parent and child continue with all of them free.
"""

from __future__ import annotations

import os
import threading
from contextlib import AbstractContextManager
from enum import IntEnum
from typing import Any
from weakref import WeakValueDictionary


class Rank(IntEnum):
    """The order in which locks are taken: a thread that holds one takes only those of later ranks."""

    SERVICE = 1
    WAITS = 2
    CLOCK = 3
    INTERCEPTORS = 4
    MONITOR = 5


_locks: WeakValueDictionary[tuple[Rank, int], Any] = WeakValueDictionary()
_held: list[Any] = []


def lock(rank: Rank) -> AbstractContextManager[bool]:
    """A new lock, which the thread that holds it may take again."""
    new: Any = threading.RLock()
    _locks[rank, id(new)] = new
    held: AbstractContextManager[bool] = new
    return held


def _before_fork() -> None:
    # The list is made in one step: other threads may make locks meanwhile.
    known: list[Any] = sorted(_locks.valuerefs(), key=lambda reference: reference.key)
    for one in filter(None, (reference() for reference in known)):
        one.acquire()
        _held.append(one)


def _after_fork() -> None:
    while _held:
        _held.pop().release()


if hasattr(os, "register_at_fork"):  # pragma: no branch  # Windows has none.
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)
