"""Identity policies: which statements match a request, and what they decide."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from fidelity import aws
from hypothesis import given
from hypothesis import strategies as st

from ses_stub._model.policies import SendRequest, arn_like, decide, like
from ses_stub.exceptions import UnsupportedPolicyError

US, THEM = "111111111111", "222222222222"
ARN = f"arn:aws:ses:us-east-1:{US}:identity/example.com"
FACTS = {
    "ses:fromaddress": ("ann@example.com",),
    "ses:fromdisplayname": (),
    "ses:recipients": ("bob@example.org", "eve@example.net"),
    "aws:currenttime": ("2026-03-01T12:00:00+00:00",),
    "aws:epochtime": ("1772366400",),
    "aws:securetransport": ("true",),
}
REQUEST = SendRequest(THEM, "ses:SendEmail", ARN, FACTS)


def verdict(*statements: Any, request: SendRequest = REQUEST) -> bool | None:
    return decide([json.dumps({"Statement": list(statements)})], request)


def allow(**changed: Any) -> dict[str, Any]:
    """A statement that matches the request, but for what is changed; None leaves an element out."""
    whole = {"Effect": "Allow", "Principal": {"AWS": THEM}, "Action": "ses:SendEmail", "Resource": ARN, **changed}
    return {name: value for name, value in whole.items() if value is not None}


# Patterns.

PATTERN = st.text("ab*?", max_size=8)
TEXT = st.text("ab", max_size=8)


@given(pattern=PATTERN, text=TEXT)
def test_wildcards_match_as_the_regular_expression_does(pattern: str, text: str) -> None:
    """A star is any text, and a question mark any one character."""
    expression = "".join({"*": ".*", "?": "."}.get(sign, sign) for sign in pattern)
    assert like(pattern, text) is (re.fullmatch(expression, text) is not None)


def test_pattern_of_many_stars_takes_no_time() -> None:
    """A pattern of many stars is matched without trying every way to share the text between them."""
    assert not like("*a" * 500 + "b", "a" * 5000)


PARTS = st.lists(st.text("ab/", max_size=4), min_size=6, max_size=6)


@given(parts=PARTS)
def test_arn_matches_itself_and_the_pattern_of_stars(parts: list[str]) -> None:
    """An ARN fits itself, a star for each part, and a star for its end."""
    arn = ":".join(parts)
    assert arn_like(arn, arn)
    assert arn_like(":".join("*" * 6), arn)
    assert arn_like(":".join([*parts[:2], "*"]), arn)
    assert arn_like("*", arn)


@given(parts=PARTS, number=st.integers(0, 4))
def test_star_in_an_arn_does_not_span_a_colon(parts: list[str], number: int) -> None:
    """A star stays within its part of an ARN: a pattern with a part less does not fit."""
    pattern = [*parts[:number], "*", *parts[number + 2 :]]
    assert not arn_like(":".join(pattern), ":".join(parts)) or pattern[-1] == "*"


def test_last_part_of_an_arn_may_have_colons() -> None:
    """An address may have a colon, and so may the last part of a pattern, in which a star matches it too."""
    arn = f"arn:aws:ses:us-east-1:{US}:identity/a:b:c@example.com"
    assert arn_like("arn:*:ses:*:*:identity/a:b:*", arn)
    assert arn_like("arn:aws:ses:*:*:identity/*:c@example.com", arn)
    assert arn_like("arn:aws:ses:*", arn)
    assert not arn_like("arn:*:ses:*:*:identity/a:c:*", arn)


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        (ARN, True),
        ("*", True),
        ("arn:aws:ses:*", True),
        (f"arn:aws:ses:*:{US}:identity/*", True),
        (f"arn:aws:ses:us-east-?:{US}:identity/example.co?", True),
        (f"arn:aws:ses:us-east-1:{US}:identity/Example.com", False),
        (f"arn:aws:ses:us-east-1:{THEM}:identity/*", False),
        (f"arn:*:{US}:identity/example.com", False),
        ("identity/example.com", False),
    ],
)
def test_resource_pattern(pattern: str, fits: bool) -> None:
    """A resource is an ARN with wildcards, whose case counts."""
    assert arn_like(pattern, ARN) is fits
    assert verdict(allow(Resource=["arn:aws:s3:::bucket", pattern])) is (True if fits else None)


# The elements of a statement.


@aws("documented", "guide, Sending policy anatomy: Principal")
@pytest.mark.parametrize(
    ("principal", "fits"),
    [
        ("*", True),
        ({"AWS": "*"}, True),
        ({"AWS": THEM}, True),
        ({"AWS": [US, THEM]}, True),
        ({"AWS": f"arn:aws:iam::{THEM}:root"}, True),
        ({"AWS": f"arn:aws:iam::{THEM}:user/ann"}, True),
        ({"AWS": f"arn:aws:sts::{THEM}:assumed-role/mailer/one"}, True),
        ({"AWS": US}, False),
        ({"AWS": "arn:aws:iam::*:root"}, False),
        ({"Service": "cognito-idp.amazonaws.com"}, False),
        ("somebody", False),
        (None, False),
    ],
)
def test_policy_names_its_principals(principal: Any, fits: bool) -> None:
    """A principal is everybody, an account, or somebody in it; the stub knows a caller's account only."""
    assert verdict(allow(Principal=principal)) is (True if fits else None)
    if principal is not None:
        assert verdict(allow(Principal=None, NotPrincipal=principal)) is (None if fits else True)


