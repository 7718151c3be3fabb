"""Other plugins of pytest: those that run coroutines, those that catch errors, and the one that forbids sockets."""

from __future__ import annotations

import pytest

HEAD = """
import asyncio
import boto3, pytest
from ses_stub import SESStubError, current_stub, mock_ses_verify

client = boto3.client("ses", region_name="us-east-1")

def names():
    return client.list_identities()["Identities"]
"""


def run(
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    plugin: str,
    source: str,
    *arguments: str,
    **outcomes: int,
) -> pytest.RunResult:
    """Runs tests with one plugin beside ours, in their own process."""
    pytest.importorskip(plugin)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(test_it=HEAD + source)
    plugins = [f"-p{plugin}" for plugin in ("ses_stub.pytest_plugin", plugin)]
    result = pytester.runpytest_subprocess(*plugins, "-Werror", *arguments)
    result.assert_outcomes(**outcomes)
    return result


#: Fixtures of every kind and width; what is not defined here is the library's.
FIXTURES = """
@module_fixture
async def of_module():
    async with mock_ses_verify(identities=["module.example"], rate=None) as ses:
        yield ses

@function_fixture
async def of_function():
    with mock_ses_verify(identities=["function.example"], rate=None) as ses:
        yield ses

@pytest.fixture
def plain():
    with mock_ses_verify(identities=["plain.example"], rate=None) as ses:
        yield ses

@coroutine
async def test_of_module(of_module):
    assert names() == ["module.example"]
    assert current_stub() is of_module

@coroutine
async def test_of_function(of_module, of_function):
    assert await to_thread(names) == ["function.example"]
    assert current_stub() is of_function

@coroutine
async def test_plain_within(of_module, plain):
    assert names() == ["plain.example"]

@coroutine
async def test_module_again(of_module):
    assert names() == ["module.example"]

def test_that_is_no_coroutine(of_module, plain):
    assert names() == ["plain.example"]

@coroutine
@mock_ses_verify(identities=["decorator.example"])
async def test_decorated(of_module, plain):
    assert names() == ["decorator.example"]

@coroutine
async def test_of_ours(ses_verify, ses_client):
    ses_client.verify_domain_identity(Domain="ours.example")
    assert ses_verify.identities.keys() == {"ours.example"}

@coroutine
async def test_waits(ses_verify, ses_client):
    ses_verify.inject("ListIdentities", error_code="Throttling", times=2)
    ses_client.list_identities()
    assert ses_verify.report().simulated_wait > 0
"""
#: In a module of its own, after the other's fixtures.
LAST = """
def test_nothing_is_left():
    with pytest.raises(SESStubError):
        current_stub()
"""


@pytest.mark.parametrize("loop", ["function", "module", "session"])
def test_scopes_with_pytest_asyncio(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, loop: str) -> None:
    """Its fixtures and tests have the scopes that a user expects, whichever loop they run in."""
    wider = "session" if loop == "session" else "module"
    source = f"""
import pytest_asyncio

module_fixture = pytest_asyncio.fixture(scope="module", loop_scope={wider!r})
function_fixture = pytest_asyncio.fixture(loop_scope={loop!r})
coroutine = pytest.mark.asyncio(loop_scope={loop!r})
to_thread = asyncio.to_thread
"""
    pytester.makepyfile(test_last=HEAD + LAST)
    arguments = [f"-oasyncio_default_fixture_loop_scope={loop}", "test_it.py", "test_last.py"]
    run(pytester, monkeypatch, "pytest_asyncio.plugin", source + FIXTURES, *arguments, passed=9)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_scopes_with_the_plugin_of_anyio(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    """So they have with anyio's plugin, which runs them in one task that is older than most scopes."""
    pytest.importorskip(backend)
    source = f"""
import anyio.to_thread

@pytest.fixture(scope="module", autouse=True)
def anyio_backend():
    return {backend!r}

module_fixture, function_fixture = pytest.fixture(scope="module"), pytest.fixture
coroutine = pytest.mark.anyio
to_thread = anyio.to_thread.run_sync
"""
    pytester.makepyfile(test_last=HEAD + LAST)
    run(pytester, monkeypatch, "anyio.pytest_plugin", source + FIXTURES, "test_it.py", "test_last.py", passed=9)


def test_guard_names_the_line_of_the_test_under_pytest_check(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard names the line in the test, not the one in pytest-check that calls it."""
    source = """
from pytest_check import check

@check.check_func
def is_registered(name):
    assert name in names()

def test_stubbed(ses_verify):
    ses_verify.add_identity("example.com")
    is_registered("example.com")
    with check:
        assert names() == ["example.com"]

def test_guarded():
    check.raises(SESStubError, client.list_identities)  # here
"""
    result = run(pytester, monkeypatch, "pytest_check.plugin", source, "-oses_verify_guard=all", passed=2, errors=1)
    line = (HEAD + source)[: (HEAD + source).index("  # here")].count("\n")
    result.stdout.fnmatch_lines([f"*ListIdentities, called at *test_it.py:{line}*"])


@pytest.mark.parametrize("options", ["", "freeze=True", "freeze='2030-01-01'"])
def test_scopes_where_pytest_socket_forbids_sockets(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, options: str
) -> None:
    """Where all sockets are forbidden, scopes begin, answer and end, frozen or not."""
    source = f"""
import time

def test_it():
    before = time.time
    with mock_ses_verify({options}):
        assert names() == []
    assert time.time is before

@mock_ses_verify({options})
def test_decorated():
    assert names() == []
"""
    run(pytester, monkeypatch, "pytest_socket", source, "--disable-socket", passed=2)
