"""SES v2: tags of identities, which are named by ARN."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from clients import answered, refused, shared_client
from fidelity import aws

from ses_stub import SESStub, mock_ses_verify

SITE = "example.com"
ACCOUNT = "123456789012"
ARN = f"arn:aws:ses:us-east-1:{ACCOUNT}:identity/{SITE}"
ELSEWHERE = ARN.replace("us-east-1", "eu-west-1")
TOO_MANY = (
    "Maximum of 50 user tags are allowed per resource, consider reducing the number of tags in the request{}".format
)
TOO_LONG = "Value at 'tags.{}.member.{}' failed to satisfy constraint: Member must have length less than or equal to {}"


@pytest.fixture
def ses() -> Iterator[SESStub]:
    with mock_ses_verify(rate=None, identities=[SITE]) as stub:
        yield stub


@pytest.fixture
def client(ses: SESStub) -> Any:
    return shared_client("sesv2")


def pairs(**tags: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def many(count: int, start: int = 0) -> list[dict[str, str]]:
    return pairs(**{f"key{number}": "a" for number in range(start, start + count)})


def tags(client: Any, arn: str = ARN) -> Any:
    found = answered(client.list_tags_for_resource(ResourceArn=arn))
    return {tag["Key"]: tag["Value"] for tag in found["Tags"]}


def tag(client: Any, *added: dict[str, str], arn: str = ARN) -> Any:
    return client.tag_resource(ResourceArn=arn, Tags=list(added))


def test_tags_are_added_replaced_and_removed(client: Any) -> None:
    """Tags are added, replaced by key, and removed; removing an unknown tag is no error."""
    assert tags(client) == {}
    assert answered(tag(client, *pairs(team="red", stage="test"))) == {}
    tag(client, *pairs(team="blue", cost="7"))
    assert tags(client) == {"team": "blue", "stage": "test", "cost": "7"}
    assert answered(client.untag_resource(ResourceArn=ARN, TagKeys=["stage", "none"])) == {}
    assert tags(client) == {"team": "blue", "cost": "7"}


def test_created_with_tags(client: Any) -> None:
    """An identity can be created with tags, and shows them."""
    client.create_email_identity(EmailIdentity="ann@example.com", Tags=pairs(team="red"))
    assert client.get_email_identity(EmailIdentity="ann@example.com")["Tags"] == pairs(team="red")
    assert tags(client, ARN.replace(SITE, "ann@example.com")) == {"team": "red"}


WRONG = [
    (many(51), TOO_MANY("")),
    (pairs(a="b#"), "Tags can only contain letters, numbers, spaces, and the following special"),
    (pairs(a="b\tc"), "Tags can only contain letters, numbers, spaces, and the following special"),
    ([{"Key": "a!", "Value": "b"}], "Tags can only contain letters, numbers, spaces, and the following special"),
    ([{"Key": "AWS:a", "Value": "b"}], "Caller is an end user and not allowed to mutate system tags"),
    (pairs(a="b", c="d" * 257), f"1 validation error detected: {TOO_LONG.format(2, 'value', 256)}"),
    (
        pairs(**{"k" * 129: "v" * 257}),
        f"2 validation errors detected: {TOO_LONG.format(1, 'value', 256)}; {TOO_LONG.format(1, 'key', 128)}",
    ),
    (pairs(a="b") * 2, "Cannot provide multiple tags with the same key"),
]


@aws("reported", "floci, probed")
@pytest.mark.parametrize(
    ("wrong", "text"),
    WRONG,
    ids=["many", "value", "white-space", "key", "system", "long-value", "long-key", "twice"],
)
def test_malformed_tags_are_refused(ses: SESStub, client: Any, wrong: list[dict[str, str]], text: str) -> None:
    """Malformed tags are refused by TagResource and at creation, which then creates nothing."""
    for code, status, message in (
        refused(client.tag_resource, ResourceArn=ARN, Tags=wrong),
        refused(client.create_email_identity, EmailIdentity="ann@example.com", Tags=wrong),
    ):
        assert (code, status) == ("BadRequestException", 400)
        assert message.startswith(text)
    assert tags(client) == {}
    assert list(ses.identities) == [SITE]


@aws("reported", "floci, probed")
@pytest.mark.parametrize(
    "right",
    [pairs(a=""), pairs(**{"ä_.:/=+-@ 1": "ß _.:/=+-@\u00a0"}), pairs(**{"k" * 128: "v" * 256}), pairs(my_aws="aws:")],
    ids=["empty", "characters", "long", "system"],
)
def test_every_valid_tag_is_accepted(client: Any, right: list[dict[str, str]]) -> None:
    """Tags may have letters of any alphabet, digits, spaces and some signs. A value may be empty or begin with aws:."""
    tag(client, *right)
    assert client.list_tags_for_resource(ResourceArn=ARN)["Tags"] == right


@aws("reported", "floci, probed")
def test_more_tags_than_may_be(client: Any) -> None:
    """A resource may have at most fifty tags, including existing ones; equal keys count once."""
    tag(client, *many(49))
    text = TOO_MANY(" or delete existing tags and retry")
    assert refused(lambda: tag(client, *many(2, 49))) == ("BadRequestException", 400, text)
    assert len(tags(client)) == 49
    tag(client, *many(2, 48))
    assert len(tags(client)) == 50


@aws("reported", "floci and MiniStack, probed, in this order")
@pytest.mark.parametrize(
    ("arn", "answer"),
    [
        ("invalid-arn", (400, "ResourceArn is not the expected format")),
        (f"arn:aws:ses:us-east-1:{ACCOUNT}:identity", (400, "ResourceArn is not the expected format")),
        (f"arn:aws:ses:us-east-1:{ACCOUNT}:foo/bar", (400, "ResourceArn is not the expected format")),
        (f"{ARN}/", (400, "Provided resource identifier is not an SES resource")),
        (f"{ARN}:extra", (400, "Provided resource identifier is not an SES resource")),
        (ARN.replace(ACCOUNT, "1"), (400, "Provided resource identifier is not an SES resource")),
        (
            ARN.replace(ACCOUNT, "1" * 12).replace(SITE, "example.org"),
            (400, "Operations on a resource created in a different account is not allowed"),
        ),
        (ELSEWHERE.replace(SITE, "a.b"), (404, "No EmailIdentity present with name: a.b")),
        (
            f"arn:aws:ses:us-east-1:{ACCOUNT}:configuration-set/all",
            (404, "No ConfigurationSet present with name: all"),
        ),
    ],
    ids=[
        "no-arn",
        "no-name",
        "no-kind",
        "final-slash",
        "extra-colon",
        "short-account",
        "other-account",
        "unknown",
        "other-kind",
    ],
)
def test_arn_without_an_identity_is_refused_for_tags(client: Any, arn: str, answer: tuple[int, str]) -> None:
    """All three operations refuse an ARN that names no identity of the account."""
    expected = ("BadRequestException" if answer[0] == 400 else "NotFoundException", *answer)
    assert refused(client.list_tags_for_resource, ResourceArn=arn) == expected
    assert refused(client.tag_resource, ResourceArn=arn, Tags=pairs(a="b")) == expected
    assert refused(client.untag_resource, ResourceArn=arn, TagKeys=["a"]) == expected


@aws("reported", "MiniStack, probed")
@pytest.mark.parametrize("start", ["arn:bogus:ses", "arn:aws:s3", "arn::"])
def test_partition_and_service_of_the_arn_are_ignored(client: Any, start: str) -> None:
    """The partition and service in the ARN are ignored."""
    tag(client, *pairs(a="b"))
    assert tags(client, f"{start}:{ARN.split(':', 3)[3]}") == {"a": "b"}


@aws("reported", "floci, probed")
def test_arn_of_another_region_has_no_tags(client: Any) -> None:
    """An identity under the ARN of another region shows no tags, and cannot be tagged."""
    tag(client, *pairs(a="b"))
    assert tags(client, ELSEWHERE) == {}
    answer = refused(lambda: tag(client, *pairs(a="c"), arn=ELSEWHERE))
    assert answer == ("BadRequestException", 400, "Failed to tag resource")
    answer = refused(client.untag_resource, ResourceArn=ELSEWHERE, TagKeys=["a"])
    assert answer == ("BadRequestException", 400, "Failed to untag resource")
    assert tags(client) == {"a": "b"}
