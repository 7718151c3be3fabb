"""Custom verification emails and their templates, as far as both APIs are alike.

Guide: "Using custom verification email templates".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from .._core import aws_errors, listing_errors, sending_errors
from .._model import quotas
from .._model.backend import Backend
from .._model.identity import is_email
from .._model.settings import Template
from .._model.tokens import new_message_id
from .._model.verification import request_verification
from . import authorization, configuration_sets
from .context import Context, Params, Result
from .paging import next_token, place_of
from .shared import is_web_page

#: What is listed, for the tokens of pages.
_LISTED = "custom verification email templates"

#: The fields of a template: the API's name and ours.
_FIELDS = {
    "TemplateName": "name",
    "FromEmailAddress": "sender",
    "TemplateSubject": "subject",
    "TemplateContent": "content",
    "SuccessRedirectionURL": "success_url",
    "FailureRedirectionURL": "failure_url",
}


def create_template(params: Params, context: Context) -> Result:
    """Adds a template. Its sender must be verified."""
    template = Template(**{ours: params[theirs] for theirs, ours in _FIELDS.items()})
    _check(template, context.backend)
    if template.name in context.backend.templates:
        raise sending_errors.template_already_exists(template.name)
    if len(context.backend.templates) >= quotas.MAX_TEMPLATES:
        raise sending_errors.too_many_templates(quotas.MAX_TEMPLATES)
    context.backend.templates[template.name] = template
    return {}


def update_template(params: Params, context: Context) -> Result:
    """Changes the given fields of a template."""
    given = {ours: params[theirs] for theirs, ours in _FIELDS.items() if theirs in params}
    template = replace(_template(params, context.backend), **given)
    _check(template, context.backend)
    context.backend.templates[template.name] = template
    return {}


def get_template(params: Params, context: Context) -> Result:
    """A template with all its fields."""
    template = _template(params, context.backend)
    return {name: getattr(template, field) for name, field in _FIELDS.items()}


def list_templates(context: Context, size: int, token: str | None) -> Result:
    """A page of templates in the order of creation, without their contents.

    Args:
        context: the call's context.
        size: the size of the page.
        token: the token of the page; None or empty for the first.

    """
    start = place_of(context, _LISTED, token, listing_errors.invalid_next_token_of_templates)
    templates = list(context.backend.templates.values())
    shown = [
        {name: getattr(one, field) for name, field in _FIELDS.items() if field != "content"}
        for one in templates[start : start + size]
    ]
    more = {"NextToken": next_token(context, _LISTED, start + size)} if start + size < len(templates) else {}
    return {"CustomVerificationEmailTemplates": shown, **more}


def delete_template(params: Params, context: Context) -> Result:
    """Deletes a template."""
    del context.backend.templates[_template(params, context.backend).name]
    return {}


def send_custom_verification_email(
    params: Params,
    context: Context,
    unknown: Callable[[str], aws_errors.AWSError] = sending_errors.template_to_send_not_found,
) -> Result:
    """Registers an address, or restarts its verification, with a custom verification email.

    Args:
        params: the call's parameters.
        context: the call's context.
        unknown: the API's error for a template that does not exist.

    """
    address = params["EmailAddress"]
    authorization.check_account(context)
    if not context.options.production_access:
        raise sending_errors.production_access_required()
    if not address:
        raise sending_errors.address_not_specified()
    if not is_email(address):
        raise aws_errors.invalid_email(address)
    template = context.backend.templates.get(params["TemplateName"])
    if template is None:
        raise unknown(params["TemplateName"])
    if not authorization.may_send(context.backend, template.sender):
        raise sending_errors.message_rejected(context.region, [template.sender], "FromEmailAddressNotVerified")
    if configuration_set := params.get("ConfigurationSetName"):
        configuration_sets.find(context, configuration_set)
    request_verification(context.place, address, template)
    return {"MessageId": new_message_id(context.backend, context.timestamp)}


def _template(params: Params, backend: Backend) -> Template:
    template = backend.templates.get(params["TemplateName"])
    if template is None:
        raise sending_errors.template_not_found(params["TemplateName"])
    return template


def _check(template: Template, backend: Backend) -> None:
    if not authorization.may_send(backend, template.sender):
        raise sending_errors.from_email_address_not_verified(template.sender)
    for which, url in (("success", template.success_url), ("failure", template.failure_url)):
        if not is_web_page(url):
            raise sending_errors.invalid_redirection_url(which)
