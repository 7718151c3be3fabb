"""Scopes of threads that run side by side, with pools of their own; and what thousands of scopes leave behind."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Any

import pytest
from clients import make_client, names
from repeat import times

from ses_stub import SESStubError, current_stub, mock_ses_verify
from ses_stub._api.stub import service_of
from ses_stub._intercept import activation, contexts
from ses_stub._intercept.contexts import Entry
from ses_stub._pytest.hints import hints

THREADS = 20


@pytest.fixture(scope="module")
def client() -> Any:
    """A client that is older than every scope."""
    return make_client()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """A pool whose thread is older than every scope."""
    with ThreadPoolExecutor(1, "older") as pool:
        pool.submit(int).result()
        yield pool


def in_threads(work: Callable[[int], None]) -> None:
    """Runs a function in threads, and raises what it raises."""
    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(work, number) for number in range(THREADS)]:
            done.result()


def executor(function: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(2) as pool:
        return [one.result() for one in [pool.submit(function) for _ in range(4)]]


def process_like_pool(function: Callable[[], Any]) -> list[Any]:
    with ThreadPool(2) as pool:
        return [one.get() for one in [pool.apply_async(function) for _ in range(4)]]


def raw_threads(function: Callable[[], Any]) -> list[Any]:
    """Threads that are started by threads."""
    found: list[Any] = []
    inner = [threading.Thread(target=lambda: found.append(function())) for _ in range(4)]

    def start() -> None:
        for one in inner:
            one.start()
        for one in inner:
            one.join()

    outer = threading.Thread(target=start)
    outer.start()
    outer.join()
    return found


@pytest.mark.parametrize("workers", [executor, process_like_pool, raw_threads])
def test_threads_with_a_scope_and_workers_each(workers: Callable[..., list[Any]], client: Any) -> None:
    """Of twenty threads with a scope and workers of their own, each sees its own identities only, by one client."""
    together = threading.Barrier(THREADS, timeout=60)

    def work(number: int) -> None:
        with mock_ses_verify(identities=[f"{number}.example"], rate=None) as ses:
            together.wait()
            assert workers(lambda: names(client)) == [[f"{number}.example"]] * 4
            assert workers(current_stub) == [ses] * 4
            together.wait()
            assert ses.calls.operations == ["ListIdentities"] * 4

    in_threads(work)


def test_one_scope_object_of_many_threads(client: Any) -> None:
    """Where threads share one scope object, each `with` ends its own run."""
    scope, together = mock_ses_verify(rate=None), threading.Barrier(THREADS, timeout=60)

    def work(number: int) -> None:
        with scope as ses:
            client.verify_domain_identity(Domain=f"{number}.example")
            together.wait()
            assert names(client) == [f"{number}.example"]
        together.wait()
        assert ses.identities.keys() == {f"{number}.example"}

    in_threads(work)
    with pytest.raises(SESStubError):
        scope.stop()


def test_thread_follows_the_one_that_started_it(client: Any) -> None:
    """A worker without a scope is in the one that is innermost now in the thread that has started it."""
    with mock_ses_verify(identities=["outer.example"], rate=None), ThreadPoolExecutor(1) as workers:
        assert workers.submit(names, client).result() == ["outer.example"]
        with mock_ses_verify(identities=["inner.example"]):
            assert workers.submit(names, client).result() == ["inner.example"]
        assert workers.submit(names, client).result() == ["outer.example"]


def test_worker_with_the_scope_of_a_context(pool: ThreadPoolExecutor, client: Any) -> None:
    """An older worker is in the scope of the context that it runs in."""
    with ThreadPoolExecutor(1) as other:
        theirs = mock_ses_verify(identities=["theirs.example"], rate=None)
        with mock_ses_verify(identities=["ours.example"]):
            other.submit(theirs.start).result()
            assert pool.submit(copy_context().run, names, client).result() == ["ours.example"]
            other.submit(theirs.stop).result()


def test_older_worker_with_scopes_side_by_side(pool: ThreadPoolExecutor, client: Any) -> None:
    """An older worker is in the scope its client was made in, else in the last; for that there is a hint."""
    with ThreadPoolExecutor(1) as other, mock_ses_verify(identities=["ours.example"], rate=None) as ours:
        mine = make_client()
        theirs = mock_ses_verify(identities=["theirs.example"])
        stub = other.submit(theirs.start).result()
        assert pool.submit(names, mine).result() == ["ours.example"]
        assert not list(hints(stub, {}))
        assert pool.submit(names, client).result() == ["theirs.example"]
        (hint,) = hints(stub, {})
        assert hint.startswith("calls came from the thread 'older_0' while 2 scopes were active, ")
        assert not service_of(ours).unclear_callers
        other.submit(theirs.stop).result()


def test_hint_of_many_unclear_threads() -> None:
    """The hint names three threads, and not hundreds are kept."""
    with mock_ses_verify() as ses:
        service = service_of(ses)
        service.unclear_callers = {f"{number:03}": 2 for number in range(7)}
        (hint,) = hints(ses, {})
    assert "threads '000' and '001' and '002' and 4 more while 2 scopes" in hint


def test_unclear_threads_are_bounded(client: Any) -> None:
    """A stub that serves many nameless threads does not keep all their names."""
    with ThreadPoolExecutor(1) as other, mock_ses_verify(rate=None):
        theirs = mock_ses_verify(rate=None)
        threads = [threading.Thread(target=names, args=[client]) for _ in range(150)]
        stub = other.submit(theirs.start).result()
        from ses_stub._intercept.interceptor import Interceptor

        interceptor = Interceptor(service_of(stub))
        for thread in threads:
            thread.run = lambda: interceptor.note_unclear(2)  # type: ignore[method-assign]
            thread.start()
            thread.join()
        assert len(service_of(stub).unclear_callers) == 100
        other.submit(theirs.stop).result()


def test_thread_starts_with_the_arguments_as_they_came() -> None:
    """Started in a scope or not, a thread runs once, and may not be started again."""
    ran: list[bool] = []
    thread = threading.Thread(target=lambda: ran.append(True))
    with mock_ses_verify():
        thread.start()
        with pytest.raises(RuntimeError, match="once"):
            thread.start()
    thread.join()
    assert ran == [True]


def resources() -> tuple[int, int, int]:
    """The numbers of objects, threads and file descriptors of the process."""
    gc.collect()
    return len(gc.get_objects()), threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts file descriptors as Linux shows them")
def test_thousands_of_scopes_leave_nothing(monkeypatch: pytest.MonkeyPatch, client: Any) -> None:
    """Thousands of scopes leave no object, no thread and no file descriptor."""
    monkeypatch.setattr("ses_stub._api.activation.scope_started", [])

    decorated = mock_ses_verify(rate=None)(lambda: None)

    def scopes(count: int) -> None:
        for _ in range(count // 2):
            with mock_ses_verify(rate=None):
                decorated()
        with mock_ses_verify():
            names(client)

    scopes(100)
    before, blocks = resources(), sys.getallocatedblocks()
    scopes(times(4_000))
    after = resources()
    assert after[1:] == before[1:]
    # A few for the interpreter's own caches.
    assert after[0] - before[0] < 100
    assert sys.getallocatedblocks() - blocks < 1_000


def test_pool_older_than_nested_scopes_sees_the_innermost(client: Any, pool: ThreadPoolExecutor) -> None:
    """Where scopes are nested and not side by side, the innermost one answers a thread that is in none of them."""
    with mock_ses_verify(identities=["outer.com"]), mock_ses_verify(identities=["inner.com"]):
        assert pool.submit(names, client).result() == ["inner.com"]


def test_call_while_another_thread_ends_its_scope(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that finds a scope which ends at that moment is answered by the scope that is still active."""
    with mock_ses_verify(identities=["outer.example"]):
        inner = mock_ses_verify(identities=["inner.example"])
        inner.start()

        def covering(entries: Sequence[Entry]) -> list[Entry]:
            monkeypatch.undo()
            inner.stop()
            return contexts.covering(entries)

        monkeypatch.setattr(activation, "covering", covering)
        assert names(client) == ["outer.example"]
