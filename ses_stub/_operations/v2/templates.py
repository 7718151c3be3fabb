"""SES v2: templates of custom verification emails, where v2 differs from v1. `custom_mails` has the rest."""

from __future__ import annotations

from ..._core import listing_errors, sending_errors
from ..._model import quotas
from .. import custom_mails
from ..context import Context, Params, Result
from .tags import check_tags, describe_tags


def create_custom_verification_email_template(params: Params, context: Context) -> Result:
    """Adds a template with its tags. Its sender must be verified."""
    tags = check_tags({}, params.get("Tags", ()))
    custom_mails.create_template(params, context)
    context.backend.templates[params["TemplateName"]].tags.update(tags)
    return {}


def get_custom_verification_email_template(params: Params, context: Context) -> Result:
    """A template with all its fields and tags."""
    shown = custom_mails.get_template(params, context)
    return {**shown, "Tags": describe_tags(context.backend.templates[params["TemplateName"]].tags)}


def list_custom_verification_email_templates(params: Params, context: Context) -> Result:
    """Pages through the templates. A page size out of range is an error."""
    size = params.get("PageSize", quotas.MAX_TEMPLATES)
    if not 1 <= size <= quotas.MAX_TEMPLATES:
        raise listing_errors.invalid_template_page_size(quotas.MAX_TEMPLATES)
    return custom_mails.list_templates(context, size, params.get("NextToken"))


def send_custom_verification_email(params: Params, context: Context) -> Result:
    """Registers an address, or restarts its verification, with a custom verification email."""
    return custom_mails.send_custom_verification_email(params, context, sending_errors.template_not_found)
