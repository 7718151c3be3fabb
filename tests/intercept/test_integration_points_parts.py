"""What we rely on in botocore's parts - emitters, retries, waiters, sessions: every fact, one by one.

When a new version moves one of them, its test says what moved and which function to look at; that text is each
test's own description.
"""

from __future__ import annotations

import copy
import inspect
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore import retryhandler
from botocore.awsrequest import AWSRequest, AWSResponse, HeadersDict, _HeaderKey
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.hooks import EVENT_ALIASES, EventAliaser, first_non_none_response
from botocore.retries import adaptive, bucket, standard, throttling
from botocore.session import Session
from botocore.signers import RequestSigner
from botocore.waiter import Waiter, is_valid_waiter_error
from clients import canned, handlers, make_client, make_signing_client, own_session, owner, record_sleeps

from ses_stub._intercept.handlers import body_preparer, handlers_of
from ses_stub._intercept.response import Response
from ses_stub._wire.messages import HTTPResponse

BEFORE_SEND = "before-send.ses.ListIdentities"
NEEDS_RETRY = "needs-retry.ses.ListIdentities"


def parameters(function: Any) -> set[str]:
    return set(inspect.signature(function).parameters)


# Emitters.


def test_emitter_of_a_client() -> None:
    events = make_client().meta.events
    assert type(events) is EventAliaser, "a client's emitter is no EventAliaser; look at interceptor.InterceptedEmitter"
    hash(events), copy.copy(events)
    assert callable(events._emitter._emit), (
        "the emitter below has no _emit; look at interceptor.InterceptedEmitter.__init__"
    )


def test_lower_emitter_passes_event_arguments() -> None:
    client, heard = make_client(), []
    client.meta.events.register("before-send.ses", lambda **given: heard.append(given) or "answer")
    responses = client.meta.events._emitter._emit(BEFORE_SEND, {"request": 1})
    assert heard == [{"request": 1, "event_name": BEFORE_SEND}], (
        "_emit gives handlers other arguments; look at interceptor.InterceptedEmitter.emit and ._call_handlers"
    )
    assert first_non_none_response(responses) == "answer", (
        "_emit returns no pairs; look at InterceptedEmitter._respond_unless_handled"
    )


@pytest.mark.parametrize("event", ["before-send", "needs-retry", "request-created", "before-sign", "after-call"])
def test_ses_event_names_have_no_aliases(event: str) -> None:
    events = make_client().meta.events
    name = f"{event}.ses.ListIdentities"
    assert events._alias_event_name(name) == name, (
        f"{name} is an alias of another name; look at InterceptedEmitter.__init__, which goes below the aliases"
    )


def test_handlers_of_an_event() -> None:
    client, order = make_client(), []

    def handler(**_: Any) -> None:
        order.append(handler)

    client.meta.events.register(BEFORE_SEND, handler)
    assert handler in handlers_of(client.meta.events, BEFORE_SEND), (
        "_handlers.prefix_search does not find handlers; look at handlers.handlers_of"
    )
    client.meta.events.emit(BEFORE_SEND)
    assert order == [handler]


def test_event_aliases_are_kept_in_a_cache() -> None:
    events = EventAliaser(make_client().meta.events._emitter)
    assert events._event_aliases == EVENT_ALIASES, (
        "aliases are kept elsewhere; look at client_creation.patched_copy_emitter"
    )
    assert events._alias_name_cache == {}, (
        "the memo of aliases is kept elsewhere; look at client_creation.patched_copy_emitter"
    )
    events._alias_name_cache["asked"] = "answer"
    assert events._alias_event_name("asked") == "answer", (
        "the memo is not asked; look at client_creation.patched_copy_emitter"
    )


def test_emitter_is_copied_for_a_client(monkeypatch: pytest.MonkeyPatch) -> None:
    copies: list[Any] = []
    original = vars(EventAliaser)["__copy__"]

    def copy_emitter(self: Any) -> Any:
        copies.append(original(self))
        return copies[-1]

    monkeypatch.setattr(EventAliaser, "__copy__", copy_emitter)
    assert make_client().meta.events in copies, (
        "a client's emitter is no copy; look at client_creation.patched_copy_emitter"
    )


