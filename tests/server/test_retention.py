"""A server that runs for days keeps its logs short, and tells whoever saves its state of changes."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from clients import make_client
from werkzeug.test import Client

from ses_stub import SESStub, VirtualClock
from ses_stub._server import retention
from ses_stub._server.app import Application, Disconnect
from ses_stub._server.retention import Housekeeping


class Server:
    """An application with its housekeeping, but for the socket."""

    def __init__(self, stub: SESStub) -> None:
        self.stub = stub
        self.changes = 0
        self.client = Client(Housekeeping(Application(stub), stub._service, self.changed))

    def changed(self) -> None:
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
def test_log_is_cut(server: Server) -> None:
    """Half of it goes when it is full; the newest calls stay."""
    for number in range(11):
        server.verify(f"u{number}@example.com")
    assert [call.params["EmailAddress"] for call in server.stub.calls] == [
        f"u{number}@example.com" for number in range(6, 11)
    ]
    assert server.stub._service.log.dropped == 6


def test_large_calls_count_more(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their bytes are limited too."""
    monkeypatch.setattr(retention, "MAX_BYTES", 10_000)
    server.stub.add_identity("example.com")
    for _ in range(10):
        server.ask("SendRawEmail", **{"Source": "ann@example.com", "RawMessage.Data": "QUFB" * 1000})
    assert len(server.stub.calls) <= 2
    assert len(server.stub.sent_emails) <= 2


def test_long_queries_count_more(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request may be as long in its target as another in its body."""
    monkeypatch.setattr(retention, "MAX_BYTES", 10_000)
    for _ in range(10):
        server.client.get(f"/?Action=VerifyEmailIdentity&EmailAddress={'x' * 4000}")
    assert len(server.stub.calls) <= 2


def test_many_parameters_count_more(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """In memory a short one takes more than on the wire."""
    monkeypatch.setattr(retention, "MAX_BYTES", 100_000)
    for _ in range(10):
        tags = [{"Key": "ab", "Value": "cd"}] * 200
        server.client.post("/v2/email/identities", json={"EmailIdentity": "a@example.com", "Tags": tags})
    assert len(server.stub.calls) <= 3


@pytest.mark.usefixtures("short")
def test_mails_to_who_is_gone_go(server: Server) -> None:
    """Addresses come and go for ever: a link to one that was deleted confirms nothing."""
    for number in range(50):
        server.verify(f"u{number}@example.com")
        server.ask("DeleteIdentity", Identity=f"u{number}@example.com")
        server.stub.clock.advance(seconds=1)
    assert len(server.stub.verification_emails) <= 10


@pytest.mark.usefixtures("short")
def test_what_is_older_than_the_log_goes(server: Server) -> None:
    """Changes and messages from before the oldest call; not the mails that may still be clicked."""
    server.verify("old@example.com")
    server.verify("old@example.com")
    server.stub.clock.advance(seconds=1)
    for number in range(10):
        server.verify(f"u{number}@example.com")
    state = server.stub._service.state
    assert {change.name for change in state.history} == {f"u{number}@example.com" for number in range(10)}
    assert [mail.to for mail in server.stub.verification_emails].count("old@example.com") == 1
    server.stub.click_verification_link("old@example.com")
    assert server.stub.identity("old@example.com").status == "Success"


@pytest.mark.usefixtures("short")
def test_links_never_repeat(server: Server) -> None:
    """Not of mails either that are forgotten."""
    links = set()
    for _ in range(50):
        server.verify("ann@example.com")
        links.add(server.stub.verification_emails[-1].link)
    assert len(links) == 50


@pytest.mark.usefixtures("short")
def test_throttled_calls_stay_marked() -> None:
    """By how much a call was too early is still known of the right ones."""
    server = Server(SESStub(clock=VirtualClock()))
    for _ in range(11):
        server.ask("ListIdentities")
        server.stub.clock.advance(seconds=0.75)
    service = server.stub._service
    early = [number for number, call in enumerate(service.calls) if call.error_code is not None]
    assert 0 < len(early) < len(service.calls)
    assert [number for number, one in enumerate(service.log.entries) if one.retry_after_us] == early
    assert str(server.stub.timeline()).count("throttled: 0.75 s since the last call, 1 s needed") == len(early)


@pytest.mark.usefixtures("short")
def test_reset_is_noticed(server: Server) -> None:
    """After it the log is filled anew."""
    for number in range(8):
        server.verify(f"u{number}@example.com")
    server.stub.reset()
    for number in range(8):
        server.verify(f"u{number}@example.com")
    assert len(server.stub.calls) == 8


def test_logs_stay_short_for_ever(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over many times their length; each call has its number still."""
    monkeypatch.setattr(retention, "MAX_CALLS", 100)
    for number in range(1000):
        server.ask("GetSendQuota")
        assert len(server.stub.calls) <= 100
        assert server.stub._service.log.dropped + len(server.stub.calls) == number + 1


def test_orders_to_fail_are_housekept_too(server: Server) -> None:
    """A call whose connection is closed by order counts as any other."""
    server.stub.inject("VerifyEmailIdentity", exception=ConnectionError("ordered"))
    with pytest.raises(Disconnect):
        server.verify("ann@example.com")
    assert (len(server.stub.calls), server.changes) == (1, 1)


def test_everything_may_be_forgotten(server: Server) -> None:
    """An empty log has no oldest call."""
    server.verify("ann@example.com")
    server.stub._service.drop_oldest(1)
    assert server.stub.calls == []
    assert [mail.to for mail in server.stub.verification_emails] == ["ann@example.com"]


def test_changes_are_told(server: Server) -> None:
    """A request that may have changed something is one; a look is none."""
    server.verify("ann@example.com")
    assert server.changes == 1
    for look in ("ListIdentities", "GetSendQuota"):
        server.ask(look)
    for page in ("/", "/_ses_stub/identities", "/page/page.css"):
        server.client.get(page)
    assert server.changes == 1
    server.client.post("/_ses_stub/clock/advance", json={"hours": 1})
    server.client.post("/page/advance", data={"by": "1 h"})
    server.client.get("/_ses_stub/link?" + server.stub.verification_emails[0].link.partition("?")[2])
    assert server.changes == 4
    assert server.stub.identity("ann@example.com").status == "Success"


def test_nobody_need_listen() -> None:
    """Without a state file nobody is told."""
    stub = SESStub()
    client = Client(Housekeeping(Application(stub), stub._service, None))
    assert client.post("/_ses_stub/reset").status_code == 204


def test_calls_of_this_process_count_too(server: Server) -> None:
    """What else has come meanwhile is kept within the same bounds."""
    client = server.stub.attach(make_client())
    client.list_identities()
    server.verify("ann@example.com")
    assert len(server.stub.calls) == 2
    server.stub.detach()
