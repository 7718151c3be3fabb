"""The application's sleeps: whose they are, where they were imported by name, and what is left alone."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from types import ModuleType
from typing import Any
from unittest import mock

import pytest

from ses_stub import SESStub, mock_ses_verify
from ses_stub._time import sleeps

REAL = time.sleep, asyncio.sleep


def hours(ses: SESStub, sleep: Any, length: float = 3600) -> float:
    """How many seconds of the stub's time a sleep takes."""
    before = ses.clock.now()
    sleep(length)
    return (ses.clock.now() - before).total_seconds()


@pytest.fixture(autouse=True)
def nothing_is_left() -> Any:
    yield
    assert (time.sleep, asyncio.sleep) == REAL


def module_with(**names: Any) -> ModuleType:
    module = ModuleType("an_application")
    vars(module).update(names)
    return module


def test_name_in_a_loaded_module_is_replaced_and_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    """``from time import sleep`` before the scope."""
    module = module_with(sleep=REAL[0])
    monkeypatch.setitem(sys.modules, "an_application", module)
    with mock_ses_verify(freeze=True) as ses:
        assert hours(ses, module.sleep) == 3600
    assert module.sleep is REAL[0]


def test_name_that_the_application_has_changed_meanwhile_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody puts there inside the scope is theirs."""
    module, own = module_with(sleep=REAL[0]), mock.Mock()
    monkeypatch.setitem(sys.modules, "an_application", module)
    with mock_ses_verify(freeze=True):
        vars(module)["sleep"] = own
    assert module.sleep is own


def test_caller_that_waits_for_something_real_really_sleeps() -> None:
    """Known by its module."""
    with mock_ses_verify(freeze=True) as ses:
        poll = eval("lambda: time.sleep(0.001)", {"time": time, "__name__": "subprocess"})
        before = ses.clock.now()
        poll()
        assert ses.clock.now() == before


def test_real_time_lets_sleeps_wait() -> None:
    """The escape for code that polls something real."""
    with mock_ses_verify(freeze=True) as ses:
        with ses.clock.real_time():
            assert hours(ses, time.sleep, 0.001) == 0
        assert hours(ses, time.sleep) == 3600


@pytest.mark.parametrize("length", [0, -1, float("inf"), "long"])
def test_sleep_that_is_none_is_left_to_the_real_function(length: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It knows what to say."""
    passed: list[Any] = []
    with mock_ses_verify(freeze=True):
        monkeypatch.setattr(sleeps, "real_sleep", passed.append)
        try:
            time.sleep(length)
        except TypeError:
            passed.append(length)
    assert passed == [length]


def test_mock_that_is_there_before_the_scope_has_the_sleeps() -> None:
    """And stays."""
    with mock.patch("time.sleep") as own, mock_ses_verify(freeze=True):
        time.sleep(60)
        assert time.sleep is own
    own.assert_called_once_with(60)


def test_mock_inside_the_scope_has_the_sleeps_until_it_ends() -> None:
    """Then the sleeps are virtual again."""
    with mock_ses_verify(freeze=True) as ses:
        with mock.patch("time.sleep") as own:
            time.sleep(60)
        own.assert_called_once_with(60)
        assert hours(ses, time.sleep) == 3600


def test_mock_that_outlives_the_scope_leaves_a_harmless_function() -> None:
    """What it restores lets every sleep through."""
    scope, patch = mock_ses_verify(freeze=True), mock.patch("time.sleep")
    scope.start()
    patch.start()
    scope.stop()
    patch.stop()
    time.sleep(0)
    time.sleep = REAL[0]


def test_innermost_frozen_scope_has_the_sleeps_and_scopes_end_in_any_order() -> None:
    """Each while it lasts."""
    outer, inner = mock_ses_verify(freeze="2030-01-01"), mock_ses_verify(freeze="2040-01-01")
    first, second = outer.start(), inner.start()
    assert hours(second, time.sleep) == 3600
    outer.stop()
    assert hours(second, time.sleep) == 3600
    inner.stop()
    assert first is not second


def test_coroutines_of_one_loop_sleep_side_by_side() -> None:
    """Ten sleeps of an hour take an hour; a sleep gives its result."""

    async def main() -> list[int]:
        return await asyncio.gather(*(asyncio.sleep(3600, number) for number in range(10)))

    with mock_ses_verify(freeze=True) as ses:
        before = ses.clock.now()
        assert asyncio.run(main()) == list(range(10))
        assert (ses.clock.now() - before).total_seconds() == 3600


def test_coroutine_that_sleeps_for_no_time_or_in_real_time_is_left_alone() -> None:
    """Asyncio's own sleep has them."""
    with mock_ses_verify(freeze=True) as ses:
        before = ses.clock.now()
        assert asyncio.run(asyncio.sleep(0, "done")) == "done"

        async def real() -> None:
            with ses.clock.real_time():
                await asyncio.sleep(0.001)

        asyncio.run(real())
        assert ses.clock.now() == before


def test_thread_that_has_called_ses_sleeps_in_virtual_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that is older than the scope."""
    from clients import make_client, names

    go, done, passed = threading.Event(), threading.Event(), []

    def work() -> None:
        go.wait()
        names(make_client())
        time.sleep(3600)
        passed.append(True)
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    with mock_ses_verify(freeze=True) as ses:
        before = ses.clock.now()
        go.set()
        thread.join()
        assert passed
        assert (ses.clock.now() - before).total_seconds() == 3600
