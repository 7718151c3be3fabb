"""What no client should send: each gets an error in AWS's format or a closed connection, and the server goes on."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from repeat import times

from ses_stub import SESStub, VirtualClock
from ses_stub._server import http
from ses_stub._server.endpoint import Endpoint

PATIENCE = 30
LIST = b"Action=ListIdentities&Version=2010-12-01"
MEGABYTE = 2**20
V2 = "/v2/email/identities"
CHUNKED = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
SIGNED = "Authorization: AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/ses/aws4_request\r\n"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with SESStub(rate=None, clock=VirtualClock()).serve() as endpoint:
        yield endpoint


@pytest.fixture(autouse=True)
def server_goes_on(endpoint: Endpoint, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """After each test a valid request is answered, and the log has no warning."""
    yield
    assert send(endpoint, request("POST", "/", LIST)).startswith(b"HTTP/1.1 200 OK")
    # The records of the test itself, not those of this fixture's teardown.
    assert [record for record in caplog.get_records("call") if record.levelname in ("WARNING", "ERROR")] == []


def connect(endpoint: Endpoint) -> socket.socket:
    host, port = endpoint.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE)


def send(endpoint: Endpoint, data: bytes) -> bytes:
    """The response; empty if the server closes the connection."""
    answer = b""
    with connect(endpoint) as connection, contextlib.suppress(ConnectionError):
        # It may have closed the connection already.
        with contextlib.suppress(ConnectionError):
            connection.sendall(data)
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
        answer = read(connection)
    return answer


def read(connection: socket.socket) -> bytes:
    answer = b""
    while part := connection.recv(65536):
        answer += part
        # The head that has a length: before it, the server may have said that it is ready for the body.
        head = re.search(rb"content-length: (\d+).*?\r\n\r\n", answer, re.IGNORECASE | re.DOTALL)
        if head is not None and len(answer) - head.end() >= int(head[1]):
            break
    return answer


def request(method: str, target: str, body: bytes = b"", headers: str = "") -> bytes:
    head = f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return head.encode("latin-1") + body


def code_of(answer: bytes) -> str:
    """The code of an error in AWS's format; empty for a closed connection, ``answered`` for any other response."""
    if not answer or re.match(rb"HTTP/1.[01] 200 OK", answer):
        return "answered" if answer else ""
    found = re.search(rb"<Code>(\w+)</Code>", answer) or re.search(rb"x-amzn-errortype: (\w+)", answer, re.IGNORECASE)
    assert found is not None, answer[:500]
    return found[1].decode()


# Broken HTTP.


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"nonsense\r\n\r\n", "MalformedHttpRequestException"),
        (b"GET\r\n\r\n", "MalformedHttpRequestException"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n", "MalformedHttpRequestException"),
        (
            b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
            "MalformedHttpRequestException",
        ),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", "MalformedHttpRequestException"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nbad header\r\n\r\n", "MalformedHttpRequestException"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n", "NotImplemented"),
        (
            b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "MalformedHttpRequestException",
        ),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", "RequestHeaderFieldsTooLarge"),
        (request("POST", "/", b"", f"X: {'y' * 70_000}\r\n"), "RequestHeaderFieldsTooLarge"),
        (
            f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {http.MAX_BODY + 1}\r\n\r\n".encode(),
            "RequestEntityTooLargeException",
        ),
        (CHUNKED + b"5\r\nActionX\r\n0\r\n\r\n", "MalformedHttpRequestException"),
        (CHUNKED + b"5;\0\r\nAction", "MalformedHttpRequestException"),
        (CHUNKED + b"5\r\nAct", ""),
        (CHUNKED + b"f" * 40 + b"\r\nAct", ""),
        (CHUNKED + b"f" * 100_000, ""),
        (b"POST / HTTP/1.1\nContent-Length: 0\n\n", ""),
        (
            b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nAction",
            "MalformedHttpRequestException",
        ),
        (b"POST / HTTP/9.9\r\nHost: localhost\r\n\r\n", "MissingAction"),
        (CHUNKED.replace(b"chunked", b"chunked\r\nContent-Length: 5") + b"0\r\n\r\n", "MalformedHttpRequestException"),
        (
            b"POST / HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
            "MalformedHttpRequestException",
        ),
        (b"POST / HTTP/1.1\r\n\r\n", "MalformedHttpRequestException"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", "MalformedHttpRequestException"),
        (b"POST / HTTP/1.1\r\nHost: localhost, localhost\r\n\r\n", "MalformedHttpRequestException"),
        (b"POST / HTTP/1\r\n\r\n", "MalformedHttpRequestException"),
        (b"GET /?Action=ListIdentities\r\n\r\n", "MalformedHttpRequestException"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "MalformedHttpRequestException"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200)), ""),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nAction=", ""),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Le", ""),
        (b"\0" * 1000, ""),
    ],
)
def test_broken_http_gets_an_aws_error(endpoint: Endpoint, data: bytes, code: str) -> None:
    """An error in AWS's format, if the client can still receive one."""
    assert code_of(send(endpoint, data)) == code


