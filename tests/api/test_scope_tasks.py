"""Scopes of tasks that run side by side: each sees its own, in every library that runs tasks."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import importlib
import sys
import weakref
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from clients import make_client, names

from ses_stub import current_stub, mock_ses_verify

TASKS = 100
Work = Callable[[int], Coroutine[Any, Any, Any]]


@pytest.fixture(scope="module")
def client() -> Any:
    """A client that is older than every scope."""
    return make_client()


async def gather(work: Work) -> None:
    await asyncio.gather(*(work(number) for number in range(TASKS)))


async def task_group(work: Work) -> None:
    async with asyncio.TaskGroup() as group:
        for number in range(TASKS):
            group.create_task(work(number))


async def anyio_group(work: Work) -> None:
    import anyio

    async with anyio.create_task_group() as group:
        for number in range(TASKS):
            group.start_soon(work, number)


async def nursery(work: Work) -> None:
    import trio

    async with trio.open_nursery() as group:
        for number in range(TASKS):
            group.start_soon(work, number)


def runner(name: str) -> Callable[..., Any]:
    """What runs a coroutine function to its end, by the name of a library."""
    if name == "asyncio":
        return lambda function, *args: asyncio.run(function(*args))
    module = pytest.importorskip(name.split("-")[0])
    if name == "anyio-trio":
        pytest.importorskip("trio")
        return functools.partial(module.run, backend="trio")
    run: Callable[..., Any] = module.run
    return run


def sleep_of(name: str) -> Callable[[float], Any]:
    sleep: Callable[[float], Any] = importlib.import_module(name.split("-")[0]).sleep
    return sleep


@pytest.mark.parametrize(
    ("library", "together"),
    [
        ("asyncio", gather),
        pytest.param(
            "asyncio", task_group, marks=pytest.mark.skipif(sys.version_info < (3, 11), reason="new in Python 3.11")
        ),
        ("anyio", anyio_group),
        ("anyio-trio", anyio_group),
        ("trio", nursery),
    ],
    ids=["gather", "TaskGroup", "anyio", "anyio on trio", "trio"],
)
def test_100_decorated_coroutines(library: str, together: Any, client: Any) -> None:
    """Of a hundred decorated coroutines that run at the same time, each sees its own identities only."""
    run, sleep, active, most = runner(library), sleep_of(library), [0], [0]

    @mock_ses_verify(rate=None)
    async def work(number: int) -> None:
        ses = current_stub()
        active[0] += 1
        for step in range(3):
            client.verify_domain_identity(Domain=f"{number}-{step}.example")
            await sleep(0)
            most[0] = max(most[0], active[0])
            assert names(client) == [f"{number}-{before}.example" for before in range(step + 1)]
            assert current_stub() is ses
        active[0] -= 1
        assert len(ses.calls) == 6

    run(together, work)
    assert most == [TASKS]


@pytest.mark.parametrize("library", ["asyncio", "anyio", "anyio-trio", "trio"])
def test_threads_of_a_task(library: str, client: Any) -> None:
    """What a task hands to a thread with its context is answered by the task's scope."""
    run = runner(library)

    async def main() -> None:
        if library == "asyncio":
            to_thread: Any = asyncio.to_thread
        else:
            module = importlib.import_module(library.split("-")[0])
            to_thread = module.to_thread.run_sync

        @mock_ses_verify(rate=None)
        async def work(number: int) -> None:
            current_stub().add_identity(f"{number}.example")
            assert await to_thread(names, client) == [f"{number}.example"]

        await {"asyncio": gather, "trio": nursery}.get(library, anyio_group)(work)

    run(main)


@pytest.mark.parametrize("library", ["asyncio", "trio"])
def test_task_that_a_task_starts(library: str, client: Any) -> None:
    """A task sees the scope in which it was started, and its own scope does not reach its siblings."""
    run, sleep = runner(library), sleep_of(library)
    seen: dict[str, list[str]] = {}

    async def child(name: str) -> None:
        seen[f"{name} before"] = names(client)
        with mock_ses_verify(identities=[f"{name}.example"]):
            await sleep(0)
            seen[name] = names(client)
            await sleep(0)

    async def both(_: Work) -> None:
        if library == "asyncio":
            await asyncio.gather(child("one"), child("two"))
        else:
            async with importlib.import_module("trio").open_nursery() as group:
                group.start_soon(child, "one")
                group.start_soon(child, "two")

    async def main() -> None:
        async with mock_ses_verify(identities=["parent.example"], rate=None):
            await both(child)  # type: ignore[arg-type]
            seen["after"] = names(client)

    run(main)
    parents = ["parent.example"]
    assert seen == {
        "one before": parents,
        "two before": parents,
        "one": ["one.example"],
        "two": ["two.example"],
        "after": parents,
    }


def test_one_scope_object_of_many_tasks(client: Any) -> None:
    """Where tasks share one scope object, each `async with` ends its own run, in whatever order they end."""
    scope, left = mock_ses_verify(rate=None), []

    async def work(number: int) -> None:
        async with scope as ses:
            client.verify_domain_identity(Domain=f"{number}.example")
            for _ in range((number * 7) % TASKS):
                await asyncio.sleep(0)
            assert current_stub() is ses
            assert names(client) == [f"{number}.example"]
        left.append(number)

    asyncio.run(gather(work))
    assert left != sorted(left)
    assert len(left) == TASKS


# Plain code and tasks.


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    with contextlib.closing(loop):
        yield loop


async def serve(jobs: asyncio.Queue[Any]) -> None:
    """A task that runs other code's functions, as pytest's plugins for asyncio have one."""
    while (job := await jobs.get()) is not None:
        function, future = job
        future.set_result(function())


