"""Injected failures, as the request pipeline applies them."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from fidelity import aws

from ses_stub import SESStubError, VirtualClock
from ses_stub._model.options import make_options
from ses_stub._service.faults import Fault, make_fault
from ses_stub._service.service import Service
from ses_stub._wire.messages import HTTPRequest, HTTPResponse

GET, LIST = "GetIdentityVerificationAttributes", "ListIdentities"
WAYS = {"bytes": b"<oops", "text": "<oops", "function": lambda right: right[:0] + b"<oops"}


def fault(**parts: Any) -> Fault:
    """A fault for one call, by default."""
    nothing = dict.fromkeys(inspect.signature(make_fault).parameters)
    return make_fault(**(nothing | {"times": 1} | parts))


def service(*faults: Fault, rate: float | None = None) -> Service:
    made = Service(make_options({"clock": VirtualClock(), "rate": rate}))
    made.faults += faults
    return made


def ask(service: Service, operation: str = LIST, query: str = "", region: str = "us-east-1") -> HTTPResponse:
    return service.handle(HTTPRequest(f"Action={operation}&Version=2010-12-01{query}", region, "123456789012"))


def codes(service: Service, calls: int) -> list[str | None]:
    """The log's error codes of a number of calls."""
    for _ in range(calls):
        ask(service)
    return [call.error_code for call in service.calls]


DEFAULTS = [
    ("Throttling", 400, "Sender", "Rate exceeded"),
    ("ServiceUnavailable", 503, "Receiver", "Service is unavailable"),
    (
        "InternalFailure",
        500,
        "Receiver",
        "The request processing has failed because of an unknown error, exception or failure.",
    ),
    ("AccessDenied", 403, "Sender", "User is not authorized to perform this operation"),
    ("InvalidClientTokenId", 403, "Sender", "The security token included in the request is invalid."),
    ("MalformedQueryString", 404, "Sender", "The query string contains a syntax error."),
]


@pytest.mark.parametrize(("code", "status", "kind", "message"), DEFAULTS, ids=[row[0] for row in DEFAULTS])
def test_error_code_alone_brings_status_and_message(code: str, status: int, kind: str, message: str) -> None:
    """A code alone implies the service's status and message."""
    ses = service(fault(error_code=code))
    response = ask(ses)
    assert response.status == status
    for name, text in (("Type", kind), ("Code", code), ("Message", message)):
        assert f"<{name}>{text}</{name}>".encode() in response.body
    assert f"<RequestId>{response.headers['x-amzn-RequestId']}</RequestId>".encode() in response.body
    assert ses.calls[0].error_code == code


def test_injected_message_and_status_can_be_given() -> None:
    """Message and status can be given."""
    response = ask(service(fault(error_code="Throttling", message="Slow <down>", status=503)))
    assert response.status == 503
    assert b"<Message>Slow &lt;down&gt;</Message>" in response.body


@aws("recorded", "terraform-provider-aws pull request 2640: the length of an error's body")
def test_error_without_a_text_has_no_message_element() -> None:
    """An injected empty message leaves the element out of v1's XML."""
    assert b"Message" not in ask(service(fault(error_code="Throttling", message=""))).body


def test_status_alone_is_answered_with_an_empty_body() -> None:
    """A status alone has an empty body, like a load balancer's answer."""
    ses = service(fault(status=503))
    response = ask(ses)
    assert (response.status, response.body, response.headers["Content-Length"]) == (503, b"", "0")
    assert ses.calls[0].error_code == "503"


