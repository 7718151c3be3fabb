"""The control API, injected failures and what happened: calls, emails, figures and the timeline."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.parsers import ResponseParserError
from clients import make_client, names, refused, shared_client
from remote_control import RemoteControl

from ses_stub import SESStub, VirtualClock, mock_ses_verify
from ses_stub._api.stub import service_of

SITE, USER = "example.com", "ann@example.com"


@pytest.fixture
def ses() -> Iterator[SESStub]:
    """A scope, as the tests call SES with clients too."""
    with mock_ses_verify(rate=None, clock=VirtualClock()) as stub:
        yield stub


@pytest.fixture
def remote(ses: SESStub) -> RemoteControl:
    return RemoteControl(ses)


@pytest.fixture
def client(ses: SESStub) -> Any:
    return shared_client(retries={"total_max_attempts": 1})


# Failures.


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        ({"error_code": "Throttling"}, ("Throttling", 400, "Rate exceeded")),
        ({"error_code": "Odd", "message": "So it is.", "status": 418}, ("Odd", 418, "So it is.")),
        ({"status": 503}, ("503", 503, "Service Unavailable")),
    ],
    ids=["code", "all", "status"],
)
def test_injected_failure_is_used_once(
    remote: RemoteControl, client: Any, fault: dict[str, Any], seen: tuple[str, int, str]
) -> None:
    """The next call fails, and the failure is listed before and after."""
    json = remote.post("/faults", fault)
    assert {name: json[name] for name in fault} == fault
    assert (json["operation"], json["times"], json["used"]) == (None, 1, 0)
    assert refused(client.list_identities) == seen
    assert names(client) == []
    assert remote.get("/faults")["faults"] == [{**json, "times": 0, "used": 1}]


def test_injected_body_replaces_the_response(remote: RemoteControl, client: Any) -> None:
    """For one operation only, and as often as requested."""
    fault = {"operation": "ListIdentities", "body": "Bad Gateway", "status": 502, "times": 2.0}
    json = remote.post("/faults", fault)
    assert {name: json[name] for name in fault} == fault
    client.get_send_quota()
    for _ in range(2):
        with pytest.raises(ResponseParserError, match="Bad Gateway"):
            client.list_identities()
    assert names(client) == []


def test_injected_disconnect_is_an_exception(ses: SESStub, remote: RemoteControl) -> None:
    """Without a number of times it stays until all failures are removed."""
    json = remote.post("/faults", {"disconnect": True, "times": None})
    assert (json["exception"], json["times"]) == ("ConnectionError", None)
    for _ in range(3):
        with pytest.raises(ConnectionError, match="an injected failure closed the connection"):
            ses.respond("POST", "https://email.us-east-1.amazonaws.com/", body="Action=ListIdentities")
    remote.delete("/faults")
    assert remote.get("/faults") == {"faults": []}
    assert ses.respond("POST", "https://email.us-east-1.amazonaws.com/", body="Action=ListIdentities").status == 200


@pytest.mark.parametrize(
    ("arguments", "members"),
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
def test_failures_of_a_python_test_are_listed(
    ses: SESStub, remote: RemoteControl, arguments: Any, members: dict[str, Any]
) -> None:
    """As far as JSON can represent them."""
    ses.inject("ListIdentities", **arguments)
    (fault,) = remote.get("/faults")["faults"]
    assert {name: fault[name] for name in members} == members


# Calls.


def test_calls_are_listed(remote: RemoteControl, client: Any) -> None:
    """Each call has its number, parameters, region, account, time and error."""
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


def test_calls_are_paged(remote: RemoteControl, client: Any) -> None:
    """``next`` is where the next page starts, and later calls appear there."""
    for _ in range(5):
        client.list_identities()
    page = remote.get("/calls", limit=3)
    assert ([one["number"] for one in page["calls"]], page["next"]) == ([1, 2, 3], 3)
    rest = remote.get("/calls", limit=3, after=page["next"])
    assert ([one["number"] for one in rest["calls"]], rest["next"]) == ([4, 5], 5)
    assert remote.get("/calls", after=5) == {"calls": [], "next": 5}
    client.list_identities()
    assert [one["number"] for one in remote.get("/calls", after=5)["calls"]] == [6]


def test_calls_restart_after_a_reset(remote: RemoteControl, client: Any) -> None:
    """``next`` then leads back to the start."""
    client.list_identities()
    remote.post("/reset")
    assert remote.get("/calls", after=1) == {"calls": [], "next": 0}


def test_numbers_continue_after_calls_were_dropped(ses: SESStub, remote: RemoteControl, client: Any) -> None:
    """A server that has dropped old calls goes on counting."""
    for _ in range(4):
        client.list_identities()
    service_of(ses).drop_oldest(2)
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
def test_calls_are_filtered(remote: RemoteControl, client: Any, query: dict[str, Any], numbers: list[int]) -> None:
    """Only calls that match the whole query are listed, with their numbers among all calls."""
    client.list_identities()
    client.get_send_quota()
    make_client(region="eu-west-1").list_identities()
    make_client("sesv2").get_account()
    remote.post("/faults", {"error_code": "Throttling"})
    refused(client.list_identities)
    json = remote.get("/calls", **query)
    assert [one["number"] for one in json["calls"]] == numbers
    assert json["next"] == (3 if "limit" in query else 5)


def test_bytes_are_in_base64(remote: RemoteControl, client: Any) -> None:
    """JSON has no bytes."""
    raw = b"From: ann@example.com\n\nHello"
    refused(client.send_raw_email, RawMessage={"Data": raw})
    (call,) = remote.get("/calls")["calls"]
    assert base64.b64decode(call["params"]["RawMessage"]["Data"]) == raw


# Emails.


def test_verification_email_has_two_addresses_of_its_link(remote: RemoteControl, client: Any) -> None:
    """AWS's link, and the address at which this server opens it."""
    client.verify_email_identity(EmailAddress=USER)
    response: Any = remote.http.get("/_ses_stub/verification-emails", base_url="http://127.0.0.1:4579")
    (email,) = response.json["verification_emails"]
    assert (email["to"], email["identity"], email["region"]) == (USER, USER, "us-east-1")
    assert (email["sent_at"], email["expires_at"]) == ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")
    host, _, query = email["link"].partition("?")
    assert host == "https://email-verification.us-east-1.amazonaws.com/"
    assert email["url"] == f"http://127.0.0.1:4579/_ses_stub/link?{query}"
    assert email["link"] in email["body"]


