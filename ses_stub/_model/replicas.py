"""Replicas: domains with the DKIM keys of the same domain in another region ("Deterministic Easy DKIM").

A replica has its parent's keys, and needs no other records than the parent's. Without such keys its records count as
missing, so it fails after a domain's usual time.

Guide: "Using Deterministic Easy DKIM (DEED) in Amazon SES".
"""

from __future__ import annotations

from .backend import Backend, partition_of
from .identity import AWAITING_RECORDS, Event, VerificationStatus
from .lifecycle import apply_check_event
from .place import Place
from .settings import Dkim

#: Service model, DkimSigningAttributesOrigin: the possible regions of a parent.
REGIONS = (
    *("af-south-1", "eu-north-1", "ap-south-1", "eu-west-3", "eu-west-2", "eu-south-1", "eu-west-1", "ap-northeast-3"),
    *("ap-northeast-2", "me-south-1", "ap-northeast-1", "il-central-1", "sa-east-1", "ca-central-1", "ap-southeast-1"),
    *("ap-southeast-2", "ap-southeast-3", "eu-central-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"),
    *("me-central-1", "ap-south-2", "eu-central-2", "ap-southeast-5", "ca-west-1", "us-gov-east-1", "us-gov-west-1"),
)


def replicas_of(place: Place, name: str) -> list[Backend]:
    """The regions in which the account replicates this domain."""
    return [
        other
        for other in place.state.backends.values()
        if other.account_id == place.backend.account_id
        and (settings := other.identity_settings.get(name)) is not None
        and settings.dkim.parent == place.backend.region
    ]


def problem(place: Place, name: str) -> str:
    """Why a replica has no keys, as the API writes it; empty if it has them, or is not a replica."""
    region = _dkim(place.backend, name).parent
    if region is None:
        return ""
    if region == place.backend.region or partition_of(region) != partition_of(place.backend.region):
        return "REPLICATION_PRIMARY_INVALID_REGION"
    parent = place.state.backends.get((place.backend.account_id, region))
    if parent is None or name not in parent.identities:
        return "REPLICATION_PRIMARY_NOT_FOUND"
    keys = _dkim(parent, name)
    if keys.parent is not None:
        return "REPLICATION_REPLICA_AS_PRIMARY_NOT_SUPPORTED"
    # Also without DKIM: only keys of Easy DKIM are replicated.
    return "" if keys.tokens else "REPLICATION_PRIMARY_BYO_DKIM_NOT_SUPPORTED"


def replicate(place: Place, name: str) -> None:
    """Gives a replica the current keys of its parent. The check of new keys starts again."""
    dkim = _dkim(place.backend, name)
    if dkim.parent is None:
        return
    if problem(place, name):
        dkim.tokens = ()
        return
    keys = _dkim(place.state.backends[place.backend.account_id, dkim.parent], name)
    before, dkim.key_length = dkim.tokens, keys.key_length
    if not before:
        dkim.tokens, dkim.made_at = keys.tokens, keys.made_at
    elif before != keys.tokens:
        dkim.set_keys(keys.tokens, None, keys.made_at)
        if dkim.check.status in (VerificationStatus.NOT_STARTED, *AWAITING_RECORDS):
            reason = "the parent's keys changed"
            apply_check_event(place, name, "DKIM", dkim.check, Event.REQUESTED, reason)


def _dkim(backend: Backend, name: str) -> Dkim:
    settings = backend.identity_settings.get(name)
    return settings.dkim if settings is not None else Dkim()
