"""The README is right. The tables of docs/stub.md are tested in `test_stub_page`."""

from __future__ import annotations

import re

import pytest
from pages import ROOT, blocks, text_of

README = text_of("README.md")
INSTALL_LINES = 20
TEST_LINES = 50
PAGE_LINES = (130, 170)
PAGES = {path.name for path in (ROOT / "docs").glob("*.md")}


def test_reader_can_install_first() -> None:
    """The first lines say what it is, and how to install it."""
    assert "pip install" in "\n".join(README.splitlines()[:INSTALL_LINES])


def test_reader_meets_a_complete_test_next() -> None:
    """The first example is a complete test, before anything else is explained."""
    top = "\n".join(README.splitlines()[:TEST_LINES])
    assert blocks("README.md", "python")[0] in top + "\n"
    assert "def test_" in blocks("README.md", "python")[0]


def test_readme_is_short() -> None:
    """Everything else is a page of docs/."""
    assert PAGE_LINES[0] <= len(README.splitlines()) <= PAGE_LINES[1]


def test_every_page_is_linked() -> None:
    """The README and the start page link to every page of docs/."""
    assert {f"docs/{page}" for page in PAGES} <= set(re.findall(r"\]\((docs/[\w.-]+)", README))
    assert {"index.md"} | set(re.findall(r"\]\(([\w.-]+\.md)\)", text_of("docs/index.md"))) == PAGES


def test_every_page_is_in_the_site() -> None:
    """The navigation of the site lists every page once."""
    navigation = text_of("mkdocs.yml").split("\nnav:\n")[1]
    assert sorted(re.findall(r"- ([\w-]+\.md)$", navigation, re.MULTILINE)) == sorted(PAGES)


def test_pages_link_only_to_pages() -> None:
    """A page is also a page of the site, which has nothing else of the repository."""
    outside = {page: re.findall(r"\]\((\.\.[^)]*)\)", text_of(f"docs/{page}")) for page in PAGES}
    assert {page: links for page, links in outside.items() if links} == {}


@pytest.mark.parametrize("command", blocks("README.md", "sh"), ids=["see it work", "run all tests"])
def test_command_is_one_line_that_makes_its_own_environment(command: str) -> None:
    """Each command is copied as it stands, to a machine with Python and pip only."""
    assert command.count("\n") == 1
    assert command.startswith("python3 -m venv .venv && .venv/bin/pip install ")


def test_ci_takes_the_test_command_from_the_readme() -> None:
    """`.ci/run` reads the command from the README, so there is no second copy."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "README.md" in script
    assert blocks("README.md", "sh")[1].strip() not in script


def test_ini_example_is_read(pytester: pytest.Pytester) -> None:
    """The pytest configuration in the first steps sets what it says."""
    pytester.makeini(blocks("docs/first-steps.md", "ini")[0])
    pytester.makepyfile(
        """
        def test_options(ses_verify, ses_client):
            for _ in range(3):
                ses_client.list_identities()
            assert [(call.region, call.error_code) for call in ses_verify.calls] == [("eu-west-1", None)] * 3
        """
    )
    assert pytester.runpytest("-p", "no:randomly", "-p", "no:xdist").parseoutcomes() == {"passed": 1}


def test_sample_of_a_failed_test_is_what_pytest_prints(pytester: pytest.Pytester) -> None:
    """The sample report is that of the first example, if the customer clicks an hour too late."""
    example = blocks("README.md", "python")[0]
    for written, instead in (("freeze=True", 'freeze="2026-03-01T09:00"'), ("hours=5", "hours=25"), ("6 *", "48 *")):
        assert example.count(written) == 1
        example = example.replace(written, instead)
    pytester.makepyfile(example)
    (sample,) = (block for block in blocks("README.md", "text") if "- ses_stub -" in block)
    assert sample in f"{pytester.runpytest('-p', 'no:randomly', '-p', 'no:xdist').stdout}\n"
