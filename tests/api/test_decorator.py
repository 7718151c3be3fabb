"""The decorator on functions of every kind, and on fixtures."""

from __future__ import annotations

import asyncio
import functools
import gc
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any

import pytest
from scopes import ask, assert_no_scope

from ses_stub import SESStub, current_stub, mock_ses_verify


def of_function(decorator: Any) -> SESStub:
    @decorator
    def function() -> SESStub:
        return current_stub()

    return function()


def of_coroutine(decorator: Any) -> SESStub:
    @decorator
    async def coroutine() -> SESStub:
        await asyncio.sleep(0)
        return current_stub()

    return asyncio.run(coroutine())


def of_generator(decorator: Any) -> SESStub:
    @decorator
    def generator() -> Generator[SESStub, None, None]:
        yield current_stub()

    (stub,) = generator()
    return stub


def of_async_generator(decorator: Any) -> SESStub:
    @decorator
    async def async_generator() -> AsyncGenerator[SESStub, None]:
        yield current_stub()

    async def collect() -> list[SESStub]:
        return [stub async for stub in async_generator()]

    (stub,) = asyncio.run(collect())
    return stub


KINDS = pytest.mark.parametrize(
    "run", [of_function, of_coroutine, of_generator, of_async_generator], ids=lambda run: run.__name__[3:]
)


@KINDS
def test_bare_decorator_runs_in_a_default_scope(run: Callable[[Any], SESStub]) -> None:
    """Without parentheses a scope with the default options surrounds the run, and ends with it."""
    assert run(mock_ses_verify).identities == {}
    assert_no_scope()


@KINDS
def test_decorator_options_hold_during_the_run(run: Callable[[Any], SESStub]) -> None:
    """With parentheses the options hold during the run."""
    stub = run(mock_ses_verify(identities={"example.com": "Failed"}, region="eu-west-1"))
    assert stub.region == "eu-west-1"
    assert stub.identity("example.com").status == "Failed"


@KINDS
def test_no_options_in_parentheses(run: Callable[[Any], SESStub]) -> None:
    """Empty parentheses mean the same as no parentheses."""
    assert run(mock_ses_verify()).identities == {}


@KINDS
def test_each_run_has_a_fresh_stub(run: Callable[[Any], SESStub]) -> None:
    """Each run has its own stub, even with the same decorator object."""
    decorator = mock_ses_verify(identities=["example.com"])
    first, second = run(decorator), run(decorator)
    first.add_identity("ann@example.com")
    assert list(second.identities) == ["example.com"]


def test_each_decorated_call_starts_fresh() -> None:
    """What one call registers is unknown to the next, whose throttle starts idle."""

    @mock_ses_verify
    def test() -> dict[str, str]:
        before = ask("example.com")
        current_stub().add_identity("example.com")
        return before

    assert test() == {}
    assert test() == {}


def test_result_and_arguments() -> None:
    """Arguments and result are the same as without the decorator."""

    @mock_ses_verify
    def function(*args: int, **kwargs: int) -> tuple[Any, ...]:
        return args, kwargs

    assert function(1, 2, three=3) == ((1, 2), {"three": 3})


def test_exception_passes_and_ends_the_decorated_scope() -> None:
    """An exception passes through unchanged, and ends the scope."""

    @mock_ses_verify
    def function() -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        function()
    assert_no_scope()


def test_innermost_of_two_decorators_answers() -> None:
    """Of two decorators the one next to the function answers."""

    @mock_ses_verify(identities={"example.com": "Failed"})
    @mock_ses_verify(identities={"example.com": "Success"})
    def function() -> dict[str, str]:
        return ask("example.com")

    assert function() == {"example.com": "Success"}


def test_recursive_calls_have_a_stub_for_each_level() -> None:
    """A decorated function that calls itself has a stub for each level, and its own one again afterwards."""

    @mock_ses_verify
    def function(depth: int) -> None:
        current_stub().add_identity(f"level{depth}.example.com")
        if depth:
            function(depth - 1)
        assert list(current_stub().identities) == [f"level{depth}.example.com"]

    function(2)


# What the function looks like from outside.


def plain(ses: int, *, other: str = "x") -> None:
    """A plain one."""


async def coroutine(ses: int, *, other: str = "x") -> None:
    """A coroutine."""


def generator(ses: int, *, other: str = "x") -> Generator[int, None, None]:
    """A generator."""
    yield ses  # pragma: no cover


async def async_generator(ses: int, *, other: str = "x") -> AsyncGenerator[int, None]:
    """An async generator."""
    yield ses  # pragma: no cover


@pytest.mark.parametrize(
    ("function", "is_same_kind"),
    [
        pytest.param(plain, inspect.isfunction, id="function"),
        pytest.param(coroutine, inspect.iscoroutinefunction, id="coroutine"),
        pytest.param(generator, inspect.isgeneratorfunction, id="generator"),
        pytest.param(async_generator, inspect.isasyncgenfunction, id="async generator"),
    ],
)
def test_decorated_function_keeps_signature(function: Callable[..., Any], is_same_kind: Callable[[Any], bool]) -> None:
    """Kind, signature, name and docstring stay, so that pytest still sees arguments and kind."""
    decorated = mock_ses_verify(rate=None)(function)
    assert decorated is not function
    assert is_same_kind(decorated)
    assert inspect.signature(decorated) == inspect.signature(function)
    for attribute in ("__name__", "__qualname__", "__module__", "__doc__"):
        assert getattr(decorated, attribute) == getattr(function, attribute)


# What cannot be right is refused.


class AsyncCall:
    async def __call__(self) -> None:
        """Must not run."""


async def unseen() -> None:
    """Must not run."""


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(lambda: unseen(), id="coroutine"),
        pytest.param(AsyncCall(), id="async __call__"),
        pytest.param(lambda: generator(1), id="generator"),
        pytest.param(lambda: async_generator(1), id="async generator"),
    ],
)
def test_function_that_returns_a_coroutine_is_refused(function: Callable[[], Any]) -> None:
    """A function that returns a coroutine or generator is refused when called: the result would run after the scope."""
    with pytest.raises(TypeError, match=r"would run after the scope has ended\. Put @mock_ses_verify"):
        mock_ses_verify(function)()
    # A coroutine that was dropped, not closed, would warn here.
    gc.collect()
    assert_no_scope()


def test_partial_of_coroutine() -> None:
    """A partial of a coroutine function is seen as one."""

    async def status(name: str) -> dict[str, str]:
        return ask(name)

    decorated = mock_ses_verify(identities=["example.com"])(functools.partial(status, "example.com"))
    assert asyncio.run(decorated()) == {"example.com": "Success"}


@pytest.mark.parametrize("target", [42, "test", None, ["f"]], ids=repr)
def test_decorating_a_non_callable_is_refused(target: Any) -> None:
    """Anything that is neither function nor class is refused when decorated."""
    with pytest.raises(TypeError, match="decorates functions and classes"):
        mock_ses_verify(rate=None)(target)


@pytest.mark.parametrize("kind", [staticmethod, classmethod])
def test_static_and_class_methods_stay_descriptors(kind: Any) -> None:
    """Above @staticmethod or @classmethod the decorator gives one again."""
    owner = type("Owner", (), {"ask": mock_ses_verify(identities=["a.com"])(kind(lambda *_: ask("a.com")))})
    assert isinstance(vars(owner)["ask"], kind)
    assert owner.ask() == owner().ask() == {"a.com": "Success"}  # type: ignore[attr-defined]
