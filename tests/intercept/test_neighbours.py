"""Together with other tools that intercept calls: each keeps its own calls."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.stub import Stubber
from clients import KEYS, make_client, names, own_session, status

from ses_stub import SESStub, UnsupportedOperationError, mock_ses_verify

URL = "https://email.us-east-1.amazonaws.com/?Action=ListIdentities"

# botocore's Stubber.


@pytest.fixture
def ses() -> Iterator[SESStub]:
    with mock_ses_verify(identities=["ours.example"], rate=None) as stub:
        yield stub


def test_stubber_of_v2(ses: SESStub) -> None:
    """A Stubber on a v2 client has priority; without it the same client is answered by the stub."""
    client = make_client("sesv2")
    with Stubber(client) as stubber:
        stubber.add_response("get_email_identity", {"VerifiedForSendingStatus": True})
        assert client.get_email_identity(EmailIdentity="nobody.example")["VerifiedForSendingStatus"]
        stubber.assert_no_pending_responses()
    assert ses.calls == []
    assert client.get_email_identity(EmailIdentity="ours.example")["VerifiedForSendingStatus"]


def test_stubber_with_errors(ses: SESStub) -> None:
    """An error of the Stubber is raised unchanged; botocore does not retry it, and the clock does not move."""
    client = make_client(retries={"mode": "standard"})
    with Stubber(client) as stubber:
        stubber.add_client_error("list_identities", "Throttling", "slow down", http_status_code=400)
        with pytest.raises(ClientError, match="slow down"):
            names(client)
    assert ses.calls == []
    assert not ses.report().simulated_wait


def test_stubber_of_a_waiter(ses: SESStub) -> None:
    """A waiter of a stubbed client polls the Stubber, and does not wait."""
    client = make_client()
    with Stubber(client) as stubber:
        for status in ("Pending", "Success"):
            answer = {"VerificationAttributes": {"theirs.example": {"VerificationStatus": status}}}
            stubber.add_response("get_identity_verification_attributes", answer)
        client.get_waiter("identity_exists").wait(Identities=["theirs.example"])
        stubber.assert_no_pending_responses()
    assert ses.calls == []


# vcrpy.


@pytest.mark.parametrize("order", [1, -1], ids=["cassette outside", "cassette inside"])
def test_vcrpy_records_nothing(order: int, tmp_path: Path) -> None:
    """A vcrpy cassette records none of the stub's responses, whichever was started first."""
    vcr = pytest.importorskip("vcr")
    cassette = vcr.use_cassette(str(tmp_path / "cassette.yaml"), record_mode="all")
    client = make_client()
    with ExitStack() as stack:
        entered = [stack.enter_context(one) for one in [cassette, mock_ses_verify(rate=None)][::order]]
        client.verify_domain_identity(Domain="example.com")
        assert names(client) == names(boto3.client("ses", region_name="us-east-1")) == ["example.com"]
        assert "<member>example.com</member>" in requests.get(URL).text
        assert len(entered[::order][0]) == 0
    assert not (tmp_path / "cassette.yaml").exists()


# pytest-socket and similar tools.


class NoSocket(socket.socket):
    """The class that pytest-socket puts in place of `socket.socket`."""

    def __new__(cls, *_: Any, **__: Any) -> NoSocket:  # pragma: no cover  # only a wrong test comes here
        raise AssertionError("a socket was made")


