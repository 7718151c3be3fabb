"""The resolver on a real name server, which runs on this machine."""

from __future__ import annotations

import importlib
import socket
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from clients import make_client, status

import ses_stub.dns
from ses_stub import mock_ses_verify

pytest.importorskip("dns.resolver")
flags, message, rcode, rdatatype, rrset = (
    importlib.import_module(f"dns.{name}") for name in ("flags", "message", "rcode", "rdatatype", "rrset")
)

SITE = "example.com"
LABEL = f"_amazonses.{SITE}"


class NameServer:
    """Answers queries in one thread, from a table of records in zone file form."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], list[str]] = {}
        #: The response code for every query; None answers from the records.
        self.trouble: Any = None
        self.queries = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            wire, asker = self._socket.recvfrom(4096)
            if not wire:
                return
            self.queries += 1
            answer = self._answer(message.from_wire(wire))
            if answer is not None:
                self._socket.sendto(answer.to_wire(), asker)

    def _answer(self, query: Any) -> Any:
        if self.trouble == "silence":
            return None
        response = message.make_response(query)
        response.flags |= flags.AA | flags.RA
        (question,) = query.question
        name, kind = question.name.to_text(omit_final_dot=True), rdatatype.to_text(question.rdtype)
        if self.trouble is not None:
            response.set_rcode(self.trouble)
        elif (name, kind) in self.records:
            response.answer.append(rrset.from_text(question.name, 300, "IN", kind, *self.records[name, kind]))
        elif not any(known == name for known, _ in self.records):
            response.set_rcode(rcode.NXDOMAIN)
        return response

    def stop(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join(5)
        self._socket.close()


@pytest.fixture
def server() -> Iterator[NameServer]:
    one = NameServer()
    yield one
    one.stop()


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("TXT", '"token="', '"token="'),
        ("TXT", '"to" "ken="', '"to" "ken="'),
        ("CNAME", "token.dkim.amazonses.com.", "token.dkim.amazonses.com."),
        ("MX", "10 feedback-smtp.us-east-1.amazonses.com.", "10 feedback-smtp.us-east-1.amazonses.com."),
    ],
)
def test_name_server_values_have_zone_file_form(server: NameServer, kind: str, value: str, expected: str) -> None:
    """Values have the form that a zone file has."""
    server.records[SITE, kind] = [value]
    assert list(ses_stub.dns.name_server("127.0.0.1", server.port)(SITE, kind)) == [expected]


def test_name_server_txt_record_verifies_the_domain(server: NameServer) -> None:
    """A domain is Pending until the name server has its TXT record, and loses its verification without it."""
    with mock_ses_verify(rate=None, resolver=ses_stub.dns.name_server("127.0.0.1", server.port)):
        client = make_client()
        token = client.verify_domain_identity(Domain=SITE)["VerificationToken"]
        assert status(client, SITE) == "Pending"
        server.records[LABEL, "TXT"] = ['"something else"', f'"{token[:10]}" "{token[10:]}"']
        assert status(client, SITE) == "Success"
        server.records.clear()
        assert status(client, SITE) == "TemporaryFailure"


def test_name_server_cnames_verify_the_domain(server: NameServer) -> None:
    """The CNAME records of DKIM verify a domain too."""
    with mock_ses_verify(rate=None, resolver=ses_stub.dns.name_server("127.0.0.1", server.port)):
        client = make_client()
        for token in client.verify_domain_dkim(Domain=SITE)["DkimTokens"]:
            assert status(client, SITE) == "Pending"
            server.records[f"{token}._domainkey.{SITE}", "CNAME"] = [f"{token}.dkim.amazonses.com."]
        assert status(client, SITE) == "Success"


@pytest.mark.parametrize(
    ("trouble", "records"),
    [
        (None, {}),
        (None, {(SITE, "MX"): ["10 mx.example.com."]}),
        (rcode.SERVFAIL, {}),
        (rcode.REFUSED, {}),
        ("silence", {}),
    ],
    ids=["no-such-name", "no-such-type", "server-failure", "refused", "no-answer"],
)
def test_failing_or_silent_name_server_has_no_records(
    server: NameServer, trouble: Any, records: dict[tuple[str, str], list[str]]
) -> None:
    """A server that does not know the name or type, fails or does not answer has no records."""
    server.records, server.trouble = records, trouble
    assert list(ses_stub.dns.name_server("127.0.0.1", server.port, timeout=0.05)(SITE, "TXT")) == []


def test_silent_name_server_is_asked_within_the_timeout(server: NameServer) -> None:
    """A silent server is asked again only if the time-out allows it; dnspython does so after two seconds."""
    server.trouble = "silence"
    ses_stub.dns.name_server("127.0.0.1", server.port, timeout=0.05)(SITE, "TXT")
    assert server.queries <= 1


def test_name_that_is_too_long() -> None:
    """A name that is too long for DNS has no records, and no server is asked."""
    name = "_amazonses." + ".".join(["a" * 62] * 4)
    assert list(ses_stub.dns.name_server("127.0.0.1", 1)(name, "TXT")) == []


def test_name_servers_of_the_machine_are_the_default(monkeypatch: pytest.MonkeyPatch, server: NameServer) -> None:
    """Without an address the machine's own name servers are asked."""
    resolver: Any = importlib.import_module("dns.resolver")

    def configure(self: Any, filename: str = "") -> None:
        self.nameservers, self.port = ["127.0.0.1"], server.port

    for platform in ("read_resolv_conf", "read_registry"):
        monkeypatch.setattr(resolver.Resolver, platform, configure)
    server.records[SITE, "TXT"] = ['"one"']
    assert list(ses_stub.dns.name_server()(SITE, "TXT")) == ['"one"']


def test_missing_dnspython_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without dnspython the resolver cannot be made; the error has the command that installs it."""
    monkeypatch.setitem(sys.modules, "dns.exception", None)
    with pytest.raises(ModuleNotFoundError) as raised:
        ses_stub.dns.name_server("127.0.0.1")
    assert str(raised.value) == (
        "ses_stub.dns.name_server() needs dnspython, which is not installed: pip install 'ses-stub[dns]'"
    )
