"""Exceptions that come from outside at any instruction of a scope's start or end: Ctrl+C, or a tool's time limit."""

from __future__ import annotations

import asyncio
import functools
import gc
import random
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from async_exceptions import Interruption, interruptions, send_exception, some_interruptions
from clients import attributes_now, make_client, names
from freezegun import api
from repeat import times

import ses_stub
from ses_stub import SESStubError, current_stub, mock_ses_verify
from ses_stub._api import activation
from ses_stub._core.locks import holds_lock
from ses_stub._intercept.activation import active_entries, deactivate
from ses_stub._model.options import make_options
from ses_stub._time import event_loops, sleeps

PACKAGE = str(Path(ses_stub.__file__).parent)
#: What the package calls and what changes the process.
CALLED = ("contextlib", "freezegun", "warnings", "weakref")
#: Of the thousands of places of a frozen scope, which replaces clocks and sleeps in all modules, so many are tried.
FROZEN = times(2)
#: In how many threads an exception comes at an instant that nobody chooses.
THREADS = times(25)


# What nobody measures, as it is traced in another way.


def with_block(**options: Any) -> None:  # pragma: no cover
    with mock_ses_verify(**options):
        pass


def decorated(**options: Any) -> None:  # pragma: no cover
    mock_ses_verify(**options)(lambda: None)()


def nested(**options: Any) -> None:  # pragma: no cover
    """As the methods of a decorated class, which share one stub."""
    shared = activation.Activation(make_options(options))
    with activation.Period(shared, closes=False), activation.Period(shared):
        pass


def by_hand(**options: Any) -> None:  # pragma: no cover
    scope = mock_ses_verify(**options)
    try:
        scope.start()
        scope.stop()
    except KeyboardInterrupt:
        # It came before `stop` could begin: only this code can call it again.
        if active_entries:
            scope.stop()
        raise


def in_loop(**options: Any) -> None:  # pragma: no cover
    async def main() -> None:
        async with mock_ses_verify(**options):
            pass

    loop = asyncio.new_event_loop()
    own = dict(vars(loop))
    try:
        loop.run_until_complete(main())
    finally:
        left = {name: vars(loop).get(name) for name in ("time", "_selector", "_clock_resolution")}
        loop.close()
        assert left == {name: own.get(name) for name in left}


#: Python drops an exception that comes in a callback, such as a weak reference's, and a coroutine that it interrupts.
DROPPED = pytest.mark.filterwarnings(
    "ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning",
    "ignore:coroutine 'Scope.__aexit__' was never awaited",
)
USES = [with_block, decorated, nested, by_hand, in_loop]


def state() -> list[Any]:
    """All that a scope changes in the process, and whether this thread holds a lock."""
    kept = active_entries, sleeps._handlers, event_loops._finders, event_loops._frozen, sleeps._renamed, sys.meta_path
    stacks = api.freeze_factories, api.tz_offsets, api.ignore_lists, api.tick_flags
    clocks = *map(vars(time).get, ("sleep", "time", "monotonic")), asyncio.sleep, asyncio.tasks.sleep, datetime
    return [*attributes_now(), *clocks, *map(len, kept + stacks), warnings.filters[:], holds_lock()]


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    before = state()
    yield
    assert state() == before


def is_ours(frame: FrameType) -> bool:  # pragma: no cover
    """Whether a frame is the package's, or of a library that it called."""
    file, caller = frame.f_code.co_filename, frame.f_back
    if file.startswith(PACKAGE):
        return True
    return any(one in file for one in CALLED) and caller is not None and is_ours(caller)


def left_by(found: Iterator[Interruption]) -> set[str]:
    """Where an interruption leaves something as long as its exception lives. Afterwards nothing may be left."""
    before, left = state(), set()
    for interruption in found:
        where = interruption.place and f"{interruption.place[0].co_name}, {interruption.place[1]}"
        if state() != before:
            left.add(str(where))
        interruption.error = None
        if state() != before:  # pragma: no cover
            # A task and its exception hold each other.
            gc.collect()
        assert state() == before, f"an exception leaves something in {where}"
    with mock_ses_verify(identities=["example.com"]):
        assert names(make_client()) == ["example.com"]
    return left


#: Where Python has called ``__exit__`` and runs none of its code yet.
UNREACHED = {f"{name}, {at}" for name in ("__exit__", "__aexit__") for at in range(-2, 5)}


