"""The service without a client: one HTTP request in, one response out."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlencode

import pytest
from fidelity import aws

from ses_stub import UnsupportedOperationError, VirtualClock
from ses_stub._model.options import make_options
from ses_stub._service.service import Service
from ses_stub._wire.messages import HTTPRequest, HTTPResponse

NS = "{http://ses.amazonaws.com/doc/2010-12-01/}"
ACCOUNT = "123456789012"
GET, LIST = "GetIdentityVerificationAttributes", "ListIdentities"
START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def service(**options: Any) -> Service:
    return Service(make_options({"clock": VirtualClock()} | options))


def ask(
    service: Service,
    operation: str = LIST,
    params: dict[str, str] | None = None,
    region: str = "us-east-1",
    account: str = ACCOUNT,
    attempt: int = 1,
) -> HTTPResponse:
    body = urlencode({"Action": operation, "Version": "2010-12-01"} | (params or {}))
    return service.handle(HTTPRequest(body, region, account, attempt))


def get(service: Service, *names: str) -> HTTPResponse:
    return ask(service, GET, {f"Identities.member.{i}": name for i, name in enumerate(names, 1)})


def code(response: HTTPResponse) -> str | None:
    """The error's code; None for success."""
    return ET.fromstring(response.body).findtext(f"{NS}Error/{NS}Code")


def texts(response: HTTPResponse, name: str) -> list[str | None]:
    return [element.text for element in ET.fromstring(response.body).iter(NS + name)]


# The answer's envelope.


@aws("recorded", "hashicorp/terraform issue 17630, terraform-provider-aws pull request 2640")
@pytest.mark.parametrize("refused", [False, True], ids=["success", "error"])
def test_responses_have_the_recorded_headers(refused: bool) -> None:
    """Success and error have the recorded headers: request id, type without a charset, length and date."""
    ses = service()
    response = ask(ses)
    if refused:
        response = ask(ses)
    assert response.status == (400 if refused else 200)
    assert response.headers == {
        "x-amzn-RequestId": texts(response, "RequestId")[0],
        "Content-Type": "text/xml",
        "Content-Length": str(len(response.body)),
        "Date": "Thu, 01 Jan 2026 00:00:00 GMT",
    }


def test_date_follows_the_clock() -> None:
    """The date is that of the stub's clock, in whole seconds."""
    ses = service(clock=VirtualClock(datetime(2024, 2, 29, 23, 59, 59, 999_999)))
    assert ask(ses).headers["Date"] == "Thu, 29 Feb 2024 23:59:59 GMT"
    ses.clock.advance(timedelta(microseconds=1))
    assert ask(ses).headers["Date"] == "Fri, 01 Mar 2024 00:00:00 GMT"


def test_length_counts_bytes() -> None:
    """The length counts bytes, not characters."""
    response = ask(service(), "DeleteIdentity", {"Identity": "bücher"})
    assert response.headers["Content-Length"] == str(len(response.body))
    assert len(response.body) == len(response.body.decode()) + 1


@aws("recorded", "mkrn/cdk-ses-template-mailer issue 11 and others since about 2020; before, version 1")
def test_request_ids_are_unique_and_reproducible() -> None:
    """Request ids are unique UUIDs of version 4, and the same in every run."""

    def ids() -> list[str]:
        ses = service()
        return [ask(ses).headers["x-amzn-RequestId"] for _ in range(50)]

    assert ids() == ids()
    assert len(set(ids())) == 50
    assert all(
        re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", one) for one in ids()
    )


# The throttle.


@aws(
    "documented, unverified",
    'Reference: "no more than once per second"; that there is no burst is not known',
    question="throttle-burst",
)
def test_second_call_within_a_second_is_throttled() -> None:
    """The second call of an operation within a second is refused; a call after exactly one second passes."""
    ses = service()
    codes = []
    for micros in (0, 0, 999_999, 1):
        ses.clock.advance(timedelta(microseconds=micros))
        codes.append(code(ask(ses)))
    assert codes == [None, "Throttling", "Throttling", None]


@aws("unverified", "which comes first is not known", question="throttle-order")
def test_throttle_before_validation() -> None:
    """The throttle comes before validation: an invalid call costs its token."""
    ses = service()
    first, second = ask(ses, "DeleteIdentity", {"Identity": "x"}), ask(ses, "DeleteIdentity", {"Identity": "x"})
    assert (code(first), code(second)) == ("InvalidParameterValue", "Throttling")
    first, second = ask(ses, GET, {"Identities": "x"}), ask(ses, GET)
    assert (code(first), code(second)) == ("MalformedInput", "Throttling")
    ses.clock.advance(seconds=1)
    assert code(ask(ses, GET)) == "ValidationError"


