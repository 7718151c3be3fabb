"""The environment for child processes is given back as it was, in whatever order its givers end."""

from __future__ import annotations

import os
from unittest.mock import patch

import pytest

from ses_stub._server.environment import lay, lift


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


@pytest.mark.parametrize("first", [0, 1], ids=["inner first", "outer first"])
def test_what_somebody_else_has_set_between_two_stays(monkeypatch: pytest.MonkeyPatch, first: int) -> None:
    """It is there again when the newer one ends, and after both."""
    outer, inner = {"A": "same"}, {"A": "same"}
    lay(outer)
    monkeypatch.setenv("A", "theirs")
    lay(inner)
    one, other = (inner, outer) if first == 0 else (outer, inner)
    lift(one)
    assert os.environ["A"] == ("theirs" if first == 0 else "same")
    lift(other)
    assert os.environ["A"] == "theirs"


def test_what_somebody_else_has_taken_away_stays_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """So has one that removes a variable."""
    layer = {"A": "a"}
    lay(layer)
    monkeypatch.delenv("A")
    lift(layer)
    assert seen() == (None, None)


def test_environment_that_was_given_back_by_somebody_else() -> None:
    """A patch of the whole environment that ends earlier has given it back already; the next layer is as any."""
    layer, later = {"A": "a", "B": "b"}, {"A": "later"}
    with patch.dict(os.environ):
        lay(layer)
    assert seen() == ("mine", None)
    lift(layer)
    assert seen() == ("mine", None)
    lay(later)
    assert seen() == ("later", None)
    lift(later)
    assert seen() == ("mine", None)


def test_layer_within_a_patch_of_the_environment() -> None:
    """A patch that ends later finds it as it was."""
    layer = {"A": "a", "B": "b"}
    with patch.dict(os.environ, {"A": "patched"}):
        lay(layer)
        lift(layer)
        assert seen() == ("patched", None)
    assert seen() == ("mine", None)
