"""What ses_stub relies on inside aiobotocore. A failure says where to look."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from aio_clients import aio_client, own_session, run
from botocore.credentials import Credentials
from botocore.endpoint import Endpoint
from botocore.hooks import EventAliaser
from botocore.retries import standard
from botocore.retries.adaptive import ClientRateLimiter
from botocore.signers import RequestSigner
from clients import KEYS, handlers, owner

from ses_stub._intercept.accounts import STATIC_CREDENTIALS
from ses_stub._intercept.libraries import is_async_endpoint
from ses_stub._wire.messages import HTTPResponse

aiobotocore = pytest.importorskip("aiobotocore")
credentials = pytest.importorskip("aiobotocore.credentials")
endpoint = pytest.importorskip("aiobotocore.endpoint")
adaptive = pytest.importorskip("aiobotocore.retries.adaptive")
session = pytest.importorskip("aiobotocore.session")
waiter = pytest.importorskip("aiobotocore.waiter")


def test_calls_pass_an_awaited_method() -> None:
    """An endpoint has its own _send_request, with botocore's arguments; both of them, and what retries, are awaited."""
    parameters = [list(inspect.signature(one._send_request).parameters) for one in (endpoint.AioEndpoint, Endpoint)]
    assert parameters[0] == parameters[1], "_send_request takes others; look at activation.patched_send_request"
    assert "_send_request" in vars(endpoint.AioEndpoint), "it is inherited; look at aiobotocore.patches"
    assert is_async_endpoint(endpoint.AioEndpoint), "_needs_retry is no coroutine; look at libraries.is_async_endpoint"
    assert not is_async_endpoint(Endpoint), "botocore's is one too; look at libraries.is_async_endpoint"


def test_emitter_is_botocores_above_an_awaited_one() -> None:
    """A client's emitter is botocore's above one whose ``_emit`` is awaited."""

    async def program() -> None:
        async with aio_client() as client:
            events = client.meta.events
            assert type(events) is EventAliaser, "look at interceptor.InterceptedEmitter.__init__"
            assert inspect.iscoroutinefunction(events._emitter._emit), "look at AioInterceptedEmitter.emit"
            assert client._endpoint._event_emitter is events, "look at interceptor.Interceptor.call"

    run(program())


@pytest.mark.parametrize(
    ("cls", "name"), [(session.AioSession, "_create_client"), (session.AioSession, "get_credentials")]
)
def test_aio_sessions_use_their_own_coroutines(cls: type, name: str) -> None:
    """Clients are made, and credentials looked up, by aiobotocore's own coroutines."""
    assert inspect.iscoroutinefunction(vars(cls)[name]), f"{name} is another; look at aiobotocore.patches"


def test_create_client_parameters() -> None:
    """A client is made by service and region."""
    parameters = list(inspect.signature(vars(session.AioSession)["_create_client"]).parameters)
    assert parameters[:3] == ["self", "service_name", "region_name"], "look at aiobotocore._patched_create_client"


@pytest.mark.parametrize("name", ["get_config_variable", "get_default_client_config"])
def test_session_is_asked_without_await(name: str) -> None:
    """A session returns its configuration without an await."""
    found = getattr(session.AioSession, name)
    assert not inspect.iscoroutinefunction(found), "look at client_creation.region_for"


def test_credentials_of_a_session() -> None:
    """A session holds the credentials that it has found, or None."""
    assert vars(own_session()).get("_credentials", "none kept") is None, "look at aiobotocore._patched_get_credentials"


def test_credentials_of_a_client_are_static() -> None:
    """The credentials given to a client can be read without a request over the network."""
    assert credentials.AioCredentials.__name__ in STATIC_CREDENTIALS, (
        "look at accounts.STATIC_CREDENTIALS and account_of_client"
    )
    assert issubclass(credentials.AioCredentials, Credentials), "look at accounts._account_of_credentials"

    async def program() -> None:
        async with own_session().create_client("ses", region_name="us-east-1", **KEYS) as client:
            signer = owner(client, "request-created.ses", RequestSigner)
            assert type(signer._credentials) is credentials.AioCredentials, "look at accounts.credentials_of_client"

    run(program())


