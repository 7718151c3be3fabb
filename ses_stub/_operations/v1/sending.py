"""SES v1: sends messages, and shows the account's quota."""

from __future__ import annotations

from typing import Any

from ..._time.time import from_timestamp
from .. import authorization
from ..authorization import Envelope
from ..context import Context, Params, Result
from ..delivery import Arns, compose, content_of, raw_email, recipients_of, sender_of, tags_of
from ..senders import Sender


def send_email(params: Params, context: Context) -> Result:
    """Sends a message with a subject and a body."""
    return _send("SendEmail", params, context, **content_of(params["Message"]))


def send_templated_email(params: Params, context: Context) -> Result:
    """Sends a template with its data. Templates are not stored: any name is accepted."""
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
    """Sends a MIME message. Its header has the sender and recipients that the request leaves out."""
    email = raw_email(
        params["RawMessage"]["Data"],
        context,
        operation="SendRawEmail",
        source=params.get("Source"),
        # The request does not say which are Cc and Bcc.
        recipients=(tuple(params.get("Destinations", ())), (), ()),
        service="ses",
        arns=Arns(params.get("SourceArn"), params.get("FromArn"), params.get("ReturnPathArn")),
        tags=tags_of(params.get("Tags", ())),
        configuration_set=params.get("ConfigurationSetName"),
    )
    return {"MessageId": email.message_id}


def get_send_quota(params: Params, context: Context) -> Result:
    """The account's quota and the number of recipients so far."""
    return authorization.send_quota(context)


def get_send_statistics(params: Params, context: Context) -> Result:
    """What the account sent in the last two weeks, in intervals of 15 minutes, without empty ones."""
    points = [
        {
            "Timestamp": from_timestamp(start),
            "DeliveryAttempts": point.attempts,
            "Bounces": point.bounces,
            "Complaints": point.complaints,
            # AWS rejects messages with a virus.
            "Rejects": 0,
        }
        for start, point in context.backend.account.recent_statistics(context.timestamp).items()
    ]
    return {"SendDataPoints": points}


def get_account_sending_enabled(params: Params, context: Context) -> Result:
    """Whether the account may send in this region."""
    return {"Enabled": context.backend.account.sending_enabled}


def update_account_sending_enabled(params: Params, context: Context) -> Result:
    """Pauses or resumes the account's sending."""
    context.backend.account.sending_enabled = params.get("Enabled", False)
    return {}
