"""The sleeps of the application: ``time.sleep`` and ``asyncio.sleep``, also if they were imported by name.

While a scope is active, ``time.sleep`` is ours, and calls the innermost scope that covers the thread. Under ``freeze``
we also replace ``asyncio.sleep``, and the name ``sleep`` in each loaded module that imported one of the two. Only that
name: it is fast to find, unlike any other. Modules that poll something real by sleeping (`subprocess`, pytest) are
recognized by name and really sleep, and so do threads that no scope covers.

A later patch over ours stays, and ours then calls the real function when no scope is active. An earlier mock stays too,
and gets the sleeps.
"""

from __future__ import annotations

import asyncio
import asyncio.tasks
import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import BuiltinFunctionType
from typing import Any, Protocol

from .._core.errors import SESStubError
from .._core.locks import Rank, lock
from . import real
from .idle_loops import is_idle_for

real_sleep = real.sleep
# asyncio's own name may be mocked when this is imported.
_real_asyncio_sleep = asyncio.tasks.sleep
_getframe = sys._getframe

#: Packages and modules that sleep to wait for something real.
_REAL = frozenset(
    {
        "_pytest",
        "execnet",
        "multiprocessing",
        "pytest_timeout",
        "selenium",
        "socketserver",
        "subprocess",
        "trio",
        "twisted",
        "xdist",
    }
)


class SleepHandler(Protocol):
    """What an active scope does with sleeps."""

    @property
    def is_frozen(self) -> bool:
        """Whether the scope freezes the application's clocks, so that sleeps pass in virtual time."""

    def covers_thread(self) -> bool:
        """Whether the scope covers this thread."""

    def before_real_sleep(self, seconds: float, in_loop: bool = False) -> None:
        """Is called before a sleep that really waits, of a coroutine if `in_loop`.

        Raises:
            SESStubError: the code waits for something that can't happen.

        """

    def sleep(self, seconds: float) -> None:
        """Lets this thread wait in virtual time."""

    async def sleep_async(self, seconds: float) -> None:
        """As `sleep`, for a coroutine."""


_handlers: list[SleepHandler] = []
_lock = lock(Rank.WAITS)
_renamed: list[tuple[Any, Any]] = []
# The `time.sleep` before ours.
_time_sleep = real_sleep
_in_real_time: ContextVar[bool] = ContextVar("ses_stub: in real time", default=False)


@contextmanager
def real_time() -> Iterator[None]:
    """A context manager in which sleeps really wait."""
    token = _in_real_time.set(True)
    try:
        yield
    finally:
        _in_real_time.reset(token)


def current_handler() -> SleepHandler | None:
    """The innermost scope that covers this thread; None in `real_time`."""
    if _in_real_time.get():
        return None
    for handler in reversed(_handlers):
        if handler.covers_thread():
            return handler
    return None


def _sleep(seconds: float, /) -> None:
    handler = current_handler() if _handlers else None
    if handler is None or not 0 < seconds < math.inf or _is_real(_getframe(1).f_globals.get("__name__")):
        real_sleep(seconds)
    elif handler.is_frozen:
        handler.sleep(seconds)
    else:
        handler.before_real_sleep(seconds)
        real_sleep(seconds)


def _is_real(module: object) -> bool:
    return str(module).partition(".")[0] in _REAL


async def _asyncio_sleep(delay: float, result: Any = None) -> Any:
    handler = current_handler() if _handlers else None
    # An endless sleep ends when it is cancelled.
    if handler is None or not 0 < delay < math.inf:
        return await _real_asyncio_sleep(delay, result)
    if handler.is_frozen:
        await handler.sleep_async(delay)
        return result
    try:
        handler.before_real_sleep(delay, in_loop=True)
    except SESStubError:
        if await is_idle_for(delay):
            raise
    return await _real_asyncio_sleep(delay, result)


def _ours_for(value: Any) -> Any:
    """The replacement for a function; None if it is not a sleep."""
    if value is _real_asyncio_sleep:
        return _asyncio_sleep
    is_sleep = isinstance(value, BuiltinFunctionType) and (value.__module__, value.__name__) == ("time", "sleep")
    return _sleep if is_sleep else None


def add_handler(handler: SleepHandler) -> None:
    """Gives the sleeps of its threads to a scope, as the innermost."""
    with _lock:
        _handlers.append(handler)
        if time.sleep is not _sleep or handler.is_frozen:
            _replace_sleeps()


def remove_handler(handler: SleepHandler) -> None:
    """Ends `add_handler`, also after an exception that interrupted it or this. Scopes may end in any order."""
    with _lock:
        if handler in _handlers:
            _handlers.remove(handler)
        if _renamed and not any(one.is_frozen for one in _handlers):
            _restore_names()
        if not _handlers and time.sleep is _sleep:
            time.sleep = _time_sleep
        if not _handlers and asyncio.sleep is _asyncio_sleep:
            asyncio.sleep = _real_asyncio_sleep


def _replace_sleeps() -> None:
    global _time_sleep
    if _ours_for(time.sleep) is not None:
        _time_sleep = time.sleep
        time.sleep = _sleep  # type: ignore[assignment]  # Its parameter is typed wider.
    if asyncio.sleep is _real_asyncio_sleep:
        asyncio.sleep = _asyncio_sleep
    if any(one.is_frozen for one in _handlers):
        for module in list(sys.modules.values()):
            _replace_name(module)


def _replace_name(module: Any) -> None:
    value = getattr(module, "__dict__", {}).get("sleep")
    ours = _ours_for(value)
    if ours is not None and module is not real:
        _renamed.append((module, value))
        module.sleep = ours


def _restore_names() -> None:
    for module, value in _renamed:
        if vars(module).get("sleep") is _ours_for(value):
            module.sleep = value
    _renamed.clear()
