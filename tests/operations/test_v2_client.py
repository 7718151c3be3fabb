"""Clients of SES v2: which are answered, how they retry, and what the stub logs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, NoCredentialsError
from clients import SESSION, canned, make_client, refused
from fidelity import aws

from ses_stub import SESStub, UnsupportedOperationError, VirtualClock, mock_ses_verify

USER = "ann@example.com"
NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
MODES = pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])


@pytest.fixture
def client(ses: SESStub) -> Any:
    return make_client("sesv2")


def listed(client: Any) -> list[str]:
    return [one["IdentityName"] for one in client.list_email_identities()["EmailIdentities"]]


def seconds(ses: SESStub) -> float:
    return (ses.clock.now() - NOW).total_seconds()


# Which clients are answered.


def test_v2_client_is_answered_only_during_a_scope() -> None:
    """A client is answered only while a scope is active, whenever it was made."""
    client = make_client("sesv2")
    with pytest.raises(NoCredentialsError):
        client.list_email_identities()
    with mock_ses_verify(identities=[USER]):
        assert listed(client) == [USER]
    with pytest.raises(NoCredentialsError):
        client.list_email_identities()


@pytest.mark.parametrize(
    "make",
    [
        lambda: boto3.client("sesv2"),
        lambda: boto3.Session().client("sesv2"),
        lambda: SESSION.create_client("sesv2"),
    ],
    ids=["boto3", "session", "botocore"],
)
def test_made_in_a_scope(make: Callable[[], Any]) -> None:
    """In a scope a client needs neither region nor credentials."""
    with mock_ses_verify(identities=[USER]) as ses:
        assert listed(make()) == [USER]
        assert ses.calls.last.region == "us-east-1"


def test_region_and_account(ses: SESStub) -> None:
    """The region is the client's. The account is an access key of twelve digits, else the stub's."""
    make_client("sesv2", "eu-west-1").create_email_identity(EmailIdentity=USER)
    other = boto3.client(
        "sesv2", region_name="eu-west-1", aws_access_key_id="111122223333", aws_secret_access_key="secret"
    )
    assert listed(other) == []
    assert [(call.region, call.account_id) for call in ses.calls] == [
        ("eu-west-1", "123456789012"),
        ("eu-west-1", "111122223333"),
    ]
    assert USER in ses.view(region="eu-west-1").identities


def test_attached_v2_client_shares_state_with_v1() -> None:
    """A stub without a scope can be attached to a v2 client, which shares its state with a v1 client."""
    stub = SESStub(rate=None)
    client = stub.attach(make_client("sesv2"))
    client.create_email_identity(EmailIdentity=USER)
    assert stub.attach(make_client()).list_identities()["Identities"] == [USER]
    stub.detach()
    with pytest.raises(NoCredentialsError):
        client.list_email_identities()


def test_own_before_send_handler(ses: SESStub, client: Any) -> None:
    """A user's handler on the client has priority over the stub."""
    client.meta.events.register("before-send.sesv2", lambda **_: canned('{"EmailIdentities": []}'))
    ses.add_identity(USER)
    assert listed(client) == []
    assert ses.calls == []


# Responses.


def test_v2_answer_has_request_id_and_aws_headers(client: Any) -> None:
    """A response has a request id, AWS's headers, and JSON; the code of an error is in a header."""
    answer = client.list_email_identities()["ResponseMetadata"]
    assert (answer["HTTPStatusCode"], answer["RetryAttempts"]) == (200, 0)
    assert answer["HTTPHeaders"]["content-type"] == "application/json"
    assert answer["RequestId"] == answer["HTTPHeaders"]["x-amzn-requestid"]
    with pytest.raises(client.exceptions.NotFoundException) as caught:
        client.get_email_identity(EmailIdentity=USER)
    error = caught.value.response["ResponseMetadata"]
    assert error["HTTPHeaders"]["x-amzn-errortype"] == "NotFoundException"
    assert error["RequestId"] not in ("", answer["RequestId"])


