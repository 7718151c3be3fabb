"""A server that runs for days limits its logs; what the application has sent, and the figures, stay."""

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
        self.requests = 0
        self.client = Client(LogRetention(Application(stub), service_of(stub), self.after_request))

    def after_request(self) -> None:
        self.requests += 1

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
    """Logs of ten calls, emails and changes."""
    for name in ("MAX_CALLS", "MAX_EMAILS", "MAX_CHANGES"):
        monkeypatch.setattr(retention, name, 10)


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


@pytest.mark.usefixtures("short")
def test_sent_emails_are_never_dropped(server: Server) -> None:
    """They are what a test looks for, however many calls there were since."""
    server.stub.add_identity("ann@example.com")
    for _ in range(30):
        message = {"Message.Subject.Data": "Hello", "Message.Body.Text.Data": "Hello"}
        to = {"Source": "ann@example.com", "Destination.ToAddresses.member.1": "bob@example.com"}
        assert server.ask("SendEmail", **to, **message) == 200
        server.stub.clock.advance(seconds=1)
    assert len(server.stub.calls) <= 10
    assert len(server.stub.sent_emails) == 30


@pytest.mark.usefixtures("short")
def test_report_goes_on_counting() -> None:
    """Its figures are those of all calls, also of dropped ones."""
    server = Server(SESStub(clock=VirtualClock()))
    for _ in range(5):
        server.ask("ListIdentities")
    for _ in range(45):
        server.ask("GetSendQuota")
        server.stub.clock.advance(seconds=1)
    report = server.stub.report()
    assert len(server.stub.calls) <= 10
    assert (report.calls, report.throttled, report.max_rate, report.busiest_operation) == (50, 4, 5, "ListIdentities")


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
def test_last_link_to_an_address_is_kept(server: Server) -> None:
    """However old it is, it still works; earlier ones to the same address are dropped, and numbers stay."""
    server.verify("old@example.com")
    server.verify("old@example.com")
    for number in range(30):
        server.verify(f"u{number % 5}@example.com")
    emails = server.stub.verification_emails
    assert len(emails) <= 15
    assert [email.to for email in emails].count("old@example.com") == 1
    numbers = service_of(server.stub).state.mailbox.numbers
    assert (len(numbers), numbers[0], numbers[-1]) == (len(emails), 2, 32)
    server.stub.click_verification_link("old@example.com")
    assert server.stub.identity("old@example.com").status == "Success"


@pytest.mark.usefixtures("short")
def test_changes_are_dropped_with_the_calls(server: Server) -> None:
    """The timeline shows those since the oldest call."""
    for number in range(11):
        server.verify(f"u{number}@example.com")
    assert {change.name for change in service_of(server.stub).state.history} == {
        f"u{number}@example.com" for number in range(6, 11)
    }
    assert "u5@example.com" not in str(server.stub.timeline())


@pytest.mark.usefixtures("short")
def test_changes_without_calls_are_limited(server: Server) -> None:
    """Those that the control API has made."""
    for number in range(30):
        server.client.post("/_ses_stub/identities", json={"name": f"u{number}@example.com"})
    assert len(service_of(server.stub).state.history) <= 10


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
    assert (len(server.stub.calls), server.requests) == (1, 1)


def test_each_request_is_reported(server: Server) -> None:
    """Before its answer is sent: the state is saved then."""
    server.verify("ann@example.com")
    server.client.get("/_ses_stub/identities")
    assert server.requests == 2


def test_nothing_need_be_called() -> None:
    """Without a state file."""
    stub = SESStub()
    client = Client(LogRetention(Application(stub), service_of(stub)))
    assert client.post("/_ses_stub/reset").status_code == 204


def test_calls_of_the_same_process_count_too(server: Server) -> None:
    """Calls that did not come over HTTP are in the same log."""
    client = server.stub.attach(make_client())
    client.list_identities()
    server.verify("ann@example.com")
    assert len(server.stub.calls) == 2
    server.stub.detach()
