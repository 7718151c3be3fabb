"""The TXT records that the owners of domains have published. Names without case or final dot; values exact."""

from __future__ import annotations

_LABEL = "_amazonses."


def normal(name: str) -> str:
    """A DNS name as it is compared."""
    return name.lower().rstrip(".")


def record_name(domain: str) -> str:
    """Where the TXT record of a domain stands."""
    return _LABEL + domain


class Zone:
    """All TXT records of the world."""

    def __init__(self) -> None:
        self._txt: dict[str, list[str]] = {}

    def add(self, name: str, value: str) -> str:
        """Publishes a record. Returns the domain whose verification it may concern."""
        values = self._txt.setdefault(normal(name), [])
        if value not in values:
            values.append(value)
        return _domain(name)

    def remove(self, name: str, value: str | None) -> str:
        """Withdraws a record, or all of a name. Returns the domain that it may concern."""
        key = normal(name)
        left = [] if value is None else [other for other in self._txt.get(key, ()) if other != value]
        if left:
            self._txt[key] = left
        else:
            self._txt.pop(key, None)
        return _domain(name)

    def txt(self, name: str) -> tuple[str, ...]:
        """The values of a name."""
        return tuple(self._txt.get(normal(name), ()))

    def proves(self, domain: str, token: str) -> bool:
        """Whether the records show the token, in one of the two documented forms.

        Guide, "Amazon SES domain verification TXT records": the token at ``_amazonses.DOMAIN``, or, where
        underscores are not allowed, ``amazonses:TOKEN`` at the domain itself.
        """
        return token in self._txt.get(record_name(domain), ()) or f"amazonses:{token}" in self._txt.get(domain, ())


def _domain(name: str) -> str:
    return normal(name).removeprefix(_LABEL)
