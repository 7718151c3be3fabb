"""What must be used by the end of the scope, and what need not: injected failures, and scripts."""

from __future__ import annotations

import asyncio
import unittest
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError
from clients import make_client, names

from ses_stub import SESStub, SESStubError, VirtualClock, current_stub, mock_ses_verify

MISSED = "1 injected failure was never triggered: "
CAME = r"SES calls: (none|\d ListIdentities)"
WAY_OUT = rf"\. {CAME}\. If that is intended, write inject\(…, required=False\)\."
ONCE = {"mode": "standard", "total_max_attempts": 1}


def ask(times: int = 1) -> None:
    """Makes a number of calls that may fail, with one request each."""
    client = make_client(retries=ONCE)
    for _ in range(times):
        with suppress(ClientError):
            names(client)


def in_with(options: dict[str, Any], calls: int) -> None:
    with mock_ses_verify(rate=None) as ses:
        ses.inject(error_code="AccessDenied", **options)
        ask(calls)


def in_async_with(options: dict[str, Any], calls: int) -> None:
    async def run() -> None:
        async with mock_ses_verify(rate=None) as ses:
            ses.inject(error_code="AccessDenied", **options)
            ask(calls)

    asyncio.run(run())


def in_start_stop(options: dict[str, Any], calls: int) -> None:
    scope = mock_ses_verify(rate=None)
    scope.start().inject(error_code="AccessDenied", **options)
    ask(calls)
    scope.stop()


@mock_ses_verify(rate=None)
def in_function(options: dict[str, Any], calls: int) -> None:
    current_stub().inject(error_code="AccessDenied", **options)
    ask(calls)


def in_coroutine(options: dict[str, Any], calls: int) -> None:
    @mock_ses_verify(rate=None)
    async def run() -> None:
        current_stub().inject(error_code="AccessDenied", **options)
        ask(calls)

    asyncio.run(run())


def in_generator(options: dict[str, Any], calls: int) -> None:
    @mock_ses_verify(rate=None)
    def run() -> Iterator[None]:
        current_stub().inject(error_code="AccessDenied", **options)
        yield
        ask(calls)

    list(run())


def in_attached(options: dict[str, Any], calls: int) -> None:
    with mock_ses_verify(rate=None) as ses:
        ses.view("eu-west-1").inject(error_code="AccessDenied", **options)
        client = ses.attach(make_client(retries=ONCE))
        for _ in range(calls):
            with suppress(ClientError):
                names(client)


Face = Callable[[dict[str, Any], int], None]
WAYS: list[Face] = [in_with, in_async_with, in_start_stop, in_function, in_coroutine, in_generator, in_attached]
FACES = pytest.mark.parametrize("face", WAYS, ids=[way.__name__ for way in WAYS])


@FACES
def test_required_failure_that_is_never_triggered_raises(face: Face) -> None:
    """With required=True it is an error if the scope ends before the failure was met."""
    with pytest.raises(SESStubError, match=f"^{MISSED}AccessDenied for any operation{WAY_OUT}$"):
        face({"required": True}, 0)


@FACES
def test_required_failure_that_is_triggered_passes(face: Face) -> None:
    """A required failure that is triggered is no error."""
    face({"required": True}, 1)


@FACES
@pytest.mark.parametrize("options", [{}, {"required": None}, {"required": False}], ids=["default", "None", "False"])
def test_optional_failure_need_not_be_triggered(face: Face, options: dict[str, Any]) -> None:
    """By default, and with required=False, a failure need not be triggered."""
    face(options, 0)


@FACES
@pytest.mark.parametrize("calls", [0, 1, 2])
def test_partly_triggered_failure_reports_the_rest(face: Face, calls: int) -> None:
    """All of the failures must be met, and the error tells how many were not."""
    missed = ["3 injected failures were", "2 injected failures were", "1 injected failure was"][calls]
    text = rf"^{missed} never triggered: AccessDenied for any operation \({3 - calls} of 3\){WAY_OUT}$"
    with pytest.raises(SESStubError, match=text):
        face({"required": True, "times": 3}, calls)
    face({"required": True, "times": 3}, 3)


