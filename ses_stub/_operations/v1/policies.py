"""SES v1: the sending authorization policies of an identity. `senders` applies them."""

from __future__ import annotations

from ..._core import aws_errors
from ..._model import quotas
from ..context import Context, Params, Result
from ..shared import put_policy


def put_identity_policy(params: Params, context: Context) -> Result:
    """Adds a policy, or replaces the one of that name."""
    name = _known(context, params["Identity"])
    if name is None:
        raise aws_errors.invalid_identity(params["Identity"])
    put_policy(context.backend, name, params["PolicyName"], params["Policy"])
    return {}


def get_identity_policies(params: Params, context: Context) -> Result:
    """The policies with the names in the request, as far as they exist."""
    names = params["PolicyNames"]
    if len(names) > quotas.MAX_POLICIES:
        raise aws_errors.list_too_long(names, "policyNames", quotas.MAX_POLICIES)
    policies = _policies(params, context)
    return {"Policies": {name: policies[name] for name in names if name in policies}}


def list_identity_policies(params: Params, context: Context) -> Result:
    """The names of all policies, sorted; empty for an unknown identity."""
    return {"PolicyNames": sorted(_policies(params, context))}


def delete_identity_policy(params: Params, context: Context) -> Result:
    """Deletes a policy. An unknown one is not an error."""
    _policies(params, context).pop(params["PolicyName"], None)
    return {}


def _policies(params: Params, context: Context) -> dict[str, str]:
    name = _known(context, params["Identity"])
    return context.backend.settings(name).policies if name is not None else {}


def _known(context: Context, name: str) -> str | None:
    identity = context.backend.find(context.backend.name_from_arn(name))
    return identity.name if identity is not None else None
