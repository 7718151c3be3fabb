"""Injected failures: each raises the exception that botocore raises for it, after as many attempts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from ses_stub import SESStub, SESStubError, UnsupportedOperationError, VirtualClock, mock_ses_verify

SESSION = botocore.session.Session()
URL = "https://email.us-east-1.amazonaws.com/"
HTML = "<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>"

MODES = pytest.mark.parametrize(("mode", "attempts"), [("legacy", 5), ("standard", 3)], ids=["legacy", "standard"])


@pytest.fixture
def ses() -> Iterator[SESStub]:
    with mock_ses_verify(clock=VirtualClock(), identities=["example.com"], rate=None) as stub:
        yield stub


def make(mode: str = "standard", attempts: int = 3) -> Any:
    config = Config(retries={"mode": mode, "total_max_attempts": attempts})
    return SESSION.create_client("ses", region_name="us-east-1", config=config)


def ask(client: Any) -> Any:
    return client.get_identity_verification_attributes(Identities=["example.com"])["VerificationAttributes"]


def outcomes(ses: SESStub) -> list[str | None]:
    return [call.error_code for call in ses.calls]


# Errors of AWS.


@MODES
@pytest.mark.parametrize(
    ("code", "status", "message"),
    [
        ("Throttling", 400, "Rate exceeded"),
        ("ServiceUnavailable", 503, "Service is unavailable"),
        ("InternalFailure", 500, "The request processing has failed because of an unknown error"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else "",
)
def test_retryable_error_is_raised_after_all_attempts(
    ses: SESStub, mode: str, attempts: int, code: str, status: int, message: str
) -> None:
    """An error that botocore retries is raised after all attempts, with AWS's own status and message."""
    ses.inject(error_code=code, times=None)
    with pytest.raises(ClientError) as error:
        ask(make(mode, attempts))
    response = error.value.response
    assert response["Error"]["Code"] == code
    assert response["Error"]["Message"].startswith(message)
    assert response["Error"]["Type"] == ("Sender" if status < 500 else "Receiver")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert response["ResponseMetadata"]["RetryAttempts"] == attempts - 1
    assert outcomes(ses) == [code] * attempts
    assert [call.attempt for call in ses.calls] == list(range(1, attempts + 1))


@MODES
@pytest.mark.parametrize(
    ("code", "status"), [("AccessDenied", 403), ("InvalidClientTokenId", 403), ("MessageRejected", 400)], ids=str
)
def test_final_error_is_raised_immediately(ses: SESStub, mode: str, attempts: int, code: str, status: int) -> None:
    """An error that botocore does not retry is raised immediately."""
    ses.inject(error_code=code, times=None)
    with pytest.raises(ClientError, match=code) as error:
        ask(make(mode, attempts))
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert outcomes(ses) == [code]


@MODES
def test_failure_that_ends_is_retried(ses: SESStub, mode: str, attempts: int) -> None:
    """A temporary failure is retried, and the call succeeds."""
    ses.inject(error_code="ServiceUnavailable", times=2)
    assert ask(make(mode, attempts))["example.com"]["VerificationStatus"] == "Success"
    assert outcomes(ses) == ["ServiceUnavailable", "ServiceUnavailable", None]


def test_own_text_and_status(ses: SESStub) -> None:
    """Message and status can be given, with any characters."""
    ses.inject(error_code="MadeUp", message="<a> & 'b' ü", status=409)
    with pytest.raises(ClientError) as error:
        ask(make())
    assert error.value.response["Error"] == {"Type": "Sender", "Code": "MadeUp", "Message": "<a> & 'b' ü"}
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409


def test_modeled_error_is_raised_as_its_own_class(ses: SESStub) -> None:
    """A modeled error is raised as its own exception class."""
    ses.inject(error_code="LimitExceeded")
    client = make()
    with pytest.raises(client.exceptions.LimitExceededException):
        ask(client)


