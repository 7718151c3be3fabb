"""The log of calls: a list with filters and counts."""

from __future__ import annotations

import copy
import pickle
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.exceptions import ClientError
from clients import SESSION, make_client, names, status

from ses_stub import Call, SESStub, SESStubError, UnsupportedOperationError, VirtualClock, mock_ses_verify
from ses_stub._service.calls import Calls, as_lines

GET, LIST, VERIFY = "GetIdentityVerificationAttributes", "ListIdentities", "VerifyDomainIdentity"
START = datetime(2026, 1, 1, tzinfo=timezone.utc)
OTHER = "210987654321"
ONCE = {"mode": "standard", "total_max_attempts": 1}


def ask(client: Any, name: str = "a.com") -> None:
    with suppress(ClientError):
        status(client, name)


@pytest.fixture
def calls() -> Calls:
    """Seven calls: those at index 1 and 6 are throttled, the one at index 4 has an injected failure."""
    with mock_ses_verify(clock=VirtualClock(START)) as ses:
        client, west = make_client(retries=ONCE), make_client(region="eu-west-1", retries=ONCE)
        ask(client)
        ask(client)
        names(west)
        client.verify_domain_identity(Domain="a.com")
        ses.inject(GET, error_code="AccessDenied")
        ask(west)
        ask(west)
        ask(west, "b.com")
        return ses.calls


FILTERS: dict[str, tuple[dict[str, Any], list[int]]] = {
    "nothing": ({}, [0, 1, 2, 3, 4, 5, 6]),
    "operation": ({"operation": GET}, [0, 1, 4, 5, 6]),
    "error code": ({"error_code": "AccessDenied"}, [4]),
    "region": ({"region": "eu-west-1"}, [2, 4, 5, 6]),
    "account": ({"account_id": "123456789012"}, [0, 1, 2, 3, 4, 5, 6]),
    "other account": ({"account_id": OTHER}, []),
    "service": ({"service": "ses"}, [0, 1, 2, 3, 4, 5, 6]),
    "other service": ({"service": "sesv2"}, []),
    "answered": ({"answered": True}, [0, 2, 3, 5]),
    "not answered": ({"answered": False}, [1, 4, 6]),
    "two criteria": ({"operation": GET, "region": "us-east-1"}, [0, 1]),
    "all criteria": (
        {
            "operation": GET,
            "error_code": "Throttling",
            "region": "eu-west-1",
            "account_id": "123456789012",
            "service": "ses",
            "answered": False,
        },
        [6],
    ),
    "a contradiction": ({"error_code": "Throttling", "answered": True}, []),
    "an unknown operation": ({"operation": "SendEmail"}, []),
}


@pytest.mark.parametrize(("criteria", "places"), FILTERS.values(), ids=FILTERS)
def test_filter_keeps_calls_that_fit_all_criteria(calls: Calls, criteria: dict[str, Any], places: list[int]) -> None:
    """A filter keeps the calls that meet all its criteria, in order."""
    assert calls.filter(**criteria) == [calls[place] for place in places]


def test_filter_takes_the_operation_without_keyword(calls: Calls) -> None:
    """The operation may be given without its keyword; the other criteria may not."""
    assert calls.filter(LIST) == [calls[2]]
    with pytest.raises(TypeError):
        calls.filter(LIST, "Throttling")  # type: ignore[call-arg]


def test_filter_separates_calls_of_accounts() -> None:
    """The calls of each account can be filtered."""
    with mock_ses_verify() as ses:
        names(make_client())
        names(SESSION.create_client("ses", "us-east-1", aws_access_key_id=OTHER, aws_secret_access_key="secret"))
    assert ses.calls.filter(account_id="123456789012") == [ses.calls[0]]
    assert ses.calls.filter(account_id=OTHER) == [ses.calls[1]]


def test_filtered_calls_can_be_filtered_again(calls: Calls) -> None:
    """The result of a filter can be filtered again."""
    assert calls.filter(GET).filter(answered=True).filter(region="eu-west-1") == [calls[5]]
    assert calls.throttled.filter(region="us-east-1").last == calls[1]


