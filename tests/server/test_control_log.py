"""The control API, ordered failures and what happened: calls, mails, messages, figures and the timeline."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.parsers import ResponseParserError
from clients import make_client, names, refused
from remote_control import Remote

from ses_stub import SESStub, VirtualClock, mock_ses_verify

SITE, USER = "example.com", "ann@example.com"


@pytest.fixture
def remote(ses: SESStub) -> Remote:
    return Remote(ses)


@pytest.fixture
def client(ses: SESStub) -> Any:
    return make_client(retries={"total_max_attempts": 1})


# Failures.


@pytest.mark.parametrize(
    ("order", "seen"),
    [
        ({"error_code": "Throttling"}, ("Throttling", 400, "Rate exceeded")),
        ({"error_code": "Odd", "message": "So it is.", "status": 418}, ("Odd", 418, "So it is.")),
        ({"status": 503}, ("503", 503, "Service Unavailable")),
    ],
    ids=["code", "all", "status"],
)
def test_next_call_fails(remote: Remote, client: Any, order: dict[str, Any], seen: tuple[str, int, str]) -> None:
    """An ordered failure comes once, and is told before and after."""
    told = remote.post("/faults", order)
    assert {name: told[name] for name in order} == order
    assert (told["operation"], told["times"], told["used"]) == (None, 1, 0)
    assert refused(client.list_identities) == seen
    assert names(client) == []
    assert remote.get("/faults")["faults"] == [{**told, "times": 0, "used": 1}]


def test_body_is_answered(remote: Remote, client: Any) -> None:
    """A body comes in the place of an answer, for one operation only, as often as it is ordered."""
    order = {"operation": "ListIdentities", "body": "Bad Gateway", "status": 502, "times": 2.0}
    told = remote.post("/faults", order)
    assert {name: told[name] for name in order} == order
    client.get_send_quota()
    for _ in range(2):
        with pytest.raises(ResponseParserError, match="Bad Gateway"):
            client.list_identities()
    assert names(client) == []


def test_connection_is_closed(ses: SESStub, remote: Remote) -> None:
    """A disconnect is an exception, which closes a connection; ordered for always it comes until it is taken back."""
    told = remote.post("/faults", {"disconnect": True, "times": None})
    assert (told["exception"], told["times"]) == ("ConnectionError", None)
    for _ in range(3):
        with pytest.raises(ConnectionError, match="as a test has ordered"):
            ses.respond("POST", "https://email.us-east-1.amazonaws.com/", body="Action=ListIdentities")
    remote.delete("/faults")
    assert remote.get("/faults") == {"faults": []}
    assert ses.respond("POST", "https://email.us-east-1.amazonaws.com/", body="Action=ListIdentities").status == 200


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ({"body": b"caf\xe9"}, {"body": "caf\N{REPLACEMENT CHARACTER}"}),
        ({"body": lambda body: body}, {"body": None}),
        (
            {"exception": EndpointConnectionError(endpoint_url="https://a.example")},
            {"exception": "EndpointConnectionError"},
        ),
    ],
    ids=["bytes", "function", "exception"],
)
def test_failures_of_the_test_are_told(ses: SESStub, remote: Remote, order: Any, told: dict[str, Any]) -> None:
    """What a test in Python has ordered is told too, as far as JSON can."""
    ses.inject("ListIdentities", **order)
    (fault,) = remote.get("/faults")["faults"]
    assert {name: fault[name] for name in told} == told


# Calls.


def test_calls_are_told(remote: Remote, client: Any) -> None:
    """Each call has its number, parameters, place, time and outcome."""
    remote.post("/clock/advance", {"seconds": 1.5})
    client.list_identities(IdentityType="Domain")
    assert remote.get("/calls") == {
        "calls": [
            {
                "number": 1,
                "operation": "ListIdentities",
                "params": {"IdentityType": "Domain"},
                "region": "us-east-1",
                "account_id": "123456789012",
                "at": "2026-01-01T00:00:01.500000Z",
                "attempt": 1,
                "error_code": None,
                "service": "ses",
            }
        ],
        "next": 1,
    }


def test_calls_go_on(remote: Remote, client: Any) -> None:
    """``next`` is where the next request goes on; who has seen all is told what is new."""
    for _ in range(5):
        client.list_identities()
    first = remote.get("/calls", limit=3)
    assert ([one["number"] for one in first["calls"]], first["next"]) == ([1, 2, 3], 3)
    rest = remote.get("/calls", limit=3, after=first["next"])
    assert ([one["number"] for one in rest["calls"]], rest["next"]) == ([4, 5], 5)
    assert remote.get("/calls", after=5) == {"calls": [], "next": 5}
    client.list_identities()
    assert [one["number"] for one in remote.get("/calls", after=5)["calls"]] == [6]


def test_calls_begin_anew_after_a_reset(remote: Remote, client: Any) -> None:
    """Who comes with a number from before is sent back to the beginning."""
    client.list_identities()
    remote.post("/reset")
    assert remote.get("/calls", after=1) == {"calls": [], "next": 0}


def test_forgotten_calls_keep_their_numbers(ses: SESStub, remote: Remote, client: Any) -> None:
    """A server that has forgotten old calls goes on counting."""
    for _ in range(4):
        client.list_identities()
    ses._service.drop_oldest(2)
    assert [one["number"] for one in remote.get("/calls")["calls"]] == [3, 4]
    assert [one["number"] for one in remote.get("/calls", after=3)["calls"]] == [4]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({"operation": "GetSendQuota"}, [2]),
        ({"error_code": "Throttling"}, [5]),
        ({"region": "eu-west-1"}, [3]),
        ({"account_id": "111122223333"}, []),
        ({"service": "sesv2"}, [4]),
        ({"operation": "ListIdentities", "region": "us-east-1"}, [1, 5]),
        ({"operation": "ListIdentities", "limit": 1, "after": 1}, [3]),
    ],
    ids=["operation", "error", "region", "account", "service", "two", "page"],
)
def test_calls_are_picked(remote: Remote, client: Any, query: dict[str, Any], numbers: list[int]) -> None:
    """Only calls that fit the whole query are told, under the numbers that they have among all."""
    client.list_identities()
    client.get_send_quota()
    make_client(region="eu-west-1").list_identities()
    make_client("sesv2").get_account()
    remote.post("/faults", {"error_code": "Throttling"})
    refused(client.list_identities)
    told = remote.get("/calls", **query)
    assert [one["number"] for one in told["calls"]] == numbers
    assert told["next"] == (3 if "limit" in query else 5)


def test_bytes_are_told(remote: Remote, client: Any) -> None:
    """JSON has no bytes: they are told in base64."""
    raw = b"From: ann@example.com\n\nHello"
    refused(client.send_raw_email, RawMessage={"Data": raw})
    (call,) = remote.get("/calls")["calls"]
    assert base64.b64decode(call["params"]["RawMessage"]["Data"]) == raw


# Mails and messages.


def test_inbox(remote: Remote, client: Any) -> None:
    """A mail has AWS's link and the same one as this server opens it."""
    client.verify_email_identity(EmailAddress=USER)
    answer: Any = remote.http.get("/_ses_stub/verification-emails", base_url="http://127.0.0.1:4579")
    (mail,) = answer.json["mails"]
    assert (mail["to"], mail["identity"], mail["region"]) == (USER, USER, "us-east-1")
    assert (mail["sent_at"], mail["expires_at"]) == ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")
    host, _, query = mail["link"].partition("?")
    assert host == "https://email-verification.us-east-1.amazonaws.com/"
    assert mail["url"] == f"http://127.0.0.1:4579/_ses_stub/link?{query}"
    assert mail["link"] in mail["body"]