def test_v2_calls_are_logged_with_params_and_error(ses: SESStub, client: Any) -> None:
    """A call is logged with its service, its parameters as given, and its error."""
    signing = {"NextSigningKeyLength": "RSA_2048_BIT"}
    params = {
        "EmailIdentity": "a/b.example.com",
        "Tags": [{"Key": "a", "Value": "é"}],
        "DkimSigningAttributes": signing,
    }
    refused(client.create_email_identity, **params)
    client.list_email_identities(PageSize=7)
    make_client().list_identities()
    first, second, third = ses.calls
    assert (first.operation, first.params) == ("CreateEmailIdentity", params)
    assert (first.service, first.error_code, first.attempt) == ("sesv2", "BadRequestException", 1)
    assert (second.operation, second.params, second.error_code) == ("ListEmailIdentities", {"PageSize": 7}, None)
    assert third.service == "ses"
    assert ses.calls.filter(service="sesv2").operations == ["CreateEmailIdentity", "ListEmailIdentities"]


def test_timeline_shows_v2_calls_and_their_changes(client: Any, ses: SESStub) -> None:
    """The timeline shows v2 calls and the changes that they caused."""
    client.create_email_identity(EmailIdentity=USER)
    refused(client.get_email_identity, EmailIdentity="bob@example.com")
    text = str(ses.timeline())
    assert "CreateEmailIdentity(EmailIdentity='ann@example.com')" in text
    assert "ann@example.com: NotStarted -> Pending" in text
    assert "NotFoundException" in text


# The throttle and the retries.


@aws("documented", "Guide, service quotas: all actions but the sends; the code by v2's service model")
def test_v2_throttle_answers_http_status_429() -> None:
    """A second call of an operation within a second is refused with v2's code and HTTP status 429."""
    with mock_ses_verify(clock=VirtualClock()) as ses:
        client = make_client("sesv2", retries={"total_max_attempts": 1})
        client.list_email_identities()
        client.get_account()
        assert refused(client.list_email_identities) == ("TooManyRequestsException", 429, "Rate exceeded")
        make_client().list_identities()
        assert len(ses.calls.throttled) == 1
        ses.clock.advance(seconds=1)
        client.list_email_identities()


@MODES
def test_v2_throttling_is_retried_in_every_mode(mode: str) -> None:
    """Botocore retries throttled calls in all its modes, in virtual time."""
    with mock_ses_verify(clock=VirtualClock(), identities=[USER], jitter=1.0) as ses:
        client = make_client("sesv2", retries={"mode": mode, "total_max_attempts": 5})
        for _ in range(3):
            assert listed(client) == [USER]
        assert {call.error_code for call in ses.calls} == {None, "TooManyRequestsException"}
        assert len(ses.calls.filter(answered=True)) == 3
        assert max(call.attempt for call in ses.calls) > 1
        assert 2 <= seconds(ses) < 60
        assert ses.report().throttled == len(ses.calls.throttled)


@MODES
@pytest.mark.parametrize("code", ["TooManyRequestsException", "InvalidParameterValue", "Throttling"])
def test_injected_v2_failure_has_the_given_code(ses: SESStub, mode: str, code: str) -> None:
    """An injected failure has the given code in either API."""
    client = make_client("sesv2", retries={"mode": mode, "total_max_attempts": 1})
    ses.inject("GetEmailIdentity", error_code=code, message="as ordered", status=429)
    ses.add_identity(USER)
    assert refused(client.get_email_identity, EmailIdentity=USER) == (code, 429, "as ordered")
    assert client.get_email_identity(EmailIdentity=USER)["IdentityType"] == "EMAIL_ADDRESS"
    assert [call.error_code for call in ses.calls] == [code, None]


def test_injected_v2_exception_is_retried(ses: SESStub, client: Any) -> None:
    """An injected exception is retried like a network error."""
    ses.inject("GetAccount", exception=ConnectTimeoutError(endpoint_url="https://example.com"))
    assert client.get_account()["SendingEnabled"] is True
    assert [(call.attempt, call.error_code) for call in ses.calls] == [(1, "ConnectTimeoutError"), (2, None)]


def test_inject_one_of_two(ses: SESStub, client: Any) -> None:
    """A failure of an operation that both APIs have may be injected into one of them."""
    ses.inject("SendEmail", error_code="MessageRejected", when=lambda call: call.service == "sesv2")
    ses.add_identity(USER)
    body = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}}
    to = {"ToAddresses": [USER]}
    assert make_client().send_email(Source=USER, Destination=to, Message=body)["MessageId"]
    send = {"FromEmailAddress": USER, "Destination": to, "Content": {"Simple": body}}
    assert refused(client.send_email, **send)[0] == "MessageRejected"
    assert client.send_email(**send)["MessageId"]


