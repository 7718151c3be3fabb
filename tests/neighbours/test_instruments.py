"""The real instruments of botocore, installed before, between and within scopes, each in its own process."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

MODULES = {
    "newrelic": "newrelic",
    "opentelemetry": "opentelemetry.instrumentation.botocore",
    "xray": "aws_xray_sdk",
    "ddtrace": "ddtrace",
    "sentry": "sentry_sdk",
    "wrapt": "wrapt",
}


def need(module: str) -> None:
    """Skips a test without a library; it is not imported, as most change the process."""
    try:
        found = importlib.util.find_spec(module)
    except ModuleNotFoundError:  # A parent.
        found = None
    if found is None:
        pytest.skip(f"no {module} here")


@pytest.mark.parametrize("when", ["before", "between", "inside"])
@pytest.mark.parametrize("instrument", [*MODULES, "every"])
def test_instrument_sees_all_calls_and_stays(instrument: str, when: str) -> None:
    """It sees all calls, SES is answered by the stub and DynamoDB by moto, and nobody's patch is lost."""
    for module in [MODULES[instrument]] if instrument in MODULES else MODULES.values():
        need(module)
    program, support = Path(__file__).with_name("instrumented.py"), Path(__file__).parents[1] / "support"
    run = subprocess.run(
        [sys.executable, str(program), instrument, when],
        env={**os.environ, "PYTHONPATH": str(support)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr


def test_guard_beside_new_relic(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the guard on, tests that never use ses_stub have their spans and their answers, before and after others."""
    need("newrelic")
    pytester.makeini("[pytest]\nses_verify_guard = all\nfilterwarnings = error")
    pytester.makeconftest("""
        import os

        os.environ.update(
            NEW_RELIC_DEVELOPER_MODE="true", NEW_RELIC_LICENSE_KEY="0" * 40, NEW_RELIC_APP_NAME="tests",
            NEW_RELIC_LOG=os.devnull,
        )
        from newrelic import agent

        agent.initialize()
    """)
    pytester.makepyfile("""
        import boto3
        import pytest
        from moto import mock_aws
        from newrelic import agent
        from ses_stub import SESStubError

        application = agent.register_application(timeout=10)

        def tables():
            with mock_aws(), agent.BackgroundTask(application, "calls") as transaction:
                assert boto3.client("dynamodb", region_name="us-east-1").list_tables()["TableNames"] == []
                assert len(transaction.root_span.children) == 1

        def test_before():
            tables()

        def test_stubbed(ses_verify):
            tables()
            assert boto3.client("ses", region_name="us-east-1").list_identities()["Identities"] == []

        def test_after():
            tables()

        def test_guarded():
            keys = dict(aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1")
            with pytest.raises(SESStubError):
                boto3.client("ses", **keys).list_identities()
    """)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.runpytest_subprocess("-pses_stub.pytest_plugin").assert_outcomes(passed=4, errors=1)
