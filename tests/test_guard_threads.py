"""The leak guard, of threads that outlive their test: what they call later is not sent either."""

from __future__ import annotations

import pytest
from botocore.endpoint import Endpoint

HEAD = """
import boto3, pytest, threading
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError
from ses_stub import SESStubError

KEYS = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
client = boto3.client("ses", region_name="us-east-1", config=Config(retries={"max_attempts": 0}), **KEYS)
go, asked, outcome = threading.Event(), threading.Event(), []

def ask():
    assert go.wait(10)
    try:
        client.list_identities()  # here
    except Exception as error:
        outcome.append(type(error))
    asked.set()

thread = threading.Thread(target=ask, name="poller", daemon=True)

def test_that_starts_it(ses_verify):
    thread.start()

def call_it():
    go.set()
    assert asked.wait(10)
    thread.join()
"""
LINE = (
    f"*ListIdentities, called at *test_it.py:{HEAD[: HEAD.index('  # here')].count(chr(10))} in the thread 'poller',"
    " which test_it.py::test_that_starts_it left running"
)


pytestmark = pytest.mark.usefixtures("no_name_server")


def run(pytester: pytest.Pytester, source: str, guard: str = "stubbed") -> pytest.RunResult:
    pytester.makepyfile(test_it=HEAD + source)
    pytester.makeini(f"[pytest]\nses_verify_guard = {guard}")
    return pytester.runpytest("-W", "error", "-p", "no:asyncio", "-p", "no:randomly")


@pytest.mark.parametrize("fixtures", ["early", "early, ses_verify"], ids=["unguarded", "guarded"])
def test_called_during_a_later_test(pytester: pytest.Pytester, fixtures: str) -> None:
    """The call is not sent; the test in which it comes fails, and is told whose thread it was."""
    source = f"""
@pytest.fixture
def early(): call_it()

def test_later({fixtures}):
    assert outcome == [SESStubError]
"""
    result = run(pytester, source)
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_later*", LINE])


def test_called_between_tests(pytester: pytest.Pytester) -> None:
    """The call is not sent when no test runs either."""
    pytester.makeconftest("""
        import sys

        def pytest_runtest_logfinish(nodeid):
            sys.modules["test_it"].call_it()
    """)
    run(pytester, "def test_later(): assert outcome == [SESStubError]").assert_outcomes(passed=2)


def test_answered_by_a_later_stub(pytester: pytest.Pytester) -> None:
    """While another stub is there it answers, as it answers every thread."""
    run(pytester, "def test_later(ses_verify):\n    call_it()\n    assert outcome == []").assert_outcomes(passed=2)


def test_other_threads_are_left_alone(pytester: pytest.Pytester) -> None:
    """What an unguarded test calls itself, or in threads of its own, goes out as ever."""
    source = """
def test_later():
    with pytest.raises(EndpointConnectionError):
        client.list_identities()
    own = threading.Thread(target=ask)
    own.start()
    go.set()
    own.join()
    assert EndpointConnectionError in outcome
    thread.join()
"""
    result = run(pytester, source)
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines([LINE])


def test_guard_off(pytester: pytest.Pytester) -> None:
    """Without the guard the call goes out."""
    source = "def test_later():\n    call_it()\n    assert outcome == [EndpointConnectionError]"
    run(pytester, source, guard="off").assert_outcomes(passed=2)


@pytest.mark.parametrize("source", ["", "def test_later(): call_it()"], ids=["running", "ended"])
def test_restored(pytester: pytest.Pytester, source: str) -> None:
    """After the run botocore is as it was, whether the thread has ended or not."""
    before = dict(vars(Endpoint))
    run(pytester, source + "\ndef test_last(): go.set()")
    assert dict(vars(Endpoint)) == before


def test_not_watched_without_need(pytester: pytest.Pytester) -> None:
    """Botocore is as it was as soon as a guarded test has ended whose threads have ended too."""
    source = """
from botocore.endpoint import Endpoint
before = dict(vars(Endpoint))

def test_guarded(ses_verify):
    call_it()

def test_later():
    assert dict(vars(Endpoint)) == before
"""
    run(pytester, source).assert_outcomes(passed=3)
