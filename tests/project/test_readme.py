"""The README is right. The tables of docs/stub.md are tested in `test_stub_page`."""

from __future__ import annotations

import re

import pytest
from pages import ROOT, blocks, text_of

from ses_stub import SESStub

README = text_of("README.md")
FIRST_LINES = 25


def test_reader_meets_a_complete_test_first() -> None:
    """The first lines explain the problem and show one complete test."""
    top = "\n".join(README.splitlines()[:FIRST_LINES])
    assert blocks("README.md", "python")[0] in top + "\n"
    assert "def test_" in blocks("README.md", "python")[0]


def test_table_shows_members_of_the_stub() -> None:
    """Each member that the table shows is one of the stub."""
    section = README.split("\n## Control the stub\n")[1].split("\n## ")[0]
    shown = re.findall(r"`(\w+)", "\n".join(re.findall(r"^\| (`.+?) \|", section, re.MULTILINE)))
    assert len(shown) > 10
    assert set(shown) <= set(vars(SESStub))


def test_every_page_is_linked() -> None:
    """The README links to every page of docs/."""
    pages = {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")}
    assert pages <= set(re.findall(r"\]\((docs/[\w.]+)", README))


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


def test_sample_of_a_failed_test_is_what_pytest_prints(pytester: pytest.Pytester) -> None:
    """The sample report is that of the test in the text."""
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.ses_verify(freeze="2026-03-01T09:00")
        def test_owner_is_given_a_day(ses_verify, ses_client):
            ses_client.verify_email_identity(EmailAddress="ann@example.com")
            ses_verify.clock.advance(hours=25)
            ses_verify.click_verification_link("ann@example.com")
            answer = ses_client.get_identity_verification_attributes(Identities=["ann@example.com"])
            assert answer["VerificationAttributes"]["ann@example.com"]["VerificationStatus"] == "Success"
        """
    )
    (sample,) = (block for block in blocks("README.md", "text") if "- ses_stub -" in block)
    assert sample in f"{pytester.runpytest('-p', 'no:randomly', '-p', 'no:xdist').stdout}\n"
