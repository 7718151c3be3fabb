"""SES v2: the filter of ListEmailIdentities. Its rules and its errors, with their order, are reported as probed."""

from __future__ import annotations

from collections.abc import Mapping

from ..._core import aws_errors, listing_errors
from ..._model import quotas
from ..._model.identity import Identity, IdentityType, VerificationStatus

_NAME, _STATUS, _TYPE = "IDENTITY_NAME_CONTAINS", "VERIFICATION_STATUS", "IDENTITY_TYPE"
_SHORTEST = 3

#: A filter with valid values.
Filter = Mapping[str, str]


def check_form(given: Filter) -> None:
    """Checks the keys of a filter and that no value is empty, before the rest of the request.

    Raises:
        AWSError: a key is unknown, or a value is empty.

    """
    wrong = []
    if not given.keys() <= {_NAME, _STATUS, _TYPE}:
        wrong.append(aws_errors.map_violation("filter", "keys", aws_errors.one_of((_NAME, _STATUS, _TYPE))))
    if "" in given.values():
        wrong.append(aws_errors.map_violation("filter", "value", aws_errors.length_from(1)))
    if wrong:
        raise aws_errors.newer_validation(*wrong)


def check_filter(given: Filter) -> Filter:
    """The filter in the form that is compared: a name in lower case, without white space around it.

    Raises:
        AWSError: a value is invalid.

    """
    found = dict(given)
    if _NAME in found:
        found[_NAME] = found[_NAME].strip().lower()
        if len(found[_NAME]) < _SHORTEST:
            raise listing_errors.filter_too_short(_NAME, _SHORTEST)
        if len(found[_NAME]) > quotas.EMAIL_LENGTH:
            raise listing_errors.filter_too_long(_NAME, quotas.EMAIL_LENGTH)
    if _TYPE in found and found[_TYPE] not in IdentityType.__members__:
        raise listing_errors.invalid_type_in_filter(found[_TYPE])
    if _STATUS in found:
        if found[_STATUS] == VerificationStatus.NOT_STARTED.name:
            raise listing_errors.invalid_status(VerificationStatus.NOT_STARTED)
        if found[_STATUS] not in VerificationStatus.__members__:
            raise listing_errors.invalid_status_in_filter(found[_STATUS])
    return found


def matches(wanted: Filter, one: Identity) -> bool:
    """Whether an identity matches a filter."""
    return wanted.get(_STATUS) in (None, one.status.name) and matches_but_for_status(wanted, one)


def matches_but_for_status(wanted: Filter, one: Identity) -> bool:
    """Whether an identity matches a filter except for its status."""
    return wanted.get(_TYPE) in (None, one.type.name) and wanted.get(_NAME, "") in one.name.lower()
