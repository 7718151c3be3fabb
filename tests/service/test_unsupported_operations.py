"""Unsupported operations: they raise, are logged, and fail the test if the application swallows the error."""

from __future__ import annotations

from contextlib import suppress

import pytest
from clients import make_client
from inner_run import RUN_AGAIN

from ses_stub import UnsupportedOperationError, mock_ses_verify


def test_unsupported_call_is_in_log_and_timeline() -> None:
    """The call is in the log and in the timeline with the error's name."""
    with mock_ses_verify(region="us-east-1") as ses:
        with suppress(UnsupportedOperationError):
            make_client().clone_receipt_rule_set(RuleSetName="new", OriginalRuleSetName="old")
        assert ses.calls.last.params == {"RuleSetName": "new", "OriginalRuleSetName": "old"}
        assert ses.calls.count("CloneReceiptRuleSet", error_code="UnsupportedOperationError") == 1
        assert str(ses.timeline()).endswith("  UnsupportedOperationError")


def test_error_lists_options_before_operations() -> None:
    """The error names the operation, then the options, then the long list of supported operations."""
    with mock_ses_verify(), pytest.raises(UnsupportedOperationError) as error:
        make_client().list_templates()
    first, ways, answered = str(error.value).splitlines()
    assert first == "ses_stub does not support the SES operation ListTemplates."
    assert ways.startswith("  Options: start moto's mock_aws")
    assert answered.startswith("  Supported operations: CreateConfigurationSet, ")


# In pytest.

APP = """
import boto3

def templates():
    client = boto3.client("ses", region_name="us-east-1")
    try:
        return client.list_templates()  # here
    except Exception:
        return None
"""
HEAD = """
import threading, unittest
from concurrent.futures import ThreadPoolExecutor
import boto3, pytest
from ses_stub import UnsupportedOperationError, mock_ses_verify
import app

def ask():
    return boto3.client("ses", region_name="us-east-1").list_templates()

"""
NUMBER = APP[: APP.index("  # here")].count("\n")
LINE = f"*an error of ses_stub was swallowed at *app.py:{NUMBER}:"
OPERATION = "*does not support the SES operation ListTemplates."


def run(pytester: pytest.Pytester, source: str) -> pytest.RunResult:
    pytester.makepyfile(test_it=HEAD + source, app=APP)
    return pytester.runpytest("-W", "error", "-p", "no:asyncio", "-p", "no:randomly")


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("def test_it(ses_verify): app.templates()", id="fixture"),
        pytest.param("@pytest.mark.ses_verify\ndef test_it(): app.templates()", id="marker"),
        pytest.param("@mock_ses_verify\ndef test_it(): app.templates()", id="decorator"),
        pytest.param("def test_it():\n    with mock_ses_verify(): app.templates()", id="with"),
        pytest.param("def test_it(ses_verify):\n    with mock_ses_verify(): app.templates()", id="nested"),
    ],
)
def test_swallowed_unsupported_error_fails_the_test(pytester: pytest.Pytester, source: str) -> None:
    """The test fails at its end, with the place that swallowed the error and the error's text."""
    result = run(pytester, source)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_it*", LINE, OPERATION, "*Options: *"])


def test_swallowed_error_of_the_first_stub_fails_too(pytester: pytest.Pytester) -> None:
    """The same holds if the stub no longer exists."""
    source = "def test_it():\n    for number in range(20):\n        with mock_ses_verify(): number or app.templates()"
    pytester.makepyfile(test_it=HEAD + source, app=APP)
    # Or this test itself would be reported.
    result = pytester.runpytest_subprocess("-p", "no:asyncio", "-p", "no:randomly")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines([LINE])


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("def test_it(ses_verify):\n    with pytest.raises(UnsupportedOperationError): ask()", id="raises"),
        pytest.param("def test_it(ses_verify): pytest.raises(UnsupportedOperationError, ask)", id="raises a function"),
        pytest.param("def test_it(ses_verify, caught): pass", id="fixture"),
        pytest.param(
            "@mock_ses_verify\nclass Case(unittest.TestCase):\n"
            "    def test_it(self): self.assertRaises(UnsupportedOperationError, ask)",
            id="unittest",
        ),
        pytest.param(
            "def test_it(ses_verify):\n"
            "    with ThreadPoolExecutor() as pool, pytest.raises(UnsupportedOperationError):\n"
            "        pool.submit(ask).result()",
            id="thread",
        ),
    ],
)
def test_caught_by_the_test(pytester: pytest.Pytester, source: str) -> None:
    """A test that expects the error, itself or in its conftest, passes."""
    pytester.makeconftest("""
        import boto3, pytest
        from ses_stub import UnsupportedOperationError

        @pytest.fixture
        def caught(ses_verify):
            with pytest.raises(UnsupportedOperationError):
                boto3.client("ses", region_name="us-east-1").list_templates()
    """)
    run(pytester, source).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(
            "@pytest.mark.ses_verify(unsupported='raise')\ndef test_it(): assert not app.templates()", id="marker"
        ),
        pytest.param(
            "@mock_ses_verify(unsupported='raise')\ndef test_it(): assert not app.templates()", id="decorator"
        ),
    ],
)
def test_unsupported_raise_leaves_the_error_to_the_application(pytester: pytest.Pytester, source: str) -> None:
    """An application that works without the operation is tested with ``unsupported="raise"``."""
    run(pytester, source).assert_outcomes(passed=1)


def test_of_a_failed_test(pytester: pytest.Pytester) -> None:
    """A test that fails itself fails once; its timeline shows the swallowed call."""
    result = run(pytester, "def test_it(ses_verify): assert app.templates()")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*- ses_stub -*", "*ListTemplates()*UnsupportedOperationError"])


def test_of_another_test(pytester: pytest.Pytester) -> None:
    """A stub of a wider scope fails the test that made the call, and no later one."""
    source = """
@pytest.fixture(scope="module", autouse=True)
def wide():
    with mock_ses_verify(): yield
def test_before(): pass
def test_hiding(): app.templates()
def test_later(): pass
"""
    result = run(pytester, source)
    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_hiding*"])


def test_only_the_run_that_swallowed_the_error_fails(pytester: pytest.Pytester) -> None:
    """When a plugin reruns a test, only the run that swallowed an error fails."""
    pytester.makeconftest(RUN_AGAIN)
    source = """
@pytest.fixture(scope="session", autouse=True)
def wide():
    with mock_ses_verify(): yield
runs = []
def test_it():
    runs or app.templates()
    runs.append(1)
"""
    run(pytester, source).assert_outcomes(passed=2, errors=1)