def test_throttled_calls_are_those_that_the_throttle_refused(calls: Calls) -> None:
    """The throttled calls are those that the throttle refused."""
    assert calls.throttled == [calls[1], calls[6]]
    assert type(calls.throttled) is Calls


def test_throttled_in_both_apis() -> None:
    """Throttled calls of v2, whose error has another code, are included."""
    with mock_ses_verify(clock=VirtualClock(START)) as ses:
        for service in ("ses", "sesv2"):
            client = make_client(service, retries=ONCE)
            ask_account = client.get_send_quota if service == "ses" else client.get_account
            for _ in range(2):
                with suppress(ClientError):
                    ask_account()
        ses.inject("GetSendQuota", error_code="AccessDenied")
        with suppress(ClientError):
            make_client(retries=ONCE).get_send_quota()
    assert [call.error_code for call in ses.calls.throttled] == ["Throttling", "TooManyRequestsException"]
    assert ses.calls.throttled.filter(service="sesv2") == [ses.calls[3]]
    assert ses.calls.filter(service="ses").operations == ["GetSendQuota"] * 3


def test_calls_are_counted_in_all_or_by_operation(calls: Calls) -> None:
    """Calls are counted in total or by operation."""
    assert calls.count() == len(calls) == 7
    assert (calls.count(GET), calls.count(LIST), calls.count("DeleteIdentity")) == (5, 1, 0)


def test_count_takes_the_criteria_of_filter(calls: Calls) -> None:
    """Counting takes the same criteria as filtering."""
    assert calls.count(answered=True) == len(calls.filter(answered=True)) > 0
    assert calls.count(GET, error_code="Throttling") == len(calls.filter(GET, error_code="Throttling"))


def test_call_is_counted_as_in_any_list(calls: Calls) -> None:
    """A Call can be counted as in any list."""
    assert calls.count(calls[0]) == 1
    assert calls.count(calls[0]._replace(region="ap-south-1")) == 0
    assert Calls([*calls, calls[0]]).count(calls[0]) == 2


def test_each_retry_counts_as_a_call() -> None:
    """A retry counts as a separate call."""
    with mock_ses_verify(clock=VirtualClock(), rate=None) as ses:
        ses.inject(error_code="ServiceUnavailable", times=2)
        names(make_client(retries={"mode": "standard"}))
    assert ses.calls.count(LIST) == 3
    assert [call.attempt for call in ses.calls] == [1, 2, 3]


def test_last_call_is_the_latest(calls: Calls) -> None:
    """The last call is the latest one."""
    assert calls.last == calls[6]
    assert calls.last.params == {"Identities": ["b.com"]}
    assert calls.filter(VERIFY).last.params == {"Domain": "a.com"}


def test_log_without_calls_is_empty() -> None:
    """A log without calls is empty and has no last call."""
    with mock_ses_verify() as ses:
        assert (ses.calls, ses.calls.count(), ses.calls.operations, ses.calls.throttled) == ([], 0, [], [])
        with pytest.raises(
            IndexError, match=r"there are no calls\. Check that the application calls SES inside the scope"
        ):
            _ = ses.calls.last


def test_operations_are_listed_by_name_in_order(calls: Calls) -> None:
    """The operations are listed by name, in the order of the calls."""
    assert calls.operations == [GET, GET, LIST, VERIFY, GET, GET, GET]
    assert calls.filter(answered=True).operations == [GET, LIST, VERIFY, GET]


def test_calls_are_a_list(calls: Calls) -> None:
    """The calls are a list, equal to any list of the same calls."""
    plain = list(calls)
    assert isinstance(calls, list)
    assert calls == plain
    assert plain == calls
    assert calls != plain[:-1]
    assert all(isinstance(call, Call) for call in calls)
    assert repr(calls) == repr(plain)
    assert calls[2:4] == plain[2:4]


def test_logs_can_be_compared() -> None:
    """The log of a test can be compared with an expected list."""
    with mock_ses_verify(clock=VirtualClock(START)) as ses:
        client = make_client(retries=ONCE)
        names(client)
        ses.clock.advance(seconds=0.5)
        with suppress(ClientError):
            names(client)
    assert ses.calls == [
        Call(LIST, {}, "us-east-1", "123456789012", START, 1, None),
        Call(LIST, {}, "us-east-1", "123456789012", START + timedelta(seconds=0.5), 1, "Throttling"),
    ]


