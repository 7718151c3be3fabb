"""The words of the project: plain, modern, and one for each thing. codespell checks the spelling, in ``.ci/run``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "ses_stub/**/*.py", "ses_stub/**/*.html", "examples/**/*", "tests/**/*.py")
    for path in ROOT.glob(pattern)
    if path.is_file() and path.name not in ("CHANGELOG.md", Path(__file__).name) and path.suffix != ".pyc"
)
#: What we do not write, and what we write instead.
WORDS = {
    r"in vain": "had no effect, was never triggered",
    r"(?-i:[Dd]eeds?)": "action",
    r"the owner acts": "the address or domain is verified",
    r"asks? SES again and again": "polls",
    r"stands? in(?= `)": "is listed in",
    r"of its own accord": "by itself",
    r"came to nothing": "had no effect",
    r"ways out": "options",
    r"outbox(es)?": "verification_emails",
    r"waist|seams?|agenda|floors?": "interceptor, integration point, schedule, layer",
    r"unspoken|visitors?": "incomplete, other threads",
    r"cannot be had": "cannot bind, is not available",
    r"gives? back|takes? away": "restores, unsets",
    r"e-mails?": "email",
    r"at one stroke": "in one step",
}


@pytest.mark.parametrize("pattern", WORDS)
def test_text_uses_the_words_of_the_field(pattern: str) -> None:
    """README, docs, docstrings, messages and tests use the field's word for each thing."""
    unwanted = re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in FILES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if unwanted.search(line)
    ]
    assert not found, f"write {WORDS[pattern]!r} instead"
