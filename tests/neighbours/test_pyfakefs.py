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


WITHOUT_A_CLIENT = """
import requests
from pyfakefs.fake_filesystem_unittest import Patcher
from ses_stub import mock_ses_verify

URL = "https://email.us-east-1.amazonaws.com/"
{scopes}:
    requests.get(URL + "?Action=VerifyDomainIdentity&Domain=example.com").raise_for_status()
    assert requests.get(URL + "v2/email/identities/example.com").json()["IdentityType"] == "DOMAIN"
"""


@pytest.mark.parametrize(
    "scopes", ["with Patcher(), mock_ses_verify(rate=None)", "with mock_ses_verify(rate=None), Patcher()"]
)
def test_first_request_without_a_client(scopes: str) -> None:
    """So is a request that no client of botocore sends."""
    run = subprocess.run([sys.executable, "-c", WITHOUT_A_CLIENT.format(scopes=scopes)], capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")
