"""aiobotocore clients are answered like botocore's, in scopes, decorators and fixtures; nothing is left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any
from unittest import mock

import pytest
from aio_clients import aio_client, names, own_session, run
from botocore.endpoint import Endpoint
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, NoRegionError, WaiterError
from clients import KEYS, attributes_now

from ses_stub import SESStub, UnsupportedOperationError, VirtualClock, current_stub, mock_ses_verify

aio_credentials = pytest.importorskip("aiobotocore.credentials")
aio_session = pytest.importorskip("aiobotocore.session")
aio_waiter = pytest.importorskip("aiobotocore.waiter")


def test_aio_client_is_answered_in_an_async_scope() -> None:
    """A client in an ``async with`` scope is answered."""

    async def program() -> list[str]:
        async with mock_ses_verify(rate=None) as ses, aio_client() as client:
            token = (await client.verify_domain_identity(Domain="example.com"))["VerificationToken"]
            ses.dns.add_txt("_amazonses.example.com", token)
            assert ses.identity("example.com").status == "Success"
            return await names(client)

    assert run(program()) == ["example.com"]


def test_aio_client_is_answered_in_a_decorated_coroutine() -> None:
    """A client in a decorated coroutine is answered."""

    @mock_ses_verify(identities=["example.com"])
    async def program() -> list[str]:
        async with aio_client() as client:
            found = await names(client)
        assert current_stub().calls.operations == ["ListIdentities"]
        return found

    assert run(program()) == ["example.com"]


def test_fixture_in_a_test_that_runs_a_loop(ses_verify: SESStub) -> None:
    """The fixture ses_verify answers a test that runs an event loop."""

    async def register() -> None:
        async with aio_client() as client:
            await client.verify_email_identity(EmailAddress="ann@example.com")

    run(register())
    assert ses_verify.view(region="us-east-1").identity("ann@example.com").status == "Pending"


def test_aio_client_made_before_the_scope_is_answered() -> None:
    """A client that was made before the scope, with invalid keys, is answered."""

    async def program() -> list[str]:
        async with own_session().create_client("ses", region_name="eu-west-1", **KEYS) as client:
            with mock_ses_verify(region="eu-west-1", identities=["example.com"]):
                return await names(client)

    assert run(program()) == ["example.com"]


def test_without_region_and_credentials() -> None:
    """A client made in a scope needs neither region nor credentials."""

    async def program() -> tuple[str, str]:
        with mock_ses_verify(region="eu-west-1") as ses:
            async with aio_client(region=None) as client:
                await names(client)
            return ses.calls.last.region, ses.calls.last.account_id

    assert run(program()) == ("eu-west-1", "123456789012")


class Chain:
    """A provider chain that counts how often it is asked."""

    asked = 0

    async def load_credentials(self) -> Any:
        self.asked += 1


@pytest.mark.parametrize(("unsupported", "asked"), [("fail", 0), ("passthrough", 1)])
def test_aio_provider_chain_is_not_asked(unsupported: Any, asked: int) -> None:
    """The provider chain, which may use the network, is not asked, unless calls may be let out."""
    chain, one = Chain(), own_session()
    one.register_component("credential_provider", chain)

    async def program() -> list[str]:
        with mock_ses_verify(unsupported=unsupported, identities=["example.com"]):
            async with one.create_client("ses", region_name="us-east-1") as client:
                return await names(client)

    assert run(program()) == ["example.com"]
    assert chain.asked == asked


def test_own_region_counts_more() -> None:
    """A client's own region overrides the scope's."""

    async def program() -> str:
        with mock_ses_verify(region="eu-west-1") as ses:
            async with aio_client(region="us-west-2") as client:
                await names(client)
            return ses.calls.last.region

    assert run(program()) == "us-west-2"


def test_account_of_the_keys() -> None:
    """An access key of twelve digits is the account."""

    async def program() -> str:
        with mock_ses_verify() as ses:
            keys = {"aws_access_key_id": "000000000042", "aws_secret_access_key": "secret"}
            async with own_session().create_client("ses", region_name="us-east-1", **keys) as client:
                await names(client)
            return ses.calls.last.account_id

    assert run(program()) == "000000000042"


def test_aio_client_of_v2_is_answered() -> None:
    """Clients of SES v2 are answered, with their errors."""

    async def program() -> str:
        with mock_ses_verify(rate=None) as ses:
            async with aio_client("sesv2") as client:
                await client.create_email_identity(EmailIdentity="example.com")
                ses.view(region="us-east-1").publish_dkim("example.com")
                with pytest.raises(ClientError, match="other"):
                    await client.delete_email_identity(EmailIdentity="other.com")
                found: str = (await client.get_email_identity(EmailIdentity="example.com"))["VerificationStatus"]
                return found

    assert run(program()) == "SUCCESS"


def test_aio_error_is_of_the_clients_exception_class() -> None:
    """An error is of the client's own exception classes."""

    async def program() -> None:
        with mock_ses_verify(rate=None):
            async with aio_client("sesv2") as client:
                with pytest.raises(client.exceptions.NotFoundException, match=r"other\.com"):
                    await client.get_email_identity(EmailIdentity="other.com")

    run(program())


