"""Hints below the timeline of a failed test: reasons that the timeline does not show."""

from __future__ import annotations

import pytest

HEAD = """
import boto3, pytest
from ses_stub import mock_ses_verify

def call(region):
    boto3.client("ses", region_name=region).list_identities()

"""
UNSEEN = "ses_stub: clock.sleep() moved the stub's time by 1 min 30 s. time.monotonic(), * set freeze=True*"
IMPATIENT = "ses_stub: ListIdentities was throttled several times while the stub's time stood still. *freeze=True*"
INNER = (
    "ses_stub: another scope began within this stub's, *the fixture ses_verify and @mock_ses_verify, drop one of them."
)
ELSEWHERE = "ses_stub: no call went to us-east-1, the stub's region, but to eu-west-1*region='eu-west-1'."


def output(pytester: pytest.Pytester, source: str) -> pytest.LineMatcher:
    pytester.makepyfile(HEAD + source)
    result = pytester.runpytest("-W", "error", "-p", "no:asyncio")
    result.assert_outcomes(failed=1)
    return result.stdout


def test_slept_without_freeze(pytester: pytest.Pytester) -> None:
    """Without freeze the application's own clocks have not moved, so its deadline came no nearer."""
    output(pytester, "def test_it(ses_verify): ses_verify.clock.sleep(90); assert 0").fnmatch_lines([UNSEEN])


def test_slept_with_freeze(pytester: pytest.Pytester) -> None:
    """With `freeze` they have, so there is no hint."""
    test = "def test_it(ses_verify): ses_verify.clock.sleep(90); assert 0"
    output(pytester, f"@pytest.mark.ses_verify(freeze='2026-01-01')\n{test}").no_fnmatch_line(UNSEEN)


ADVANCED = "ses_stub: clock.advance() moved the stub's time by 1 d. time.monotonic(), * set freeze=True*"


def test_advance_without_freeze(pytester: pytest.Pytester) -> None:
    """The application's own clocks stayed behind."""
    output(pytester, "def test_it(ses_verify): ses_verify.clock.advance(hours=24); assert 0").fnmatch_lines([ADVANCED])


def test_advance_with_freeze(pytester: pytest.Pytester) -> None:
    """They went along."""
    test = "def test_it(ses_verify): ses_verify.clock.advance(hours=24); assert 0"
    output(pytester, f"@pytest.mark.ses_verify(freeze=True)\n{test}").no_fnmatch_line(ADVANCED)


FACES = {
    "fixture": "def test_it(ses_verify): go(ses_verify)",
    "with": "def test_it():\n    with mock_ses_verify() as ses: go(ses)",
    "decorator": "@mock_ses_verify\ndef test_it(): go(current_stub())",
    "frozen with": "def test_it():\n    with mock_ses_verify(freeze=True) as ses: go(ses)",
}


@pytest.mark.parametrize("face", FACES.values(), ids=FACES)
def test_report_shows_what_is_due(pytester: pytest.Pytester, face: str) -> None:
    """Nobody has looked since: the clock's move, and the change that it brought, are in the report of each face."""
    source = """
from ses_stub import current_stub

def go(ses):
    boto3.client("ses", region_name="us-east-1").verify_email_identity(EmailAddress="ann@example.com")
    ses.clock.advance(hours=24)
    assert 0

"""
    output(pytester, source + face).fnmatch_lines(
        [
            "*+0:00:00.000 *advance 24 h *clock.advance",
            "+24:00:00.000 *ann@example.com: Pending -> Failed *not confirmed in time",
        ]
    )


def test_report_shows_the_sleeps_of_the_application(pytester: pytest.Pytester) -> None:
    """By the function that it has called."""
    source = """
import asyncio, time

@pytest.mark.ses_verify(freeze=True)
def test_it(ses_verify):
    time.sleep(60)
    asyncio.run(asyncio.sleep(120))
    call("us-east-1")
    assert 0
"""
    output(pytester, source).fnmatch_lines(["*+0.000s *wait 60 s *time.sleep", "*+60.000s *wait 120 s *asyncio.sleep"])


def test_calls_in_another_region(pytester: pytest.Pytester) -> None:
    """A hint says that the stub is bound to another region than the application's clients."""
    output(pytester, "def test_it(ses_verify): call('eu-west-1'); assert 0").fnmatch_lines([ELSEWHERE])