def test_chunked_body_is_read(endpoint: Endpoint) -> None:
    """The chunks are joined."""
    pieces = b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in (LIST[:7], LIST[7:])) + b"0\r\n\r\n"
    answer = send(endpoint, CHUNKED + pieces)
    assert b"<ListIdentitiesResponse" in answer


def test_pipelined_requests_are_all_answered(endpoint: Endpoint) -> None:
    """The responses come in order."""
    last = request("POST", "/", LIST, "Connection: close\r\n")
    with connect(endpoint) as connection:
        connection.sendall(request("POST", "/", LIST) * 20 + last)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    assert answer.count(b"HTTP/1.1 200 OK") == 21


def test_broken_request_among_pipelined_ones(endpoint: Endpoint) -> None:
    """The requests before it are answered, those after it are ignored."""
    good, bad = request("POST", "/", LIST), b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n"
    with connect(endpoint) as connection:
        connection.sendall(good + bad + good)
        answer = b""
        with contextlib.suppress(ConnectionError):
            while part := connection.recv(65536):
                answer += part
    assert re.findall(rb"HTTP/1.. (\d+)", answer) == [b"200", b"400"]


@pytest.mark.parametrize(
    "data",
    [request("POST", "/", b"x" * 17 * MEGABYTE), CHUNKED + (b"100000\r\n" + b"x" * MEGABYTE + b"\r\n") * 17],
    ids=["with length", "chunked"],
)
def test_bodies_over_the_limit(endpoint: Endpoint, data: bytes) -> None:
    """They are not read to the end; a client that goes on sending may lose the response."""
    assert code_of(send(endpoint, data)) in ("RequestEntityTooLargeException", "")


@settings(max_examples=times(20))
@given(data=st.binary(max_size=500), tail=st.sampled_from([b"", b"\r\n\r\n", b" HTTP/1.1\r\n\r\n"]))
def test_random_bytes_never_hang_the_server(endpoint: Endpoint, data: bytes, tail: bytes) -> None:
    """The server responds, or closes the connection."""
    code_of(send(endpoint, data + tail))


# Valid HTTP, invalid contents.


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "BREW"])
@pytest.mark.parametrize("target", ["/", V2, "/v2/email/nothing", "/v2/email/"])
def test_wrong_methods_are_ignored_by_v1_only(endpoint: Endpoint, method: str, target: str) -> None:
    """v1 ignores the method; in v2 it is part of the operation."""
    assert code_of(send(endpoint, request(method, target))) in ("MissingAction", "UnsupportedOperationError")


@pytest.mark.parametrize(
    "target",
    [
        "//",
        "//x/y",
        "/%",
        "/%zz?Action=%",
        "/?Action=ListIdentities&Action=ListIdentities",
        "*",
        "@[",
        "?",
        "//[",
        "[::1]/",
        "x:443",
        "HTTP://x/",
        "ftp://[::1/",
        "http://x:99999999/v2/email/account",
        "http://email-verification.us-east-1.amazonaws.com/?X-Amz-Signature=0",
        "/v2/email/identities/%00%0d%0aX:%20y",
        "/v2/email/identities/%ff%ed%a0%80",
        "/" + "x/" * 30_000,
        "/\x00",
        "/\x7f",
        "/é",
    ],
)
@pytest.mark.parametrize("headers", ["", SIGNED], ids=["", "signed"])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_unusual_targets_do_no_harm(endpoint: Endpoint, method: str, headers: str, target: str) -> None:
    """Any response but an internal failure."""
    assert re.match(rb"HTTP/1.1 [24]", send(endpoint, request(method, target, LIST, headers)))


