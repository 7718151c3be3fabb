"""SES v2: the details of an account, which AWS reviews before it grants production access."""

from __future__ import annotations

from typing import Any

import pytest
from clients import SESSION, answered, make_client, refused, shared_client
from fidelity import aws

from ses_stub import SESStub, VirtualClock, mock_ses_verify

DETAILS: dict[str, Any] = {
    "MailType": "TRANSACTIONAL",
    "WebsiteURL": "https://example.com",
    "ContactLanguage": "EN",
    "UseCaseDescription": "Receipts.",
    "AdditionalContactEmailAddresses": ["team@example.com"],
}
REQUIRED = SESSION.get_service_model("sesv2").shape_for("PutAccountDetailsRequest").required_members


@pytest.fixture
def client(ses: SESStub) -> Any:
    return shared_client("sesv2", parameter_validation=False)


def put(client: Any, **changes: Any) -> Any:
    return answered(client.put_account_details(**DETAILS | changes))


def details(client: Any) -> Any:
    return client.get_account().get("Details")


def invalid(*violations: str) -> tuple[str, int, str]:
    """The error for values that the service model does not allow."""
    count = f"{len(violations)} validation error{'s' if len(violations) > 1 else ''} detected"
    text = "; ".join(f"Value at {one}" for one in violations)
    return "BadRequestException", 400, f"{count}: {text}"


@aws("reported", "floci pull request 2498, probed: GetAccount has no Details before")
def test_account_details_are_shown_once_given(client: Any) -> None:
    """GetAccount shows the details of the account once they are given, with AWS's review."""
    assert details(client) is None
    assert put(client) == {}
    shown = details(client)
    assert shown.pop("ReviewDetails").keys() == {"Status", "CaseId"}
    assert shown == DETAILS


@pytest.mark.skipif("UseCaseDescription" in REQUIRED, reason="this botocore requires a description")
@aws("documented", "service model, PutAccountDetails: only type and website are required")
def test_account_details_are_replaced_as_a_whole(client: Any) -> None:
    """New details replace the old ones; what is not given any more is gone."""
    put(client)
    client.put_account_details(MailType="MARKETING", WebsiteURL="https://example.org")
    shown = details(client)
    del shown["ReviewDetails"]
    assert shown == {"MailType": "MARKETING", "WebsiteURL": "https://example.org"}


@aws("documented", 'Guide, "Regions": production access is granted for each')
def test_each_region_has_its_own_account_details(client: Any) -> None:
    """The details belong to a region."""
    put(client)
    assert details(make_client("sesv2", "eu-west-1")) is None


# The review.


@aws("recorded", "a case's id has 15 digits; that the review is over outside the sandbox is inferred")
def test_review_is_granted_in_production(client: Any) -> None:
    """With production access the review is granted, and the details may be changed at any time."""
    put(client)
    review = details(client)["ReviewDetails"]
    assert review["Status"] == "GRANTED"
    assert len(review["CaseId"]) == 15
    assert review["CaseId"].isdigit()
    put(client, MailType="MARKETING")
    assert details(client) == DETAILS | {"MailType": "MARKETING", "ReviewDetails": review}


@aws("documented", "service model, ReviewDetails.Status and ConflictException; that the review never ends is ours")
def test_review_is_pending_in_the_sandbox() -> None:
    """In the sandbox the details are reviewed, production access is not granted, and new details are refused."""
    with mock_ses_verify(rate=None, clock=VirtualClock(), production_access=False) as ses:
        client = make_client("sesv2")
        put(client, ProductionAccessEnabled=True)
        ses.clock.advance(days=30)
        assert details(client)["ReviewDetails"]["Status"] == "PENDING"
        assert client.get_account()["ProductionAccessEnabled"] is False
        error = ("ConflictException", 409, "There is already an ongoing account details update under review.")
        assert refused(put, client=client, MailType="MARKETING") == error
        assert details(client)["MailType"] == "TRANSACTIONAL"


