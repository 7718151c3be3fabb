"""Sending authorization policies of an identity: named documents that are stored but not applied."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from clients import make_client, refused, shared_client
from fidelity import aws

from ses_stub import SESStub, VirtualClock, mock_ses_verify

SITE, USER = "example.com", "ann@example.com"
ARN = f"arn:aws:ses:us-east-1:123456789012:identity/{SITE}"


def policy(action: str = "ses:SendEmail") -> str:
    """A document that lets another account send."""
    statement = {"Effect": "Allow", "Principal": {"AWS": "210987654321"}, "Action": action, "Resource": ARN}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))


@pytest.fixture
def ses() -> Iterator[SESStub]:
    with mock_ses_verify(rate=None, clock=VirtualClock(), identities=[SITE, USER]) as stub:
        yield stub


@pytest.fixture
def client(ses: SESStub) -> Any:
    return shared_client(parameter_validation=False)


def put(client: Any, name: str = "one", document: str | None = None, identity: str = SITE) -> None:
    client.put_identity_policy(Identity=identity, PolicyName=name, Policy=document or policy())


def get(client: Any, *names: str, identity: str = SITE) -> Any:
    return client.get_identity_policies(Identity=identity, PolicyNames=list(names))["Policies"]


def listed(client: Any, identity: str = SITE) -> Any:
    return client.list_identity_policies(Identity=identity)["PolicyNames"]


# Create, read, delete.


@aws("documented", "Reference, PutIdentityPolicy and GetIdentityPolicies")
@pytest.mark.parametrize("identity", [SITE, USER])
def test_put_policy_is_returned_unchanged(client: Any, identity: str) -> None:
    """A policy of a domain or an address is returned unchanged."""
    put(client, identity=identity)
    assert get(client, "one", identity=identity) == {"one": policy()}


@aws("reported", "floci pull request 1750, probed; all recorded policies are compact")
def test_policy_is_kept_without_white_space(client: Any) -> None:
    """A policy is kept without the white space between its parts; nothing else of it changes."""
    put(
        client,
        document='{ "Id":\t"a  \\"b\\" \\u00e9 { }",\r\n  "Statement" : [ { "Effect" : "Allow", "Id":1.0 } ] }\n',
    )
    assert get(client, "one") == {"one": '{"Id":"a  \\"b\\" \\u00e9 { }","Statement":[{"Effect":"Allow","Id":1.0}]}'}


@aws("documented", 'Reference, PutIdentityPolicy: "Adds or updates"')
def test_second_policy_of_a_name_replaces_the_first(client: Any) -> None:
    """A second policy of the same name replaces the first."""
    put(client)
    put(client, document=policy("ses:SendRawEmail"))
    assert listed(client) == ["one"]
    assert get(client, "one") == {"one": policy("ses:SendRawEmail")}


@aws("reported", "floci, probed: only the names asked for, missing ones left out")
def test_unknown_policy_names_are_omitted(client: Any) -> None:
    """Requested policies that exist are returned, each once."""
    for name in ("a", "b", "c"):
        put(client, name)
    assert get(client, "c", "a", "x", "a") == {"a": policy(), "c": policy()}
    assert get(client, "x") == {}
    assert get(client) == {}


@aws("reported", "floci, probed: sorted")
def test_policy_names_are_listed_sorted(client: Any) -> None:
    """Policy names are listed sorted."""
    for name in ("b", "a-1", "C", "a_1"):
        put(client, name)
    assert listed(client) == ["C", "a-1", "a_1", "b"]


@aws("documented", 'Reference, DeleteIdentityPolicy: successful "even if a policy … does not exist"')
def test_deleted_policy_is_gone_and_others_stay(client: Any) -> None:
    """A deleted policy is gone and others stay. Deleting it again is no error."""
    put(client, "one")
    put(client, "two")
    for _ in range(2):
        client.delete_identity_policy(Identity=SITE, PolicyName="one")
        assert listed(client) == ["two"]


@aws("inferred", "a new registration has nothing of a deleted one")
def test_deleting_the_identity_deletes_its_policies(client: Any) -> None:
    """Deleting an identity deletes its policies."""
    put(client)
    client.delete_identity(Identity=SITE)
    client.verify_domain_identity(Domain=SITE)
    assert listed(client) == []


def test_each_identity_has_its_own_policies(ses: SESStub, client: Any) -> None:
    """An address does not have the policies of its domain, nor a domain those of another region."""
    ses.view(region="eu-west-1").add_identity(SITE)
    put(client)
    assert listed(client, USER) == []
    assert listed(make_client(region="eu-west-1")) == []


@aws("documented", "Reference, the four operations: name or ARN")
def test_policy_operations_accept_arn_and_any_case(client: Any) -> None:
    """All four operations accept the identity's ARN, and a domain in any case."""
    put(client, identity=ARN)
    put(client, "two", identity="EXAMPLE.COM")
    assert listed(client, ARN) == listed(client, "Example.Com") == listed(client) == ["one", "two"]
    assert get(client, "one", identity=ARN) == {"one": policy()}
    client.delete_identity_policy(Identity=ARN, PolicyName="one")
    assert listed(client) == ["two"]


@aws("inferred", "Terraform's acceptance tests put policies on domains that are never verified")
def test_unverified_identity_can_have_policies(ses: SESStub, client: Any) -> None:
    """An unverified identity can have policies."""
    ses.add_identity("example.org", "Pending")
    put(client, identity="example.org")
    assert listed(client, "example.org") == ["one"]


# Unknown identities.


