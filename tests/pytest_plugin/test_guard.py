"""The network guard: a call that no stub answers is not sent, and fails its test."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.endpoint import Endpoint
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber
from clients import canned
from inner_run import RUN_AGAIN

from ses_stub import SESStub, SESStubError, mock_ses_verify
from ses_stub._pytest.guard import NetworkGuard

LEAK = "an SES call was made while no stub was active, and was not sent:\n  ListIdentities, called at "
KEYS = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}

pytestmark = pytest.mark.usefixtures("no_name_server")


@pytest.fixture
def guard() -> Iterator[NetworkGuard]:
    """A guard that is on during the test."""
    guard = NetworkGuard()
    guard.start()
    yield guard
    guard.stop()


def make_client(service: str = "ses", **config: Any) -> Any:
    return boto3.client(service, region_name="us-east-1", config=Config(**config), **KEYS)


def here(offset: int = 0) -> str:
    """The caller's file and line, as the guard writes them."""
    return f"{__file__}:{sys._getframe(1).f_lineno + offset}"


# Blocked calls.


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_unanswered_call_raises_with_operation_and_line(guard: NetworkGuard, mode: str) -> None:
    """An unanswered call raises with its operation and line, in every retry mode."""
    client = make_client(retries={"mode": mode})
    with pytest.raises(SESStubError) as caught:
        client.list_identities()
    assert str(caught.value).startswith(LEAK + here(-1) + "\n")
    assert guard.leaks == [f"ListIdentities, called at {here(-2)}"]


def test_call_of_v2(guard: NetworkGuard) -> None:
    """A v2 call is blocked in the same way."""
    client = make_client("sesv2")
    with pytest.raises(SESStubError, match="was not sent"):
        client.list_email_identities()
    assert guard.leaks == [f"ListEmailIdentities, called at {here(-1)}"]


def test_leak_is_reported_before_missing_credentials(guard: NetworkGuard) -> None:
    """A client without credentials gets the guard's error, not one about credentials."""
    client = boto3.client("ses", region_name="us-east-1")
    with pytest.raises(SESStubError, match="was not sent"):
        client.list_identities()


def test_client_is_stopped_after_its_scope(guard: NetworkGuard) -> None:
    """A client is answered during its scope, and blocked afterwards."""
    with mock_ses_verify(rate=None):
        client = make_client()
        client.list_identities()
    with pytest.raises(SESStubError, match="was not sent"):
        client.list_identities()
    assert len(guard.leaks) == 1


def test_call_in_a_thread_names_the_thread(guard: NetworkGuard) -> None:
    """A call in a thread is reported with the name of the thread."""

    def ask() -> None:
        with pytest.raises(SESStubError):
            make_client().list_identities()

    thread = threading.Thread(target=ask, name="poller")
    thread.start()
    thread.join()
    assert guard.leaks == [f"ListIdentities, called at {here(-5)} in the thread 'poller'"]


def test_method_run_by_a_thread_has_no_line(guard: NetworkGuard) -> None:
    """A call that a thread runs directly has no line; the thread is reported."""
    with ThreadPoolExecutor(thread_name_prefix="pool") as pool, pytest.raises(SESStubError):
        pool.submit(make_client().list_identities).result()
    assert guard.leaks == ["ListIdentities, called by the thread 'pool_0' itself"]


# Allowed calls.


def test_attached_client_is_answered(guard: NetworkGuard) -> None:
    """A client that a stub is attached to is answered."""
    client = SESStub(identities=["example.com"]).attach(make_client())
    assert client.list_identities()["Identities"] == ["example.com"]


def test_stubber_answers_its_client(guard: NetworkGuard) -> None:
    """Botocore's Stubber answers its client."""
    client = make_client()
    with Stubber(client) as stubber:
        stubber.add_response("list_identities", {"Identities": ["stubbed.com"]})
        assert client.list_identities()["Identities"] == ["stubbed.com"]


