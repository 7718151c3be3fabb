"""SES v1: sending, and what an account may send."""

from __future__ import annotations

from typing import Any

from .. import authorization
from ..context import Context, Params, Result
from ..delivery import compose, content_of, raw_email, recipients_of, tags_of


def send_email(params: Params, context: Context) -> Result:
    """Sends a message with subject and body."""
    return _send("SendEmail", params, context, **content_of(params["Message"]))


def send_templated_email(params: Params, context: Context) -> Result:
    """Sends a template filled with data. Templates are not stored: whether it exists is not checked."""
    content = {"template": params["Template"], "template_data": params["TemplateData"]}
    return _send("SendTemplatedEmail", params, context, **content)


def _send(operation: str, params: Params, context: Context, **content: Any) -> Result:
    email = compose(
        context,
        operation=operation,
        service="ses",
        source=params["Source"],
        recipients=recipients_of(params["Destination"]),
        reply_to=params.get("ReplyToAddresses", ()),
        return_path=params.get("ReturnPath"),
        tags=tags_of(params.get("Tags", ())),
        configuration_set=params.get("ConfigurationSetName"),
        **content,
    )
    return {"MessageId": email.message_id}


def send_raw_email(params: Params, context: Context) -> Result:
    """Sends a MIME message; sender and recipients are those of its header where the request names none."""
    email = raw_email(
        params["RawMessage"]["Data"],
        context,
        operation="SendRawEmail",
        service="ses",
        source=params.get("Source"),
        # The request does not say which of them are Cc and Bcc.
        recipients=(tuple(params.get("Destinations", ())), (), ()),
        tags=tags_of(params.get("Tags", ())),
        configuration_set=params.get("ConfigurationSetName"),
    )
    return {"MessageId": email.message_id}


def get_send_quota(params: Params, context: Context) -> Result:
    """What the account may send, and has sent: recipients, not messages."""
    return authorization.send_quota(context)


def get_account_sending_enabled(params: Params, context: Context) -> Result:
    """Whether sending is enabled for the account in this region."""
    return {"Enabled": context.backend.account.sending_enabled}


def update_account_sending_enabled(params: Params, context: Context) -> Result:
    """Pauses or resumes the account's sending."""
    context.backend.account.sending_enabled = params.get("Enabled", False)
    return {}
