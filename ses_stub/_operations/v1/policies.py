"""SES v1: the sending authorization policies of an identity. They are kept, not applied."""

from __future__ import annotations

import json
import re

from ..._core import errors as _errors
from ..._model import quotas as _limits
from ..._model.backend import Backend
from ..._model.options import Options
from ..._wire.messages import Params, Result

_NAME = re.compile("[A-Za-z0-9_-]*")


def put_identity_policy(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Adds a policy, or replaces that of the same name."""
    name = _known(backend, params["Identity"], now)
    if name is None:
        raise _errors.invalid_identity(params["Identity"])
    put(backend, name, params["PolicyName"], params["Policy"])
    return {}


def put(backend: Backend, name: str, policy_name: str, policy: str) -> None:
    """The same for both APIs.

    Raises:
        AWSError: the name is none, or the policy, or there are too many.

    """
    check_name(policy_name)
    if len(policy.encode()) > _limits.POLICY_LENGTH:
        raise _errors.invalid_policy(f"Policy is longer than {_limits.POLICY_LENGTH} bytes")
    try:
        document = json.loads(policy)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or not document.get("Statement"):
        raise _errors.invalid_policy("Policy is not a valid policy document")
    policies = backend.settings(name).policies
    if policy_name not in policies and len(policies) >= _limits.MAX_POLICIES:
        raise _errors.too_many_policies(name)
    policies[policy_name] = policy


def check_name(policy_name: str) -> None:
    """Whether a policy may be called so (AWSError if not)."""
    longest = _limits.POLICY_NAME_LENGTH
    if len(policy_name) > longest:
        raise _errors.newer_validation(_errors.violation("policyName", _errors.length_up_to(longest)))
    if not policy_name or not _NAME.fullmatch(policy_name):
        raise _errors.invalid_policy_name()


def get_identity_policies(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """The policies of those names; names that are not there are left out."""
    names = params["PolicyNames"]
    if len(names) > _limits.MAX_POLICIES:
        raise _errors.too_long(names, "policyNames", _limits.MAX_POLICIES)
    policies = _policies(params, backend, now)
    return {"Policies": {name: policies[name] for name in names if name in policies}}


def list_identity_policies(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """The names of all policies, sorted; none for an unknown identity."""
    return {"PolicyNames": sorted(_policies(params, backend, now))}


def delete_identity_policy(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Takes a policy away; one that is not there is no error."""
    _policies(params, backend, now).pop(params["PolicyName"], None)
    return {}


def _policies(params: Params, backend: Backend, now: int) -> dict[str, str]:
    name = _known(backend, params["Identity"], now)
    return backend.settings(name).policies if name is not None else {}


def _known(backend: Backend, name: str, now: int) -> str | None:
    identity = backend.known(backend.name_from_arn(name), now)
    return identity.name if identity is not None else None
