"""The first call of a process within a fake file system."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("pyfakefs")

PROGRAM = """
from botocore.session import get_session
from pyfakefs.fake_filesystem_unittest import Patcher
from ses_stub import mock_ses_verify

clients = [get_session().create_client(one, region_name="us-east-1") for one in ("ses", "sesv2")]

def check(name):
    ses, sesv2 = clients
    ses.verify_domain_identity(Domain=name)
    assert sesv2.get_email_identity(EmailIdentity=name)["IdentityType"] == "DOMAIN"

def fake():
    with Patcher(), mock_ses_verify(rate=None):
        check("scope-inside.example")
    with mock_ses_verify(rate=None), Patcher():
        check("scope-outside.example")

fake()
with mock_ses_verify(rate=None):
    check("after.example")
fake()
"""


def test_first_call_within_a_fake_file_system() -> None:
    """Scopes start and calls are answered within pyfakefs, which has none of botocore's data."""
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")
