"""The examples run, and show what they promise."""

from __future__ import annotations

import ast
import runpy
import shutil
from pathlib import Path

import pytest

# Imported here and not in an inner run, after which pytester removes it: there would be two copies.
import ses_stub._api.scope  # noqa: F401

EXAMPLES = Path(__file__).parents[2] / "examples"

STEPS = [
    "status: Pending",
    "link clicked, status: Success",
    "status: Pending",
    "record published, status: Success",
    "24 hours later, status: Failed",
    "requested again, status: Pending",
    "first call: answered",
    "second call: 400 Throttling: Rate exceeded",
    "a second later: answered",
    "100 identities: answered",
    "101 identities: 400 ValidationError: Member must have length less than or equal to 100",
]


def run(name: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    return [line.strip() for line in capsys.readouterr().out.splitlines()]


def test_every_example_is_run_here() -> None:
    """A new example needs a test below."""
    assert {path.name for path in EXAMPLES.glob("*.py")} == {
        "batch.py",
        "expiry_job.py",
        "onboarding_service.py",
        "quickstart.py",
        "test_expiry_job.py",
        "test_onboarding_service.py",
        "test_web_service.py",
    }


def test_quickstart_shows_all_its_steps(capsys: pytest.CaptureFixture[str]) -> None:
    """The quickstart shows Pending, Success, an expired link, the throttle and the limit, in this order."""
    said = run("quickstart.py", capsys)
    assert [line for line in said if line in STEPS] == STEPS
    assert any(line.startswith("the link's page: This verification link has expired") for line in said)


def test_quickstart_says_the_same_each_time(capsys: pytest.CaptureFixture[str]) -> None:
    """Two runs print the same, except for the timestamp in the mail's link."""
    first, second = run("quickstart.py", capsys), run("quickstart.py", capsys)
    assert first == second


def test_batch_asks_by_the_hundred_once_a_second(capsys: pytest.CaptureFixture[str]) -> None:
    """250 identities need three requests, none of which is throttled."""
    said = run("batch.py", capsys)
    assert said == [
        "250 identities requested, 240 known, all Success",
        "00:00:00 GetIdentityVerificationAttributes, 100 identities",
        "00:00:01 GetIdentityVerificationAttributes, 100 identities",
        "00:00:02 GetIdentityVerificationAttributes, 50 identities",
        "ses_stub: 3 calls, 0 throttled attempts, 2 s simulated wait",
    ]


@pytest.mark.parametrize("name", ["test_expiry_job.py", "test_onboarding_service.py", "test_web_service.py"])
def test_tests_of_an_application_pass(name: str, pytester: pytest.Pytester) -> None:
    """The tests of the example applications pass as they stand."""
    if name == "test_web_service.py":
        pytest.importorskip("aioboto3")
    source = Path(shutil.copytree(EXAMPLES, pytester.path / "examples")) / name
    written = [node for node in ast.parse(source.read_text()).body if getattr(node, "name", "").startswith("test_")]
    result = pytester.runpytest(source, "-p", "no:randomly", "-p", "no:xdist")
    assert result.parseoutcomes() == {"passed": len(written)}
