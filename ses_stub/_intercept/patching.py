"""Replaces attributes of a library's classes while a stub is active.

Other tools may patch the same attribute before, during or after a scope: tracers such as New Relic or OpenTelemetry,
and mocks. So an attribute may be any callable. It is bound to the instance as Python would bind it, and compared by
identity only, as wrapt's wrappers are equal to what they wrap.

`unpatched` returns the attribute below all our wrappers. After `Patch.restore` nothing of ours remains, except below
another tool's patch: there our wrapper passes every call on. We keep no reference to another tool's patch.

Relies on the patched attributes being in the class's own ``__dict__``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import FunctionType
from typing import Any
from weakref import WeakKeyDictionary

from .._core.locks import Rank, lock

#: Held while interceptors are added or removed, classes are patched, or a client's entry is looked up.
interception_lock = lock(Rank.INTERCEPTORS)

#: Our wrappers, and what each wraps. Weak: a wrapper lives only where it is set, and in its `Patch`.
_originals: WeakKeyDictionary[FunctionType, Any] = WeakKeyDictionary()


class Patch:
    """A patch of one attribute of a class.

    Args:
        owner: the class that defines the attribute.
        name: the attribute.
        make: makes the wrapper from the original, a function whose first argument is the instance.

    """

    def __init__(self, owner: type, name: str, make: Callable[[Any], Callable[..., Any]]) -> None:
        self.owner = owner
        self.name = name
        self._make = make
        # Most scopes find the library's own function, so its wrapper is kept.
        self._library_function: Any = None
        self._kept_wrapper: Any = None

    def apply(self) -> None:
        """Sets the wrapper; does nothing if it is set already."""
        found = self.owner.__dict__[self.name]
        if found is self._library_function:
            setattr(self.owner, self.name, self._kept_wrapper)
        elif found is not self._kept_wrapper and not _is_wrapper(found):
            setattr(self.owner, self.name, self._wrapper_of(found))

    def _wrapper_of(self, original: Any) -> Any:
        is_function = type(original) is FunctionType
        made = self._make(original if is_function else _as_function(original))
        # The __dict__ of a mock or of a wrapt wrapper is its own, or that of what it wraps.
        wrapper: Any = functools.wraps(original, updated=("__dict__",) if is_function else ())(made)
        _originals[wrapper] = original
        # Compares the place of the code: a wrapper of a function has the function's name and module.
        if is_function and _package(original.__globals__["__name__"]) == _package(self.owner.__module__):
            self._library_function, self._kept_wrapper = original, wrapper
        return wrapper

    def restore(self) -> None:
        """Restores the original. Where another tool has patched over our wrapper, that tool's patch stays."""
        found = self.owner.__dict__[self.name]
        if found is self._kept_wrapper:
            setattr(self.owner, self.name, self._library_function)
        elif _is_wrapper(found):
            setattr(self.owner, self.name, _below(found))


def unpatched(owner: type, name: str) -> Any:
    """A method of a class without our patches, as a function whose first argument is the instance."""
    found = _below(next(vars(cls)[name] for cls in owner.__mro__ if name in vars(cls)))
    return found if type(found) is FunctionType else _as_function(found)


def _package(module: str) -> str:
    return module.partition(".")[0]


def _is_wrapper(found: Any) -> bool:
    # Only functions are looked up: other objects may be equal to ours, or not hashable.
    return type(found) is FunctionType and found in _originals


def _below(found: Any) -> Any:
    while _is_wrapper(found):
        found = _originals[found]
    return found


def _as_function(original: Any) -> Any:
    return functools.update_wrapper(functools.partial(_call_bound, original), original, updated=())


def _call_bound(original: Any, instance: Any, *args: Any, **kwargs: Any) -> Any:
    """Calls an attribute of a class as Python calls it on an instance."""
    bind = getattr(type(original), "__get__", None)
    bound = original if bind is None else bind(original, instance, type(instance))
    return bound(*args, **kwargs)
