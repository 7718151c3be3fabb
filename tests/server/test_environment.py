"""The environment for child processes is restored to what it was."""

from __future__ import annotations

import os
from unittest.mock import patch

import pytest

from ses_stub._server.endpoint import temporary_environment


@pytest.fixture(autouse=True)
def before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A", "mine")
    monkeypatch.delenv("B", raising=False)


def seen() -> tuple[str | None, str | None]:
    return os.environ.get("A"), os.environ.get("B")


def test_variables_are_set_and_restored() -> None:
    """One is replaced, one is new, and both are as before at the end."""
    with temporary_environment({"A": "a", "B": "b"}):
        assert seen() == ("a", "b")
    assert seen() == ("mine", None)


def test_none_unsets_a_variable() -> None:
    """A variable that is unset is set again at the end."""
    with temporary_environment({"A": None}):
        assert seen() == (None, None)
    assert seen() == ("mine", None)


def test_variables_are_restored_after_an_exception() -> None:
    """An exception changes nothing about it."""
    with pytest.raises(ZeroDivisionError), temporary_environment({"A": "a", "B": "b"}):
        raise ZeroDivisionError
    assert seen() == ("mine", None)


def test_nested_environments_restore_in_reverse_order() -> None:
    """The inner one's values hold while it lasts, then the outer one's."""
    with temporary_environment({"A": "outer", "B": "outer"}):
        with temporary_environment({"A": "inner"}):
            assert seen() == ("inner", "outer")
        assert seen() == ("outer", "outer")
    assert seen() == ("mine", None)


def test_nested_environments_with_equal_values() -> None:
    """Two that set the same value restore it twice."""
    with temporary_environment({"A": "same"}):
        with temporary_environment({"A": "same"}):
            assert os.environ["A"] == "same"
        assert os.environ["A"] == "same"
    assert seen() == ("mine", None)


def test_outer_environment_that_ends_first_leaves_the_inner_one() -> None:
    """The inner one's values hold while it lasts, also where the outer one has ended before."""
    outer, inner = temporary_environment({"A": "outer"}), temporary_environment({"A": "inner"})
    outer.__enter__()
    inner.__enter__()
    outer.__exit__(None, None, None)
    assert os.environ["A"] == "inner"
    inner.__exit__(None, None, None)


def test_variable_that_other_code_has_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that changes a variable meanwhile has the last word."""
    with temporary_environment({"A": "a", "B": "b"}):
        monkeypatch.setenv("B", "theirs")
    assert seen() == ("mine", "theirs")


def test_variable_that_other_code_has_set_between_two_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is restored when the inner one ends, and stays after both."""
    with temporary_environment({"A": "same"}):
        monkeypatch.setenv("A", "theirs")
        with temporary_environment({"A": "same"}):
            assert os.environ["A"] == "same"
        assert os.environ["A"] == "theirs"
    assert os.environ["A"] == "theirs"


def test_variable_that_other_code_has_unset_stays_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for a test that removes a variable."""
    with temporary_environment({"A": "a"}):
        monkeypatch.delenv("A")
    assert seen() == (None, None)


def test_environment_within_a_patch_of_the_whole_environment() -> None:
    """A patch that ends later finds the environment as it was."""
    with patch.dict(os.environ, {"A": "patched"}):
        with temporary_environment({"A": "a", "B": "b"}):
            pass
        assert seen() == ("patched", None)
    assert seen() == ("mine", None)


def test_environment_that_outlasts_a_patch_of_the_whole_environment() -> None:
    """A patch that ends earlier has restored everything already; the next environment works like any other."""
    environment = temporary_environment({"A": "a", "B": "b"})
    with patch.dict(os.environ):
        environment.__enter__()
    assert seen() == ("mine", None)
    environment.__exit__(None, None, None)
    assert seen() == ("mine", None)
    with temporary_environment({"A": "later"}):
        assert seen() == ("later", None)
    assert seen() == ("mine", None)
