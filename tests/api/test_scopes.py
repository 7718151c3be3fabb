"""Several scopes: nested, overlapping, in threads, and what they leave behind."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import Any
from unittest import mock

import pytest
from botocore.endpoint import Endpoint
from clients import TOUCHED, attributes_now, make_client, names

from ses_stub import SESStubError, VirtualClock, current_stub, mock_ses_verify
from ses_stub._api import activation
from ses_stub._intercept import activation as interception
from ses_stub._model.options import make_options


@pytest.fixture(scope="module")
def client() -> Any:
    return make_client()


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """After every test here, botocore's classes hold the same objects as before it."""
    before = attributes_now()
    yield
    left = [(entry, interception.deactivate(entry)) for entry in list(interception.active_entries)]
    assert left == [], "a stub is left active"
    for (owner, name), then, now in zip(TOUCHED, before, attributes_now(), strict=True):
        assert now is then, f"{owner.__name__}.{name} is left as {now!r}"


# Nesting.


def test_innermost_scope_answers_and_outer_is_untouched(client: Any) -> None:
    """The innermost scope answers. The outer one is unchanged, and answers again afterwards."""
    with mock_ses_verify(identities=["outer.example"], rate=None) as outer:
        with mock_ses_verify(identities=["inner.example"], rate=None) as inner:
            client.verify_domain_identity(Domain="new.example")
            assert names(client) == ["inner.example", "new.example"]
        assert names(client) == ["outer.example"]
    assert (inner.calls.operations, outer.calls.operations) == (
        ["VerifyDomainIdentity", "ListIdentities"],
        ["ListIdentities"],
    )


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_scopes_may_stop_in_any_sequence(client: Any, order: tuple[int, ...]) -> None:
    """Scopes may stop in any order; the latest active one answers."""
    scopes = [mock_ses_verify(identities=[f"{number}.example"], rate=None) for number in range(3)]
    for scope in scopes:
        scope.start()
    left = [0, 1, 2]
    for number in order:
        assert names(client) == [f"{left[-1]}.example"]
        scopes[number].stop()
        left.remove(number)


@pytest.mark.parametrize("started", [0, 1, 2])
def test_stop_too_often(started: int) -> None:
    """A stop without a start is an error that says so."""
    scope = mock_ses_verify()
    for _ in range(started):
        scope.start()
    for _ in range(started):
        scope.stop()
    with pytest.raises(SESStubError, match="not active"):
        scope.stop()


def test_exception_in_a_scope_passes_and_ends_it(client: Any) -> None:
    """An exception passes through unchanged and ends the scope."""
    error = KeyError("the test's own")
    with pytest.raises(KeyError) as raised, mock_ses_verify():
        raise error
    assert raised.value is error
    with pytest.raises(SESStubError):
        current_stub()


def test_reused_scope_starts_with_a_fresh_stub(client: Any) -> None:
    """A scope may be used again, and starts fresh each time."""
    scope = mock_ses_verify(rate=None)
    for _ in range(2):
        with scope as ses:
            assert names(client) == []
            client.verify_domain_identity(Domain="example.com")
            assert len(ses.calls) == 2


def test_active_scope_can_be_entered_again(client: Any) -> None:
    """An active scope may be entered again: the new level has its own stub."""
    scope = mock_ses_verify(rate=None)
    with scope as outer:
        client.verify_domain_identity(Domain="outer.example")
        with scope as inner:
            assert inner is not outer
            assert names(client) == []
        assert names(client) == ["outer.example"]


# Where a start can fail, from the beginning down to its last patch.
BREAKABLE = {
    "activation": (activation, "activate"),
    "last patch": (interception.patches[-1], "apply"),
    "seeding": (activation, "seed"),
}


def broken(*_: object) -> None:
    raise OSError("broken")


@pytest.mark.parametrize(("owner", "name"), BREAKABLE.values(), ids=BREAKABLE)
def test_failing_start_leaves_no_stub_or_patch(owner: Any, name: str, client: Any) -> None:
    """A start that fails leaves nothing: no stub, no patch, no frozen time, and nothing to stop."""
    scope = mock_ses_verify(freeze="2020-01-01")
    with mock.patch.object(owner, name, broken), pytest.raises(OSError, match="broken"):
        scope.start()
    assert datetime.now(timezone.utc).year > 2020
    for nothing in (current_stub, scope.stop):
        with pytest.raises(SESStubError):
            nothing()
    with scope:
        assert names(client) == []


@pytest.mark.parametrize(("owner", "name"), BREAKABLE.values(), ids=BREAKABLE)
def test_failing_start_inside(owner: Any, name: str, client: Any) -> None:
    """A start that fails inside another scope leaves that scope answering."""
    with mock_ses_verify(identities=["outer.example"]) as outer:
        with mock.patch.object(owner, name, broken), pytest.raises(OSError, match="broken"):
            mock_ses_verify(identities=["inner.example"]).start()
        assert current_stub() is outer
        assert names(client) == ["outer.example"]