@pytest.mark.parametrize("body", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(("status", "shown"), [(None, "CorruptedBody"), (502, "502")])
def test_body_is_answered_as_given(body: Any, status: int | None, shown: str) -> None:
    """A body is sent as given: bytes, a string, or what a function makes of the right body."""
    ses = service(fault(body=body, status=status))
    response = ask(ses)
    assert (response.status, response.body, response.headers["Content-Length"]) == (status or 200, b"<oops", "5")
    assert ses.calls[0].error_code == shown


def test_function_gets_the_right_answer() -> None:
    """The function receives the body that would have been sent."""
    right = ask(service()).body
    assert ask(service(fault(body=lambda body: body.swapcase()))).body == right.swapcase()


def test_broken_body_is_of_a_call_that_worked() -> None:
    """A call whose answer is corrupted on its way has taken effect."""
    ses = service(fault(body=b""))
    ask(ses, "VerifyEmailIdentity", "&EmailAddress=a%40example.com")
    assert list(ses.state.backend("123456789012", "us-east-1").identities) == ["a@example.com"]


def test_error_is_of_a_call_that_failed() -> None:
    """A call that gets an injected error changes nothing."""
    ses = service(fault(error_code="InternalFailure"))
    ask(ses, "VerifyEmailIdentity", "&EmailAddress=a%40example.com")
    assert ses.state.history == []


def test_real_error_first() -> None:
    """A call that the service itself refuses gets that error, not the injected body."""
    response = ask(service(fault(body=b"<oops")), "DeleteIdentity", "&Identity=foobar")
    assert b"<Code>InvalidParameterValue</Code>" in response.body


def test_exception_reaches_the_caller_and_is_logged_by_name() -> None:
    """An injected exception is raised unchanged, and logged by its name."""
    ses = service(fault(exception=TimeoutError("gone")))
    with pytest.raises(TimeoutError, match="gone"):
        ask(ses)
    assert codes(ses, 1) == ["TimeoutError", None]


@pytest.mark.parametrize(
    ("times", "wanted"),
    [(1, ["Throttling", None, None]), (2, ["Throttling", "Throttling", None]), (None, ["Throttling"] * 3)],
    ids=str,
)
def test_failure_holds_for_that_many_calls(times: int | None, wanted: list[str | None]) -> None:
    """A failure lasts for its number of calls, or for all calls."""
    assert codes(service(fault(error_code="Throttling", times=times)), 3) == wanted


def test_injected_failures_are_used_up_one_by_one() -> None:
    """Injected failures are used in order, each until it is used up."""
    faults = [fault(error_code=code, message="", times=times) for code, times in (("A", 2), ("B", 1), ("C", 1))]
    assert codes(service(*faults), 5) == ["A", "A", "B", "C", None]


def test_failure_of_one_operation_leaves_others_alone() -> None:
    """A failure of one operation leaves the others alone."""
    ses = service(fault(operation=LIST, error_code="Throttling"))
    ask(ses, GET, "&Identities=")
    assert codes(ses, 2) == [None, "Throttling", None]


def test_condition_sees_the_call() -> None:
    """The condition receives the call, and the failure waits for a call that meets the condition."""
    ses = service(fault(error_code="Throttling", when=lambda call: call.region == "eu-west-1"))
    for region in ("us-east-1", "eu-west-1", "eu-west-1"):
        ask(ses, region=region)
    assert [call.error_code for call in ses.calls] == [None, "Throttling", None]


CONTRADICTIONS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "only a message": {"message": "Rate exceeded"},
    "a code and an exception": {"error_code": "Throttling", "exception": OSError()},
    "a code and a body": {"error_code": "Throttling", "body": b""},
    "a body and an exception": {"body": b"", "exception": OSError()},
    "a status and an exception": {"status": 503, "exception": OSError()},
    "a message for a status": {"status": 503, "message": "Rate exceeded"},
    "never": {"error_code": "Throttling", "times": 0},
    "a negative number of times": {"error_code": "Throttling", "times": -1},
    "no HTTP status": {"error_code": "Throttling", "status": 42},
    "no HTTP status either": {"status": 600},
}


@pytest.mark.parametrize("parts", CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_contradictory_arguments_are_refused(parts: dict[str, Any]) -> None:
    """A failure without effect, or with contradictory arguments, is refused when it is made."""
    with pytest.raises(SESStubError):
        fault(**parts)
