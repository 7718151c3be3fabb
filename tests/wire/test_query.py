"""Query bodies that botocore would not write: from other SDKs, by hand, or invalid."""

from __future__ import annotations

from typing import Any

import pytest
from fidelity import aws

from ses_stub._core.aws_errors import AWSError
from ses_stub._wire.query import decode, parse_query, route

GET = "GetIdentityVerificationAttributes"
MISSING = "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null"

READ: dict[str, tuple[str, str, dict[str, Any]]] = {
    "members out of order": (GET, "Identities.member.2=b&Identities.member.1=a", {"Identities": ["a", "b"]}),
    "members with gaps": (GET, "Identities.member.30=c&Identities.member.4=b", {"Identities": ["b", "c"]}),
    "ten comes after nine": (
        GET,
        "&".join(f"Identities.member.{i}={i}" for i in range(12, 0, -1)),
        {"Identities": [str(i) for i in range(1, 13)]},
    ),
    "the last of two equal names": (GET, "Identities.member.1=a&Identities.member.1=b", {"Identities": ["b"]}),
    "an empty list": (GET, "Identities=", {"Identities": []}),
    "an empty list that has members": (GET, "Identities=&Identities.member.1=a", {"Identities": ["a"]}),
    "members of a list said to be empty": (GET, "Identities.member.1=a&Identities=", {"Identities": ["a"]}),
    "an empty member": (GET, "Identities.member.1=", {"Identities": [""]}),
    "a member without a sign": (GET, "Identities.member.1", {"Identities": [""]}),
    "a value with signs": (GET, "Identities.member.1=a=b", {"Identities": ["a=b"]}),
    "percent and plus": (GET, "Identities.member.1=a%2Bb%40c+d", {"Identities": ["a+b@c d"]}),
    "an escaped name": (GET, "Identities%2Emember%2E1=a", {"Identities": ["a"]}),
    "what the operation doesn't know": (GET, "Identities.member.1=a&X.y=1&AWSAccessKeyId=k", {"Identities": ["a"]}),
    "what follows the members": (GET, "Identities.member.1=a&Identities.member.2=b&X=1", {"Identities": ["a", "b"]}),
    "no parameters": ("ListIdentities", "", {}),
    "an integer": ("ListIdentities", "MaxItems=7", {"MaxItems": 7}),
    "an integer below zero": ("ListIdentities", "MaxItems=-1", {"MaxItems": -1}),
    "an operation without input": ("GetSendQuota", "MaxItems=7", {}),
}


@aws(
    "recorded, unverified",
    "terraform-provider-aws pull request 2640: a request; for odd ones nothing is known",
    question="raw-requests",
)
@pytest.mark.parametrize(("operation", "query", "params"), READ.values(), ids=READ)
@pytest.mark.parametrize("first", [True, False], ids=["action first", "action last"])
def test_parameters_are_read_in_any_order(operation: str, query: str, params: dict[str, Any], first: bool) -> None:
    """Lists are read by the numbers of their members and unknown parameters are ignored, wherever the action is."""
    action = f"Action={operation}&Version=2010-12-01"
    body = f"{action}&{query}" if first else f"{query}&{action}"
    assert route(body) == operation
    assert decode(body, operation) == params


LIST = "Top level element may not be treated as a list"
START = "Start of list found where not expected"
COMPLEX = "Unexpected complex element termination"
REFUSED: dict[str, tuple[str, str, str, str]] = {
    "a text for a list": (GET, "Identities=a", "MalformedInput", LIST),
    "a list of one member without a number": (GET, "Identities.member=a", "MalformedInput", START),
    "a member whose number is a word": (GET, "Identities.member.one=a", "MalformedInput", START),
    "a member whose number is negative": (GET, "Identities.member.-1=a", "MalformedInput", START),
    "a member whose number is endless": (GET, f"Identities.member.{'1' * 5000}=a", "MalformedInput", START),
    "a structure for a text": (GET, "Identities.member.1.Name=a", "MalformedInput", COMPLEX),
    "a list for a text": ("DeleteIdentity", "Identity.member.1=a", "MalformedInput", COMPLEX),
    "a text for a structure": (
        "SendEmail",
        "Source=a&Destination=b&Message.Subject.Data=c&Message.Body.Text.Data=d",
        "MalformedInput",
        "Unexpected simple element where a structure was expected",
    ),
    "no integer": ("ListIdentities", "MaxItems=many", "MalformedInput", ""),
    "an integer with an underscore": ("ListIdentities", "MaxItems=1_0", "MalformedInput", ""),
    "an integer in other digits": ("ListIdentities", "MaxItems=%D9%A3", "MalformedInput", ""),
    "an endless integer": ("ListIdentities", f"MaxItems={'1' * 5000}", "MalformedInput", ""),
    "an empty integer": ("ListIdentities", "MaxItems=", "MalformedInput", "missing value for decimal type"),
    "no boolean": (
        "SetIdentityDkimEnabled",
        "Identity=a&DkimEnabled=yes",
        "MalformedInput",
        "Unexpected value for a boolean",
    ),
    "no base64": ("SendRawEmail", "RawMessage.Data=a", "MalformedInput", "Unexpected value for a blob"),
    "a missing list": (GET, "", "ValidationError", MISSING.format("identities")),
    "a missing text": ("VerifyEmailIdentity", "Email=a%40b", "ValidationError", MISSING.format("emailAddress")),
    "a missing domain": ("VerifyDomainIdentity", "", "ValidationError", MISSING.format("domain")),
    "a missing identity": ("DeleteIdentity", "", "ValidationError", MISSING.format("identity")),
}


@aws(
    "recorded, reported, unverified",
    "ex-aws/ex_aws_ses: a text for a list; okamos/php-ses: a missing list; the rest is not known",
    question="raw-requests",
)
@pytest.mark.parametrize(("operation", "query", "code", "message"), REFUSED.values(), ids=REFUSED)
def test_unreadable_or_missing_parameters_are_errors(operation: str, query: str, code: str, message: str) -> None:
    """An unreadable parameter is MalformedInput, a missing one is ValidationError, both with 400 and type Sender."""
    with pytest.raises(AWSError) as error:
        decode(f"Action={operation}&Version=2010-12-01&{query}", operation)
    assert (error.value.code, error.value.message) == (code, message)
    assert (error.value.status, error.value.fault) == (400, "Sender")


@pytest.mark.parametrize(
    ("body", "operation"),
    [
        ("Action=ListIdentities", "ListIdentities"),
        ("Version=2010-12-01&Action=ListIdentities&MaxItems=1", "ListIdentities"),
        ("NotAction=ListIdentities", ""),
        ("Identity=Action%3DListIdentities", ""),
        ("Action=", ""),
        ("", ""),
    ],
)
def test_action_names_the_operation(body: str, operation: str) -> None:
    """The action names the operation; a body without an action names none."""
    assert route(body) == operation


def test_names_and_values_are_unescaped() -> None:
    """Names and values are both unescaped."""
    assert parse_query("a%2E1=b%26c&d=+") == {"a.1": "b&c", "d": " "}
