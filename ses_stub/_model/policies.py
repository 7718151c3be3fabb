"""Applies the policies of an identity to a request to send with it.

`decide` reads policy documents as IAM does: a statement that matches a request allows or denies it, and a denial wins.
A statement matches by its principal, action, resource and condition. What the stub cannot know, such as the sender's IP
address, raises an error that names it.

AWS: https://docs.aws.amazon.com/ses/latest/dg/policy-anatomy.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timezone
from json import dumps, loads
from typing import Any, NamedTuple

from .._core.errors import UnsupportedPolicyError

_PRINCIPAL_ARN = re.compile(r"arn:[^:]+:(?:iam|sts)::(\d{12}):.+")
_VARIABLE = "${"


class SendRequest(NamedTuple):
    """A request to send with an identity.

    Attributes:
        account_id: the account that sends.
        action: the action, such as ``ses:SendEmail``.
        resource: the ARN of the identity.
        facts: the values of each condition key, by its name in lower case. A key that the stub knows, but without a
            value in this request, has none.

    """

    account_id: str
    action: str
    resource: str
    facts: Mapping[str, tuple[str, ...]]


def decide(policies: Iterable[str], request: SendRequest) -> bool | None:
    """Whether policies allow or deny a request; None if they do not mention it.

    Args:
        policies: the documents, as JSON.
        request: the request.

    Raises:
        UnsupportedPolicyError: a statement about this request has a condition that the stub cannot check.

    """
    effects = {
        statement.get("Effect")
        for policy in policies
        for statement in _listed(loads(policy).get("Statement"))
        if isinstance(statement, dict) and _matches(statement, request)
    }
    return False if "Deny" in effects else True if "Allow" in effects else None


def _matches(statement: Mapping[str, Any], request: SendRequest) -> bool:
    return (
        _holds(statement, "Principal", lambda given: _is_principal(given, request.account_id))
        and _holds(statement, "Action", lambda given: any(_is_action(one, request.action) for one in _texts(given)))
        and _holds(statement, "Resource", lambda given: any(arn_like(one, request.resource) for one in _texts(given)))
        and all(
            _is_met(operator, key, values, request.facts)
            for operator, keys in _mapping(statement.get("Condition")).items()
            for key, values in _mapping(keys).items()
        )
    )


def _holds(statement: Mapping[str, Any], element: str, check: Callable[[Any], bool]) -> bool:
    """Whether an element matches, or its opposite (``NotAction``) does not. If both are missing, nothing matches."""
    if element in statement:
        return check(statement[element])
    return f"Not{element}" in statement and not check(statement[f"Not{element}"])


def _is_principal(given: Any, account_id: str) -> bool:
    """Whether a principal is an account: by its number, or by any ARN in it."""
    if not isinstance(given, Mapping):
        return bool(given == "*")
    named = _texts(given.get("AWS"))
    arns = (found[1] for one in named if (found := _PRINCIPAL_ARN.fullmatch(one)) is not None)
    return "*" in named or account_id in named or account_id in arns


def _is_action(pattern: str, action: str) -> bool:
    return like(pattern.lower(), action.lower())


# Conditions.


def _is_met(operator: str, key: str, wanted: Any, facts: Mapping[str, tuple[str, ...]]) -> bool:
    name = key.lower()
    if name not in facts:
        raise UnsupportedPolicyError(f"the condition key {key}")
    found, values = facts[name], _texts(wanted)
    quantifier, _, rest = operator.rpartition(":")
    base = rest.removesuffix("IfExists")
    if any(_VARIABLE in value for value in values):
        raise UnsupportedPolicyError(f"the policy variable in the condition on {key}")
    if base == "Null":
        return any((value.lower() == "true") is not bool(found) for value in values)
    if base not in _OPERATORS or quantifier not in ("", "ForAllValues", "ForAnyValue"):
        raise UnsupportedPolicyError(f"the condition operator {operator}")
    compare, negated = _OPERATORS[base]
    if not found and base != rest:
        return True
    # A value of the request matches if it equals one of the policy's, or with Not… if it equals none.
    fits = [any(_compares(compare, one, value) for value in values) is not negated for one in found]
    if quantifier:
        return all(fits) if quantifier == "ForAllValues" else any(fits)
    # A key without a value equals nothing.
    return all(fits) if negated else any(fits)


def _compares(compare: Callable[[str, str], bool], found: str, wanted: str) -> bool:
    try:
        return compare(found, wanted)
    except (ValueError, OverflowError):
        # An invalid date or number in the policy.
        return False


def _ordered(read: Callable[[str], float]) -> dict[str, Callable[[str, str], bool]]:
    return {
        "Equals": lambda found, wanted: read(found) == read(wanted),
        "LessThan": lambda found, wanted: read(found) < read(wanted),
        "LessThanEquals": lambda found, wanted: read(found) <= read(wanted),
        "GreaterThan": lambda found, wanted: read(found) > read(wanted),
        "GreaterThanEquals": lambda found, wanted: read(found) >= read(wanted),
    }


def _seconds(date: str) -> float:
    if date.isdecimal():
        return float(date)
    read = datetime.fromisoformat(date.replace("Z", "+00:00"))
    return (read if read.tzinfo is not None else read.replace(tzinfo=timezone.utc)).timestamp()


def like(pattern: str, text: str) -> bool:
    """Whether a text matches a pattern with ``*`` for any text and ``?`` for any character."""
    at = start = 0
    star = -1
    for_pattern = 0
    while at < len(text):
        if for_pattern < len(pattern) and pattern[for_pattern] == "*":
            star, start = for_pattern, at
            for_pattern += 1
        elif for_pattern < len(pattern) and pattern[for_pattern] in ("?", text[at]):
            for_pattern += 1
            at += 1
        elif star >= 0:
            # The last star takes another character.
            start += 1
            for_pattern, at = star + 1, start
        else:
            return False
    return not pattern[for_pattern:].strip("*")


def arn_like(pattern: str, arn: str) -> bool:
    """Whether an ARN matches a pattern. A star matches within its part only; in the last part it matches the rest."""
    parts = pattern.split(":", 5)
    found = arn.split(":", len(parts) - 1)
    return len(found) == len(parts) and all(map(like, parts, found))


_POSITIVE: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda found, wanted: found == wanted,
    "StringEqualsIgnoreCase": lambda found, wanted: found.lower() == wanted.lower(),
    "StringLike": lambda found, wanted: like(wanted, found),
    "ArnEquals": lambda found, wanted: arn_like(wanted, found),
    "ArnLike": lambda found, wanted: arn_like(wanted, found),
    "Bool": lambda found, wanted: found == wanted.lower(),
    **{f"Date{name}": compare for name, compare in _ordered(_seconds).items()},
    **{f"Numeric{name}": compare for name, compare in _ordered(float).items()},
}

#: For each operator: the comparison, and whether the condition is its opposite.
_OPERATORS: dict[str, tuple[Callable[[str, str], bool], bool]] = {
    **{name: (compare, False) for name, compare in _POSITIVE.items()},
    **{
        re.sub("Equals|Like", lambda found: f"Not{found[0]}", name, count=1): (compare, True)
        for name, compare in _POSITIVE.items()
        if re.fullmatch(r"[A-Z][a-z]+(Equals|EqualsIgnoreCase|Like)", name)
    },
}


# Elements of a document that may be a value or a list.


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _texts(value: Any) -> list[str]:
    return [dumps(one) if isinstance(one, (bool, int, float)) else str(one) for one in _listed(value)]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