def test_mail_about_a_domain(remote: Remote, client: Any) -> None:
    """A mail to the owner of the account has no link."""
    client.verify_domain_identity(Domain=SITE)
    remote.post("/clock/advance", {"days": 4})
    (mail,) = remote.get("/verification-emails")["mails"]
    assert (mail["identity"], mail["link"], mail["url"], mail["expires_at"]) == (SITE, None, None, None)


def test_sent_messages(remote: Remote, client: Any) -> None:
    """Messages are told in order, a raw one in base64."""
    remote.post("/identities", {"name": USER})
    body = {"Subject": {"Data": "Grüße"}, "Body": {"Text": {"Data": "Hello"}}}
    client.send_email(Source=USER, Destination={"ToAddresses": ["bob@example.com"]}, Message=body)
    raw = b"From: ann@example.com\nTo: bob@example.com\nSubject: Raw\n\nHello"
    client.send_raw_email(RawMessage={"Data": raw}, Tags=[{"Name": "kind", "Value": "raw"}])
    plain, whole = remote.get("/sent-emails")["messages"]
    assert (plain["source"], plain["to"], plain["subject"], plain["raw"]) == (USER, ["bob@example.com"], "Grüße", None)
    assert base64.b64decode(whole["raw"]) == raw
    assert (whole["subject"], whole["tags"], whole["service"]) == ("Raw", {"kind": "raw"}, "ses")


# Figures and the timeline.


def test_report() -> None:
    """The figures are those of the handle."""
    with mock_ses_verify(rate=1, clock=VirtualClock()) as ses:
        client = make_client()
        client.list_identities()
        client.list_identities()
        told = Remote(ses).get("/report")
    assert told == {
        "calls": 3,
        "throttled": 1,
        "simulated_wait": 1.0,
        "max_rate": 2,
        "busiest_operation": "ListIdentities",
    }


@pytest.mark.parametrize(
    ("query", "accept", "kind"),
    [
        ("", None, "text/plain"),
        ("", "*/*", "text/plain"),
        ("", "application/pdf", "text/plain"),
        ("", "image/svg+xml", "image/svg+xml"),
        ("format=svg", "text/plain", "image/svg+xml"),
        ("format=text", "image/svg+xml", "text/plain"),
    ],
)
def test_timeline(ses: SESStub, remote: Remote, client: Any, query: str, accept: str | None, kind: str) -> None:
    """The timeline is a table or a picture; what the query says goes before what the client takes."""
    client.verify_email_identity(EmailAddress=USER)
    headers = {} if accept is None else {"Accept": accept}
    answer = remote.http.get(f"/_ses_stub/timeline?{query}", headers=headers)
    assert answer.mimetype == kind
    timeline = ses.timeline()
    assert answer.text == (f"{timeline}\n" if kind == "text/plain" else timeline.svg())
