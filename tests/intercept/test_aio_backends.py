"""aiobotocore on its httpx back end, on asyncio and on trio: the same interception, and no real wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from aio_clients import own_session

from ses_stub import VirtualClock, mock_ses_verify

trio = pytest.importorskip("trio")
httpx2 = pytest.importorskip("httpx2")
config = pytest.importorskip("aiobotocore.config")
httpxsession = pytest.importorskip("aiobotocore.httpxsession")


async def program(mode: str) -> tuple[list[str | None], float]:
    """A domain's life: polled by the waiter, then in a busy loop."""
    options = config.AioConfig(http_session_cls=httpxsession.HttpxSession, retries={"mode": mode})
    with mock_ses_verify(clock=VirtualClock(), region="us-east-1") as ses:
        async with own_session().create_client("ses", config=options) as client:
            await client.verify_domain_identity(Domain="example.com")
            ses.after(seconds=20).confirm("example.com")
            await client.get_waiter("identity_exists").wait(Identities=["example.com"])
            for _ in range(20):
                await client.get_identity_verification_attributes(Identities=["example.com"])
        return [call.error_code for call in ses.calls], ses.report().simulated_wait


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
@pytest.mark.parametrize(
    "run", [lambda mode: asyncio.run(program(mode)), lambda mode: trio.run(program, mode)], ids=["asyncio", "trio"]
)
def test_waits_are_virtual_on_each_backend(run: Callable[[str], Any], mode: str) -> None:
    """Retries and waiters take virtual time, in every retry mode."""
    errors, waited = run(mode)
    assert errors.count(None) == 1 + 8 + 20
    assert set(errors) == {None, "Throttling"}
    assert waited > 40
