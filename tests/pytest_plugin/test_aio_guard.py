"""The network guard blocks aiobotocore's clients like botocore's."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from aio_clients import aio_client, own_session, run
from clients import KEYS

from ses_stub import SESStub, SESStubError, mock_ses_verify
from ses_stub._pytest.guard import NetworkGuard
from ses_stub._wire.messages import HTTPResponse

BODY = b"<ListIdentitiesResponse><ListIdentitiesResult><Identities/></ListIdentitiesResult></ListIdentitiesResponse>"


@pytest.fixture
def guard() -> Iterator[NetworkGuard]:
    """A guard that is on during the test."""
    guard = NetworkGuard()
    guard.start()
    yield guard
    guard.stop()


def here(offset: int = 0) -> str:
    """The caller's file and line, as the guard writes them."""
    return f"{__file__}:{sys._getframe(1).f_lineno + offset}"


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_unanswered_aio_call_raises_with_its_line(guard: NetworkGuard, mode: str) -> None:
    """An unanswered call raises with its operation and the user's line, in every retry mode."""

    async def program() -> str:
        async with aio_client(retries={"mode": mode}) as client:
            with pytest.raises(SESStubError, match="was not sent"):
                await client.list_identities()
            return here(-1)

    line = run(program())
    assert guard.leaks == [f"ListIdentities, called at {line}"]


def test_unanswered_aio_waiter_poll_shows_the_waiting_line(guard: NetworkGuard) -> None:
    """A waiter's poll is reported with the line that waits."""

    async def program() -> str:
        async with aio_client() as client:
            with pytest.raises(SESStubError, match="was not sent"):
                await client.get_waiter("identity_exists").wait(Identities=["example.com"])
            return here(-1)

    line = run(program())
    assert guard.leaks == [f"GetIdentityVerificationAttributes, called at {line}"]


def test_aio_client_is_stopped_after_its_scope(guard: NetworkGuard) -> None:
    """A client is answered during its scope, and blocked afterwards."""

    async def program() -> None:
        with mock_ses_verify(rate=None):
            async with aio_client() as client:
                await client.list_identities()
        with pytest.raises(SESStubError, match="was not sent"):
            await client.list_identities()

    run(program())
    assert len(guard.leaks) == 1


def test_attached_client_is_answered(guard: NetworkGuard) -> None:
    """A client that a stub is attached to is answered."""

    async def program() -> Any:
        async with aio_client() as client:
            SESStub(region="us-east-1", identities=["example.com"]).attach(client)
            return (await client.list_identities())["Identities"]

    assert run(program()) == ["example.com"]
    assert guard.leaks == []


def test_aio_handler_answers_before_the_guard(guard: NetworkGuard) -> None:
    """A client's own handler, also a coroutine, answers before the guard; calls that it leaves are blocked."""
    from ses_stub._intercept.aiobotocore import AioResponse

    async def answer(request: Any, **_: object) -> AioResponse | None:
        if "VerifyDomain" in str(request.body):
            return None
        return AioResponse(request.url, HTTPResponse(200, {"Content-Type": "text/xml"}, BODY))

    async def program() -> str:
        async with own_session().create_client("ses", region_name="us-east-1", **KEYS) as client:
            client.meta.events.register("before-send.ses", answer)
            assert (await client.list_identities())["Identities"] == []
            with pytest.raises(SESStubError, match="was not sent"):
                await client.verify_domain_identity(Domain="example.com")
            return here(-1)

    line = run(program())
    assert guard.leaks == [f"VerifyDomainIdentity, called at {line}"]
