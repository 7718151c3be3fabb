"""The first call of a process while a test has replaced what botocore's data is read with, or other parts of Python."""

from __future__ import annotations

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
PROGRAM = """
from unittest import mock
from botocore.session import get_session
from ses_stub import mock_ses_verify

ses, sesv2 = (get_session().create_client(one, region_name="us-east-1") for one in ("ses", "sesv2"))

def verify(number):
    name = f"{{number}}.example"
    ses.verify_domain_identity(Domain=name)
    dates.append(ses.get_identity_verification_attributes(Identities=[name])["ResponseMetadata"]["HTTPHeaders"]["date"])
    assert name in ses.list_identities()["Identities"]

dates = []
with mock_ses_verify(rate=None):
    with {mock}:
        verify(1)
    verify(2)
    sesv2.create_email_identity(EmailIdentity="3.example", Tags=[{{"Key": "a", "Value": "b"}}])
    assert sesv2.get_email_identity(EmailIdentity="3.example")["Tags"] == [{{"Key": "a", "Value": "b"}}]
assert all(one.endswith(" GMT") for one in dates), dates
"""


@pytest.mark.parametrize("mocked", MOCKS.values(), ids=MOCKS)
def test_first_call_under_a_mock(mocked: str) -> None:
    """The first call is answered as ever, and so are those after the mock."""
    run = subprocess.run([sys.executable, "-c", PROGRAM.format(mock=mocked)], capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")


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