def test_failure_changes_nothing(ses: SESStub) -> None:
    """A call with an injected failure does not change the identities."""
    ses.inject("VerifyDomainIdentity", error_code="AccessDenied")
    with pytest.raises(ClientError):
        make().verify_domain_identity(Domain="other.com")
    assert list(ses.identities) == ["example.com"]


# Errors of the network.


@MODES
@pytest.mark.parametrize(
    "exception",
    [
        EndpointConnectionError(endpoint_url=URL),
        ConnectTimeoutError(endpoint_url=URL),
        ReadTimeoutError(endpoint_url=URL),
    ],
    ids=lambda exception: type(exception).__name__,
)
def test_exception_reaches_the_caller_after_all_attempts(
    ses: SESStub, mode: str, attempts: int, exception: Exception
) -> None:
    """An exception of the transport is raised unchanged after all attempts; a temporary one is survived."""
    ses.inject(exception=exception, times=attempts + 1)
    client = make(mode, attempts)
    with pytest.raises(type(exception)) as caught:
        ask(client)
    assert caught.value is exception
    assert "example.com" in ask(client)
    name = type(exception).__name__
    assert outcomes(ses) == [name] * attempts + [name, None]


def test_exception_unknown_to_botocore_is_not_retried(ses: SESStub) -> None:
    """An exception that botocore does not know is not retried."""
    ses.inject(exception=ZeroDivisionError("mine"))
    with pytest.raises(ZeroDivisionError, match="mine"):
        ask(make())
    assert outcomes(ses) == ["ZeroDivisionError"]


@MODES
@pytest.mark.parametrize(
    ("body", "code"), [("", "503"), (HTML, "503"), (HTML.encode(), "503")], ids=["empty", "HTML", "bytes"]
)
def test_gateway_error_without_xml_is_retried(ses: SESStub, mode: str, attempts: int, body: Any, code: str) -> None:
    """A 503 of a gateway, without SES's XML, is retried and raised as a ClientError."""
    ses.inject(body=body, status=503, times=None)
    with pytest.raises(ClientError) as error:
        ask(make(mode, attempts))
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert error.value.response["Error"]["Code"] == code
    assert outcomes(ses) == ["503"] * attempts


def test_injected_bare_status_has_an_empty_body(ses: SESStub) -> None:
    """A status alone has an empty body."""
    ses.inject(status=500)
    assert "example.com" in ask(make())
    assert outcomes(ses) == ["500", None]


@MODES
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(lambda right: right[: len(right) // 2], id="truncated"),
        pytest.param("<GetIdentity", id="malformed"),
        pytest.param(lambda right: right.replace(b"</entry>", b"</enrty>"), id="tags that do not match"),
    ],
)
def test_broken_xml_raises_response_parser_error(ses: SESStub, mode: str, attempts: int, body: Any) -> None:
    """Broken XML with status 200 raises botocore's ResponseParserError, and is not retried."""
    ses.inject(body=body, times=None)
    with pytest.raises(ResponseParserError, match="invalid XML received"):
        ask(make(mode, attempts))
    assert set(outcomes(ses)) == {"CorruptedBody"}


def test_body_function_replaces_the_right_body(ses: SESStub) -> None:
    """A body function receives the right body, and its result is sent."""
    seen = []

    def corrupt(right: bytes) -> bytes:
        seen.append(right)
        return right.replace(b"Success", b"Failed")

    ses.inject(body=corrupt)
    assert ask(make())["example.com"]["VerificationStatus"] == "Failed"
    assert b"<VerificationStatus>Success</VerificationStatus>" in seen[0]


# Affected calls.


def test_one_call_fails_by_default(ses: SESStub) -> None:
    """By default one call fails."""
    ses.inject(error_code="AccessDenied")
    client = make()
    with pytest.raises(ClientError):
        ask(client)
    assert "example.com" in ask(client)


