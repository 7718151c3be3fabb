"""The locks of the package, safe in a fork.

A forked child has one thread, and would wait forever for a lock that another thread of its parent held. So a fork waits
until no lock is held, and all locks are free in parent and child.
"""

from __future__ import annotations

import os
import threading
from contextlib import AbstractContextManager
from enum import IntEnum
from typing import Any
from weakref import ref


class Rank(IntEnum):
    """The order of locks: a thread that holds one acquires only those of later ranks."""

    SERVICE = 1
    WAITS = 2
    CLOCK = 3
    INTERCEPTORS = 4
    MONITOR = 5


#: Weak references. A `WeakSet` would take three times as long for each scope's lock.
_locks: dict[Rank, set[ref[Any]]] = {rank: set() for rank in Rank}
_held: list[Any] = []


def lock(rank: Rank) -> AbstractContextManager[bool]:
    """A new reentrant lock."""
    new: Any = threading.RLock()
    of_rank = _locks[rank]
    of_rank.add(ref(new, of_rank.discard))
    held: AbstractContextManager[bool] = new
    return held


def holds_lock() -> bool:
    """Whether this thread holds one of the locks.

    Our code does not wait while it holds one, but a signal handler or a resolver runs in a thread that may hold one.
    """
    return any(one._is_owned() for one in _known())


def _known() -> list[Any]:
    # Each set is copied in one step: other threads may make locks meanwhile.
    known = ([one for reference in of_rank.copy() if (one := reference()) is not None] for of_rank in _locks.values())
    return [one for of_rank in known for one in sorted(of_rank, key=id)]


def _before_fork() -> None:
    for one in _known():
        one.acquire()
        _held.append(one)


def _after_fork() -> None:
    while _held:
        _held.pop().release()


if hasattr(os, "register_at_fork"):  # pragma: no branch  # Windows has none.
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)
