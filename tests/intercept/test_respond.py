"""SESStub.respond answers one raw request. It connects HTTP libraries that have no integration."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from ses_stub import SESStub, SESStubError, UnsupportedOperationError, VirtualClock

URL = "https://email.eu-west-1.amazonaws.com/"
QUERY = urlencode({"Action": "ListIdentities", "Version": "2010-12-01"})
SIGNED = "AWS4-HMAC-SHA256 Credential=000000000042/20260101/eu-west-1/ses/aws4_request, SignedHeaders=host, Signature=0"


@pytest.fixture
def ses() -> SESStub:
    return SESStub(region="eu-west-1", identities=["example.com"], clock=VirtualClock(), rate=None)


@pytest.mark.parametrize(
    ("method", "url", "body"),
    [("GET", f"{URL}?{QUERY}", b""), ("POST", URL, QUERY), ("POST", URL, QUERY.encode())],
    ids=["GET", "POST", "POST of bytes"],
)
def test_query_is_answered_in_and_out_of_a_scope(ses: SESStub, method: str, url: str, body: str | bytes) -> None:
    """A stub answers a raw request in and out of a scope."""
    status, headers, answer = ses.respond(method, url, {}, body)
    assert (status, headers["Content-Type"]) == (200, "text/xml")
    assert b"<member>example.com</member>" in answer


def test_respond_answers_a_v2_request(ses: SESStub) -> None:
    """``respond`` answers v2 requests too."""
    answer = ses.respond("GET", f"{URL}v2/email/identities/example.com")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert b'"VerificationStatus":"SUCCESS"' in answer.body


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [("GET", "identities?PageSize=1", ""), ("POST", "list-identities", '{"PageSize": 1}')],
    ids=["older", "newer"],
)
def test_route_that_moved(ses: SESStub, method: str, target: str, body: str) -> None:
    """ListEmailIdentities is answered on the old and the new path, which SDKs of different ages use."""
    ses.add_identity("example.org")
    status, _, answer = ses.respond(method, f"https://email.eu-west-1.amazonaws.com/v2/email/{target}", {}, body)
    assert (status, len(json.loads(answer)["EmailIdentities"])) == (200, 1)
    assert ses.calls.last.params == {"PageSize": 1}


def test_link_is_opened(ses: SESStub) -> None:
    """``respond`` opens a link in a verification email."""
    ses.add_identity("ann@example.com", "Pending")
    assert b"Congratulations" in ses.respond("GET", ses.verification_emails[0].link).body
    assert ses.identity("ann@example.com").status == "Success"


def test_respond_on_another_host_uses_the_signature() -> None:
    """On another host, region and account come from the signature, else from the stub."""
    ses = SESStub(region="us-east-1").view(region="ap-south-1", account_id="000000000009")
    ses.respond("POST", "http://localhost:4566/", {"Authorization": SIGNED}, QUERY)
    ses.respond("POST", "http://localhost:4566/", None, QUERY)
    assert [(call.region, call.account_id) for call in ses.calls] == [
        ("eu-west-1", "000000000042"),
        ("ap-south-1", "000000000009"),
    ]


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://localhost/", (SESStubError, "GET http://localhost/ is not a request for SES")),
        (f"{URL}?Action=ListReceiptFilters", (UnsupportedOperationError, "ListReceiptFilters")),
    ],
    ids=["none for SES", "unknown operation"],
)
def test_other_requests_are_refused(ses: SESStub, url: str, error: tuple[type[Exception], str]) -> None:
    """A request that is not for SES, or for an unsupported operation, raises."""
    with pytest.raises(error[0], match=error[1]):
        ses.respond("GET", url)


# Connecting other libraries. Each test runs if the library is installed.


def test_transport_of_httpx(ses: SESStub) -> None:
    """A transport of httpx can be connected."""
    httpx = pytest.importorskip("httpx")

    def answer(request: Any) -> Any:
        status, headers, body = ses.respond(request.method, str(request.url), request.headers, request.read())
        return httpx.Response(status, headers=headers, content=body)

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        assert "example.com" in client.post(URL, data=dict(parse_qsl(QUERY))).text


def test_route_of_respx(ses: SESStub) -> None:
    """A route of respx can be connected, for clients that the test does not make itself."""
    httpx, respx = pytest.importorskip("httpx"), pytest.importorskip("respx")

    def answer(request: Any) -> Any:
        status, headers, body = ses.respond(request.method, str(request.url), request.headers, request.read())
        return httpx.Response(status, headers=headers, content=body)

    with respx.mock() as mock:
        mock.route(host__regex=r"^email").mock(side_effect=answer)
        assert "example.com" in httpx.get(f"{URL}?{QUERY}").text


def test_urllib3_can_be_patched_with_respond(ses: SESStub, monkeypatch: pytest.MonkeyPatch) -> None:
    """urllib3 can be connected through the one method that all its requests use."""
    urllib3 = pytest.importorskip("urllib3")

    def urlopen(pool: Any, method: str, url: str, body: Any = None, headers: Any = None, **_: Any) -> Any:
        status, fields, answer = ses.respond(method, f"{pool.scheme}://{pool.host}{url}", headers, body or b"")
        return urllib3.HTTPResponse(answer, fields, status)

    monkeypatch.setattr(urllib3.HTTPConnectionPool, "urlopen", urlopen)
    assert b"example.com" in urllib3.PoolManager().request("POST", URL, body=QUERY).data
