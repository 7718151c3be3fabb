"""SES v2: sending, and what an account may send."""

from __future__ import annotations

from typing import Any

from ..._core import sending_errors
from ..authorization import send_quota
from ..context import Context, Params, Result
from ..delivery import compose, content_of, raw_email, recipients_of, tags_of


def send_email(params: Params, context: Context) -> Result:
    """Sends a message with subject and body, a MIME message, or a template."""
    content, source = params["Content"], params.get("FromEmailAddress")
    recipients = recipients_of(params.get("Destination", {}))
    if any("" in some for some in recipients):
        raise sending_errors.invalid_address("")
    rest: dict[str, Any] = {
        "operation": "SendEmail",
        "service": "sesv2",
        "recipients": recipients,
        "reply_to": params.get("ReplyToAddresses", ()),
        "return_path": params.get("FeedbackForwardingEmailAddress"),
        "tags": tags_of(params.get("EmailTags", ())),
        "configuration_set": params.get("ConfigurationSetName"),
    }
    if "Raw" in content:
        email = raw_email(content["Raw"]["Data"], context, source=source, **rest)
        return {"MessageId": email.message_id}
    shown = _shown(content)
    if not source:
        raise sending_errors.source_missing(has_template="Template" in content)
    email = compose(context, source=source, **shown, **rest)
    return {"MessageId": email.message_id}


def _shown(content: Params) -> dict[str, Any]:
    """The content of a message; a template's text is not filled in."""
    if "Simple" in content:
        return content_of(content["Simple"])
    if "Template" not in content:
        raise sending_errors.content_missing()
    template = content["Template"]
    own = template.get("TemplateContent", {})
    return {
        "template": template.get("TemplateName"),
        "template_data": template.get("TemplateData"),
        "subject": own.get("Subject"),
        "text": own.get("Text"),
        "html": own.get("Html"),
    }


def get_account(params: Params, context: Context) -> Result:
    """What the account may send, and has sent."""
    return {
        "DedicatedIpAutoWarmupEnabled": True,
        "EnforcementStatus": "HEALTHY",
        "ProductionAccessEnabled": context.options.production_access,
        "SendingEnabled": context.backend.account.sending_enabled,
        "SendQuota": send_quota(context),
        "SuppressionAttributes": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
    }


def put_account_sending_attributes(params: Params, context: Context) -> Result:
    """Pauses or resumes the account's sending."""
    context.backend.account.sending_enabled = params.get("SendingEnabled", False)
    return {}