def test_own_handler_answers_before_the_guard(guard: NetworkGuard) -> None:
    """A client's own before-send handler answers before the guard; calls that it leaves are blocked."""
    body = "<ListIdentitiesResponse><ListIdentitiesResult><Identities/></ListIdentitiesResult></ListIdentitiesResponse>"

    def answer(request: Any, **_: object) -> AWSResponse | None:
        return None if "VerifyDomain" in str(request.body) else canned(body)

    client = make_client()
    client.meta.events.register("before-send.ses", answer)
    assert client.list_identities()["Identities"] == []
    with pytest.raises(SESStubError, match="VerifyDomainIdentity, called at"):
        client.verify_domain_identity(Domain="example.com")


def test_own_handler_of_v2(guard: NetworkGuard) -> None:
    """The same holds for a v2 client."""
    client = make_client("sesv2")
    client.meta.events.register("before-send.sesv2", lambda **_: canned("{}"))
    assert client.get_account()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert guard.leaks == []


def test_moto_answers_while_active(guard: NetworkGuard) -> None:
    """While moto is active it answers; afterwards its clients are blocked too."""
    moto = pytest.importorskip("moto")
    with moto.mock_aws():
        client = make_client()
        assert client.list_identities()["Identities"] == []
    with pytest.raises(SESStubError, match="was not sent"):
        client.list_identities()


def test_passthrough_is_not_blocked(guard: NetworkGuard) -> None:
    """An operation that a scope passes through is not blocked."""
    with mock_ses_verify(unsupported="passthrough"), pytest.raises(EndpointConnectionError):
        make_client(retries={"max_attempts": 0}).list_templates()
    assert guard.leaks == []


def test_guard_ignores_other_services(guard: NetworkGuard) -> None:
    """Calls of other services are not affected."""
    with pytest.raises(EndpointConnectionError):
        make_client("sqs", retries={"max_attempts": 0}).list_queues()
    assert guard.leaks == []


# Start and end.


def test_botocore_is_restored() -> None:
    """After the guard botocore is restored, whatever the order in which scopes end."""
    before = dict(vars(Endpoint))
    guard, scope = NetworkGuard(), mock_ses_verify()
    guard.start()
    assert vars(Endpoint)["_send_request"] is not before["_send_request"]
    scope.start()
    guard.stop()
    assert vars(Endpoint)["_send_request"] is not before["_send_request"]
    scope.stop()
    assert dict(vars(Endpoint)) == before


def test_patch_over_the_guard_lets_calls_through() -> None:
    """A patch over the guard that ends later sets it again: the guard lets the first call through, and is gone."""
    client, original, guard = make_client(retries={"max_attempts": 0}), vars(Endpoint)["_send_request"], NetworkGuard()
    guard.start()
    with mock.patch.object(Endpoint, "_send_request"):
        guard.stop()
    assert vars(Endpoint)["_send_request"] is not original
    with pytest.raises(EndpointConnectionError):
        client.list_identities()
    assert vars(Endpoint)["_send_request"] is original


def test_inner_guard_blocks_first(guard: NetworkGuard) -> None:
    """The inner of two guards blocks a call; after its end the outer one does."""
    inner, client = NetworkGuard(), make_client()
    inner.start()
    with pytest.raises(SESStubError):
        client.list_identities()
    inner.stop()
    assert (len(inner.leaks), len(guard.leaks)) == (1, 0)
    with pytest.raises(SESStubError):
        client.list_identities()
    assert (len(inner.leaks), len(guard.leaks)) == (1, 1)


# In pytest.

HEAD = """
import boto3, pytest, threading, unittest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError
from ses_stub import SESStubError

KEYS = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
client = boto3.client("ses", region_name="us-east-1", config=Config(retries={"max_attempts": 0}), **KEYS)

def swallowed():
    def ask():
        try:
            client.list_identities()  # here
        except SESStubError:
            pass
    thread = threading.Thread(target=ask, name="poller")
    thread.start()
    thread.join()

@pytest.fixture
def early():
    swallowed()

@pytest.fixture(scope="class")
def late():
    yield
    swallowed()
"""
LINE = f"*ListIdentities, called at *test_it.py:{HEAD[: HEAD.index('  # here')].count(chr(10))} in the thread 'poller'*"


