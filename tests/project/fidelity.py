"""How sure we are of the service's behaviour: marks on tests, and the tables of ``docs/fidelity.md`` drawn from them.

``python tests/project/fidelity.py`` writes the tables anew.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from botocore import xform_name

sys.path.append(str(Path(__file__).parents[1]))
from conformance.moto_tests import COMMIT, EXCEPTIONS
from conformance.questions import QUESTIONS

from ses_stub._model.quotas import UNTHROTTLED
from ses_stub._operations.tables import V1, V2

#: From the most certain on; the page explains each.
SURE = ("recorded", "documented", "reported", "inferred", "unverified")
TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "fidelity.md"
HEADING = "## Behaviours\n"
_MOTO = f"""\
`python tests/conformance/moto_tests.py CHECKOUT` runs `tests/test_ses` and `tests/test_sesv2` of getmoto/moto (commit
{COMMIT[:9]}) against ses_stub, with `auto_verify=True`. All that call an operation which ses_stub answers pass, but for
these.
"""

_PROBE = """\
`python tests/conformance/probe.py` asks them of a real account or of a server, and prints our answer beside AWS's.
A row below whose behaviour is unverified links to its question.
"""


def aws(sure: str, source: str, question: str = "") -> pytest.MarkDecorator:
    """Marks a test of the service's behaviour, with how sure we are and the source.

    Args:
        sure: words of the legend, with commas between them.
        source: where the evidence is.
        question: the ids of questions to AWS whose answers would settle what is unverified.

    """
    return pytest.mark.aws(sure, source, question)


class Behaviour(NamedTuple):
    """A marked test, whose docstring is the behaviour."""

    sentence: str
    sure: str
    source: str
    test: str
    questions: tuple[str, ...]

    @property
    def row(self) -> str:
        """Its row of the table."""
        links = [f"[{one}](#{one})" for one in self.questions]
        sure = f"{self.sure}: {', '.join(links)}" if links else self.sure
        return f"| {self.sentence} | {sure} | {self.source} | `{self.test}` |"


def behaviours(path: Path) -> Iterator[Behaviour]:
    """The behaviours in a test module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "aws":
                    sure, source = (ast.literal_eval(one) for one in mark.args)
                    sentence = re.sub(r"\s+", " ", ast.get_docstring(node) or "").replace("|", "\\|")
                    asked = next((ast.literal_eval(one.value) for one in mark.keywords), "")
                    yield Behaviour(sentence, sure, source, node.name, tuple(filter(None, asked.split(", "))))


@cache
def operations() -> dict[tuple[str, str], list[str]]:
    """By API and name of each supported operation, the test modules that call it."""
    paths = sorted(TESTS.rglob("test_*.py"))
    words = {path.name: set(re.findall(r"\w+", path.read_text(encoding="utf-8"))) for path in paths}
    return {
        (api, name): [path for path, used in words.items() if {name, xform_name(name)} & used]
        for api, table in (("v1", V1), ("v2", V2))
        for name in sorted(table)
    }


def tables() -> str:
    """All operations, then all behaviours, with one table for each test module."""
    head = "### Operations\n\n| operation | API | throttle |\n|---|---|---|"
    rows = [
        f"| {name} | {api} | {'none' if name in UNTHROTTLED else 'one request a second'} |"
        for api, name in operations()
    ]
    parts = ["\n".join([head, *rows, ""])]
    asked = [f'| <a id="{one.id}"></a>{one.id} | {one.text} | {one.note} |' for one in QUESTIONS.values()]
    parts.append("\n".join(["### Questions to AWS\n", _PROBE, "| id | question | note |\n|---|---|---|", *asked, ""]))
    moto = [f"| `{name}` | {reason.replace('|', '')} |" for name, reason in EXCEPTIONS.items()]
    parts.append(
        "\n".join(["### moto's own tests that do not pass\n", _MOTO, "| test | why not |\n|---|---|", *moto, ""])
    )
    for path in sorted(TESTS.rglob("test_*.py")):
        rows = [one.row for one in behaviours(path)]
        if rows:
            title = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n\n")[0]
            head = "| behaviour | how sure | source | test |\n|---|---|---|---|"
            title = re.sub(r"\s+", " ", title)
            parts.append(
                f"### `tests/{path.relative_to(TESTS).as_posix()}`\n\n{title}\n\n{head}\n" + "\n".join(rows) + "\n"
            )
    return "\n".join(parts)


if __name__ == "__main__":
    above = PAGE.read_text(encoding="utf-8").split(HEADING)[0]
    PAGE.write_text(f"{above}{HEADING}\n{tables()}", encoding="utf-8")
