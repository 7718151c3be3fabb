"""The network guard blocks SES calls that no stub answers, and reports the line that made each."""

from __future__ import annotations

import sys
import sysconfig
import threading
from collections.abc import Callable, Iterator, MutableMapping
from pathlib import PurePath
from types import FrameType
from typing import Any, NoReturn

from .._core.errors import SESStubError
from .._intercept.activation import add_fallback, remove_fallback
from .._intercept.handlers import copy_with_emitter, emitter_of, handlers_of, is_moto_active
from .._intercept.libraries import is_async_endpoint

#: Packages with frames between the line that made a call and the guard.
_INNER_PACKAGES = {"aiobotocore", "asyncio", "boto3", "botocore", "concurrent", "ses_stub", "threading"}

#: Folders of installed packages and of Python.
_INSTALLED = {"site-packages", "dist-packages"}
_STANDARD_LIBRARY = sysconfig.get_path("stdlib")

#: Packages whose handlers do not answer a call here: botocore's and aiobotocore's only slow it, and moto is not active.
_PACKAGES_THAT_ANSWER_NOTHING = {"aiobotocore", "botocore", "moto"}

#: The end of a leak's text if a thread that an earlier test leaked made the call.
_LEFT_RUNNING = "left running"
#: The end if the test's scope had ended, and what to do for each end.
_AFTER_SCOPE = "after the scope had ended"
_OPTIONS = {
    _LEFT_RUNNING: "Join the thread before the test that started it ends.",
    _AFTER_SCOPE: (
        "Make the call before the scope ends: a fixture that calls SES in its tear-down must itself request ses_verify."
    ),
    "": "Request the fixture ses_verify in the test, and in each fixture that calls SES.",
}


class NetworkGuard:
    """Blocks SES calls while no stub is active, from `start` to `stop`.

    Args:
        leaked: the threads that earlier tests leaked, and the test that started each.
        only_leaked: whether to block only the calls of these threads.
        has_ended: whether the test has had a scope, which is over when a call is blocked.

    """

    def __init__(
        self,
        leaked: MutableMapping[threading.Thread, str] | None = None,
        only_leaked: bool = False,
        has_ended: Callable[[], bool] = lambda: False,
    ) -> None:
        #: The blocked calls: the operation and its call site.
        self.leaks: list[str] = []
        self._leaked = leaked if leaked is not None else {}
        self._only_leaked = only_leaked
        self._has_ended = has_ended

    def start(self) -> None:
        """Blocks calls from now on."""
        add_fallback(self)

    def stop(self) -> None:
        """Stops blocking, and restores botocore."""
        remove_fallback(self)

    def applies_to_thread(self) -> bool:
        """Whether the calls of the current thread are blocked."""
        return not self._only_leaked or threading.current_thread() in self._leaked

    def on_thread_start(self, thread: threading.Thread) -> None:
        """Counts a thread that a leaked thread starts as leaked by the same test."""
        if test := self._leaked.get(threading.current_thread()):
            self._leaked[thread] = test

    def call(self, original: Callable[..., Any], endpoint: Any, request_dict: Any, operation_model: Any) -> Any:
        """Blocks a call, unless moto or a handler of the user answers it.

        Args:
            original: botocore's ``Endpoint._send_request``.
            endpoint: the client's endpoint.
            request_dict: the serialized request.
            operation_model: the operation.

        Raises:
            SESStubError: nothing answers it.

        """
        if is_moto_active():
            return original(endpoint, request_dict, operation_model)
        emitter, operation = emitter_of(endpoint), operation_model.name
        service = operation_model.service_model.service_name
        handlers = handlers_of(emitter, f"before-send.{service}.{operation}")
        if all(_package(handler) in _PACKAGES_THAT_ANSWER_NOTHING for handler in handlers):
            # Before botocore looks up credentials, which fails if there are none.
            self._block(operation)
        guarded = _AioGuardedEmitter if is_async_endpoint(type(endpoint)) else _GuardedEmitter
        twin = copy_with_emitter(endpoint, guarded(emitter, lambda: self._block(operation)))
        return original(twin, request_dict, operation_model)

    def _block(self, operation: str) -> NoReturn:
        leak = f"{operation}, called {_call_site()}"
        if test := self._leaked.get(threading.current_thread()):
            leak += f", which {test} {_LEFT_RUNNING}"
        elif self._has_ended():
            leak += f", {_AFTER_SCOPE}"
        self.leaks.append(leak)
        raise SESStubError(leak_message([leak]))


class _GuardedEmitter:
    """A client's emitter that blocks a request if no handler of the client has answered it.

    Args:
        emitter: the client's own.
        block: called instead of sending the request.

    """

    def __init__(self, emitter: Any, block: Callable[[], NoReturn]) -> None:
        self._emitter = emitter
        self._block = block

    def emit(self, event_name: str, **kwargs: Any) -> Any:
        return self._block_if_unanswered(event_name, self._emitter.emit(event_name, **kwargs))

    def _block_if_unanswered(self, event_name: str, responses: Any) -> Any:
        if event_name.startswith("before-send.") and all(response is None for _, response in responses):
            self._block()
        return responses


class _AioGuardedEmitter(_GuardedEmitter):
    """As `_GuardedEmitter`, for aiobotocore, whose emitter is awaited."""

    async def emit(self, event_name: str, **kwargs: Any) -> Any:
        return self._block_if_unanswered(event_name, await self._emitter.emit(event_name, **kwargs))


def leak_message(leaks: list[str]) -> str:
    """Says which calls were blocked, and what to do."""
    ends = {next(end for end in _OPTIONS if leak.endswith(end)) for leak in leaks}
    options = [text for end, text in _OPTIONS.items() if end in ends]
    options.append("To allow real calls, set ses_verify_guard = off in pytest's ini file.")
    head = "an SES call was made while no stub was active, and was not sent:"
    return "\n".join([head, *(f"  {leak}" for leak in leaks), " ".join(options)])


def _package(handler: Any) -> str:
    return str(handler.__module__).partition(".")[0]


def _call_site() -> str:
    """The line that made the call, and its thread if that is not the main one."""
    above = [one for one in _frames(sys._getframe(1)) if _package_of(one) not in _INNER_PACKAGES]
    # Not in an instrument, nor in a library that makes the call for the user.
    frame = next((one for one in above if not _is_installed(one)), above[0] if above else None)
    thread = threading.current_thread()
    if frame is None:
        return f"by the thread {thread.name!r} itself"
    where = f"at {frame.f_code.co_filename}:{frame.f_lineno}"
    return where if thread is threading.main_thread() else f"{where} in the thread {thread.name!r}"


def _frames(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _package_of(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__")).partition(".")[0]


def _is_installed(frame: FrameType) -> bool:
    path = PurePath(frame.f_code.co_filename)
    return bool(_INSTALLED & set(path.parts)) or path.is_relative_to(_STANDARD_LIBRARY)
