"""SES v1: verification mails of the account's own design. Those of an address are in `_v1_identities`."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from ..._core import errors as _errors
from ..._model import quotas as _limits
from ..._model.backend import Backend
from ..._model.identity import is_email
from ..._model.options import Options
from ..._model.settings import Template
from ..._wire.messages import Params, Result
from .. import authorization as _gate
from .identities import next_token, place_of

#: The fields of a template, in the words of the API and in ours.
_FIELDS = {
    "TemplateName": "name",
    "FromEmailAddress": "sender",
    "TemplateSubject": "subject",
    "TemplateContent": "content",
    "SuccessRedirectionURL": "success_url",
    "FailureRedirectionURL": "failure_url",
}


def create_custom_verification_email_template(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Adds a template whose sender may send."""
    template = Template(**{ours: params[theirs] for theirs, ours in _FIELDS.items()})
    _check(template, backend)
    if template.name in backend.templates:
        raise _errors.template_exists(template.name)
    if len(backend.templates) >= _limits.MAX_TEMPLATES:
        raise _errors.too_many_templates(_limits.MAX_TEMPLATES)
    backend.templates[template.name] = template
    return {}


def update_custom_verification_email_template(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Changes what is given of a template."""
    given = {ours: params[theirs] for theirs, ours in _FIELDS.items() if theirs in params}
    template = replace(_template(params, backend), **given)
    _check(template, backend)
    backend.templates[template.name] = template
    return {}


def get_custom_verification_email_template(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """A template as it was given."""
    template = _template(params, backend)
    return {name: getattr(template, field) for name, field in _FIELDS.items()}


def list_custom_verification_email_templates(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Pages through the templates in the order of their creation, without their contents."""
    size = params.get("MaxResults", _limits.MAX_TEMPLATES)
    if not 1 <= size <= _limits.MAX_TEMPLATES:
        size = _limits.MAX_TEMPLATES
    start = place_of(params.get("NextToken"), "nextToken")
    templates = list(backend.templates.values())
    shown = [
        {name: getattr(one, field) for name, field in _FIELDS.items() if field != "content"}
        for one in templates[start : start + size]
    ]
    more = {"NextToken": next_token(start + size)} if start + size < len(templates) else {}
    return {"CustomVerificationEmailTemplates": shown, **more}


def delete_custom_verification_email_template(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Takes a template away."""
    del backend.templates[_template(params, backend).name]
    return {}


def send_custom_verification_email(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Registers an address, or restarts its verification, with a mail of the account's own design."""
    address = params["EmailAddress"]
    _gate.check_account(backend)
    if not options.production_access:
        raise _errors.sandboxed()
    if not address:
        raise _errors.invalid_parameter("Email address not specified.")
    if not is_email(address):
        raise _errors.invalid_email(address)
    template = backend.templates.get(params["TemplateName"])
    if template is None:
        raise _errors.no_template_to_send(params["TemplateName"])
    if not _gate.may_send(backend, template.sender):
        raise _errors.rejected(backend.region, [template.sender], "FromEmailAddressNotVerified")
    backend.verify(address, now, template)
    return {"MessageId": backend.message_id(now)}


def _template(params: Params, backend: Backend) -> Template:
    template = backend.templates.get(params["TemplateName"])
    if template is None:
        raise _errors.no_template(params["TemplateName"])
    return template


def _check(template: Template, backend: Backend) -> None:
    if not _gate.may_send(backend, template.sender):
        raise _errors.template_sender_not_verified(template.sender)
    for which, url in (("success", template.success_url), ("failure", template.failure_url)):
        if not _is_page(url):
            raise _errors.invalid_redirection(which)


def _is_page(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    # urlsplit leaves control characters out, which no header may hold.
    return parts.scheme in ("http", "https") and bool(parts.hostname) and url.isprintable()
