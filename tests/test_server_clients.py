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

WALKS = Path(__file__).parent / "walks"
MET = ["Pending", "Success", "Throttling: Rate exceeded", "ValidationError: 1 validation error detected"]
OPERATIONS = ["VerifyEmailIdentity", *["GetIdentityVerificationAttributes"] * 4]


@pytest.fixture
def ses() -> SESStub:
    return SESStub(clock=VirtualClock())


def walk(ses: SESStub, *command: str | Path) -> list[str]:
    """What a client has met; nothing but the environment leads it to the stub."""
    with ses.serve():
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    met = done.stdout.splitlines()
    assert met, done.stderr
    # The last error repeats all identities.
    met[-1], values, constraint = met[-1].partition(": Value '[")
    assert values
    assert constraint.endswith("Member must have length less than or equal to 100")
    return met


def test_boto3(ses: SESStub) -> None:
    """boto3 in a process of its own."""
    assert walk(ses, sys.executable, WALKS / "walk_boto3.py") == MET
    assert ses.calls.operations == OPERATIONS


def test_javascript(ses: SESStub) -> None:
    """The SDK for JavaScript, with node."""
    node, modules = shutil.which("node"), os.environ.get("SES_STUB_TEST_NODE_MODULES", "")
    if node is None:
        pytest.skip("node is not installed")
    if not (Path(modules) / "@aws-sdk" / "client-ses").exists():
        pytest.skip("npm install @aws-sdk/client-ses, and name its node_modules in SES_STUB_TEST_NODE_MODULES")
    assert walk(ses, node, WALKS / "walk.mjs") == MET
    assert ses.calls.operations == OPERATIONS


def test_command_line(ses: SESStub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The aws CLI, from a shell script."""
    aws = os.environ.get("SES_STUB_TEST_AWS") or shutil.which("aws")
    if aws is None:
        pytest.skip("the aws CLI is not installed: pip install awscli, in an environment of its own")
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    monkeypatch.setenv("AWS", aws)
    error = re.compile(r"An error occurred \((\w+)\) when calling the \w+ operation(?: \([^)]*\))?: ")
    assert [error.sub(r"\1: ", line) for line in walk(ses, "bash", WALKS / "walk.sh")] == MET
    assert ses.calls.operations == OPERATIONS
