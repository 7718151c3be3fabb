"""SES v2: the identities of v1 and what they have beside their verification, in the words of v2."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from ..._core import errors as _errors
from ..._model import quotas as _limits
from ..._model import records as _records
from ..._model.backend import Backend
from ..._model.identity import Identity, IdentityType, VerificationStatus, canonical, is_domain, is_email, is_identity
from ..._model.options import Options
from ..._model.settings import Dkim
from ..._time.time import from_timestamp
from ..._wire.messages import Params, Result
from .. import authorization as _gate
from ..v1 import attributes as _v1_attributes
from ..v1 import policies as _v1_policies
from ..v1.identities import next_token, place_of

_TYPES = {IdentityType.EMAIL_ADDRESS: "EMAIL_ADDRESS", IdentityType.DOMAIN: "DOMAIN"}
_STATUSES = {
    VerificationStatus.PENDING: "PENDING",
    VerificationStatus.SUCCESS: "SUCCESS",
    VerificationStatus.FAILED: "FAILED",
    VerificationStatus.TEMPORARY_FAILURE: "TEMPORARY_FAILURE",
    VerificationStatus.NOT_STARTED: "NOT_STARTED",
}
_EASY, _OWN = "AWS_SES", "EXTERNAL"
#: The size of a page of ListEmailIdentities, if none is asked for (reported as probed).
_PAGE = 25
#: Region, account, kind and name; neither the partition nor the service counts (reported as probed).
_ARN = re.compile(r"arn:[^:]*:[^:]*:([^:]*):([^:]*):([a-z-]+)/(.+)")
#: What can have tags, by its name in an ARN. Only identities are known here.
_TAGGED = {
    "identity": "EmailIdentity",
    "configuration-set": "ConfigurationSet",
    "template": "Template",
    "custom-verification-email-template": "CustomVerificationEmailTemplate",
    "contact-list": "ContactList",
    "dedicated-ip-pool": "DedicatedIpPool",
}
_TAG = re.compile(r"(?:[\w.:/=+@-]|[^\S\t\n\r\f\v])*")
#: Service model, Tag: the longest key and value.
_KEY_LENGTH, _VALUE_LENGTH = 128, 256
_SELECTOR = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?")
_PRIVATE_KEY = re.compile(r"[a-zA-Z0-9+/]+={0,2}")


def create_email_identity(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Registers an address and sends its mail, or a domain and asks for its DKIM records."""
    name = params["EmailIdentity"]
    if not is_identity(name):
        raise _errors.invalid_email(name) if "@" in name else _errors.invalid_domain(name)
    name = canonical(name)
    if name in backend.identities:
        raise _errors.email_identity_exists(name)
    tags = _checked({}, params.get("Tags", ()))
    signing = params.get("DkimSigningAttributes", {})
    if signing and is_email(name):
        raise _errors.bad_request("The EmailIdentity value must be a valid domain.")
    brought = {"DomainSigningSelector", "DomainSigningPrivateKey"} & signing.keys()
    selector = _selector(signing, signing.get("DomainSigningAttributesOrigin") or (_OWN if brought else _EASY))
    identity = backend.verify(name, now)
    settings = backend.settings(name)
    settings.tags.update(tags)
    settings.configuration_set = params.get("ConfigurationSetName")
    shown: Result = {"IdentityType": _TYPES[identity.type], "VerifiedForSendingStatus": _gate.may_send(backend, name)}
    if identity.type is IdentityType.EMAIL_ADDRESS:
        return shown
    settings.dkim.enabled = True
    settings.dkim.key_length = signing.get("NextSigningKeyLength", settings.dkim.key_length)
    backend.ask_dkim(name, now, selector)
    # The first answer says that nothing has begun; the next one says how far it is (reported).
    attributes = {**_dkim(settings.dkim), "Status": "NOT_STARTED"}
    return {**shown, "VerifiedForSendingStatus": _gate.may_send(backend, name), "DkimAttributes": attributes}


