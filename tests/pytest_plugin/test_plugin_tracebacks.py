"""The tracebacks of the package's errors end at the line of the test or application."""

from __future__ import annotations

import pytest

HEAD = """
import boto3, pytest
from ses_stub import mock_ses_verify

def ask():
    client = boto3.client("ses", region_name="us-east-1")
    return client.list_templates()  # application

"""


def run(pytester: pytest.Pytester, source: str, *options: str) -> str:
    pytester.makepyfile(test_it=HEAD + source)
    return str(pytester.runpytest("-p", "no:asyncio", "-p", "no:randomly", *options).stdout)


@pytest.mark.parametrize(
    ("source", "last"),
    [
        pytest.param("def test_it(ses_verify): ses_verify.clock.advance(3600)  # here", "# here", id="control"),
        pytest.param("def test_it(ses_verify): ask()", "# application", id="client"),
        pytest.param("def test_it(): mock_ses_verify(rate=0)  # here", "# here", id="option"),
        pytest.param("def test_it():\n    with mock_ses_verify(): ask()", "# application", id="with"),
        pytest.param("@mock_ses_verify\ndef test_it(): ask()", "# application", id="decorator"),
    ],
)
def test_ends_where_the_user_called(pytester: pytest.Pytester, source: str, last: str) -> None:
    """No line of the package or of botocore is shown below the user's line."""
    lines = run(pytester, source).splitlines()
    marked = [line for line in lines if line.startswith(">")]
    assert marked[-1].endswith(last)
    assert not [line for line in lines if "botocore/" in line or line.startswith("ses_stub/")]


@pytest.mark.parametrize("marker", ["rate=0", "frieze='2026-01-01'", "'us-east-1'"])
def test_marker_error_shows_only_its_text(pytester: pytest.Pytester, marker: str) -> None:
    """An error about a marker has only its text, without a traceback through the fixture."""
    output = run(pytester, f"@pytest.mark.ses_verify({marker})\ndef test_it(): pass")
    assert "ERROR at setup of test_it" in output
    assert "_scope.py" not in output
    assert "pytest_plugin.py" not in output


def test_full_trace_shows_the_whole_traceback(pytester: pytest.Pytester) -> None:
    """With --full-trace the whole traceback is shown."""
    assert "clock.py" in run(pytester, "def test_it(ses_verify): ses_verify.clock.advance(3600)", "--full-trace")


def test_other_errors_are_shown_as_usual(pytester: pytest.Pytester) -> None:
    """Other errors are shown as usual."""
    source = "def test_it(ses_client): ses_client.verify_email_identity(EmailAddress='nonsense')"
    assert "botocore/client.py" in run(pytester, source)