@pytest.mark.parametrize("service", ["ses", "sesv2"])
def test_sockets_are_forbidden(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where sockets are forbidden, none is made: by earlier or new clients, their waiters, or requests."""
    before = make_client(service)
    monkeypatch.setattr(socket, "socket", NoSocket)
    with mock_ses_verify(identities=["example.com"], rate=None):
        for client in (before, make_client(service)):
            operation = {"ses": "list_identities", "sesv2": "list_email_identities"}[service]
            assert "example.com" in str(getattr(client, operation)())
        assert "<member>example.com</member>" in requests.get(URL).text
        make_client().get_waiter("identity_exists").wait(Identities=["example.com"])


# LocalStack.


@pytest.mark.parametrize("service", ["s3", "sts", "pinpoint-email"])
def test_local_endpoint_of_another_service(service: str, ses: SESStub) -> None:
    """A client of another service still uses its local endpoint, where no server runs here."""
    options = {"region_name": "us-east-1", "endpoint_url": "http://localhost:1", **KEYS}
    operation = {"s3": "list_buckets", "sts": "get_caller_identity", "pinpoint-email": "list_email_identities"}[service]
    seen: list[str] = []
    client = boto3.client(service, **options)

    def refuse(request: Any, **_: Any) -> None:
        seen.append(request.url)
        raise EndpointConnectionError(endpoint_url=request.url)

    client.meta.events.register("before-send", refuse)
    with pytest.raises(EndpointConnectionError, match="localhost:1"):
        getattr(client, operation)()
    assert seen
    assert ses.calls == []


def test_same_local_endpoint(ses: SESStub) -> None:
    """An SES client with the same endpoint is answered by the stub."""
    client = boto3.client("ses", region_name="us-east-1", endpoint_url="http://localhost:1")
    assert names(client) == ["ours.example"]


# moto; see also test_moto.py.


@contextmanager
def both(order: int) -> Iterator[SESStub]:
    """Moto and the stub, in either order."""
    moto = pytest.importorskip("moto")
    with ExitStack() as stack:
        yield [stack.enter_context(one) for one in [moto.mock_aws(), mock_ses_verify(rate=None)][::order]][::order][1]


@pytest.fixture(params=[1, -1], ids=["moto outside", "moto inside"])
def order(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def motos(region: str = "us-east-1") -> Any:
    """Moto's own SES."""
    from moto.backends import get_backend

    return get_backend("ses")["123456789012"][region]


def test_clients_that_moto_saw_first(order: int) -> None:
    """Clients that moto has answered before, of SES v1 and v2 and S3, are each answered by the right tool."""
    moto = pytest.importorskip("moto")
    with moto.mock_aws():
        v1, v2, s3 = (boto3.client(service, region_name="us-east-1") for service in ("ses", "sesv2", "s3"))
        v1.verify_domain_identity(Domain="old.example")
        assert status(v1, "old.example") == "Success"
        s3.list_buckets()
        v2.list_email_identities()
    with both(order) as ses:
        v1.verify_domain_identity(Domain="one.example")
        v2.create_email_identity(EmailIdentity="two.example")
        s3.create_bucket(Bucket="box")
        assert names(v1) == ["one.example", "two.example"]
        assert status(v1, "one.example") == "Pending"
        assert [one["Name"] for one in s3.list_buckets()["Buckets"]] == ["box"]
        assert ses.calls.operations == [
            "VerifyDomainIdentity",
            "CreateEmailIdentity",
            "ListIdentities",
            "GetIdentityVerificationAttributes",
        ]
        assert not motos().email_identities


def test_moto_state_is_untouched_by_our_calls(order: int) -> None:
    """Moto counts no mail that the stub sent, and its identities do not change."""
    with both(order) as ses:
        client = boto3.client("ses", region_name="us-east-1")
        client.create_receipt_rule_set(RuleSetName="rules")
        before = {name: str(value) for name, value in vars(motos()).items()}
        ses.add_identity("ours.example")
        client.send_email(
            Source="ann@ours.example",
            Destination={"ToAddresses": ["bob@example.com"]},
            Message={"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}},
        )
        client.delete_identity(Identity="theirs.example")
        client.set_identity_mail_from_domain(Identity="ours.example", MailFromDomain="mail.ours.example")
        assert {name: str(value) for name, value in vars(motos()).items()} == before
        assert len(ses.sent_emails) == 1


def test_moto_answers_our_unsupported_operations(order: int) -> None:
    """An operation that the stub does not support goes to moto in either order, and is not in the stub's log."""
    with both(order) as ses:
        client = boto3.client("ses", region_name="us-east-1")
        client.create_receipt_rule_set(RuleSetName="rules")
        assert "rules" in motos().receipt_rule_set
        assert ses.calls == []


def test_error_of_moto(order: int) -> None:
    """Moto's errors are raised unchanged."""
    with both(order) as ses:
        client = boto3.client("ses", region_name="us-east-1")
        with pytest.raises(ClientError, match="RuleSetDoesNotExist"):
            client.describe_receipt_rule_set(RuleSetName="nothing")
        assert ses.calls == []


def test_decorators_of_both_may_be_stacked_either_way() -> None:
    """The decorators of both may be stacked in either order."""
    moto = pytest.importorskip("moto")

    def work() -> tuple[list[str], int]:
        client = boto3.client("ses", region_name="us-east-1")
        client.verify_domain_identity(Domain="example.com")
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="box")
        return names(client), len(motos().email_identities)

    ours = mock_ses_verify(rate=None)
    assert moto.mock_aws(ours(work))() == (["example.com"], 0)
    assert ours(moto.mock_aws(work))() == (["example.com"], 0)


def test_fixture_inside_moto(pytester: pytest.Pytester) -> None:
    """The fixture works together with a fixture of moto, requested before or after it."""
    pytest.importorskip("moto")
    pytester.makepyfile(
        """
        import boto3
        import pytest
        from moto import mock_aws

        @pytest.fixture
        def aws():
            with mock_aws():
                yield

        def work(ses):
            client = boto3.client("ses", region_name="us-east-1")
            client.verify_domain_identity(Domain="example.com")
            boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="box")
            assert ses.calls.operations == ["VerifyDomainIdentity"]
            assert ses.identity("example.com").status == "Pending"

        def test_outside(aws, ses_verify):
            work(ses_verify)

        def test_inside(ses_verify, aws):
            work(ses_verify)
        """
    )
    assert pytester.runpytest("-p", "no:randomly", "-p", "no:xdist").parseoutcomes() == {"passed": 2}


def test_signed_for_moto(order: int) -> None:
    """A client with keys signs what goes to moto, and nothing that the stub answers."""
    with both(order):
        client, signed = boto3.client("ses", region_name="us-east-1", **KEYS), {}

        def look(request: Any, event_name: str, **_: Any) -> None:
            signed[event_name.rpartition(".")[2]] = "Authorization" in request.headers

        client.meta.events.register_first("before-send.ses", look)
        names(client)
        client.list_receipt_rule_sets()
    assert signed == {"ListIdentities": False, "ListReceiptRuleSets": True}


def test_client_that_moto_does_not_know(order: int) -> None:
    """A session made before moto was imported is unknown to moto: unsupported operations raise, and stay local."""
    with both(order):
        from moto.core.models import botocore_stubber

        session = own_session()
        session.get_component("event_emitter").unregister("before-send", botocore_stubber)
        client = session.create_client("ses", region_name="us-east-1", **KEYS)
        assert names(client) == []
        with pytest.raises(UnsupportedOperationError):
            client.list_receipt_rule_sets()
