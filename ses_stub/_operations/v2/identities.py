"""SES v2: identities, from creation to deletion."""

from __future__ import annotations

from ..._core import aws_errors
from ..._model import quotas
from ..._model.identity import Identity, IdentityType, canonical, is_email, is_identity
from ..._model.lifecycle import delete
from ..._model.verification import request_dkim, request_verification
from .. import authorization, configuration_sets
from ..context import Context, Params, Result
from ..shared import advance_scripts, apply_scripts, dkim_of, next_token, place_of, set_mail_from
from .dkim import EASY_DKIM, EXTERNAL_DKIM, describe_dkim, selector_of
from .lookup import STATUSES, TYPES, find_identity
from .tags import check_tags, describe_tags

#: The size of a page of ListEmailIdentities, if none is asked for (reported as probed).
_PAGE = 25


def create_email_identity(params: Params, context: Context) -> Result:
    """Registers an address and sends its verification email, or a domain and requests its DKIM records."""
    name = params["EmailIdentity"]
    if not is_identity(name):
        raise aws_errors.invalid_email(name) if "@" in name else aws_errors.invalid_domain(name)
    name = canonical(name)
    if name in context.backend.identities:
        raise aws_errors.email_identity_already_exists(name)
    tags = check_tags({}, params.get("Tags", ()))
    configuration_set = _configuration_set(params, context)
    signing = params.get("DkimSigningAttributes", {})
    if signing and is_email(name):
        raise aws_errors.domain_required()
    brought = {"DomainSigningSelector", "DomainSigningPrivateKey"} & signing.keys()
    selector = selector_of(
        signing, signing.get("DomainSigningAttributesOrigin") or (EXTERNAL_DKIM if brought else EASY_DKIM)
    )
    identity = request_verification(context.state, context.backend, name, context.timestamp)
    settings = context.backend.settings(name)
    settings.tags.update(tags)
    settings.configuration_set = configuration_set
    shown: Result = {
        "IdentityType": TYPES[identity.type],
        "VerifiedForSendingStatus": authorization.may_send(context.backend, name),
    }
    if identity.type is IdentityType.EMAIL_ADDRESS:
        return shown
    settings.dkim.enabled = True
    settings.dkim.key_length = signing.get("NextSigningKeyLength", settings.dkim.key_length)
    request_dkim(context.state, context.backend, name, context.timestamp, selector)
    # The first answer says that nothing has begun; the next one says how far it is (reported).
    attributes = {**describe_dkim(settings.dkim), "Status": "NOT_STARTED"}
    return {
        **shown,
        "VerifiedForSendingStatus": authorization.may_send(context.backend, name),
        "DkimAttributes": attributes,
    }


def get_email_identity(params: Params, context: Context) -> Result:
    """All attributes of an identity."""
    # Those of other identities too: whether an address may send also depends on its domain.
    apply_scripts(context)
    identity = find_identity(params, context)
    settings = context.backend.settings(identity.name)
    mail_from = settings.mail_from
    behavior = {"BehaviorOnMxFailure": "REJECT_MESSAGE" if mail_from.reject else "USE_DEFAULT_VALUE"}
    domain = {"MailFromDomain": mail_from.domain, "MailFromDomainStatus": STATUSES[mail_from.check.status]}
    shown = {
        "IdentityType": TYPES[identity.type],
        "FeedbackForwardingStatus": settings.forwarding,
        "VerifiedForSendingStatus": authorization.may_send(context.backend, identity.name),
        "DkimAttributes": describe_dkim(dkim_of(context.backend, identity)),
        "MailFromAttributes": {**domain, **behavior} if mail_from.domain else behavior,
        "Policies": dict(settings.policies),
        "Tags": describe_tags(settings.tags),
        "ConfigurationSetName": settings.configuration_set,
        "VerificationStatus": STATUSES[identity.status],
        "VerificationInfo": {},
    }
    advance_scripts(context, [identity.name])
    return shown


def list_email_identities(params: Params, context: Context) -> Result:
    """Pages through the identities in the order of their registration."""
    size = params.get("PageSize", _PAGE)
    if not 1 <= size <= quotas.LIST_PAGE:
        raise aws_errors.invalid_page_size(size, "PageSize", quotas.LIST_PAGE)
    filters = params.get("Filter", {})
    after = place_of(params.get("NextToken"))
    apply_scripts(context)

    def wanted(one: Identity) -> bool:
        return filters.get("VERIFICATION_STATUS") in (None, STATUSES[one.status]) and _matches(filters, one)

    page, more = context.backend.page(after, size, context.timestamp, wanted)
    shown = [
        {
            "IdentityType": TYPES[one.type],
            "IdentityName": one.name,
            "SendingEnabled": authorization.may_send(context.backend, one.name),
            "VerificationStatus": STATUSES[one.status],
        }
        for one in page
    ]
    last = context.backend.registrations[page[-1].name] if more else None
    advance_scripts(context, _statuses_shown(context, filters, after, last))
    return {"EmailIdentities": shown} if last is None else {"EmailIdentities": shown, "NextToken": next_token(last)}


def _matches(filters: Params, one: Identity) -> bool:
    """Whether a listing shows an identity, if its status fits."""
    fits = filters.get("IDENTITY_TYPE") in (None, TYPES[one.type])
    return fits and filters.get("IDENTITY_NAME_CONTAINS", "") in one.name


def _statuses_shown(context: Context, filters: Params, after: int, last: int | None) -> list[str]:
    """The scripted identities whose status a page shows: those on it, and those missing for their status alone.

    Args:
        context: the call's context.
        filters: what the listing filters by.
        after: the number of the registration after which the page begins.
        last: the number of the last registration on the page; None if no page follows.

    """
    backend = context.backend
    return [
        one.name
        for one in backend.visible(backend.scripts, context.timestamp)
        if _matches(filters, one)
        and after < backend.registrations[one.name]
        and (last is None or backend.registrations[one.name] <= last)
    ]


def delete_email_identity(params: Params, context: Context) -> Result:
    """Deletes an identity; it must exist."""
    delete(context.state, context.backend, find_identity(params, context).name, context.timestamp)
    return {}


def put_email_identity_mail_from_attributes(params: Params, context: Context) -> Result:
    """Sets the MAIL FROM domain, or removes it."""
    reject = params.get("BehaviorOnMxFailure") == "REJECT_MESSAGE"
    set_mail_from(context, params["EmailIdentity"], params.get("MailFromDomain", ""), reject)
    return {}


def put_email_identity_feedback_attributes(params: Params, context: Context) -> Result:
    """Turns the forwarding of bounces and complaints on or off; v2 requires no topics."""
    identity = find_identity(params, context, aws_errors.invalid_identity)
    context.backend.settings(identity.name).forwarding = params.get("EmailForwardingEnabled", False)
    return {}


def put_email_identity_configuration_set_attributes(params: Params, context: Context) -> Result:
    """Sets the default configuration set, which must exist, or removes it."""
    identity = find_identity(params, context, aws_errors.identity_to_configure_not_found)
    context.backend.settings(identity.name).configuration_set = _configuration_set(params, context)
    return {}


def _configuration_set(params: Params, context: Context) -> str | None:
    """The configuration set that a request names, which must exist."""
    name: str | None = params.get("ConfigurationSetName")
    return configuration_sets.find(context, name).name if name is not None else None
