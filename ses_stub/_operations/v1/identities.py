"""SES v1: registers, lists and deletes identities.

Here and in the other modules of operations, a function takes the decoded parameters and a `Context`. It returns the
result in the form of the API's reference, or raises an `AWSError`.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..._core import aws_errors, listing_errors
from ..._model import quotas
from ..._model.backend import Backend
from ..._model.identity import (
    IdentityType,
    VerificationStatus,
    canonical,
    identity_type,
    is_domain,
    is_email,
    is_identity,
)
from ..._model.verification import delete, request_dkim, request_verification
from ..._wire.query_fast import VerificationAttributes
from ..context import Context, Params, Result
from ..paging import next_token, place_of
from ..shared import advance_scripts, apply_scripts, delete_unless_replicated

#: What is listed, for the tokens of pages: without the type, which callers repeat (reported as probed).
_LISTED = "identities"


def get_identity_verification_attributes(params: Params, context: Context) -> Result:
    """The statuses of the known identities, and the token of each domain."""
    names = params["Identities"]
    most = context.options.max_identities
    if most is not None and len(names) > most:
        raise aws_errors.list_too_long(names, "identities", most)
    if context.backend.scripts:
        apply_scripts(context, names)
    attributes = _attributes(tuple(names), context.backend)
    if context.backend.scripts:
        advance_scripts(context, attributes)
    return {"VerificationAttributes": attributes}


def _attributes(names: tuple[str, ...], backend: Backend) -> Mapping[str, Mapping[str, str]]:
    known = backend.answers.get(names)
    if known is not None:
        return known
    attributes = VerificationAttributes()
    for identity in backend.find_all(names):
        entry = attributes[identity.name] = {"VerificationStatus": identity.status.value}
        if identity.token is not None:
            entry["VerificationToken"] = identity.token
    backend.remember_answer(names, attributes)
    return attributes


def verify_email_identity(params: Params, context: Context) -> Result:
    """Registers an address, and sends its verification email, also to one that is registered already."""
    address = params["EmailAddress"]
    if not is_email(address):
        raise aws_errors.invalid_email(address)
    request_verification(context.place, address)
    return {}


def verify_email_address(params: Params, context: Context) -> Result:
    """The older name of VerifyEmailIdentity."""
    return verify_email_identity(params, context)


def verify_domain_identity(params: Params, context: Context) -> Result:
    """Registers a domain. Its token never changes."""
    domain = params["Domain"]
    if not is_domain(domain):
        raise aws_errors.invalid_domain(domain)
    return {"VerificationToken": request_verification(context.place, domain).token}


def delete_identity(params: Params, context: Context) -> Result:
    """Deletes an identity. An unknown one is not an error."""
    if not is_identity(params["Identity"]):
        raise aws_errors.invalid_identity(params["Identity"])
    delete_unless_replicated(context, params["Identity"])
    return {}


def list_identities(params: Params, context: Context) -> Result:
    """Pages through the identities in the order of registration."""
    kind = params.get("IdentityType")
    kinds = [one.value for one in IdentityType][::-1]
    if kind is not None and kind not in kinds:
        raise listing_errors.invalid_identity_type(kind, kinds)
    size = params.get("MaxItems", quotas.LIST_PAGE)
    if not 1 <= size <= quotas.LIST_PAGE:
        raise listing_errors.invalid_page_size(size, "MaxItems", quotas.LIST_PAGE)
    after = place_of(context, _LISTED, params.get("NextToken"), listing_errors.invalid_next_token)
    page, more = context.backend.page(after, size, lambda one: kind in (None, one.type.value))
    result: Result = {"Identities": [identity.name for identity in page]}
    if more:
        result["NextToken"] = next_token(context, _LISTED, context.backend.registrations[page[-1].name])
    return result


def list_verified_email_addresses(params: Params, context: Context) -> Result:
    """All verified addresses in one result. It shows that a missing address is not verified."""
    apply_scripts(context)
    everything, _ = context.backend.page(0, len(context.backend.identities))
    addresses = [one for one in everything if one.type is IdentityType.EMAIL_ADDRESS]
    advance_scripts(context, [one.name for one in addresses])
    return {"VerifiedEmailAddresses": [one.name for one in addresses if one.status is VerificationStatus.SUCCESS]}


def delete_verified_email_address(params: Params, context: Context) -> Result:
    """Deletes an address. An unknown one is not an error; a domain is not deleted."""
    if identity_type(params["EmailAddress"]) is IdentityType.EMAIL_ADDRESS:
        delete(context.place, params["EmailAddress"])
    return {}


def verify_domain_dkim(params: Params, context: Context) -> Result:
    """Requests the DKIM records of a domain, and registers it if it is unknown."""
    domain = canonical(params["Domain"])
    if not is_domain(domain):
        raise aws_errors.invalid_domain(params["Domain"])
    if domain not in context.backend.identities:
        request_verification(context.place, domain)
    dkim = request_dkim(context.place, domain)
    dkim.enabled = True
    return {"DkimTokens": list(dkim.tokens)}
