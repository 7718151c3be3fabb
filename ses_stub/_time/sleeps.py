"""The sleeps of the application: ``time.sleep`` and ``asyncio.sleep``, also where they were imported by name.

While a scope is active, ``time.sleep`` is ours and asks the innermost scope that covers the calling thread. Under
``freeze`` so are ``asyncio.sleep`` and each ``sleep`` that a loaded module has imported from one of the two: a look for one
name in each module is cheap, a look at all names is not. What polls something real by sleeping (`subprocess`, pytest) is
told by its module and sleeps for real; so does every thread that no scope covers.

What was patched over ours stays; ours below lets everything through when no scope is active.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

real_sleep = time.sleep
_real_asyncio_sleep = asyncio.sleep
_getframe = sys._getframe

#: Modules whose sleeps are part of a wait for something real.
_REAL = (
    "_pytest",
    "execnet",
    "multiprocessing",
    "pytest_timeout",
    "socketserver",
    "subprocess",
    "trio",
    "twisted",
    "xdist",
)


class SleepHandler(Protocol):
    """What an active scope does with sleeps."""

    #: Whether the scope holds the application's clocks, and lets its sleeps pass in virtual time.
    is_frozen: bool

    def covers_thread(self) -> bool:
        """Whether the sleeps of this thread are the scope's."""

    def before_real_sleep(self, seconds: float) -> None:
        """Is called before a sleep that really waits.

        Raises:
            SESStubError: it would wait for what can't come.

        """

    def sleep(self, seconds: float) -> None:
        """Lets this thread wait in virtual time."""

    async def sleep_async(self, seconds: float) -> None:
        """The same for a coroutine."""


_handlers: list[SleepHandler] = []
_lock = threading.RLock()
_renamed: list[tuple[Any, Any]] = []
_in_real_time: ContextVar[bool] = ContextVar("ses_stub: in real time", default=False)


@contextmanager
def real_time() -> Iterator[None]:
    """What sleeps here really waits."""
    token = _in_real_time.set(True)
    try:
        yield
    finally:
        _in_real_time.reset(token)


def current_handler() -> SleepHandler | None:
    """The innermost scope whose sleeps this thread's are."""
    if _in_real_time.get():
        return None
    for handler in reversed(_handlers):
        if handler.covers_thread():
            return handler
    return None


def frozen_handler() -> SleepHandler | None:
    """The same, if it lets sleeps pass in virtual time."""
    handler = current_handler()
    return handler if handler is not None and handler.is_frozen else None


def _sleep(seconds: float, /) -> None:
    handler = current_handler() if _handlers else None
    if handler is None or not seconds > 0 or _getframe(1).f_globals.get("__name__", "").startswith(_REAL):
        return real_sleep(seconds)
    if handler.is_frozen:
        return handler.sleep(seconds)
    handler.before_real_sleep(seconds)
    return real_sleep(seconds)


async def _asyncio_sleep(delay: float, result: Any = None) -> Any:
    handler = frozen_handler() if _handlers else None
    if handler is None or not delay > 0:
        return await _real_asyncio_sleep(delay, result)
    await handler.sleep_async(delay)
    return result


_OURS = {id(real_sleep): _sleep, id(_real_asyncio_sleep): _asyncio_sleep}


def add_handler(handler: SleepHandler) -> None:
    """Lets a scope have the sleeps of its threads, innermost."""
    with _lock:
        _handlers.append(handler)
        if time.sleep is real_sleep:
            time.sleep = _sleep  # type: ignore[assignment]  # Its parameter is typed wider.
        if handler.is_frozen:
            _replace_names()


def remove_handler(handler: SleepHandler) -> None:
    """Ends that, in whichever order."""
    with _lock:
        _handlers.remove(handler)
        if not any(one.is_frozen for one in _handlers):
            _restore_names()
        if not _handlers and time.sleep is _sleep:
            time.sleep = real_sleep


def replace_names_of_new_modules() -> None:
    """Modules that were imported since the scope began have the real names where they took them from each other."""
    with _lock:
        if any(one.is_frozen for one in _handlers):
            _replace_names()


def _replace_names() -> None:
    for module in list(sys.modules.values()):
        names = getattr(module, "__dict__", None)
        if names is None:
            continue
        ours = _OURS.get(id(names.get("sleep")))
        if ours is not None and module is not time and module.__name__ != __name__:
            _renamed.append((module, names["sleep"]))
            module.sleep = ours  # type: ignore[attr-defined]


def _restore_names() -> None:
    while _renamed:
        module, real = _renamed.pop()
        if vars(module).get("sleep") is _OURS[id(real)]:
            module.sleep = real
