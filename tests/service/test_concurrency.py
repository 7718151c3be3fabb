"""Many threads: no call is lost or counted twice, no thread waits for another's wait, and a fork has a copy."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError
from clients import make_client, names
from repeat import times

from ses_stub import SESStub, VirtualClock, mock_ses_verify
from ses_stub._core import locks

THREADS, CALLS = 64, times(20)
ONCE = {"total_max_attempts": 1, "mode": "standard"}


def at_once(work: Callable[[int], Any], threads: int = THREADS) -> list[Any]:
    """The results of one function in each thread; all threads start together."""
    start = threading.Barrier(threads)

    def begin(number: int) -> Any:
        start.wait()
        return work(number)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(begin, range(threads)))


def outcome(client: Any) -> tuple[str, int]:
    """The result of a call and the number of its attempts."""
    try:
        return "passed", client.list_identities()["ResponseMetadata"]["RetryAttempts"] + 1
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["ResponseMetadata"]["RetryAttempts"] + 1


def granted(ses: SESStub, rate: int, burst: int) -> list[bool]:
    """For each call of the log, whether a token bucket lets it pass."""
    tokens, at, passes = float(burst), ses.calls[0].at, []
    for call in ses.calls:
        tokens = min(burst, tokens + (call.at - at).total_seconds() * rate)
        at = call.at
        passes.append(tokens > 1 - 1e-6)
        tokens -= passes[-1]
    return passes


def test_exactly_the_burst_passes_with_64_threads() -> None:
    """With 64 threads of many calls each and a frozen clock, exactly the burst passes, and all calls are logged."""
    with mock_ses_verify(rate=1, burst=500, clock=VirtualClock()) as ses:
        client = make_client(retries=ONCE)
        parts = at_once(lambda _: [outcome(client) for _ in range(CALLS)])
        found = Counter(ending for part in parts for ending, _ in part)
        assert found == {"passed": 500, "Throttling": THREADS * CALLS - 500}
        # A call that finds the bucket empty is refused, so the passes come first.
        assert [call.error_code for call in ses.calls] == [None] * 500 + ["Throttling"] * (THREADS * CALLS - 500)


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_hammered_while_time_moves(mode: str) -> None:
    """If the threads' retries move the clock, as many calls pass as the token bucket allows."""
    with mock_ses_verify(rate=10, burst=5, clock=VirtualClock()) as ses:
        client = make_client(retries={"total_max_attempts": 3, "mode": mode})
        parts = at_once(lambda _: [outcome(client) for _ in range(times(4))], 16)
        endings = [ending for part in parts for ending, _ in part]
        assert len(ses.calls) == sum(attempts for part in parts for _, attempts in part)
        assert len(ses.calls) - len(ses.calls.throttled) == endings.count("passed")
        assert [call.error_code is None for call in ses.calls] == granted(ses, rate=10, burst=5)


def test_attempts_of_each_thread_are_numbered_by_time() -> None:
    """The attempts of each thread's call are numbered from 1, and the log is sorted by time."""
    with mock_ses_verify(rate=1, clock=VirtualClock()) as ses:

        def work(number: int) -> None:
            client = make_client(region=f"region-{number}", retries={"total_max_attempts": 4, "mode": "standard"})
            for _ in range(5):
                client.list_identities()

        at_once(work, 8)
        timestamps = [call.at for call in ses.calls]
        assert timestamps == sorted(timestamps)
        for number in range(8):
            attempts = [call.attempt for call in ses.calls if call.region == f"region-{number}"]
            begins = [place for place, attempt in enumerate(attempts) if attempt == 1]
            assert len(begins) == 5
            for begin, end in zip(begins, [*begins[1:], None]):  # noqa: B905  # one is shorter
                assert attempts[begin:end] == list(range(1, len(attempts[begin:end]) + 1))


def test_identities_of_all_threads() -> None:
    """Identities that threads register at the same time are all there, once each."""
    with mock_ses_verify(rate=None) as ses:
        client = make_client()
        at_once(lambda number: client.verify_domain_identity(Domain=f"d{number % 16}.example"), 32)
        assert sorted(ses.identities) == sorted(f"d{number}.example" for number in range(16))
        assert len(ses.calls) == 32


class CuriousClock(VirtualClock):
    """A clock that lets another thread run during each wait, and records whether it could."""

    def __init__(self) -> None:
        super().__init__()
        self.ask: Callable[[], Any] | None = None
        self.answered: list[bool] = []

    def _advance_for_wait(self, micros: int) -> None:
        ask, self.ask = self.ask, None
        if ask is not None:
            other = threading.Thread(target=ask, daemon=True)
            other.start()
            other.join(timeout=5)
            self.answered.append(not other.is_alive())
            self.ask = ask
        super()._advance_for_wait(micros)


def calls(client: Any) -> None:
    for _ in range(4):
        names(client)