@aws(
    "inferred, unverified",
    "a refused call does nothing; whether it costs a token is not known",
    question="throttle-cost",
)
def test_throttled_call_changes_nothing() -> None:
    """A throttled call registers nothing and costs no token."""
    ses = service()
    ask(ses, "VerifyEmailIdentity", {"EmailAddress": "a@example.com"})
    for _ in range(9):
        ses.clock.advance(seconds=0.1)
        assert code(ask(ses, "VerifyEmailIdentity", {"EmailAddress": "b@example.com"})) == "Throttling"
    assert texts(ask(ses), "member") == ["a@example.com"]
    ses.clock.advance(seconds=0.1)
    assert code(ask(ses, "VerifyEmailIdentity", {"EmailAddress": "b@example.com"})) is None


@aws(
    "documented, unverified",
    'Guide, quotas: per account and Region; Reference: "this operation", which may be read so',
    question="throttle-scope",
)
@pytest.mark.parametrize(
    ("other", "answer"),
    [
        ({}, "Throttling"),
        ({"attempt": 2}, "Throttling"),
        ({"operation": GET, "params": {"Identities": ""}}, None),
        ({"region": "eu-west-1"}, None),
        ({"account": "210987654321"}, None),
    ],
    ids=["the same", "a retry", "another operation", "another region", "another account"],
)
def test_one_bucket_each(other: dict[str, Any], answer: str | None) -> None:
    """Every operation has its own throttle in every region and account. A retry counts as a call."""
    ses = service()
    ask(ses)
    assert code(ask(ses, **other)) == answer


@pytest.mark.parametrize(
    ("options", "passed"),
    [({"rate": None}, 20), ({"burst": 5}, 5), ({"rate": 0.5}, 1), ({}, 1)],
    ids=["no throttle", "burst", "slow", "default"],
)
def test_rate_and_burst(options: dict[str, Any], passed: int) -> None:
    """The burst is the number of calls that pass at the same time; without a rate all pass."""
    ses = service(**options)
    assert [code(ask(ses)) for _ in range(20)] == [None] * passed + ["Throttling"] * (20 - passed)


# The operations.


@aws(
    "recorded, documented",
    "botocore's unit tests, ses-get-identity-verification-attributes.xml; Reference: null for addresses",
)
def test_known_identities_are_answered_with_status_and_token() -> None:
    """A domain is answered with its token and an address without one, each once. Unknown names are omitted."""
    ses = service()
    ask(ses, "VerifyDomainIdentity", {"Domain": "Example.com"})
    ask(ses, "VerifyEmailIdentity", {"EmailAddress": "User@Example.com"})
    response = get(ses, "EXAMPLE.com", "example.com", "User@Example.com", "user@example.com", "nobody.example", "", "?")
    assert texts(response, "key") == ["example.com", "User@Example.com"]
    assert texts(response, "VerificationStatus") == ["Pending", "Pending"]
    backend = ses.state.backend(ACCOUNT, "us-east-1")
    assert texts(response, "VerificationToken") == [backend.identities["example.com"].token]


def test_service_answers_100_identities_and_refuses_101() -> None:
    """100 identities in one request are answered; 101 are an error that lists them, and cost a token too."""
    ses = service()
    names = [f"{i}.example.com" for i in range(101)]
    assert code(get(ses, *names[:100])) is None
    ses.clock.advance(seconds=1)
    response = get(ses, *names)
    assert (response.status, code(response)) == (400, "ValidationError")
    assert texts(response, "Message") == [
        f"1 validation error detected: Value '[{', '.join(names)}]' at 'identities' failed to satisfy constraint: "
        "Member must have length less than or equal to 100"
    ]
    assert code(get(ses)) == "Throttling"


@pytest.mark.parametrize(
    ("most", "count", "answer"),
    [(3, 3, None), (3, 4, "ValidationError"), (None, 1001, None)],
    ids=["at", "above", "no limit"],
)
def test_max_identities_option_changes_the_limit(most: int | None, count: int, answer: str | None) -> None:
    """The option max_identities sets the limit; None is no limit."""
    assert code(get(service(max_identities=most), *map(str, range(count)))) == answer


ERRORS: dict[str, tuple[str, dict[str, str], str, str]] = {
    "no address": (
        "VerifyEmailIdentity",
        {"EmailAddress": "STUB"},
        "InvalidParameterValue",
        "Invalid email address<STUB>.",
    ),
    "no domain": (
        "VerifyDomainIdentity",
        {"Domain": "pkyjo4kn7f.terraformtesting.com."},
        "InvalidParameterValue",
        "Invalid domain name pkyjo4kn7f.terraformtesting.com..",
    ),
    "no identity": (
        "DeleteIdentity",
        {"Identity": "foobar"},
        "InvalidParameterValue",
        "Identity foobar is invalid. Must be a verified email address or domain.",
    ),
    "no type": (
        LIST,
        {"IdentityType": "Unknown"},
        "ValidationError",
        "Value 'Unknown' at 'identityType' failed to satisfy constraint: "
        "Member must satisfy enum value set: [Domain, EmailAddress]",
    ),
    "page too small": (
        LIST,
        {"MaxItems": "0"},
        "InvalidParameterValue",
        "Value 0 for parameter MaxItems is invalid. MaxItems must be between 1 and 1000.",
    ),
    "page too large": (
        LIST,
        {"MaxItems": "1001"},
        "InvalidParameterValue",
        "Value 1001 for parameter MaxItems is invalid. MaxItems must be between 1 and 1000.",
    ),
    "unknown token": (LIST, {"NextToken": "x"}, "InvalidParameterValue", "Invalid NextToken <x>."),
    "token of another make": (
        LIST,
        {"NextToken": "YmVmb3JlOjE="},
        "InvalidParameterValue",
        "Invalid NextToken <YmVmb3JlOjE=>.",
    ),
    "token that is not ASCII": (LIST, {"NextToken": "ü"}, "InvalidParameterValue", "Invalid NextToken <ü>."),
}