def get_email_identity(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """All there is to know of an identity."""
    identity = _identity(params, backend, now)
    settings = backend.settings(identity.name)
    mail_from = settings.mail_from
    behavior = {"BehaviorOnMxFailure": "REJECT_MESSAGE" if mail_from.reject else "USE_DEFAULT_VALUE"}
    domain = {"MailFromDomain": mail_from.domain, "MailFromDomainStatus": _STATUSES[mail_from.check.status]}
    return {
        "IdentityType": _TYPES[identity.type],
        "FeedbackForwardingStatus": settings.forwarding,
        "VerifiedForSendingStatus": _gate.may_send(backend, identity.name),
        "DkimAttributes": _dkim(_v1_attributes.dkim_of(backend, identity)),
        "MailFromAttributes": {**domain, **behavior} if mail_from.domain else behavior,
        "Policies": dict(settings.policies),
        "Tags": _tags(settings.tags),
        "ConfigurationSetName": settings.configuration_set,
        "VerificationStatus": _STATUSES[identity.status],
        "VerificationInfo": {},
    }


def list_email_identities(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Pages through the identities in the order of their registration."""
    size = params.get("PageSize", _PAGE)
    if not 1 <= size <= _limits.LIST_PAGE:
        raise _errors.out_of_range(size, "PageSize", _limits.LIST_PAGE)
    filters = params.get("Filter", {})

    def wanted(one: Identity) -> bool:
        shown = {"IDENTITY_TYPE": _TYPES[one.type], "VERIFICATION_STATUS": _STATUSES[one.status]}
        exact = all(filters.get(key, value) == value for key, value in shown.items())
        return exact and filters.get("IDENTITY_NAME_CONTAINS", "") in one.name

    page, more = backend.page(place_of(params.get("NextToken")), size, now, wanted)
    shown = [
        {
            "IdentityType": _TYPES[one.type],
            "IdentityName": one.name,
            "SendingEnabled": _gate.may_send(backend, one.name),
            "VerificationStatus": _STATUSES[one.status],
        }
        for one in page
    ]
    return {"EmailIdentities": shown, **({"NextToken": next_token(page[-1]._place)} if more else {})}


def delete_email_identity(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Forgets an identity that is there."""
    backend.delete(_identity(params, backend, now).name, now)
    return {}


def put_email_identity_dkim_attributes(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Turns the signing of a domain's mails on or off."""
    signing = {"Identity": params["EmailIdentity"], "DkimEnabled": params.get("SigningEnabled", False)}
    return _v1_attributes.set_identity_dkim_enabled(signing, backend, now, options)


def put_email_identity_dkim_signing_attributes(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Begins DKIM anew: with SES's own keys, or with one that the owner has brought."""
    if not is_domain(params["EmailIdentity"]):
        raise _errors.bad_request("The EmailIdentity value must be a valid domain.")
    identity = _identity(params, backend, now)
    signing = params.get("SigningAttributes", {})
    selector = _selector(signing, params["SigningAttributesOrigin"])
    dkim = backend.settings(identity.name).dkim
    length = signing.get("NextSigningKeyLength", dkim.key_length)
    if selector is None and length != dkim.key_length:
        dkim.key_length, dkim.generation = length, dkim.generation + 1
    dkim.enabled = True
    backend.ask_dkim(identity.name, now, selector)
    return {"DkimStatus": _STATUSES[dkim.check.status], "DkimTokens": list(dkim.tokens), **_hosted(dkim)}


def put_email_identity_mail_from_attributes(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Asks for the records of a MAIL FROM domain; without one takes it away."""
    reject = params.get("BehaviorOnMxFailure") == "REJECT_MESSAGE"
    _v1_attributes.set_mail_from(backend, params["EmailIdentity"], params.get("MailFromDomain", ""), reject, now)
    return {}


def put_email_identity_feedback_attributes(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Whether bounces and complaints are forwarded by mail; v2 wants no topics for that."""
    identity = _identity(params, backend, now, _errors.invalid_identity)
    backend.settings(identity.name).forwarding = params.get("EmailForwardingEnabled", False)
    return {}


def put_email_identity_configuration_set_attributes(
    params: Params, backend: Backend, now: int, options: Options
) -> Result:
    """Names the default configuration set; without one takes it away. Whether it is there is not asked."""
    identity = _identity(params, backend, now, lambda name: _errors.not_found(f"Identity <{name}> does not exist."))
    backend.settings(identity.name).configuration_set = params.get("ConfigurationSetName")
    return {}


def create_email_identity_policy(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Adds a policy of a new name."""
    name, policies = _policies(params, backend, now)
    _v1_policies.check_name(params["PolicyName"])
    if params["PolicyName"] in policies:
        raise _errors.AWSError("AlreadyExistsException", f"Policy <{params['PolicyName']}> already exists")
    if len(policies) >= _limits.MAX_POLICIES:
        raise _errors.too_many_policies(name, "LimitExceededException")
    _v1_policies.put(backend, name, params["PolicyName"], params["Policy"])
    return {}


def update_email_identity_policy(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Replaces a policy; one that is not there is no error, as the service model has it, and is added."""
    name, _ = _policies(params, backend, now)
    _v1_policies.put(backend, name, params["PolicyName"], params["Policy"])
    return {}


def delete_email_identity_policy(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Takes a policy away; one that is not there is no error, as the service model has it."""
    _policies(params, backend, now)[1].pop(params["PolicyName"], None)
    return {}


def get_email_identity_policies(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """All policies of an identity."""
    return {"Policies": dict(_policies(params, backend, now)[1])}


def tag_resource(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Adds tags to an identity; one of the same key is replaced."""
    tags, here = _tagged(params, backend, now)
    if not here:
        raise _errors.bad_request("Failed to tag resource")
    tags.update(_checked(tags, params["Tags"]))
    return {}


def untag_resource(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Takes tags away; one that is not there is no error."""
    tags, here = _tagged(params, backend, now)
    if not here:
        raise _errors.bad_request("Failed to untag resource")
    for key in params["TagKeys"]:
        tags.pop(key, None)
    return {}


def list_tags_for_resource(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """The tags of an identity; none where the ARN names another region than the client's."""
    tags, here = _tagged(params, backend, now)
    return {"Tags": _tags(tags) if here else []}


def _identity(
    params: Params,
    backend: Backend,
    now: int,
    unknown: Callable[[str], _errors.AWSError] = _errors.no_email_identity,
) -> Identity:
    """The identity that a request names; if there is none, each operation has its own words for it (``unknown``)."""
    identity = backend.known(params["EmailIdentity"], now)
    if identity is None:
        raise unknown(params["EmailIdentity"])
    return identity


def _dkim(dkim: Dkim) -> Result:
    shown: Result = {
        "SigningEnabled": dkim.enabled,
        "Status": _STATUSES[dkim.check.status],
        "SigningAttributesOrigin": _EASY if dkim.selector is None else _OWN,
    }
    if dkim.tokens:
        length = {"NextSigningKeyLength": dkim.key_length, "CurrentSigningKeyLength": dkim.key_length}
        key = {**length, "LastKeyGenerationTimestamp": from_timestamp(dkim.made_at)}
        return {**shown, **key, "Tokens": list(dkim.tokens), **_hosted(dkim)}
    # Of an address, and of a key of the owner's own.
    return {**shown, "NextSigningKeyLength": "RSA_1024_BIT"} if dkim.selector is None else {**shown, "Tokens": []}


def _hosted(dkim: Dkim) -> Result:
    """Where the public keys of the tokens stand."""
    return {"SigningHostedZone": _records.HOSTED_ZONE} if dkim.tokens else {}


def _selector(signing: Params, origin: str) -> str | None:
    """The selector of a key of the owner's own; None for Easy DKIM."""
    if origin == _EASY:
        return None
    if origin != _OWN:
        raise _errors.bad_request(f"SigningAttributesOrigin {origin} is not supported for this identity.")
    selector: str | None = signing.get("DomainSigningSelector")
    if not selector or not signing.get("DomainSigningPrivateKey"):
        raise _errors.bad_request("DomainSigningSelector and DomainSigningPrivateKey are required for EXTERNAL.")
    # The forms are the service model's, the texts are unverified.
    if not _SELECTOR.fullmatch(selector):
        raise _errors.bad_request(f"DomainSigningSelector {selector} is invalid.")
    if not _PRIVATE_KEY.fullmatch(signing["DomainSigningPrivateKey"]):
        raise _errors.bad_request("DomainSigningPrivateKey must be base64 without header, footer and line breaks.")
    return selector


def _policies(params: Params, backend: Backend, now: int) -> tuple[str, dict[str, str]]:
    identity = _identity(params, backend, now, lambda name: _errors.no_email_identity(f"<{name}>"))
    return identity.name, backend.settings(identity.name).policies


def _tagged(params: Params, backend: Backend, now: int) -> tuple[dict[str, str], bool]:
    """The tags of the identity that an ARN names, and whether it names this region; in the order probed (reported)."""
    found = _ARN.fullmatch(params["ResourceArn"])
    if found is None or found[3] not in _TAGGED:
        raise _errors.bad_request("ResourceArn is not the expected format")
    region, account_id, kind, name = found.groups()
    if kind == "identity" and not (re.fullmatch(r"\d{12}", account_id) and is_identity(name)):
        raise _errors.bad_request("Provided resource identifier is not an SES resource")
    if account_id != backend.account_id:
        raise _errors.bad_request("Operations on a resource created in a different account is not allowed")
    identity = backend.known(name, now) if kind == "identity" else None
    if identity is None:
        raise _errors.not_found(f"No {_TAGGED[kind]} present with name: {name}")
    return backend.settings(identity.name).tags, region == backend.region


def _tags(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _checked(before: dict[str, str], tags: Iterable[dict[str, str]]) -> dict[str, str]:
    """New tags, if they may stand beside those that are there; order and texts are reported as probed."""
    pairs = [(tag["Key"], tag["Value"]) for tag in tags]
    after = dict(pairs)
    if len({**before, **after}) > _limits.MAX_TAGS:
        raise _errors.bad_request(
            f"Maximum of {_limits.MAX_TAGS} user tags are allowed per resource,"
            " consider reducing the number of tags in the request"
            + ("" if len(after) > _limits.MAX_TAGS else " or delete existing tags and retry")
        )
    if not all(_TAG.fullmatch(text) for pair in pairs for text in pair):
        raise _errors.bad_request(
            "Tags can only contain letters, numbers, spaces, and the following special characters: _ . : / = + - @"
        )
    if any(key.lower().startswith("aws:") for key in after):
        raise _errors.bad_request("Caller is an end user and not allowed to mutate system tags")
    if too_long := list(_too_long(pairs)):
        raise _errors.newer_validation(*too_long)
    if len(after) < len(pairs):
        raise _errors.bad_request("Cannot provide multiple tags with the same key")
    return after


def _too_long(pairs: list[tuple[str, str]]) -> Iterator[str]:
    for number, (key, value) in enumerate(pairs, 1):
        for part, text, most in (("value", value, _VALUE_LENGTH), ("key", key, _KEY_LENGTH)):
            if len(text) > most:
                yield _errors.violation(f"tags.{number}.member.{part}", _errors.length_up_to(most))
