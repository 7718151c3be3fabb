"""What both APIs do with a message: check the sending authorization, then record the message as sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from typing import Any

from .._core import sending_errors
from .._model import addresses
from .._model.sent_email import SentEmail
from .._model.tokens import new_message_id
from .._time.time import from_timestamp
from . import authorization
from .authorization import Envelope
from .context import Context, Params

#: To, Cc and Bcc.
Recipients = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]


def compose(
    context: Context,
    *,
    source: str,
    recipients: Recipients,
    reply_to: Sequence[str],
    return_path: str | None,
    named: Sequence[str] = (),
    **rest: Any,
) -> SentEmail:
    """Sends a message; ``named`` are the senders in its header.

    Raises:
        AWSError: it is not authorized.

    """
    to, cc, bcc = recipients
    envelope = Envelope(source, tuple(named), (*to, *cc, *bcc), return_path, tuple(reply_to))
    counted = authorization.check(envelope, context)
    email = SentEmail(
        message_id=new_message_id(context.state, context.backend, context.timestamp),
        source=source,
        to=to,
        cc=cc,
        bcc=bcc,
        region=context.region,
        account_id=context.account_id,
        sent_at=from_timestamp(context.timestamp),
        reply_to=tuple(reply_to),
        return_path=return_path,
        **rest,
    )
    context.state.sent_emails.append(email)
    context.backend.account.record_send(context.timestamp, counted)
    return email


def raw_email(
    raw: bytes,
    context: Context,
    *,
    source: str | None,
    recipients: Recipients,
    reply_to: Sequence[str] = (),
    return_path: str | None = None,
    **rest: Any,
) -> SentEmail:
    """Sends a MIME message; what the request does not name is that of its header.

    Raises:
        AWSError: it has no sender, or is not authorized.

    """
    try:
        mime = message_from_bytes(raw)
        text, html = _body(mime, "text/plain"), _body(mime, "text/html")
    except RecursionError:
        raise sending_errors.message_nested_too_deeply() from None
    named = _addresses(mime, "From")
    if not source and not named:
        raise sending_errors.from_header_missing()
    to, cc, bcc = (_addresses(mime, field) for field in ("To", "Cc", "Bcc"))
    subject = mime["Subject"]
    return compose(
        context,
        source=source or named[0],
        recipients=recipients if any(recipients) else (to, cc, bcc),
        reply_to=reply_to or _addresses(mime, "Reply-To"),
        return_path=return_path or next(iter(_addresses(mime, "Return-Path")), None),
        named=[*named, *_addresses(mime, "Sender")],
        subject=_unfolded(_readable(str(subject))) if subject is not None else None,
        text=text,
        html=html,
        raw=raw,
        **rest,
    )


def recipients_of(destination: Params) -> Recipients:
    """Those that a request names."""
    to, cc, bcc = (tuple(destination.get(f"{field}Addresses", ())) for field in ("To", "Cc", "Bcc"))
    return to, cc, bcc


def content_of(message: Params) -> dict[str, str | None]:
    """Subject and bodies of a message that is no MIME message."""
    body = message["Body"]
    return {
        "subject": message["Subject"]["Data"],
        "text": body.get("Text", {}).get("Data"),
        "html": body.get("Html", {}).get("Data"),
    }


def tags_of(tags: Sequence[Params]) -> dict[str, str]:
    """The tags of a message."""
    return {tag["Name"]: tag["Value"] for tag in tags}


def _unfolded(header: str) -> str:
    return re.sub(r"\r?\n(?=[ \t])", "", header)


def _readable(header: str) -> str:
    """A header without its encoding; as it is, if that cannot be read."""
    try:
        return str(make_header(decode_header(header)))
    except (HeaderParseError, LookupError, ValueError):
        return header


def _addresses(mime: Message, field: str) -> tuple[str, ...]:
    """The addresses of a header as they are written, those of a group too."""
    values = mime.get_all(field, [])
    return tuple(one for value in values for one in addresses.split(_unfolded(str(value))))


def _body(mime: Message, content_type: str) -> str | None:
    """The first body of a type that is no attachment, nor part of one."""
    for part in _leaves(mime):
        if part.get_content_type() == content_type:
            try:
                payload = part.get_payload(decode=True)
            except ValueError:  # pragma: no cover  # Python 3.10's, of uuencoded text that is none.
                del part["Content-Transfer-Encoding"]
                payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            try:
                return payload.decode(part.get_content_charset("utf-8"), "replace")
            except (LookupError, ValueError):
                # Unknown, or none of a text's.
                return payload.decode("utf-8", "replace")
    return None


def _leaves(part: Message) -> Iterator[Message]:
    """The parts of a message that are no attachments and have no parts themselves; a message within it is one."""
    if part.get_content_disposition() == "attachment":
        return
    within: Any = part.get_payload() if part.get_content_maintype() == "multipart" else None
    if not isinstance(within, list):
        yield part
        return
    for one in within:
        yield from _leaves(one)
