"""AWS's errors about lists, with pages and filters; see `aws_errors`."""

from __future__ import annotations

from collections.abc import Iterable

from .aws_errors import AWSError, bad_request, invalid_enum_value, invalid_parameter


def invalid_identity_type(value: str, allowed: Iterable[str]) -> AWSError:
    """ListIdentities with an invalid type: the validator's text without its beginning (reported)."""
    error = invalid_enum_value(value, "identityType", allowed)
    return AWSError(error.code, error.message.partition(": ")[2])


def invalid_page_size(value: int, parameter: str, most: int) -> AWSError:
    """A page size outside its limits (reported as probed)."""
    return invalid_parameter(
        f"Value {value} for parameter {parameter} is invalid. {parameter} must be between 1 and {most}."
    )


def invalid_next_token(token: str) -> AWSError:
    """An invalid token, or one of another list, for a page of identities (reported as probed)."""
    return invalid_parameter(f"Invalid NextToken <{token}>.")


def invalid_next_token_of_templates(token: str) -> AWSError:
    """An invalid token for a page of custom verification templates (reported as probed)."""
    return invalid_parameter(f"Invalid nextToken <{token}>.")


def invalid_template_page_size(most: int) -> AWSError:
    """V2's list of templates with an invalid page size (reported as probed)."""
    return bad_request(f"The page size must be between 1 and {most}")


# The filter of ListEmailIdentities of v2 (reported as probed).


def invalid_next_token_of_filter(_: str) -> AWSError:
    """A token of another list, in a request with a filter."""
    return bad_request("Invalid NextToken.")


def filter_too_short(key: str, least: int) -> AWSError:
    """A name of fewer than ``least`` characters."""
    return bad_request(f"Filter {key} must be at least {least} characters.")


def filter_too_long(key: str, most: int) -> AWSError:
    """A name of more than ``most`` characters."""
    return bad_request(f"Filter {key} must be at most {most} characters.")


def invalid_type_in_filter(kind: str) -> AWSError:
    """An unknown type of identity."""
    return bad_request(f"Invalid identity type <{kind}> in filter.")


def invalid_status_in_filter(status: str) -> AWSError:
    """An unknown status."""
    return bad_request(f"Invalid verification status <{status}> in filter.")


def invalid_status(status: str) -> AWSError:
    """A status that no list can be filtered by, in v1's spelling."""
    return bad_request(f"Invalid verification status <{status}>.")
