"""The fixture ses_retry_mode runs a test in each of botocore's retry modes."""

from __future__ import annotations

import pytest

from ses_stub.pytest_plugin import RetryMode

HEAD = """
import pytest
from ses_stub import current_stub

"""


def run(pytester: pytest.Pytester, source: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(test_it=HEAD + source)
    return pytester.runpytest("-W", "error", "-p", "no:asyncio", "-p", "no:randomly", *options)


def test_runs_once_for_each_mode(pytester: pytest.Pytester) -> None:
    """A test that uses the fixture runs six times; one that does not runs once."""
    source = "def test_it(ses_retry_mode): pass\ndef test_other(ses_client): pass"
    result = run(pytester, source, "--collect-only", "-q")
    modes = [f"{mode}-jitter{jitter}" for mode in ("legacy", "standard", "adaptive") for jitter in (1, 0)]
    expected = [*(f"test_it.py::test_it[[]{mode}[]]" for mode in modes), "test_it.py::test_other"]
    result.stdout.fnmatch_lines(expected, consecutive=True)


def test_client_and_stub(pytester: pytest.Pytester) -> None:
    """The client of ses_client has the mode, and the stub has the jitter."""
    source = """
def test_it(ses_client, ses_verify, ses_retry_mode):
    assert ses_client.meta.config.retries["mode"] == ses_retry_mode.mode
    assert ses_verify._service.options.jitter == ses_retry_mode.jitter
"""
    run(pytester, source).assert_outcomes(passed=6)


def test_marker_keeps_its_other_options(pytester: pytest.Pytester) -> None:
    """The other options of a marker apply; the jitter is that of the mode."""
    source = """
@pytest.mark.ses_verify(jitter=0.5, region="eu-west-1")
def test_it(ses_retry_mode):
    assert current_stub()._service.options.jitter == ses_retry_mode.jitter
    assert current_stub().region == "eu-west-1"
"""
    run(pytester, source).assert_outcomes(passed=6)


def test_retry_mode_works_in_a_users_fixture(pytester: pytest.Pytester) -> None:
    """The fixture also works in a user's fixture that makes its own client."""
    source = """
import boto3

@pytest.fixture
def client(ses_verify, ses_retry_mode):
    return boto3.client("ses", region_name="us-east-1", config=ses_retry_mode.config)

def test_it(client, ses_verify, request):
    mode = request.getfixturevalue("ses_retry_mode")
    assert client.meta.config.retries["mode"] == mode.mode
    assert ses_verify._service.options.jitter == mode.jitter
"""
    run(pytester, source).assert_outcomes(passed=6)


def test_outcome_in_each_mode(pytester: pytest.Pytester) -> None:
    """A second call is throttled in every mode; only with full jitter does a retry wait until it passes."""
    source = """
from botocore.exceptions import ClientError

def test_it(ses_client, ses_verify, ses_retry_mode):
    ses_client.list_identities()
    if ses_retry_mode.jitter or ses_retry_mode.mode == "adaptive":
        ses_client.list_identities()
        assert ses_verify.report().simulated_wait >= 1
    else:
        with pytest.raises(ClientError, match="Throttling"):
            ses_client.list_identities()
        assert ses_verify.report().simulated_wait == 0
"""
    run(pytester, source).assert_outcomes(passed=6)


def test_selected_by_id(pytester: pytest.Pytester) -> None:
    """The ids select a mode on the command line."""
    result = run(pytester, "def test_it(ses_retry_mode): pass", "-k", "standard-jitter0")
    result.assert_outcomes(passed=1, deselected=5)


def test_value_is_immutable() -> None:
    """The fixture's value cannot be changed."""
    with pytest.raises(AttributeError):
        RetryMode("legacy", 1.0).mode = "standard"  # type: ignore[misc]
