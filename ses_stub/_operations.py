"""The operations that are answered: API name to what the backend does. The only translator between the two.

Each takes its decoded parameters, the backend of the caller's account and region, the moment and the scope's
options, and returns the result as the API's reference describes it, or raises an `AWSError`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

from . import _errors, _limits
from ._identity import IdentityType, is_domain, is_email, is_identity
from ._options import Options
from ._world import Backend

Operation = Callable[[Mapping[str, Any], Backend, int, Options], dict[str, Any]]


def get_identity_verification_attributes(
    params: Mapping[str, Any], backend: Backend, now: int, options: Options
) -> dict[str, Any]:
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


def verify_email_identity(params: Mapping[str, Any], backend: Backend, now: int, options: Options) -> dict[str, Any]:
    """Registers an address and sends its mail, or sends it again."""
    address = params["EmailAddress"]
    if not is_email(address):
        raise _errors.invalid_email(address)
    backend.verify(address, now)
    return {}


def verify_domain_identity(params: Mapping[str, Any], backend: Backend, now: int, options: Options) -> dict[str, Any]:
    """Registers a domain; the token is the same at every repeat."""
    domain = params["Domain"]
    if not is_domain(domain):
        raise _errors.invalid_domain(domain)
    return {"VerificationToken": backend.verify(domain, now).token}


def delete_identity(params: Mapping[str, Any], backend: Backend, now: int, options: Options) -> dict[str, Any]:
    """Forgets an identity; one that is not there is no error."""
    if not is_identity(params["Identity"]):
        raise _errors.invalid_identity(params["Identity"])
    backend.delete(params["Identity"], now)
    return {}


def list_identities(params: Mapping[str, Any], backend: Backend, now: int, options: Options) -> dict[str, Any]:
    """Pages through the identities in the order of their registration."""
    kind = params.get("IdentityType")
    kinds = [one.value for one in IdentityType][::-1]
    if kind is not None and kind not in kinds:
        allowed = f"Member must satisfy enum value set: [{', '.join(kinds)}]"
        raise _errors.validation(f"'{kind}'", "identityType", allowed)
    size = params.get("MaxItems", _limits.LIST_PAGE)
    if not 1 <= size <= _limits.LIST_PAGE:
        bound = f"greater than or equal to {1}" if size < 1 else f"less than or equal to {_limits.LIST_PAGE}"
        raise _errors.validation(f"'{size}'", "maxItems", f"Member must have value {bound}")
    after = _place(params["NextToken"]) if "NextToken" in params else 0
    page, more = backend.page(IdentityType(kind) if kind is not None else None, after, size, now)
    result: dict[str, Any] = {"Identities": [identity.name for identity in page]}
    if more:
        result["NextToken"] = _next_token(page[-1]._place)
    return result


def _next_token(place: int) -> str:
    return base64.urlsafe_b64encode(b"after:%d" % place).decode()


def _place(token: str) -> int:
    try:
        word, _, place = base64.urlsafe_b64decode(token).partition(b":")
        if word != b"after":
            raise ValueError(token)
        return int(place)
    except (ValueError, binascii.Error):
        raise _errors.invalid_next_token() from None


OPERATIONS: dict[str, Operation] = {
    "DeleteIdentity": delete_identity,
    "GetIdentityVerificationAttributes": get_identity_verification_attributes,
    "ListIdentities": list_identities,
    "VerifyDomainIdentity": verify_domain_identity,
    "VerifyEmailIdentity": verify_email_identity,
}
