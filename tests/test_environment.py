"""The environment for child processes is given back as it was, in whatever order its givers end."""

from __future__ import annotations

import os

import pytest

from ses_stub._environment import lay, lift


@pytest.fixture(autouse=True)
def before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A", "mine")
    monkeypatch.delenv("B", raising=False)


def seen() -> tuple[str | None, str | None]:
    return os.environ.get("A"), os.environ.get("B")


def test_variables_come_and_go() -> None:
    """One is replaced, one is new, and both are as before at the end."""
    layer = {"A": "a", "B": "b"}
    lay(layer)
    assert seen() == ("a", "b")
    lift(layer)
    assert seen() == ("mine", None)


def test_variable_is_taken_away() -> None:
    """None is no value."""
    layer = {"A": None}
    lay(layer)
    assert seen() == (None, None)
    lift(layer)
    assert seen() == ("mine", None)


@pytest.mark.parametrize("first", [0, 1], ids=["inner first", "outer first"])
def test_two_at_once(first: int) -> None:
    """The newest one's values hold as long as it lasts."""
    outer, inner = {"A": "outer", "B": "outer"}, {"A": "inner"}
    lay(outer)
    lay(inner)
    assert seen() == ("inner", "outer")
    one, other = (inner, outer) if first == 0 else (outer, inner)
    lift(one)
    assert seen() == (("outer", "outer") if first == 0 else ("inner", None))
    lift(other)
    assert seen() == ("mine", None)


def test_two_alike() -> None:
    """Two that set the same are two."""
    layers = [{"A": "same"}, {"A": "same"}]
    for layer in layers:
        lay(layer)
    for layer in layers:
        assert os.environ["A"] == "same"
        lift(layer)
    assert seen() == ("mine", None)


def test_what_somebody_else_has_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that changes a variable meanwhile has the last word."""
    layer = {"A": "a", "B": "b"}
    lay(layer)
    monkeypatch.setenv("B", "theirs")
    lift(layer)
    assert seen() == ("mine", "theirs")
