"""SES v2: how the mails of an identity are signed."""

from __future__ import annotations

import re

from ..._core import aws_errors
from ..._model import quotas, records
from ..._model.identity import is_domain
from ..._model.settings import Dkim
from ..._model.verification import request_dkim
from ..._time.time import from_timestamp, to_microseconds
from ..context import Context, Params, Result
from ..shared import enable_dkim
from .lookup import STATUSES, find_identity

EASY_DKIM, EXTERNAL_DKIM = "AWS_SES", "EXTERNAL"

_SELECTOR = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?")

_PRIVATE_KEY = re.compile(r"[a-zA-Z0-9+/]+={0,2}")


def put_email_identity_dkim_attributes(params: Params, context: Context) -> Result:
    """Turns the signing of a domain's mails on or off."""
    return enable_dkim(context, params["EmailIdentity"], params.get("SigningEnabled", False))


def put_email_identity_dkim_signing_attributes(params: Params, context: Context) -> Result:
    """Restarts DKIM with SES's own keys, or with the domain's own key (BYODKIM)."""
    if not is_domain(params["EmailIdentity"]):
        raise aws_errors.domain_required()
    identity = find_identity(params, context)
    signing = params.get("SigningAttributes", {})
    selector = selector_of(signing, params["SigningAttributesOrigin"])
    dkim = context.backend.settings(identity.name).dkim
    length = signing.get("NextSigningKeyLength", dkim.key_length)
    if selector is None and length != dkim.key_length:
        _change_key_length(dkim, length, context.timestamp)
    dkim.enabled = True
    request_dkim(context.state, context.backend, identity.name, context.timestamp, selector)
    return {"DkimStatus": STATUSES[dkim.check.status], "DkimTokens": list(dkim.tokens), **_hosted(dkim)}


def _change_key_length(dkim: Dkim, length: str, now: int) -> None:
    changed = dkim.length_changed_at
    if changed is not None and 0 <= now - changed < to_microseconds(quotas.KEY_LENGTH_INTERVAL):
        raise aws_errors.signing_key_length_changed()
    dkim.key_length, dkim.generation, dkim.length_changed_at = length, dkim.generation + 1, now


def describe_dkim(dkim: Dkim) -> Result:
    shown: Result = {
        "SigningEnabled": dkim.enabled,
        "Status": STATUSES[dkim.check.status],
        "SigningAttributesOrigin": EASY_DKIM if dkim.selector is None else EXTERNAL_DKIM,
    }
    if dkim.tokens:
        length = {"NextSigningKeyLength": dkim.key_length, "CurrentSigningKeyLength": dkim.key_length}
        key = {**length, "LastKeyGenerationTimestamp": from_timestamp(dkim.made_at)}
        return {**shown, **key, "Tokens": list(dkim.tokens), **_hosted(dkim)}
    # For an address, and for a domain's own key.
    return {**shown, "NextSigningKeyLength": "RSA_1024_BIT"} if dkim.selector is None else {**shown, "Tokens": []}


def _hosted(dkim: Dkim) -> Result:
    """The domain that holds the public keys of the tokens."""
    return {"SigningHostedZone": records.HOSTED_ZONE} if dkim.tokens else {}


def selector_of(signing: Params, origin: str) -> str | None:
    """The selector of the domain's own key; None for Easy DKIM."""
    if origin == EASY_DKIM:
        return None
    if origin != EXTERNAL_DKIM:
        raise aws_errors.unsupported_signing_origin(origin)
    selector: str | None = signing.get("DomainSigningSelector")
    if not selector or not signing.get("DomainSigningPrivateKey"):
        raise aws_errors.signing_attributes_required()
    if not _SELECTOR.fullmatch(selector):
        raise aws_errors.invalid_signing_selector(selector)
    if not _PRIVATE_KEY.fullmatch(signing["DomainSigningPrivateKey"]):
        raise aws_errors.invalid_signing_key()
    return selector
