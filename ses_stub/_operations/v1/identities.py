"""SES v1: the life of identities themselves, from registration to deletion.

In this and the other modules of operations a function takes the decoded parameters, the backend of the caller's account
and region, the moment and the scope's options. It returns the result as the API's reference describes it, or raises an
`AWSError`.
"""

from __future__ import annotations

import base64
import binascii

from ..._core import errors as _errors
from ..._model import quotas as _limits
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
from ..._model.options import Options
from ..._wire.messages import Params, Result


def get_identity_verification_attributes(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Unknown identities are left out; a domain has a token, an address has none."""
    names = params["Identities"]
    most = options.max_identities
    if most is not None and len(names) > most:
        raise _errors.too_long(names, "identities", most)
    if backend.scripts:
        backend.follow(now, names)
    attributes = {}
    for identity in backend.visible(names, now):
        # Not .value, which is a function of the enum module: this line runs a hundred times a poll.
        entry = attributes[identity.name] = {"VerificationStatus": identity.status._value_}
        if identity.token is not None:
            entry["VerificationToken"] = identity.token
    if backend.scripts:
        backend.answered(now, attributes)
    return {"VerificationAttributes": attributes}


def verify_email_identity(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Registers an address and sends its mail, or sends it again."""
    address = params["EmailAddress"]
    if not is_email(address):
        raise _errors.invalid_email(address)
    backend.verify(address, now)
    return {}


def verify_email_address(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """The older name of VerifyEmailIdentity."""
    return verify_email_identity(params, backend, now, options)


def verify_domain_identity(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Registers a domain; the token is the same at every repeat."""
    domain = params["Domain"]
    if not is_domain(domain):
        raise _errors.invalid_domain(domain)
    return {"VerificationToken": backend.verify(domain, now).token}


def delete_identity(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Forgets an identity; one that is not there is no error."""
    if not is_identity(params["Identity"]):
        raise _errors.invalid_identity(params["Identity"])
    backend.delete(params["Identity"], now)
    return {}


def list_identities(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Pages through the identities in the order of their registration."""
    kind = params.get("IdentityType")
    kinds = [one.value for one in IdentityType][::-1]
    if kind is not None and kind not in kinds:
        raise _errors.no_identity_type(kind, kinds)
    size = params.get("MaxItems", _limits.LIST_PAGE)
    if not 1 <= size <= _limits.LIST_PAGE:
        raise _errors.out_of_range(size, "MaxItems", _limits.LIST_PAGE)
    after = place_of(params.get("NextToken"))
    page, more = backend.page(after, size, now, lambda one: kind in (None, one.type.value))
    result: Result = {"Identities": [identity.name for identity in page]}
    if more:
        result["NextToken"] = next_token(page[-1]._place)
    return result


def list_verified_email_addresses(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """All addresses that are verified, in one answer."""
    everything, _ = backend.page(0, len(backend.identities), now)
    verified = [one for one in everything if one.status is VerificationStatus.SUCCESS]
    return {"VerifiedEmailAddresses": [one.name for one in verified if one.type is IdentityType.EMAIL_ADDRESS]}


def delete_verified_email_address(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Forgets an address; one that is not there is no error. A domain stays."""
    if identity_type(params["EmailAddress"]) is IdentityType.EMAIL_ADDRESS:
        backend.delete(params["EmailAddress"], now)
    return {}


def verify_domain_dkim(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Asks for the records of DKIM; a domain that is not there is registered, as by VerifyDomainIdentity."""
    domain = canonical(params["Domain"])
    if not is_domain(domain):
        raise _errors.invalid_domain(params["Domain"])
    if domain not in backend.identities:
        backend.verify(domain, now)
    dkim = backend.ask_dkim(domain, now)
    dkim.enabled = True
    return {"DkimTokens": list(dkim.tokens)}


def next_token(place: int) -> str:
    """What a page ends with if more follow: opaque to the caller."""
    return base64.urlsafe_b64encode(b"after:%d" % place).decode()


def place_of(token: str | None, parameter: str = "NextToken") -> int:
    """The place after which the page begins that a token stands for; an empty one is none.

    Raises:
        AWSError: it was never given.

    """
    if not token:
        return 0
    try:
        word, _, place = base64.urlsafe_b64decode(token).partition(b":")
        if word != b"after":
            raise ValueError(token)
        return int(place)
    except (ValueError, binascii.Error):
        raise _errors.invalid_next_token(token, parameter) from None
