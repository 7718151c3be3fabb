"""What the control API takes and gives: the forms of its bodies and queries, and what is told of what there is.

What identities, statuses, regions and operations there are is for the stub to say, in words of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from ..._model.mailbox import query_of

if TYPE_CHECKING:
    from ..._model.identity import Identity
    from ..._model.mailbox import VerificationEmail
    from ..._service.faults import Fault

RecordType = Literal["TXT", "CNAME", "MX"]
#: As a text of DNS may be, and all of it can be seen: it stands in XML.
_Token = Annotated[str, Meta(pattern=r"^[!-~]{1,255}$(?!\n)")]
#: It goes into a header.
_Code = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{1,128}$(?!\n)")]
_Link = Annotated[str, Meta(pattern="^https?://")]
_Name = Annotated[str, Meta(min_length=1, max_length=255)]
_Value = Annotated[str, Meta(min_length=1, max_length=4096)]
# JSON has one kind of number: 3.0 is a whole one, too.
_Count = Annotated[float, Meta(ge=1, le=1_000_000, multiple_of=1)]
_Status = Annotated[float, Meta(ge=200, le=599, multiple_of=1)]
# Two hundred years of each: no single step gets from the last moment that is allowed to the end of Python's dates.
_Seconds = Annotated[float, Meta(ge=0, le=6.4e9)]
_Minutes = Annotated[float, Meta(ge=0, le=1e8)]
_Hours = Annotated[float, Meta(ge=0, le=1.8e6)]
_Days = Annotated[float, Meta(ge=0, le=73_000)]


class Order(Struct, forbid_unknown_fields=True):
    """A body or a query. A member that it does not know is an error.

    What is left out is unset, not None: in a query, msgspec would take the word null for that.
    """


class Nothing(Order):
    """No members at all."""


class Place(Order):
    """Region and account; by default those of the handle that is served."""

    region: str | UnsetType = UNSET
    account_id: str | UnsetType = UNSET


class NewIdentity(Order):
    """An identity that is to be there, as if it had come to its status earlier."""

    name: str
    status: str = "Success"
    token: _Token | UnsetType = UNSET


class Script(Order):
    """What the next answers show: statuses, each for one answer or for a number of them; the last one stays."""

    steps: Annotated[list[str | tuple[str, _Count]], Meta(min_length=1, max_length=1000)]


class Later(Order):
    """What is to happen after so many seconds: a status, or the owner confirms."""

    after_seconds: _Seconds
    status: str | UnsetType = UNSET
    confirm: bool | UnsetType = UNSET

    def __post_init__(self) -> None:
        if (self.status is UNSET) == (self.confirm is UNSET) or self.confirm is False:
            raise ValueError('Expected one of `status` and `"confirm": true`')


class Click(Order):
    """Who clicks the last link sent to an address, or which link."""

    address: str | UnsetType = UNSET
    link: _Link | UnsetType = UNSET

    def __post_init__(self) -> None:
        if (self.address is UNSET) == (self.link is UNSET):
            raise ValueError("Expected one of `address` and `link`")


class RecordQuery(Order):
    """The records of a name and a type."""

    name: _Name
    type: RecordType


class OldRecord(RecordQuery):
    """A record that goes, or all of a name and a type."""

    value: _Value | UnsetType = UNSET


class NewRecord(RecordQuery):
    """A record, its value as in a zone file."""

    value: _Value


class Length(Order):
    """How far the clock is moved: the sum."""

    days: _Days = 0
    hours: _Hours = 0
    minutes: _Minutes = 0
    seconds: _Seconds = 0


class NewFault(Order):
    """The next calls that fail, and how: with an error, a body, a bare status, or a connection that is closed."""

    operation: str | UnsetType = UNSET
    error_code: _Code | UnsetType = UNSET
    message: str | UnsetType = UNSET
    # A status below 200 tells HTTP of an answer yet to come.
    status: _Status | UnsetType = UNSET
    body: str | UnsetType = UNSET
    disconnect: bool | UnsetType = UNSET
    times: _Count | None = 1

    def __post_init__(self) -> None:
        kinds = sum(one is not UNSET for one in (self.error_code, self.body, self.disconnect))
        if kinds > 1 or (kinds == 0 and self.status is UNSET) or self.disconnect is False:
            raise ValueError('Expected one of `error_code`, `body` and `"disconnect": true`, or `status` alone')
        if self.disconnect is True and self.status is not UNSET:
            raise ValueError("Expected no `status` with `disconnect`: nothing is answered")
        if self.message is not UNSET and self.error_code is UNSET:
            raise ValueError("Expected `error_code` with `message`")


class CallsQuery(Place):
    """Which calls; ``after`` is the number of the last one that is known."""

    operation: str | UnsetType = UNSET
    error_code: str | UnsetType = UNSET
    service: Literal["ses", "sesv2"] | UnsetType = UNSET
    after: Annotated[int, Meta(ge=0, le=2**53)] = 0
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class TimelineQuery(Order):
    """A table or a picture; by default what the header Accept says, else the table."""

    format: Literal["text", "svg"] | UnsetType = UNSET


# What is given.


def told(identity: Identity, region: str, account_id: str) -> dict[str, Any]:
    """An identity."""
    return {
        "name": identity.name,
        "type": identity.type,
        "status": identity.status,
        "token": identity.token,
        "requested_at": identity.requested_at,
        "expires_at": identity.expires_at,
        "region": region,
        "account_id": account_id,
    }


def fault_told(fault: Fault) -> dict[str, Any]:
    """An ordered failure; ``times`` is how often it still comes, None for always."""
    error, body = fault.error, fault.body
    return {
        "operation": fault.operation,
        "error_code": error.code if error else None,
        "message": error.message if error else None,
        "status": error.status if error else fault.status,
        "body": body.decode(errors="replace") if isinstance(body, bytes) else body if isinstance(body, str) else None,
        "exception": type(fault.exception).__name__ if fault.exception else None,
        "times": fault.times,
        "used": fault.used,
    }


def mail_told(mail: VerificationEmail, opener: str) -> dict[str, Any]:
    """A mail; ``opener`` is what opens the links here."""
    return {
        "to": mail.to,
        "identity": mail.identity,
        "region": mail.region,
        "account_id": mail.account_id,
        "subject": mail.subject,
        "sender": mail.sender,
        "body": mail.body,
        "sent_at": mail.sent_at,
        "expires_at": mail.expires_at,
        "link": mail.link or None,
        "url": f"{opener}?{query_of(mail.link)}" if mail.link else None,
    }