def test_other_operations_are_answered(ses: SESStub) -> None:
    """With an operation's name, other operations are answered."""
    ses.inject("ListIdentities", error_code="AccessDenied")
    client = make()
    assert "example.com" in ask(client)
    with pytest.raises(ClientError, match="AccessDenied"):
        client.list_identities()
    assert client.list_identities()["Identities"] == ["example.com"]


def test_only_calls_that_meet_the_condition_fail_and_count(ses: SESStub) -> None:
    """With a condition, only calls that meet it fail, and only those are counted."""
    ses.inject(error_code="ServiceUnavailable", when=lambda call: call.attempt == 1, times=2)
    client = make()
    for _ in range(3):
        assert "example.com" in ask(client)
    assert outcomes(ses) == ["ServiceUnavailable", None] * 2 + [None]


def test_condition_sees_the_parameters_of_the_call(ses: SESStub) -> None:
    """The condition receives the call's parameters."""
    ses.inject(error_code="AccessDenied", when=lambda call: call.params["Domain"] == "bad.com", times=None)
    client = make()
    client.verify_domain_identity(Domain="good.com")
    with pytest.raises(ClientError, match="AccessDenied"):
        client.verify_domain_identity(Domain="bad.com")


def test_several_injected_failures_are_taken_in_sequence(ses: SESStub) -> None:
    """Several failures are used in the order in which they were injected."""
    ses.inject(error_code="Throttling", times=1)
    ses.inject(status=500, times=1)
    ses.inject(exception=ReadTimeoutError(endpoint_url=URL))
    assert "example.com" in ask(make(attempts=4))
    assert outcomes(ses) == ["Throttling", "500", "ReadTimeoutError", None]


def test_no_token_spent() -> None:
    """An injected failure comes before the throttle, and costs no token."""
    with mock_ses_verify(clock=VirtualClock(), identities=["example.com"]) as ses:
        client = make(attempts=1)
        ses.inject(error_code="AccessDenied")
        with pytest.raises(ClientError, match="AccessDenied"):
            ask(client)
        assert "example.com" in ask(client)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        pytest.param({}, "needs exactly one of error_code", id="nothing"),
        pytest.param({"error_code": "X", "body": ""}, "needs exactly one of error_code", id="two"),
        pytest.param(
            {"exception": KeyError(), "status": 500}, "needs exactly one of error_code", id="exception with status"
        ),
        pytest.param({"message": "x", "status": 500}, "needs error_code", id="message alone"),
        pytest.param({"error_code": "X", "times": 0}, "^times=0", id="never"),
        pytest.param({"error_code": "X", "status": 99}, "^status=99", id="no status"),
    ],
)
def test_contradictory_arguments_are_refused_and_inject_nothing(
    ses: SESStub, arguments: dict[str, Any], text: str
) -> None:
    """Arguments that have no effect, or contradict each other, are refused, and inject nothing."""
    with pytest.raises(SESStubError, match=text):
        ses.inject(**arguments)
    assert "example.com" in ask(make())


@pytest.mark.parametrize("operation", ["CreateReceiptRule", "ListContactLists"])
def test_unsupported_operation_cannot_be_injected(ses: SESStub, operation: str) -> None:
    """An order for an operation that is never answered is refused: it would never be met."""
    with pytest.raises(UnsupportedOperationError, match=f"does not support the SES operation {operation}"):
        ses.inject(operation, error_code="Throttling")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("list_identities", "ListIdentities"),
        ("listidentities", "ListIdentities"),
        ("ListIdentity", "ListIdentities"),
        ("GetIdentityVerificationAttribute", "GetIdentityVerificationAttributes"),
        ("SendMail", "SendEmail"),
    ],
)
def test_injecting_into_an_unknown_operation_suggests_a_name(ses: SESStub, name: str, meant: str) -> None:
    """A failure of an unknown operation is refused, and the error suggests the nearest name."""
    with pytest.raises(SESStubError, match=f"^SES has no operation '{name}' \\(did you mean '{meant}'\\?\\)") as error:
        ses.inject(name, error_code="AccessDenied")
    assert isinstance(error.value, ValueError)
