"""A stub over HTTP: the same state and clock, and responses in AWS's format."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
from typing import Any

import boto3
import pytest
import time_machine
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError
from serving import LIST, address_of, ask
from waitress.channel import HTTPChannel

from ses_stub import SESStub, VirtualClock, mock_ses_verify
from ses_stub._server import http as server
from ses_stub._server.endpoint import Endpoint

ONCE = {"retries": {"total_max_attempts": 1}}


def client(service: str = "ses", **config: Any) -> Any:
    return boto3.client(service, config=Config(**{**ONCE, **config}))


def signed(region: str = "us-east-1", key: str = "AKIDEXAMPLE", service: str = "ses") -> dict[str, str]:
    scope = (
        f"AWS4-HMAC-SHA256 Credential={key}/20260101/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
    return {"Authorization": scope}


# State and clock.


@pytest.mark.usefixtures("endpoint")
def test_state_is_shared(ses: SESStub) -> None:
    """A test sees what a client does, and vice versa, in both APIs."""
    client().verify_email_identity(EmailAddress="ann@example.com")
    assert ses.identity("ann@example.com").status == "Pending"
    ses.click_verification_link("ann@example.com")
    assert client("sesv2").get_email_identity(EmailIdentity="ann@example.com")["VerificationStatus"] == "SUCCESS"
    assert ses.calls.operations == ["VerifyEmailIdentity", "GetEmailIdentity"]


@pytest.mark.usefixtures("endpoint")
def test_clock_is_shared(ses: SESStub) -> None:
    """A test of 72 hours takes no time over HTTP either."""
    client().verify_domain_identity(Domain="example.com")
    ses.clock.advance(hours=72)
    answer = client().get_identity_verification_attributes(Identities=["example.com"])
    assert answer["VerificationAttributes"]["example.com"]["VerificationStatus"] == "Failed"


PROGRAM = "import boto3; print(boto3.client('ses').verify_domain_identity(Domain='example.com')['VerificationToken'])"


def test_child_process_needs_no_configuration() -> None:
    """Its client reaches the stub of the scope, also while time is frozen."""
    with mock_ses_verify(freeze="2026-03-01") as ses, ses.serve():
        done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == ses.identity("example.com").token
        assert [call.at.isoformat() for call in ses.calls] == ["2026-03-01T00:00:00+00:00"]


def test_scope_answers_its_own_process_without_http() -> None:
    """In a scope, clients of the test are intercepted, and their waits take no time."""
    with mock_ses_verify(clock=VirtualClock()) as ses, ses.serve():
        for _ in range(2):
            client(retries={"mode": "standard"}).list_identities()
        assert [call.error_code for call in ses.calls] == [None, "Throttling", None]


def test_server_works_under_time_machine() -> None:
    """Frozen time does not stop the server."""
    with time_machine.travel("2026-03-01T00:00:00Z", tick=False), SESStub().serve() as endpoint:
        assert ask(endpoint, "POST", "/", LIST)[0] == 200


def connect(endpoint: Endpoint) -> http.client.HTTPConnection:
    """A connection that is not opened again if the server closes it."""
    connection = http.client.HTTPConnection(*address_of(endpoint), timeout=30)
    connection.connect()
    connection.auto_open = 0
    return connection


def health(connection: http.client.HTTPConnection) -> int:
    connection.request("GET", "/health")
    response = connection.getresponse()
    response.read()
    return response.status


@pytest.mark.parametrize("freeze", [False, True])
def test_connection_outlasts_a_move_of_the_clock(freeze: bool) -> None:
    """A pooled one of another process is not idle because a test has moved the time."""
    with mock_ses_verify(freeze=freeze) as ses, ses.serve() as endpoint:
        first, second = connect(endpoint), connect(endpoint)
        assert (health(first), health(second)) == (200, 200)
        ses.clock.advance(hours=72)
        assert (health(second), health(second), health(first)) == (200, 200, 200)
        first.close()
        second.close()


def test_idle_connection_is_closed(ses: SESStub, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the time that has really passed."""
    now = 0.0
    monkeypatch.setattr(server.real, "monotonic", lambda: now)
    monkeypatch.setattr(server, "_IDLE_SECONDS", 1)
    with ses.serve() as endpoint:
        idle, after = connect(endpoint), connect(endpoint)
        # By the second response, the first connection's last activity is over.
        assert (health(idle), health(after)) == (200, 200)
        now = 5.0
        busy = connect(endpoint)
        assert (health(busy), health(busy)) == (200, 200)
        assert idle.sock.recv(1) == b""
        for connection in (idle, after, busy):
            connection.close()