def test_email_about_a_domain_has_no_link(remote: RemoteControl, client: Any) -> None:
    """A mail about a domain goes to the account, and has no link."""
    client.verify_domain_identity(Domain=SITE)
    remote.post("/clock/advance", {"days": 4})
    (email,) = remote.get("/verification-emails")["verification_emails"]
    assert (email["identity"], email["link"], email["url"], email["expires_at"]) == (SITE, None, None, None)


def test_sent_emails_are_listed(remote: RemoteControl, client: Any) -> None:
    """In order, a raw message in base64."""
    remote.post("/identities", {"name": USER})
    body = {"Subject": {"Data": "Grüße"}, "Body": {"Text": {"Data": "Hello"}}}
    client.send_email(Source=USER, Destination={"ToAddresses": ["bob@example.com"]}, Message=body)
    raw = b"From: ann@example.com\nTo: bob@example.com\nSubject: Raw\n\nHello"
    client.send_raw_email(RawMessage={"Data": raw}, Tags=[{"Name": "kind", "Value": "raw"}])
    plain, whole = remote.get("/sent-emails")["sent_emails"]
    assert (plain["source"], plain["to"], plain["subject"], plain["raw"]) == (USER, ["bob@example.com"], "Grüße", None)
    assert base64.b64decode(whole["raw"]) == raw
    assert (whole["subject"], whole["tags"], whole["service"]) == ("Raw", {"kind": "raw"}, "ses")


# Figures and the timeline.


def test_report_has_the_figures_of_the_stub() -> None:
    """The same as `SESStub.report`."""
    with mock_ses_verify(rate=1, clock=VirtualClock()) as ses:
        client = make_client()
        client.list_identities()
        client.list_identities()
        json = RemoteControl(ses).get("/report")
    assert json == {
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
def test_timeline_is_a_table_or_a_picture(
    ses: SESStub, remote: RemoteControl, client: Any, query: str, accept: str | None, kind: str
) -> None:
    """The query takes precedence over the header Accept."""
    client.verify_email_identity(EmailAddress=USER)
    headers = {} if accept is None else {"Accept": accept}
    answer = remote.http.get(f"/_ses_stub/timeline?{query}", headers=headers)
    assert answer.mimetype == kind
    timeline = ses.timeline()
    assert answer.text == (f"{timeline}\n" if kind == "text/plain" else timeline.svg())
