"""SES v2: the details of an account, and AWS's review of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from ..._core import account_errors, aws_errors
from ..._model.identity import is_domain
from ..._model.tokens import case_id
from ..context import Context, Params, Result
from ..shared import is_web_page

#: Service model, PutAccountDetails: minimum and maximum length or number of members.
_LENGTHS = {"WebsiteURL": (1, 1000), "UseCaseDescription": (0, 5000), "AdditionalContactEmailAddresses": (1, 4)}
_CONTACT_LENGTHS = (6, 254)
_CONTACT = "^(.+)@(.+)$"


def put_account_details(params: Params, context: Context) -> Result:
    """Submits the account's details. In the sandbox their review begins, and does not end."""
    if wrong := list(_violations(params)):
        raise aws_errors.newer_validation(*wrong)
    url = params["WebsiteURL"]
    if not (is_web_page(url) and is_domain(urlsplit(url).hostname or "")):
        raise account_errors.invalid_website_url()
    account = context.backend.account
    if account.details is not None and not context.options.production_access:
        raise account_errors.details_under_review()
    account.details = dict(params)
    return {}


def _violations(params: Params) -> Iterator[str]:
    """Violations of the service model, except missing members and invalid enumerations."""
    for name, (least, most) in _LENGTHS.items():
        length = len(params.get(name, " " * least))
        member = name[0].lower() + name[1:]
        if length < least:
            yield aws_errors.violation(member, aws_errors.length_from(least))
        if length > most:
            yield aws_errors.violation(member, aws_errors.length_up_to(most))
    least, most = _CONTACT_LENGTHS
    for address in params.get("AdditionalContactEmailAddresses", ()):
        if not (least <= len(address) <= most and re.fullmatch(_CONTACT, address)):
            constraint = account_errors.invalid_contact_address(least, most, _CONTACT)
            yield aws_errors.violation("additionalContactEmailAddresses", constraint)


def describe_details(context: Context) -> Result:
    """The details in the form of GetAccount; empty before there are any."""
    details = context.backend.account.details
    if details is None:
        return {}
    status = "GRANTED" if context.options.production_access else "PENDING"
    return {"Details": {**details, "ReviewDetails": {"Status": status, "CaseId": case_id(context.backend)}}}
