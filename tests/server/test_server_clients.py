"""AWS clients in other processes all see the same: pending, verified, throttled, too many identities."""

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
SEEN = ["Pending", "Success", "Throttling: Rate exceeded", "ValidationError: 1 validation error detected"]
OPERATIONS = ["VerifyEmailIdentity", *["GetIdentityVerificationAttributes"] * 4]


@pytest.fixture
def ses() -> SESStub:
    return SESStub(clock=VirtualClock())


@pytest.fixture
def node() -> str:
    """The program, if the SDK for JavaScript is installed too."""
    found, modules = shutil.which("node"), os.environ.get("SES_STUB_TEST_NODE_MODULES", "")
    if found is None:
        pytest.skip("node is not installed")
    if not (Path(modules) / "@aws-sdk" / "client-ses").exists():
        pytest.skip("npm install @aws-sdk/client-ses, and name its node_modules in SES_STUB_TEST_NODE_MODULES")
    return found


@pytest.fixture
def aws() -> str:
    """The AWS CLI of the environment variable, of this environment, or of the machine."""
    places = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    found = os.environ.get("SES_STUB_TEST_AWS") or shutil.which("aws", path=places)
    if found is None:
        pytest.skip("the aws CLI is not installed: pip install awscli, in an environment of its own")
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    return found


def lines(ses: SESStub, *command: str | Path) -> list[str]:
    """What a program prints; only the environment leads it to the stub."""
    with ses.serve():
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def walk(ses: SESStub, *command: str | Path) -> list[str]:
    """What a client has seen."""
    seen = lines(ses, *command)
    # The last error contains all identities.
    seen[-1], values, constraint = seen[-1].partition(": Value '[")
    assert values
    assert constraint.endswith("Member must have length less than or equal to 100")
    return seen


def test_boto3_in_another_process(ses: SESStub) -> None:
    """The walk in Python."""
    assert walk(ses, sys.executable, WALKS / "walk_boto3.py") == SEEN
    assert ses.calls.operations == OPERATIONS


def test_sdk_for_javascript(ses: SESStub, node: str) -> None:
    """The walk with node."""
    assert walk(ses, node, WALKS / "walk.mjs") == SEEN
    assert ses.calls.operations == OPERATIONS


def test_retries_of_the_sdk_for_javascript(ses: SESStub, node: str) -> None:
    """One of two concurrent calls is throttled; the SDK's retry, a second later, succeeds and sends its attempt."""
    assert lines(ses, node, WALKS / "retry.mjs") == ["Throttling", "both passed"]
    assert [(call.attempt, call.error_code) for call in ses.calls] == [(1, None), (1, "Throttling"), (2, None)]


def test_aws_cli_walks_through_verification(ses: SESStub, aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The walk in a shell script."""
    monkeypatch.setenv("AWS", aws)
    error = re.compile(r"An error occurred \((\w+)\) when calling the \w+ operation(?: \([^)]*\))?: ")
    assert [error.sub(r"\1: ", line) for line in walk(ses, "bash", WALKS / "walk.sh")] == SEEN
    assert ses.calls.operations == OPERATIONS