def test_endless_required_failure_needs_one_call() -> None:
    """A required failure without a limit must be triggered at least once."""
    with pytest.raises(SESStubError, match=f"^{MISSED}AccessDenied for any operation{WAY_OUT}$"):
        in_with({"required": True, "times": None}, 0)
    in_with({"required": True, "times": None}, 1)


ORDERS: dict[str, tuple[dict[str, Any], str]] = {
    "operation": (
        {"operation": "DeleteIdentity", "error_code": "Throttling"},
        "Throttling for DeleteIdentity, which was not called",
    ),
    "exception": ({"exception": ZeroDivisionError()}, "ZeroDivisionError for any operation"),
    "body": ({"body": b"<oops", "when": lambda call: call.attempt == 2}, "a corrupted body for any operation"),
    "status": ({"status": 503, "when": lambda call: False}, "a corrupted body for any operation"),
}


@pytest.mark.parametrize(("order", "text"), ORDERS.values(), ids=ORDERS)
def test_error_names_the_untriggered_failure(order: dict[str, Any], text: str) -> None:
    """The error names the failure."""
    with pytest.raises(SESStubError, match=f"^{MISSED}{text}{WAY_OUT}$"), mock_ses_verify() as ses:
        ses.inject(**order, required=True)


def test_error_lists_only_untriggered_required_failures() -> None:
    """The error lists, in order, the required failures that were not triggered, and no others."""
    scope = mock_ses_verify(rate=None)
    ses = scope.start()
    ses.inject("ListIdentities", error_code="AccessDenied", required=True)
    ses.inject("DeleteIdentity", error_code="Throttling", required=True)
    ses.inject("DeleteIdentity", error_code="InternalFailure", required=False)
    ses.inject("VerifyEmailIdentity", error_code="ServiceUnavailable", times=2, required=True)
    ask()
    with pytest.raises(SESStubError) as error:
        scope.stop()
    assert str(error.value) == (
        "3 injected failures were never triggered: Throttling for DeleteIdentity, which was not called;"
        " ServiceUnavailable for VerifyEmailIdentity (2 of 2), which was not called. SES calls: 1 ListIdentities."
        " If that is intended, write inject(…, required=False)."
    )


def test_retry_triggers_a_required_failure() -> None:
    """A retry triggers a failure as a first attempt does."""
    with mock_ses_verify(clock=VirtualClock(), rate=None) as ses:
        ses.inject(error_code="ServiceUnavailable", times=2, required=True)
        names(make_client(retries={"mode": "standard"}))


# At the end of a scope.


