"""The query of the page's URL: a filter, a page of each list, and one identity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

#: The filter: a text, and a status of identities.
_FILTER = ("q", "status")
#: The selected identity, whose records and emails are shown.
_IDENTITY = ("name", "region", "account")
#: The lists. Each parameter is a page number.
LISTS = ("identities", "records", "inbox", "sent", "sets", "calls")
#: The lists that show only what belongs to the selected identity.
_OF_IDENTITY = LISTS[1:]
#: The maximum length of a value, as no name is longer.
_LENGTH = 320


class Query:
    """The parameters of the page's URL. Unknown ones are ignored.

    Args:
        args: the parameters by name.

    """

    def __init__(self, args: Mapping[str, str]) -> None:
        known = (*_FILTER, *_IDENTITY, *LISTS)
        self._values = {name: value[:_LENGTH] for name in known if (value := args.get(name, "").strip())}

    @property
    def text(self) -> str:
        """The text of the filter."""
        return self._values.get("q", "")

    @property
    def status(self) -> str:
        """The status in the filter; empty for all."""
        return self._values.get("status", "")

    @property
    def identity(self) -> tuple[str, str, str]:
        """Account, region and name of the selected identity; empty texts for none."""
        account_id, region, name = (self._values.get(one, "") for one in ("account", "region", "name"))
        return account_id, region, name

    def page_number(self, name: str) -> int:
        """The page number of a list, from 1. It may be larger than the last."""
        value = self._values.get(name, "")
        return max(1, int(value)) if value.isascii() and value.isdecimal() and len(value) < 10 else 1

    def link(self, **changes: Any) -> str:
        """The page's URL with changes; an empty value removes a parameter.

        A change of the filter goes to the first page of every list, a change of the identity to that of its lists.
        """
        kept = dict(self._values)
        if not changes.keys().isdisjoint(_FILTER):
            reset: tuple[str, ...] = LISTS
        elif not changes.keys().isdisjoint(_IDENTITY):
            reset = _OF_IDENTITY
        else:
            reset = ()
        for name in reset:
            kept.pop(name, None)
        values = {name: value for name, value in {**kept, **changes}.items() if value}
        return f"/?{urlencode(values)}" if values else "/"

    def hidden_fields(self) -> list[tuple[str, str]]:
        """The parameters to keep in the filter's form."""
        return [(name, self._values[name]) for name in ("status", *_IDENTITY) if name in self._values]
