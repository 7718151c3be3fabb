"""Test suites of other projects that need no checkout give the results that their lists of exceptions say."""

from __future__ import annotations

import pytest
from conformance import examples_replayed, terraform


@pytest.mark.parametrize("suite", [examples_replayed, terraform], ids=lambda suite: suite.__name__.rpartition(".")[2])
def test_list_of_exceptions_is_right(suite: object, capsys: pytest.CaptureFixture[str]) -> None:
    """A failing test is listed with its reason, and a listed one fails; otherwise the output names the wrong entry."""
    assert suite.main() == 0, capsys.readouterr().out  # type: ignore[attr-defined]
