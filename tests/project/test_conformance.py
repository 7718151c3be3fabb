"""The suites of peers' tests that need no checkout run as their lists of exceptions say."""

from __future__ import annotations

import pytest
from conformance import examples_replayed, terraform


@pytest.mark.parametrize("suite", [examples_replayed, terraform], ids=lambda suite: suite.__name__.rpartition(".")[2])
def test_list_of_exceptions_is_right(suite: object, capsys: pytest.CaptureFixture[str]) -> None:
    """What fails is listed with its reason, and what is listed fails; else the output names the entry to mend."""
    assert suite.main() == 0, capsys.readouterr().out  # type: ignore[attr-defined]
