"""Retries of aiobotocore take virtual time, as those of botocore do, in every mode and under every clock."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from aio import aio_client, run
from botocore.exceptions import ClientError
from clients import make_client
from freezegun import freeze_time

from ses_stub import SESStub, VirtualClock, mock_ses_verify
from ses_stub._calls import as_lines

time_machine = pytest.importorskip("time_machine")
endpoint = pytest.importorskip("aiobotocore.endpoint")

MODES = ["legacy", "standard", "adaptive"]
ASKED = {"Identities": ["example.com"]}


async def poll(client: Any, times: int) -> None:
    """Calls as fast as can be; a refusal is no end."""
    for _ in range(times):
        with suppress(ClientError):
            await client.get_identity_verification_attributes(**ASKED)


def poll_at_once(client: Any, times: int) -> None:
    """The same with botocore."""
    for _ in range(times):
        with suppress(ClientError):
            client.get_identity_verification_attributes(**ASKED)


@pytest.mark.parametrize("jitter", [1.0, 0.0, "random"])
@pytest.mark.parametrize("mode", MODES)
def test_same_as_botocore(mode: str, jitter: Any) -> None:
    """The log is that of a client of botocore in the same mode, call by call and moment by moment."""
    retries = {"mode": mode, "total_max_attempts": 4}

    async def program() -> list[str]:
        with mock_ses_verify(clock=VirtualClock(), jitter=jitter, region="us-east-1") as ses:
            async with aio_client(retries=retries) as client:
                await poll(client, 40)
            return as_lines(ses.calls)

    with mock_ses_verify(clock=VirtualClock(), jitter=jitter, region="us-east-1") as ses:
        poll_at_once(make_client(retries=retries), 40)
        expected = as_lines(ses.calls)
    assert run(program()) == expected
    assert any("Throttling" in line for line in expected)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "frozen",
    [lambda: freeze_time("2026-01-01"), lambda: time_machine.travel("2026-01-01T00:00Z", tick=False)],
    ids=["freezegun", "time-machine"],
)
def test_time_that_stands_still(frozen: Any, mode: str) -> None:
    """No retry waits for a clock that does not move."""

    async def program() -> SESStub:
        with mock_ses_verify(region="us-east-1") as ses:
            async with aio_client(retries={"mode": mode}) as client:
                await poll(client, 10)
            return ses

    with frozen():
        assert len(run(program()).calls.filter(answered=True)) == 10


@pytest.mark.parametrize("mode", MODES)
def test_many_tasks(mode: str) -> None:
    """Hundreds of tasks share one throttle: each answered call has a second to itself, and no call is lost."""

    async def program() -> tuple[SESStub, list[Any]]:
        with mock_ses_verify(clock=VirtualClock(), region="us-east-1") as ses:
            async with aio_client(retries={"mode": mode}) as client:
                tasks = (client.get_identity_verification_attributes(**ASKED) for _ in range(300))
                return ses, await asyncio.gather(*tasks, return_exceptions=True)

    ses, outcomes = run(program())
    refused = [one for one in outcomes if isinstance(one, ClientError)]
    moments = [call.at for call in ses.calls if call.error_code is None]
    assert len(outcomes) == 300
    assert len(moments) == 300 - len(refused)
    assert len(set(moments)) == len(moments)
    assert len(ses.calls.throttled) + len(moments) == len(ses.calls)


def test_real_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """With ``sleep="real"`` aiobotocore sleeps as it does."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def program() -> None:
        with mock_ses_verify(clock=VirtualClock(), sleep="real", jitter=1.0, region="us-east-1") as ses:
            async with aio_client(retries={"mode": "legacy"}) as client:
                monkeypatch.setattr(endpoint.asyncio, "sleep", sleep)
                ses.add_identity("example.com", "Pending")
                await poll(client, 2)
            assert ses.report().waited == 0

    run(program())
    monkeypatch.undo()
    assert len(slept) == 4


def test_other_handlers_in_the_adaptive_mode() -> None:
    """A client's own handlers are called in the adaptive mode too, functions and coroutines."""
    seen = []

    def handler(**_: object) -> None:
        seen.append("function")

    async def coroutine(**_: object) -> None:
        seen.append("coroutine")

    async def program() -> None:
        with mock_ses_verify():
            async with aio_client(retries={"mode": "adaptive"}) as client:
                client.meta.events.register("before-send.ses", handler)
                client.meta.events.register("before-send.ses", coroutine)
                await poll(client, 1)

    run(program())
    assert sorted(seen) == ["coroutine", "function"]
