"""The page about messages is right: it has each message of the code, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest
from pages import ROOT, text_of

import ses_stub.exceptions

PAGE = "docs/troubleshooting.md"
#: Of the server, which has its own page.
ELSEWHERE = "_server"
#: Classes that make their text themselves, of arguments.
OWN_TEXT = {name for name in ses_stub.exceptions.__all__ if "__init__" in vars(getattr(ses_stub.exceptions, name))}
RAISED = {*ses_stub.exceptions.__all__, "AssertionError", "ModuleNotFoundError", "UsageError"} - OWN_TEXT
#: Files whose functions make sentences, which an error or the report of a test then shows.
SENTENCES = (
    "_pytest/error_hints.py",
    "_pytest/guard.py",
    "_pytest/hints.py",
    "_pytest/monitor.py",
    "_reporting/expectations.py",
)
#: Shorter texts there are parts of a sentence.
SENTENCE_WORDS = 6


def template(node: ast.AST) -> str:
    """A text of the code with ``…`` for what is only known later; empty if all is."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(template(part) for part in node.values)
    return "…" if isinstance(node, ast.FormattedValue) else ""


def texts(source: str, *, sentences: bool) -> Iterator[str]:
    """The messages of a module: of errors and, if ``sentences``, of what it yields."""
    for node in ast.walk(ast.parse(source)):
        value: ast.AST | None = None
        if isinstance(node, ast.Call) and node.args:
            name = ast.unparse(node.func).rpartition(".")[2]
            is_init = ast.unparse(node.func) == "super().__init__"
            value = node.args[0] if name in RAISED or is_init else None
        elif sentences and isinstance(node, (ast.Yield, ast.Return, ast.Assign)):
            value = node.value if node.value and len(template(node.value).split()) >= SENTENCE_WORDS else None
        if value is not None and re.search("[a-z]{2}", text := template(value)):
            yield text


@cache
def of_code() -> dict[str, str]:
    """Each message, and the file that has it."""
    package = ROOT / "ses_stub"
    paths = [path for path in package.rglob("*.py") if path.relative_to(package).parts[0] != ELSEWHERE]
    return {
        text: str(path.relative_to(ROOT))
        for path in paths
        for text in texts(path.read_text(encoding="utf-8"), sentences=path.as_posix().endswith(tuple(SENTENCES)))
    }


def of_page() -> list[str]:
    """The messages in the first column, below the heading of those that are not ours."""
    ours = text_of(PAGE).split("\n## Operations and calls\n")[1]
    return re.findall(r"^\| `(.+?)` \|", ours, re.MULTILINE)


def matches(shown: str, text: str) -> bool:
    """Whether a message of the page is the beginning of one of the code."""
    pattern = ".*".join(re.escape(part) for part in shown.split("…"))
    return re.match(pattern, text.replace("\n", " "), re.DOTALL) is not None


@pytest.mark.parametrize("text", of_code())
def test_message_of_the_code_is_explained(text: str) -> None:
    """Each message that a user can meet is on the page, with its cause and what to do."""
    assert any(matches(shown, text) for shown in of_page()), f"add a row to {PAGE}: {text!r}, of {of_code()[text]}"


@pytest.mark.parametrize("shown", of_page())
def test_message_of_the_page_is_in_the_code(shown: str) -> None:
    """The page explains only messages that exist, each in one row."""
    assert any(matches(shown, text) for text in of_code()), f"the code has no such message: remove it from {PAGE}"
    assert of_page().count(shown) == 1


@pytest.mark.parametrize("shown", of_page())
def test_every_row_has_cause_and_remedy(shown: str) -> None:
    """A row has three cells, none of them empty."""
    (row,) = (line for line in text_of(PAGE).splitlines() if line.startswith(f"| `{shown}` |"))
    assert len([cell for cell in row.strip("| ").split(" | ") if cell.strip()]) == 3


def test_texts_are_found_in_every_form() -> None:
    """Errors, `super().__init__` and sentences are found; computed and short parts are left out."""
    source = (
        "raise SESStubError(f'no {thing} here')\n"
        "class E(SESStubError):\n"
        "    def __init__(self):\n"
        "        super().__init__('a text of its own')\n"
        "def f():\n"
        "    part = f'at {place}'\n"
        "    yield f'{name} had no effect: there is no such identity'\n"
        "    raise SESStubError(text)\n"
    )
    errors = {"no … here", "a text of its own"}
    assert set(texts(source, sentences=False)) == errors
    assert set(texts(source, sentences=True)) == {*errors, "… had no effect: there is no such identity"}
