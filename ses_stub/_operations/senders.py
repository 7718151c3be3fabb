"""Finds the identity that an address sends with: its own account's, or one that another account shares by a policy.

Guide: "Verified identities", "Using sending authorization with Amazon SES".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from .._core import sending_errors
from .._model import quotas
from .._model.addresses import bare
from .._model.backend import Backend
from .._model.identity import Identity, VerificationStatus, canonical
from .._model.policies import SendRequest, decide
from .._model.zone import ancestors
from .context import Context

#: While SES searches for a record that is missing now, a domain may still send.
_OPEN = (VerificationStatus.SUCCESS, VerificationStatus.TEMPORARY_FAILURE)

_ARN = re.compile(r"arn:[^:]+:ses:([^:]+):(\d{12}):identity/(.+)")


class Sender(NamedTuple):
    """An address that sends.

    Attributes:
        address: the address, as given.
        arn: the identity whose policy allows it to send, if the request names one.

    """

    address: str
    arn: str | None = None


class Owned(NamedTuple):
    """An identity with its account and region."""

    backend: Backend
    identity: Identity


def usable_identity(backend: Backend, address: str) -> Identity | None:
    """The nearest identity that an address may send with: itself, itself without a label, its domain or a parent."""
    return next((one for one in _identities(backend, bare(address)) if one.status in _OPEN), None)


def _identities(backend: Backend, address: str) -> Iterable[Identity]:
    return (identity for name in _names(address) if (identity := backend.identities.get(name)) is not None)


def _names(address: str) -> list[str]:
    # Identities have no longer names.
    local, _, domain = address[-quotas.EMAIL_LENGTH :].rpartition("@")
    return [address, f"{local.partition('+')[0]}@{domain}", *ancestors(domain.lower())]


def authorize(sender: Sender, request: SendRequest, context: Context) -> Owned | None:
    """The verified identity that an address sends with; None if it has none.

    Args:
        sender: the address.
        request: the request to check against the identity's policies, without the identity's ARN.
        context: the call's context.

    Raises:
        AWSError: the identity's policies do not allow it.

    """
    if not sender.arn:
        identity = usable_identity(context.backend, sender.address)
        if identity is None:
            return None
        _check_policies(Owned(context.backend, identity), request, context.backend.identity_arn(identity.name))
        return Owned(context.backend, identity)
    found = _ARN.fullmatch(sender.arn)
    if found is None:
        raise sending_errors.invalid_identity_arn(sender.arn)
    region, account_id, name = found.groups()
    if region != context.region or canonical(name) not in _names(bare(sender.address)):
        return None
    backend = context.state.backends.get((account_id, region))
    owner = backend.identities.get(canonical(name)) if backend is not None else None
    if backend is None or owner is None:
        if account_id != context.account_id:
            raise sending_errors.access_denied(request.account_id, request.action, sender.arn)
        return None
    _check_policies(Owned(backend, owner), request, sender.arn)
    return Owned(backend, owner) if owner.status in _OPEN else None


def _check_policies(owned: Owned, request: SendRequest, arn: str) -> None:
    """Its own account may send unless a policy denies it; another account needs a policy that allows it."""
    settings = owned.backend.identity_settings.get(owned.identity.name)
    verdict = decide(settings.policies.values() if settings is not None else (), request._replace(resource=arn))
    is_allowed = owned.backend.account_id == request.account_id if verdict is None else verdict
    if not is_allowed:
        raise sending_errors.access_denied(request.account_id, request.action, arn)
