"""The timeline: what happened, as data and as a table, with reasons."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import FrozenInstanceError
from datetime import datetime, timedelta, timezone

import pytest
from botocore.exceptions import ClientError, WaiterError
from clients import make_client
from freezegun import freeze_time

from ses_stub import SESStub, VirtualClock, mock_ses_verify
from ses_stub._reporting.timeline import Timeline

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
ONCE = {"total_max_attempts": 1, "mode": "standard"}


@pytest.fixture
def ses() -> Iterator[SESStub]:
    with mock_ses_verify(clock=VirtualClock(START)) as stub:
        yield stub


def poll(*names: str, region: str = "us-east-1") -> None:
    """Requests statuses once, whatever the result."""
    with suppress(ClientError):
        make_client(region=region, retries=ONCE).get_identity_verification_attributes(Identities=list(names))


def lines(timeline: Timeline) -> list[str]:
    """The rows of the table, with single spaces."""
    return [" ".join(line.split()) for line in str(timeline).splitlines()[1:]]


def outcomes(timeline: Timeline) -> list[str]:
    return [row.outcome for row in timeline.rows if row.kind == "call"]


# As data.


def test_rows_are_data(ses: SESStub) -> None:
    """Each row is data: the time in microseconds, the kind, the subject and the result."""
    ses.add_identity("example.com", "Pending")
    poll("example.com")
    poll("example.com")
    start = int(START.timestamp()) * 1_000_000
    assert [(row.at - start, row.kind, row.subject, row.state) for row in ses.timeline().rows] == [
        (0, "change", "example.com", "Pending"),
        (0, "call", "GetIdentityVerificationAttributes", "answered"),
        (0, "call", "GetIdentityVerificationAttributes", "throttled"),
    ]


def test_timeline_is_a_frozen_snapshot(ses: SESStub) -> None:
    """A timeline is a frozen snapshot, whose repr is short."""
    poll("example.com")
    before = ses.timeline()
    poll("example.com")
    assert (repr(before), len(before.rows)) == ("<Timeline: 1 calls, 0 changes, 0 waits>", 1)
    with pytest.raises(FrozenInstanceError):
        before.rows = ()  # type: ignore[misc]


def test_wait_is_listed_before_its_retry(ses: SESStub) -> None:
    """A wait is listed before the retry that follows it."""
    client = make_client(retries={"total_max_attempts": 3, "mode": "standard"})
    client.list_identities()
    client.list_identities()
    assert [(row.kind, row.attempt, row.length) for row in ses.timeline().rows] == [
        ("call", 1, 0),
        ("call", 1, 0),
        ("wait", 1, 1_000_000),
        ("call", 2, 0),
    ]


def test_wait_of_no_length() -> None:
    """The same holds for waits of zero length."""
    with mock_ses_verify(clock=VirtualClock(START), jitter=0.0) as ses:
        client = make_client(retries={"total_max_attempts": 3, "mode": "standard"})
        client.list_identities()
        with pytest.raises(ClientError):
            client.list_identities()
    kinds = [row.kind for row in ses.timeline().rows]
    assert kinds == ["call", "call", "wait", "call", "wait", "call"]


# The reasons, in words.


@pytest.mark.parametrize(
    ("options", "calls", "reason"),
    [
        pytest.param({}, 2, "throttled: 200 ms since the last call, 1 s needed", id="too early"),
        pytest.param({"rate": 4}, 2, "throttled: 200 ms since the last call, 250 ms needed", id="other rate"),
        pytest.param({"burst": 2}, 3, "throttled: burst of 2 used up, 600 ms more needed", id="burst"),
    ],
)
def test_throttled_call_shows_how_early_it_came(options: dict[str, float], calls: int, reason: str) -> None:
    """A throttled call shows how early it came."""
    with mock_ses_verify(clock=VirtualClock(START), **options) as ses:  # type: ignore[arg-type]
        for _ in range(calls):
            poll("example.com")
            ses.clock.advance(seconds=0.2)
    assert outcomes(ses.timeline()) == ["answered: unknown"] * (calls - 1) + [reason]


def test_retry_shows_its_attempt(ses: SESStub) -> None:
    """A retry says which attempt it was."""
    client = make_client(retries={"total_max_attempts": 2, "mode": "standard"})
    client.list_identities()
    client.list_identities()
    assert outcomes(ses.timeline())[-1] == "(attempt 2) answered"


def test_injected_failure_row_shows_its_code(ses: SESStub) -> None:
    """An injected failure shows its code."""
    ses.inject(error_code="AccessDenied")
    poll("example.com")
    assert [(row.state, row.outcome) for row in ses.timeline().rows] == [("failed", "AccessDenied")]


# What the answers showed.


def test_answer_shows_the_status(ses: SESStub) -> None:
    """A poll shows the status in its answer."""
    ses.add_identity("ann@example.com", "Pending")
    ses.clock.advance(seconds=1)
    poll("ann@example.com")
    ses.clock.advance(seconds=1)
    ses.click_verification_link("ann@example.com")
    ses.clock.advance(seconds=1)
    poll("ann@example.com")
    assert outcomes(ses.timeline()) == ["answered: Pending", "answered: Success"]


def test_answer_of_many(ses: SESStub) -> None:
    """A poll of several identities counts their statuses; omitted identities are unknown."""
    ses.add_identity("Example.com")
    ses.add_identity("example.net")
    ses.clock.advance(seconds=1)
    poll("EXAMPLE.com", "example.org", "example.net")
    assert outcomes(ses.timeline()) == ["answered: 2 Success, 1 unknown"]


def test_other_region_is_unknown(ses: SESStub) -> None:
    """An identity of another region is unknown."""
    ses.add_identity("example.com")
    ses.clock.advance(seconds=1)
    poll("example.com", region="eu-west-1")
    assert outcomes(ses.timeline()) == ["answered: unknown"]


def test_expiry_is_sure(ses: SESStub) -> None:
    """An answer exactly at the deadline shows the expiry."""
    ses.add_identity("ann@example.com", "Pending")
    ses.clock.advance(hours=24)
    poll("ann@example.com")
    assert outcomes(ses.timeline()) == ["answered: Failed"]


@pytest.fixture
def at_once() -> Iterator[SESStub]:
    """A stub without a throttle, so that everything can happen at the same time."""
    with mock_ses_verify(clock=VirtualClock(START), rate=None) as stub:
        yield stub


def test_rows_of_one_timestamp_keep_their_sequence(at_once: SESStub) -> None:
    """Rows of the same time keep their order, and each answer shows the status of then."""
    poll("ann@example.com")
    make_client().verify_email_identity(EmailAddress="ann@example.com")
    poll("ann@example.com")
    at_once.click_verification_link("ann@example.com")
    poll("ann@example.com")
    assert [row.state if row.kind == "change" else row.outcome for row in at_once.timeline().rows] == [
        "answered: unknown",
        "Pending",
        "answered",
        "answered: Pending",
        "Success",
        "answered: Success",
    ]


def test_script_rows_of_one_timestamp_show_each_status(at_once: SESStub) -> None:
    """A script continues after the answer that showed a status."""
    at_once.script("example.com", ["Pending", "Failed", "Success"])
    for _ in range(3):
        poll("example.com")
    assert outcomes(at_once.timeline()) == ["answered: Pending", "answered: Failed", "answered: Success"]
    assert [row.state for row in at_once.timeline().rows if row.kind == "change"] == ["Pending", "Failed", "Success"]


def test_v2_status_is_shown_in_v1_words(ses: SESStub) -> None:
    """The status in GetEmailIdentity is shown in v1's spelling."""
    client = make_client("sesv2")
    client.create_email_identity(EmailIdentity="example.com")
    client.get_email_identity(EmailIdentity="example.com")
    assert outcomes(ses.timeline()) == ["answered", "answered: Pending"]