def test_fixture_serves_the_stub(pytester: pytest.Pytester) -> None:
    """``ses_endpoint`` serves the stub of ``ses_verify``."""
    pytester.makepyfile(
        """
        import os
        import urllib.request

        def test_served(ses_verify, ses_endpoint):
            assert os.environ["AWS_ENDPOINT_URL_SES"] == ses_endpoint.url
            urllib.request.urlopen(f"{ses_endpoint.url}/?Action=ListIdentities&Version=2010-12-01").close()
            assert ses_verify.calls.operations == ["ListIdentities"]
        """
    )
    assert pytester.runpytest("-p", "no:randomly", "-p", "no:xdist").parseoutcomes() == {"passed": 1}


# Region, account and attempt of a request.


def test_region_and_account_of_the_signature(ses: SESStub, endpoint: Endpoint) -> None:
    """The region is that of the signature. An access key of twelve digits is the account."""
    ask(endpoint, "POST", "/", LIST, signed("eu-west-1", "999999999999"))
    ask(endpoint, "POST", "/", LIST, signed("ap-south-1"))
    ask(endpoint, "POST", "/", LIST)
    assert [(call.region, call.account_id) for call in ses.calls] == [
        ("eu-west-1", "999999999999"),
        ("ap-south-1", "123456789012"),
        ("us-east-1", "123456789012"),
    ]


def test_host_of_a_proxied_request(ses: SESStub, endpoint: Endpoint) -> None:
    """A request to a proxy contains the host, and so the region."""
    status, _, _ = ask(endpoint, "POST", "http://email.eu-north-1.amazonaws.com/", LIST)
    assert (status, ses.calls.last.region) == (200, "eu-north-1")


def test_attempt_is_that_of_the_sdk(ses: SESStub, endpoint: Endpoint) -> None:
    """The AWS SDKs send it in a header."""
    for header in ({}, {"amz-sdk-request": "attempt=3; max=5"}, {"amz-sdk-request": "ttl=1; attempt=x"}):
        ask(endpoint, "POST", "/", LIST, header)
    assert [call.attempt for call in ses.calls] == [1, 3, 1]


# Responses.


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [("POST", "/", LIST), ("GET", f"/?{LIST}", ""), ("PUT", "/", LIST), ("POST", f"/?{LIST}", "")],
)
def test_query_protocol_in_body_or_url(endpoint: Endpoint, method: str, target: str, body: str) -> None:
    """With any method."""
    status, text, headers = ask(endpoint, method, target, body)
    assert (status, headers["content-type"]) == (200, "text/xml")
    assert "<ListIdentitiesResponse" in text


def test_head_has_no_body(endpoint: Endpoint) -> None:
    """After the headers comes the next response."""
    head = f"HEAD /?{LIST} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    with (
        socket.create_connection(address_of(endpoint), timeout=30) as connection,
        connection.makefile("rb") as responses,
    ):
        for _ in range(2):
            connection.sendall(head)
            assert responses.readline() == b"HTTP/1.1 200 OK\r\n"
            while responses.readline() != b"\r\n":
                pass


@pytest.mark.usefixtures("endpoint")
def test_unsupported_operation_is_explained() -> None:
    """An error with its own code names the operation and the supported ones."""
    with pytest.raises(ClientError, match="does not support the SES operation ListReceiptFilters") as raised:
        client().list_receipt_filters()
    assert raised.value.response["Error"]["Code"] == "UnsupportedOperationError"
    with pytest.raises(ClientError, match="does not support the SES operation ListContactLists") as raised:
        client("sesv2").list_contact_lists()
    assert raised.value.response["Error"]["Code"] == "UnsupportedOperationError"


@pytest.mark.parametrize(
    ("method", "target", "headers"),
    [
        ("PUT", "/bucket/key", signed(service="s3")),
        ("GET", "/bucket?X-Amz-Signature=0", {}),
        ("POST", "/", {"X-Amz-Target": "DynamoDB_20120810.ListTables"}),
    ],
    ids=["signed", "presigned", "JSON"],
)
def test_request_to_another_service_is_explained(
    endpoint: Endpoint, method: str, target: str, headers: dict[str, str]
) -> None:
    """The message names the variables to set."""
    status, text, _ = ask(endpoint, method, target, "{}", headers)
    assert status == 400
    assert "<Code>MissingAction</Code>" in text
    assert "AWS_ENDPOINT_URL_SESV2, not AWS_ENDPOINT_URL." in text


