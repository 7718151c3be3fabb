"""The documentation is right: every Python block in it runs."""

from __future__ import annotations

import re

import pytest
from pages import ROOT, blocks, text_of

#: How often a test with this fixture runs: in three modes, with two pauses.
RETRY_MODES = 6
PAGES = ["README.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize(
    ("page", "block"),
    [
        pytest.param(page, block, id=f"{page}-{re.sub(r'[^a-z0-9]+', '-', block)[-40:]}")
        for page in PAGES
        for block in blocks(page, "python")
    ],
)
def test_python_block_runs(page: str, block: str, pytester: pytest.Pytester) -> None:
    """Every Python block runs by itself: tests under pytest, others as scripts."""
    for needs in re.findall(r'importorskip\("(\w+)"\)', block):
        pytest.importorskip(needs)
    if "def test_" in block:
        pytester.makepyfile(block)
        # In this process, so that boto3 and moto are imported only once.
        result = pytester.runpytest("-p", "no:randomly", "-p", "no:xdist")
        runs = RETRY_MODES if "ses_retry_mode" in block else 1
        outcome = "xfailed" if "pytest.mark.xfail" in block else "passed"
        assert result.parseoutcomes() == {outcome: block.count("def test_") * runs}
    else:
        exec(compile(block, page, "exec"), {"__name__": "page"})


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """A link to a file or heading of the project has an existing target."""
    for target in re.findall(r"\]\(([^)#:\s]*(?:#[^)\s]*)?)\)", text_of(page)):
        file, _, heading = target.partition("#")
        path = (ROOT / page).parent / file if file else ROOT / page
        assert path.exists(), target
        if heading:
            text = path.read_text(encoding="utf-8")
            headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
            anchors = {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}
            assert heading in anchors | set(re.findall('<a id="([^"]+)">', text)), target
