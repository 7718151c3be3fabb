"""Hints about an error that does not say what to do."""

from __future__ import annotations

import pytest

HEAD = """
import boto3, pytest
from botocore.exceptions import NoCredentialsError
from ses_stub import SESStub, mock_ses_verify

def client(service="ses", region="us-east-1"):
    return boto3.session.Session().client(service, region_name=region)

def register():
    client().verify_email_identity(EmailAddress="ann@example.com")

"""
UNANSWERED = "ses_stub: * while no stub was active: request the fixture ses_verify in the test, *"
TWO_STUBS = "ses_stub: 'ann@example.com' is unknown to the stub that was asked, but stub "


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither keys nor a region are configured."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def output(pytester: pytest.Pytester, source: str, *args: str) -> pytest.LineMatcher:
    """The report of a module whose last test fails."""
    pytester.makepyfile(HEAD + source)
    result = pytester.runpytest("-W", "error", "-p", "no:asyncio", "-p", "no:randomly", *args)
    assert result.parseoutcomes().get("failed") == 1
    return result.stdout


def test_test_without_the_fixture(pytester: pytest.Pytester) -> None:
    """The hint names the call and the fixture."""
    found = output(pytester, "def test_it(): client('sesv2').list_email_identities()")
    found.fnmatch_lines([UNANSWERED.replace("*", "ListEmailIdentities was called", 1)])


def test_client_without_region_and_fixture(pytester: pytest.Pytester) -> None:
    """A client that needs a region only outside of a scope gets the same hint."""
    found = output(pytester, "def test_it(): client(region=None)")
    found.fnmatch_lines([UNANSWERED.replace("*", "a ses client was made", 1)])


def test_rejected_keys(pytester: pytest.Pytester) -> None:
    """AWS answered that the keys of the test are unknown: the call has left."""
    source = """
from botocore.awsrequest import AWSResponse
import io

XML = b"<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>no</Message></Error></ErrorResponse>"

class Raw(io.BytesIO):
    def stream(self):
        yield self.read()

def test_it(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "wrong")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    one = client()
    one.meta.events.register("before-send.ses", lambda request, **_: AWSResponse(request.url, 403, {}, Raw(XML)))
    one.list_identities()
"""
    output(pytester, source).fnmatch_lines([UNANSWERED])


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("def test_it(): client('sts').get_caller_identity()", id="another service"),
        pytest.param("def test_it(): client('dynamodb', None)", id="another service's client"),
        pytest.param("def test_it(): raise NoCredentialsError", id="without a call"),
        pytest.param(
            "def test_it(ses_verify, ses_client):\n"
            "    ses_verify.inject(exception=NoCredentialsError())\n"
            "    ses_client.list_identities()",
            id="injected",
        ),
    ],
)
def test_other_errors_give_no_hint(pytester: pytest.Pytester, source: str) -> None:
    """The hint is only for SES calls that no stub answered."""
    output(pytester, source).no_fnmatch_line(UNANSWERED)


def test_stub_that_is_not_attached(pytester: pytest.Pytester) -> None:
    """An `SESStub` alone starts no scope."""
    source = "def test_it():\n    ses = SESStub()\n    register()"
    output(pytester, source).fnmatch_lines([f"{UNANSWERED}An SESStub(…) answers only the clients that you attach *"])


def test_scope_taken_for_its_stub(pytester: pytest.Pytester) -> None:
    """`mock_ses_verify()` alone is not active, and has no controls."""
    source = "def test_it(): mock_ses_verify().add_identity('ann@example.com')"
    output(pytester, source).fnmatch_lines(["ses_stub: a scope has no member 'add_identity': use the stub *"])


def test_client_after_its_scope(pytester: pytest.Pytester) -> None:
    """The error itself says that the scope has ended, so there is no hint."""
    source = "def test_it():\n    with mock_ses_verify():\n        one = client()\n    one.list_identities()"
    found = output(pytester, source)
    found.fnmatch_lines(["E *The client was made in a scope of ses_stub that has ended, *"])
    found.no_fnmatch_line(UNANSWERED)


