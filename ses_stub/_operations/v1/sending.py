"""SES v1: sending, and what an account may send."""

from __future__ import annotations

from typing import Any

from ..._model.backend import Backend
from ..._model.options import Options
from ..._wire.messages import Params, Result
from .. import authorization as _gate
from ..delivery import compose, content_of, raw_email, recipients_of, tags_of


def send_email(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Sends a message of subject and body."""
    return _send("SendEmail", params, backend, now, options, **content_of(params["Message"]))


def send_templated_email(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Sends a template filled with data. Templates are not kept: whether it is there is not asked."""
    content = {"template": params["Template"], "template_data": params["TemplateData"]}
    return _send("SendTemplatedEmail", params, backend, now, options, **content)


def _send(operation: str, params: Params, backend: Backend, now: int, options: Options, **content: Any) -> Result:
    email = compose(
        backend,
        now,
        options,
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


def send_raw_email(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Sends a MIME message; sender and recipients are those of its header where the request names none."""
    email = raw_email(
        params["RawMessage"]["Data"],
        backend,
        now,
        options,
        operation="SendRawEmail",
        service="ses",
        source=params.get("Source"),
        # Nobody tells which of them are copies.
        recipients=(tuple(params.get("Destinations", ())), (), ()),
        tags=tags_of(params.get("Tags", ())),
        configuration_set=params.get("ConfigurationSetName"),
    )
    return {"MessageId": email.message_id}


def get_send_quota(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """What the account may send, and has sent: recipients, not messages."""
    day, second = _gate.quota(options)
    sent = _gate.sent_today(backend, now)
    return {"Max24HourSend": float(day), "MaxSendRate": float(second), "SentLast24Hours": float(sent)}


def get_account_sending_enabled(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Whether the account sends in this region."""
    return {"Enabled": backend.account.sending_enabled}


def update_account_sending_enabled(params: Params, backend: Backend, now: int, options: Options) -> Result:
    """Pauses the account's sending, or takes it up again."""
    backend.account.sending_enabled = params.get("Enabled", False)
    return {}
