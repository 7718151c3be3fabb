"""The page on fidelity agrees with the tests."""

from __future__ import annotations

import pytest
from conformance.questions import QUESTIONS
from fidelity import HEADING, PAGE, SURE, TESTS, Behaviour, behaviours, operations, tables

TEXT = PAGE.read_text(encoding="utf-8")


def test_page_is_drawn_from_the_tests() -> None:
    """The tables are generated from the marks of the tests; to update them run ``python tests/project/fidelity.py``."""
    assert TEXT.split(HEADING)[1] == f"\n{tables()}"


@pytest.mark.parametrize(("operation", "modules"), operations().items(), ids=lambda value: "-".join(value[:2]))
def test_every_operation_is_called(operation: tuple[str, str], modules: list[str]) -> None:
    """Each supported operation is called by tests other than those of the codecs."""
    assert set(modules) - {"test_protocol.py", "test_rest_json.py"}, operation


@pytest.fixture(scope="module")
def marked() -> list[Behaviour]:
    return [one for path in TESTS.rglob("test_*.py") for one in behaviours(path)]


def test_marks_are_whole(marked: list[Behaviour]) -> None:
    """Each behaviour has a sentence, a source, and a degree of certainty from the legend."""
    for one in marked:
        assert one.sentence.endswith("."), one
        assert one.source, one
        assert set(one.sure.split(", ")) <= set(SURE), one


def test_what_is_unverified_has_a_question_to_aws(marked: list[Behaviour]) -> None:
    """Each unverified behaviour names a question of the probe that would settle it."""
    for one in marked:
        assert one.questions or "unverified" not in one.sure, one
        assert set(one.questions) <= QUESTIONS.keys(), one


def test_legend_is_whole() -> None:
    """The legend explains each of its words."""
    assert all(f"| {word} |" in TEXT for word in SURE)