@pytest.mark.parametrize(("operation", "params", "error", "message"), ERRORS.values(), ids=ERRORS)
def test_errors_have_the_recorded_texts_and_change_nothing(
    operation: str, params: dict[str, str], error: str, message: str
) -> None:
    """Errors have the recorded texts, and change nothing."""
    ses = service()
    response = ask(ses, operation, params)
    assert (response.status, code(response), texts(response, "Message")) == (400, error, [message])
    assert texts(response, "Type") == ["Sender"]
    assert ses.calls[0].error_code == error
    assert (ses.state.history, ses.state.mailbox.mails) == ([], [])


def test_next_token_leads_to_the_next_page() -> None:
    """NextToken leads to the next page; the last page has none."""
    ses = service(rate=None)
    names = [f"{i}.example.com" for i in range(5)]
    for name in names:
        ask(ses, "VerifyDomainIdentity", {"Domain": name})
    seen, token = [], {}
    while True:
        page = ask(ses, LIST, {"MaxItems": "2"} | token)
        seen.append(texts(page, "member"))
        if not texts(page, "NextToken"):
            break
        token = {"NextToken": str(texts(page, "NextToken")[0])}
    assert seen == [names[:2], names[2:4], names[4:]]


@pytest.mark.parametrize("operation", ["CreateReceiptRule", "ListTemplates", "CreateEmailIdentity", "NoSuchThing", ""])
def test_unsupported_operation_raises_and_is_logged(operation: str) -> None:
    """An unsupported operation is an error of the test, not of its client, and is logged."""
    ses = service()
    with pytest.raises(UnsupportedOperationError) as error:
        ask(ses, operation)
    assert error.value.operation == operation
    assert [(call.operation, call.error_code) for call in ses.calls] == [(operation, "UnsupportedOperationError")]


def test_parameters_of_an_unsupported_operation() -> None:
    """Parameters of an unsupported operation of SES are logged like others."""
    ses = service()
    for operation in ("ListTemplates", "CloneReceiptRuleSet"):
        with pytest.raises(UnsupportedOperationError):
            ask(ses, operation, {"RuleSetName": "new", "OriginalRuleSetName": "old"})
    assert [call.params for call in ses.calls] == [{}, {"RuleSetName": "new", "OriginalRuleSetName": "old"}]


def test_parameters_of_an_unsupported_operation_that_cannot_be_read() -> None:
    """Parameters that cannot be read are logged as they came."""
    ses = service()
    with pytest.raises(UnsupportedOperationError):
        ask(ses, "CloneReceiptRuleSet", {"RuleSetName.member.1": "new"})
    assert ses.calls[0].params["RuleSetName.member.1"] == "new"


# The log.


def test_requests_are_logged_with_all_that_is_known() -> None:
    """A request is logged with parameters, region, account, time, attempt and result."""
    ses = service()
    get(ses, "example.com")
    ses.clock.advance(seconds=0.25)
    ask(ses, GET, {"Identities": ""}, "eu-west-1", "210987654321", attempt=2)
    get(ses, "example.com")
    later = START + timedelta(seconds=0.25)
    assert [tuple(call) for call in ses.calls] == [
        (GET, {"Identities": ["example.com"]}, "us-east-1", ACCOUNT, START, 1, None, "ses"),
        (GET, {"Identities": []}, "eu-west-1", "210987654321", later, 2, None, "ses"),
        (GET, {"Identities": ["example.com"]}, "us-east-1", ACCOUNT, later, 1, "Throttling", "ses"),
    ]
    assert [one.retry_after_us for one in ses.log.entries] == [0, 0, 750_000]


def test_calls_of_faulty_requests() -> None:
    """A request that cannot be read is logged with its parameters as they came."""
    ses = service()
    ask(ses, LIST, {"MaxItems": "many"})
    assert ses.calls[0].error_code == "MalformedInput"
    assert ses.calls[0].params["MaxItems"] == "many"


def test_a_logged_call_is_its_own() -> None:
    """Changing the parameters of one logged call does not change those of the next."""
    ses = service(rate=None)
    get(ses, "example.com")
    ses.calls[0].params["Identities"].append("other.example")
    get(ses, "example.com")
    assert ses.calls[1].params == {"Identities": ["example.com"]}


def test_service_has_no_other_attributes() -> None:
    """What a service holds is made when it is first needed; a name that it does not have is an error as usual."""
    with pytest.raises(AttributeError, match=r"stat$"):
        service().stat  # noqa: B018  # The look-up is the test.
