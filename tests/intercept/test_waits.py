"""botocore's waits for SES: how long, how many, and that none is real."""

from __future__ import annotations

import random
from typing import Any
from unittest import mock

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, WaiterError
from botocore.retries.adaptive import ClientRateLimiter
from botocore.retries.standard import RetryHandler
from clients import canned, make_client, make_signing_client, names, owner, record_sleeps
from fidelity import aws

from ses_stub import SESStub, VirtualClock, mock_ses_verify

NEEDS_RETRY = "needs-retry.ses.ListIdentities"


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    return record_sleeps(monkeypatch)


@pytest.fixture(autouse=True)
def no_sleep(slept: list[float]) -> None:
    """Every real sleep fails the test."""


def waited(ses: SESStub) -> list[float]:
    """The waits so far, in seconds."""
    return [wait.duration_us / 1e6 for wait in ses._service.log.waits]


def throttle(ses: SESStub, client: Any, times: int) -> list[int]:
    """The attempts of all calls, made until one passes after that many throttled attempts."""
    ses.inject("ListIdentities", error_code="Throttling", times=times)
    names(client)
    return [call.attempt for call in ses.calls]


# Retries.


@pytest.mark.parametrize("sleep", ["virtual", "real"])
def test_users_handler_sees_each_response(sleep: Any) -> None:
    """A success too, of which botocore's own retry handlers are not asked."""
    client, seen = make_client(), []
    client.meta.events.register("needs-retry.ses", lambda response, **_: seen.append(response[0].status_code))
    with mock_ses_verify(rate=None, sleep=sleep):
        names(client)
    assert seen == [200]


ATTEMPTS = {"legacy": 5, "standard": 3, "adaptive": 3}


@pytest.mark.parametrize("mode", ATTEMPTS)
def test_throttled_call_is_retried_without_real_waiting(mode: str, slept: list[float]) -> None:
    """A throttled call is retried when the throttle lets it pass, without real waiting."""
    client = make_client(retries={"mode": mode})
    with mock_ses_verify(clock=VirtualClock()) as ses:
        for _ in range(5):
            names(client)
    assert len(ses.calls.filter(answered=True)) == 5
    assert sum(waited(ses)) >= 4
    assert slept == []


DELAYS = {"legacy": [1, 2, 4, 8, 16, 32], "standard": [1, 2, 4, 8, 16, 20]}


