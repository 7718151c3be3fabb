"""The explanation of a failed assertion that compares two logs of calls."""

from __future__ import annotations

import sys

import boto3
import pytest

from ses_stub import mock_ses_verify
from ses_stub._pytest import terminal
from ses_stub._service.calls import Calls


def test_unequal_logs_are_shown_line_by_line(pytester: pytest.Pytester) -> None:
    """Two logs that should be equal are shown line by line: - is expected, + is actual."""
    pytester.makepyfile("""
        def test_it(ses_client, ses_verify):
            ses_client.list_identities()
            ses_client.list_identities(MaxItems=5)
            assert ses_verify.calls == ses_verify.calls.filter(answered=True)
    """)
    result = pytester.runpytest("-p", "no:asyncio")
    result.stdout.fnmatch_lines(
        [
            "E*assert 3 calls == 2 calls",
            "E    *   ListIdentities() us-east-1 123456789012 * attempt 1 -> answered",
            "E    * + ListIdentities(MaxItems=5) * attempt 1 -> Throttling",
            "E    *   ListIdentities(MaxItems=5) * attempt 2 -> answered",
        ]
    )


def test_other_comparisons_are_explained_as_usual(pytester: pytest.Pytester) -> None:
    """Other comparisons are explained as usual."""
    pytester.makepyfile("def test_it(ses_verify): assert ses_verify.calls != []")
    result = pytester.runpytest("-p", "no:asyncio")
    result.stdout.fnmatch_lines(["E*assert [[][]] != [[][]]"])


def calls(number: int) -> Calls:
    with mock_ses_verify(rate=None, freeze="2026-01-31T12:00") as ses:
        client = boto3.client("ses", region_name="us-east-1")
        for size in range(number):
            client.list_identities(MaxItems=size + 1)
        return ses.calls


def test_compare_with_something_else() -> None:
    """An item that is no call is shown as it is."""
    assert terminal.compare(["ListIdentities"], calls(0)) == [
        "1 call == 0 calls",
        "+ 'ListIdentities'",
    ]


def test_compare_long_logs() -> None:
    """Of long logs only differences are shown, with one line before and after."""
    there = calls(150)
    lines = terminal.compare(there, Calls([*there[:70], *there[71:]]))
    assert lines is not None
    assert [line.partition(" us-east-1")[0] for line in lines] == [
        "150 calls == 149 calls",
        "@@ -70,2 +70,3 @@",
        " ListIdentities(MaxItems=70)",
        "+ListIdentities(MaxItems=71)",
        " ListIdentities(MaxItems=72)",
    ]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param([1], [2], id="lists"),
        pytest.param(Calls(), (), id="tuple"),
        pytest.param((), Calls(), id="left-tuple"),
        pytest.param(Calls(), Calls(), id="same"),
    ],
)
def test_nothing_to_compare(left: object, right: object) -> None:
    """Pytest explains a comparison without a log and a list, or without different lines."""
    assert terminal.compare(left, right) is None


def test_compare_before_any_stub(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is compared while the package is not in use."""
    monkeypatch.delitem(sys.modules, "ses_stub._service.calls")
    assert terminal.compare([1], [2]) is None
