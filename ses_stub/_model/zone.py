"""The DNS that SES sees: what tests publish, and what the test's resolver adds.

Names are stored in lower case without final dot, types in capitals, values as given. `normalize_value` says how values
of a type are compared.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .._core.errors import InvalidArgumentError, suggest

#: Takes a name and a record type (``TXT``, ``CNAME`` or ``MX``); returns the values as in a zone file.
Resolver = Callable[[str, str], Iterable[str]]

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


def normalize_name(name: str) -> str:
    """A DNS name in the form that is compared."""
    return name.lower().rstrip(".")


def normalize_value(rdtype: str, value: str) -> str:
    """A value in the form that is compared: a text without its quotes, a host in lower case without final dot."""
    if rdtype == "TXT":
        # A zone file quotes a text, and splits a long one.
        return "".join(_QUOTED.findall(value)) if value.startswith('"') else value
    return " ".join(normalize_name(word) for word in value.split())


#: Record types of a domain. SES uses three of them.
_TYPES = (
    *("A", "AAAA", "CAA", "CNAME", "DNAME", "DNSKEY", "DS", "HTTPS", "MX", "NAPTR"),
    *("NS", "PTR", "SOA", "SPF", "SRV", "SSHFP", "SVCB", "TLSA", "TXT"),
)


def type_of(rdtype: object) -> str:
    """A record type, in capitals.

    Raises:
        InvalidArgumentError: the type is unknown.

    """
    if not isinstance(rdtype, str) or rdtype.upper() not in _TYPES:
        raise InvalidArgumentError("type", rdtype, f"one of {', '.join(_TYPES)}{suggest(str(rdtype), _TYPES)}")
    return rdtype.upper()


def ancestors(name: str) -> Iterator[str]:
    """A name and its parent domains, the nearest first."""
    while name:
        yield name
        name = name.partition(".")[2]


@dataclass(eq=False)
class Zone:
    """All records.

    Attributes:
        resolver: a function that returns more values; None for none.
        records: the published values, by name and type.

    """

    resolver: Resolver | None = None
    records: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def __deepcopy__(self, memo: dict[int, Any]) -> Zone:
        # The resolver is the test's. If it is a method, a copy would copy its object, and miss later changes.
        return Zone(self.resolver, copy.deepcopy(self.records, memo))

    def add(self, name: str, rdtype: str, value: str) -> None:
        """Publishes a record."""
        values = self.records.setdefault(_key(name, rdtype), [])
        if value not in values:
            values.append(value)

    def remove(self, name: str, rdtype: str, value: str | None) -> None:
        """Removes a record, or all of a name and type."""
        key = _key(name, rdtype)
        left = [
            one
            for one in self.records.pop(key, ())
            if value is not None and normalize_value(key[1], one) != normalize_value(key[1], value)
        ]
        if left:
            self.records[key] = left

    def published(self, name: str, rdtype: str) -> tuple[str, ...]:
        """The values that were published at a name, without the resolver's."""
        return tuple(self.records.get(_key(name, rdtype), ()))

    def has(self, name: str) -> bool:
        """Whether any records were published at a name, without the resolver's."""
        return any((normalize_name(name), kind) in self.records for kind in _TYPES)

    def look_up(self, name: str, rdtype: str) -> set[str]:
        """The values of a name in the form that is compared, with the resolver's."""
        key = _key(name, rdtype)
        asked = self.resolver(*key) if self.resolver is not None else ()
        return {normalize_value(key[1], value) for values in (self.records.get(key, ()), asked) for value in values}


def _key(name: str, rdtype: str) -> tuple[str, str]:
    return normalize_name(name), rdtype.upper()
