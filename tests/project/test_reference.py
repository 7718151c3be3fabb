"""The reference agrees with the docstrings, with every version of Python, botocore and pytest."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import pytest
from reference import MET, PAGE, find, items, link, others, page

import ses_stub
import ses_stub.dns
import ses_stub.exceptions

TEXT = PAGE.read_text(encoding="utf-8")
HEADINGS = re.findall(r"^##+ (.+)$", TEXT, re.MULTILINE)


def members(kind: type) -> Iterator[str]:
    """A class's own methods and properties; attributes are in the class's table."""
    for name, value in vars(kind).items():
        if not name.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
            yield f"{kind.__name__}.{name}"


def public() -> Iterator[str]:
    """Every name that users may write."""
    yield from ses_stub.__all__
    yield from (f"dns.{name}" for name in ses_stub.dns.__all__)
    # Two of the exceptions can also be imported from the package itself.
    yield from (f"exceptions.{name}" for name in ses_stub.exceptions.__all__ if name not in ses_stub.__all__)
    yield from (kind.__name__ for kind in MET)
    for kind in (*map(find, ses_stub.__all__), *MET):
        if isinstance(kind, type):
            yield from members(kind)


def test_page_is_drawn_from_the_docstrings() -> None:
    """If they differ, ``python tests/project/reference.py`` writes the page again."""
    assert page().splitlines() == TEXT.splitlines(), (
        "run `python tests/project/reference.py`: it draws docs/reference.md anew"
    )


@pytest.mark.parametrize("title", [*(f"`{name}`" for name in sorted(public())), *others()])
def test_everything_public_has_its_heading(title: str) -> None:
    """Every public name has a heading, in a group that a person has chosen."""
    assert title in HEADINGS, f"write the heading `### {title}` where it belongs in docs/reference.md"


def test_every_heading_has_its_own_link() -> None:
    """No two headings have the same link."""
    links = [link("", heading) for heading in HEADINGS]
    assert sorted(set(links)) == sorted(links)


def test_meaning_of_more_than_a_line() -> None:
    """A description of several lines is one item, even if it is the only one of its section."""
    section = "    SESStubError: it was never\n        started.\n"
    assert list(items(section)) == [("`SESStubError`", "it was never started")]