def test_cause_of_an_error(pytester: pytest.Pytester) -> None:
    """The application has raised its own error, from botocore's."""
    source = "def test_it():\n    try: register()\n    except NoCredentialsError as error: raise OSError from error"
    output(pytester, source).fnmatch_lines([UNANSWERED])


@pytest.mark.parametrize(
    ("expression", "hint"),
    [
        ("ses_verify.confrim", "SESStub has no member 'confrim' (did you mean 'confirm'?);"),
        ("ses_verify.identites", "SESStub has no member 'identites' (did you mean 'identities'?);"),
        ("ses_verify.clock.advanse", "StandingClock has no member 'advanse' (did you mean 'advance'?);"),
        (
            "ses_verify.add_identity('ann@example.com').stauts",
            "Identity has no member 'stauts' (did you mean 'status'?);",
        ),
    ],
)
def test_misspelt_member(pytester: pytest.Pytester, expression: str, hint: str) -> None:
    """The error has the public name of the class, and the hint has the nearest member."""
    found = output(pytester, f"def test_it(ses_verify): {expression}")
    found.fnmatch_lines([f"E *AttributeError: '{hint.split()[0]}' object has no attribute *"])
    assert f"ses_stub: {hint}" in str(found)


@pytest.mark.parametrize("expression", ["ses_verify.zzzzzzz", "'text'.uper"])
def test_attribute_without_a_suggestion(pytester: pytest.Pytester, expression: str) -> None:
    """Nothing is near, or it is not an object of ours."""
    assert " has no member " not in str(output(pytester, f"def test_it(ses_verify): {expression}"))


@pytest.mark.parametrize(
    ("source", "end"),
    [
        pytest.param(
            "def test_it():\n"
            "    with mock_ses_verify(): register()\n"
            "    with mock_ses_verify() as ses: ses.confirm('ann@example.com')",
            "1 of the test has it, whose scope has ended: use one stub for both.",
            id="control",
        ),
        pytest.param(
            "def test_it(ses_verify, ses_client):\n"
            "    with mock_ses_verify(): register()\n"
            "    found = ses_client.get_identity_verification_attributes(Identities=['ann@example.com'])\n"
            "    assert found['VerificationAttributes']",
            "2 of the test has it, whose scope has ended: use one stub for both.",
            id="call",
        ),
        pytest.param(
            "def test_it(ses_verify, ses_client):\n"
            "    register()\n"
            "    with mock_ses_verify(): client('sesv2').get_email_identity(EmailIdentity='ann@example.com')",
            "1 of the test has it: use one stub for both.",
            id="active stub",
        ),
    ],
)
def test_identity_of_another_stub(pytester: pytest.Pytester, source: str, end: str) -> None:
    """The hint names the stub that has the identity."""
    assert TWO_STUBS + end in str(output(pytester, source))


def test_identity_of_both_stubs(pytester: pytest.Pytester) -> None:
    """Each stub has what it was asked for."""
    source = "def test_it(ses_verify):\n    register()\n    with mock_ses_verify(): register()\n    assert 0"
    assert TWO_STUBS not in str(output(pytester, source))


def test_guard_after_the_scope(pytester: pytest.Pytester) -> None:
    """A fixture's tear-down that calls SES after the scope is told to request the fixture."""
    source = """
@pytest.fixture
def application():
    one = client()
    yield
    one.list_identities()

def test_it(application, ses_verify): pass
"""
    pytester.makepyfile(HEAD + source)
    result = pytester.runpytest("-p", "no:asyncio")
    result.stdout.fnmatch_lines(
        [
            "*ListIdentities, called at *, after the scope had ended",
            "*in its tear-down must itself request ses_verify.*",
        ]
    )


def test_guard_before_the_scope(pytester: pytest.Pytester) -> None:
    """A fixture that calls SES in its set-up is told to request the fixture."""
    source = "@pytest.fixture\ndef application(): register()\n\ndef test_it(application, ses_verify): pass"
    pytester.makepyfile(HEAD + source)
    result = pytester.runpytest("-p", "no:asyncio")
    result.stdout.fnmatch_lines(["*Request the fixture ses_verify in the test, and in each fixture that calls SES.*"])