def test_clock_moved_back() -> None:
    """If the test moves the clock back, the rows are still sorted by time."""
    with freeze_time("2026-01-02") as frozen, mock_ses_verify() as ses:
        poll("example.com")
        frozen.move_to("2026-01-01")
        poll("example.com")
        earlier, later = ses.timeline().rows
    assert (earlier.outcome, later.outcome) == ("answered: unknown", "answered: unknown")
    assert later.at - earlier.at == 24 * 3600 * 1_000_000


# The table.


def test_waiter_is_folded(ses: SESStub) -> None:
    """The polls of a waiter are folded into one counted row, so that the reason is visible."""
    ses.add_identity("ann@example.com", "Pending")
    ses.clock.advance(seconds=1)
    with pytest.raises(WaiterError):
        make_client().get_waiter("identity_exists").wait(Identities=["ann@example.com"])
    asked = "GetIdentityVerificationAttributes(Identities=['ann@example.com']) answered: Pending"
    assert lines(ses.timeline())[1:] == [
        "+0.000s advance 1 s clock.advance",
        f"+1.000s {asked}",
        "+1.000s wait 3 s waiter IdentityExists",
        "+4.000s … 18 more, every 3 s",
        f"+58.000s {asked}",
    ]


@pytest.mark.parametrize(("number", "expected"), [(50, 50), (51, 2)], ids=["few", "many"])
def test_equal_changes_of_many_identities_are_counted(ses: SESStub, number: int, expected: int) -> None:
    """If many identities change alike, one is named and the others are counted."""
    for one in range(number):
        ses.add_identity(f"d{one}.example.com")
    shown = lines(ses.timeline())
    assert shown[0] == "+0.000s d0.example.com: new -> Success set by the test"
    assert len(shown) == expected


