"""SES v1: sending, and what an account may send."""

from __future__ import annotations

from typing import Any

from ..._time.time import from_timestamp
from .. import authorization
from ..authorization import Envelope
from ..context import Context, Params, Result
from ..delivery import Arns, compose, content_of, raw_email, recipients_of, sender_of, tags_of
from ..senders import Sender


def send_email(params: Params, context: Context) -> Result:
    """Sends a message with subject and body."""
    return _send("SendEmail", params, context, **content_of(params["Message"]))


def send_templated_email(params: Params, context: Context) -> Result:
    """Sends a template filled with data. Templates are not stored: whether it exists is not checked."""
    content = {"template": params["Template"], "template_data": params["TemplateData"]}
    return _send("SendTemplatedEmail", params, context, **content)


def _send(operation: str, params: Params, context: Context, **content: Any) -> Result:
    tags = tags_of(params.get("Tags", ()))
    envelope = Envelope(
        f"ses:{operation}",
        "ses",
        source=Sender(params["Source"], params.get("SourceArn")),
        recipients=recipients_of(params["Destination"]),
        return_path=sender_of(params.get("ReturnPath"), params.get("ReturnPathArn")),
        reply_to=tuple(params.get("ReplyToAddresses", ())),
        configuration_set=params.get("ConfigurationSetName"),
    )
    return {"MessageId": compose(envelope, context, operation=operation, tags=tags, **content).message_id}


def send_raw_email(params: Params, context: Context) -> Result:
    """Sends a MIME message; sender and recipients are those of its header where the request names none."""
    email = raw_email(
        params["RawMessage"]["Data"],
        context,
        operation="SendRawEmail",
        source=params.get("Source"),
        # The request does not say which of them are Cc and Bcc.
        recipients=(tuple(params.get("Destinations", ())), (), ()),
        service="ses",
        arns=Arns(params.get("SourceArn"), params.get("FromArn"), params.get("ReturnPathArn")),
        tags=tags_of(params.get("Tags", ())),
        configuration_set=params.get("ConfigurationSetName"),
    )
    return {"MessageId": email.message_id}


def get_send_quota(params: Params, context: Context) -> Result:
    """What the account may send, and has sent: recipients, not messages."""
    return authorization.send_quota(context)


def get_send_statistics(params: Params, context: Context) -> Result:
    """What the account has sent in the last two weeks, in intervals of 15 minutes; none without a message."""
    points = [
        {
            "Timestamp": from_timestamp(start),
            "DeliveryAttempts": point.attempts,
            "Bounces": point.bounces,
            "Complaints": point.complaints,
            # Of a message that AWS finds a virus in.
            "Rejects": 0,
        }
        for start, point in context.backend.account.recent_statistics(context.timestamp).items()
    ]
    return {"SendDataPoints": points}


def get_account_sending_enabled(params: Params, context: Context) -> Result:
    """Whether sending is enabled for the account in this region."""
    return {"Enabled": context.backend.account.sending_enabled}


def update_account_sending_enabled(params: Params, context: Context) -> Result:
    """Pauses or resumes the account's sending."""
    context.backend.account.sending_enabled = params.get("Enabled", False)
    return {}
