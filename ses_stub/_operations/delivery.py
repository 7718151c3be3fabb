"""Sends a message, for both APIs: checks its tags and the sending authorization, and records it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from typing import Any, NamedTuple

from .._core import sending_errors
from .._model import addresses, quotas
from .._model.mailbox_simulator import simulated
from .._model.sent_email import SentEmail
from .._model.tokens import new_message_id
from .._time.time import from_timestamp
from . import authorization
from .authorization import Envelope, Recipients
from .context import Context, Params
from .senders import Sender

# Two names belong to AWS (recorded): they group a feedback loop's reports.
_TAG_NAME = re.compile(r"[A-Za-z0-9_-]+|ses:feedback-id-[ab]")
_TAG_VALUE = re.compile(r"[A-Za-z0-9_.@-]+")


class Arns(NamedTuple):
    """The identities of other accounts that a request names, as ARNs.

    Attributes:
        source: for the sender's address.
        named: for the senders in the header; SourceArn does not count for them (reported).
        return_path: for the address that bounces go to.

    """

    source: str | None = None
    named: str | None = None
    return_path: str | None = None


def compose(envelope: Envelope, context: Context, **rest: Any) -> SentEmail:
    """Sends a message. ``rest`` are the attributes of the `SentEmail` that its envelope does not have.

    Raises:
        AWSError: it is not authorized.

    """
    passed = authorization.check(envelope, context)
    to, cc, bcc = envelope.recipients
    email = SentEmail(
        message_id=new_message_id(context.backend, context.timestamp),
        source=envelope.source.address,
        to=to,
        cc=cc,
        bcc=bcc,
        service=envelope.service,
        region=context.region,
        account_id=context.account_id,
        sent_at=from_timestamp(context.timestamp),
        reply_to=envelope.reply_to,
        return_path=envelope.return_path.address if envelope.return_path else None,
        configuration_set=passed.configuration_set,
        **rest,
    )
    context.state.sent_emails.append(email)
    context.backend.account.record_send(context.timestamp, passed.counted)
    _record_statistics(envelope.everybody, context)
    return email


def _record_statistics(recipients: Sequence[str], context: Context) -> None:
    """Counts the recipients. Only messages to the mailbox simulator and the suppression list have another result."""
    point = context.backend.account.data_point(context.timestamp)
    outcomes = Counter(map(simulated, recipients))
    point.attempts += len(recipients)
    # A message to an address on the suppression list bounces.
    point.bounces += outcomes["bounce"] + outcomes["suppressionlist"]
    point.complaints += outcomes["complaint"]


def raw_email(
    raw: bytes,
    context: Context,
    *,
    service: str,
    source: str | None,
    recipients: Recipients,
    arns: Arns,
    tags: dict[str, str],
    configuration_set: str | None,
    reply_to: Sequence[str] = (),
    return_path: str | None = None,
    **rest: Any,
) -> SentEmail:
    """Sends a MIME message. Its header has what the request leaves out.

    Raises:
        AWSError: it has no sender, or is not authorized.

    """
    try:
        mime = message_from_bytes(raw)
        text, html = _body(mime, "text/plain"), _body(mime, "text/html")
    except RecursionError:
        raise sending_errors.message_nested_too_deeply() from None
    tags = tags or _tags_of_header(mime)
    from_header = _addresses(mime, "From")
    if not source and not from_header:
        raise sending_errors.from_header_missing()
    from_arn = arns.named or _text(mime, "X-SES-FROM-ARN")
    bounces = return_path or next(iter(_addresses(mime, "Return-Path")), None)
    to, cc, bcc = (_addresses(mime, field) for field in ("To", "Cc", "Bcc"))
    envelope = Envelope(
        "ses:SendRawEmail",
        service,
        source=Sender(source or from_header[0], arns.source or _text(mime, "X-SES-SOURCE-ARN")),
        named=tuple(Sender(one, from_arn) for one in (*from_header, *_addresses(mime, "Sender"))),
        recipients=recipients if any(recipients) else (to, cc, bcc),
        return_path=sender_of(bounces, arns.return_path or _text(mime, "X-SES-RETURN-PATH-ARN")),
        reply_to=tuple(reply_to or _addresses(mime, "Reply-To")),
        configuration_set=configuration_set or _text(mime, "X-SES-CONFIGURATION-SET"),
    )
    return compose(envelope, context, subject=_subject(mime), text=text, html=html, raw=raw, tags=tags, **rest)


def sender_of(address: str | None, arn: str | None) -> Sender | None:
    """The sender of an address and an ARN, if the request has the address."""
    return Sender(address, arn) if address else None


def recipients_of(destination: Params) -> Recipients:
    """The recipients that a request names."""
    to, cc, bcc = (tuple(destination.get(f"{field}Addresses", ())) for field in ("To", "Cc", "Bcc"))
    return to, cc, bcc


def content_of(message: Params) -> dict[str, str | None]:
    """The subject and bodies of a simple message."""
    body = message["Body"]
    return {
        "subject": message["Subject"]["Data"],
        "text": body.get("Text", {}).get("Data"),
        "html": body.get("Html", {}).get("Data"),
    }


def tags_of(tags: Sequence[Params]) -> dict[str, str]:
    """The tags of a message.

    Raises:
        AWSError: a name or value is missing, too long, or has other characters.

    """
    return _checked_tags((tag["Name"], tag["Value"]) for tag in tags)


def _tags_of_header(mime: Message) -> dict[str, str]:
    """The tags in the header of a MIME message: ``X-SES-MESSAGE-TAGS: name=value, name=value``."""
    texts = _text(mime, "X-SES-MESSAGE-TAGS")
    pairs = (one.partition("=") for one in texts.split(",")) if texts else ()
    return _checked_tags((name.strip(), value.strip()) for name, _, value in pairs)


def _checked_tags(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    longest, tags = quotas.MESSAGE_TAG_LENGTH, {}
    for name, value in pairs:
        if not name:
            raise sending_errors.tag_name_missing()
        if len(name) > longest:
            raise sending_errors.tag_name_too_long(longest)
        if not _TAG_NAME.fullmatch(name):
            raise sending_errors.invalid_tag_name(name)
        if not value:
            raise sending_errors.tag_value_missing()
        if len(value) > longest:
            raise sending_errors.tag_value_too_long(longest)
        if not _TAG_VALUE.fullmatch(value):
            raise sending_errors.invalid_tag_value(value)
        tags[name] = value
    return tags


def _text(mime: Message, field: str) -> str | None:
    """The first header of that name, on one line."""
    value = mime[field]
    return _unfolded(str(value)).strip() if value is not None else None


def _subject(mime: Message) -> str | None:
    subject = mime["Subject"]
    return _unfolded(_readable(str(subject))) if subject is not None else None


def _unfolded(header: str) -> str:
    return re.sub(r"\r?\n(?=[ \t])", "", header)


def _readable(header: str) -> str:
    """A decoded header; unchanged if it cannot be decoded."""
    try:
        return str(make_header(decode_header(header)))
    except (HeaderParseError, LookupError, ValueError):
        return header


def _addresses(mime: Message, field: str) -> tuple[str, ...]:
    """The addresses of a header as they are written, with those of groups."""
    values = mime.get_all(field, [])
    return tuple(one for value in values for one in addresses.split(_unfolded(str(value))))


def _body(mime: Message, content_type: str) -> str | None:
    """The first body of a type that is not an attachment nor part of one."""
    for part in _leaves(mime):
        if part.get_content_type() == content_type:
            try:
                payload = part.get_payload(decode=True)
            except ValueError:  # pragma: no cover  # Python 3.10, for invalid uuencoded text.
                del part["Content-Transfer-Encoding"]
                payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            try:
                return payload.decode(part.get_content_charset("utf-8"), "replace")
            except (LookupError, ValueError):
                # An unknown encoding, or one that is not for text.
                return payload.decode("utf-8", "replace")
    return None


def _leaves(part: Message) -> Iterator[Message]:
    """The parts of a message that are not attachments and have no parts. A message within it is an attachment."""
    if part.get_content_disposition() == "attachment":
        return
    within: Any = part.get_payload() if part.get_content_maintype() == "multipart" else None
    if not isinstance(within, list):
        yield part
        return
    for one in within:
        yield from _leaves(one)
