"""SES v2: DKIM of an identity."""

from __future__ import annotations

import re

from ..._core import aws_errors, replica_errors
from ..._model import quotas, records
from ..._model.identity import is_domain
from ..._model.replicas import REGIONS
from ..._model.settings import Dkim
from ..._model.verification import request_dkim
from ..._time.time import from_timestamp, to_microseconds
from ..context import Context, Params, Result
from ..shared import enable_dkim
from .lookup import find_identity

EASY_DKIM, EXTERNAL_DKIM = "AWS_SES", "EXTERNAL"

#: The origin of a replica's keys for the region of its parent, and the reverse.
_PARENTS = {region: f"{EASY_DKIM}_{region.upper().replace('-', '_')}" for region in REGIONS}
_REGIONS = {origin: region for region, origin in _PARENTS.items()}

_SELECTOR = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?")

_PRIVATE_KEY = re.compile(r"[a-zA-Z0-9+/]+={0,2}")


def put_email_identity_dkim_attributes(params: Params, context: Context) -> Result:
    """Turns DKIM signing of a domain's mails on or off."""
    return enable_dkim(context, params["EmailIdentity"], params.get("SigningEnabled", False))


def put_email_identity_dkim_signing_attributes(params: Params, context: Context) -> Result:
    """Restarts DKIM with SES's keys, the domain's own key (BYODKIM), or another region's keys."""
    if not is_domain(params["EmailIdentity"]):
        raise aws_errors.domain_required()
    identity = find_identity(params, context, aws_errors.email_identity_to_change_not_found)
    signing = params.get("SigningAttributes", {})
    if nested := signing.get("DomainSigningAttributesOrigin"):
        raise replica_errors.origin_not_allowed(nested)
    parent, selector = keys_of(signing, params["SigningAttributesOrigin"], "signingAttributesOrigin")
    dkim = context.backend.settings(identity.name).dkim
    length = signing.get("NextSigningKeyLength", dkim.key_length)
    if selector is None and parent is None and length != dkim.key_length:
        _change_key_length(dkim, length, context.timestamp)
    dkim.enabled = True
    request_dkim(context.place, identity.name, selector, parent)
    tokens = list(dkim.tokens) if selector is None else [selector]
    return {"DkimStatus": dkim.check.status.name, "DkimTokens": tokens, **_hosted(dkim, context)}


def _change_key_length(dkim: Dkim, length: str, now: int) -> None:
    changed = dkim.length_changed_at
    if changed is not None and 0 <= now - changed < to_microseconds(quotas.KEY_LENGTH_INTERVAL):
        raise aws_errors.signing_key_length_changed()
    dkim.key_length, dkim.generation, dkim.length_changed_at = length, dkim.generation + 1, now


def describe_dkim(dkim: Dkim, context: Context) -> Result:
    """An identity's DkimAttributes."""
    shown: Result = {
        "SigningEnabled": dkim.enabled,
        "Status": dkim.check.status.name,
        "SigningAttributesOrigin": _origin(dkim),
    }
    if dkim.tokens:
        length = {"NextSigningKeyLength": dkim.key_length, "CurrentSigningKeyLength": dkim.key_length}
        key = {**length, "LastKeyGenerationTimestamp": from_timestamp(dkim.made_at)}
        return {**shown, **key, "Tokens": list(dkim.tokens), **_hosted(dkim, context)}
    if dkim.selector is not None or dkim.parent is not None:
        # The domain's own key, or a replica without keys.
        return {**shown, "Tokens": [dkim.selector] if dkim.selector is not None else []}
    return {**shown, "NextSigningKeyLength": "RSA_1024_BIT"}  # An address.


def _origin(dkim: Dkim) -> str:
    if dkim.parent is not None:
        return _PARENTS[dkim.parent]
    return EASY_DKIM if dkim.selector is None else EXTERNAL_DKIM


def _hosted(dkim: Dkim, context: Context) -> Result:
    return {"SigningHostedZone": records.hosted_zone(dkim.parent or context.region)} if dkim.tokens else {}


def keys_to_create(signing: Params) -> tuple[str | None, str | None]:
    """As `keys_of`, for a new domain, whose origin may be left out."""
    origin = signing.get("DomainSigningAttributesOrigin")
    if origin == EASY_DKIM:
        raise replica_errors.origin_not_allowed(origin)
    own = {"DomainSigningSelector", "DomainSigningPrivateKey"} & signing.keys()
    return keys_of(signing, origin or (EXTERNAL_DKIM if own else EASY_DKIM), "domainSigningAttributesOrigin")


def keys_of(signing: Params, origin: str, member: str) -> tuple[str | None, str | None]:
    """The region of a replica's parent, and the selector of the domain's own key; None where they are not used.

    Args:
        signing: the DkimSigningAttributes of the request.
        origin: the origin of the keys.
        member: the member with the origin, for the error.

    """
    if origin == EASY_DKIM:
        return None, None
    if origin in _REGIONS:
        return _REGIONS[origin], None
    if origin != EXTERNAL_DKIM:
        raise replica_errors.unknown_origin(member, [EASY_DKIM, EXTERNAL_DKIM, *_REGIONS])
    return None, _selector(signing)


def _selector(signing: Params) -> str:
    if "NextSigningKeyLength" in signing:
        raise replica_errors.key_length_with_own_key()
    selector: str | None = signing.get("DomainSigningSelector")
    if not selector or not signing.get("DomainSigningPrivateKey"):
        raise aws_errors.signing_attributes_required()
    if not _SELECTOR.fullmatch(selector):
        raise aws_errors.invalid_signing_selector(selector)
    if not _PRIVATE_KEY.fullmatch(signing["DomainSigningPrivateKey"]):
        raise aws_errors.invalid_signing_key()
    return selector
