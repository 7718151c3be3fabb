"""Freezes of the scope and of the user begin and end in every order, and app and waits have the right clocks."""

from __future__ import annotations

import asyncio
import concurrent.futures
import itertools
import multiprocessing.connection
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import freezegun
import pytest
from freezegun import api

from ses_stub._time.freeze import Freeze

YEARS = {"own": 2030, "user's": 2040, "other own": 2050}


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Nothing of a test stays."""
    before = time.time, time.monotonic, datetime, api.datetime.datetime
    yield
    assert (time.time, time.monotonic, datetime, api.datetime.datetime) == before
    assert (api.freeze_factories, api.ignore_lists, api.tz_offsets, api.tick_flags) == ([], [], [], [])


@pytest.fixture
def frozen() -> Iterator[None]:
    freeze = Freeze(datetime(2030, 1, 1))
    freeze.start()
    yield
    freeze.stop()


def freeze_of(name: str) -> Any:
    at = datetime(YEARS[name], 1, 1)
    return freezegun.freeze_time(at) if name == "user's" else Freeze(at)


# Of the two that are alike, "own" begins first.
BEGINS = [one for one in itertools.permutations(YEARS) if one.index("own") < one.index("other own")]


@pytest.mark.parametrize("begins", BEGINS, ids=" ".join)
@pytest.mark.parametrize("ends", list(itertools.permutations(YEARS)), ids=" ".join)
def test_freezes_end_in_whichever_order(begins: tuple[str, ...], ends: tuple[str, ...]) -> None:
    """All clocks are real afterwards: where this fails, freezegun keeps them elsewhere; see `freeze`."""
    freezes = {name: freeze_of(name) for name in begins}
    for freeze in freezes.values():
        freeze.start()
    assert datetime.now().year == YEARS[begins[-1]]
    for name in ends:
        freezes[name].stop()
    assert datetime.now().year < 2030


def test_lone_clock_of_the_user_holds_until_it_ends() -> None:
    """It began inside, where nothing was left to patch, and is the only one that is left."""
    own, users = Freeze(datetime(2030, 1, 1)), freezegun.freeze_time("2040-01-01")
    own.start()
    users.start()
    own.stop()
    assert datetime.now().year == 2040
    users.stop()


def test_coroutines_have_the_frozen_time(frozen: None) -> None:
    """Also where few frames are between them and the loop: `freeze` must name no module that calls them."""

    async def main() -> float:
        await asyncio.sleep(0)
        return time.time()

    loop = asyncio.new_event_loop()
    seen: list[float] = []
    loop.call_soon(lambda: seen.append(time.time()))
    assert [loop.run_until_complete(main()), *seen] == [time.time()] * 2
    assert datetime.now().year == 2030
    loop.close()


def test_threads_have_the_frozen_time(frozen: None) -> None:
    """A function that the thread runs directly, and one of a pool."""
    seen: list[object] = []
    thread = threading.Thread(target=lambda: seen.extend((time.time(), time.monotonic(), datetime.now().year)))
    thread.start()
    thread.join()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        seen.append(pool.submit(time.time).result())
    assert seen == [time.time(), time.monotonic(), 2030, time.time()]


def test_modules_that_the_user_has_told_freezegun_to_ignore_stay_real() -> None:
    """What he configures is in force inside, too."""
    freezegun.configure(extend_ignore_list=["of_the_user"])
    names: dict[str, Any] = {"__name__": "of_the_user.module", "time": time}
    exec("def now(): return time.time()", names)
    freeze = Freeze(datetime(2050, 1, 1))
    try:
        freeze.start()
        assert names["now"]() < time.time()
        freeze.stop()
    finally:
        freezegun.config.reset_config()


def test_timeouts_of_futures_end(frozen: None) -> None:
    """`concurrent.futures` reads `time.monotonic`: where this hangs, its clock is to be named in `freeze`."""
    future: concurrent.futures.Future[None] = concurrent.futures.Future()
    with pytest.raises(concurrent.futures.TimeoutError):
        list(concurrent.futures.as_completed([future], timeout=0.001))
    assert concurrent.futures.wait([future], timeout=0.001).done == set()


def test_timeouts_of_threading_end(frozen: None) -> None:
    """Its clock is imported by name: where this hangs, it is to be named in `freeze`."""
    condition = threading.Condition()
    with condition:
        assert not condition.wait_for(lambda: False, timeout=0.001)
    assert not threading.Event().wait(0.001)


def test_timeouts_of_multiprocessing_end(frozen: None) -> None:
    """It reads `time.monotonic`: where this hangs, its clock is to be named in `freeze`."""
    ends = multiprocessing.Pipe()
    assert multiprocessing.connection.wait(list(ends), timeout=0.001) == []
    condition = multiprocessing.get_context("spawn").Condition()
    with condition:
        assert not condition.wait_for(lambda: False, timeout=0.001)
    for end in ends:
        end.close()


def test_error_in_the_midst_of_a_start_inside_another_leaves_that_one(
    frozen: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Freezegun's lists have had an entry."""

    class Lists(list[Any]):
        def __setitem__(self, place: Any, value: Any) -> None:
            if place == -1:
                raise KeyboardInterrupt
            super().__setitem__(place, value)

    with monkeypatch.context() as patch:
        patch.setattr(api, "ignore_lists", lists := Lists(api.ignore_lists))
        with pytest.raises(KeyboardInterrupt):
            Freeze(datetime(2050, 1, 1)).start()
    assert len(lists) == len(api.freeze_factories) == 1
    assert datetime.now().year == 2030
