"""Scopes of gevent's greenlets, which copy no context; with and without its monkey patches, each in its own process."""

from __future__ import annotations

import subprocess
import sys

import pytest

gevent = pytest.importorskip("gevent")

PROGRAM = """
import {first}
import gevent, gevent.pool
from botocore.session import get_session
from ses_stub import current_stub, mock_ses_verify

client = get_session().create_client("ses", region_name="us-east-1")
active, most = 0, 0

def names():
    return client.list_identities()["Identities"]

@mock_ses_verify(rate=None)
def work(number):
    global active, most
    active += 1
    ses = current_stub()
    for step in range(3):
        client.verify_domain_identity(Domain=f"{{number}}-{{step}}.example")
        gevent.sleep(0)
        most = max(most, active)
        assert current_stub() is ses
    # A greenlet that this one spawns, and what that one spawns, are in its scope.
    spawned = gevent.spawn(lambda: gevent.spawn(names).get()).get()
    assert names() == spawned == [f"{{number}}-{{step}}.example" for step in range(3)], spawned
    active -= 1

def outer():
    with mock_ses_verify(identities=["outer.example"], rate=None):
        assert gevent.spawn(names).get() == ["outer.example"]
        jobs = [gevent.spawn(work, number) for number in range(100)]
        gevent.joinall(jobs, raise_error=True)
        assert names() == ["outer.example"]

outer()
gevent.spawn(outer).get()
assert most == 100, most
"""


@pytest.mark.parametrize("first", ["gevent.monkey; gevent.monkey.patch_all()", "threading"])
def test_each_of_100_greenlets_has_its_own_scope(first: str) -> None:
    """Of a hundred greenlets with scopes, each sees its own identities only, and those that it spawns see the same."""
    run = subprocess.run([sys.executable, "-c", PROGRAM.format(first=first)], capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")