def test_failing_start_observer_leaves_nothing_active(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A start also leaves nothing behind if an observer of new stubs fails."""
    monkeypatch.setattr("ses_stub._api.activation.scope_started", [broken])
    with pytest.raises(OSError, match="broken"):
        mock_ses_verify().start()
    with pytest.raises(SESStubError):
        current_stub()


def test_scope_is_an_async_context_manager(client: Any) -> None:
    """A scope is an async context manager too, and also ends on an exception."""

    async def main() -> list[str]:
        async with mock_ses_verify(identities=["example.com"]):
            return await asyncio.get_running_loop().run_in_executor(None, names, client)

    async def fail() -> None:
        async with mock_ses_verify():
            raise KeyError

    assert asyncio.run(main()) == ["example.com"]
    with pytest.raises(KeyError):
        asyncio.run(fail())


# current_stub.


def test_current_stub_is_that_of_the_innermost_scope() -> None:
    """current_stub returns the innermost stub."""
    with mock_ses_verify() as outer:
        with mock_ses_verify() as inner:
            assert current_stub() is inner
        assert current_stub() is outer


def test_no_current_stub() -> None:
    """Without an active scope, the error says how to start one."""
    with pytest.raises(SESStubError, match="use the decorator @mock_ses_verify"):
        current_stub()


# Threads.


def in_thread(function: Callable[[], Any]) -> Any:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


def test_threads_with_scopes(client: Any) -> None:
    """Threads with their own scopes see only those."""
    together = threading.Barrier(4, timeout=30)

    def work(number: int) -> tuple[list[str], int, bool]:
        with mock_ses_verify(identities=[f"{number}.example"], clock=VirtualClock()) as ses:
            together.wait()
            found = [names(client)[0] for _ in range(5)]
            mine = current_stub() is ses
            together.wait()
            return found, len(ses.calls.filter(answered=True)), mine

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(work, range(4)))
    assert results == [([f"{number}.example"] * 5, 5, True) for number in range(4)]


def test_worker_without_scope(client: Any) -> None:
    """A worker thread without its own scope gets the innermost scope of all threads."""
    with mock_ses_verify(identities=["outer.example"]):
        assert in_thread(lambda: names(client)) == ["outer.example"]
        with mock_ses_verify(identities=["inner.example"]) as inner:
            assert in_thread(lambda: names(client)) == ["inner.example"]
            assert in_thread(current_stub) is inner


def test_scope_of_another_thread(client: Any) -> None:
    """A scope that another thread opens does not answer this thread's calls."""
    with mock_ses_verify(identities=["main.example"], rate=None):
        theirs = mock_ses_verify(identities=["theirs.example"])
        in_thread(theirs.start)
        assert names(client) == ["main.example"]
        in_thread(theirs.stop)
        assert names(client) == ["main.example"]


def test_scope_may_stop_in_another_thread(client: Any) -> None:
    """A scope may start in one thread, as in a fixture, and be used and stopped in another."""
    scope = mock_ses_verify(identities=["example.com"])
    in_thread(scope.start)
    assert names(client) == ["example.com"]
    scope.stop()


# Patches of other tools.


class Foreign:
    """A tool that wraps Endpoint.make_request to trace calls while it is active."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self._patch = pytest.MonkeyPatch()

    def __enter__(self) -> Foreign:
        below = vars(Endpoint)["make_request"]

        def make_request(endpoint: Any, operation_model: Any, request_dict: Any) -> Any:
            self.seen.append(operation_model.name)
            return below(endpoint, operation_model, request_dict)

        self._patch.setattr(Endpoint, "make_request", make_request)
        return self

    def __exit__(self, *_: object) -> None:
        self._patch.undo()


def test_foreign_patch_outside(client: Any) -> None:
    """A patch that was active before the scope sees the stub's calls too, and remains afterwards."""
    with Foreign() as foreign, mock_ses_verify():
        names(client)
    assert foreign.seen == ["ListIdentities"]


def test_foreign_patch_inside(client: Any) -> None:
    """So does a patch that starts and ends during the scope."""
    with mock_ses_verify(rate=None):
        with Foreign() as foreign:
            names(client)
        names(client)
    assert foreign.seen == ["ListIdentities"]


def test_foreign_patch_survives(client: Any) -> None:
    """A patch that is put over the stub's survives the end of the scope, and the next scope answers under it."""
    foreign, first = Foreign(), mock_ses_verify()
    first.start()
    with foreign:
        theirs = vars(Endpoint)["make_request"]
        first.stop()
        assert vars(Endpoint)["make_request"] is theirs
        with pytest.raises(SESStubError):
            current_stub()
        with mock_ses_verify(identities=["example.com"]) as ses:
            assert names(client) == ["example.com"]
        assert len(ses.calls) == 1
        assert vars(Endpoint)["make_request"] is theirs
    with mock_ses_verify(identities=["example.com"]) as ses:
        assert names(client) == ["example.com"]
    assert len(ses.calls) == 1
    assert foreign.seen == ["ListIdentities"]


def test_foreign_patch_taken_from_under(client: Any) -> None:
    """An earlier patch that ends inside the scope removes the stub's patch too; the next scope answers again."""
    foreign, first = Foreign(), mock_ses_verify()
    with foreign:
        first.start()
    first.stop()
    with mock_ses_verify(identities=["example.com"]) as ses:
        assert names(client) == ["example.com"]
    assert len(ses.calls) == 1


def test_nested_period_that_fails_to_start_leaves_the_outer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """If a stub cannot answer a second time at once, the first period goes on, with the application's clocks held."""

    def fail(_: object) -> None:
        raise KeyboardInterrupt

    start = datetime(2026, 1, 1)
    shared = activation.ActivationFactory(make_options({"freeze": start})).new_activation()
    with activation.Period(shared):
        with monkeypatch.context() as patch:
            patch.setattr(activation, "activate", fail)
            with pytest.raises(KeyboardInterrupt), activation.Period(shared):
                pass  # pragma: no cover  # It never begins.
        assert datetime.now() == start
    assert datetime.now() > start


def test_interceptor_for_unstubbed_calls_can_be_added_in_a_scope() -> None:
    """The guard of a test may begin while the stub of a wider fixture answers; the patches go with the last of both."""
    before = attributes_now()
    guard = mock.Mock()
    with mock_ses_verify(identities=["example.com"]):
        interception.add_fallback(guard)
        assert names(make_client()) == ["example.com"]
    interception.remove_fallback(guard)
    assert attributes_now() == before
