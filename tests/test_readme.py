"""The README says what is so: its tables and diagrams are those of the code."""

from __future__ import annotations

import ast
import re
from dataclasses import fields

import pytest
from pages import ROOT, blocks, text_of

from ses_stub import SESStub
from ses_stub._identity import IdentityType, mermaid
from ses_stub._operations import V1, V2
from ses_stub._options import Options

README = text_of("README.md")
FIRST_LINES = 25


def table(heading: str) -> dict[str, list[str]]:
    """The first table below a heading: first cell to the others, without back-ticks."""
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    return {row[0].strip("`"): [cell.strip("`") for cell in row[1:]] for row in rows}


def test_reader_meets_a_complete_test_first() -> None:
    """The first lines hold the problem and one whole test."""
    top = "\n".join(README.splitlines()[:FIRST_LINES])
    assert blocks("README.md", "python")[0] in top + "\n"
    assert "def test_" in blocks("README.md", "python")[0]


def test_options_table_is_the_options() -> None:
    """Each option stands in the table with its default, in the order of the class."""
    defaults = [(one.name, one.default) for one in fields(Options) if one.init]
    assert [(name, ast.literal_eval(cells[0])) for name, cells in table("Options").items()] == defaults


def test_controls_table_is_the_handle() -> None:
    """The table names every public member of the handle and no other."""
    named = {re.match(r"\w+", cell)[0] for cell in table("Controls")}  # type: ignore[index]
    assert named == {name for name in vars(SESStub) if not name.startswith("_")}


def test_diagrams_are_the_transition_table() -> None:
    """The diagrams, of domains and of addresses, are what the table draws."""
    drawn = [block.rstrip("\n") for block in blocks("README.md", "mermaid")]
    assert drawn == [mermaid(IdentityType.DOMAIN), mermaid(IdentityType.EMAIL_ADDRESS)]


def test_answered_operations_are_named() -> None:
    """The section names the operations that are answered, all of them, in a table for each API."""
    section = README.split("\n## What is answered, and what raises\n")[1].split("\n## ")[0]
    # A table ends with its last bar; below stands text.
    v1, v2 = (re.findall(r"\b[A-Z]\w+", part.rpartition("|")[0]) for part in section.split("| of | operations |")[1:])
    assert sorted(v1) == sorted(V1)
    assert sorted(v2) == sorted(V2)


@pytest.mark.parametrize("command", blocks("README.md", "sh"), ids=["see it work", "run all tests"])
def test_command_is_one_line_that_makes_its_own_environment(command: str) -> None:
    """Each command is copied as it stands, to a machine with Python and pip only."""
    assert command.count("\n") == 1
    assert command.startswith("python3 -m venv .venv && .venv/bin/pip install ")


def test_ci_takes_the_test_command_from_the_readme() -> None:
    """`.ci/run` reads the command here and holds no copy, so that they never part."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "README.md" in script
    assert blocks("README.md", "sh")[1].strip() not in script


def test_ini_example_is_read(pytester: pytest.Pytester) -> None:
    """The pytest configuration in the text sets what it says."""
    pytester.makeini(blocks("README.md", "ini")[0])
    pytester.makepyfile(
        """
        def test_options(ses_verify, ses_client):
            for _ in range(3):
                ses_client.list_identities()
            assert [(call.region, call.error_code) for call in ses_verify.calls] == [("eu-west-1", None)] * 3
        """
    )
    assert pytester.runpytest("-p", "no:randomly", "-p", "no:xdist").parseoutcomes() == {"passed": 1}
