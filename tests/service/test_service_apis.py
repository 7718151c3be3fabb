"""The request pipeline with both APIs of SES: what each answers, and what they share."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from fidelity import aws

from ses_stub import UnsupportedOperationError, VirtualClock
from ses_stub._model.options import make_options
from ses_stub._operations.tables import V1, V2
from ses_stub._service.faults import make_fault
from ses_stub._service.service import Service
from ses_stub._time.clock import timestamp_of
from ses_stub._wire.messages import HTTPRequest, HTTPResponse

ACCOUNT = "123456789012"
IDENTITIES, MAILS, SENDING = "/v2/email/identities", "/v2/email/outbound-emails", "/v2/email/account/sending"


def service(**options: Any) -> Service:
    return Service(make_options({"clock": VirtualClock()} | options))


def v1(service: Service, operation: str, **params: str) -> HTTPResponse:
    body = urlencode({"Action": operation, "Version": "2010-12-01"} | params)
    return service.handle(HTTPRequest(body, "us-east-1", ACCOUNT))


def v2(
    service: Service, target: str = SENDING, method: str = "PUT", body: str = '{"SendingEnabled": true}'
) -> HTTPResponse:
    return service.handle(HTTPRequest(body, "us-east-1", ACCOUNT, 1, "sesv2", method, target))


def send(service: Service) -> HTTPResponse:
    """SendEmail of v2."""
    mail = {"Simple": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}}}
    destination = {"ToAddresses": ["bob@example.org"]}
    message = {"FromEmailAddress": "ann@example.com", "Destination": destination, "Content": mail}
    return v2(service, MAILS, "POST", json.dumps(message))


def codes(service: Service) -> list[str | None]:
    return [call.error_code for call in service.calls]


# The envelope.


@aws(
    "documented, inferred",
    "service model of sesv2: REST JSON, TooManyRequestsException with 429; the text is that of v1",
)
@pytest.mark.parametrize("refused", [False, True], ids=["success", "error"])
def test_responses_of_v2_are_json(refused: bool) -> None:
    """A v2 response is JSON. An error's code is in a header, and only its message is in the body."""
    ses = service()
    response = v2(ses)
    if refused:
        response = v2(ses)
    assert response.status == (429 if refused else 200)
    assert response.body == (b'{"message":"Rate exceeded"}' if refused else b"{}")
    request_id = response.headers.pop("x-amzn-RequestId")
    assert len(request_id) == 36
    assert response.headers == {
        "Content-Type": "application/json",
        "Content-Length": str(len(response.body)),
        "Date": "Thu, 01 Jan 2026 00:00:00 GMT",
        **({"x-amzn-ErrorType": "TooManyRequestsException"} if refused else {}),
    }


def test_both_apis_share_one_sequence_of_request_ids() -> None:
    """Both APIs draw from one sequence of request ids, so each response has its own."""
    ses = service(rate=None)
    answers = [v1(ses, "ListIdentities"), v2(ses), v1(ses, "ListIdentities"), v2(ses)]
    assert len({answer.headers["x-amzn-RequestId"] for answer in answers}) == 4


# The throttle.


@aws("unverified", "whether v1 and v2 share a throttle is not known", question="throttle-scope-v2")
def test_throttle_is_per_api() -> None:
    """Operations of v1 and v2 are throttled separately."""
    ses = service()
    for _ in range(2):
        v1(ses, "ListIdentities")
        v2(ses)
    assert codes(ses) == [None, None, "Throttling", "TooManyRequestsException"]


def test_sending_is_not_throttled() -> None:
    """The three send operations of v1, and SendEmail of v2, are not throttled."""
    ses = service(max_identities=None)
    for _ in range(2):
        send(ses)
        for operation in ("SendEmail", "SendRawEmail", "SendTemplatedEmail"):
            v1(ses, operation)
    assert not {"Throttling", "TooManyRequestsException"} & set(codes(ses))
    v1(ses, "GetSendQuota")
    v1(ses, "GetSendQuota")
    assert codes(ses)[-2:] == [None, "Throttling"]


# Unsupported operations.


@pytest.mark.parametrize(
    ("method", "target", "operation"),
    [
        ("POST", "/v2/email/contact-lists/friends/contacts", "CreateContact"),
        ("POST", "/v2/email/contact-lists", "CreateContactList"),
        ("GET", "/v2/email/nothing", "GET /v2/email/nothing"),
        ("DELETE", IDENTITIES, f"DELETE {IDENTITIES}"),
    ],
    ids=["an operation", "another", "no such path", "no such method"],
)
def test_unsupported_operation_of_v2_raises_and_is_logged(method: str, target: str, operation: str) -> None:
    """The error for an unsupported operation of v2 lists the supported ones of v2; the call is logged."""
    ses = service()
    with pytest.raises(UnsupportedOperationError) as error:
        v2(ses, target, method)
    assert error.value.operation == operation
    assert f"Supported operations: {', '.join(sorted(V2))}." in str(error.value)
    assert [(call.operation, call.error_code) for call in ses.calls] == [(operation, "UnsupportedOperationError")]


