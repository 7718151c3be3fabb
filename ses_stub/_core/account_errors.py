"""AWS's errors about the details of an account; see `aws_errors`."""

from __future__ import annotations

from .aws_errors import AWSError, bad_request, length_from, length_up_to


def invalid_contact_address(least: int, most: int, pattern: str) -> str:
    """The constraint of an additional contact address, which the error shows whole (reported as probed)."""
    parts = (
        length_up_to(most),
        length_from(least),
        f"Member must satisfy regular expression pattern: {pattern}",
    )
    return f"Member must satisfy constraint: [{', '.join(parts)}]"


def invalid_website_url() -> AWSError:
    """An invalid URL of a website (reported as probed)."""
    return bad_request("Url contains invalid format")


def details_under_review() -> AWSError:
    """New details during a review (code and status by the service model, text unverified)."""
    return AWSError("ConflictException", "There is already an ongoing account details update under review.", 409)