def test_aio_client_of_another_service_is_unaffected() -> None:
    """A client of another service is not affected."""

    async def program() -> None:
        with mock_ses_verify():
            async with aio_client("pinpoint-email") as client:
                await client.list_email_identities()

    with pytest.raises(NoCredentialsError):
        run(program())


def test_region_of_other_services() -> None:
    """A client of another service gets no region from the scope."""

    async def program() -> None:
        with mock_ses_verify(region="eu-west-1"):
            await aio_client("pinpoint-email", region=None).__aenter__()

    with pytest.raises(NoRegionError):
        run(program())


def test_paginator_reads_all_pages() -> None:
    """A paginator reads all pages."""

    async def program() -> list[str]:
        with mock_ses_verify(identities=[f"d{number}.example.com" for number in range(5)], region="us-east-1"):
            async with aio_client() as client:
                pages = client.get_paginator("list_identities").paginate(PaginationConfig={"PageSize": 2})
                return [name async for page in pages for name in page["Identities"]]

    assert run(program()) == [f"d{number}.example.com" for number in range(5)]


def test_waiter_polls_in_virtual_time() -> None:
    """The waiter polls in virtual time until the address is verified."""

    async def program() -> tuple[int, float]:
        with mock_ses_verify(clock=VirtualClock(), region="us-east-1") as ses:
            async with aio_client() as client:
                await client.verify_domain_identity(Domain="example.com")
                ses.after(seconds=20).confirm("example.com")
                await client.get_waiter("identity_exists").wait(Identities=["example.com"])
            return ses.calls.count("GetIdentityVerificationAttributes"), ses.report().simulated_wait

    assert run(program()) == (8, 21.0)


def test_aio_waiter_gives_up_after_twenty_polls() -> None:
    """After twenty polls the waiter gives up."""

    async def program() -> int:
        with mock_ses_verify(identities={"example.com": "Pending"}, region="us-east-1") as ses:
            async with aio_client() as client:
                with pytest.raises(WaiterError, match="Max attempts exceeded"):
                    await client.get_waiter("identity_exists").wait(Identities=["example.com"])
            return len(ses.calls)

    assert run(program()) == 20


def test_aio_unsupported_operation_is_an_error() -> None:
    """An unsupported operation is an error that explains it."""

    async def program() -> None:
        with mock_ses_verify():
            async with aio_client() as client:
                await client.list_receipt_filters()

    with pytest.raises(UnsupportedOperationError, match="ListReceiptFilters"):
        run(program())


def test_injected_exception_is_retried() -> None:
    """An injected failure is retried as in production."""

    async def program() -> list[str | None]:
        with mock_ses_verify(rate=None) as ses:
            ses.inject(exception=EndpointConnectionError(endpoint_url="https://email.us-east-1.amazonaws.com"))
            async with aio_client() as client:
                await names(client)
            return [call.error_code for call in ses.calls]

    assert run(program()) == ["EndpointConnectionError", None]


def test_aio_before_send_handler_still_runs() -> None:
    """A client's own ``before-send`` handler runs, and may be a coroutine."""
    seen = []

    async def handler(request: Any, **_: object) -> None:
        seen.append(request.url)

    async def program() -> None:
        with mock_ses_verify():
            async with aio_client() as client:
                client.meta.events.register("before-send.ses", handler)
                await names(client)

    run(program())
    assert seen == ["https://email.us-east-1.amazonaws.com/"]


