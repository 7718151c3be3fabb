"""SES v2: the filter of ListEmailIdentities, and what the tokens of pages are bound to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from clients import SESSION, make_client, refused, shared_client
from fidelity import aws

from ses_stub import SESStub, VirtualClock, mock_ses_verify

SITE, USER, OTHER = "example.com", "Ann@example.com", "bob@example.org"
STATUSES = {SITE: "Success", USER: "Pending", OTHER: "Failed"}
URL = "https://email.us-east-1.amazonaws.com/v2/email/list-identities"

#: Missing in the oldest botocore.
has_filter = pytest.mark.skipif(
    "Filter" not in SESSION.get_service_model("sesv2").operation_model("ListEmailIdentities").input_shape.members,
    reason="this botocore has no filter",
)


@pytest.fixture
def ses() -> Iterator[SESStub]:
    with mock_ses_verify(rate=None, clock=VirtualClock(), identities=STATUSES) as stub:
        yield stub


@pytest.fixture
def client(ses: SESStub) -> Any:
    return shared_client("sesv2", parameter_validation=False)


def listed(client: Any, **params: Any) -> list[str]:
    """The names in the response of ListEmailIdentities."""
    return [one["IdentityName"] for one in client.list_email_identities(**params)["EmailIdentities"]]


def token(client: Any, **params: Any) -> str:
    """The token after a page of one."""
    found: str = client.list_email_identities(PageSize=1, **params)["NextToken"]
    return found


def bad(text: str) -> tuple[str, int, str]:
    return "BadRequestException", 400, text


# What passes.


@aws("documented", "service model, ListEmailIdentitiesFilterKey")
@has_filter
@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, [SITE, USER, OTHER]),
        ({"IDENTITY_TYPE": "DOMAIN"}, [SITE]),
        ({"IDENTITY_TYPE": "EMAIL_ADDRESS"}, [USER, OTHER]),
        ({"VERIFICATION_STATUS": "SUCCESS"}, [SITE]),
        ({"VERIFICATION_STATUS": "FAILED"}, [OTHER]),
        ({"VERIFICATION_STATUS": "TEMPORARY_FAILURE"}, []),
        ({"IDENTITY_NAME_CONTAINS": "example.com"}, [SITE, USER]),
        ({"IDENTITY_NAME_CONTAINS": "example.com", "IDENTITY_TYPE": "DOMAIN"}, [SITE]),
        ({"IDENTITY_NAME_CONTAINS": "bob", "VERIFICATION_STATUS": "PENDING"}, []),
    ],
    ids=lambda value: "+".join(value.values()) or "none" if isinstance(value, dict) else "",
)
def test_listed_identities_match_filters(client: Any, filters: dict[str, str], names: list[str]) -> None:
    """Only identities that match all filters are listed."""
    assert listed(client, Filter=filters) == names


@aws("reported", "floci, probed in us-west-2 on 2026-10-03")
@has_filter
@pytest.mark.parametrize("part", ["ANN@", "  ann@Example  ", "Ann"])
def test_filter_of_names_ignores_case_and_surrounding_white_space(client: Any, part: str) -> None:
    """A part of a name is compared without case, and without white space around it."""
    assert listed(client, Filter={"IDENTITY_NAME_CONTAINS": part}) == [USER]


@aws("reported", "floci, probed in us-west-2 on 2026-10-03")
@has_filter
@pytest.mark.parametrize("key", ["IDENTITY_NAME_CONTAINS", "IDENTITY_TYPE", "VERIFICATION_STATUS"])
def test_null_filters_nothing(ses: SESStub, key: str) -> None:
    """A known key with null, which only raw requests can have, is no filter."""
    answer = ses.respond("POST", URL, body=json.dumps({"Filter": {key: None}}))
    assert [one["IdentityName"] for one in json.loads(answer.body)["EmailIdentities"]] == list(STATUSES)


# What is refused.

KEYS = (
    "Value at 'filter' failed to satisfy constraint: Map keys must satisfy constraint:"
    " [Member must satisfy enum value set: [IDENTITY_NAME_CONTAINS, VERIFICATION_STATUS, IDENTITY_TYPE]]"
)
EMPTY = (
    "Value at 'filter' failed to satisfy constraint: Map value must satisfy constraint:"
    " [Member must have length greater than or equal to 1]"
)
SHORT = "Filter IDENTITY_NAME_CONTAINS must be at least 3 characters."
LONG = "Filter IDENTITY_NAME_CONTAINS must be at most 320 characters."


@aws("reported", "floci, probed in us-west-2 on 2026-10-03")
@has_filter
@pytest.mark.parametrize(
    ("filters", "text"),
    [
        ({"NAME": "ann"}, f"1 validation error detected: {KEYS}"),
        ({"IDENTITY_TYPE": ""}, f"1 validation error detected: {EMPTY}"),
        ({"IDENTITY_NAME_CONTAINS": " ab "}, SHORT),
        ({"IDENTITY_NAME_CONTAINS": "\N{GRINNING FACE}" * 2}, SHORT),
        ({"IDENTITY_NAME_CONTAINS": "a" * 321}, LONG),
        ({"IDENTITY_TYPE": "domain"}, "Invalid identity type <domain> in filter."),
        ({"IDENTITY_TYPE": "MANAGED_DOMAIN"}, "Invalid identity type <MANAGED_DOMAIN> in filter."),
        ({"VERIFICATION_STATUS": "Pending"}, "Invalid verification status <Pending> in filter."),
        ({"VERIFICATION_STATUS": "NOT_STARTED"}, "Invalid verification status <NotStarted>."),
    ],
    ids=["key", "empty", "short", "characters", "long", "case", "managed", "status", "not-started"],
)
def test_malformed_filter_is_refused(client: Any, filters: dict[str, str], text: str) -> None:
    """A filter has known keys and values, and a part of a name has 3 to 320 characters."""
    assert refused(client.list_email_identities, Filter=filters) == bad(text)


@aws("inferred", "the validator reports all violations, as probed of tags")
@has_filter
def test_unknown_key_and_empty_value_are_reported_together(client: Any) -> None:
    """An unknown key and an empty value are two errors in one text."""
    answer = refused(client.list_email_identities, Filter={"NAME": ""}, PageSize=0)
    assert answer == bad(f"2 validation errors detected: {KEYS}; {EMPTY}")


@aws("reported", "floci, probed in us-west-2 on 2026-10-03")
@has_filter
def test_list_parameters_are_checked_in_order(client: Any) -> None:
    """The page size is checked first, then the filter's name, type and status, then the token."""
    wrong = {"IDENTITY_NAME_CONTAINS": "ab", "IDENTITY_TYPE": "X", "VERIFICATION_STATUS": "Y"}
    size = "Value 0 for parameter PageSize is invalid. PageSize must be between 1 and 1000."
    assert refused(client.list_email_identities, Filter=wrong, PageSize=0, NextToken="z") == bad(size)
    texts = [SHORT, "Invalid identity type <X> in filter.", "Invalid verification status <Y> in filter."]
    for key, text in zip(list(wrong), texts, strict=True):
        assert refused(client.list_email_identities, Filter=wrong, NextToken="z") == bad(text)
        del wrong[key]
    assert refused(client.list_email_identities, NextToken="z") == bad("Invalid NextToken <z>.")


