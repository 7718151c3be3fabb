"""How pytest stores a fixture that is defined in a class, so that the class decorator can wrap it.

Relies on pytest's internals: until pytest 8.3 a fixture is a function with two attributes; from 8.4 it is its own
object. `tests/intercept/test_integration_points_tools.py` tests both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def is_fixture(member: Any) -> bool:
    """Whether a member is a fixture."""
    return _marker(member) is not None


def rebuild(member: Any, wrap: Callable[[Any, Any], Any]) -> Any:
    """The same fixture, around ``wrap`` of its function and its pytest scope."""
    marker = _marker(member)
    function = _function(member)
    wrapped = wrap(function, marker.scope)
    return member if wrapped is function else marker(wrapped)


def _marker(member: Any) -> Any:
    # Checks the type, as a Mock has every attribute.
    kind = type(member).__name__
    if kind == "FixtureFunctionDefinition":
        return vars(member)["_fixture_function_marker"]
    return vars(member).get("_pytestfixturefunction") if kind == "function" else None


def _function(member: Any) -> Any:
    wrapped = getattr(member, "__pytest_wrapped__", None)
    return wrapped.obj if wrapped is not None else vars(member)["_fixture_function"]