def test_supported_operations_of_one_api_or_of_any() -> None:
    """Whether an operation is supported can be asked for one API or for both."""
    ses = service()
    assert all(ses.supports(name, "ses") and ses.supports(name) for name in V1)
    assert all(ses.supports(name, "sesv2") and ses.supports(name) for name in V2)
    assert not ses.supports("ListIdentities", "sesv2")
    assert not ses.supports("GetAccount", "ses")
    assert not ses.supports("CreateContact")


def test_unsupported_by_any() -> None:
    """Where no API is named, the error names the operations of both."""
    operations = ", ".join(sorted({*V1, *V2}))
    assert f"Supported operations: {operations}." in str(service().unsupported_error("CreateContact"))


# Invalid and failing requests.


def test_unreadable_v2_request_is_answered_and_logged() -> None:
    """A v2 request that cannot be read gets v2's error, and is logged as it came."""
    ses = service()
    response = v2(ses, IDENTITIES, "POST", "{")
    assert response.status == 400
    assert response.headers["x-amzn-ErrorType"] == "SerializationException"
    (call,) = ses.calls
    assert (call.operation, call.service, call.error_code) == ("CreateEmailIdentity", "sesv2", "SerializationException")
    assert call.params == {"target": IDENTITIES, "body": "{"}


def test_injected_error_keeps_its_wording_in_v2() -> None:
    """An injected error is sent as given, not in v2's wording."""
    ses = service()
    for code in ("Throttling", "BadRequestException"):
        ses.faults.append(make_fault(None, code, None, None, None, None, None, 1, None))
    answers = [v2(ses), v2(ses)]
    assert [one.headers["x-amzn-ErrorType"] for one in answers] == ["Throttling", "BadRequestException"]
    assert codes(ses) == ["Throttling", "BadRequestException"]


# Shared by both APIs.


def test_both_apis_share_one_state() -> None:
    """An identity that one API registers is known to the other, and the log has the calls of both with their API."""
    ses = service(rate=None)
    v2(ses, IDENTITIES, "POST", '{"EmailIdentity": "example.com"}')
    assert b"<member>example.com</member>" in v1(ses, "ListIdentities").body
    v1(ses, "VerifyEmailIdentity", EmailAddress="ann@example.org")
    assert json.loads(v2(ses, f"{IDENTITIES}/ann%40example.org", "GET", "").body)["VerificationStatus"] == "PENDING"
    assert [(call.operation, call.service) for call in ses.calls] == [
        ("CreateEmailIdentity", "sesv2"),
        ("ListIdentities", "ses"),
        ("VerifyEmailIdentity", "ses"),
        ("GetEmailIdentity", "sesv2"),
    ]


# The resolver.


class Records:
    """A resolver with records that the test sets, which counts its look-ups."""

    def __init__(self) -> None:
        self.values: list[str] = []
        self.asked = 0

    def look_up(self, name: str, kind: str) -> list[str]:
        self.asked += 1
        return self.values if (name, kind) == ("_amazonses.example.com", "TXT") else []


def waited(ses: Service) -> None:
    ses.virtual_wait(3600, "a wait of botocore's")


def advanced(ses: Service) -> None:
    ses.clock.advance(hours=1)


@pytest.mark.parametrize("move", [waited, advanced])
def test_resolver_is_asked_before_time_moves(move: Any) -> None:
    """Records that exist before the clock moves count from then on, even if no call comes in between."""
    records = Records()
    ses = service(resolver=records.look_up)
    v1(ses, "VerifyDomainIdentity", Domain="example.com")
    backend = ses.state.backend(ACCOUNT, "us-east-1")
    records.values = [str(backend.identities["example.com"].token)]
    timestamp = timestamp_of(ses.clock)
    move(ses)
    assert [(change.after, change.at - timestamp) for change in ses.state.history] == [("Pending", 0), ("Success", 0)]


def test_branch_shares_the_resolver() -> None:
    """A branch of the service asks the same resolver, which is not copied."""
    records = Records()
    ses = service(resolver=records.look_up, rate=None)
    v1(ses, "VerifyDomainIdentity", Domain="example.com")
    twin = ses.fork()
    records.values = [str(twin.state.backend(ACCOUNT, "us-east-1").identities["example.com"].token)]
    v1(twin, "ListIdentities")
    assert twin.state.backend(ACCOUNT, "us-east-1").identities["example.com"].status == "Success"
    assert ses.state.backend(ACCOUNT, "us-east-1").identities["example.com"].status == "Pending"
