"""A stub attached to one client or session of aiobotocore, without a scope."""

from __future__ import annotations

import pytest
from aio_clients import aio_client, names, own_session, run
from botocore.exceptions import NoCredentialsError
from clients import KEYS

from ses_stub import SESStub, mock_ses_verify


def test_attached_aio_client_answers_until_detached() -> None:
    """A stub answers one attached client and its waiter; afterwards the client is as it was."""

    async def program() -> tuple[list[str], int]:
        ses = SESStub(region="us-east-1", identities=["example.com"], rate=None)
        async with aio_client() as client:
            before = dict(vars(client)), dict(vars(client._endpoint))
            ses.attach(client)
            found = await names(client)
            await client.get_waiter("identity_exists").wait(Identities=["example.com"])
            ses.detach()
            assert (dict(vars(client)), dict(vars(client._endpoint))) == before
            with pytest.raises(NoCredentialsError):
                await names(client)
        return found, len(ses.calls)

    assert run(program()) == (["example.com"], 2)


def test_later_stub_on_an_aio_client_answers() -> None:
    """Of two stubs on a client the later one answers, whichever is detached first; a scope does not override it."""

    async def program() -> list[list[str]]:
        first, second = (SESStub(region="us-east-1", identities=[name]) for name in ("first.com", "second.com"))
        async with aio_client() as client:
            before = dict(vars(client)), dict(vars(client._endpoint))
            first.attach(client)
            second.attach(client)
            found = [await names(client)]
            second.detach()
            with mock_ses_verify(identities=["scope.com"]):
                found.append(await names(client))
            second.attach(client)
            first.detach()
            found.append(await names(client))
            second.detach()
            assert (dict(vars(client)), dict(vars(client._endpoint))) == before
        return found

    assert run(program()) == [["second.com"], ["first.com"], ["second.com"]]


def test_attached_aio_session_makes_answered_clients() -> None:
    """A stub answers the SES clients that an attached session makes, and no others, until it is detached."""

    async def program() -> list[str]:
        ses, one = SESStub(region="eu-west-1", identities=["example.com"]), own_session()
        ses.attach(one)
        async with one.create_client("ses") as client:
            found = await names(client)
            assert ses.calls.last.region == "eu-west-1"
            async with one.create_client("pinpoint-email", region_name="us-east-1", **KEYS) as other:
                assert not {"get_waiter"} & set(vars(other))
            ses.detach()
            assert "get_waiter" not in vars(client)
            assert "_send_request" not in vars(client._endpoint)
            with pytest.raises(NoCredentialsError):
                await names(client)
        return found

    assert run(program()) == ["example.com"]


def test_detaching_an_aio_session_restores_it() -> None:
    """Detaching a session restores what was set on it before, and nothing else stays."""
    ses, one, own = SESStub(), own_session(), object()
    one._create_client = own
    before = dict(vars(one))
    ses.attach(one)
    assert one._create_client is not own
    assert set(vars(one)) - set(before) == {"get_credentials"}
    ses.detach()
    assert dict(vars(one)) == before