@pytest.mark.parametrize("calls", ["pass", "call('us-east-1'); call('eu-west-1')"], ids=["no calls", "calls in both"])
def test_calls_in_the_same_region_give_no_hint(pytester: pytest.Pytester, calls: str) -> None:
    """If the regions are the same, there is no hint."""
    output(pytester, f"def test_it(ses_verify): {calls}; assert 0").no_fnmatch_line(ELSEWHERE)


@pytest.mark.parametrize(
    "before", ["@mock_ses_verify\n", "@mock_ses_verify()\nclass TestIt:\n  "], ids=["test", "class"]
)
def test_decorator_and_fixture_on_one_test(pytester: pytest.Pytester, before: str) -> None:
    """A hint explains why the fixture's stub is empty: the decorator's has answered."""
    arguments = "self, ses_verify" if "class" in before else "ses_verify"
    source = f"{before}def test_it({arguments}): call('us-east-1'); assert ses_verify.calls"
    output(pytester, source).fnmatch_lines(["*stub 1 of 2*", INNER, "*stub 2 of 2*"])


@pytest.mark.parametrize(
    "statements",
    [
        "call('us-east-1')\n    with mock_ses_verify(): call('us-east-1')",
        "with mock_ses_verify(): pass",
    ],
    ids=["calls in both", "calls in none"],
)
def test_inner_scopes_that_are_meant_give_no_hint(pytester: pytest.Pytester, statements: str) -> None:
    """Where the outer stub has answered too, or none has, there is no hint."""
    output(pytester, f"def test_it(ses_verify):\n    {statements}\n    assert 0").no_fnmatch_line(INNER)


@pytest.mark.parametrize(
    ("statement", "hint"),
    [
        pytest.param("ses_verify.after(hours=2)", "ses_stub: after(hours=2) has no action: *", id="no action"),
        pytest.param(
            "ses_verify.after(hours=2).confirm('anne@example.com')",
            "ses_stub: an action scheduled by after(…) for 'anne@example.com' had no effect: *(did you mean"
            " 'ann@example.com'?).",
            id="misspelt",
        ),
    ],
)
def test_scheduled_action_without_effect_is_hinted(pytester: pytest.Pytester, statement: str, hint: str) -> None:
    """A hint reports an `after(…)` that had no effect."""
    source = f"""
def test_it(ses_verify):
    ses_verify.add_identity("ann@example.com", "Pending")
    {statement}
    ses_verify.clock.advance(hours=3)
    assert ses_verify.identity("ann@example.com").status == "Success"
"""
    output(pytester, source).fnmatch_lines([hint])


def test_hint_in_the_error_is_not_repeated(pytester: pytest.Pytester) -> None:
    """A hint that is already in the error is not repeated."""
    pytester.makepyfile("def test_it(ses_verify): ses_verify.after(hours=2)")
    result = pytester.runpytest("-W", "error", "-p", "no:asyncio", "-rN")
    result.assert_outcomes(passed=1, errors=1)
    assert result.stdout.str().count("has no action") == 1


RETRIES = """
from botocore.config import Config
from botocore.exceptions import ClientError

def patiently(client, times):
    for _ in range(times):
        try:
            client.list_identities()
        except ClientError:
            pass

@pytest.mark.ses_verify(freeze="2026-01-01")
def test_it(ses_verify):
    once = Config(retries={"total_max_attempts": 1, "mode": "standard"})
    {client}
    patiently(client, {times})
    assert 0
"""
ONCE = 'client = boto3.client("ses", region_name="us-east-1", config=once)'
PATIENT = 'client = boto3.client("ses", region_name="us-east-1")'


def test_retries_without_the_stubs_clock(pytester: pytest.Pytester) -> None:
    """A hint reports an application that retries by itself without moving the stub's clock."""
    output(pytester, RETRIES.replace("{client}", ONCE).replace("{times}", "3")).fnmatch_lines([IMPATIENT])


@pytest.mark.parametrize(("client", "times"), [(ONCE, "2"), (PATIENT, "4")], ids=["one throttled", "botocore's own"])
def test_retries_with_patience(pytester: pytest.Pytester, client: str, times: str) -> None:
    """A call that is throttled once, and botocore's own retries, give no hint."""
    output(pytester, RETRIES.replace("{client}", client).replace("{times}", times)).no_fnmatch_line(IMPATIENT)