# Unsupported operations and unreadable requests.


def test_unsupported_v2_operation_is_an_error_with_names(client: Any) -> None:
    """An unsupported operation is an error that names it, and lists those that v2 supports."""
    with pytest.raises(UnsupportedOperationError, match="ListContactLists") as caught:
        client.list_contact_lists()
    assert caught.value.operation == "ListContactLists"
    assert "CreateEmailIdentity" in str(caught.value)
    assert "VerifyDomainIdentity" not in str(caught.value)


def test_unanswered_operation_beside_moto(ses: SESStub) -> None:
    """While moto is active it receives the unsupported operations, and no others."""
    moto = pytest.importorskip("moto")
    with moto.mock_aws():
        client = boto3.client("sesv2", region_name="us-east-1")
        client.create_contact_list(ContactListName="all")
        assert [one["ContactListName"] for one in client.list_contact_lists()["ContactLists"]] == ["all"]
        client.create_email_identity(EmailIdentity=USER)
    assert ses.calls.operations == ["CreateEmailIdentity"]


def changed(**parts: Any) -> Callable[..., None]:
    """Returns a handler that replaces parts of each request."""

    def change(request: Any, **_: Any) -> None:
        for name, value in parts.items():
            setattr(request, name, value)

    return change


URL = "https://email.us-east-1.amazonaws.com/v2/email/identities"


@pytest.mark.parametrize(
    "parts",
    [
        {"data": "{"},
        {"data": "[]"},
        {"data": b'{"EmailIdentity": 1}'},
        {"data": "[" * 99_999},
    ],
    ids=["cut", "list", "number", "deep"],
)
def test_unreadable_v2_request_is_refused_and_logged(ses: SESStub, client: Any, parts: dict[str, Any]) -> None:
    """A request that cannot be read is refused, and logged as it came."""
    client.meta.events.register("request-created.sesv2", changed(**parts))
    code, status, _ = refused(client.create_email_identity, EmailIdentity=USER)
    assert (code, status) == ("SerializationException", 400)
    assert set(ses.calls.last.params) == {"target", "body"}
    assert ses.identities == {}


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("", "Value at 'emailIdentity' failed to satisfy constraint: Member must not be null"),
        ('{"EmailIdentity": ""}', "Invalid domain name ."),
    ],
    ids=["nothing", "empty-name"],
)
def test_incomplete_v2_request_is_a_bad_request(client: Any, data: str, text: str) -> None:
    """A request without required members is refused as a bad request."""
    client.meta.events.register("request-created.sesv2", changed(data=data))
    with pytest.raises(ClientError, match=text) as caught:
        client.create_email_identity(EmailIdentity=USER)
    assert caught.value.response["Error"]["Code"] == "BadRequestException"


def test_malformed_v2_name_is_unknown(client: Any) -> None:
    """A name that is not valid text after unescaping is unknown."""
    client.meta.events.register("request-created.sesv2", changed(url=f"{URL}/%FF%zz"))
    assert refused(client.get_email_identity, EmailIdentity=USER)[0] == "NotFoundException"


def test_unknown_v2_path_raises_our_error(client: Any) -> None:
    """A request for an unknown path raises an error of the stub that names the path."""
    client.meta.events.register("request-created.sesv2", changed(url=URL.replace("identities", "nothing")))
    with pytest.raises(UnsupportedOperationError, match="GET /v2/email/nothing"):
        client.get_email_identity(EmailIdentity=USER)


@pytest.mark.parametrize("wait", [timedelta(seconds=1), timedelta(days=400)])
def test_time_of_calls(ses: SESStub, client: Any, wait: timedelta) -> None:
    """Calls are dated by the stub's clock."""
    ses.clock.advance(wait)
    client.get_account()
    assert ses.calls.last.at == NOW + wait


def test_endpoint_with_a_path() -> None:
    """A client whose endpoint_url has a path, as behind a proxy, is answered as any other."""
    for path in ("/proxy/aws", "/proxy/"):
        client = SESSION.create_client("sesv2", region_name="us-east-1", endpoint_url=f"http://localhost:1{path}")
        with mock_ses_verify(identities=["example.com"]):
            assert client.get_email_identity(EmailIdentity="example.com")["VerifiedForSendingStatus"]