def waits(client: Any) -> None:
    with pytest.raises(WaiterError):
        client.get_waiter("identity_exists").wait(Identities=["nobody.example"], WaiterConfig={"MaxAttempts": 3})


@pytest.mark.parametrize(
    ("mode", "work"),
    [("legacy", calls), ("standard", calls), ("adaptive", calls), ("standard", waits)],
    ids=["legacy", "standard", "adaptive", "waiter"],
)
def test_no_lock_is_held_during_a_wait(mode: str, work: Callable[[Any], None]) -> None:
    """While one thread waits, another is answered with the same client, and may use the stub."""
    clock = CuriousClock()
    with mock_ses_verify(identities=["example.com"], clock=clock) as ses:
        client = make_client(retries={"mode": mode})
        clock.ask = lambda: (names(client), ses.identities, ses.calls, ses.clock.advance(seconds=1))
        work(client)
    assert clock.answered
    assert all(clock.answered)


def test_calls_of_an_executor_reach_one_stub() -> None:
    """The calls of an executor's threads reach one stub, with one client or with one client each."""
    with mock_ses_verify(identities=["example.com"], rate=None) as ses, ThreadPoolExecutor(8) as pool:
        shared = make_client()
        assert list(pool.map(names, [shared] * 20)) == [["example.com"]] * 20
        assert list(pool.map(lambda _: names(make_client()), range(20))) == [["example.com"]] * 20
        assert len(ses.calls) == 40


def test_pool_that_outlives_the_scope() -> None:
    """A worker thread that started in one scope is answered by the next one."""
    client = make_client()
    with ThreadPoolExecutor(1) as pool:
        for name in ("first.example", "second.example"):
            with mock_ses_verify(identities=[name]):
                assert pool.submit(names, client).result() == [name]


def test_scopes_of_threads() -> None:
    """Each of many threads has its own scope, which answers it; all threads share a client."""
    client = make_client(retries=ONCE)

    def work(number: int) -> None:
        for turn in range(5):
            with mock_ses_verify(identities=[f"d{number}-{turn}.example"], clock=VirtualClock()) as ses:
                assert names(client) == [f"d{number}-{turn}.example"]
                assert outcome(client) == ("Throttling", 1)
                assert ses.calls.operations == ["ListIdentities"] * 2

    at_once(work, 16)


def test_many_scopes_of_threads() -> None:
    """Many threads may begin scopes at the same time; the test's report keeps working."""

    def work(_: int) -> None:
        for _ in range(25):
            with mock_ses_verify(clock=VirtualClock()):
                pass

    # So that threads switch within a line, which is rare.
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        at_once(work, 16)
    finally:
        sys.setswitchinterval(before)


FORK = """
import os, threading
from clients import make_client, names
from ses_stub import VirtualClock, mock_ses_verify

def in_a_child(work):
    child = os.fork()
    if not child:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

with mock_ses_verify(identities=["example.com"], rate=None, clock=VirtualClock()) as ses:
    client = make_client()
    names(client)
"""

COPIED = """
    def work():
        assert names(client) == ["example.com"]
        client.verify_domain_identity(Domain="child.example")
        ses.clock.advance(days=4)
        assert ses.identity("child.example").status == "Failed"
        assert len(ses.calls) == 3

    now = ses.clock.now()
    assert in_a_child(work) == 0
    assert list(ses.identities) == ["example.com"] == names(client)
    assert len(ses.calls) == 2
    assert ses.clock.now() == now
"""

BUSY = """
    import signal, sys

    def work():
        signal.alarm(10)
        assert names(client) == ["example.com"]
        ses.clock.advance(seconds=1)

    def hammer():
        while not done.is_set():
            ses.identity("example.com")
            ses.clock.advance(seconds=1)

    done = threading.Event()
    sys.setswitchinterval(1e-5)
    threads = [threading.Thread(target=hammer) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(12):
            assert in_a_child(work) == 0, "the child waits for a lock of a thread that it does not have"
    finally:
        done.set()
        for thread in threads:
            thread.join()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("source", [COPIED, BUSY], ids=["a copy", "beside busy threads"])
def test_forked_child_continues_with_a_copy(source: str) -> None:
    """A forked child continues with a copy of the stub, whatever other threads did. The parent does not change."""
    folder = Path(__file__).parents[1] / "support"
    # Not measured: coverage has its own lock, which a child of busy threads would wait for forever.
    unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    # Python warns of every fork beside other threads.
    environment = {**unmeasured, "PYTHONPATH": f"{folder}{os.pathsep}{folder.parents[1]}", "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-c", FORK + source]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_locks_of_a_child() -> None:
    """The steps of a fork in one process: the stub's locks are held before it and free after it."""
    with mock_ses_verify(identities=["example.com"], rate=None, clock=VirtualClock()) as ses:
        client = make_client()
        locks._before_fork()
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(names, client)
            assert not answer.done()
            locks._after_fork()
            assert answer.result(timeout=10) == ["example.com"]
        ses.clock.advance(seconds=1)
        assert names(client) == ["example.com"]
