"""SES v2: the results of SES's searches for a domain's records (VerificationInfo of GetEmailIdentity)."""

from __future__ import annotations

from ..._model.identity import Identity, IdentityType
from ..._model.replicas import problem
from ..._time.time import from_timestamp
from ..context import Context, Result


def describe_checks(identity: Identity, context: Context) -> Result:
    """The times of the last search and the last success, the last error, and the SOA record; empty for an address."""
    if identity.type is not IdentityType.DOMAIN:
        return {}
    checks = context.backend.settings(identity.name).checks
    shown: Result = {}
    if checks.checked_at is not None:
        shown["LastCheckedTimestamp"] = from_timestamp(checks.checked_at)
    if checks.succeeded_at is not None:
        shown["LastSuccessTimestamp"] = from_timestamp(checks.succeeded_at)
        shown["SOARecord"] = _soa(identity)
    if error := problem(context.place, identity.name) or checks.error:
        shown["ErrorType"] = error
    return shown


def _soa(identity: Identity) -> Result:
    """A made-up SOA record: the domain has its own name servers, and its zone changed when it was registered."""
    return {
        "PrimaryNameServer": f"ns1.{identity.name}",
        "AdminEmail": f"hostmaster.{identity.name}",
        "SerialNumber": int(f"{identity.requested_at:%Y%m%d}01"),
    }
