"""Ratios of ses_stub to a floor and to moto, in one process: ``python tests/benchmarks/run.py``.

The floor is an unsigned client whose ``before-send`` handler answers one constant: what botocore itself costs.
Rivals take turns within each round and a ratio is the median over the rounds, so that noise meets all alike.
"""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import boto3
import botocore.session
from botocore import UNSIGNED
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from moto import mock_aws

from ses_stub import SESStub, _botocore, mock_ses_verify

Job = Callable[[], Any]
Scope = Callable[[], AbstractContextManager[None]]
Entry = tuple[Scope, Job]
START = time.perf_counter()


def main() -> None:
    """Runs all benchmarks and prints their table."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing", AWS_DEFAULT_REGION="us-east-1")
    print(f"{'what':<36}{'ours':>12}{'other':>12}{'ratio':>9}  target")
    for count in (1, 10, 100):
        calls(count)
    many(100_000)
    scope()
    typical_test()
    plugin_import()
    print(f"took {time.perf_counter() - START:.0f} s")


def calls(count: int) -> None:
    """One call that asks for ``count`` identities."""
    names = [f"d{number}.example.com" for number in range(count)]
    stub, body = seeded(names, rate=None)
    # Its throttle is asked each time, and has always a token.
    paced_stub, _ = seeded(names, rate=1e6)
    free, paced, floor = client(), client(), constant(body)

    def ask(one: Any, scope: Scope = nothing) -> Entry:
        return scope, lambda: one.get_identity_verification_attributes(Identities=names)

    ours_free, ours_paced = ask(free, in_scope(stub)), ask(paced, in_scope(paced_stub))
    most = "1.10" if count == 1 else "1.15" if count == 100 else ""
    rounds = 60 if count < 100 else 30
    number = 100 if count < 100 else 30
    ours, throttled, bare = race([ours_free, ours_paced, ask(floor)], rounds, number, between=clear(stub, paced_stub))
    row(f"call, {count} identities / floor", ours, bare, f"<= {most}" if most else "", "ours")
    row("  the same, throttled", throttled, bare, f"<= {most}" if most else "", "ours")

    with mock_aws():
        moto = boto3.client("ses", region_name="us-east-1")
        for name in names:
            moto.verify_domain_identity(Domain=name)
        ours, theirs = race([ours_free, ask(moto)], 20, number // 3, between=clear(stub))
    least = ">= 2.5" if count == 1 else ">= 3" if count == 100 else ""
    row(f"call, {count} identities / moto", ours, theirs, least, "other")


def many(count: int) -> None:
    """A region of many identities beside one of ten: what a call, a page and a whole listing cost."""
    few_stub, many_stub = SESStub(region="us-east-1", rate=None), SESStub(region="us-east-1", rate=None)
    for stub, size in ((few_stub, 10), (many_stub, count)):
        for number in range(size):
            stub.add_identity(f"d{number}.example.com")
    one = client()

    def poll() -> None:
        one.get_identity_verification_attributes(Identities=["d7.example.com"])

    def register_and_list() -> None:
        one.verify_email_identity(EmailAddress="ann@example.com")
        one.list_identities(MaxItems=10)
        one.delete_identity(Identity="ann@example.com")

    for what, job in (("one call", poll), ("register, list ten, delete", register_and_list)):
        entries = [(in_scope(stub), job) for stub in (many_stub, few_stub)]
        ours, other = race(entries, 15, 50, between=clear(few_stub, many_stub))
        row(f"{what}: {count:,} / 10", ours, other, "about 1", "ours")

    def listing(stub: SESStub) -> Entry:
        return in_scope(stub), lambda: sum(1 for _ in one.get_paginator("list_identities").paginate())

    tenth = SESStub(region="us-east-1", rate=None)
    for number in range(count // 10):
        tenth.add_identity(f"d{number}.example.com")
    ours, other = race([listing(many_stub), listing(tenth)], 3, 1)
    row(f"list all: {count:,} / {count // 10:,}", ours, other, "about 10", "ours")


def scope() -> None:
    """Start and stop."""

    def ours() -> None:
        with mock_ses_verify():
            pass

    def theirs() -> None:
        with mock_aws():
            pass

    mine, moto = race([(nothing, ours), (nothing, theirs)], 20, 10)
    row("scope, start and stop / moto", mine, moto, ">= 50", "other")


def typical_test() -> None:
    """A scope, a client, a registration, a call."""

    def test(face: Callable[[], Any]) -> None:
        with face():
            ses = boto3.client("ses", region_name="us-east-1")
            ses.verify_email_identity(EmailAddress="ann@example.com")
            ses.get_identity_verification_attributes(Identities=["ann@example.com"])

    def under(face: Callable[[], Any]) -> Entry:
        return nothing, lambda: test(face)

    ours, theirs = race([under(mock_ses_verify), under(mock_aws)], 15, 3)
    row("typical test / moto", ours, theirs, ">= 20", "other")


def plugin_import() -> None:
    """What `import ses_stub.pytest_plugin` adds to a Python that has pytest."""
    code = "import pytest, ses_stub.pytest_plugin"
    took = []
    # As an installed package is: compiled at its first import, not at each.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for _ in range(15):
        run = subprocess.run(
            [sys.executable, "-X", "importtime", "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
        )
        # "import time: self [us] | cumulative | name": the package and its plugin, with all they import.
        lines = [line.split("|") for line in run.stderr.splitlines() if line.startswith("import time:")]
        took.append(sum(int(line[1]) for line in lines if line[2].strip() in ("ses_stub", "ses_stub.pytest_plugin")))
    print(f"{'plugin import':<36}{statistics.median(took) / 1000:>9.2f} ms{'':>12}{'':>9}  < 2 ms")


def seeded(names: list[str], **options: Any) -> tuple[SESStub, bytes]:
    """A stub that knows the names, and the body it answers for them."""
    stub = SESStub(region="us-east-1", **options)
    for name in names:
        stub.add_identity(name)
    bodies: list[bytes] = []

    def keep(body: bytes) -> bytes:
        bodies.append(body)
        return body

    stub.inject(body=keep)
    stub.attach(client()).get_identity_verification_attributes(Identities=names)
    stub.detach()
    return stub, bodies[0]


@contextmanager
def nothing() -> Iterator[None]:
    """No scope."""
    yield


def in_scope(stub: SESStub) -> Scope:
    """The stub's own scope, as often as one likes: `mock_ses_verify` would make a fresh stub each time."""

    @contextmanager
    def active() -> Iterator[None]:
        _botocore.activate(stub._door)
        try:
            yield
        finally:
            _botocore.deactivate(stub._door)

    return active


