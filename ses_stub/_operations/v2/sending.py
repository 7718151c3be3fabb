"""SES v2: sends messages, and shows the account's quota."""

from __future__ import annotations

from json import loads
from typing import Any

from ..._core import sending_errors
from ..authorization import Envelope, send_quota
from ..context import Context, Params, Result
from ..delivery import Arns, compose, content_of, raw_email, recipients_of, sender_of, tags_of
from ..senders import Sender
from .account import describe_details


def send_email(params: Params, context: Context) -> Result:
    """Sends a message with a subject and a body, a MIME message, or a template."""
    content, source = params["Content"], params.get("FromEmailAddress")
    recipients = recipients_of(params.get("Destination", {}))
    if any("" in some for some in recipients):
        raise sending_errors.invalid_address("")
    if len(content) > 1:
        raise sending_errors.one_kind_of_content()
    tags = tags_of(params.get("EmailTags", ()))
    identity, reply_to = params.get("FromEmailAddressIdentityArn"), tuple(params.get("ReplyToAddresses", ()))
    return_path = params.get("FeedbackForwardingEmailAddress")
    return_path_arn = params.get("FeedbackForwardingEmailAddressIdentityArn")
    common: dict[str, Any] = {
        "service": "sesv2",
        "recipients": recipients,
        "reply_to": reply_to,
        "configuration_set": params.get("ConfigurationSetName"),
    }
    if "Raw" in content:
        email = raw_email(
            content["Raw"]["Data"],
            context,
            operation="SendEmail",
            source=source,
            return_path=return_path,
            # The one ARN replaces both headers of a MIME message (service model).
            arns=Arns(identity, identity, return_path_arn),
            tags=tags,
            **common,
        )
        return {"MessageId": email.message_id}
    action, shown = _shown(content)
    if not source:
        raise sending_errors.source_missing(has_template="Template" in content)
    envelope = Envelope(
        f"ses:{action}",
        source=Sender(source, identity),
        return_path=sender_of(return_path, return_path_arn),
        **common,
    )
    return {"MessageId": compose(envelope, context, operation="SendEmail", tags=tags, **shown).message_id}


def _shown(content: Params) -> tuple[str, dict[str, Any]]:
    """The action in policies, and the content of a message. Templates are not rendered."""
    if "Simple" in content:
        return "SendEmail", content_of(content["Simple"])
    if "Template" not in content:
        raise sending_errors.content_missing()
    template = content["Template"]
    if len({"TemplateName", "TemplateArn", "TemplateContent"} & template.keys()) != 1:
        raise sending_errors.template_or_inline()
    if "TemplateData" in template:
        _check_template_data(template["TemplateData"])
    own = template.get("TemplateContent", {})
    return "SendTemplatedEmail", {
        "template": template.get("TemplateName") or template.get("TemplateArn"),
        "template_data": template.get("TemplateData"),
        "subject": own.get("Subject"),
        "text": own.get("Text"),
        "html": own.get("Html"),
    }


def _check_template_data(text: str) -> None:
    try:
        data = loads(text)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise sending_errors.invalid_template_data()


def get_account(params: Params, context: Context) -> Result:
    """The account's quota and what it has sent."""
    return {
        "DedicatedIpAutoWarmupEnabled": True,
        "EnforcementStatus": context.options.enforcement_status,
        "ProductionAccessEnabled": context.options.production_access,
        "SendingEnabled": context.backend.account.sending_enabled,
        "SendQuota": send_quota(context),
        "SuppressionAttributes": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
        **describe_details(context),
    }


def put_account_sending_attributes(params: Params, context: Context) -> Result:
    """Pauses or resumes the account's sending."""
    context.backend.account.sending_enabled = params.get("SendingEnabled", False)
    return {}