@pytest.fixture
def in_older_task(loop: asyncio.AbstractEventLoop) -> Iterator[Callable[[Callable[[], Any]], Any]]:
    """Calls functions in one task, which is older than the scopes of a test."""
    jobs: asyncio.Queue[Any] = asyncio.Queue()
    task = loop.create_task(serve(jobs))

    def call(function: Callable[[], Any]) -> Any:
        future = loop.create_future()
        jobs.put_nowait((function, future))
        return loop.run_until_complete(future)

    yield call
    jobs.put_nowait(None)
    loop.run_until_complete(task)


def test_plain_code_covers_older_tasks(in_older_task: Any, client: Any) -> None:
    """A scope that plain code begins, such as a fixture's, covers its thread, with tasks that are older than it."""
    with mock_ses_verify(identities=["outer.example"], rate=None):
        assert in_older_task(lambda: names(client)) == ["outer.example"]
        with mock_ses_verify(identities=["inner.example"]):
            assert in_older_task(lambda: names(client)) == ["inner.example"]
        assert in_older_task(lambda: names(client)) == ["outer.example"]


def test_plain_code_covers_threads_of_older_tasks(loop: asyncio.AbstractEventLoop, client: Any) -> None:
    """It covers the worker threads of older tasks too, if a scope of theirs is around it."""

    async def older(jobs: asyncio.Queue[Any]) -> None:
        with mock_ses_verify(identities=["outer.example"]):
            while (future := await jobs.get()) is not None:
                future.set_result(await asyncio.to_thread(names, client))

    jobs: asyncio.Queue[Any] = asyncio.Queue()
    task = loop.create_task(older(jobs))
    loop.run_until_complete(asyncio.sleep(0))
    with mock_ses_verify(identities=["inner.example"]):
        future = loop.create_future()
        jobs.put_nowait(future)
        assert loop.run_until_complete(future) == ["inner.example"]
    jobs.put_nowait(None)
    loop.run_until_complete(task)


@pytest.mark.parametrize("library", ["asyncio", "trio"])
def test_task_that_has_ended(library: str, client: Any) -> None:
    """A scope that a task has begun and left open covers the thread once the task has ended: an async set-up."""
    run = runner(library)
    scopes = [mock_ses_verify(identities=[f"{name}.example"], rate=None) for name in ("outer", "inner")]

    async def begin(number: int) -> None:
        scopes[number].start()

    async def main() -> list[str]:
        return names(client)

    for number, expected in enumerate(["outer.example", "inner.example"]):
        run(begin, number)
        assert names(client) == run(main) == [expected]
    for scope in scopes:
        scope.stop()


def test_loop_that_was_left(loop: asyncio.AbstractEventLoop, client: Any) -> None:
    """So does the scope of a task that has not ended, while its loop does not run."""

    async def hold(entered: asyncio.Event, over: asyncio.Event) -> None:
        with mock_ses_verify(identities=["inner.example"], rate=None):
            entered.set()
            await over.wait()

    async def begin() -> tuple[asyncio.Task[None], asyncio.Event]:
        entered, over = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(hold(entered, over))
        await entered.wait()
        assert names(client) == ["outer.example"]
        return task, over

    with mock_ses_verify(identities=["outer.example"], rate=None):
        task, over = loop.run_until_complete(begin())
        assert names(client) == ["inner.example"]
        over.set()
        loop.run_until_complete(task)
        assert names(client) == ["outer.example"]


def test_callback_of_a_loop(client: Any) -> None:
    """A callback of a loop, which is no task, is in the scope in which it was scheduled."""

    async def main() -> list[str]:
        found: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()
        with mock_ses_verify(identities=["outer.example"]), mock_ses_verify(identities=["inner.example"]):
            asyncio.get_running_loop().call_soon(lambda: found.set_result(names(client)))
            return await found

    assert asyncio.run(main()) == ["inner.example"]


def test_scope_that_begins_in_a_callback(client: Any) -> None:
    """A scope that begins in a callback covers its thread."""
    scope = mock_ses_verify(identities=["inner.example"])

    async def main() -> list[str]:
        asyncio.get_running_loop().call_soon(scope.start)
        await asyncio.sleep(0)
        return names(client)

    with mock_ses_verify(identities=["outer.example"]):
        assert asyncio.run(main()) == ["inner.example"]
        scope.stop()
        assert names(client) == ["outer.example"]


def test_suspended_generator_keeps_its_scope_on(client: Any) -> None:
    """A generator has no context: while it is suspended its scope covers its consumer."""

    @mock_ses_verify(identities=["generator.example"], rate=None)
    def generator() -> Iterator[list[str]]:
        yield names(client)

    with mock_ses_verify(identities=["consumer.example"], rate=None):
        suspended = generator()
        assert next(suspended) == names(client) == ["generator.example"]
        suspended.close()
        assert names(client) == ["consumer.example"]


def test_contexts_keep_nothing_of_scopes_that_have_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A context that outlives its scopes keeps neither them nor their stubs."""
    # The plugin keeps the stubs of a test for its report.
    monkeypatch.setattr("ses_stub._api.activation.scope_started", [])

    async def start(scope: Any) -> weakref.ref[Any]:
        return weakref.ref(scope.start())

    async def main() -> None:
        over = asyncio.Event()
        with mock_ses_verify() as outer:
            scope = mock_ses_verify()
            inner = await start(scope)
            task = asyncio.create_task(over.wait())
            await asyncio.sleep(0)
            scope.stop()
        gone = weakref.ref(outer)
        del outer, scope
        gc.collect()
        assert (inner(), gone()) == (None, None)
        over.set()
        await task

    asyncio.run(main())
