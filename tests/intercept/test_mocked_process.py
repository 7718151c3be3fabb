"""The first call of a process while a test has replaced what botocore's data is read with, or other parts of Python."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys

import pytest

MOCKS = {
    "open": "mock.patch('builtins.open', mock.mock_open(read_data='mine'))",
    "io.open": "mock.patch('io.open', mock.mock_open(read_data='mine'))",
    "os.listdir": "mock.patch('os.listdir', return_value=[])",
    "os.path": "mock.patch.multiple('os.path', isfile=lambda _: False, exists=lambda _: False)",
    "os.environ": "mock.patch.dict('os.environ', clear=True)",
    "Path": "mock.patch.multiple('pathlib.Path', open=mock.DEFAULT, read_text=mock.DEFAULT, exists=mock.DEFAULT)",
    "json.loads": "mock.patch('json.loads', return_value={})",
    "json.load": "mock.patch('json.load', return_value={})",
    "random": "mock.patch.multiple('random', Random=mock.DEFAULT, random=mock.DEFAULT, choice=mock.DEFAULT)",
    "email.utils": "mock.patch('email.utils.formatdate', return_value='yesterday')",
    "open, not autospecced": "mock.patch('builtins.open')",
}
#: Nothing has been answered in it when it forks, and each child begins with what it has imported.
PROGRAM = """
import json, os, sys, traceback
from unittest import mock
from botocore.session import get_session
from ses_stub import mock_ses_verify

ses, sesv2 = (get_session().create_client(one, region_name="us-east-1") for one in ("ses", "sesv2"))

def verify(number):
    name = f"{number}.example"
    ses.verify_domain_identity(Domain=name)
    dates.append(ses.get_identity_verification_attributes(Identities=[name])["ResponseMetadata"]["HTTPHeaders"]["date"])
    assert name in ses.list_identities()["Identities"]

def answers(mocked):
    with mock_ses_verify(rate=None):
        with eval(mocked):
            verify(1)
        verify(2)
        sesv2.create_email_identity(EmailIdentity="3.example", Tags=[{"Key": "a", "Value": "b"}])
        assert sesv2.get_email_identity(EmailIdentity="3.example")["Tags"] == [{"Key": "a", "Value": "b"}]
    assert all(one.endswith(" GMT") for one in dates), dates

def child(mocked):
    try:
        answers(mocked)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)

dates, statuses = [], {}
for name, mocked in json.loads(sys.argv[1]).items():
    process = os.fork() or child(mocked)
    statuses[name] = os.waitpid(process, 0)[1]
print(json.dumps(statuses))
"""


@functools.cache
def in_children() -> tuple[dict[str, int], str]:
    """The status of a process under each mock, and what all have printed on standard error."""
    command = [sys.executable, "-c", PROGRAM, json.dumps(MOCKS)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout), run.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("mocked", MOCKS)
def test_first_call_under_a_mock(mocked: str) -> None:
    """The first call is answered as ever, and so are those after the mock."""
    statuses, errors = in_children()
    assert (statuses[mocked], errors) == (0, "")


WITHOUT_A_CLIENT = """
import contextlib
from unittest import mock
from ses_stub import mock_ses_verify
from ses_stub.exceptions import UnknownOperationError

URL = "https://email.us-east-1.amazonaws.com/"
with mock_ses_verify(rate=None) as ses, contextlib.ExitStack() as mocks:
    for one in [{mocks}]:
        mocks.enter_context(one)
    v1 = ses.respond("POST", URL, body="Action=VerifyDomainIdentity&Domain=example.com")
    v2 = ses.respond("GET", URL + "v2/email/identities/example.com")
    try:
        ses.inject("ListIdentites", error_code="Throttling")
    except UnknownOperationError as error:
        hint = str(error)
assert b"<VerificationToken>" in v1.body, v1
assert b'"IdentityType":"DOMAIN"' in v2.body.replace(b" ", b""), v2
assert "ListIdentities" in hint, hint
"""


def test_first_request_without_a_client_under_all_mocks() -> None:
    """So is one that no client of botocore sends, for which the description of the API must be read."""
    program = WITHOUT_A_CLIENT.format(mocks=", ".join(MOCKS.values()))
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")