# Pages.


@has_filter
def test_filtered_v2_pages_are_full(ses: SESStub, client: Any) -> None:
    """A filtered page is full if enough identities match."""
    for number in range(3):
        ses.add_identity(f"site{number}.example.com")
        ses.add_identity(f"user{number}@example.com")
    domains = {"PageSize": 3, "Filter": {"IDENTITY_TYPE": "DOMAIN"}}
    answer = client.list_email_identities(**domains)
    assert len(answer["EmailIdentities"]) == 3
    assert listed(client, NextToken=answer["NextToken"], **domains) == ["site2.example.com"]


@aws("reported", "floci, probed in us-west-2 on 2026-10-03")
@has_filter
def test_token_belongs_to_its_filter(client: Any) -> None:
    """A token continues only the list with the same filter; the error depends on whether the request has one."""
    filtered, whole = token(client, Filter={"IDENTITY_NAME_CONTAINS": "example"}), token(client)
    assert listed(client, Filter={"IDENTITY_NAME_CONTAINS": " EXAMPLE "}, NextToken=filtered) == [USER, OTHER]
    assert listed(client, Filter={}, NextToken=whole) == [USER, OTHER]
    assert refused(client.list_email_identities, NextToken=filtered) == bad(f"Invalid NextToken <{filtered}>.")
    for other, wrong in (("example.", filtered), ("example", whole)):
        answer = refused(client.list_email_identities, Filter={"IDENTITY_NAME_CONTAINS": other}, NextToken=wrong)
        assert answer == bad("Invalid NextToken.")


@aws("reported", "floci, probed on 2026-10-01: a token of another region is refused; of an account inferred")
@pytest.mark.parametrize("api", ["ses", "sesv2"])
@pytest.mark.parametrize("place", [{"region": "eu-west-1"}, {"account_id": "210987654321"}], ids=["region", "account"])
def test_token_belongs_to_its_region_and_account(ses: SESStub, client: Any, api: str, place: dict[str, str]) -> None:
    """A token of another region or account is refused by both APIs."""
    for name in STATUSES:
        ses.view(**place).add_identity(name)
    elsewhere = SESSION.create_client(
        api, place.get("region", "us-east-1"), aws_access_key_id=place.get("account_id", "x"), aws_secret_access_key="y"
    )
    call = elsewhere.list_identities if api == "ses" else elsewhere.list_email_identities
    wrong = token(client)
    code = "InvalidParameterValue" if api == "ses" else "BadRequestException"
    assert refused(call, NextToken=wrong) == (code, 400, f"Invalid NextToken <{wrong}>.")


@aws("reported", "floci, probed from 2026-09-25 on: a token belongs to the kind of thing that is listed")
def test_token_belongs_to_its_kind_of_list(client: Any) -> None:
    """A token of identities does not continue the list of templates."""
    wrong = token(client)
    answer = refused(make_client().list_custom_verification_email_templates, NextToken=wrong)
    assert answer == ("InvalidParameterValue", 400, f"Invalid nextToken <{wrong}>.")


@aws("reported", "floci, probed from 2026-09-25 on")
def test_v1_token_is_not_bound_to_the_type(client: Any) -> None:
    """A token of ListIdentities with a type also continues the list without it."""
    v1 = make_client()
    first = v1.list_identities(IdentityType="EmailAddress", MaxItems=1)
    assert first["Identities"] == [USER]
    assert v1.list_identities(NextToken=first["NextToken"])["Identities"] == [OTHER]


@pytest.mark.parametrize("cut", [1, -1, -5])
def test_changed_token_is_refused(client: Any, cut: int) -> None:
    """A token that was cut or changed is refused."""
    right = token(client)
    for wrong in (right[:cut], right[:-1] + chr(ord(right[-1]) ^ 1), f"{right}AAAA"):
        assert refused(client.list_email_identities, NextToken=wrong)[0] == "BadRequestException"
