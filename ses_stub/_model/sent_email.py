"""The messages that SES accepted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class SentEmail:
    """A message that SES accepted.

    A missing field is empty, or None if an empty value has its own meaning.

    Attributes:
        message_id: the ID that the caller got.
        source: the sender, as given.
        to: the recipients "To", as given.
        cc: the recipients "Cc".
        bcc: the recipients "Bcc".
        subject: the subject; of a raw message the one in its header.
        text: the body in plain text.
        html: the body in HTML.
        raw: a raw message, complete.
        template: the name of the template.
        template_data: the template's data, as JSON.
        reply_to: the addresses for replies.
        return_path: the address for bounces.
        tags: the message's tags.
        configuration_set: the configuration set in the request, else the identity's default.
        operation: the operation that sent it.
        service: ``ses`` or ``sesv2``.
        region: the region that it was sent from.
        account_id: the account that it was sent from.
        sent_at: when it was sent (UTC).

    """

    message_id: str
    source: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    operation: str
    service: str
    region: str
    account_id: str
    sent_at: datetime
    subject: str | None = None
    text: str | None = None
    html: str | None = None
    raw: bytes | None = field(default=None, repr=False)
    template: str | None = None
    template_data: str | None = None
    reply_to: tuple[str, ...] = ()
    return_path: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    configuration_set: str | None = None

    @property
    def destinations(self) -> tuple[str, ...]:
        """All recipients: To, Cc, Bcc."""
        return (*self.to, *self.cc, *self.bcc)