@aws("documented", "guide, Sending policy anatomy: Action; IAM reference: case does not count")
@pytest.mark.parametrize(
    ("action", "fits"),
    [
        ("ses:SendEmail", True),
        ("SES:sendemail", True),
        ("ses:Send*", True),
        ("ses:*", True),
        ("*", True),
        (["ses:SendRawEmail", "ses:SendEmail"], True),
        ("ses:SendRawEmail", False),
        ([], False),
        (None, False),
    ],
)
def test_policy_names_its_actions(action: Any, fits: bool) -> None:
    """An action has wildcards, and no case."""
    assert verdict(allow(Action=action)) is (True if fits else None)
    if action is not None:
        assert verdict(allow(Action=None, NotAction=action)) is (None if fits else True)


@aws("documented", "IAM reference, policy evaluation logic: an explicit deny overrides any allow")
def test_denial_wins() -> None:
    """A denial wins over everything that allows, in whichever policy or order."""
    deny = allow(Effect="Deny")
    assert verdict(allow()) is True
    assert verdict(deny, allow()) is False
    assert verdict(allow(), deny) is False
    documents = [json.dumps({"Statement": one}) for one in (deny, allow())]
    assert decide(documents, REQUEST) is False
    assert decide(documents[::-1], REQUEST) is False


@pytest.mark.parametrize("statement", [{}, [], "Allow", None, 7, {"Effect": "Allow"}, allow(Resource=None)])
def test_incomplete_statement_says_nothing(statement: Any) -> None:
    """A statement without one of its elements matches nothing."""
    assert decide([json.dumps({"Statement": statement})], REQUEST) is None


# Conditions.


def holds(operator: str, key: str, value: Any) -> bool:
    return verdict(allow(Condition={operator: {key: value}})) is True


