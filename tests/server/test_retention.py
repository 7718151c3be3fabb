"""A server that runs for days limits its logs, and reports changes of its state."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from clients import make_client
from werkzeug.test import Client

from ses_stub import SESStub, VirtualClock
from ses_stub._api.stub import service_of
from ses_stub._server import retention
from ses_stub._server.app import Application, Disconnect
from ses_stub._server.retention import LogRetention


class Server:
    """The application with its middleware, without a socket."""

    def __init__(self, stub: SESStub) -> None:
        self.stub = stub
        self.changes = 0
        self.client = Client(LogRetention(Application(stub), service_of(stub), self.on_change))

    def on_change(self) -> None:
        self.changes += 1

    def ask(self, operation: str, **parameters: str) -> int:
        """The status of one call."""
        body = urlencode({"Action": operation, "Version": "2010-12-01", **parameters})
        return self.client.post("/", data=body).status_code

    def verify(self, address: str) -> None:
        assert self.ask("VerifyEmailIdentity", EmailAddress=address) == 200


@pytest.fixture
def server() -> Server:
    return Server(SESStub(rate=None, clock=VirtualClock()))


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Logs of ten calls."""
    monkeypatch.setattr(retention, "MAX_CALLS", 10)


@pytest.mark.usefixtures("short")
def test_full_log_loses_its_older_half(server: Server) -> None:
    """The newest calls stay."""
    for number in range(11):
        server.verify(f"u{number}@example.com")
    assert [call.params["EmailAddress"] for call in server.stub.calls] == [
        f"u{number}@example.com" for number in range(6, 11)
    ]
    assert service_of(server.stub).log.dropped == 6


def test_large_bodies_are_limited(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log has a limit of bytes as well."""
    monkeypatch.setattr(retention, "MAX_BYTES", 10_000)
    server.stub.add_identity("example.com")
    for _ in range(10):
        server.ask("SendRawEmail", **{"Source": "ann@example.com", "RawMessage.Data": "QUFB" * 1000})
    assert len(server.stub.calls) <= 2
    assert len(server.stub.sent_emails) <= 2


def test_long_query_strings_are_limited(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request can be as long in its URL as another in its body."""
    monkeypatch.setattr(retention, "MAX_BYTES", 10_000)
    for _ in range(10):
        server.client.get(f"/?Action=VerifyEmailIdentity&EmailAddress={'x' * 4000}")
    assert len(server.stub.calls) <= 2


def test_many_short_parameters_are_limited(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """In memory a short parameter takes more than on the wire."""
    monkeypatch.setattr(retention, "MAX_BYTES", 100_000)
    for _ in range(10):
        tags = [{"Key": "ab", "Value": "cd"}] * 200
        server.client.post("/v2/email/identities", json={"EmailIdentity": "a@example.com", "Tags": tags})
    assert len(server.stub.calls) <= 3


@pytest.mark.usefixtures("short")
def test_emails_to_deleted_addresses_are_dropped(server: Server) -> None:
    """The link to an address that was deleted has no effect any more."""
    for number in range(50):
        server.verify(f"u{number}@example.com")
        server.ask("DeleteIdentity", Identity=f"u{number}@example.com")
        server.stub.clock.advance(seconds=1)
    assert len(server.stub.verification_emails) <= 10


@pytest.mark.usefixtures("short")
def test_entries_older_than_the_log_are_dropped(server: Server) -> None:
    """Changes and emails from before the oldest call; not those whose link still works."""
    server.verify("old@example.com")
    server.verify("old@example.com")
    server.stub.clock.advance(seconds=1)
    for number in range(10):
        server.verify(f"u{number}@example.com")
    state = service_of(server.stub).state
    assert {change.name for change in state.history} == {f"u{number}@example.com" for number in range(10)}
    assert [email.to for email in server.stub.verification_emails].count("old@example.com") == 1
    server.stub.click_verification_link("old@example.com")
    assert server.stub.identity("old@example.com").status == "Success"


@pytest.mark.usefixtures("short")
def test_links_of_dropped_emails_never_repeat(server: Server) -> None:
    """A new link differs from all that came before."""
    links = set()
    for _ in range(50):
        server.verify("ann@example.com")
        links.add(server.stub.verification_emails[-1].link)
    assert len(links) == 50


@pytest.mark.usefixtures("short")
def test_throttled_calls_keep_their_reason() -> None:
    """How much too early a call was is still known of the right calls."""
    server = Server(SESStub(clock=VirtualClock()))
    for _ in range(11):
        server.ask("ListIdentities")
        server.stub.clock.advance(seconds=0.75)
    service = service_of(server.stub)
    early = [number for number, call in enumerate(service.calls) if call.error_code is not None]
    assert 0 < len(early) < len(service.calls)
    assert [number for number, one in enumerate(service.log.entries) if one.retry_after_us] == early
    assert str(server.stub.timeline()).count("throttled: 750 ms since the last call, 1 s needed") == len(early)


@pytest.mark.usefixtures("short")
def test_reset_empties_the_log(server: Server) -> None:
    """After it the log fills from zero."""
    for number in range(8):
        server.verify(f"u{number}@example.com")
    server.stub.reset()
    for number in range(8):
        server.verify(f"u{number}@example.com")
    assert len(server.stub.calls) == 8


def test_log_stays_within_its_limit(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over many times its length; each call keeps its number."""
    monkeypatch.setattr(retention, "MAX_CALLS", 100)
    for number in range(1000):
        server.ask("GetSendQuota")
        assert len(server.stub.calls) <= 100
        assert service_of(server.stub).log.dropped + len(server.stub.calls) == number + 1


def test_injected_disconnects_are_logged_too(server: Server) -> None:
    """A call whose connection was closed by an injected failure is logged like any other."""
    server.stub.inject("VerifyEmailIdentity", exception=ConnectionError("injected"))
    with pytest.raises(Disconnect):
        server.verify("ann@example.com")
    assert (len(server.stub.calls), server.changes) == (1, 1)


def test_whole_log_can_be_dropped(server: Server) -> None:
    """An empty log has no oldest call."""
    server.verify("ann@example.com")
    service_of(server.stub).drop_oldest(1)
    assert server.stub.calls == []
    assert [email.to for email in server.stub.verification_emails] == ["ann@example.com"]


def test_changes_are_reported(server: Server) -> None:
    """A request that may have changed the state is reported; one that reads is not."""
    server.verify("ann@example.com")
    assert server.changes == 1
    for operation in ("ListIdentities", "GetSendQuota"):
        server.ask(operation)
    for page in ("/", "/_ses_stub/identities", "/page/page.css"):
        server.client.get(page)
    assert server.changes == 1
    server.client.post("/_ses_stub/clock/advance", json={"hours": 1})
    server.client.post("/page/advance", data={"by": "1 h"})
    server.client.get("/_ses_stub/link?" + server.stub.verification_emails[0].link.partition("?")[2])
    assert server.changes == 4
    assert server.stub.identity("ann@example.com").status == "Success"


def test_changes_need_no_listener() -> None:
    """Without a state file there is none."""
    stub = SESStub()
    client = Client(LogRetention(Application(stub), service_of(stub), None))
    assert client.post("/_ses_stub/reset").status_code == 204


def test_calls_of_the_same_process_count_too(server: Server) -> None:
    """Calls that did not come over HTTP are in the same log."""
    client = server.stub.attach(make_client())
    client.list_identities()
    server.verify("ann@example.com")
    assert len(server.stub.calls) == 2
    server.stub.detach()
