"""Edge cases of requests: limits, pages, invalid names, and options that change answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from fidelity import aws

from ses_stub import VirtualClock, mock_ses_verify

SESSION = botocore.session.Session()


def make(**kwargs: Any) -> Any:
    once = Config(retries={"total_max_attempts": 1, "mode": "standard"})
    return SESSION.create_client("ses", region_name="us-east-1", config=once, **kwargs)


def statuses(client: Any, *names: str) -> dict[str, str]:
    answer = client.get_identity_verification_attributes(Identities=list(names))
    return {name: one["VerificationStatus"] for name, one in answer["VerificationAttributes"].items()}


def refusal(call: Callable[[], Any]) -> tuple[int, str, str]:
    """HTTP status, code and message of the error that a call raises."""
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    assert error["Type"] == "Sender"
    return caught.value.response["ResponseMetadata"]["HTTPStatusCode"], error["Code"], error["Message"]


# GetIdentityVerificationAttributes.


@aws("documented", 'Reference, GetIdentityVerificationAttributes: "up to 100 identities at a time"')
def test_hundred_identities_in_one_request() -> None:
    """GetIdentityVerificationAttributes answers a hundred identities in one request."""
    names = [f"u{number}@example.com" for number in range(100)]
    with mock_ses_verify(identities=names):
        assert statuses(make(), *names) == dict.fromkeys(names, "Success")


@aws("documented, unverified", "Reference: the limit; code, text and what it costs are not known", question="over-100")
def test_request_for_101_identities_is_refused() -> None:
    """101 identities in one request are refused with the list in the message, and cost a throttle token."""
    names = [f"u{number}@example.com" for number in range(101)]
    with mock_ses_verify(identities=names, clock=VirtualClock()) as ses:
        client, before = make(), (dict(ses.identities), ses.verification_emails)
        assert refusal(lambda: statuses(client, *names)) == (
            400,
            "ValidationError",
            f"1 validation error detected: Value '[{', '.join(names)}]' at 'identities' failed to satisfy"
            " constraint: Member must have length less than or equal to 100",
        )
        assert (dict(ses.identities), ses.verification_emails) == before
        assert refusal(lambda: statuses(client, "a.com"))[1] == "Throttling"


@pytest.mark.parametrize("most", [1, 3])
def test_max_identities_limits_the_request(most: int) -> None:
    """The option max_identities is the limit."""
    names = ["a.com", "b.com", "c.com", "d.com"]
    with mock_ses_verify(identities=names, max_identities=most, rate=None):
        assert len(statuses(make(), *names[:most])) == most
        assert f"less than or equal to {most}" in refusal(lambda: statuses(make(), *names[: most + 1]))[2]


def test_max_identities_none_removes_the_limit() -> None:
    """With max_identities=None any number is answered."""
    names = [f"u{number}@example.com" for number in range(250)]
    with mock_ses_verify(identities=names, max_identities=None):
        assert len(statuses(make(), *names)) == 250


@aws(
    "recorded, documented, unverified",
    "AWS CLI's example, terraform-provider-aws pull request 4108; of malformed names nothing is known",
    question="malformed-name",
)
def test_verification_attributes_omit_unknown_names() -> None:
    """Unknown and malformed names are omitted from the answer; the known ones are included."""
    with mock_ses_verify(identities=["example.com"]):
        asked = ("unknown.com", "example.com", "ann@example.com", "not a name", "")
        assert statuses(make(), *asked) == {"example.com": "Success"}


@aws(
    "inferred, unverified",
    "the recorded empty result of VerifyEmailIdentity; for an empty list nothing is known",
    question="empty-list",
)
@pytest.mark.parametrize("names", [[], ["unknown.com"]], ids=["empty list", "unknown"])
def test_unknown_identities_are_left_out(names: list[str]) -> None:
    """If no identity is known, the response holds an empty map."""
    with mock_ses_verify():
        assert make().get_identity_verification_attributes(Identities=names)["VerificationAttributes"] == {}


@aws(
    "recorded, unverified",
    "moto pull request 4050, compared with AWS; the case of a query's key is not known",
    question="key-casing",
)
def test_domain_is_matched_and_answered_in_lower_case() -> None:
    """A domain is matched without case, and returned in lower case."""
    with mock_ses_verify(identities=["Example.COM"]):
        assert statuses(make(), "eXample.com") == {"example.com": "Success"}


@aws("documented", 'Guide, creating-identities: "Email addresses are case sensitive"')
def test_address_is_compared_and_shown_exactly() -> None:
    """An address is compared and shown exactly as it is."""
    with mock_ses_verify(identities=["Ann@Example.com"]):
        assert statuses(make(), "ann@example.com", "Ann@Example.com") == {"Ann@Example.com": "Success"}


@aws("inferred", "the answer is a map, which has each key once")
def test_duplicates_are_answered_once() -> None:
    """A name asked for twice, in whatever case, is answered once."""
    with mock_ses_verify(identities=["example.com"]):
        assert statuses(make(), "example.com", "example.com", "EXAMPLE.com") == {"example.com": "Success"}


# ListIdentities.


@aws(
    "documented, unverified",
    "Reference, ListIdentities: MaxItems, NextToken; the order is not known",
    question="list-order",
)
@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
def test_pages_hold_each_identity_once(size: int) -> None:
    """The pages of ListIdentities list each identity once, in the order of registration."""
    names = ["d.com", "b@d.com", "a.com", "c@d.com", "e.com"]
    with mock_ses_verify(identities=names, rate=None) as ses:
        pages = make().get_paginator("list_identities").paginate(PaginationConfig={"PageSize": size})
        assert [name for page in pages for name in page["Identities"]] == names
        assert len(ses.calls) == -(-len(names) // size)


@aws("reported", "a comment of sharetribe's: 1000; the documentation names no default")
def test_list_page_has_1000_identities_by_default() -> None:
    """Without MaxItems a page of ListIdentities holds 1000 names. It has a NextToken only if more follow."""
    with mock_ses_verify(identities=[f"u{number}@a.com" for number in range(1001)], rate=None):
        client = make()
        first = client.list_identities()
        assert len(first["Identities"]) == 1000
        second = client.list_identities(NextToken=first["NextToken"])
        assert second["Identities"] == ["u1000@a.com"]
        assert "NextToken" not in second


@aws("documented", "Reference, ListIdentities: IdentityType")
@pytest.mark.parametrize(
    ("kind", "names"), [("EmailAddress", ["b@d.com", "c@d.com"]), ("Domain", ["d.com", "a.com"])], ids=str
)
def test_identity_type_filters_every_list_page(kind: str, names: list[str]) -> None:
    """IdentityType of ListIdentities lists one type only, also page by page."""
    with mock_ses_verify(identities=["d.com", "b@d.com", "a.com", "c@d.com"], rate=None):
        assert make().list_identities(IdentityType=kind)["Identities"] == names
        pages = make().get_paginator("list_identities").paginate(IdentityType=kind, MaxItems=1)
        assert [page["Identities"] for page in pages] == [[name] for name in names]


@aws("documented", 'Reference, ListIdentities: "regardless of verification status"')
def test_every_status_is_listed() -> None:
    """ListIdentities lists identities whatever their status."""
    identities = {"a.com": "Failed", "b.com": "Pending", "c.com": "NotStarted"}
    with mock_ses_verify(identities=identities):
        assert make().list_identities()["Identities"] == list(identities)


@aws("unverified", "the real form of NextToken is not known", question="deleted-between-pages")
def test_deleted_between_pages() -> None:
    """Deleting a name between two pages does not omit others from the list."""
    with mock_ses_verify(identities=["a.com", "b.com", "c.com"], rate=None):
        client = make()
        first = client.list_identities(MaxItems=2)
        client.delete_identity(Identity="a.com")
        client.delete_identity(Identity="b.com")
        assert client.list_identities(NextToken=first["NextToken"])["Identities"] == ["c.com"]


@aws("documented, reported", "Reference: 1 to 1000; moto: the type's text; floci, probed: the other texts")
@pytest.mark.parametrize(
    ("params", "code", "message"),
    [
        pytest.param(
            {"MaxItems": 0},
            "InvalidParameterValue",
            r"^Value 0 for parameter MaxItems is invalid\. MaxItems must be between 1 and 1000\.$",
            id="too few",
        ),
        pytest.param(
            {"MaxItems": 1001},
            "InvalidParameterValue",
            r"^Value 1001 for parameter MaxItems is invalid\. MaxItems must be between 1 and 1000\.$",
            id="too many",
        ),
        pytest.param(
            {"IdentityType": "Phone"},
            "ValidationError",
            r"'Phone' at 'identityType' .* enum value set: \[Domain, EmailAddress\]$",
            id="type",
        ),
        pytest.param({"NextToken": "made up"}, "InvalidParameterValue", r"^Invalid NextToken <made up>\.$", id="token"),
        pytest.param(
            {"NextToken": "YmVmb3JlOjE="},
            "InvalidParameterValue",
            r"^Invalid NextToken <YmVmb3JlOjE=>\.$",
            id="other token",
        ),
        pytest.param({"NextToken": "YWZ0ZXI6eA=="}, "InvalidParameterValue", "^Invalid NextToken <", id="no number"),
        pytest.param({"NextToken": "ü"}, "InvalidParameterValue", "^Invalid NextToken <ü>", id="not ASCII"),
    ],
)
def test_invalid_list_parameters_are_refused(params: dict[str, Any], code: str, message: str) -> None:
    """ListIdentities refuses invalid numbers, types and tokens."""
    with mock_ses_verify(identities=["a.com"]):
        status, found, text = refusal(lambda: make().list_identities(**params))
    assert (status, found) == (400, code)
    assert re.search(message, text)


# Names that SES refuses.


@aws("recorded, reported", "Optum/dce issue 143: the text; floci, probed: which addresses are refused")
@pytest.mark.parametrize(
    "address",
    ["", "ann", "ann@", "@example.com", "a b@example.com", "a@b@example.com", "ann@exa mple.com", "ü@example.com",
     "<ann@example.com>", "a" * 309 + "@example.com"],
)  # fmt: skip
def test_malformed_address_is_not_registered(address: str) -> None:
    """VerifyEmailIdentity refuses a malformed address, and registers nothing."""
    with mock_ses_verify() as ses:
        expected = (400, "InvalidParameterValue", f"Invalid email address<{address}>.")
        assert refusal(lambda: make().verify_email_identity(EmailAddress=address)) == expected
        assert ses.identities == {}
        assert ses.verification_emails == []


@aws("reported", "floci, probed with SendCustomVerificationEmail")
@pytest.mark.parametrize("address", ["a@b", "ann+tag@example.com", '"a@b"@example.com', "a" * 308 + "@example.com"])
def test_unusual_valid_address_is_registered(address: str) -> None:
    """An address may have a domain of one label, a tag, a quoted @, and 320 characters; it is kept as given."""
    with mock_ses_verify() as ses:
        make().verify_email_identity(EmailAddress=address)
        assert list(ses.identities) == [address]


@aws("recorded, inferred", "hashicorp/terraform issue 17630: the text, the final dot; the rest as names of hosts")
@pytest.mark.parametrize(
    "domain",
    ["", "example", "example.com.", "exam ple.com", "a..com", "-a.com", "a-.com", "ann@example.com", "ü.com",
     "a" * 64 + ".com", ".".join(["a" * 49] * 6)],
)  # fmt: skip
def test_malformed_domain_is_not_registered(domain: str) -> None:
    """VerifyDomainIdentity refuses a malformed domain, and registers nothing."""
    with mock_ses_verify() as ses:
        expected = (400, "InvalidParameterValue", f"Invalid domain name {domain}.")
        assert refusal(lambda: make().verify_domain_identity(Domain=domain)) == expected
        assert ses.identities == {}


@aws("recorded", "botocore's unit tests, errors/ses-delete-identity.xml")
@pytest.mark.parametrize("name", ["", "foobar", "a@b@c.com"])
def test_deleting_a_malformed_name_is_refused(name: str) -> None:
    """DeleteIdentity refuses a name that is neither an address nor a domain."""
    message = f"Identity {name} is invalid. Must be a verified email address or domain."
    with mock_ses_verify():
        assert refusal(lambda: make().delete_identity(Identity=name)) == (400, "InvalidParameterValue", message)


@aws("inferred", "terraform-provider-aws takes no care of one that is not found; nothing is recorded")
def test_delete_of_known_and_unknown_identities() -> None:
    """DeleteIdentity deletes an identity; deleting an unknown one is no error."""
    with mock_ses_verify(identities=["example.com", "ann@example.com"], rate=None) as ses:
        for name in ("EXAMPLE.com", "example.com", "unknown.com"):
            make().delete_identity(Identity=name)
        assert list(ses.identities) == ["ann@example.com"]


# Options that change answers.


def test_auto_verify_true_makes_success_immediately() -> None:
    """With auto_verify=True a registered identity is Success immediately."""
    with mock_ses_verify(auto_verify=True, rate=None):
        client = make()
        client.verify_email_identity(EmailAddress="ann@example.com")
        client.verify_domain_identity(Domain="example.com")
        expected = {"ann@example.com": "Success", "example.com": "Success"}
        assert statuses(client, "ann@example.com", "example.com") == expected


def test_auto_verify_timedelta_confirms_exactly_then() -> None:
    """With a timedelta the identity is verified after exactly that time."""
    with mock_ses_verify(auto_verify=timedelta(minutes=5), clock=VirtualClock(), rate=None) as ses:
        client = make()
        client.verify_email_identity(EmailAddress="ann@example.com")
        client.verify_domain_identity(Domain="example.com")
        ses.clock.advance(timedelta(minutes=5) - timedelta(microseconds=1))
        assert set(statuses(client, "ann@example.com", "example.com").values()) == {"Pending"}
        ses.clock.advance(timedelta(microseconds=1))
        assert set(statuses(client, "ann@example.com", "example.com").values()) == {"Success"}


def test_auto_verify_leaves_seeds() -> None:
    """Seeds keep their given status."""
    with mock_ses_verify(auto_verify=True, identities={"example.com": "Pending"}):
        assert statuses(make(), "example.com") == {"example.com": "Pending"}


@pytest.mark.parametrize(
    ("options", "passed"),
    [
        pytest.param({}, [0, 10, 20], id="one a second"),
        pytest.param({"rate": 2}, [0, 5, 10, 15, 20], id="two a second"),
        pytest.param({"rate": 0.5}, [0, 20], id="one in two seconds"),
        pytest.param({"burst": 3}, [0, 1, 2, 10, 20], id="burst"),
        pytest.param({"rate": None}, list(range(21)), id="none"),
    ],
)
def test_rate_and_burst(options: dict[str, Any], passed: list[int]) -> None:
    """Rate and burst limit how many calls pass, at one call per 0.1 s for two seconds."""
    with mock_ses_verify(clock=VirtualClock(), **options) as ses:
        client = make()
        for _ in range(21):
            with suppress(ClientError):
                client.list_identities()
            ses.clock.advance(seconds=0.1)
        assert [tick for tick, call in enumerate(ses.calls) if call.error_code is None] == passed
        assert {call.error_code for call in ses.calls} <= {None, "Throttling"}


def test_rate_is_per_operation() -> None:
    """Each operation, region and account has its own throttle."""
    with mock_ses_verify(clock=VirtualClock()):
        make().list_identities()
        make().verify_domain_identity(Domain="a.com")
        make(aws_access_key_id="210987654321", aws_secret_access_key="x").list_identities()
        SESSION.create_client("ses", region_name="eu-west-1").list_identities()
        assert refusal(make().list_identities) == (400, "Throttling", "Rate exceeded")
