"""Clients in other processes and languages all see the same: pending, verified, throttled, too many identities.

Those in other languages take half a minute: they run where SES_STUB_TEST_CLIENTS is set and the machine has them;
`.ci/run` installs them all.
"""

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
TOO_MANY = "ValidationError: 1 validation error detected"
SEEN = ["Pending", "Success", "Throttling: Rate exceeded", TOO_MANY]
SEEN_V2 = ["verified for sending: true", "sent"]
OPERATIONS = ["VerifyEmailIdentity", *["GetIdentityVerificationAttributes"] * 4]
OPERATIONS_V2 = ["GetEmailIdentity", "SendEmail"]
#: Where Debian installs the SDK for Go.
GO_PATH = Path("/usr/share/gocode")


@pytest.fixture
def ses() -> SESStub:
    return SESStub(clock=VirtualClock())


def program(name: str) -> str:
    """A program, without which the test is skipped."""
    if "SES_STUB_TEST_CLIENTS" not in os.environ:
        pytest.skip("SES_STUB_TEST_CLIENTS is not set")
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def node(*packages: str) -> str:
    """The program node, if npm has installed packages too."""
    found, modules = program("node"), Path(os.environ.get("SES_STUB_TEST_NODE_MODULES", ""))
    if not all((modules / package).exists() for package in packages):
        pytest.skip(f"npm install {' '.join(packages)}, and name its node_modules in SES_STUB_TEST_NODE_MODULES")
    return found


def run(ses: SESStub, *command: str | Path, **environment: str) -> list[str]:
    """The lines that a program prints; only the environment leads it to the stub."""
    with ses.serve():
        environ = {**os.environ, **environment}
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, env=environ)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def walk(ses: SESStub, *command: str | Path, **environment: str) -> list[str]:
    """What a client has seen."""
    # The last error contains all identities.
    error = re.compile(r"(1 validation error detected): Value '\[.*Member must have length less than or equal to 100$")
    return [error.sub(r"\1", line) for line in run(ses, *command, **environment)]


def test_boto3_in_another_process(ses: SESStub) -> None:
    """The walk in Python."""
    assert walk(ses, sys.executable, WALKS / "walk_boto3.py") == [*SEEN, *SEEN_V2]
    assert ses.calls.operations == [*OPERATIONS, *OPERATIONS_V2]


def test_sdk_for_javascript(ses: SESStub) -> None:
    """The walk with node, and a waiter."""
    found = node("@aws-sdk/client-ses", "@aws-sdk/client-sesv2")
    assert walk(ses, found, WALKS / "walk.mjs") == [*SEEN, *SEEN_V2, "waiter: SUCCESS"]
    assert ses.calls.operations == [*OPERATIONS, *OPERATIONS_V2, "GetIdentityVerificationAttributes"]


def test_retries_of_the_sdk_for_javascript(ses: SESStub) -> None:
    """One of two concurrent calls is throttled; the SDK's retry, a second later, succeeds and sends its attempt."""
    assert run(ses, node("@aws-sdk/client-ses"), WALKS / "retry.mjs") == ["Throttling", "both passed"]
    assert [(call.attempt, call.error_code) for call in ses.calls] == [(1, None), (1, "Throttling"), (2, None)]


def test_sdk_for_javascript_2(ses: SESStub) -> None:
    """The walk with the older SDK, which gets the address in its code."""
    assert walk(ses, node("aws-sdk"), WALKS / "sdk2.cjs", AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE="1") == [
        *SEEN,
        *SEEN_V2,
    ]
    assert ses.calls.operations == [*OPERATIONS, *OPERATIONS_V2]


def test_nodemailer_sends_over_http(ses: SESStub) -> None:
    """A message from an address that is pending is rejected, from a verified one sent."""
    assert run(ses, node("nodemailer", "@aws-sdk/client-sesv2"), WALKS / "nodemailer.mjs") == [
        "MessageRejected",
        "sent",
    ]
    (email,) = ses.sent_emails
    assert (email.subject, email.destinations) == ("Hello", ("bob@example.com",))


