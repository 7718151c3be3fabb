"""Every client is answered, however and whenever it was made: the table of docs/clients.md, cell by cell."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import origins
import pytest
from origins import BEFORE_IMPORT, FORKED, ROWS, WHEN

from ses_stub import mock_ses_verify

PAGE = Path(__file__).parents[2] / "docs" / "clients.md"
HERE = {
    "before the scope": origins.made_before_the_scope,
    "inside the scope": origins.made_inside,
    "in another thread": origins.made_in_a_thread,
}


@functools.cache
def in_a_separate_process(home: str) -> Any:
    """The outcomes of the two columns that need their own process; one process runs all rows."""
    refuse = "import socket\ndef refuse(*_): raise AssertionError('network')\n"
    refuse += "socket.socket.connect = socket.getaddrinfo = refuse\nimport origins\norigins.main()\n"
    environment = {
        "HOME": home,
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONPATH": f"{Path(__file__).parents[1] / 'support'}{os.pathsep}{Path(__file__).parents[2]}",
    }
    command = [sys.executable, "-c", refuse]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
CELLS = [
    pytest.param(name, when, id=f"{name}-{when}", marks=[needs_fork] if when == FORKED else [])
    for name in ROWS
    for when in WHEN
]


@pytest.mark.parametrize(("name", "when"), CELLS)
def test_client_of_each_origin_is_answered(name: str, when: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A client of each origin verifies and lists an identity. The stub logs both calls in the client's region."""
    if not origins.is_there(name):
        pytest.skip(f"{' and '.join(ROWS[name].needs)} cannot be imported")
    if when in HERE:
        found: Any = HERE[when](name)
    else:
        outcome = in_a_separate_process(str(tmp_path_factory.getbasetemp()))[f"{name}-{when}"]
        # A string is an error.
        found = origins.Outcome(*outcome) if isinstance(outcome, list) else outcome
    assert found == origins.expected(name)


def test_every_column_is_tested() -> None:
    """Each column of the table is tested here."""
    assert set(WHEN) == {*HERE, BEFORE_IMPORT, FORKED}


def test_account_of_an_assumed_role() -> None:
    """A session of a role that was assumed with moto's STS uses the role's account."""
    pytest.importorskip("moto")
    with mock_ses_verify(identities=["example.com"]) as ses:
        client = origins.of_assumed_role()
        assert client.list_identities()["Identities"] == []
        assert ses.calls.last.account_id == "999999999999"


def test_table_of_the_docs_is_the_tested_one() -> None:
    """The table in docs/clients.md is the one that is tested."""
    assert origins.table() in PAGE.read_text(encoding="utf-8")