def test_aio_patch_between_two_scopes_still_runs() -> None:
    """A patch made between two scopes runs, and only the inner scope answers."""
    passed = []

    async def program() -> list[str]:
        async with aio_client() as client:
            return await names(client)

    with mock_ses_verify(identities=["outer.com"]) as outer:
        below = Endpoint.make_request

        def theirs(self: Any, *args: Any) -> Any:
            passed.append(args[0].name)
            return below(self, *args)

        with mock.patch.object(Endpoint, "make_request", theirs), mock_ses_verify(identities=["inner.com"]):
            assert run(program()) == ["inner.com"]
    assert passed == ["ListIdentities"]
    assert len(outer.calls) == 0


# Nothing left behind.


def test_scope_leaves_nothing_behind() -> None:
    """After the scope every class is as before, and a new client has no credentials again."""
    own = [
        (aio_waiter.AIOWaiter, "wait"),
        (aio_session.AioSession, "_create_client"),
        (aio_session.AioSession, "get_credentials"),
    ]
    before = attributes_now(), [vars(owner)[name] for owner, name in own], list(sys.meta_path)

    async def program() -> None:
        with mock_ses_verify():
            assert [vars(owner)[name] for owner, name in own] != before[1]
            async with aio_client() as client:
                assert await names(client) == []
        async with aio_client() as client:
            with pytest.raises(NoCredentialsError):
                await names(client)

    run(program())
    assert (attributes_now(), [vars(owner)[name] for owner, name in own], list(sys.meta_path)) == before


LATE = """
import asyncio, sys
from ses_stub import mock_ses_verify
with mock_ses_verify(region="eu-west-1", identities=["example.com"]) as ses:
    assert "aiobotocore" not in sys.modules
    from aiobotocore.session import get_session
    async def program():
        async with get_session().create_client("ses") as client:
            return (await client.list_identities())["Identities"]
    print(asyncio.run(program()), ses.calls.last.region)
"""


EARLY = """
import asyncio, sys
from aiobotocore.session import get_session
keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
async def program():
    async with get_session().create_client("ses", region_name="eu-west-1", **keys) as client:
        assert "ses_stub" not in sys.modules
        from ses_stub import mock_ses_verify
        with mock_ses_verify(region="eu-west-1", identities=["example.com"]) as ses:
            return (await client.list_identities())["Identities"], ses.calls.last.region
print(*asyncio.run(program()))
"""


@pytest.mark.parametrize("program", [LATE, EARLY], ids=["while a scope is active", "before ses_stub"])
def test_library_imported_before_or_in_a_scope(program: str) -> None:
    """A library can be imported in a scope, and its clients can be made before ses_stub is imported."""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("['example.com'] eu-west-1\n", "")


def test_scope_does_not_import_aiobotocore() -> None:
    """A scope does not import aiobotocore by itself."""
    program = "import sys, ses_stub\nwith ses_stub.mock_ses_verify(): print('aiobotocore' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stdout == "False\n", done.stderr


def test_aio_client_after_its_scope() -> None:
    """A client that was made in a scope presigns, in it with the environment's keys, after it with its session's."""

    class Found(Chain):
        async def load_credentials(self) -> Any:
            await super().load_credentials()
            return aio_credentials.AioCredentials("AKIDFOUNDLATER", "secret") if self.asked > 1 else None

    chain, one = Found(), own_session()
    one.register_component("credential_provider", chain)

    async def program() -> None:
        with mock_ses_verify():
            client = await one.create_client("ses", region_name="us-east-1").__aenter__()
            await names(client)
            no_keys = mock.patch.dict(os.environ, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
            with no_keys, pytest.raises(NoCredentialsError):
                await client.generate_presigned_url("list_identities")
        assert chain.asked == 0
        with pytest.raises(NoCredentialsError):
            await client.generate_presigned_url("list_identities")
        for _ in range(2):
            assert "AKIDFOUNDLATER" in await client.generate_presigned_url("list_identities")
        assert chain.asked == 2
        keys = {"AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": "secret"}
        with mock_ses_verify(), mock.patch.dict(os.environ, keys):
            other = await own_session().create_client("ses", region_name="us-east-1").__aenter__()
            assert "AKIDENV" in await other.generate_presigned_url("list_identities")
            await other.close()
        await client.close()

    run(program())
