"""What ses_stub relies on inside aiobotocore. A failure tells where to look."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from aio import aio_client, own_session, run
from botocore.credentials import Credentials
from botocore.endpoint import Endpoint
from botocore.hooks import EventAliaser
from botocore.retries import standard
from botocore.signers import RequestSigner
from clients import KEYS, handlers

from ses_stub import _botocore, mock_ses_verify
from ses_stub._messages import HTTPResponse

aiobotocore = pytest.importorskip("aiobotocore")
credentials = pytest.importorskip("aiobotocore.credentials")
endpoint = pytest.importorskip("aiobotocore.endpoint")
hooks = pytest.importorskip("aiobotocore.hooks")
adaptive = pytest.importorskip("aiobotocore.retries.adaptive")
session = pytest.importorskip("aiobotocore.session")
waiter = pytest.importorskip("aiobotocore.waiter")


def owner(client: Any, event: str, kind: type) -> Any:
    (found,) = [one.__self__ for one in handlers(client, event) if isinstance(getattr(one, "__self__", None), kind)]
    return found


def test_calls_pass_the_same_method() -> None:
    """Calls pass botocore's own make_request, and are sent by a coroutine."""
    assert "make_request" not in vars(endpoint.AioEndpoint), (
        "it is no longer inherited; look at _botocore._make_request"
    )
    assert issubclass(endpoint.AioEndpoint, Endpoint)
    assert _botocore.is_awaited(endpoint.AioEndpoint), "_send_request is no coroutine; look at _botocore.is_awaited"
    assert not _botocore.is_awaited(Endpoint)


def test_emitter() -> None:
    """A client's emitter is botocore's above one whose ``_emit`` is awaited."""

    async def program() -> None:
        async with aio_client() as client:
            events = client.meta.events
            assert type(events) is EventAliaser, "look at _botocore.CallEvents.__init__"
            assert inspect.iscoroutinefunction(events._emitter._emit), "look at AioCallEvents.emit"
            assert client._endpoint._event_emitter is events, "look at _botocore.Door.call"

    run(program())


@pytest.mark.parametrize(
    ("cls", "name"), [(session.AioSession, "_create_client"), (session.AioSession, "get_credentials")]
)
def test_own_coroutines(cls: type, name: str) -> None:
    """Clients are made, and credentials looked for, by coroutines of its own."""
    assert inspect.iscoroutinefunction(vars(cls)[name]), f"{name} is another; look at _aiobotocore.patches"


def test_create_client_parameters() -> None:
    """A client is made by service and region."""
    parameters = list(inspect.signature(vars(session.AioSession)["_create_client"]).parameters)
    assert parameters[:3] == ["self", "service_name", "region_name"], "look at _aiobotocore._create_client"


def test_credentials() -> None:
    """Those given to a client know themselves."""
    assert credentials.AioCredentials.__name__ in _botocore._STATIC, "look at _botocore._account"
    assert issubclass(credentials.AioCredentials, Credentials)

    async def program() -> None:
        async with own_session().create_client("ses", region_name="us-east-1", **KEYS) as client:
            signer = owner(client, "request-created.ses", RequestSigner)
            assert type(signer._credentials) is credentials.AioCredentials, "look at _botocore._credentials"

    run(program())


def test_waiter() -> None:
    """A waiter's own class calls AIOWaiter.wait, which polls by its operation method, a method of the client."""
    assert "wait" in vars(waiter.AIOWaiter), "look at _aiobotocore.patches"

    async def program() -> None:
        async with aio_client() as client:
            one = client.get_waiter("identity_exists")
            method = one._operation_method._client_method
            assert method.__self__ is client, "look at _botocore.patched_wait"
            assert (one.config.delay, one.name) == (3, "IdentityExists")

    run(program())


@pytest.mark.parametrize(
    ("event", "method"), [("before-send", "on_sending_request"), ("needs-retry", "on_receiving_response")]
)
def test_limiter(event: str, method: str) -> None:
    """The adaptive mode's limiter handles the same events as botocore's, and has its detector."""

    async def program() -> None:
        async with aio_client(retries={"mode": "adaptive"}) as client:
            limiter = owner(client, f"{event}.ses.ListIdentities", adaptive.AsyncClientRateLimiter)
            assert hasattr(limiter, "_throttling_detector"), "look at _botocore.Door.limiter"
            assert getattr(limiter, method) in handlers(client, f"{event}.ses.ListIdentities"), "look at _own_handlers"

    run(program())


def test_back_off() -> None:
    """The standard mode's back-off and quota are botocore's."""

    async def program() -> None:
        async with aio_client(retries={"mode": "standard"}) as client:
            found = owner(client, "needs-retry.ses.ListIdentities", standard.RetryHandler)
            assert hasattr(found._retry_policy._retry_backoff, "delay_amount"), "look at _botocore.Door.backoff"
            assert hasattr(found._retry_quota._quota, "_available_capacity"), "look at _botocore._lend"

    run(program())


def test_response() -> None:
    """Content, text and what is left of aiohttp's response are awaited."""
    from ses_stub._aiobotocore import AioResponse

    response = AioResponse("https://x", HTTPResponse(200, {"Content-Type": "text/xml"}, b"<a/>"))

    async def program() -> list[Any]:
        return [await response.content, await response.text, await response.raw.read()]

    assert run(program()) == [b"<a/>", "<a/>", b"<a/>"]
    assert response.raw.raw_headers == [(b"Content-Type", b"text/xml")]


def test_passthrough_looks_for_credentials() -> None:
    """With ``unhandled="passthrough"`` a client is made with what its session finds."""

    async def program() -> Any:
        one = own_session()
        one.set_credentials("AKIDEXAMPLE", "secret")
        with mock_ses_verify(unhandled="passthrough"):
            async with one.create_client("ses", region_name="us-east-1") as client:
                return owner(client, "request-created.ses", RequestSigner)._credentials.access_key

    assert run(program()) == "AKIDEXAMPLE"