@aws(
    "documented", 'Reference, PutIdentityPolicy: "you must own the identity"; floci takes any; the error is unverified'
)
@pytest.mark.parametrize("name", ["example.org", "bob@example.com", ARN.replace("us-east-1", "eu-west-1")])
def test_put_for_unknown(ses: SESStub, client: Any, name: str) -> None:
    """A policy cannot be added to an unknown identity."""
    assert refused(client.put_identity_policy, Identity=name, PolicyName="one", Policy=policy()) == (
        "InvalidParameterValue",
        400,
        f"Identity {name} is invalid. Must be a verified email address or domain.",
    )
    assert name not in ses.identities


@aws("reported", "floci, probed: no check of the identity; the reference says otherwise")
def test_others_of_unknown(client: Any) -> None:
    """An unknown identity has no policies; listing, reading or deleting them is no error."""
    assert listed(client, "example.org") == []
    assert get(client, "one", identity="example.org") == {}
    client.delete_identity_policy(Identity="example.org", PolicyName="one")


# Refused requests.

NAME_RULE = "PolicyName is invalid. Policy names must only include alpha-numeric characters, dashes, and underscores."
LENGTH_RULE = (
    "1 validation error detected: Value at 'policyName' failed to satisfy constraint:"
    " Member must have length less than or equal to 64"
)
NAMES = {
    "dot": ("a.b", "InvalidParameterValue", NAME_RULE),
    "space": ("a b", "InvalidParameterValue", NAME_RULE),
    "final newline": ("a\n", "InvalidParameterValue", NAME_RULE),
    "umlaut": ("ä", "InvalidParameterValue", NAME_RULE),
    "empty": ("", "InvalidParameterValue", NAME_RULE),
    "too long": ("x" * 65, "ValidationError", LENGTH_RULE),
    "too long and wrong": ("." * 65, "ValidationError", LENGTH_RULE),
}


@aws("reported", "floci, probed")
@pytest.mark.parametrize(("name", "code", "text"), NAMES.values(), ids=NAMES)
def test_malformed_policy_name_is_refused(client: Any, name: str, code: str, text: str) -> None:
    """A policy name must have 1 to 64 letters, digits, dashes and underscores."""
    assert refused(client.put_identity_policy, Identity=SITE, PolicyName=name, Policy=policy()) == (code, 400, text)
    assert listed(client) == []


@aws("documented", "Reference, PutIdentityPolicy: 64 alphanumeric characters, dashes, underscores")
@pytest.mark.parametrize("name", ["x", "x" * 64, "-", "_", "Az09-_"])
def test_every_valid_policy_name_is_accepted(client: Any, name: str) -> None:
    """Every valid policy name is accepted."""
    put(client, name)
    assert listed(client) == [name]


DOCUMENTS = {
    "empty": "",
    "no JSON": "{",
    "too deep": "[" * 4000,
    "a list": "[]",
    "a text": '"Statement"',
    "no statement": '{"Version":"2012-10-17"}',
    "empty statement": '{"Statement":[]}',
}


@aws("documented", "Reference, PutIdentityPolicy: InvalidPolicy; the text is unverified")
@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_malformed_policy_document_is_refused(client: Any, document: str) -> None:
    """A policy must be a JSON object with at least one statement. The error has its own class in botocore."""
    with pytest.raises(client.exceptions.InvalidPolicyException) as caught:
        client.put_identity_policy(Identity=SITE, PolicyName="one", Policy=document)
    assert isinstance(caught.value, ClientError)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert caught.value.response["Error"]["Code"] == "InvalidPolicy"
    assert caught.value.response["Error"]["Message"] == "Policy is not a valid policy document"
    assert listed(client) == []


@aws("documented", 'Reference, PutIdentityPolicy: "4 KB"; the text is unverified')
def test_policy_over_4096_bytes_is_refused(client: Any) -> None:
    """A policy may have at most 4096 bytes of UTF-8."""
    frame = '{"Statement":"%s"}'
    fits = frame % ("é" * 2040)
    assert len(fits.encode()) == 4096
    put(client, document=fits)
    assert refused(client.put_identity_policy, Identity=SITE, PolicyName="two", Policy=frame % ("é" * 2040 + "x")) == (
        "InvalidPolicy",
        400,
        "Policy is longer than 4096 bytes",
    )
    assert listed(client) == ["one"]


@aws("reported", "floci, probed; the limit is documented")
def test_identity_may_have_20_policies(client: Any) -> None:
    """An identity may have 20 policies. One can still be replaced, and another added after a deletion."""
    names = [f"p{i:02}" for i in range(20)]
    for name in names:
        put(client, name)
    assert refused(client.put_identity_policy, Identity=SITE, PolicyName="more", Policy=policy()) == (
        "InvalidParameterValue",
        400,
        f"Number of policies for <{SITE}> exceeds max allowed number of policies per resource",
    )
    put(client, "p00", policy("ses:SendRawEmail"))
    assert listed(client) == names
    client.delete_identity_policy(Identity=SITE, PolicyName="p00")
    put(client, "more")
    assert listed(client) == ["more", *names[1:]]


@aws("documented", 'Reference, GetIdentityPolicies: "a maximum of 20 policies at a time"; the error is unverified')
@pytest.mark.parametrize("identity", [SITE, "example.org"], ids=["known", "unknown"])
def test_too_many_asked_for(client: Any, identity: str) -> None:
    """At most 20 policies can be requested at a time."""
    names = [f"p{i}" for i in range(21)]
    assert get(client, *names[:20], identity=identity) == {}
    assert refused(client.get_identity_policies, Identity=identity, PolicyNames=names) == (
        "ValidationError",
        400,
        f"1 validation error detected: Value '[{', '.join(names)}]' at 'policyNames' failed to satisfy constraint:"
        " Member must have length less than or equal to 20",
    )
