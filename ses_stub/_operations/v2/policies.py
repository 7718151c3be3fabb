"""SES v2: the sending authorization policies of an identity. `senders` applies them."""

from __future__ import annotations

from ..._core import aws_errors
from ..._model import quotas
from ..context import Context, Params, Result
from ..shared import check_policy_name, put_policy
from .lookup import find_identity


def create_email_identity_policy(params: Params, context: Context) -> Result:
    """Adds a policy with a new name."""
    name, policies = _policies(params, context)
    check_policy_name(params["PolicyName"])
    if params["PolicyName"] in policies:
        raise aws_errors.policy_already_exists(params["PolicyName"])
    if len(policies) >= quotas.MAX_POLICIES:
        raise aws_errors.too_many_policies(name, "LimitExceededException")
    put_policy(context.backend, name, params["PolicyName"], params["Policy"])
    return {}


def update_email_identity_policy(params: Params, context: Context) -> Result:
    """Replaces a policy, which must exist."""
    name, policies = _policies(params, context)
    check_policy_name(params["PolicyName"])
    _check_exists(params["PolicyName"], policies)
    put_policy(context.backend, name, params["PolicyName"], params["Policy"])
    return {}


def delete_email_identity_policy(params: Params, context: Context) -> Result:
    """Deletes a policy, which must exist."""
    _, policies = _policies(params, context)
    _check_exists(params["PolicyName"], policies)
    del policies[params["PolicyName"]]
    return {}


def get_email_identity_policies(params: Params, context: Context) -> Result:
    """All policies of an identity."""
    return {"Policies": dict(_policies(params, context)[1])}


def _check_exists(policy_name: str, policies: dict[str, str]) -> None:
    if policy_name not in policies:
        raise aws_errors.policy_not_found(policy_name)


def _policies(params: Params, context: Context) -> tuple[str, dict[str, str]]:
    identity = find_identity(params, context)
    return identity.name, context.backend.settings(identity.name).policies