def run(pytester: pytest.Pytester, source: str, ini: str = "", *options: str) -> pytest.RunResult:
    pytester.makepyfile(test_it=HEAD + source)
    pytester.makeini(f"[pytest]\n{ini}")
    return pytester.runpytest("-W", "error", "-p", "no:asyncio", *options)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("def test_it(early, ses_verify): pass", id="before-fixture"),
        pytest.param("def test_it(late, ses_verify): pass", id="after-fixture"),
        pytest.param(
            "def teardown_module(): swallowed()\n@pytest.mark.ses_verify\ndef test_it(): pass", id="after-marker"
        ),
        pytest.param(
            "@pytest.mark.ses_verify\n@pytest.mark.usefixtures('late')\n"
            "class Case(unittest.TestCase):\n    def test_it(self): pass",
            id="after-unittest",
        ),
    ],
)
def test_swallowed_error_fails_the_test(pytester: pytest.Pytester, source: str) -> None:
    """A test that uses a stub fails for a call outside its scope, even if the error was swallowed.

    The line is shown.
    """
    result = run(pytester, source)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of *test_it*", "an SES call was made*", LINE])


def test_failed_by_leak(pytester: pytest.Pytester) -> None:
    """A leaked call that fails the test is reported once."""
    source = """
@pytest.fixture
def asking(): client.list_identities()
def test_it(asking, ses_verify): pass
"""
    result = run(pytester, source)
    result.assert_outcomes(errors=1)
    # Except for the short summary, which repeats it on CI machines.
    assert len(re.findall("^E +ListIdentities, called at", str(result.stdout), re.MULTILINE)) == 1


def test_failed_test_shows_its_leak_in_a_section(pytester: pytest.Pytester) -> None:
    """If the test fails for another reason, its report shows the leaked call as a possible cause."""
    result = run(pytester, "def test_it(early, ses_verify): assert ses_verify.identities")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*- ses_stub -*", LINE])


@pytest.mark.parametrize(
    ("guard", "stubbed", "plain"),
    [("stubbed", True, False), ("all", True, True), ("off", False, False)],
)
def test_ini_option_selects_guarded_tests(pytester: pytest.Pytester, guard: str, stubbed: bool, plain: bool) -> None:
    """The ini option selects the guarded tests; calls of others are sent as usual."""
    source = """
@pytest.fixture
def asking(request):
    with pytest.raises(SESStubError if request.param else EndpointConnectionError):
        client.list_identities()

@pytest.mark.parametrize("asking", [{stubbed}], indirect=True)
def test_stubbed(asking, ses_verify): pass

@pytest.mark.parametrize("asking", [{plain}], indirect=True)
def test_plain(asking): pass
"""
    result = run(pytester, source.format(stubbed=stubbed, plain=plain), f"ses_verify_guard = {guard}")
    result.assert_outcomes(passed=2, errors=stubbed + plain)


def test_only_the_run_that_leaked_fails(pytester: pytest.Pytester) -> None:
    """When a plugin reruns a test, only the run that leaked fails."""
    pytester.makeconftest(RUN_AGAIN)
    source = """
@pytest.fixture
def once(runs=[]):
    runs or swallowed()
    runs.append(1)
def test_it(once, ses_verify): pass
"""
    run(pytester, source).assert_outcomes(passed=2, errors=1)


def test_unknown_guard_ini_value_is_refused(pytester: pytest.Pytester) -> None:
    """An unknown value in the ini file is refused when pytest starts."""
    result = run(pytester, "", "ses_verify_guard = on")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*ses_verify_guard='on': expected one of stubbed, all, off"])


def test_poll_of_a_waiter_names_its_line(guard: NetworkGuard) -> None:
    """A waiter's poll is reported with the line that waits."""
    client = make_client()
    with pytest.raises(SESStubError):
        client.get_waiter("identity_exists").wait(Identities=["example.com"])
    assert guard.leaks == [f"GetIdentityVerificationAttributes, called at {here(-1)}"]
