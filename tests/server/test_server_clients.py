"""Each AWS client that is no part of this process walks the same way: pending, confirmed, throttled, too much."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ses_stub import SESStub, VirtualClock

WALKS = Path(__file__).parents[1] / "walks"
MET = ["Pending", "Success", "Throttling: Rate exceeded", "ValidationError: 1 validation error detected"]
OPERATIONS = ["VerifyEmailIdentity", *["GetIdentityVerificationAttributes"] * 4]


@pytest.fixture
def ses() -> SESStub:
    return SESStub(clock=VirtualClock())


@pytest.fixture
def node() -> str:
    """The program, where the SDK for JavaScript is there too."""
    found, modules = shutil.which("node"), os.environ.get("SES_STUB_TEST_NODE_MODULES", "")
    if found is None:
        pytest.skip("node is not installed")
    if not (Path(modules) / "@aws-sdk" / "client-ses").exists():
        pytest.skip("npm install @aws-sdk/client-ses, and name its node_modules in SES_STUB_TEST_NODE_MODULES")
    return found


@pytest.fixture
def aws() -> str:
    """The aws CLI of the variable, of this environment, or of the machine."""
    places = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    found = os.environ.get("SES_STUB_TEST_AWS") or shutil.which("aws", path=places)
    if found is None:
        pytest.skip("the aws CLI is not installed: pip install awscli, in an environment of its own")
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    return found


def lines(ses: SESStub, *command: str | Path) -> list[str]:
    """What a program prints; nothing but the environment leads it to the stub."""
    with ses.serve():
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def walk(ses: SESStub, *command: str | Path) -> list[str]:
    """What a client has met."""
    met = lines(ses, *command)
    # The last error repeats all identities.
    met[-1], values, constraint = met[-1].partition(": Value '[")
    assert values
    assert constraint.endswith("Member must have length less than or equal to 100")
    return met


def test_boto3(ses: SESStub) -> None:
    """boto3 in a process of its own."""
    assert walk(ses, sys.executable, WALKS / "walk_boto3.py") == MET
    assert ses.calls.operations == OPERATIONS


def test_javascript(ses: SESStub, node: str) -> None:
    """The SDK for JavaScript, with node."""
    assert walk(ses, node, WALKS / "walk.mjs") == MET
    assert ses.calls.operations == OPERATIONS


def test_javascript_retries(ses: SESStub, node: str) -> None:
    """Of two calls at once, one is throttled; its own retry passes, a second later, and says which try it is."""
    assert lines(ses, node, WALKS / "retry.mjs") == ["Throttling", "both passed"]
    assert [(call.attempt, call.error_code) for call in ses.calls] == [(1, None), (1, "Throttling"), (2, None)]


def test_command_line(ses: SESStub, aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The aws CLI, from a shell script."""
    monkeypatch.setenv("AWS", aws)
    error = re.compile(r"An error occurred \((\w+)\) when calling the \w+ operation(?: \([^)]*\))?: ")
    assert [error.sub(r"\1: ", line) for line in walk(ses, "bash", WALKS / "walk.sh")] == MET
    assert ses.calls.operations == OPERATIONS
