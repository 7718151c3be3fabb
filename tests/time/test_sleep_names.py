"""The sleeps of the application, by whichever name."""

from __future__ import annotations

import asyncio
import math
import subprocess
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import pytest

from ses_stub._time import sleeps

REAL = time.sleep
REAL_ASYNC = asyncio.sleep


class Handler:
    """A scope that writes down the sleeps of its threads."""

    def __init__(self, *, frozen: bool = True, threads: Callable[[], bool] = lambda: True) -> None:
        self.is_frozen = frozen
        self._covers = threads
        self.slept: list[float] = []
        self.real: list[float] = []

    def covers_thread(self) -> bool:
        return self._covers()

    def before_real_sleep(self, seconds: float, in_loop: bool = False) -> None:
        self.real.append(seconds)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def sleep_async(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def handle() -> Iterator[Callable[..., Handler]]:
    """Adds handlers; those that are left are removed at the end."""
    handlers: list[Handler] = []

    def add(**options: Any) -> Handler:
        handlers.append(Handler(**options))
        sleeps.add_handler(handlers[-1])
        return handlers[-1]

    yield add
    for handler in handlers:
        if handler in sleeps._handlers:
            sleeps.remove_handler(handler)
    assert time.sleep is REAL
    assert asyncio.sleep is REAL_ASYNC


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A module of the application that has imported a name earlier."""
    module = types.ModuleType("application")
    exec("from time import sleep\ndef work(seconds): sleep(seconds)", vars(module))
    monkeypatch.setitem(sys.modules, "application", module)
    return module


@pytest.fixture
def module_of_asyncio(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """The same with asyncio's."""
    module = types.ModuleType("application_of_asyncio")
    exec("from asyncio import sleep\nasync def work(seconds): return await sleep(seconds, 5)", vars(module))
    monkeypatch.setitem(sys.modules, "application_of_asyncio", module)
    return module


def test_frozen_scope_has_the_sleeps(handle: Callable[..., Handler]) -> None:
    """They do not wait."""
    handler = handle()
    time.sleep(3600)
    asyncio.run(asyncio.sleep(7200))
    assert handler.slept == [3600, 7200]


def test_scope_that_freezes_nothing_is_told_before_a_sleep(handle: Callable[..., Handler]) -> None:
    """The sleep is real, with asyncio too."""
    handler = handle(frozen=False)
    time.sleep(0.001)
    asyncio.run(asyncio.sleep(0.002))
    assert (handler.slept, handler.real) == ([], [0.001, 0.002])


def test_innermost_scope_that_covers_the_thread_has_its_sleeps(handle: Callable[..., Handler]) -> None:
    """Others have none."""
    outer = handle()
    inner = handle(threads=lambda: threading.current_thread() is thread)
    thread = threading.Thread(target=lambda: time.sleep(60))
    thread.start()
    thread.join()
    time.sleep(30)
    assert (outer.slept, inner.slept) == ([30], [60])


def test_thread_that_no_scope_covers_really_sleeps(handle: Callable[..., Handler]) -> None:
    """With asyncio, too."""
    handler = handle(threads=lambda: False)
    time.sleep(0.001)
    assert asyncio.run(asyncio.sleep(0.001, "result")) == "result"
    assert (handler.slept, handler.real) == ([], [])
    assert sleeps.current_handler() is None


def test_handlers_are_found_for_the_thread(handle: Callable[..., Handler]) -> None:
    """The innermost one."""
    handler = handle(frozen=False)
    assert sleeps.current_handler() is handler
    frozen = handle()
    assert sleeps.current_handler() is frozen


# Names that were imported.


def test_name_that_was_imported_earlier_is_replaced(module: types.ModuleType, handle: Callable[..., Handler]) -> None:
    """And restored."""
    handler = handle()
    module.work(60)
    assert handler.slept == [60]
    sleeps.remove_handler(handler)
    assert module.sleep is REAL


def test_name_of_asyncio_that_was_imported_earlier_is_replaced(
    module_of_asyncio: types.ModuleType, handle: Callable[..., Handler]
) -> None:
    """With what it returns."""
    handler = handle()
    assert asyncio.run(module_of_asyncio.work(60)) == 5
    assert handler.slept == [60]
    sleeps.remove_handler(handler)
    assert module_of_asyncio.sleep is REAL_ASYNC


def test_sleeps_of_anyio_are_those_of_asyncio(handle: Callable[..., Handler]) -> None:
    """It has imported the name: where this fails, it calls another."""
    anyio = pytest.importorskip("anyio")
    asyncio.run(anyio.sleep(0))
    handler = handle()
    asyncio.run(anyio.sleep(60))
    assert handler.slept == [60]


def test_names_stay_where_nothing_is_frozen(module: types.ModuleType, handle: Callable[..., Handler]) -> None:
    """A scope costs no look through all modules then."""
    handle(frozen=False)
    assert module.sleep is REAL


def test_names_are_restored_with_the_last_frozen_scope(
    module: types.ModuleType, handle: Callable[..., Handler]
) -> None:
    """In whichever order they end."""
    first, second, plain = handle(), handle(), handle(frozen=False)
    sleeps.remove_handler(first)
    assert module.sleep is not REAL
    sleeps.remove_handler(second)
    assert module.sleep is REAL
    assert time.sleep is not REAL
    sleeps.remove_handler(plain)
    assert time.sleep is REAL


def test_other_names_and_odd_modules_are_left_alone(
    handle: Callable[..., Handler], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A function of that name, and what is no module."""
    module = types.ModuleType("application")
    module.sleep = own = lambda seconds: None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "application", module)
    monkeypatch.setitem(sys.modules, "odd", object())  # type: ignore[arg-type]
    handle()
    assert module.sleep is own


# What stays real.


@pytest.mark.parametrize("seconds", [0, -1, math.nan, math.inf, "1"])
def test_sleeps_without_a_length_are_left_to_python(handle: Callable[..., Handler], seconds: Any) -> None:
    """So are its errors."""

    def outcome(sleep: Any) -> object:
        try:
            return sleep(seconds)
        except (ValueError, OverflowError, TypeError) as error:
            return type(error)

    expected = outcome(REAL)
    handler = handle()
    assert outcome(time.sleep) == expected
    assert handler.slept == []


def test_endless_sleep_of_asyncio_is_left_to_python(handle: Callable[..., Handler]) -> None:
    """It ends by being cancelled, as anyio's `sleep_forever` does."""
    handler = handle()

    async def main() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.sleep(math.inf), 0.001)

    asyncio.run(main())
    assert handler.slept == []


@pytest.mark.parametrize("name", ["subprocess", "_pytest.pytester", "multiprocessing.pool", "selenium.webdriver"])
def test_sleeps_of_who_waits_for_something_real_are_real(handle: Callable[..., Handler], name: str) -> None:
    """They are told by their module."""
    handler = handle()
    exec("import time\ntime.sleep(0.001)", {"__name__": name})
    assert handler.slept == []


@pytest.mark.parametrize("name", ["trio_application", "subprocesses", None])
def test_modules_of_similar_names_do_not_wait_for_something_real(
    handle: Callable[..., Handler], name: str | None
) -> None:
    """A beginning of a name is not enough; and code need not have one."""
    handler = handle()
    exec("import time\ntime.sleep(60)", {"__name__": name})
    assert handler.slept == [60]


def test_timeout_of_a_child_is_real(handle: Callable[..., Handler]) -> None:
    """`subprocess` sleeps between its looks: where this fails, it calls another name; see `sleeps`."""
    handler = handle()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(timeout=0.01)
        child.communicate(b"\n")
    assert handler.slept == []


def test_real_time_is_an_escape(handle: Callable[..., Handler]) -> None:
    """For what polls something real by sleeping."""
    handler = handle()
    with sleeps.real_time():
        time.sleep(0.001)
        asyncio.run(asyncio.sleep(0.001))
        with sleeps.real_time():
            pass
        time.sleep(0.001)
    assert handler.slept == []
    time.sleep(60)
    assert handler.slept == [60]


# Mocks of the user.


def test_mock_that_began_before_the_scope_has_the_sleeps(handle: Callable[..., Handler]) -> None:
    """The scope does not take them."""
    with mock.patch("time.sleep") as sleep:
        handler = handle()
        time.sleep(60)
        sleep.assert_called_once_with(60)
    assert handler.slept == []


def test_mock_inside_the_scope_has_the_sleeps(handle: Callable[..., Handler]) -> None:
    """They are the scope's again when it ends."""
    handler = handle()
    with mock.patch("time.sleep") as sleep, mock.patch("asyncio.sleep") as sleep_async:
        time.sleep(60)
        sleep.assert_called_once_with(60)
        asyncio.run(asyncio.sleep(60))
        sleep_async.assert_called_once_with(60)
    time.sleep(30)
    assert handler.slept == [30]


def test_mock_that_ends_after_the_scope_leaves_a_sleep_that_is_real(handle: Callable[..., Handler]) -> None:
    """Until the next scope has ended: it restores what was there at first."""
    handler = handle()
    patch = mock.patch("time.sleep")
    sleep = patch.start()
    sleeps.remove_handler(handler)
    time.sleep(60)
    sleep.assert_called_once_with(60)
    patch.stop()
    time.sleep(0.001)
    assert handler.slept == []
    assert time.sleep is not REAL
    handler = handle()
    time.sleep(60)
    assert handler.slept == [60]


def test_mock_of_an_imported_name_that_ends_after_the_scope(
    module: types.ModuleType, handle: Callable[..., Handler]
) -> None:
    """The same."""
    handler = handle()
    with mock.patch.object(module, "sleep"):
        sleeps.remove_handler(handler)
    module.work(0.001)
    assert handler.slept == []


def test_import_while_everything_is_mocked_and_frozen_finds_what_is_real() -> None:
    """The package may be imported in the middle of a test; in a process of its own, as here it is imported."""
    code = """
import asyncio, time
from unittest import mock
import freezegun
real = time.sleep
with mock.patch("time.sleep") as sleep, mock.patch("asyncio.sleep") as sleep_async, freezegun.freeze_time("2026-01-01"):
    from ses_stub._time import real as own, sleeps
    start = own.monotonic()
    own.sleep(0.001)
    sleeps.real_sleep(0.001)
    asyncio.run(sleeps._real_asyncio_sleep(0))
    assert own.monotonic() > start
    assert own.process_time() > own.thread_time() - 1
    assert not sleep.called and not sleep_async.called
class Handler:
    is_frozen = True
    slept = []
    covers_thread = lambda self: True
    sleep = lambda self, seconds: self.slept.append(seconds)
    async def sleep_async(self, seconds): self.slept.append(seconds)
handler = Handler()
sleeps.add_handler(handler)
time.sleep(60)
asyncio.run(asyncio.sleep(30))
sleeps.remove_handler(handler)
assert handler.slept == [60, 30], handler.slept
assert time.sleep is real
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=50)
