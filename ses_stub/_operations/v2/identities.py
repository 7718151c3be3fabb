"""SES v2: registers, lists and deletes identities."""

from __future__ import annotations

from ..._core import aws_errors, listing_errors
from ..._model import quotas
from ..._model.identity import IdentityType, canonical, is_email, is_identity
from ..._model.verification import request_dkim, request_verification
from .. import authorization, configuration_sets
from ..context import Context, Params, Result
from ..paging import next_token, place_of
from ..shared import advance_scripts, apply_scripts, delete_unless_replicated, dkim_of, set_mail_from
from .dkim import describe_dkim, keys_to_create
from .filters import Filter, check_filter, check_form, matches, matches_but_for_status
from .lookup import find_identity
from .tags import check_tags, describe_tags
from .verification_info import describe_checks

#: The default page size of ListEmailIdentities (reported as probed).
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
    parent, selector = keys_to_create(signing)
    identity = request_verification(context.place, name)
    settings = context.backend.settings(name)
    settings.tags.update(tags)
    settings.configuration_set = configuration_set
    shown: Result = {
        "IdentityType": identity.type.name,
        "VerifiedForSendingStatus": authorization.may_send(context.backend, name),
    }
    if identity.type is IdentityType.EMAIL_ADDRESS:
        return shown
    settings.dkim.enabled = True
    settings.dkim.key_length = signing.get("NextSigningKeyLength", settings.dkim.key_length)
    request_dkim(context.place, name, selector, parent)
    # The first result says that nothing has begun, the next one how far it is (reported).
    attributes = {**describe_dkim(settings.dkim, context), "Status": "NOT_STARTED"}
    return {
        **shown,
        "VerifiedForSendingStatus": authorization.may_send(context.backend, name),
        "DkimAttributes": attributes,
    }


def get_email_identity(params: Params, context: Context) -> Result:
    """All attributes of an identity."""
    # Other identities count too: whether an address may send also depends on its domain.
    apply_scripts(context)
    identity = find_identity(params, context)
    settings = context.backend.settings(identity.name)
    mail_from = settings.mail_from
    behavior = {"BehaviorOnMxFailure": "REJECT_MESSAGE" if mail_from.reject else "USE_DEFAULT_VALUE"}
    domain = {"MailFromDomain": mail_from.domain, "MailFromDomainStatus": mail_from.check.status.name}
    shown = {
        "IdentityType": identity.type.name,
        "FeedbackForwardingStatus": settings.forwarding,
        "VerifiedForSendingStatus": authorization.may_send(context.backend, identity.name),
        "DkimAttributes": describe_dkim(dkim_of(context.backend, identity), context),
        "MailFromAttributes": {**domain, **behavior} if mail_from.domain else behavior,
        "Policies": dict(settings.policies),
        "Tags": describe_tags(settings.tags),
        "ConfigurationSetName": settings.configuration_set,
        "VerificationStatus": identity.status.name,
        "VerificationInfo": describe_checks(identity, context),
    }
    advance_scripts(context, [identity.name])
    return shown


def list_email_identities(params: Params, context: Context) -> Result:
    """Pages through the identities in the order of registration."""
    check_form(params.get("Filter", {}))
    size = params.get("PageSize", _PAGE)
    if not 1 <= size <= quotas.LIST_PAGE:
        raise listing_errors.invalid_page_size(size, "PageSize", quotas.LIST_PAGE)
    filters = check_filter(params.get("Filter", {}))
    listed = f"identities {sorted(filters.items())}" if filters else "identities"
    invalid = listing_errors.invalid_next_token_of_filter if filters else listing_errors.invalid_next_token
    after = place_of(context, listed, params.get("NextToken"), invalid)
    apply_scripts(context)
    page, more = context.backend.page(after, size, lambda one: matches(filters, one))
    shown = [
        {
            "IdentityType": one.type.name,
            "IdentityName": one.name,
            "SendingEnabled": authorization.may_send(context.backend, one.name),
            "VerificationStatus": one.status.name,
        }
        for one in page
    ]
    last = context.backend.registrations[page[-1].name] if more else None
    advance_scripts(context, _statuses_shown(context, filters, after, last))
    return {"EmailIdentities": shown, **({"NextToken": next_token(context, listed, last)} if last is not None else {})}


def _statuses_shown(context: Context, filters: Filter, after: int, last: int | None) -> list[str]:
    """The scripted identities on a page, and those that only their status keeps off it.

    Args:
        context: the call's context.
        filters: the filter of the list.
        after: the page begins after the registration with this number.
        last: the number of the page's last registration; None if it is the last page.

    """
    backend = context.backend
    return [
        one.name
        for one in backend.find_all(backend.scripts)
        if matches_but_for_status(filters, one)
        and after < backend.registrations[one.name]
        and (last is None or backend.registrations[one.name] <= last)
    ]


def delete_email_identity(params: Params, context: Context) -> Result:
    """Deletes an identity, which must exist."""
    delete_unless_replicated(
        context, find_identity(params, context, aws_errors.email_identity_to_change_not_found).name
    )
    return {}


def put_email_identity_mail_from_attributes(params: Params, context: Context) -> Result:
    """Sets the MAIL FROM domain of an identity, or removes it."""
    reject = params.get("BehaviorOnMxFailure") == "REJECT_MESSAGE"
    set_mail_from(context, params["EmailIdentity"], params.get("MailFromDomain", ""), reject)
    return {}


def put_email_identity_feedback_attributes(params: Params, context: Context) -> Result:
    """Turns the forwarding of bounces and complaints on or off. v2 requires no topics."""
    identity = find_identity(params, context, aws_errors.invalid_identity)
    context.backend.settings(identity.name).forwarding = params.get("EmailForwardingEnabled", False)
    return {}


def put_email_identity_configuration_set_attributes(params: Params, context: Context) -> Result:
    """Sets the default configuration set of an identity, which must exist, or removes it."""
    identity = find_identity(params, context, aws_errors.identity_to_configure_not_found)
    context.backend.settings(identity.name).configuration_set = _configuration_set(params, context)
    return {}


def _configuration_set(params: Params, context: Context) -> str | None:
    """The configuration set that a request names, which must exist."""
    name: str | None = params.get("ConfigurationSetName")
    return configuration_sets.find(context, name).name if name is not None else None