def test_waiter_polls_by_a_method_of_its_client() -> None:
    """A waiter's own class calls AIOWaiter.wait, which polls by its operation method, a method of the client."""
    assert "wait" in vars(waiter.AIOWaiter), "look at aiobotocore.patches"

    async def program() -> None:
        async with aio_client() as client:
            one = client.get_waiter("identity_exists")
            method = one._operation_method._client_method
            assert method.__self__ is client, "look at activation.patched_wait"
            assert (one.config.delay, one.name) == (3, "IdentityExists"), "look at interceptor.Interceptor.wait"

    run(program())


@pytest.mark.parametrize(
    ("event", "method"), [("before-send", "on_sending_request"), ("needs-retry", "on_receiving_response")]
)
def test_limiter_handles_the_same_events(event: str, method: str) -> None:
    """The adaptive mode's limiter handles the same events as botocore's, and has the same detector."""

    async def program() -> None:
        async with aio_client(retries={"mode": "adaptive"}) as client:
            limiter = owner(client, f"{event}.ses.ListIdentities", adaptive.AsyncClientRateLimiter)
            assert hasattr(limiter, "_throttling_detector"), "look at retries.VirtualRetries.limiter"
            assert hasattr(ClientRateLimiter, method), (
                "botocore's has another name; look at InterceptedEmitter._client_handlers"
            )
            assert getattr(limiter, method) in handlers(client, f"{event}.ses.ListIdentities"), (
                "look at InterceptedEmitter._client_handlers"
            )

    run(program())


def test_limiter_of_the_httpx_back_end() -> None:
    """The limiter of the httpx back end is a subclass of the other one."""
    limiter = getattr(adaptive, "AnyioClientRateLimiter", adaptive.AsyncClientRateLimiter)
    assert issubclass(limiter, adaptive.AsyncClientRateLimiter), "look at AioInterceptedEmitter.limiter"


def test_aio_backoff_and_quota_are_botocores() -> None:
    """The standard mode's handler is a kind of botocore's; its back-off and quota are botocore's own."""

    async def program() -> None:
        async with aio_client(retries={"mode": "standard"}) as client:
            found = owner(client, "needs-retry.ses.ListIdentities", standard.RetryHandler)
            backoff, quota = found._retry_policy._retry_backoff, found._retry_quota._quota
            assert isinstance(backoff, standard.ExponentialBackoff), "look at retries.VirtualRetries.backoff"
            assert hasattr(backoff, "_random"), "look at retries.VirtualRetries.backoff"
            for name in ("_available_capacity", "_max_capacity"):
                assert hasattr(quota, name), "look at retries.reset_retry_quota"

    run(program())


def test_answer_is_awaited() -> None:
    """An answer from ``before-send`` is read by its awaited content and its status, in old versions its raw headers."""
    from ses_stub._intercept.aiobotocore import AioResponse

    awaited = []

    class Observed(AioResponse):
        async def _read(self) -> Any:
            awaited.append(self.status_code)
            return await super()._read()

    def answer(request: Any, **_: object) -> AioResponse:
        body = b"<GetSendQuotaResponse><GetSendQuotaResult><Max24HourSend>7</Max24HourSend></GetSendQuotaResult>"
        headers = {"Content-Type": "text/xml", "X-Header": "yes"}
        return Observed(request.url, HTTPResponse(200, headers, body + b"</GetSendQuotaResponse>"))

    async def program() -> Any:
        async with own_session().create_client("ses", region_name="us-east-1", **KEYS) as client:
            client.meta.events.register("before-send.ses", answer)
            return await client.get_send_quota()

    found = run(program())
    assert found["Max24HourSend"] == 7, "it is read in another way; look at AioResponse"
    assert found["ResponseMetadata"]["HTTPHeaders"]["x-header"] == "yes", "look at AioResponse.raw"
    assert awaited, "content is no longer awaited; look at AioResponse.content"


def test_response_is_awaited() -> None:
    """Content, text and the part of aiohttp's response that is used are awaited."""
    from ses_stub._intercept.aiobotocore import AioResponse

    response = AioResponse("https://x", HTTPResponse(200, {"Content-Type": "text/xml"}, b"<a/>"))

    async def program() -> list[Any]:
        return [await response.content, await response.text, await response.raw.read()]

    assert run(program()) == [b"<a/>", "<a/>", b"<a/>"]
    assert response.raw.raw_headers == [(b"Content-Type", b"text/xml")]