@aws("reported", "floci pull request 2498: the flag is no part of the details")
@pytest.mark.parametrize("wanted", [True, False])
def test_asking_for_production_access_changes_nothing_by_itself(client: Any, wanted: bool) -> None:
    """ProductionAccessEnabled is a wish: what GetAccount shows is the account's own."""
    put(client, ProductionAccessEnabled=wanted)
    assert client.get_account()["ProductionAccessEnabled"] is True
    assert "ProductionAccessEnabled" not in details(client)


# Refused requests.


@aws("reported", "floci pull request 2498, probed: what is missing is named in one error")
def test_missing_account_details_are_named_together(client: Any) -> None:
    """A request without the required members names all of them."""
    names = [name[0].lower() + name[1:] for name in REQUIRED]
    error = invalid(*(f"'{name}' failed to satisfy constraint: Member must not be null" for name in names))
    assert refused(client.put_account_details) == error


CONTACT = (
    "'additionalContactEmailAddresses' failed to satisfy constraint: Member must satisfy constraint: "
    "[Member must have length less than or equal to 254, Member must have length greater than or equal to 6, "
    "Member must satisfy regular expression pattern: ^(.+)@(.+)$]"
)


def _length(member: str, bound: str, length: int) -> str:
    return f"'{member}' failed to satisfy constraint: Member must have length {bound} than or equal to {length}"


OUTSIDE: dict[str, tuple[dict[str, Any], list[str]]] = {
    "type": (
        {"MailType": "SPAM"},
        ["'mailType' failed to satisfy constraint: Member must satisfy enum value set: [MARKETING, TRANSACTIONAL]"],
    ),
    "language": (
        {"ContactLanguage": "FR"},
        ["'contactLanguage' failed to satisfy constraint: Member must satisfy enum value set: [EN, JA]"],
    ),
    "empty website": ({"WebsiteURL": ""}, [_length("websiteURL", "greater", 1)]),
    "long website": ({"WebsiteURL": f"https://example.com/{'a' * 981}"}, [_length("websiteURL", "less", 1000)]),
    "long description": ({"UseCaseDescription": "x" * 5001}, [_length("useCaseDescription", "less", 5000)]),
    "two of them": (
        {"WebsiteURL": "", "UseCaseDescription": "x" * 5001},
        [_length("websiteURL", "greater", 1), _length("useCaseDescription", "less", 5000)],
    ),
    "no contacts": (
        {"AdditionalContactEmailAddresses": []},
        [_length("additionalContactEmailAddresses", "greater", 1)],
    ),
    "five contacts": (
        {"AdditionalContactEmailAddresses": ["ann@example.com"] * 5},
        [_length("additionalContactEmailAddresses", "less", 4)],
    ),
    "short contact": ({"AdditionalContactEmailAddresses": ["a@b"]}, [CONTACT]),
    "contact without @": ({"AdditionalContactEmailAddresses": ["example.com"]}, [CONTACT]),
}


@aws("reported", "floci pull request 2498, probed")
@pytest.mark.parametrize(("changes", "violations"), OUTSIDE.values(), ids=OUTSIDE)
def test_account_details_outside_the_model_are_refused(
    client: Any, changes: dict[str, Any], violations: list[str]
) -> None:
    """Values that the service model does not allow are refused, and change nothing."""
    assert refused(put, client=client, **changes) == invalid(*violations)
    assert details(client) is None


@aws("documented", "service model: the bounds of PutAccountDetails")
def test_longest_account_details_are_accepted(client: Any) -> None:
    """Each of the bounds may be reached."""
    longest = {
        "WebsiteURL": f"https://example.com/{'a' * 980}",
        "UseCaseDescription": "x" * 5000,
        "AdditionalContactEmailAddresses": ["a@b.co", "ann@example.com", "bob@example.com", f"{'x' * 248}@b.co"],
    }
    put(client, **longest)
    assert {name: details(client)[name] for name in longest} == longest


@aws("reported", "floci pull request 2498, probed; users report that the top-level domain is looked at")
@pytest.mark.parametrize("url", ["not a url", "example.com", "https://", "https://localhost", "https://[::1"])
def test_website_must_have_a_url_in_a_domain(client: Any, url: str) -> None:
    """The website is a URL of the web with a domain."""
    assert refused(put, client=client, WebsiteURL=url) == ("BadRequestException", 400, "Url contains invalid format")
