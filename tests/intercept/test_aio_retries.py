"""Retries of aiobotocore take virtual time, as those of botocore do, in every mode and under every clock."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from aio_clients import aio_client, run
from botocore.exceptions import ClientError, WaiterError
from clients import make_client
from freezegun import freeze_time

from ses_stub import SESStub, VirtualClock, mock_ses_verify
from ses_stub._service.calls import as_lines

time_machine = pytest.importorskip("time_machine")
endpoint = pytest.importorskip("aiobotocore.endpoint")
waiter = pytest.importorskip("aiobotocore.waiter")

MODES = ["legacy", "standard", "adaptive"]
ASKED = {"Identities": ["example.com"]}


async def poll(client: Any, times: int) -> None:
    """Calls in a busy loop; errors are ignored."""
    for _ in range(times):
        with suppress(ClientError):
            await client.get_identity_verification_attributes(**ASKED)


def poll_at_once(client: Any, times: int) -> None:
    """The same with botocore."""
    for _ in range(times):
        with suppress(ClientError):
            client.get_identity_verification_attributes(**ASKED)


#: The slow one is polled until the back-off reaches its maximum in the modes that have one.
PACES: dict[str, tuple[int, dict[str, Any]]] = {
    "all of the back-off": (4, {"jitter": 1.0}),
    "none of it": (4, {"jitter": 0.0}),
    "some of it": (4, {"jitter": "random"}),
    "to its longest": (8, {"jitter": 1.0, "rate": 0.01}),
}


@pytest.mark.parametrize(("attempts", "options"), PACES.values(), ids=PACES)
@pytest.mark.parametrize("mode", MODES)
def test_same_as_botocore(mode: str, attempts: int, options: dict[str, Any]) -> None:
    """The log is the same as with a botocore client in the same mode: the same calls at the same times."""
    retries = {"mode": mode, "total_max_attempts": attempts}

    async def program() -> list[str]:
        with mock_ses_verify(clock=VirtualClock(), region="us-east-1", **options) as ses:
            async with aio_client(retries=retries) as client:
                await poll(client, 40)
            return as_lines(ses.calls)

    with mock_ses_verify(clock=VirtualClock(), region="us-east-1", **options) as ses:
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
def test_aio_retries_pass_under_frozen_time(frozen: Any, mode: str) -> None:
    """No retry waits for a clock that does not move."""

    async def program() -> SESStub:
        with mock_ses_verify(region="us-east-1") as ses:
            async with aio_client(retries={"mode": mode}) as client:
                await poll(client, 10)
            return ses

    with frozen():
        assert len(run(program()).calls.filter(answered=True)) == 10


@pytest.mark.parametrize("mode", MODES)
def test_hundreds_of_tasks_share_one_throttle(mode: str) -> None:
    """Hundreds of tasks share one throttle: one call passes per second, and no call is lost."""

    async def program() -> tuple[SESStub, list[Any]]:
        with mock_ses_verify(clock=VirtualClock(), region="us-east-1") as ses:
            async with aio_client(retries={"mode": mode}) as client:
                tasks = (client.get_identity_verification_attributes(**ASKED) for _ in range(300))
                return ses, await asyncio.gather(*tasks, return_exceptions=True)

    ses, outcomes = run(program())
    refused = [one for one in outcomes if isinstance(one, ClientError)]
    timestamps = [call.at for call in ses.calls if call.error_code is None]
    assert len(outcomes) == 300
    assert len(timestamps) == 300 - len(refused)
    assert len(set(timestamps)) == len(timestamps)
    assert len(ses.calls.throttled) + len(timestamps) == len(ses.calls)


def test_event_loops_in_threads_share_one_throttle() -> None:
    """Event loops in several threads share one throttle."""

    async def program() -> int:
        async with aio_client(retries={"mode": "standard"}) as client:
            tasks = (client.get_identity_verification_attributes(**ASKED) for _ in range(50))
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(one, (dict, ClientError)) for one in outcomes)
        return sum(isinstance(one, dict) for one in outcomes)

    with mock_ses_verify(clock=VirtualClock(), region="us-east-1") as ses, ThreadPoolExecutor(4) as pool:
        answered = [loop.result() for loop in [pool.submit(run, program()) for _ in range(4)]]
    timestamps = [call.at for call in ses.calls if call.error_code is None]
    assert len(set(timestamps)) == len(timestamps) == sum(answered)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The sleeps that aiobotocore requests, in order; none is really slept."""
    asked: list[float] = []

    async def sleep(seconds: float) -> None:
        asked.append(seconds)

    # One module for both: the oldest ones read more of it.
    assert endpoint.asyncio is waiter.asyncio
    monkeypatch.setattr(endpoint.asyncio, "sleep", sleep)
    return asked


@pytest.mark.parametrize("mode", MODES)
def test_aio_retries_and_waiters_never_sleep(slept: list[float], mode: str) -> None:
    """Neither retries nor a waiter sleep, not even for no time."""

    async def program() -> float:
        with mock_ses_verify(clock=VirtualClock(), identities={"example.com": "Pending"}, region="us-east-1") as ses:
            async with aio_client(retries={"mode": mode}) as client:
                await poll(client, 10)
                with pytest.raises(WaiterError):
                    await client.get_waiter("identity_exists").wait(**ASKED)
            return ses.report().simulated_wait

    assert run(program()) > 50
    assert slept == []


def test_aio_retry_with_real_sleep_uses_the_loop(slept: list[float]) -> None:
    """With ``sleep="real"`` a retry sleeps in the event loop, and the clock does not move."""

    async def program() -> tuple[int, float]:
        with mock_ses_verify(clock=VirtualClock(), sleep="real", region="us-east-1") as ses:
            async with aio_client(retries={"mode": "legacy"}) as client:
                await poll(client, 2)
            return len(ses.calls.throttled), ses.report().simulated_wait

    # The first try of the second call and its four retries.
    assert run(program()) == (5, 0)
    assert len(slept) == 4
    assert all(0 < seconds < 8 for seconds in slept)


def test_real_sleep_of_a_waiter(slept: list[float]) -> None:
    """With ``sleep="real"`` a waiter sleeps its own delay, or a configured one."""

    async def program() -> None:
        options = {"identities": {"example.com": "Pending"}, "rate": None, "region": "us-east-1"}
        with mock_ses_verify(clock=VirtualClock(), sleep="real", **options):
            async with aio_client() as client:
                for config in ({"MaxAttempts": 3}, {"MaxAttempts": 2, "Delay": 7}):
                    with pytest.raises(WaiterError):
                        await client.get_waiter("identity_exists").wait(**ASKED, WaiterConfig=config)

    run(program())
    assert slept == [3, 3, 7]


def test_other_handlers_in_the_adaptive_mode() -> None:
    """A client's own handlers, functions and coroutines, are called in the adaptive mode too."""
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
