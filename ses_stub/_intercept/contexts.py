"""Finds the scope that running code belongs to.

An `Entry` is one scope from its start to its end. It covers

- the context (`contextvars`) in which it began, and the copies of that context: tasks, and ``asyncio.to_thread``;
- its whole thread, if no task was running: a set-up, a synchronous fixture, plain code. The same holds if the task has
  ended or its loop has stopped: an asynchronous set-up or fixture. The context is not enough here, as a test runner may
  use one task, older than the fixture, for all tests;
- the threads that were started in it, unless they begin a scope, and the greenlets that were spawned in it.

The latest of the entries that cover the running code answers.

Relies on `asyncio.current_task`, trio's ``lowlevel.current_task``, and ``greenlet.getcurrent``; on a trio task keeping
its coroutine in ``coro``; and on gevent's greenlets having ``spawning_greenlet``, as they copy no context. They are
looked up in `sys.modules`, so that nothing is imported.
"""

from __future__ import annotations

import sys
from collections.abc import Container, Iterable, Iterator, Sequence
from contextvars import ContextVar
from threading import Thread, current_thread, get_ident
from typing import Any
from weakref import WeakKeyDictionary


class Entry:
    """One period in which an interceptor answers, and the place where it began.

    Args:
        interceptor: answers the calls.

    Attributes:
        interceptor: the `Interceptor`; None after the end, as a context may still have the entry.
        thread: the thread in which it began, as a `threading.get_ident`.
        within: the entries that covered the code that began this one.
        kept: an object that lives until the end.

    """

    __slots__ = ("_task", "interceptor", "kept", "thread", "within")

    thread: int
    within: tuple[Entry, ...]

    def __init__(self, interceptor: Any) -> None:
        self.interceptor = interceptor
        self.kept: Any = None

    def begin(self, active: Sequence[Entry]) -> None:
        """Notes the place.

        Args:
            active: the entries that are already active.

        """
        self.thread = get_ident()
        self.within = tuple(covering(active)) if active else ()
        self._task = _running_task()

    @property
    def task(self) -> Any:
        """The task or greenlet that began it, if that still runs; None if the entry covers its whole thread."""
        if self._task is not None and _is_over(self._task):
            self._task = None
        return self._task

    def end(self) -> None:
        """Drops everything."""
        self.interceptor = self._task = self.kept = None
        self.within = ()


#: The scopes that are active, in the order in which they began.
active_entries: list[Entry] = []

#: The entries that began in this context or in a context that this one copies. Not reset by a token, which raises in
#: another context.
_of_context: ContextVar[tuple[Entry, ...]] = ContextVar("ses_stub scopes", default=())

#: For each thread that was started while a scope was active: the entries of the context that started it, and its
#: parent threads.
_ancestry: WeakKeyDictionary[Thread, tuple[tuple[Entry, ...], tuple[int, ...]]] = WeakKeyDictionary()


def add_to_context(entry: Entry) -> None:
    """Adds an entry to the current context."""
    entries = _of_context.get()
    _of_context.set((*_live(entries), entry) if entries else (entry,))


def remove_from_context(entry: Entry) -> None:
    """Removes an entry from the current context, if it has it. In other contexts the entry counts as ended."""
    entries = _of_context.get()
    if entry in entries:
        _of_context.set(tuple(one for one in entries if one is not entry) if len(entries) > 1 else ())


def _live(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(one for one in entries if one.interceptor is not None)


def covering(entries: Sequence[Entry]) -> list[Entry]:
    """The entries that cover the running code.

    Args:
        entries: all, in the order in which they began.

    """
    own, threads = _live(_of_context.get()), {get_ident()}
    if not own:
        own, ancestors = _ancestry.get(current_thread(), ((), ()))
        threads.update(ancestors)
    # In a copied context, such as a worker thread's, the thread that it was copied in counts too.
    threads.update(one.thread for one in own)
    spawners = list(_spawners())
    # With gevent's monkey patches a thread's identity is that of its greenlet.
    threads.update(map(id, spawners))
    return [one for one in entries if one in own or _began_in(one, threads, spawners)]


def _began_in(entry: Entry, threads: Container[int], greenlets: Sequence[Any]) -> bool:
    """Whether an entry began in plain code of one of some threads, or in one of some greenlets."""
    task = entry.task
    return entry.thread in threads if task is None else any(task is greenlet for greenlet in greenlets)


def is_nested(entries: Sequence[Entry]) -> bool:
    """Whether each entry began within the others, in one thread: then the last is the innermost everywhere."""
    last = entries[-1]
    return all(one in last.within and one.thread == last.thread for one in entries[:-1])


def remember_start(thread: Thread) -> None:
    """Remembers the scopes of the code that starts a thread."""
    entries = _live(_of_context.get())
    above, ancestors = _ancestry.get(current_thread(), ((), ()))
    _ancestry[thread] = (entries or _live(above), (get_ident(), *ancestors))


def _running_task() -> Any:
    """The running task of asyncio or trio, or the greenlet unless it is its thread's main one; else None."""
    asyncio: Any = sys.modules.get("asyncio")
    if asyncio is not None and (loop := asyncio._get_running_loop()) is not None:
        task = asyncio.current_task(loop)
        if task is not None:
            return task
    trio: Any = sys.modules.get("trio")
    if trio is not None:
        try:
            return trio.lowlevel.current_task()
        except RuntimeError:  # None runs.
            pass
    greenlet = _current_greenlet()
    return greenlet if greenlet is not None and greenlet.parent is not None else None


def _current_greenlet() -> Any:
    module: Any = sys.modules.get("greenlet")
    return module.getcurrent() if module is not None else None


def _spawners() -> Iterator[Any]:
    greenlet = _current_greenlet()
    while (reference := getattr(greenlet, "spawning_greenlet", None)) is not None:
        greenlet = reference()
        yield greenlet


def _is_over(task: Any) -> bool:
    if hasattr(task, "dead"):  # A greenlet.
        return bool(task.dead)
    if hasattr(task, "coro"):  # trio's.
        return getattr(task.coro, "cr_frame", task) is None
    return bool(task.done()) or not task.get_loop().is_running()