@pytest.mark.parametrize("jitter", [1.0, 0.0])
@pytest.mark.parametrize(("mode", "delays"), DELAYS.items(), ids=DELAYS)
def test_backoff_follows_jitter_and_attempt(mode: str, delays: list[float], jitter: float) -> None:
    """The n-th retry waits for jitter * 2^(n-1) seconds, at most 20 in standard mode."""
    client = make_client(retries={"mode": mode, "total_max_attempts": 7})
    with mock_ses_verify(clock=VirtualClock(), jitter=jitter) as ses:
        assert throttle(ses, client, 6) == [1, 2, 3, 4, 5, 6, 7]
    assert waited(ses) == [jitter * delay for delay in delays]


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_back_off_is_botocores(mode: str, slept: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """With intermediate jitter too, the wait is what botocore would sleep with those random numbers."""
    client = make_client(retries={"mode": mode, "total_max_attempts": 7})
    with mock_ses_verify(clock=VirtualClock(), jitter=0.75) as ses:
        throttle(ses, client, 6)
    slept.clear()
    if mode == "standard":
        monkeypatch.setattr(
            owner(client, NEEDS_RETRY, RetryHandler)._retry_policy._retry_backoff, "_random", three_of_four
        )
    monkeypatch.setattr(random, "random", three_of_four)
    with mock_ses_verify(clock=VirtualClock(), sleep="real") as real:
        throttle(real, client, 6)
    assert waited(ses) == slept


def three_of_four() -> float:
    return 0.75


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_random_jitter_is_the_same_in_every_run(mode: str) -> None:
    """Random jitter is between the shortest and the longest, and each scope has the same."""
    client = make_client(retries={"mode": mode, "total_max_attempts": 4})

    def waits() -> list[float]:
        with mock_ses_verify(clock=VirtualClock(), jitter="random") as ses:
            throttle(ses, client, 3)
        return waited(ses)

    factors = [wait / 2**number for number, wait in enumerate(waits())]
    assert all(0 < factor < 1 for factor in factors)
    assert len(set(factors)) == 3
    assert waits() == waits()


def test_global_random_state_does_not_matter() -> None:
    """The program's own random numbers have no influence."""
    runs = []
    client = make_client(retries={"mode": "legacy"})
    for seed in range(2):
        random.seed(seed)
        with mock_ses_verify(clock=VirtualClock(), jitter="random") as ses:
            throttle(ses, client, 3)
        runs.append(waited(ses))
    assert runs[0] == runs[1]


@aws("documented", "botocore's retry modes and its general rules, which know Throttling; none are for SES")
@pytest.mark.parametrize(("mode", "attempts"), ATTEMPTS.items(), ids=ATTEMPTS)
def test_attempts_in_each_mode(mode: str, attempts: int) -> None:
    """A throttled call is retried in each mode, up to that mode's number of attempts."""
    client = make_client(retries={"mode": mode})
    with mock_ses_verify(clock=VirtualClock()) as ses:
        ses.inject(error_code="Throttling", times=None)
        with pytest.raises(ClientError, match="Rate exceeded"):
            names(client)
    assert [call.attempt for call in ses.calls] == list(range(1, attempts + 1))


@pytest.mark.parametrize(
    ("retries", "attempts"),
    [({"max_attempts": 0}, 1), ({"max_attempts": 3}, 4), ({"total_max_attempts": 2}, 2)],
    ids=str,
)
@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_configured_attempts_limit_the_retries(retries: dict[str, Any], attempts: int, mode: str) -> None:
    """max_attempts counts the retries of a call, total_max_attempts its attempts."""
    client = make_client(retries={"mode": mode, **retries})
    with mock_ses_verify(clock=VirtualClock()) as ses:
        ses.inject(error_code="Throttling", times=None)
        with pytest.raises(ClientError):
            names(client)
    assert len(ses.calls) == attempts
    assert waited(ses) == [2**number for number in range(attempts - 1)]


@aws("recorded", "mkrn/cdk-ses-template-mailer issue 11")
def test_single_attempt_raises_the_recorded_throttling() -> None:
    """With a single attempt, the second of two calls within a second is throttled with the recorded error."""
    client = make_client(retries={"total_max_attempts": 1, "mode": "standard"})
    with mock_ses_verify() as ses:
        names(client)
        with pytest.raises(ClientError) as error:
            names(client)
    answer = error.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert answer["Error"] == {"Type": "Sender", "Code": "Throttling", "Message": "Rate exceeded"}
    assert waited(ses) == []


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_zero_jitter_uses_up_all_attempts(mode: str) -> None:
    """With the shortest jitter all retries are throttled, until the attempts run out."""
    client = make_client(retries={"mode": mode})
    with mock_ses_verify(clock=VirtualClock(), jitter=0.0) as ses:
        names(client)
        with pytest.raises(ClientError, match="Throttling"):
            names(client)
    assert len(ses.calls.throttled) == ATTEMPTS[mode]


def test_no_jitter_adaptive() -> None:
    """The adaptive mode limits its own rate, and succeeds even so."""
    client = make_client(retries={"mode": "adaptive"})
    with mock_ses_verify(clock=VirtualClock(), jitter=0.0) as ses:
        for _ in range(3):
            names(client)
    assert {wait.reason for wait in ses._service.log.waits} == {
        "retry of ListIdentities",
        "client-side rate limit",
    }


def test_lost_connection_is_retried_in_virtual_time() -> None:
    """A connection that fails is retried in virtual time too."""
    client = make_client(retries={"mode": "legacy"})
    with mock_ses_verify(clock=VirtualClock()) as ses:
        ses.inject(exception=EndpointConnectionError(endpoint_url="https://example.com"), times=2)
        names(client)
    assert waited(ses) == [1, 2]


# State that a client carries from one test into the next.


def quota(client: Any) -> Any:
    return owner(client, NEEDS_RETRY, RetryHandler)._retry_quota._quota


def test_quota_is_reset_and_restored() -> None:
    """Every scope starts with a full retry quota, and restores the client's quota afterwards, even an exhausted one."""
    client = make_client(retries={"mode": "standard"})
    quota(client).acquire(497)
    for _ in range(2):
        with mock_ses_verify(clock=VirtualClock(), rate=None) as ses:
            throttle(ses, client, 2)
        assert quota(client).available_capacity == 3


def test_quota_runs_out() -> None:
    """Within a scope the quota drains as in production, until calls fail without a retry."""
    client = make_client(retries={"mode": "standard"})
    with mock_ses_verify(clock=VirtualClock()) as ses:
        ses.inject(error_code="Throttling", times=None)
        for _ in range(51):
            with pytest.raises(ClientError) as error:
                names(client)
    assert error.value.response["ResponseMetadata"]["RetryQuotaReached"]
    assert ses.calls.last.attempt == 1
    assert quota(client).available_capacity == 500


def test_clients_own_limiter_is_untouched() -> None:
    """The client's own adaptive limiter is not changed by the scope."""
    client = make_client(retries={"mode": "adaptive"})
    limiter = owner(client, NEEDS_RETRY, ClientRateLimiter)
    parts = (limiter, limiter._token_bucket, limiter._rate_clocker, limiter._rate_adjustor)
    before = [dict(vars(part)) for part in parts]
    with mock_ses_verify(clock=VirtualClock()) as ses:
        for _ in range(5):
            names(client)
    assert ses.calls.throttled
    assert [dict(vars(part)) for part in parts] == before


def test_limiter_of_each_scope() -> None:
    """A second scope on the same client behaves exactly like the first."""
    client = make_client(retries={"mode": "adaptive"})
    runs = []
    for _ in range(2):
        with mock_ses_verify(clock=VirtualClock()) as ses:
            for _ in range(10):
                names(client)
        runs.append((ses.calls, waited(ses)))
    assert runs[0] == runs[1]


# The waiter.


@aws("documented", "botocore's waiters-2.json: IdentityExists")
def test_waiter_polls_every_three_seconds_until_success(slept: list[float]) -> None:
    """The waiter IdentityExists polls every three seconds of the stub's clock until the identity is Success."""
    client = make_client()
    with mock_ses_verify(clock=VirtualClock()) as ses:
        client.verify_email_identity(EmailAddress="ann@example.com")
        ses.after(seconds=7).confirm("ann@example.com")
        client.get_waiter("identity_exists").wait(Identities=["ann@example.com"])
    assert waited(ses) == [3, 3, 3]
    assert {wait.reason for wait in ses._service.log.waits} == {"waiter IdentityExists"}
    assert slept == []


@aws("documented", "botocore's waiters-2.json: IdentityExists")
def test_waiter_gives_up_after_twenty_polls(slept: list[float]) -> None:
    """The waiter IdentityExists gives up after twenty polls, and does not wait after the last one."""
    client = make_client()
    with mock_ses_verify(clock=VirtualClock()) as ses:
        client.verify_email_identity(EmailAddress="ann@example.com")
        with pytest.raises(WaiterError, match="Max attempts exceeded"):
            client.get_waiter("identity_exists").wait(Identities=["ann@example.com"])
    assert ses.calls.count("GetIdentityVerificationAttributes") == 20
    assert waited(ses) == [3] * 19
    assert slept == []


@pytest.mark.parametrize(
    ("config", "polls", "delay"),
    [({"Delay": 10, "MaxAttempts": 3}, 3, 10), ({"MaxAttempts": 2}, 2, 3), ({"Delay": 1}, 20, 1), ({}, 20, 3)],
    ids=str,
)
def test_waiter_config_is_respected_and_unchanged(config: dict[str, int], polls: int, delay: float) -> None:
    """The WaiterConfig is used, and not changed."""
    client, given = make_client(), dict(config)
    with mock_ses_verify(clock=VirtualClock()) as ses, pytest.raises(WaiterError):
        client.get_waiter("identity_exists").wait(Identities=["ann@example.com"], WaiterConfig=given)
    assert (ses.calls.count("GetIdentityVerificationAttributes"), waited(ses)) == (polls, [delay] * (polls - 1))
    assert given == config


def test_waiter_made_before() -> None:
    """A waiter that was made before the scope uses virtual time too, and is not changed."""
    waiter = make_client().get_waiter("identity_exists")
    before = dict(vars(waiter))
    with mock_ses_verify(clock=VirtualClock(), identities={"example.com": "Pending"}) as ses:
        ses.after(seconds=2).confirm("example.com")
        waiter.wait(Identities=["example.com"])
    assert waited(ses) == [3]
    assert vars(waiter) == before


# Waits that are not changed.


def test_retry_of_another_service(slept: list[float]) -> None:
    """A retry of another service really sleeps, and the clock does not move."""
    client = make_signing_client("sts", retries={"mode": "legacy", "max_attempts": 2})
    client.meta.events.register("before-send.sts", lambda **_: canned("<Error/>", 500))
    with mock_ses_verify(clock=VirtualClock()) as ses, pytest.raises(ClientError):
        client.get_caller_identity()
    assert len(slept) == 2
    assert all(slept)
    assert waited(ses) == []


def test_waiter_of_another_service(slept: list[float]) -> None:
    """A waiter of another service really sleeps too."""
    client = make_signing_client("dynamodb", retries={"total_max_attempts": 1})
    client.meta.events.register("before-send.dynamodb", lambda **_: canned('{"Table": {"TableStatus": "CREATING"}}'))
    with mock_ses_verify(clock=VirtualClock()) as ses, pytest.raises(WaiterError):
        client.get_waiter("table_exists").wait(TableName="table", WaiterConfig={"Delay": 5, "MaxAttempts": 3})
    assert slept == [5, 5]
    assert waited(ses) == []


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_retry_with_real_sleep_moves_no_clock(mode: str, slept: list[float]) -> None:
    """With sleep="real" a retry really sleeps, and the clock does not move."""
    client = make_client(retries={"mode": mode, "max_attempts": 2})
    with mock_ses_verify(clock=VirtualClock(), sleep="real") as ses:
        throttle(ses, client, 2)
    assert 0 < slept[0] < 1
    assert 0 < slept[1] < 2
    assert waited(ses) == []


def test_waiter_with_real_sleep_moves_no_clock(slept: list[float]) -> None:
    """With sleep="real" a waiter really sleeps too."""
    client = make_client()
    with mock_ses_verify(clock=VirtualClock(), sleep="real", rate=None) as ses, pytest.raises(WaiterError):
        client.get_waiter("identity_exists").wait(Identities=["ann@example.com"])
    assert slept == [3] * 19
    assert waited(ses) == []


def test_limiter_with_real_sleep_is_the_clients_own() -> None:
    """With sleep="real" the adaptive mode uses the client's own limiter."""
    client = make_client(retries={"mode": "adaptive", "total_max_attempts": 1})
    with mock_ses_verify(clock=VirtualClock(), sleep="real") as ses:
        ses.inject(error_code="Throttling")
        with pytest.raises(ClientError):
            names(client)
    assert owner(client, NEEDS_RETRY, ClientRateLimiter)._enabled


# Mocks of the application's sleeps.


@pytest.mark.parametrize("mode", ATTEMPTS)
def test_mock_on_time_sleep_sees_no_retry_and_no_waiter(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even calls with 0: only the application's own sleeps are in the mock."""
    monkeypatch.undo()
    with mock.patch("time.sleep") as sleep, mock_ses_verify() as ses:
        client = make_client(retries={"mode": mode})
        throttle(ses, client, 2)
        client.verify_email_identity(EmailAddress="ann@example.com")
        ses.after(seconds=7).confirm("ann@example.com")
        client.get_waiter("identity_exists").wait(Identities=["ann@example.com"])
    assert sleep.mock_calls == []


def test_waiter_ends_with_the_first_error() -> None:
    """No acceptor expects it."""
    with mock_ses_verify() as ses:
        ses.inject("GetIdentityVerificationAttributes", error_code="InvalidParameterValue", times=None)
        with pytest.raises(WaiterError, match=r"An error occurred \(InvalidParameterValue\)"):
            make_client().get_waiter("identity_exists").wait(Identities=["ann@example.com"])
        assert len(ses.calls) == 1