@aws("documented", "guide, Sending policy examples; IAM reference, condition operators")
@pytest.mark.parametrize(
    ("operator", "key", "value", "met"),
    [
        ("StringEquals", "ses:FromAddress", "ann@example.com", True),
        ("StringEquals", "SES:fromaddress", ["x", "ann@example.com"], True),
        ("StringEquals", "ses:FromAddress", "ANN@example.com", False),
        ("StringEqualsIgnoreCase", "ses:FromAddress", "ANN@example.com", True),
        ("StringNotEqualsIgnoreCase", "ses:FromAddress", "ANN@example.com", False),
        ("StringLike", "ses:FromAddress", "a*@example.com", True),
        ("StringNotLike", "ses:FromAddress", "*admin*example.com", True),
        ("StringNotLike", "ses:FromAddress", ["bob*", "ann*"], False),
        ("StringLike", "ses:FromDisplayName", "*", False),
        ("StringNotLike", "ses:FromDisplayName", "Ann", True),
        ("StringLikeIfExists", "ses:FromDisplayName", "Ann", True),
        ("StringLike", "ses:Recipients", "*@example.org", True),
        ("ForAnyValue:StringLike", "ses:Recipients", "*@example.org", True),
        ("ForAllValues:StringLike", "ses:Recipients", "*@example.org", False),
        ("ForAllValues:StringLike", "ses:Recipients", ["*@example.org", "*@example.net"], True),
        ("ForAllValues:StringNotLike", "ses:Recipients", "*@example.com", True),
        ("StringNotLike", "ses:Recipients", "*@example.org", False),
        ("ForAllValues:StringEquals", "ses:FromDisplayName", "Ann", True),
        ("ForAnyValue:StringEquals", "ses:FromDisplayName", "Ann", False),
        ("Null", "ses:FromDisplayName", "true", True),
        ("Null", "ses:FromAddress", "true", False),
        ("Null", "ses:FromAddress", False, True),
        ("Bool", "aws:SecureTransport", True, True),
        ("Bool", "aws:SecureTransport", "false", False),
        ("DateLessThan", "aws:CurrentTime", "2026-03-02T00:00:00Z", True),
        ("DateGreaterThanEquals", "aws:CurrentTime", "2026-03-01T12:00", True),
        ("DateGreaterThan", "aws:CurrentTime", "1772366400", False),
        ("DateLessThanEquals", "aws:CurrentTime", "2026-03-01", False),
        ("DateNotEquals", "aws:CurrentTime", "2026-03-01", True),
        ("DateEquals", "aws:CurrentTime", "1772366400", True),
        ("DateEquals", "aws:CurrentTime", "2026-03-01T13:00+01:00", True),
        ("DateEquals", "aws:CurrentTime", "some day", False),
        ("NumericLessThan", "aws:EpochTime", 1772366401, True),
        ("NumericNotEquals", "aws:EpochTime", "1772366400", False),
    ],
)
def test_condition_is_met_by_fitting_values(operator: str, key: str, value: Any, met: bool) -> None:
    """Conditions compare texts, dates, numbers and booleans; several values are alternatives."""
    assert holds(operator, key, value) is met


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the time zone of a process cannot be set here")
def test_date_without_a_zone_is_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """A date in a policy counts as UTC, in whatever time zone the tests run."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        assert holds("DateEquals", "aws:CurrentTime", "2026-03-01T12:00")
    time.tzset()


def test_arn_condition() -> None:
    """A condition may compare ARNs, part by part."""
    request = REQUEST._replace(facts={"aws:sourcearn": ("arn:aws:sns:us-east-1:1:a",)})

    def met(operator: str, value: str) -> bool:
        statement = allow(Condition={operator: {"aws:SourceArn": value}})
        return verdict(statement, request=request) is True

    assert met("ArnLike", "arn:aws:sns:*:1:a")
    assert not met("ArnEquals", "arn:aws:*:1:a")
    assert met("ArnNotLike", "arn:aws:sqs:*:1:a")


def test_every_condition_must_hold() -> None:
    """All conditions of a statement must hold."""
    right, wrong = {"ses:FromAddress": "ann@*"}, {"aws:EpochTime": "1"}
    assert verdict(allow(Condition={"StringLike": right})) is True
    assert verdict(allow(Condition={"StringLike": right, "NumericEquals": wrong})) is None


@pytest.mark.parametrize(
    ("condition", "named"),
    [
        ({"IpAddress": {"ses:FromAddress": "192.0.2.0/24"}}, "the condition operator IpAddress"),
        ({"ForEach:StringLike": {"ses:FromAddress": "*"}}, "the condition operator ForEach:StringLike"),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, "the condition key aws:PrincipalOrgID"),
        (
            {"StringEquals": {"ses:FromAddress": "${aws:username}@example.com"}},
            "the policy variable in the condition on",
        ),
    ],
)
def test_condition_that_cannot_be_checked_is_an_error(condition: dict[str, Any], named: str) -> None:
    """What the stub cannot know is an error that names it, but only in a statement about the request."""
    with pytest.raises(UnsupportedPolicyError, match=re.escape(named)) as caught:
        verdict(allow(Condition=condition))
    assert caught.value.what.startswith(named)
    assert verdict(allow(Condition=condition, Action="ses:SendRawEmail")) is None