def test_calls_are_a_snapshot() -> None:
    """A list of calls is a snapshot: later calls are not added, and taking one out of it changes nothing."""
    with mock_ses_verify(rate=None) as ses:
        client, before = make_client(), ses.calls
        names(client)
        assert before == []
        ses.calls.pop()
        assert len(ses.calls) == 1


def test_reset_empties_the_log() -> None:
    """A reset empties the log."""
    with mock_ses_verify() as ses:
        names(make_client())
        ses.reset()
        assert ses.calls == []


def test_every_view_has_the_whole_log() -> None:
    """Every view of a stub has the whole log."""
    with mock_ses_verify() as ses:
        names(make_client())
        names(make_client(region="eu-west-1"))
        assert ses.view("eu-west-1").calls == ses.calls
        assert [call.region for call in ses.calls] == ["us-east-1", "eu-west-1"]


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda calls: pickle.loads(pickle.dumps(calls))])
def test_copies_have_the_same_methods(calls: Calls, way: Any) -> None:
    """A copy has the same methods."""
    assert way(calls) == calls
    assert way(calls).throttled == calls.throttled


def test_each_call_is_one_line_of_text() -> None:
    """Each call is one line of text: operation, region, time and result."""
    ses = SESStub(clock=VirtualClock(START), rate=None)
    client = ses.attach(make_client(retries={"mode": "standard"}))
    ses.inject(LIST, error_code="AccessDenied")
    client.verify_domain_identity(Domain="a.com")
    ses.clock.advance(seconds=1.5)
    with suppress(ClientError):
        client.list_identities(IdentityType="Domain", MaxItems=3)
    ses.inject(status=503)
    names(client)
    first, second, third, fourth = as_lines(ses.calls)
    assert first == f"{VERIFY}(Domain='a.com') us-east-1 123456789012 2026-01-01T00:00:00+00:00 attempt 1 -> answered"
    assert second == (
        f"{LIST}(IdentityType='Domain', MaxItems=3) us-east-1 123456789012"
        " 2026-01-01T00:00:01.500000+00:00 attempt 1 -> AccessDenied"
    )
    assert third == f"{LIST}() us-east-1 123456789012 2026-01-01T00:00:01.500000+00:00 attempt 1 -> 503"
    assert fourth.endswith(" attempt 2 -> answered")


def test_as_lines_compare(calls: Calls) -> None:
    """Equal logs make equal lines, different calls make different lines, and no calls make none."""
    assert as_lines(calls) == as_lines(list(calls))
    assert len(set(as_lines(calls))) == 7
    assert as_lines([]) == []


# Unknown operations.


@pytest.mark.parametrize("ask", [Calls.filter, Calls.count])
@pytest.mark.parametrize(
    ("name", "meant"),
    [("list_identities", "ListIdentities"), ("GetIdentityVerificationAttribute", "GetIdentityVerificationAttributes")],
)
def test_counting_an_unknown_operation_is_refused(calls: Calls, ask: Any, name: str, meant: str) -> None:
    """Counting an operation that SES does not have is an error, not zero."""
    with pytest.raises(SESStubError, match=f"^SES has no operation '{name}' \\(did you mean '{meant}'\\?\\)") as error:
        ask(calls, name)
    assert isinstance(error.value, ValueError)


@pytest.mark.parametrize("name", ["DeleteIdentityPolicy", "GetSendStatistics", "ListContactLists"])
def test_operation_never_called(calls: Calls, name: str) -> None:
    """An operation of SES that was never called has the count zero, in either API, supported or not."""
    assert calls.count(name) == 0


def test_unsupported_requests_can_be_filtered_by_name() -> None:
    """A request that is no operation can be filtered by the name that the log gives it."""
    with mock_ses_verify() as ses:
        with suppress(UnsupportedOperationError):
            ses.respond("GET", "https://email.us-east-1.amazonaws.com/v2/email/nothing")
        assert ses.calls.count("GET /v2/email/nothing") == 1