# Retries.


def test_legacy_mode_has_no_standard_retry_handler() -> None:
    client = make_client(retries={"mode": "legacy"})
    assert not any(
        isinstance(getattr(one, "__self__", None), standard.RetryHandler) for one in handlers(client, NEEDS_RETRY)
    ), "the legacy mode has a standard RetryHandler; look at retries.VirtualRetries.backoff"


def test_legacy_backoff_doubles_a_random_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.random", lambda: 0.5)
    (handler,) = handlers(make_client(retries={"mode": "legacy"}), NEEDS_RETRY)
    given = response_of_throttled()
    delays = [handler(**{**given, "attempts": attempts}) for attempts in (1, 2, 3, 4)]
    assert delays == [0.5, 1, 2, 4], "the legacy back-off is not rand * 2^(n-1); look at InterceptedEmitter._skip_wait"


def response_of_throttled() -> dict[str, Any]:
    client = make_client()
    parsed = {"Error": {"Code": "Throttling"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return {
        "event_name": NEEDS_RETRY,
        "response": (canned("", 400), parsed),
        "endpoint": client._endpoint,
        "operation": client.meta.service_model.operation_model("ListIdentities"),
        "attempts": 1,
        "caught_exception": None,
        "request_dict": {"context": {"client_config": client.meta.config}, "headers": {}},
    }


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_retry_handler_never_retries_a_success(mode: str) -> None:
    (handler,) = handlers(make_client(retries={"mode": mode}), NEEDS_RETRY)
    success = {**response_of_throttled(), "response": (canned("", 200), {"ResponseMetadata": {"HTTPStatusCode": 200}})}
    assert handler(**success) is None, "a success is retried; look at handlers.handlers_after_success"
    owner_or_handler = getattr(handler, "__self__", handler)
    assert isinstance(owner_or_handler, (retryhandler.RetryHandler, standard.RetryHandler)), (
        "the handler that decides on retries has another class; look at handlers.handlers_after_success"
    )


@pytest.mark.parametrize("mode", ["standard", "adaptive"])
def test_standard_retry_handler_keeps_backoff_and_quota(mode: str) -> None:
    handler = owner(make_client(retries={"mode": mode}), NEEDS_RETRY, standard.RetryHandler)
    backoff, quota = handler._retry_policy._retry_backoff, handler._retry_quota._quota
    assert callable(backoff._random), "the back-off's random is kept elsewhere; look at retries.VirtualRetries.backoff"
    assert (quota._available_capacity, quota._max_capacity) == (500, 500), (
        "the retry quota is kept elsewhere; look at retries.reset_retry_quota and restore_retry_quotas"
    )
    hash(quota)
    quota.acquire(5)
    assert quota._available_capacity == 495, "the quota does not count so any more; look at retries.reset_retry_quota"


def test_standard_backoff_doubles_up_to_twenty_seconds() -> None:
    handler = owner(make_client(retries={"mode": "standard"}), NEEDS_RETRY, standard.RetryHandler)
    twin = copy.copy(handler._retry_policy._retry_backoff)
    twin._random = lambda: 1.0
    context = standard.RetryEventAdapter().create_retry_context(**response_of_throttled())
    delays = []
    for context.attempt_number in range(1, 8):
        delays.append(twin.delay_amount(context))
    assert delays == [1, 2, 4, 8, 16, 20, 20], (
        "the standard back-off is another one; look at retries.VirtualRetries.backoff"
    )
    assert handler._retry_policy._retry_backoff._random is not twin._random, (
        "a copy is not its own; see VirtualRetries.backoff"
    )


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_endpoint_sleeps_what_needs_retry_returns(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    slept = record_sleeps(monkeypatch)
    client = make_signing_client(retries={"mode": mode, "max_attempts": 1})
    client.meta.events.register("needs-retry", lambda attempts, **_: 7 if attempts == 1 else None)
    answer = "<ListIdentitiesResponse><ListIdentitiesResult/></ListIdentitiesResponse>"
    client.meta.events.register(BEFORE_SEND, lambda **_: canned(answer))
    client.list_identities()
    assert slept == [7], "the endpoint does not sleep what needs-retry says; look at InterceptedEmitter._skip_wait"


# The adaptive mode.


@pytest.fixture
def limiter() -> adaptive.ClientRateLimiter:
    return owner(make_client(retries={"mode": "adaptive"}), NEEDS_RETRY, adaptive.ClientRateLimiter)


def test_parts_of_the_limiter(limiter: Any) -> None:
    expected = {"self", "rate_adjustor", "rate_clocker", "token_bucket", "throttling_detector", "clock"}
    assert parameters(adaptive.ClientRateLimiter.__init__) == expected, "look at retries.VirtualRetries.limiter"
    assert hasattr(limiter, "_throttling_detector"), (
        "its detector is kept elsewhere; look at retries.VirtualRetries.limiter"
    )
    assert {"starting_max_rate", "start_time"} <= parameters(throttling.CubicCalculator), (
        "look at VirtualRetries.limiter"
    )
    assert next(iter(inspect.signature(adaptive.RateClocker).parameters)) == "clock", "look at VirtualRetries.limiter"
    hash(limiter)


def test_adaptive_limiter_listens_to_known_events() -> None:
    client = make_client(retries={"mode": "adaptive"})
    for event, method in ((BEFORE_SEND, "on_sending_request"), (NEEDS_RETRY, "on_receiving_response")):
        found = {
            one.__name__
            for one in handlers(client, event)
            if isinstance(getattr(one, "__self__", None), adaptive.ClientRateLimiter)
        }
        assert found == {method}, (
            f"the limiter does not handle {event}; look at interceptor.InterceptedEmitter._client_handlers"
        )


def test_clock_of_the_limiter() -> None:
    assert callable(bucket.Clock.current_time), "it reads the time otherwise; look at retries._BotocoreClock"
    assert parameters(bucket.Clock.sleep) == {"self", "amount"}, "look at retries._BotocoreClock.sleep"


def test_bucket_waits_on_a_condition() -> None:
    """The adaptive mode's only wait is that of a condition variable on the bucket's lock."""
    waits: list[float] = []
    clock = SimpleNamespace(now=0.0)
    clock.current_time = lambda: clock.now

    def wait(timeout: float) -> None:
        waits.append(timeout)
        clock.now += timeout

    made = bucket.TokenBucket(max_rate=1, clock=clock)
    assert made._new_fill_rate_condition._lock is made._lock, "look at retries._VirtualBucket"
    made._new_fill_rate_condition.wait = wait
    made.acquire()
    made.acquire()
    assert sum(waits) == pytest.approx(2), "the bucket waits otherwise; look at retries._VirtualCondition"


# The endpoint's retries.


def test_endpoint_asks_itself_whether_to_retry_and_sleeps_only_if_told(monkeypatch: pytest.MonkeyPatch) -> None:
    slept, asked = record_sleeps(monkeypatch), []
    client = make_signing_client("ses", retries={"mode": "standard", "total_max_attempts": 2})
    endpoint = client._endpoint
    needs_retry = endpoint._needs_retry
    endpoint._needs_retry = lambda *args, **kwargs: asked.append(needs_retry(*args, **kwargs)) or asked[-1]
    client.meta.events.register_first("before-send.ses", lambda **_: canned("", 500))
    with pytest.raises(ClientError):
        client.list_identities()
    assert (asked, len(slept)) == ([True, False], 1), "it retries elsewhere; look at interceptor.Interceptor.call"
    endpoint._event_emitter = SimpleNamespace(emit=lambda *_, **__: [])
    assert needs_retry(1, client.meta.service_model.operation_model("ListIdentities"), {}) is False
    assert len(slept) == 1, "it sleeps without being told; look at interceptor.InterceptedEmitter.without_sleep"


# The waiter.


def test_waiter_knows_what_it_accepts() -> None:
    acceptors = make_client().get_waiter("identity_exists").config.acceptors
    verified = {"VerificationAttributes": {"a": {"VerificationStatus": "Success"}}}
    assert [(one.state, one.matcher_func(verified)) for one in acceptors] == [("success", True)], (
        "a waiter's acceptors are kept elsewhere; look at interceptor._Polls"
    )
    assert is_valid_waiter_error({"Error": {"Code": "Throttling"}})


def test_waiter_knows_client_and_delay() -> None:
    client = make_client()
    waiter = client.get_waiter("identity_exists")
    assert isinstance(waiter, Waiter), "a waiter is no Waiter; look at activation.patches"
    assert waiter._operation_method._client_method.__self__ is client, (
        "a waiter does not know its client so any more; look at activation.patched_wait"
    )
    assert (waiter.name, waiter.config.delay, waiter.config.max_attempts) == ("IdentityExists", 3, 20), (
        "a waiter's delay is kept elsewhere; look at interceptor.Interceptor.wait"
    )


def test_copied_waiter_polls_with_its_own_method(monkeypatch: pytest.MonkeyPatch) -> None:
    slept, polls = record_sleeps(monkeypatch), []
    waiter = make_client().get_waiter("identity_exists")
    twin = copy.copy(waiter)

    def poll(**given: Any) -> dict[str, Any]:
        polls.append(given)
        found = "Success" if len(polls) == 3 else "Pending"
        return {"VerificationAttributes": {"a.example": {"VerificationStatus": found}}}

    twin._operation_method = poll
    twin.wait(Identities=["a.example"], WaiterConfig={"Delay": 0})
    assert polls == [{"Identities": ["a.example"]}] * 3, "a copy polls otherwise; look at interceptor.Interceptor.wait"
    assert slept == [0, 0], "Delay=0 still sleeps; look at interceptor.Interceptor.wait"


# Sessions and credentials.


def test_session_keeps_credentials_and_region() -> None:
    session = own_session()
    assert session._credentials is None, (
        "a session keeps its credentials elsewhere; look at client_creation.patched_get_credentials"
    )
    assert session.get_config_variable("region") is None, "look at client_creation.with_region"
    assert session.get_default_client_config() is None, "look at client_creation.with_region"
    assert isinstance(boto3.Session()._session, Session), "boto3 keeps its session elsewhere; look at attach.attach"


def test_create_client_asks_for_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(Session, "get_credentials", lambda self: asked.append(self))
    make_client()
    assert asked, "create_client does not ask get_credentials; look at client_creation.patched_get_credentials"


def test_signer_keeps_credentials() -> None:
    client = make_signing_client()
    signer = owner(client, "request-created.ses", RequestSigner)
    assert type(signer._credentials) is Credentials, (
        "a signer keeps its credentials elsewhere; see accounts.credentials_of_client"
    )
    assert signer._credentials.access_key == "AKIDEXAMPLE", "look at accounts._account_of_credentials"


# Responses.


def test_attributes_of_a_response() -> None:
    response = canned("text")
    assert response.content == b"text", "AWSResponse.content does not read _content; look at response.Response"
    assert set(vars(response)) == {"url", "status_code", "headers", "raw", "_content"}, (
        "AWSResponse has other attributes; look at response.Response.__init__"
    )
    assert isinstance(AWSResponse("", 200, {}, None).headers, HeadersDict), "look at response.Response.__init__"


def test_headers_of_a_response() -> None:
    """Headers are kept in a class of botocore that compares keys without case."""
    headers = HeadersDict({"Content-Type": "text/xml"})
    ((key, value),) = headers._dict.items()
    assert (type(key), value) == (_HeaderKey, "text/xml"), "HeadersDict keeps them otherwise; look at Response.__init__"
    ours = Response("", HTTPResponse(200, {"Content-Type": "text/xml"}, b"")).headers
    assert (ours["content-type"], dict(ours)) == ("text/xml", dict(headers)), "look at response.Response.__init__"


def test_request_is_prepared_by_a_preparer() -> None:
    request = AWSRequest("POST", "https://email.us-east-1.amazonaws.com/", {"X": "1"}, {"Action": "ListIdentities"})
    request._request_preparer = body_preparer
    prepared = request.prepare()
    assert prepared.headers is request.headers, "headers come from elsewhere; look at handlers.BodyPreparer"
    assert (prepared.url, prepared.body) == (request.url, "Action=ListIdentities")
