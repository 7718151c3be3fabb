"""The DNS that SES sees: what tests have published, and what the test's resolver adds.

Names are kept without case or final dot, types in capital letters, values as they were given. `normalize_value` says
how values of one type are compared.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .._core.errors import InvalidArgumentError, suggest

#: Takes a name and a record type (``TXT``, ``CNAME`` or ``MX``), returns the values, as a zone file would write them.
Resolver = Callable[[str, str], Iterable[str]]

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


def normalize_name(name: str) -> str:
    """A DNS name as it is compared."""
    return name.lower().rstrip(".")


def normalize_value(rdtype: str, value: str) -> str:
    """A value of a type as it is compared: a text without its quotes, a host without case or final dot."""
    if rdtype == "TXT":
        # A zone file quotes a text, in pieces where it is long.
        return "".join(_QUOTED.findall(value)) if value.startswith('"') else value
    return " ".join(normalize_name(word) for word in value.split())


#: Types of records that a domain may have; SES looks at three of them.
_TYPES = (
    *("A", "AAAA", "CAA", "CNAME", "DNAME", "DNSKEY", "DS", "HTTPS", "MX", "NAPTR"),
    *("NS", "PTR", "SOA", "SPF", "SRV", "SSHFP", "SVCB", "TLSA", "TXT"),
)


def type_of(rdtype: object) -> str:
    """A record type, in capital letters.

    Raises:
        InvalidArgumentError: DNS has no such type.

    """
    if not isinstance(rdtype, str) or rdtype.upper() not in _TYPES:
        raise InvalidArgumentError("type", rdtype, f"one of {', '.join(_TYPES)}{suggest(str(rdtype), _TYPES)}")
    return rdtype.upper()


def ancestors(name: str) -> Iterator[str]:
    """A name and the domains above it, the nearest first."""
    while name:
        yield name
        name = name.partition(".")[2]


@dataclass(eq=False)
class Zone:
    """All records.

    Attributes:
        resolver: a function that is asked for more values; None asks nobody.
        records: the values that were published, by name and type.

    """

    resolver: Resolver | None = None
    records: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def __deepcopy__(self, memo: dict[int, Any]) -> Zone:
        # The resolver is the test's: if it is a method, its object would be copied too, and not see later changes.
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
        """The values of a name that were published here, without the resolver's."""
        return tuple(self.records.get(_key(name, rdtype), ()))

    def has(self, name: str) -> bool:
        """Whether records of any type were published at a name, without the resolver's."""
        return any((normalize_name(name), kind) in self.records for kind in _TYPES)

    def look_up(self, name: str, rdtype: str) -> set[str]:
        """The values of a name as they are compared, with the resolver's."""
        key = _key(name, rdtype)
        asked = self.resolver(*key) if self.resolver is not None else ()
        return {normalize_value(key[1], value) for values in (self.records.get(key, ()), asked) for value in values}


def _key(name: str, rdtype: str) -> tuple[str, str]:
    return normalize_name(name), rdtype.upper()