@pytest.mark.parametrize(
    "headers",
    [
        "Authorization: " + "Credential=" * 5000,
        "Authorization: AWS4-\xff Credential=\xb2\xb2/1/us-east-1/",
        "amz-sdk-request: " + "attempt=" * 5000,
        "amz-sdk-request: attempt=" + "9" * 5000,
        "Expect: 100-continue",
        "Expect: something else",
        "X_Y: z",
    ],
    ids=lambda header: header[:25],
)
def test_unusual_headers_do_no_harm(endpoint: Endpoint, headers: str) -> None:
    """Unreadable headers are ignored."""
    assert b"<ListIdentitiesResponse" in send(endpoint, request("POST", "/", LIST, f"{headers}\r\n"))


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("/", b"x" * 2 * MEGABYTE),
        ("/", b"&" * 2 * MEGABYTE),
        ("/", b"\xff" * 2 * MEGABYTE),
        ("/", LIST + b"&NextToken=" + b"x" * 2 * MEGABYTE),
        (V2, b'{"EmailIdentity": "' + b"x" * 2 * MEGABYTE + b'"}'),
        (V2, b"[" * MEGABYTE),
        (V2, b'{"EmailIdentity":' * 100_000),
        (V2, b"9" * MEGABYTE),
        (V2, b"x" * 2 * MEGABYTE),
    ],
    ids=["x", "ampersands", "no UTF-8", "token", "name", "brackets", "objects", "digits", "no JSON"],
)
def test_large_bodies_get_an_aws_error(endpoint: Endpoint, target: str, body: bytes) -> None:
    """One of AWS's errors, in linear time."""
    assert code_of(send(endpoint, request("POST", target, body))) not in ("", "answered", "InternalFailure")


@pytest.mark.parametrize(
    "body",
    [
        b"Action",
        b"Action=",
        b"Action=%",
        b"Action=%4cistIdentities",
        b"Action=Nothing&Action=ListIdentities",
        b"Action=VerifyEmailIdentity&EmailAddress=\xff\xfe@example.com",
        b"Action=VerifyEmailIdentity&EmailAddress=%ed%a0%80@example.com",
        b"Action=VerifyEmailIdentity&EmailAddress.x=1&EmailAddress=2",
        b"Action=ListIdentities&MaxItems=99999999999999999999",
        b"Action=ListIdentities&MaxItems=-1",
        b"Action=ListIdentities&MaxItems=1e3",
        b"Action=ListIdentities&MaxItems=\xd9\xa1",
        b"Action=ListIdentities&NextToken=YWZ0ZXI6" + b"OTk5" * 2000,
        b"Action=GetIdentityVerificationAttributes&Identities=x",
        b"Action=GetIdentityVerificationAttributes&Identities.member.999999999999=x",
        b"Action=GetIdentityVerificationAttributes&Identities.member.-1=x",
        b"Action=GetIdentityVerificationAttributes&Identities.member.1.member.1=x",
        b"&=&=&",
        b"\0",
    ],
)
def test_wrong_form_gets_a_v1_error(endpoint: Endpoint, body: bytes) -> None:
    """An error in the format of v1."""
    assert code_of(send(endpoint, request("POST", "/", body))) not in ("", "answered", "InternalFailure")


@pytest.mark.parametrize(
    "body",
    [
        LIST + b"&\0=\0",
        LIST + b"&%=%zz&%ff=%fe",
        LIST + b"&MaxItems=7&MaxItems=8",
        LIST + b"&a.b.c=1&a.b=2&a=3",
        LIST + "".join(f"&f{number}=" for number in range(100_000)).encode(),
        LIST + b"&" + b"a." * 100_000,
    ],
    ids=["NUL", "percents", "twice", "structures", "many", "deep"],
)
def test_forms_with_unknown_members(endpoint: Endpoint, body: bytes) -> None:
    """They are ignored."""
    assert b"<ListIdentitiesResponse" in send(endpoint, request("POST", "/", body))


def test_list_of_100000_members_is_refused_quickly(endpoint: Endpoint) -> None:
    """A list of a hundred thousand is an error, in linear time."""
    members = {f"Identities.member.{number}": "x" for number in range(1, 100_001)}
    body = urlencode({"Action": "GetIdentityVerificationAttributes", "Version": "2010-12-01", **members}).encode()
    assert code_of(send(endpoint, request("POST", "/", body))) == "ValidationError"


