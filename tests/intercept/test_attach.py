"""A stub attached to one client, or to the clients of one session, without a scope."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, NoCredentialsError, WaiterError
from botocore.session import Session
from clients import KEYS, attributes_now, canned, make_client, names, own_session, record_sleeps

from ses_stub import SESStub, VirtualClock, mock_ses_verify


@pytest.fixture
def stub() -> SESStub:
    return SESStub(identities=["example.com"], clock=VirtualClock())


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    return record_sleeps(monkeypatch)


def members(*objects: Any) -> list[dict[str, Any]]:
    return [dict(vars(one)) for one in objects]


# A client.


def test_attached_client_is_returned_and_answered(stub: SESStub) -> None:
    """An attached client is answered; attach() returns it, so it can be used in one line."""
    client = make_client()
    assert stub.attach(client) is client
    assert names(client) == ["example.com"]
    assert stub.calls.operations == ["ListIdentities"]


def test_only_that_client(stub: SESStub) -> None:
    """Only that client is changed: no class of botocore and no other client."""
    before = attributes_now()
    stub.attach(make_client())
    assert all(map(lambda now, then: now is then, attributes_now(), before))
    with pytest.raises(NoCredentialsError):
        names(make_client())


def test_retries_move_the_clock(stub: SESStub, slept: list[float]) -> None:
    """The retries of an attached client move the stub's clock."""
    client = stub.attach(make_client(retries={"mode": "standard"}))
    start = stub.clock.now()
    for _ in range(3):
        names(client)
    assert (stub.clock.now() - start).total_seconds() == 2
    assert slept == []


def test_waiter_moves_the_clock(stub: SESStub, slept: list[float]) -> None:
    """The waiters of an attached client move the stub's clock."""
    client = stub.attach(make_client())
    stub.add_identity("new.example", "Pending")
    stub.after(seconds=7).confirm("new.example")
    start = stub.clock.now()
    client.get_waiter("identity_exists").wait(Identities=["new.example"])
    assert (stub.clock.now() - start).total_seconds() == 9
    assert slept == []


def test_attached_waiter_with_real_sleep_moves_no_clock(slept: list[float]) -> None:
    """With sleep="real" a waiter really sleeps, and the clock does not move."""
    stub = SESStub(sleep="real", rate=None, clock=VirtualClock())
    client, start = stub.attach(make_client()), stub.clock.now()
    with pytest.raises(WaiterError):
        client.get_waiter("identity_exists").wait(Identities=["ann@example.com"], WaiterConfig={"MaxAttempts": 4})
    assert slept == [3, 3, 3]
    assert stub.clock.now() == start


@pytest.mark.parametrize("attached_first", [True, False])
def test_before_a_scope(stub: SESStub, attached_first: bool) -> None:
    """An attached stub comes before an active scope, whichever began first."""
    client, scope = make_client(), mock_ses_verify(identities=["scope.example"])
    if attached_first:
        stub.attach(client)
    with scope as ses:
        if not attached_first:
            stub.attach(client)
        assert names(client) == ["example.com"]
        stub.add_identity("new.example", "Pending")
        stub.after(seconds=2).confirm("new.example")
        client.get_waiter("identity_exists").wait(Identities=["new.example"])
        assert ses.calls == []
        assert names(make_client()) == ["scope.example"]


def test_detach_restores_the_client(stub: SESStub) -> None:
    """Detaching restores the client, whose calls go to the network again."""
    client = make_client()
    before = members(client, client._endpoint)
    stub.attach(client)
    stub.detach()
    assert members(client, client._endpoint) == before
    with pytest.raises(NoCredentialsError):
        names(client)


def test_detach_restores_instance_attributes(stub: SESStub) -> None:
    """Detaching restores attributes that were set on the instances."""
    client, endpoint_call, waiter = make_client(), object(), object()
    client._endpoint._send_request, client.get_waiter = endpoint_call, waiter
    stub.attach(client)
    assert names(client) == ["example.com"]
    stub.detach()
    assert client._endpoint._send_request is endpoint_call
    assert client.get_waiter is waiter


@pytest.mark.parametrize("first", [0, 1], ids=["inner first", "outer first"])
def test_later_of_two_stubs_on_a_client_answers(first: int) -> None:
    """Of two stubs on one client the later one answers; detaching one leaves the other attached."""
    client = make_client()
    stubs = [SESStub(identities=[f"{name}.example"], rate=None) for name in ("inner", "outer")]
    for stub in reversed(stubs):
        stub.attach(client)
    assert names(client) == ["inner.example"]
    stubs[first].detach()
    assert names(client) == [("outer.example", "inner.example")[first]]
    stubs[1 - first].detach()
    with pytest.raises(NoCredentialsError):
        names(client)


def test_second_detach_does_nothing(stub: SESStub) -> None:
    """Detaching a client that is not attached does nothing."""
    stub.attach(make_client())
    stub.detach()
    stub.detach()


def test_end_of_a_scope(slept: list[float]) -> None:
    """At the end of a scope, its stub is detached from all clients."""
    client = make_client(region="eu-west-1")
    with mock_ses_verify(identities=["example.com"], region="eu-west-1") as ses:
        ses.attach(client)
        with mock_ses_verify():
            assert names(client) == ["example.com"]
    with pytest.raises(NoCredentialsError):
        names(client)


