"""The schemas of the control API's queries and bodies, and the JSON of its responses.

They check types and lengths. The stub checks names, statuses, regions and operations, with better errors.
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
#: The maximum length of a text in DNS, and printable ASCII, as XML contains it.
_Token = Annotated[str, Meta(pattern=r"^[!-~]{1,255}$(?!\n)")]
#: Headers contain it.
_Code = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{1,128}$(?!\n)")]
_Link = Annotated[str, Meta(pattern="^https?://")]
_Name = Annotated[str, Meta(min_length=1, max_length=255)]
_Value = Annotated[str, Meta(min_length=1, max_length=4096)]
# JSON has one type of number, so 3.0 is a whole number too.
_Count = Annotated[float, Meta(ge=1, le=1_000_000, multiple_of=1)]
_Status = Annotated[float, Meta(ge=200, le=599, multiple_of=1)]
# At most two hundred years each, so that no step from the latest allowed time exceeds Python's last date.
_Seconds = Annotated[float, Meta(ge=0, le=6.4e9)]
_Minutes = Annotated[float, Meta(ge=0, le=1e8)]
_Hours = Annotated[float, Meta(ge=0, le=1.8e6)]
_Days = Annotated[float, Meta(ge=0, le=73_000)]


class Payload(Struct, forbid_unknown_fields=True):
    """A body or a query. Unknown members are an error.

    A missing member is UNSET, not None: in a query, msgspec would read the text "null" as None.
    """


class Empty(Payload):
    """No members."""


class Location(Payload):
    """Region and account; by default those of the stub."""

    region: str | UnsetType = UNSET
    account_id: str | UnsetType = UNSET


class NewIdentity(Payload):
    """An identity to add, with its initial statuses."""

    name: str
    status: str = "Success"
    token: _Token | UnsetType = UNSET
    dkim: str | UnsetType = UNSET
    mail_from: str | tuple[str, str] | UnsetType = UNSET


class Script(Payload):
    """The statuses that the next responses show, each for a number of responses. The last one stays."""

    steps: Annotated[list[str | tuple[str, _Count]], Meta(min_length=1, max_length=1000)]


class ScheduledAction(Payload):
    """What happens to an identity after a number of seconds: a new status, or its verification."""

    after_seconds: _Seconds
    status: str | UnsetType = UNSET
    confirm: bool | UnsetType = UNSET

    def __post_init__(self) -> None:
        if (self.status is UNSET) == (self.confirm is UNSET) or self.confirm is False:
            raise ValueError('Expected one of `status` and `"confirm": true`')


class Click(Payload):
    """The link to open: the last one to an address, or the given one."""

    address: str | UnsetType = UNSET
    link: _Link | UnsetType = UNSET

    def __post_init__(self) -> None:
        if (self.address is UNSET) == (self.link is UNSET):
            raise ValueError("Expected one of `address` and `link`")


class RecordQuery(Payload):
    """The name and type of records."""

    name: _Name
    type: RecordType


class RecordsToRemove(RecordQuery):
    """A record to remove; without a value all of a name and type."""

    value: _Value | UnsetType = UNSET


class NewRecord(RecordQuery):
    """A record to publish, with a value as in a zone file."""

    value: _Value


class Duration(Payload):
    """The time to move the clock by: the sum of all members."""

    days: _Days = 0
    hours: _Hours = 0
    minutes: _Minutes = 0
    seconds: _Seconds = 0


class NewFault(Payload):
    """A failure to inject: the calls that fail, and an error, a body, a status or a closed connection."""

    operation: str | UnsetType = UNSET
    error_code: _Code | UnsetType = UNSET
    message: str | UnsetType = UNSET
    # In HTTP, a status below 200 announces another response.
    status: _Status | UnsetType = UNSET
    body: str | UnsetType = UNSET
    disconnect: bool | UnsetType = UNSET
    times: _Count | None = 1

    def __post_init__(self) -> None:
        kinds = sum(one is not UNSET for one in (self.error_code, self.body, self.disconnect))
        if kinds > 1 or (kinds == 0 and self.status is UNSET) or self.disconnect is False:
            raise ValueError('Expected one of `error_code`, `body` and `"disconnect": true`, or `status` alone')
        if self.disconnect is True and self.status is not UNSET:
            raise ValueError("Expected no `status` with `disconnect`: there is no response")
        if self.message is not UNSET and self.error_code is UNSET:
            raise ValueError("Expected `error_code` with `message`")


class PageQuery(Location):
    """The items to list. ``after`` is the number of the last known item."""

    after: Annotated[int, Meta(ge=0, le=2**53)] = 0
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class EmailsQuery(PageQuery):
    """The emails to list: those to an address."""

    to: str | UnsetType = UNSET


class CallsQuery(PageQuery):
    """The calls to list."""

    operation: str | UnsetType = UNSET
    error_code: str | UnsetType = UNSET
    service: Literal["ses", "sesv2"] | UnsetType = UNSET


class TimelineQuery(Payload):
    """A table or a picture. The default is the format that the Accept header prefers, or the table."""

    format: Literal["text", "svg"] | UnsetType = UNSET


# The JSON of responses.


def identity_json(identity: Identity, region: str, account_id: str) -> dict[str, Any]:
    """The JSON of an identity."""
    return {**vars(identity), "region": region, "account_id": account_id}


def fault_json(fault: Fault) -> dict[str, Any]:
    """The JSON of an injected failure. ``times`` is the number of calls that still fail; None for all."""
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


def email_json(email: VerificationEmail, link_url: str) -> dict[str, Any]:
    """The JSON of a verification email.

    Args:
        email: the email.
        link_url: this server's address for verification links, without a query.

    """
    return {
        **{name: value for name, value in vars(email).items() if name != "pages"},
        "expires_at": email.expires_at,
        "link": email.link or None,
        "url": f"{link_url}?{query_of(email.link)}" if email.link else None,
    }