@pytest.mark.parametrize("face", [in_with, in_async_with, in_function, in_coroutine, in_generator])
def test_scope_exception_hides_untriggered_failures(face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the scope ends with an exception, that exception is raised."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError("of the test")

    monkeypatch.setitem(globals(), "ask", fail)
    with pytest.raises(ZeroDivisionError, match="of the test") as error:
        face({"required": True}, 0)
    assert error.value.__context__ is None


def test_scope_is_over() -> None:
    """The error is raised after the scope has ended: nothing is answered any more, and no client stays attached."""
    client, scope = make_client(), mock_ses_verify()
    ses = scope.start()
    ses.attach(client)
    ses.inject(error_code="AccessDenied", required=True)
    with pytest.raises(SESStubError, match=MISSED):
        scope.stop()
    with pytest.raises(SESStubError, match="no ses_stub scope is active"):
        current_stub()
    with pytest.raises(SESStubError, match="not active"):
        scope.stop()
    with mock_ses_verify() as other:
        names(client)
    assert (ses.calls.count(), other.calls.count()) == (0, 1)


def test_nested_scopes_check_their_own_failures() -> None:
    """Each scope checks its own failures."""
    scope = mock_ses_verify()
    outer = scope.start()
    outer.inject(error_code="AccessDenied", required=True)
    with mock_ses_verify() as inner:
        inner.inject(error_code="AccessDenied", required=True)
        ask()
    assert inner.calls.count() == 1
    with pytest.raises(SESStubError, match=MISSED):
        scope.stop()


def test_restarted_scope_has_no_required_failures() -> None:
    """A scope that is started again has no required failures left."""
    scope = mock_ses_verify()
    with pytest.raises(SESStubError, match=MISSED), scope as ses:
        ses.inject(error_code="AccessDenied", required=True)
    with scope:
        pass


def test_reset_removes_required_failures() -> None:
    """A reset removes the required failures."""
    with mock_ses_verify() as ses:
        ses.inject(error_code="AccessDenied", required=True)
        ses.reset()


def test_stub_without_scope_never_checks_required_failures() -> None:
    """A stub without a scope never checks its required failures."""
    ses = SESStub()
    ses.attach(make_client())
    ses.inject(error_code="AccessDenied", required=True)
    ses.detach()


@pytest.mark.parametrize("at_fault", ["nothing", "the failure", "the test"])
def test_decorated_testcase_fails_for_untriggered_failure(at_fault: str) -> None:
    """A decorated TestCase has an error if a required failure is not triggered, unless the test failed anyway."""

    @mock_ses_verify(rate=None)
    class Case(unittest.TestCase):
        def test_that_injects_a_failure(self) -> None:
            current_stub().inject(error_code="AccessDenied", required=True)
            if at_fault == "nothing":
                ask()
            assert at_fault != "the test"

    result = unittest.TestResult()
    Case("test_that_injects_a_failure").run(result)
    assert (len(result.failures), len(result.errors)) == (at_fault == "the test", at_fault == "the failure")
    assert all(MISSED in text for _, text in result.errors)


def test_decorated_class_fails_for_untriggered_failure() -> None:
    """The same holds for a test of a decorated class, whose set-up may inject the failure."""

    @mock_ses_verify(rate=None)
    class TestIt:
        def setup_method(self) -> None:
            current_stub().inject(error_code="AccessDenied", required=True)

        def test_that_makes_a_call(self) -> None:
            ask()

        def test_that_makes_no_call(self) -> None:
            assert not current_stub().calls

    def run(name: str) -> None:
        test = TestIt()
        test.setup_method()
        getattr(test, name)()

    run("test_that_makes_a_call")
    with pytest.raises(SESStubError, match=MISSED):
        run("test_that_makes_no_call")


# The pytest fixture.

HEAD = "import boto3, pytest\n"


def outcomes(pytester: pytest.Pytester, source: str, **expected: int) -> pytest.RunResult:
    pytester.makepyfile(HEAD + source)
    result = pytester.runpytest("-W", "error", "-p", "no:asyncio", "-p", "no:randomly")
    result.assert_outcomes(**expected)
    return result


def test_fixture_requires_failures_by_default(pytester: pytest.Pytester) -> None:
    """With the fixture, failures are required unless required=False. A test that misses one has an error."""
    source = """
@pytest.mark.parametrize("options", [{}, {"required": True}, {"required": False}], ids=["default", "true", "false"])
def test_it(ses_verify, options):
    ses_verify.inject(error_code="AccessDenied", **options)
"""
    result = outcomes(pytester, source, passed=3, errors=2)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_it?default?*", "*ERROR at teardown of test_it?true?*"])


def test_fixture_accepts_a_triggered_failure(pytester: pytest.Pytester) -> None:
    """A failure that the test triggers is no error."""
    source = """
def test_it(ses_verify, ses_client):
    ses_verify.inject(error_code="AccessDenied")
    with pytest.raises(ses_client.exceptions.ClientError):
        ses_client.list_identities()
"""
    outcomes(pytester, source, passed=1)


def test_fixture_reset_removes_required_failures(pytester: pytest.Pytester) -> None:
    """A reset removes the earlier failures. Those that are injected afterwards are required as before."""
    source = """
def test_gone(ses_verify):
    ses_verify.inject(error_code="AccessDenied")
    ses_verify.reset()

def test_missed(ses_verify):
    ses_verify.reset()
    ses_verify.inject(error_code="AccessDenied")
"""
    result = outcomes(pytester, source, passed=2, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_missed*"])


def test_fixture_adds_no_error_to_a_failed_test(pytester: pytest.Pytester) -> None:
    """A test that has failed gets no further error for an untriggered failure, even with required=True."""
    source = """
def test_it(ses_verify):
    ses_verify.inject(error_code="AccessDenied", required=True)
    assert 0, "of the test"
"""
    result = outcomes(pytester, source, failed=1)
    result.stdout.no_fnmatch_line(f"*{MISSED}*")


def test_fixture_inner_scope(pytester: pytest.Pytester) -> None:
    """A scope inside such a test keeps the default of scopes: failures are not required."""
    source = """
from ses_stub import mock_ses_verify

def test_it(ses_verify):
    with mock_ses_verify() as inner:
        inner.inject(error_code="AccessDenied")
"""
    outcomes(pytester, source, passed=1)


# Scripts.


def test_fixture_requires_scripts_to_be_shown(pytester: pytest.Pytester) -> None:
    """With the fixture a test has an error if no answer has shown a step of a script; the error lists these steps."""
    source = """
def test_none(ses_verify):
    ses_verify.script("example.com", [("Pending", 3), "Success"])

def test_one_left(ses_verify, ses_client):
    ses_verify.view("eu-west-1").script("ann@example.com", [("Pending", 2), ("Success", 2)])
    client = boto3.client("ses", region_name="eu-west-1")
    client.get_identity_verification_attributes(Identities=["ann@example.com"])

@pytest.mark.parametrize("polls", [3, 4, 5])
def test_shown(ses_verify, sesv2_client, polls):
    ses_verify.script("example.com", [("Pending", 2), ("Success", 4)])
    ses_verify.script("ann@example.com", ["NotStarted"])
    for _ in range(polls):
        sesv2_client.list_email_identities()
        ses_verify.clock.advance(seconds=1)
"""
    result = outcomes(pytester, source, passed=5, errors=2)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_none*",
            "*2 steps of the script of example.com were never shown: Pending (3 times), Success. Each response in"
            " us-east-1 of account 123456789012 that shows its status advances it by one. SES calls: none."
            " Let the application poll more often, or shorten the script.",
            "*ERROR at teardown of test_one_left*",
            "*1 step of the script of ann@example.com was never shown: Success (2 times). Each response in eu-west-1 of"
            " account 123456789012 that shows its status advances it by one."
            " SES calls: 1 GetIdentityVerificationAttributes. *",
        ]
    )


def test_script_that_is_replaced_or_dropped_is_not_required(pytester: pytest.Pytester) -> None:
    """A second script, a reset and the end of the identity end a script; a failed test gets no second error."""
    source = """
def test_replaced(ses_verify, ses_client):
    ses_verify.script("example.com", ["Pending", "Success"])
    ses_verify.script("example.com", ["Failed"])
    ses_client.get_identity_verification_attributes(Identities=["example.com"])

def test_reset(ses_verify):
    ses_verify.script("example.com", ["Pending", "Success"])
    ses_verify.reset()

def test_deleted(ses_verify, ses_client):
    ses_verify.script("example.com", ["Pending", "Success"])
    ses_client.delete_identity(Identity="example.com")

def test_failed(ses_verify):
    ses_verify.script("example.com", ["Pending", "Success"])
    assert 0, "of the test"
"""
    result = outcomes(pytester, source, passed=3, failed=1)
    result.stdout.no_fnmatch_line("*never shown*")


def test_scope_does_not_require_scripts_to_be_shown() -> None:
    """Outside the fixture a script may go unused, as an injected failure may."""
    with mock_ses_verify() as ses:
        ses.script("example.com", ["Pending", "Success"])