def client() -> Any:
    """A client like a user's."""
    return botocore.session.get_session().create_client("ses", region_name="us-east-1")


def constant(body: bytes) -> Any:
    """An unsigned client that is answered by one constant response."""

    def answer(request: Any, **kwargs: Any) -> AWSResponse:
        response = AWSResponse(request.url, 200, headers, None)
        response._content = body
        return response

    # As many headers as a real answer has, since botocore copies them one by one.
    headers = {
        "x-amzn-RequestId": "1d0c29f1-9bf3-11e1-8ee7-c98a0037a2b6",
        "Content-Type": "text/xml",
        "Content-Length": str(len(body)),
        "Date": "Thu, 01 Jan 2026 00:00:00 GMT",
    }
    one = botocore.session.get_session().create_client(
        "ses", region_name="us-east-1", config=Config(signature_version=UNSIGNED)
    )
    one.meta.events.register("before-send.ses", answer)
    return one


def clear(*stubs: SESStub) -> Job:
    """Empties the stubs' logs, so that a long run is like a test's."""

    def empty() -> None:
        for stub in stubs:
            stub._service.calls.clear()

    return empty


def race(entries: list[Entry], rounds: int, number: int, between: Job = lambda: None) -> list[list[float]]:
    """Seconds per run of each job, in each round; entering its scope is not counted."""
    took: list[list[float]] = [[] for _ in entries]
    gc.collect()
    # The first round warms up. Whoever comes first in one round comes last in another.
    for turn in range(rounds + 1):
        for place in range(len(entries)):
            at = (place + turn) % len(entries)
            scope, job = entries[at]
            with scope():
                start = time.perf_counter()
                for _ in range(number):
                    job()
                took[at].append((time.perf_counter() - start) / number)
        between()
    return [one[1:] for one in took]


def row(what: str, ours: list[float], other: list[float], target: str, above: str) -> None:
    """One line of the table; the ratio is ours/other where less is better, else other/ours."""
    pairs = zip(ours, other, strict=True)
    ratio = statistics.median(a / b if above == "ours" else b / a for a, b in pairs)
    mine, theirs = (statistics.median(one) * 1e6 for one in (ours, other))
    print(f"{what:<36}{mine:>9.1f} us{theirs:>9.1f} us{ratio:>9.2f}  {target}", flush=True)


if __name__ == "__main__":
    main()
