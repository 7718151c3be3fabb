"""The decorator on generators and async generators: what goes in, what comes out, and how they end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator
from typing import Any

import pytest
from scopes import ask, assert_no_scope

from ses_stub import SESStub, current_stub, mock_ses_verify

# Generators.


@mock_ses_verify(identities=["example.com"], rate=None)
def conversation() -> Generator[Any, Any, str]:
    """Receives names and yields statuses until it receives None."""
    answer: Any = "ready"
    try:
        while True:
            try:
                names = yield answer
            except LookupError as error:
                answer = f"caught {error.args[0]}"
                continue
            if names is None:
                return "done"
            answer = ask(*names)
    finally:
        current_stub().add_identity("closed.example.com")
        CLOSED.append(current_stub())


CLOSED: list[SESStub] = []


@pytest.fixture(autouse=True)
def _none_closed() -> None:
    CLOSED.clear()


def test_sent_values_arrive_in_a_decorated_generator() -> None:
    """Values that are sent arrive in the generator. Its calls are answered at every step."""
    talk = conversation()
    assert next(talk) == "ready"
    assert talk.send(["example.com"]) == {"example.com": "Success"}
    assert talk.send(["unknown.com"]) == {}
    talk.close()


def test_thrown_errors_arrive_in_a_decorated_generator() -> None:
    """Errors that are thrown arrive in the generator, which may continue."""
    talk = conversation()
    next(talk)
    assert talk.throw(LookupError("it")) == "caught it"
    with pytest.raises(ValueError, match="not caught"):
        talk.throw(ValueError("not caught"))
    assert_no_scope()


def test_decorated_generator_keeps_its_return_value() -> None:
    """The generator's return value is kept."""
    talk = conversation()
    next(talk)
    with pytest.raises(StopIteration) as stop:
        talk.send(None)
    assert stop.value.value == "done"
    assert_no_scope()


def test_closing_a_generator_cleans_up_inside_the_scope() -> None:
    """Closing the generator runs its clean-up inside the scope, then ends the scope."""
    talk = conversation()
    next(talk)
    assert CLOSED == []
    talk.close()
    assert "closed.example.com" in CLOSED[0].identities
    assert_no_scope()


def test_generator_not_started() -> None:
    """A generator that is never started begins no scope."""
    talk = conversation()
    assert_no_scope()
    talk.close()


# Async generators.


@mock_ses_verify(identities=["example.com"], rate=None)
async def async_conversation() -> AsyncGenerator[Any, Any]:
    """Receives names and yields statuses until it receives None."""
    answer: Any = "ready"
    try:
        while True:
            try:
                names = yield answer
            except LookupError as error:
                answer = f"caught {error.args[0]}"
                continue
            if names is None:
                return
            await asyncio.sleep(0)
            answer = ask(*names)
    finally:
        await asyncio.sleep(0)
        current_stub().add_identity("closed.example.com")
        CLOSED.append(current_stub())


def test_async_generator_asend() -> None:
    """Values that are sent arrive in the async generator. Its calls are answered at every step."""

    async def main() -> None:
        talk = async_conversation()
        assert await talk.asend(None) == "ready"
        assert await talk.asend(["example.com"]) == {"example.com": "Success"}
        with pytest.raises(StopAsyncIteration):
            await talk.asend(None)
        assert_no_scope()

    asyncio.run(main())


def test_async_generator_athrow() -> None:
    """Errors that are thrown arrive in the async generator, which may continue or raise them."""

    async def main() -> None:
        talk = async_conversation()
        await talk.asend(None)
        assert await talk.athrow(LookupError("it")) == "caught it"
        with pytest.raises(ValueError, match="not caught"):
            await talk.athrow(ValueError("not caught"))
        assert_no_scope()

    asyncio.run(main())


def test_async_generator_aclose() -> None:
    """Closing the async generator runs its clean-up inside the scope, then ends the scope."""

    async def main() -> None:
        talk = async_conversation()
        await talk.asend(None)
        await talk.aclose()
        assert "closed.example.com" in CLOSED[0].identities
        assert_no_scope()

    asyncio.run(main())
