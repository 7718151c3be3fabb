"""Suites as users write them, each run by a separate pytest."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from race import Measure, race, ratio
from table import US, Table

TESTS = 1000
#: In one file; a suite of a thousand has many files.
EACH = 50
ROUNDS = 3

# The fixtures of moto's documentation.
MOTO = """
import boto3
import pytest
from moto import mock_aws


@pytest.fixture
def aws():
    with mock_aws():
        yield


@pytest.fixture
def ses(aws):
    return boto3.client("ses", region_name="us-east-1")
"""
OURS = """
def test_owner_{n}_clicks_the_link(ses_verify, ses_client):
    ses_client.verify_email_identity(EmailAddress="ann{n}@example.com")
    answer = ses_client.get_identity_verification_attributes(Identities=["ann{n}@example.com"])
    assert answer["VerificationAttributes"]["ann{n}@example.com"]["VerificationStatus"] == "Pending"

    ses_verify.clock.advance(hours=23)
    ses_verify.click_verification_link("ann{n}@example.com")
    answer = ses_client.get_identity_verification_attributes(Identities=["ann{n}@example.com"])
    assert answer["VerificationAttributes"]["ann{n}@example.com"]["VerificationStatus"] == "Success"
"""
# A test that makes its client itself, like the code under test.
OWN_CLIENT = "import boto3\n" + OURS.replace(
    ", ses_client):", '):\n    ses_client = boto3.client("ses", region_name="us-east-1")'
)
# moto has no Pending.
MOTOS = """
def test_owner_{n}_is_verified(ses):
    ses.verify_email_identity(EmailAddress="ann{n}@example.com")
    answer = ses.get_identity_verification_attributes(Identities=["ann{n}@example.com"])
    assert answer["VerificationAttributes"]["ann{n}@example.com"]["VerificationStatus"] == "Success"
"""
EMPTY = """
def test_{n}(FIXTURES):
    pass
"""
# The seconds of the median test, with all its fixtures.
STOPWATCH = """
import statistics
import time
from pathlib import Path

import pytest

took = []


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    start = time.perf_counter()
    yield
    took.append(time.perf_counter() - start)


def pytest_unconfigure():
    Path("took").write_text(str(statistics.median(took)))
"""


def suites(table: Table) -> None:
    """A thousand typical tests, from the start of pytest to its end."""
    with tempfile.TemporaryDirectory() as folder:
        places = {name: Path(folder, name) for name in (US, "own client", "moto")}
        for place, test in zip(places.values(), (OURS, OWN_CLIENT, MOTOS), strict=True):
            write(place, test, TESTS, MOTO if test is MOTOS else "")
            # Compiles, like an earlier run.
            pytest(place, "--collect-only")
        times = race({name: wall_time(place) for name, place in places.items()}, rounds=2, warm_up=0)
    table.row(f"{TESTS:,} tests, ses_client", {US: times[US], "moto": times["moto"]})
    table.row(f"{TESTS:,} tests, boto3.client", {US: times["own client"], "moto": times["moto"]})
    table.at_least(10, f"suite of {TESTS:,} with ses_client: times faster than moto", ratio(times, "moto", US))


def fixtures(table: Table) -> None:
    """The time that fixtures add to an empty test."""
    with tempfile.TemporaryDirectory() as folder:
        tests = {"bare": "", "stub": "ses_verify", "client": "ses_client", "moto": "aws", "moto's client": "ses"}
        runs = {}
        for name, asked in tests.items():
            place = Path(folder, name)
            write(place, EMPTY.replace("FIXTURES", asked), EACH, STOPWATCH + ("moto" in name) * MOTO)
            runs[name] = stopwatch(place)
        times = race(runs, ROUNDS)
    added = {name: [a - b for a, b in zip(times[name], times["bare"], strict=True)] for name in times}
    table.row("fixture ses_verify / mock_aws", {US: added["stub"], "moto": added["moto"]})
    table.row("  with a client", {US: added["client"], "moto": added["moto's client"]})


def write(place: Path, test: str, number: int, conftest: str) -> None:
    """Makes a directory of tests."""
    place.mkdir()
    (place / "pytest.ini").write_text("[pytest]\n")
    (place / "conftest.py").write_text(conftest)
    imports, _, body = test.rpartition("\ndef ")
    for first in range(0, number, EACH):
        tests = ["def " + body.format(n=n) for n in range(first, first + EACH)]
        (place / f"test_{first}.py").write_text("\n\n".join([imports, *tests]))


def wall_time(place: Path) -> Measure:
    """The time that pytest takes there."""

    def measure() -> float:
        start = time.perf_counter()
        pytest(place)
        return time.perf_counter() - start

    return measure


def stopwatch(place: Path) -> Measure:
    """The times that the tests there measure."""

    def measure() -> float:
        pytest(place)
        return float((place / "took").read_text())

    return measure


def pytest(place: Path, *arguments: str) -> None:
    """Runs pytest there."""
    without = ["randomly", "xdist", "cacheprovider"]
    if "moto" in place.name:
        # Our plugin's work at each test must not count for moto.
        without.append("ses_stub")
    command = [sys.executable, "-m", "pytest", "-q", *arguments]
    for plugin in without:
        command += ["-p", f"no:{plugin}"]
    run = subprocess.run(command, cwd=place, env=environment(), capture_output=True, text=True)
    if run.returncode != 0:
        raise SystemExit(run.stdout[-2000:] + run.stderr)


def environment() -> dict[str, str]:
    """A user's environment, whose packages are compiled at their first import only."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
