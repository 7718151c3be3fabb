"""Retries other than those of the throttle: the back-off of other errors, and the quota in nested scopes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import botocore.endpoint
import botocore.retryhandler
import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.retries.standard import RetryHandler

from ses_stub import SESStub, VirtualClock, mock_ses_verify
from ses_stub._intercept.handlers import handlers_of

SESSION = botocore.session.Session()


def make(mode: str, **retries: int) -> Any:
    return SESSION.create_client("ses", region_name="us-east-1", config=Config(retries={"mode": mode, **retries}))


def failing_call(ses: SESStub, client: Any, code: str = "Throttling") -> None:
    """A call that always ends with the same error."""
    ses.inject(error_code=code, times=None)
    with pytest.raises(ClientError, match=code):
        client.list_identities()


def retry_handlers(client: Any) -> list[RetryHandler]:
    owners = [
        getattr(one, "__self__", None) for one in handlers_of(client.meta.events, "needs-retry.ses.ListIdentities")
    ]
    return [owner for owner in owners if isinstance(owner, RetryHandler)]


def quota(client: Any) -> Any:
    (handler,) = retry_handlers(client)
    return handler._retry_quota._quota


@pytest.mark.parametrize("code", ["Throttling", "ServiceUnavailable", "InternalFailure", "RequestTimeout"])
@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_back_off_of_each_error(monkeypatch: pytest.MonkeyPatch, mode: str, code: str) -> None:
    """For each error the clock moves as long as this botocore would have slept with the same random numbers."""
    client = make(mode, total_max_attempts=5)
    with mock_ses_verify(clock=VirtualClock(), jitter=0.75) as ses:
        failing_call(ses, client, code)

    slept: list[float] = []
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=slept.append))
    monkeypatch.setattr(botocore.retryhandler.random, "random", lambda: 0.75)
    for handler in retry_handlers(client):
        monkeypatch.setattr(handler._retry_policy._retry_backoff, "_random", lambda: 0.75)
    with mock_ses_verify(clock=VirtualClock(), sleep="real") as real:
        failing_call(real, client, code)
    assert [wait.duration_us / 1_000_000 for wait in ses._service.log.waits] == pytest.approx(slept)
    assert [call.attempt for call in ses.calls] == [call.attempt for call in real.calls]


@pytest.mark.parametrize("capacity", [0, 7, 500])
@pytest.mark.parametrize("mode", ["standard", "adaptive"])
def test_quota_is_full_in_a_scope_and_restored(mode: str, capacity: int) -> None:
    """A client's retry quota is full in a scope, and is restored afterwards."""
    client = make(mode)
    quota(client)._available_capacity = capacity
    with mock_ses_verify(clock=VirtualClock()) as ses:
        failing_call(ses, client)
        assert len(ses.calls) == 3
        assert quota(client)._available_capacity == 490
    assert quota(client)._available_capacity == capacity


def test_quota_in_nested_scopes() -> None:
    """An inner scope has a full quota too; the last scope to end restores the original one."""
    client = make("standard")
    quota(client)._available_capacity = 7
    with mock_ses_verify(clock=VirtualClock()) as outer:
        failing_call(outer, client)
        with mock_ses_verify(clock=VirtualClock()) as inner:
            failing_call(inner, client)
            assert quota(client)._available_capacity == 490
        assert quota(client)._available_capacity == 490
    assert quota(client)._available_capacity == 7
