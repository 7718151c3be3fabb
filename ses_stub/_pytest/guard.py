"""The leak guard: an SES call that slips past every stub is not sent, and its line is told."""

from __future__ import annotations

import copy
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from types import FrameType
from typing import Any, NoReturn
from weakref import WeakKeyDictionary

from .._core.errors import SESStubError
from .._intercept import interceptor

# Frames of these stand between the line that made a call and us.
_BETWEEN = {"aiobotocore", "asyncio", "boto3", "botocore", "concurrent", "ses_stub", "threading"}

# Their handlers answer no call here: botocore's and aiobotocore's pace, and moto's is asleep.
_NOT_THE_USERS = {"aiobotocore", "botocore", "moto"}

# How the line of a thread's call ends.
_LEFT = "left running"
#: The thread that waits for those that are left when the last test has ended.
OUTLASTING = "ses_stub-guard"


class Guard:
    """Stops the SES calls that are made while no stub is active, from `start` to `stop`.

    Args:
        left: threads that earlier tests have left running, and which test each is of.
        only_left: whether to stop the calls of these threads only.

    """

    def __init__(self, left: Mapping[threading.Thread, str] | None = None, only_left: bool = False) -> None:
        #: What was called, and where.
        self.leaks: list[str] = []
        self._left = left if left is not None else {}
        self._only_left = only_left

    def start(self) -> None:
        """Begins to stop calls."""
        interceptor.add_fallback(self)

    def stop(self) -> None:
        """Ends it; everything is as it was."""
        interceptor.remove_fallback(self)

    def applies_to_thread(self) -> bool:
        """Whether the calls of this thread are stopped."""
        return not self._only_left or threading.current_thread() in self._left

    def call(self, original: Callable[..., Any], endpoint: Any, operation_model: Any, request_dict: Any) -> Any:
        """Stops a call that nobody answers."""
        emitter, operation = endpoint._event_emitter, operation_model.name
        if interceptor.is_moto_active():
            return original(endpoint, operation_model, request_dict)
        service = operation_model.service_model.service_name
        handlers = interceptor._handlers(emitter, f"before-send.{service}.{operation}")
        if all(_package(handler) in _NOT_THE_USERS for handler in handlers):
            # Before its credentials are asked for.
            self._refuse(operation)
        twin = copy.copy(endpoint)
        last_word = _AioLastWord if interceptor.is_awaited(type(endpoint)) else _LastWord
        twin._event_emitter = last_word(emitter, lambda: self._refuse(operation))
        return original(twin, operation_model, request_dict)

    def _refuse(self, operation: str) -> NoReturn:
        leak = f"{operation}, called {_caller()}"
        if test := self._left.get(threading.current_thread()):
            leak += f", which {test} {_LEFT}"
        self.leaks.append(leak)
        raise SESStubError(explain([leak]))


class LeftThreads:
    """The threads that guarded tests leave running: a call that one makes later is not sent either.

    A thread that such a thread starts after its test is not known as one.
    """

    def __init__(self) -> None:
        #: Which test has left each.
        self.tests: WeakKeyDictionary[threading.Thread, str] = WeakKeyDictionary()
        self._between = self.guard(only_left=True)
        #: Whether their calls are stopped between tests too.
        self.watched = False

    def guard(self, only_left: bool = False) -> Guard:
        """A guard for one test."""
        return Guard(self.tests, only_left)

    def watch(self) -> None:
        """Stops their calls from now on."""
        if not self.watched:
            self._between.start()
            self.watched = True

    def note(self, test: str, before: Iterable[threading.Thread]) -> None:
        """Notes the threads that a test leaves running, given those that ran before it."""
        known = set(before)
        for thread in threading.enumerate():
            if thread not in known:
                self.tests.setdefault(thread, test)

    def rest(self) -> None:
        """Ends the watch if none is running any more."""
        if self.watched and not any(thread.is_alive() for thread in self.tests):
            self.watched = False
            self._between.stop()

    def outlast(self) -> None:
        """Ends the watch as soon as none is running any more: after the last test, too, no call goes out."""
        self.rest()
        if self.watched:
            threading.Thread(target=self._outlast, name=OUTLASTING, daemon=True).start()

    def _outlast(self) -> None:
        for thread in list(self.tests):
            thread.join()
        self.rest()


class _LastWord:
    """A client's emitter that refuses to send what none of the client's own handlers has answered."""

    def __init__(self, emitter: Any, refuse: Callable[[], NoReturn]) -> None:
        self._emitter = emitter
        self._refuse = refuse

    def emit(self, event_name: str, **kwargs: Any) -> Any:
        return self._checked(event_name, self._emitter.emit(event_name, **kwargs))

    def _checked(self, event_name: str, responses: Any) -> Any:
        if event_name.startswith("before-send.") and all(response is None for _, response in responses):
            self._refuse()
        return responses


class _AioLastWord(_LastWord):
    """The same for aiobotocore."""

    async def emit(self, event_name: str, **kwargs: Any) -> Any:
        return self._checked(event_name, await self._emitter.emit(event_name, **kwargs))


def explain(leaks: list[str]) -> str:
    """What is told of calls that were stopped."""
    ways = []
    if any(leak.endswith(_LEFT) for leak in leaks):
        ways.append("Join the thread before the test that started it ends.")
    if not all(leak.endswith(_LEFT) for leak in leaks):
        ways.append("Give the test the fixture ses_verify, or make the call while the scope lasts.")
    ways.append("Where real calls are meant, ses_verify_guard = off in pytest's ini file lets them out.")
    head = "an SES call was made while no stub was active, and was not sent:"
    return "\n".join([head, *(f"  {leak}" for leak in leaks), " ".join(ways)])


def _package(handler: Any) -> str:
    return str(handler.__module__).partition(".")[0]


def _caller() -> str:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and str(frame.f_globals.get("__name__")).partition(".")[0] in _BETWEEN:
        frame = frame.f_back
    thread = threading.current_thread()
    if frame is None:
        return f"by the thread {thread.name!r} itself"
    where = f"at {frame.f_code.co_filename}:{frame.f_lineno}"
    return where if thread is threading.main_thread() else f"{where} in the thread {thread.name!r}"