def test_sdk_for_go(ses: SESStub, tmp_path: Path) -> None:
    """The walk in Go, with the packages of Debian."""
    go = program("go")
    if not (GO_PATH / "src/github.com/aws/aws-sdk-go-v2/service/sesv2").exists():
        pytest.skip("golang-github-aws-aws-sdk-go-v2-dev is not installed")
    built = tmp_path / "walk"
    environ = {**os.environ, "GO111MODULE": "off", "GOPATH": str(GO_PATH), "GOFLAGS": "", "CGO_ENABLED": "0"}
    subprocess.run([go, "build", "-o", built, WALKS / "walk.go"], check=True, timeout=600, env=environ)
    assert walk(ses, built) == [*SEEN, *SEEN_V2]
    assert ses.calls.operations == [*OPERATIONS, *OPERATIONS_V2]


def test_sdk_for_ruby(ses: SESStub) -> None:
    """The walk in Ruby; its SDK has no SES v2."""
    ruby = program("ruby")
    if subprocess.run([ruby, "-e", "require 'aws-sdk'; AWS::VERSION"], capture_output=True).returncode:
        pytest.skip("ruby-aws-sdk is not installed")
    assert walk(ses, ruby, WALKS / "walk.rb") == [*SEEN, "sent"]
    assert ses.calls.operations == [*OPERATIONS, "SendEmail"]


def test_async_aws_for_php(ses: SESStub) -> None:
    """It sends once its address is verified, until it is throttled."""
    php = program("php")
    if not Path("/usr/share/php/AsyncAws/Ses/autoload.php").exists():
        pytest.skip("php-async-aws-ses is not installed")
    assert run(ses, php, WALKS / "send.php") == ["MessageRejected", "sent", "TooManyRequestsException"]
    assert ses.calls.operations == ["SendEmail"] * 3
    assert len(ses.sent_emails) == 1


def test_aws_cli_1(ses: SESStub) -> None:
    """The walk in a shell script, by the variables alone."""
    program("curl")
    places = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    found = os.environ.get("SES_STUB_TEST_AWS") or shutil.which("aws", path=places)
    if found is None or cli_version(found) < (1, 29) or cli_version(found) >= (2, 0):
        pytest.skip("the aws CLI 1.29 is not installed: pip install awscli, in an environment of its own")
    check_cli(ses, found, "")


def test_aws_cli_2_of_debian(ses: SESStub) -> None:
    """The same with version 2.9, which needs `--endpoint-url`."""
    program("curl")
    found = shutil.which("/usr/bin/aws")
    if found is None or cli_version(found) < (2, 0):
        pytest.skip("Debian's aws CLI 2 is not installed: apt-get install awscli")
    check_cli(ses, found, "--endpoint-url {url}")


def cli_version(found: str) -> tuple[int, ...]:
    """The version of an aws CLI; of none that runs, zero."""
    done = subprocess.run([found, "--version"], capture_output=True, text=True)
    version = re.match(r"aws-cli/(\d+)\.(\d+)", done.stdout)
    return (int(version[1]), int(version[2])) if version is not None else (0,)


def check_cli(ses: SESStub, found: str, options: str) -> None:
    """The walk of an aws CLI."""
    script = 'OPTIONS=${OPTIONS//\\{url\\}/$AWS_ENDPOINT_URL_SES}; . "$0"'
    error = re.compile(r"An error occurred \((\w+)\) when calling the \w+ operation(?: \([^)]*\))?: ")
    lines = walk(ses, "bash", "-c", script, WALKS / "walk.sh", AWS=found, OPTIONS=options)
    assert [error.sub(r"\1: ", line) for line in lines] == [*SEEN, *SEEN_V2]
    assert ses.calls.operations == [*OPERATIONS, *OPERATIONS_V2]
