"""The page about the stub is right: its tables and diagrams match the code."""

from __future__ import annotations

import ast
import re
from dataclasses import fields

from diagrams import mermaid
from pages import blocks, text_of

from ses_stub import SESStub
from ses_stub._model.identity import IdentityType
from ses_stub._model.options import Options
from ses_stub._operations.tables import V1, V2

PAGE = "docs/stub.md"


def section(heading: str) -> str:
    return text_of(PAGE).split(f"\n## {heading}\n")[1].split("\n## ")[0]


def table(heading: str) -> dict[str, list[str]]:
    """The table below a heading: the first cell of each row to the others, without back-ticks."""
    rows = [line.strip("| ").split(" | ") for line in section(heading).splitlines() if line.startswith("| `")]
    return {row[0].strip("`"): [cell.strip("`") for cell in row[1:]] for row in rows}


def test_options_table_is_the_options() -> None:
    """The table lists each option with its default, in the order of the class."""
    defaults = [(one.name, one.default) for one in fields(Options) if one.init]
    assert [(name, ast.literal_eval(cells[0])) for name, cells in table("Options").items()] == defaults


def test_controls_table_lists_all_public_members() -> None:
    """The table names every public member of the stub and no other."""
    named = {re.match(r"\w+", cell)[0] for cell in table("Controls")}  # type: ignore[index]
    assert named == {name for name in vars(SESStub) if not name.startswith("_")}


def test_diagrams_are_the_transition_table() -> None:
    """The diagrams for domains and addresses are generated from the transition table."""
    drawn = [block.rstrip("\n") for block in blocks(PAGE, "mermaid")]
    assert drawn == [mermaid(IdentityType.DOMAIN), mermaid(IdentityType.EMAIL_ADDRESS)]


def test_answered_operations_are_named() -> None:
    """The section lists all supported operations, in a table for each API."""
    # A table ends with its last bar; text follows.
    tables = section("Supported operations").split("| of | operations |")[1:]
    v1, v2 = (re.findall(r"\b[A-Z]\w+", part.rpartition("|")[0]) for part in tables)
    assert sorted(v1) == sorted(V1)
    assert sorted(v2) == sorted(V2)