@pytest.mark.usefixtures("endpoint")
@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        ({"error_code": "AccessDenied"}, "AccessDenied", 403),
        ({"error_code": "Throttling", "status": 429}, "Throttling", 429),
        ({"status": 503}, "503", 503),
    ],
    ids=["error", "error and status", "status"],
)
def test_injected_errors_arrive(ses: SESStub, fault: dict[str, Any], code: str, status: int) -> None:
    """With their code and status."""
    ses.inject(**fault)
    with pytest.raises(ClientError) as raised:
        client().list_identities()
    assert raised.value.response["Error"]["Code"] == code
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_injected_bodies_arrive(ses: SESStub, endpoint: Endpoint) -> None:
    """Byte by byte, also if a function changes the real body."""
    ses.inject(body=b"<html>a proxy's page", status=502)
    ses.inject(body=lambda right: right[:20])
    status, text, headers = ask(endpoint, "POST", "/", LIST)
    assert (status, text, headers["content-length"]) == (502, "<html>a proxy's page", "20")
    assert ask(endpoint, "POST", "/", LIST)[:2] == (200, "<ListIdentitiesRespo")


@pytest.mark.usefixtures("endpoint")
def test_injected_exception_closes_the_connection(ses: SESStub) -> None:
    """With any exception; the client gets no response."""
    ses.inject(exception=RuntimeError("the cable"))
    with pytest.raises(ConnectionClosedError):
        client().list_identities()
    assert client().list_identities()["Identities"] == []
    assert [call.error_code for call in ses.calls] == ["RuntimeError", None]


@pytest.mark.parametrize(("service", "call"), [("ses", "list_identities"), ("sesv2", "list_email_identities")])
def test_exception_of_the_test_is_an_internal_failure(
    service: str, call: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A resolver that raises is one, and is logged with its traceback."""

    def resolver(name: str, kind: str) -> list[str]:
        raise LookupError("no such zone")

    stub = SESStub(resolver=resolver, identities={"example.com": "Pending"}, clock=VirtualClock())
    with stub.serve(), pytest.raises(ClientError, match="LookupError: no such zone") as raised:
        getattr(client(service), call)()
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert raised.value.response["Error"]["Code"] == "InternalFailure"
    assert "Traceback" in caplog.text


def test_response_comes_in_one_piece(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """Older SDKs for Go fail when the head is there before the body: they close the connection in between."""
    sent = []
    send = HTTPChannel.send
    monkeypatch.setattr(HTTPChannel, "send", lambda one, data, **more: sent.append(data) or send(one, data, **more))
    assert ask(endpoint, "POST", "/", LIST)[0] == 200
    (response,) = sent
    assert response.startswith(b"HTTP/1.1 200 OK\r\n")
    assert response.endswith(b"</ListIdentitiesResponse>\n")


@pytest.mark.parametrize(
    ("version", "sent", "kept"),
    [("1.1", "", True), ("1.1", "close", False), ("1.0", "", False), ("1.0", "Keep-Alive", True)],
)
def test_connection_is_kept_as_the_client_asks(endpoint: Endpoint, version: str, sent: str, kept: bool) -> None:
    """HTTP 1.1 keeps it open unless asked to close it, HTTP 1.0 the other way round; the response says so."""
    head = f"POST /?{LIST} HTTP/{version}\r\nHost: localhost\r\n" + (f"Connection: {sent}\r\n" if sent else "")
    with socket.create_connection(address_of(endpoint), timeout=30) as connection:
        for _ in range(2 if kept else 1):
            connection.sendall(f"{head}\r\n".encode())
            response = connection.recv(65536)
            assert (b"\r\nConnection: keep-alive\r\n" in response, b"\r\nConnection: close\r\n" in response) == (
                kept,
                not kept,
            )
        assert kept or connection.recv(1) == b""


# The page and the control API.


def test_page_and_control_api_are_served(endpoint: Endpoint) -> None:
    """At the address itself, and below ``/_ses_stub/``."""
    assert "<!doctype html>" in ask(endpoint, "GET", "/")[1].lower()
    assert json.loads(ask(endpoint, "GET", "/_ses_stub/health")[1])["status"] == "ok"


def test_unknown_path_is_an_error(endpoint: Endpoint) -> None:
    """For a browser in HTML, for any other client in AWS's format."""
    assert "<h1>404 Not Found" in ask(endpoint, "GET", "/inbox", headers={"Accept": "text/html"})[1]
    assert "<Code>MissingAction</Code>" in ask(endpoint, "GET", "/inbox")[1]
