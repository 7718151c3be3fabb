"""The network guard and leaked threads: a call that a thread makes after its test is not sent either."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import pytest
from botocore.endpoint import Endpoint

from ses_stub import SESStubError
from ses_stub._pytest.leaked_threads import WATCHER_NAME, _waits_for_work

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
    """A call during a later test is not sent. That test fails, and the report names the thread's own test."""
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
    """A call between two tests is not sent either."""
    pytester.makeconftest("""
        import sys

        def pytest_runtest_logfinish(nodeid):
            sys.modules["test_it"].call_it()
    """)
    run(pytester, "def test_later(): assert outcome == [SESStubError]").assert_outcomes(passed=2)


def test_answered_by_a_later_stub(pytester: pytest.Pytester) -> None:
    """While another stub is there it answers, as it answers every thread: one that waits for work may serve many tests.

    If the test fails, its report shows the call.
    """
    source = "def test_later(ses_verify):\n    call_it()\n    assert outcome == []"
    run(pytester, source).assert_outcomes(passed=2)
    result = run(pytester, f"{source} and not ses_verify.calls")
    result.assert_outcomes(passed=1, failed=1)
    whose = "the thread 'poller', which test_it.py::test_that_starts_it left running, and was answered here."
    result.stdout.fnmatch_lines([f"ses_stub: ListIdentities came from {whose} *"])


def test_thread_of_the_test_itself(pytester: pytest.Pytester) -> None:
    """A test's own thread is not reported as leaked."""
    source = """
def test_later(ses_verify):
    own = threading.Thread(target=ask, name="own")
    own.start()
    call_it()
    own.join()
    assert 0
"""
    result = run(pytester, source)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["ses_stub: ListIdentities came from the thread 'poller',*"])
    result.stdout.no_fnmatch_line("ses_stub: ListIdentities came from the thread 'own',*")


def test_threads_of_unguarded_tests_are_ignored(pytester: pytest.Pytester) -> None:
    """Calls of an unguarded test and its threads are sent as usual."""
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


def test_thread_call_goes_out_without_the_guard(pytester: pytest.Pytester) -> None:
    """Without the guard the call is sent."""
    source = "def test_later():\n    call_it()\n    assert outcome == [EndpointConnectionError]"
    run(pytester, source, guard="off").assert_outcomes(passed=2)


def test_botocore_is_restored_after_the_run(pytester: pytest.Pytester) -> None:
    """After the run botocore is restored."""
    before = dict(vars(Endpoint))
    run(pytester, "def test_later(): call_it()")
    assert dict(vars(Endpoint)) == before


class Earlier:
    """A plugin that keeps what a run has left: its module with the thread, and the guard of the thread."""

    module: ModuleType
    guard: threading.Thread

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if not hasattr(self, "module"):
            self.module = next(item.getparent(pytest.Module) for item in session.items).obj

    @pytest.fixture
    def earlier(self) -> Earlier:
        """The plugin, passed to the tests of the other run."""
        return self


def earlier_run(pytester: pytest.Pytester) -> Earlier:
    """A run that has ended while its thread has not."""
    plugin = Earlier()
    pytester.makepyfile(test_it=HEAD)
    pytester.inline_run("-p", "no:asyncio", plugins=[plugin])
    (plugin.guard,) = (thread for thread in threading.enumerate() if thread.name == WATCHER_NAME)
    return plugin


def test_called_after_the_last_test(pytester: pytest.Pytester) -> None:
    """A call after the last test is not sent. botocore is restored as soon as the thread has ended."""
    before = dict(vars(Endpoint))
    run = earlier_run(pytester)
    run.module.call_it()
    assert run.module.outcome == [SESStubError]
    run.guard.join()
    assert dict(vars(Endpoint)) == before


def test_called_during_another_run(pytester: pytest.Pytester) -> None:
    """Another run in the same process has its own guard, before and after the earlier run's thread has ended."""
    before = dict(vars(Endpoint))
    plugin = earlier_run(pytester)
    pytester.makepyfile(
        test_it="""
        import boto3, pytest
        from ses_stub import SESStubError

        def test_other_run(earlier):
            earlier.module.call_it()
            assert earlier.module.outcome == [SESStubError]
            earlier.guard.join()
            with pytest.raises(SESStubError, match="while no stub was active"):
                boto3.client("ses", region_name="us-east-1").list_identities()
    """
    )
    pytester.makeini("[pytest]\nses_verify_guard = all")
    pytester.inline_run("-p", "no:asyncio", plugins=[plugin]).assertoutcome(passed=1, failed=1)
    assert dict(vars(Endpoint)) == before


def test_not_watched_without_need(pytester: pytest.Pytester) -> None:
    """Botocore is restored as soon as a guarded test and its threads have ended."""
    source = """
from botocore.endpoint import Endpoint
before = dict(vars(Endpoint))

def test_guarded(ses_verify):
    call_it()

def test_later():
    assert dict(vars(Endpoint)) == before
"""
    run(pytester, source).assert_outcomes(passed=3)


