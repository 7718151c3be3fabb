"""The DNS that SES looks into: what the owners of domains have published, and what the test's resolver says beside.

Names without case or final dot, types without case; values as they were given. How values of one type compare is told
by `normalize_value`.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .._core.errors import InvalidArgumentError, suggest

#: Takes a name and a record type (``TXT``, ``CNAME`` or ``MX``), returns the values, as a zone file would write them.
Resolver = Callable[[str, str], Iterable[str]]

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


def normalize_name(name: str) -> str:
    """A DNS name as it is compared."""
    return name.lower().rstrip(".")


def normalize_value(kind: str, value: str) -> str:
    """A value of a type as it is compared: a text without its quotes, a host without case or final dot."""
    if kind == "TXT":
        # A zone file quotes a text, in pieces where it is long.
        return "".join(_QUOTED.findall(value)) if value.startswith('"') else value
    return " ".join(normalize_name(word) for word in value.split())


#: Those that a domain's owner may meet; SES looks at three of them.
_TYPES = (
    *("A", "AAAA", "CAA", "CNAME", "DNAME", "DNSKEY", "DS", "HTTPS", "MX", "NAPTR"),
    *("NS", "PTR", "SOA", "SPF", "SRV", "SSHFP", "SVCB", "TLSA", "TXT"),
)


def type_of(kind: object) -> str:
    """A record type, in capital letters.

    Raises:
        WrongValue: DNS has no such type.

    """
    if not isinstance(kind, str) or kind.upper() not in _TYPES:
        raise InvalidArgumentError("type", kind, f"one of {', '.join(_TYPES)}{suggest(str(kind), _TYPES)}")
    return kind.upper()


def ancestors(name: str) -> Iterator[str]:
    """A name and the domains above it, the nearest first."""
    while name:
        yield name
        name = name.partition(".")[2]


class Zone:
    """All records of the world."""

    def __init__(self, resolver: Resolver | None = None) -> None:
        self.resolver = resolver
        self._records: dict[tuple[str, str], list[str]] = {}

    def __deepcopy__(self, memo: dict[int, Any]) -> Zone:
        # The resolver is the test's: a method's object would be copied with it, and never hear of changes.
        other = Zone(self.resolver)
        other._records = copy.deepcopy(self._records, memo)
        return other

    def add(self, name: str, kind: str, value: str) -> None:
        """Publishes a record."""
        values = self._records.setdefault(_key(name, kind), [])
        if value not in values:
            values.append(value)

    def remove(self, name: str, kind: str, value: str | None) -> None:
        """Withdraws a record, or all of a name and type."""
        key = _key(name, kind)
        left = [
            one
            for one in self._records.pop(key, ())
            if value is not None and normalize_value(key[1], one) != normalize_value(key[1], value)
        ]
        if left:
            self._records[key] = left

    def published(self, name: str, kind: str) -> tuple[str, ...]:
        """The values of a name that were published here, without the resolver's."""
        return tuple(self._records.get(_key(name, kind), ()))

    def look_up(self, name: str, kind: str) -> set[str]:
        """The values of a name, each as it is compared."""
        key = _key(name, kind)
        asked = self.resolver(*key) if self.resolver is not None else ()
        return {normalize_value(key[1], value) for values in (self._records.get(key, ()), asked) for value in values}


def _key(name: str, kind: str) -> tuple[str, str]:
    return normalize_name(name), kind.upper()