STS = "<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>"

# A session.

SESSIONS = {
    "botocore": own_session,
    "boto3": lambda: boto3.Session(botocore_session=own_session()),
}


def client_of(session: Any, service: str = "ses", **options: Any) -> Any:
    make = session.create_client if isinstance(session, Session) else session.client
    return make(service, **options)


@pytest.fixture(params=SESSIONS.values(), ids=SESSIONS)
def session(request: pytest.FixtureRequest) -> Any:
    return request.param()


def test_clients_of_an_attached_session_are_answered(stub: SESStub, session: Any) -> None:
    """The SES clients of an attached session are answered, without region and credentials."""
    assert stub.attach(session) is session
    assert names(client_of(session)) == ["example.com"]
    assert names(client_of(session, region_name="eu-west-1")) == []


def test_session_touches_no_class(stub: SESStub, session: Any) -> None:
    """No class of botocore is changed, and other sessions are not answered."""
    before = attributes_now()
    stub.attach(session)
    assert all(map(lambda now, then: now is then, attributes_now(), before))
    with pytest.raises(NoCredentialsError):
        names(make_client())


def test_session_in_a_scope(stub: SESStub, session: Any) -> None:
    """An attached session comes before an active scope."""
    with mock_ses_verify() as ses:
        stub.attach(session)
        assert names(client_of(session)) == ["example.com"]
    assert ses.calls == []


def test_attached_session_leaves_other_services_alone(stub: SESStub, session: Any) -> None:
    """The session's clients of other services are made and called as before."""
    stub.attach(session)
    with pytest.raises(NoCredentialsError):
        client_of(session, "sts", region_name="us-east-1").get_caller_identity()


def test_attached_session_signs_other_services_as_before(stub: SESStub, session: Any) -> None:
    """Clients of other services sign with the session's credentials."""
    getattr(session, "_session", session).set_credentials(*KEYS.values())
    stub.attach(session)
    client, signed = client_of(session, "sts", region_name="us-east-1"), []

    def answer(request: Any, **_: Any) -> Any:
        signed.append(request.headers)
        return canned(STS)

    client.meta.events.register("before-send.sts", answer)
    client.get_caller_identity()
    assert b"AKIDEXAMPLE" in signed[0]["Authorization"]
    assert stub.calls == []


def test_client_made_before_the_attachment_is_unaffected(stub: SESStub, session: Any) -> None:
    """A client that the session made earlier is not affected."""
    client = client_of(session, region_name="us-east-1")
    stub.attach(session)
    with pytest.raises(NoCredentialsError):
        names(client)


def test_two_stubs_on_a_session(session: Any) -> None:
    """Of two stubs on one session the later one gets new clients; detaching the earlier one does not change that."""
    earlier, later = (SESStub(identities=[name], rate=None) for name in ("earlier.example", "later.example"))
    earlier.attach(session)
    old = client_of(session)
    later.attach(session)
    new = client_of(session)
    assert (names(old), names(new)) == (["earlier.example"], ["later.example"])
    earlier.detach()
    assert (names(new), names(client_of(session))) == (["later.example"], ["later.example"])
    with pytest.raises(NoCredentialsError):
        names(old)


def test_detach_restores_session_attributes(stub: SESStub) -> None:
    """Detaching restores attributes that were set on the session."""
    session, create = own_session(), lambda *_, **__: "made by somebody else"
    session.create_client = create
    stub.attach(session)
    assert names(session.create_client("ses")) == ["example.com"]
    stub.detach()
    assert session.create_client is create


def test_detaching_a_session_restores_it_and_its_clients(stub: SESStub, session: Any) -> None:
    """Detaching restores the session, and detaches the clients that it made."""
    inner = getattr(session, "_session", session)
    client_of(session, region_name="us-east-1")  # which makes botocore note what it loads only once
    before = members(inner)
    stub.attach(session)
    client = client_of(session)
    stub.detach()
    assert members(inner) == before
    for one in (client, client_of(session, region_name="us-east-1")):
        with pytest.raises(NoCredentialsError):
            names(one)


def test_unsupported_operation_is_an_error(stub: SESStub) -> None:
    """Options apply as in a scope: an unsupported operation of an attached client is an error."""
    client = SESStub(unsupported="fail", rate=None).attach(make_client())
    with pytest.raises(Exception, match="ListTemplates"):
        client.list_templates()


def test_attached_client_is_throttled() -> None:
    """An attached client is throttled by its stub."""
    client = SESStub().attach(make_client(retries={"total_max_attempts": 1, "mode": "standard"}))
    names(client)
    with pytest.raises(ClientError, match="Rate exceeded"):
        names(client)


@pytest.mark.parametrize(
    "target", [None, "ses", object(), boto3, Session], ids=["nothing", "a name", "an object", "a module", "a class"]
)
def test_other_targets_are_refused(stub: SESStub, target: Any) -> None:
    """attach() refuses other targets, and says what it accepts."""
    with pytest.raises(TypeError, match="an SES client or a session"):
        stub.attach(target)


def test_client_of_another_service(stub: SESStub) -> None:
    """A client of another service is refused, even if it uses the same endpoint."""
    with pytest.raises(TypeError, match="an SES client or a session"):
        stub.attach(make_client("pinpoint-email"))