@DROPPED
@pytest.mark.parametrize("use", USES)
def test_exception_at_any_instruction_leaves_nothing(use: Callable[[], None]) -> None:
    """No stub answers, no patch stays, and no lock is held; the next scope works.

    Only where Python has called ``__exit__`` and runs none of its code yet, the scope lasts until the exception, whose
    traceback has it, is dropped.
    """
    for _ in range(2):
        use()
    assert left_by(interruptions(use, is_ours)) <= UNREACHED


@DROPPED
@pytest.mark.parametrize("use", USES)
def test_exception_in_a_frozen_scope_leaves_the_real_clocks(use: Callable[..., None]) -> None:
    """The clocks and sleeps of all modules are real, also after an exception in freezegun itself."""
    frozen = functools.partial(use, freeze=True)
    for _ in range(2):
        frozen()
    assert left_by(some_interruptions(frozen, is_ours, FROZEN)) <= UNREACHED


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_exception_that_comes_at_any_time_in_a_thread_leaves_nothing() -> None:
    """As a tool for time limits raises it; no lock is left held, which would stop all other threads."""
    for number in range(THREADS):
        begun = threading.Event()

        def work(begun: threading.Event = begun) -> None:  # pragma: no cover
            with suppress(KeyboardInterrupt):
                while True:
                    with mock_ses_verify():
                        begun.set()

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        assert begun.wait(20), "it hangs"
        threading.Event().wait(random.random() / 1000)
        # Python drops an exception that comes in a callback of its own, such as a weak reference's.
        for _ in range(5):  # pragma: no branch
            send_exception(thread.ident)()
            thread.join(5)
            if not thread.is_alive():  # pragma: no branch
                break
        assert not thread.is_alive(), f"thread {number} hangs"
        assert not active_entries


def test_scope_that_was_dropped_ends() -> None:
    """So ends a `with` whose ``__exit__`` could not begin: no code of ours or of the user can end it."""
    scope = mock_ses_verify(freeze=True)
    with_method = scope.__enter__
    with_method()
    assert datetime.now() == datetime.now()
    del scope, with_method
    with pytest.raises(SESStubError):
        current_stub()


def test_scope_that_nobody_keeps_lasts() -> None:
    """A scope that was started by hand, and whose object is gone, answers on, as one that a suite starts once."""
    entries, handlers = len(active_entries), len(sleeps._handlers)
    stub = mock_ses_verify().start()
    assert current_stub() is stub
    deactivate(active_entries[entries])
    sleeps._handlers[handlers].stop()  # type: ignore[attr-defined]
    with pytest.raises(SESStubError):
        current_stub()


def interrupted_once(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, whose first call ends in an interruption."""
    calls: list[int] = []

    def wrapper(*args: Any) -> Any:
        calls.append(1)
        result = function(*args)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return result

    return wrapper


@pytest.mark.parametrize("name", ["activate", "deactivate"])
@pytest.mark.parametrize("use", USES)
def test_interrupted_scope_is_ended_at_once(
    use: Callable[..., None], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the exception goes on."""
    monkeypatch.setattr(activation, name, interrupted_once(getattr(activation, name)))
    with pytest.raises(KeyboardInterrupt) as error:
        use(freeze=True)
    # The traceback still has the scope.
    assert error.value.__traceback__ is not None
    assert not active_entries


def test_interrupted_end_of_an_inner_period_leaves_the_outer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a method of a decorated class that calls another."""
    shared = activation.Activation(make_options({}))
    with activation.Period(shared) as stub:
        with monkeypatch.context() as patch:
            patch.setattr(activation, "deactivate", interrupted_once(deactivate))
            with pytest.raises(KeyboardInterrupt), activation.Period(shared, closes=False):
                pass
        assert current_stub() is stub
        assert len(active_entries) == 1


def attach_for_once(stub: Any, client: Any) -> None:
    """Attaches a client, whose detaching is interrupted."""
    stub.attach(client)
    stub._attached[0] = interrupted_once(stub._attached[0])


def test_interrupted_end_detaches_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of `attach`, whose methods are as before."""
    client = make_client()
    own = dict(vars(client))
    with pytest.raises(KeyboardInterrupt), mock_ses_verify() as ses:
        attach_for_once(ses, client)
    assert vars(client) == own
