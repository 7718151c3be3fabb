"""Replaces attributes of a library's classes while a stub is active.

A patch is applied and restored as often as scopes begin and end, so its wrapper is made once for each original. Other
tools may patch the same attribute before, during or after a scope. `unpatched` returns the attribute below all our
wrappers, and nothing of ours remains after `Patch.restore`, except below another tool's patch, where our wrapper passes
every call on.

Relies on the patched attributes being in the class's own ``__dict__``, and on their being hashable functions.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .._core.locks import Rank, lock

#: Held while interceptors are added or removed, classes are patched, or what is kept for a client is looked up.
interception_lock = lock(Rank.INTERCEPTORS)

#: Our wrappers, and what each of them wraps.
_originals: dict[Any, Any] = {}


class Patch:
    """A patch of one attribute of a class.

    Args:
        owner: the class, which defines the attribute itself.
        name: the attribute.
        make: makes the wrapper, given the original.

    """

    def __init__(self, owner: type, name: str, make: Callable[[Any], Callable[..., Any]]) -> None:
        self.owner = owner
        self.name = name
        self._make = make
        # Most scopes find the same original, so each wrapper is made once.
        self._wrappers: dict[Any, Any] = {}

    def apply(self) -> None:
        """Sets the wrapper; does nothing if it is set already."""
        original = self.owner.__dict__[self.name]
        if original in _originals:
            return
        if original not in self._wrappers:
            wrapper = self._wrappers[original] = functools.wraps(original)(self._make(original))
            _originals[wrapper] = original
        setattr(self.owner, self.name, self._wrappers[original])

    def restore(self) -> None:
        """Sets the original again. Where another tool has patched over our wrapper, that tool's patch stays."""
        setattr(self.owner, self.name, unpatched(self.owner, self.name))


def unpatched(owner: type, name: str) -> Any:
    """A class's attribute as it would be without our patches."""
    found = owner.__dict__[name]
    while found in _originals:
        found = _originals[found]
    return found
