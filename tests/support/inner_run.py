"""Runs of pytest inside a test, on a file that the test writes, with strict warnings."""

from __future__ import annotations

from textwrap import dedent

import freezegun  # noqa: F401  # Here, so that an inner run does not import it for itself.
import pytest

HEAD = """
import boto3, pytest
from ses_stub import SESStubError, current_stub, mock_ses_verify

def names():
    "The identities that a boto3 client lists."
    return boto3.client("ses", region_name="us-east-1").list_identities()["Identities"]

def register(name):
    boto3.client("ses", region_name="us-east-1").verify_domain_identity(Domain=name)
"""

#: A conftest whose plugin runs each test twice.
RUN_AGAIN = """
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):
    runtestprotocol(item, nextitem=nextitem)
    item._initrequest()
    runtestprotocol(item, nextitem=nextitem)
    return True
"""


def passes(pytester: pytest.Pytester, source: str, passed: int) -> None:
    """Runs a file of tests forwards and backwards, and compares how many passed."""
    pytester.makepyfile(HEAD + dedent(source))
    pytester.makeconftest("""
        def pytest_addoption(parser):
            parser.addoption("--backwards", action="store_true")

        def pytest_collection_modifyitems(config, items):
            if config.getoption("--backwards"):
                items.reverse()
    """)
    # pytest-asyncio, where it is installed, warns at its start.
    strict = ("-W", "error", "-p", "no:asyncio", "-p", "no:randomly")
    # The latest pytest deprecates this form, which still works.
    lenient = ("-W", "ignore:class-scoped fixtures defined as instance methods")
    for order in ((), ("--backwards",)):
        pytester.runpytest(*strict, *lenient, *order).assert_outcomes(passed=passed)
