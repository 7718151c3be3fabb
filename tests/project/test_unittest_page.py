"""The recipe for unittest does what docs/unittest.md says of a test that fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pages import blocks

(RECIPE,) = (block for block in blocks("docs/unittest.md", "python") if "timeline()" in block)


@pytest.mark.parametrize(("status", "is_shown"), [("Pending", False), ("Success", True)])
def test_timeline_is_shown_if_the_test_fails(status: str, is_shown: bool, tmp_path: Path) -> None:
    """With ``--buffer``, unittest prints the timeline of a failed test, and nothing for one that passes."""
    (tmp_path / "test_recipe.py").write_text(RECIPE.replace('"Pending"', repr(status)), encoding="utf-8")
    command = [sys.executable, "-m", "unittest", "--buffer", "test_recipe"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (run.returncode != 0) is is_shown
    assert ("NotStarted -> Pending" in run.stdout + run.stderr) is is_shown
