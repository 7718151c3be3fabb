"""The page of reference and the docstrings say the same, with every Python, botocore and pytest."""

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
    """The methods and properties that a class has of its own; attributes stand in the class's table."""
    for name, value in vars(kind).items():
        if not name.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
            yield f"{kind.__name__}.{name}"


def public() -> Iterator[str]:
    """Every name that a user may write."""
    yield from ses_stub.__all__
    yield from (f"dns.{name}" for name in ses_stub.dns.__all__)
    # Two of the exceptions are names of the package itself.
    yield from (f"exceptions.{name}" for name in ses_stub.exceptions.__all__ if name not in ses_stub.__all__)
    yield from (kind.__name__ for kind in MET)
    for kind in (*map(find, ses_stub.__all__), *MET):
        if isinstance(kind, type):
            yield from members(kind)


def test_page_is_drawn_from_the_docstrings() -> None:
    """Where they have parted, ``python tests/project/reference.py`` draws the page anew."""
    assert page().splitlines() == TEXT.splitlines(), (
        "run `python tests/project/reference.py`: it draws docs/reference.md anew"
    )


@pytest.mark.parametrize("title", [*(f"`{name}`" for name in sorted(public())), *others()])
def test_everything_public_has_its_heading(title: str) -> None:
    """In the group where somebody will look for it, which nobody but a person knows."""
    assert title in HEADINGS, f"write the heading `### {title}` where it belongs in docs/reference.md"


def test_every_heading_has_its_own_link() -> None:
    """No two of them are alike in the letters that a link keeps."""
    links = [link("", heading) for heading in HEADINGS]
    assert sorted(set(links)) == sorted(links)


def test_meaning_of_more_than_a_line() -> None:
    """It is one item, also where it is the only one of its section."""
    section = "    SESStubError: it was never\n        started.\n"
    assert list(items(section)) == [("`SESStubError`", "it was never started")]