@pytest.mark.parametrize(
    ("steps", "folded"),
    [
        pytest.param([0] * 6, "+0.000s … 5 more, at the same time", id="at once"),
        pytest.param([0.1] * 6, "+0.100s … 5 more, every 100 ms", id="even"),
        pytest.param([0.1, 0.05] * 3, "+0.100s … 5 more, within 400 ms", id="uneven"),
    ],
)
def test_busy_loop_is_folded(ses: SESStub, steps: list[float], folded: str) -> None:
    """A busy loop that is throttled is folded too, although its calls were early by different times."""
    poll("example.com")
    for step in steps:
        ses.clock.advance(seconds=step)
        poll("example.com")
    *_, throttled, rest = lines(ses.timeline())
    assert "throttled: " in throttled
    assert rest == folded


@pytest.mark.parametrize(("pauses", "expected"), [(50, 100), (51, 3)], ids=["few", "many"])
def test_loop_with_jitter(ses: SESStub, pauses: int, expected: int) -> None:
    """Of many pauses one is shown and the others are counted, even if their lengths differ."""
    for number in range(pauses):
        poll("example.com")
        ses.clock.sleep(60 + number / 100)
    shown = lines(ses.timeline())
    assert len(shown) == expected
    assert shown[1] == "+0.000s wait 60 s clock.sleep"
    assert shown[2].startswith("+60.000s GetIdentity" if expected > 3 else "+60.000s … 50 more, within 50.2 min")


def test_few_are_not_folded(ses: SESStub) -> None:
    """Events that happened only a few times are all shown."""
    for _ in range(5):
        poll("example.com")
    assert len(lines(ses.timeline())) == 5


@pytest.mark.parametrize(
    ("length", "timestamps"),
    [
        pytest.param(timedelta(minutes=59), ["+0.000s", "+3540.000s"], id="seconds"),
        pytest.param(timedelta(hours=72, seconds=1), ["+0:00:00.000", "+72:00:01.000"], id="hours"),
        pytest.param(timedelta(hours=2, microseconds=-300), ["+0:00:00.000", "+2:00:00.000"], id="rounded"),
    ],
)
def test_times_are_relative_to_the_start(ses: SESStub, length: timedelta, timestamps: list[str]) -> None:
    """Times are seconds since the start. A table of an hour or more has hours, minutes and seconds."""
    poll("example.com")
    ses.clock.advance(length)
    poll("example.com")
    first, moved, last = [line.split()[0] for line in lines(ses.timeline())]
    assert [first, last] == timestamps
    assert moved == first


def test_regions_and_accounts_are_shown_where_they_differ(ses: SESStub) -> None:
    """A single region is shown in the heading, several are shown in the rows.

    Accounts are shown only if they differ.
    """
    poll("example.com")
    head, *rows = str(ses.timeline()).splitlines()
    assert head.endswith(" in us-east-1")
    assert "us-east-1" not in "".join(rows)
    poll("example.com", region="eu-west-1")
    assert " in " not in str(ses.timeline()).splitlines()[0]
    assert [line.split()[1] for line in lines(ses.timeline())] == ["us-east-1", "eu-west-1"]
    ses.view(account_id="999999999999").add_identity("example.net")
    assert lines(ses.timeline())[2].startswith("+0.000s us-east-1 999999999999 example.net: new")


def test_fits_a_screen(ses: SESStub) -> None:
    """Long arguments are shortened in the middle. A line has at most about 120 columns."""
    ses.add_identity(f"{'long-' * 30}name@example.com")
    poll(*(f"user{number}@example.com" for number in range(100)))
    assert max(map(len, str(ses.timeline()).splitlines())) <= 120
    changed, asked, note = lines(ses.timeline())
    assert note.endswith("print(ses_verify.calls)")
    assert changed.startswith("+0.000s long-long-")
    assert changed.endswith("-name@example.com: new -> Success set by the test")
    assert asked.startswith("+0.000s GetIdentityVerificationAttributes(")
    assert asked.endswith("'user99@example.com']) answered: 100 unknown")


def test_only_a_wait(ses: SESStub) -> None:
    """A table may contain only a wait."""
    ses._service.virtual_wait(2.5, "client-side rate limit")
    assert lines(ses.timeline()) == ["+0.000s wait 2.5 s client-side rate limit"]