@pytest.mark.parametrize(
    "body",
    [
        b'{"EmailIdentity": "\\ud800"}',
        b'{"EmailIdentity": "\\udc00\\ud800@example.com"}',
        b'{"EmailIdentity": "\\u0000"}',
        b'{"EmailIdentity": "a@b.cc", "EmailIdentity": 3}',
        b'{"EmailIdentity": "a@b.cc", "Tags": [' + b"9" * 5000 + b"]}",
        b'{"EmailIdentity": "a@b.cc", "Tags": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"EmailIdentity": "a@b.cc", "Tags": ' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"EmailIdentity": null}',
        b'{"EmailIdentity": 1e999}',
        b'{"EmailIdentity": NaN}',
        b'{"EmailIdentity": {"a": []}}',
        b'{"EmailIdentity": "a@b.cc", "Tags": 3}',
        b'{"EmailIdentity": "a@b.cc", "Tags": [{"Key": []}]}',
        b"null",
        b"[]",
        b'"',
        b"\xff",
        b"\0",
        b"",
    ],
)
def test_wrong_json_gets_a_v2_error(endpoint: Endpoint, body: bytes) -> None:
    """An error in the format of v2."""
    assert code_of(send(endpoint, request("POST", V2, body))) not in ("", "answered", "InternalFailure")


@settings(max_examples=times(20))
@given(
    target=st.sampled_from(["/", V2, "/v2/email/outbound-emails", "/v2/email/identities/x/dkim"]),
    method=st.sampled_from(["POST", "PUT", "GET", "DELETE"]),
    body=st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode(errors="replace")),
)
def test_random_bodies_never_fail_the_server(endpoint: Endpoint, target: str, method: str, body: bytes) -> None:
    """Any response but an internal failure."""
    answer = send(endpoint, request(method, target, body))
    assert not answer.startswith(b"HTTP/1.1 5")


# Many clients, and slow ones.


def test_slow_clients_do_not_block_others(endpoint: Endpoint) -> None:
    """A hundred have sent half a request."""
    with contextlib.ExitStack() as stack:
        for _ in range(100):
            connection = stack.enter_context(connect(endpoint))
            connection.sendall(request("POST", "/", LIST)[:-5])
        assert code_of(send(endpoint, request("POST", "/", LIST))) == "answered"


def test_request_byte_by_byte(endpoint: Endpoint) -> None:
    """A request may arrive in any pieces."""
    with connect(endpoint) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request("POST", "/", LIST):
            connection.sendall(bytes([byte]))
        assert code_of(read(connection)) == "answered"


def test_clients_that_disconnect(endpoint: Endpoint) -> None:
    """Before they have sent a request, or before the response."""
    for data in (b"", b"POST / HT", request("POST", "/", LIST)[:-5], request("POST", "/", LIST)):
        for _ in range(50):
            with connect(endpoint) as connection:
                # Closed by a reset.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                connection.sendall(data)
    assert code_of(send(endpoint, request("POST", "/", LIST))) == "answered"


def test_client_that_reads_no_responses(endpoint: Endpoint) -> None:
    """It gets no more of them after a while, and does not block others."""
    data = request("GET", "/_ses_stub/openapi.json")
    with connect(endpoint) as connection:
        connection.settimeout(1)
        # More than the system's buffers hold: the server stops to read.
        with pytest.raises(TimeoutError):
            connection.sendall(data * 1_000_000)
        assert code_of(send(endpoint, request("POST", "/", LIST))) == "answered"


def test_client_that_reads_late() -> None:
    """Pipelined requests wait until the first responses are read; in the end all are answered."""
    names = [f"{'x' * 200}{number}@example.com" for number in range(1000)]
    stub = SESStub(rate=None, clock=VirtualClock(), identities=names)
    with stub.serve() as endpoint, connect(endpoint) as connection:
        connection.sendall(request("POST", "/", LIST) * 60 + request("POST", "/", LIST, "Connection: close\r\n"))
        for _ in range(10):
            send(endpoint, request("POST", "/", LIST))
        assert len(stub.calls) < 60
        answers = b""
        while part := connection.recv(MEGABYTE):
            answers += part
    assert answers.count(b"</ListIdentitiesResponse>") == 61


@pytest.fixture
def many_files() -> Iterator[None]:
    """Enough open files for both ends of a thousand connections."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < 2500:  # pragma: no cover
        if hard != resource.RLIM_INFINITY and hard < 2500:
            pytest.skip("this machine allows too few open files")
        resource.setrlimit(resource.RLIMIT_NOFILE, (2500, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_files")
def test_a_thousand_connections() -> None:
    """Each is answered while all are open."""
    with SESStub(rate=None, clock=VirtualClock()).serve() as endpoint, contextlib.ExitStack() as stack:
        connections = [stack.enter_context(connect(endpoint)) for _ in range(1000)]
        for connection in connections:
            connection.sendall(request("POST", "/", LIST))
        assert {code_of(read(connection)) for connection in connections} == {"answered"}