@pytest.mark.parametrize(("module", "waits"), [("asyncio.base_events", True), ("application", False)])
def test_worker_that_hands_over_its_result_is_done(module: str, waits: bool) -> None:
    """It may wake an event loop for that; what runs the application's code is still at work."""
    code = "def work():\n    begun.set()\n    end.wait()"
    begun, end = threading.Event(), threading.Event()
    names: dict[str, Any] = {"__name__": module, "begun": begun, "end": end}
    exec(code, names)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(names["work"])
        begun.wait()
        (worker,) = (one for one in threading.enumerate() if one.name.startswith("ThreadPoolExecutor"))
        found = _waits_for_work(worker)
        end.set()
    assert found is waits


POOLS = {
    "executor": """
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(1)
submit, close = pool.submit, pool.shutdown
""",
    "ThreadPool": """
from multiprocessing.pool import ThreadPool
pool = ThreadPool(1)
submit = pool.apply_async

def close():
    pool.close()
    pool.join()
""",
    "default executor": """
import asyncio
loop = asyncio.new_event_loop()

class submit:
    def __init__(self, function): self.function = function
    def result(self, timeout): return loop.run_until_complete(loop.run_in_executor(None, self.function))

def close():
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
""",
}
POOLED = """
thread = threading.Thread(target=int)

class done:
    def __init__(self, job): self.get = getattr(job, "result", None) or job.get

def answered(): return client.list_identities()["Identities"]

def test_first(ses_verify):
    assert done(submit(answered)).get(10) == []
"""


@pytest.mark.parametrize("pool", POOLS.values(), ids=POOLS)
def test_call_of_a_pool_belongs_to_the_test_that_submits_it(pytester: pytest.Pytester, pool: str) -> None:
    """A pool that a stubbed test has used first may be used for real by a later, unguarded test."""
    source = f"""
{pool}
{POOLED}
def test_later():
    with pytest.raises(EndpointConnectionError):
        done(submit(answered)).get(10)
    close()
"""
    run(pytester, source).assert_outcomes(passed=3)


def test_work_that_a_test_leaves_in_a_pool(pytester: pytest.Pytester) -> None:
    """What a stubbed test has left running in a pool is blocked; what comes after it in the pool is not."""
    source = """
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(1, "poller")
thread = threading.Thread(target=int)

def test_first(ses_verify):
    pool.submit(ask)

def test_that_sees_it():
    call_it()
    assert outcome == [SESStubError]
    pool.submit(int).result()

def test_later():
    with pytest.raises(EndpointConnectionError):
        pool.submit(client.list_identities).result()
    pool.shutdown()
"""
    result = run(pytester, source)
    result.assert_outcomes(passed=4, errors=1)
    result.stdout.fnmatch_lines(
        ["*ERROR at teardown of test_that_sees_it*", "*which test_it.py::test_first left running"]
    )


def test_thread_of_a_leaked_thread(pytester: pytest.Pytester) -> None:
    """A thread that a leaked thread starts after its test is blocked too, and its test is named."""
    source = """
inner = threading.Thread(target=ask, name="inner", daemon=True)

def start_inner():
    assert early.wait(10)
    inner.start()
    started.set()

early, started = threading.Event(), threading.Event()
thread = threading.Thread(target=start_inner, name="outer", daemon=True)

def test_later():
    early.set()
    assert started.wait(10)
    call_it()
    inner.join()
    assert outcome == [SESStubError]
"""
    result = run(pytester, source)
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*in the thread 'inner', which test_it.py::test_that_starts_it left running"])


def test_thread_of_a_leaked_thread_after_the_last_test(pytester: pytest.Pytester) -> None:
    """Botocore is restored once the threads that leaked threads have started have ended too."""
    before = dict(vars(Endpoint))
    plugin = Earlier()
    pytester.makepyfile(
        test_it=HEAD
        + """
over = threading.Event()
inner = threading.Thread(target=lambda: over.wait(10), name="inner", daemon=True)

def start_inner():
    assert go.wait(10)
    inner.start()

thread = threading.Thread(target=start_inner, name="outer", daemon=True)
"""
    )
    pytester.inline_run("-p", "no:asyncio", plugins=[plugin])
    (guard,) = (thread for thread in threading.enumerate() if thread.name == WATCHER_NAME)
    plugin.module.go.set()
    plugin.module.thread.join()
    assert dict(vars(Endpoint)) != before
    plugin.module.over.set()
    guard.join()
    assert dict(vars(Endpoint)) == before


def test_line_of_the_user(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line that is named is the user's, not that of an installed library that is between; else the library's."""
    library = pytester.mkdir("site-packages")
    (library / "tracing.py").write_text("def traced(function):\n    return function()\n", encoding="utf-8")
    monkeypatch.syspath_prepend(library)
    source = """
import functools, tracing

thread = threading.Thread(target=int)

def test_traced():
    with pytest.raises(SESStubError) as caught:
        tracing.traced(client.list_identities)  # traced here
    assert f"test_it.py:{LINE}" in str(caught.value)

def test_of_a_library():
    errors = []
    def hook(args): errors.append(str(args.exc_value))
    threading.excepthook = hook
    own = threading.Thread(target=functools.partial(tracing.traced, client.list_identities))
    own.start()
    own.join()
    assert "tracing.py:2 in the thread" in errors[0]
"""
    line = (HEAD + source)[: (HEAD + source).index("  # traced here")].count("\n")
    result = run(pytester, source.replace("{LINE}", str(line)), "all")
    result.assert_outcomes(passed=3, errors=2)
