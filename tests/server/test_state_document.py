"""The state as a document: it is restored completely, continues unchanged, and damage is reported."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from repeat import times
from scenarios import EVERYTHING, SITE, STEPS, USER, run, run_to_the_end

from ses_stub import SESStub, VirtualClock, mock_ses_verify
from ses_stub._model.due_events import run_due
from ses_stub._model.options import Options
from ses_stub._model.place import Place
from ses_stub._model.state import State
from ses_stub._model.verification import request_verification
from ses_stub._server import state_document, state_rows
from ses_stub._server.state_document import DamagedStateError
from ses_stub._server.state_rows import StateRows, timestamp_row
from ses_stub._time.time import from_timestamp

SCENARIOS = st.lists(st.sampled_from(sorted(STEPS)), max_size=15)


def document_of(ses: SESStub) -> bytes:
    """The document of the rows of a stub's state."""
    with ses._service.locked() as now:
        rows = StateRows(ses._service).take().rows
    return state_rows.document_of((*key, value) for key, value in [*rows.items(), timestamp_row(now)] if value)


def state_of(ses: SESStub) -> State:
    """The state that is loaded from a stub's document."""
    return state_document.load(document_of(ses), ses._service.options)[0]


@contextmanager
def rich() -> Iterator[SESStub]:
    """A stub whose state has an example of everything."""
    with mock_ses_verify(rate=None, clock=VirtualClock(), auto_verify=timedelta(days=9)) as ses:
        run(ses, EVERYTHING)
        yield ses


def events(document: Any) -> Any:
    return document["state"]["events"]


def rich_document() -> Any:
    with rich() as ses:
        return json.loads(document_of(ses))


# Continuing.


@pytest.mark.parametrize(
    "options",
    [{}, {"auto_verify": True}, {"auto_verify": timedelta(hours=5)}],
    ids=["plain", "auto_verify", "auto_verify later"],
)
@given(past=SCENARIOS, future=SCENARIOS)
@example(past=EVERYTHING, future=EVERYTHING)
@settings(max_examples=times(2))
def test_restart_changes_nothing(options: dict[str, Any], past: list[str], future: list[str]) -> None:
    """A restart changes no later result: answers, tokens, ids and mails are the same as without it."""
    with mock_ses_verify(rate=None, clock=VirtualClock(), **options) as ses:
        run(ses, past)
        document = document_of(ses)
        expected = run_to_the_end(ses, future)
    state, timestamp = state_document.load(document, Options(**options))
    with mock_ses_verify(rate=None, clock=VirtualClock(from_timestamp(timestamp)), **options) as ses:
        ses._service.state = state
        assert run_to_the_end(ses, future) == expected


def test_clicked_after_restart() -> None:
    """A link that was mailed before a restart works afterwards, for the rest of its 24 hours."""
    with mock_ses_verify(rate=None, clock=VirtualClock()) as ses:
        run(ses, ["verify address", "23 hours"])
        state = state_of(ses)
        later = SESStub(rate=None, clock=ses.clock)
        later._service.state = state
        assert later.click_verification_link(later.verification_emails[0].link).startswith("Congratulations")
        assert ses.identity(USER).status == "Pending"


def test_options_are_those_of_the_new_start() -> None:
    """The new start's auto_verify and resolver apply."""
    old = SESStub()
    new = Options(auto_verify=timedelta(hours=1), resolver=lambda name, kind: ())
    state, _ = state_document.load(document_of(old), new)
    assert state.confirmation_delay == 3_600_000_000
    assert state.zone.resolver is new.resolver


# Completeness.


def parts(value: Any) -> dict[str, Any] | None:
    """The attributes of an object of the package; None for plain data."""
    if isinstance(value, Enum) or not type(value).__module__.startswith("ses_stub"):
        return None
    return value._asdict() if isinstance(value, tuple) else vars(value)


def plain(value: Any) -> Any:
    """A value with everything in it, as data that can be compared."""
    attributes = parts(value)
    if attributes is not None:
        return type(value).__name__, {name: plain(one) for name, one in attributes.items()}
    if isinstance(value, dict):
        # Their order shows in answers.
        return [(key, plain(one)) for key, one in value.items()]
    if isinstance(value, (list, tuple)):
        return type(value).__name__, [plain(one) for one in value]
    return value


def test_state_comes_back_whole() -> None:
    """All attributes of everything in the state are restored, including private ones."""
    with rich() as ses:
        # A heap of the same events may have another order; a sorted one is what a restart makes.
        ses._service.state.schedule.events.sort()
        before = plain(ses._service.state)
        assert plain(state_of(ses)) == before


def members(value: Any, found: dict[str, dict[str, list[Any]]]) -> None:
    """Collects the values of each attribute of each class in a state."""
    attributes = parts(value)
    if attributes is not None:
        for name, one in attributes.items():
            values = found[type(value).__name__][name]
            if not any(one is other for other in values):
                values.append(one)
                members(one, found)
    elif isinstance(value, dict):
        members(list(value.values()), found)
    elif isinstance(value, (list, tuple)):
        for one in value:
            members(one, found)


#: Set anew by each start, or by each poll.
OF_THE_START = {
    ("State", "checking"),
    ("Zone", "resolver"),
    ("Schedule", "actions"),
    ("Mailbox", "_limit"),
    ("Backend", "answers"),
}


def test_state_has_something_of_everything() -> None:
    """Every attribute has a non-empty value in the state that the test above compares; otherwise a step is missing."""
    with rich() as ses:
        found: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
        members(ses._service.state, found)
    empty = {(kind, name) for kind, values in found.items() for name, some in values.items() if not any(some)}
    assert empty == OF_THE_START
    assert set(found) == {
        *(
            "State",
            "Backend",
            "Identity",
            "Script",
            "Account",
            "SendDataPoint",
            "ConfigurationSet",
            "Settings",
            "Checks",
            "Dkim",
            "MailFrom",
            "RecordCheck",
            "Template",
        ),
        *("Schedule", "ScheduledEvent", "StatusChange", "Mailbox", "VerificationEmail", "Pages", "Zone", "SentEmail"),
    }


def test_log_and_failures_are_not_saved() -> None:
    """The calls and injected failures from before a restart are not restored."""
    with mock_ses_verify(rate=None, clock=VirtualClock()) as ses:
        run(ses, ["quota"])
        before = document_of(ses)
        ses.inject("ListIdentities", error_code="Throttling")
        run(ses, ["quota"])
        assert document_of(ses) == before


@pytest.mark.parametrize("year", [1950, 2026, 9000])
def test_saved_time_is_exact_in_any_year(year: int) -> None:
    """The time is exact to the microsecond, whatever the year."""
    now = datetime(year, 1, 1, 0, 0, 0, 1, tzinfo=timezone.utc)
    with mock_ses_verify(rate=None, clock=VirtualClock(now)) as ses:
        run(ses, ["verify address"])
        state, timestamp = state_document.load(document_of(ses), Options())
    assert from_timestamp(timestamp) == now == state.mailbox.mails[0].sent_at


def test_scheduled_actions_are_left_out() -> None:
    """Scheduled functions of the test cannot be saved; all other scheduled actions are."""
    ses = SESStub(rate=None, clock=VirtualClock())
    ses.after(hours=1).call(lambda: None)
    ses.after(hours=2).publish_txt(SITE)
    ses.after(hours=3).set_status(SITE, "Failed")
    (event,) = json.loads(document_of(ses))["state"]["events"]
    assert event[2] == "set status"


def test_many_identities_come_back() -> None:
    """A region with many identities is restored completely."""
    ses = SESStub(rate=None, clock=VirtualClock())
    state = ses._service.state
    with ses._service.locked() as now:
        for number in range(times(4_000)):
            backend = state.backend(ses.account_id, ses.region)
            request_verification(Place(state, backend, now), f"user{number}@example.com")
    assert len(state_of(ses).backend(ses.account_id, ses.region).identities) == times(4_000)


# Damage.


def corrupted(change: Callable[[Any, Any], object]) -> bytes:
    """Returns the document of a rich state after a change, which gets the document and its first backend."""
    document = rich_document()
    change(document, document["state"]["backends"][0])
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "truncated"),
        (b"{ damaged", "object keys must be strings (byte 2)"),
        (b"[]", "Expected `object`, got `array`"),
        (b"{}", "missing required field `ses_stub_state`"),
        (b"\xff", "invalid character (byte 0)"),
        (b'{"a":' * 1_000_000, "nested too deeply"),
    ],
    ids=["empty", "no JSON", "no object", "another document", "no UTF-8", "deep"],
)
def test_bytes_without_a_document_are_reported(data: bytes, problem: str) -> None:
    """Bytes that are no document are reported."""
    with pytest.raises(DamagedStateError, match=re.escape(problem)):
        state_document.load(data, Options())


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            lambda document, _: document.update(ses_stub_state=1),
            "its format is 1, and this version of ses_stub reads 2 only",
        ),
        (lambda document, _: document.update(timestamp=10**18), "$.timestamp"),
        (
            lambda document, _: document["state"].pop("sent_emails"),
            "missing required field `sent_emails` - at `$.state`",
        ),
        (lambda document, _: document["state"].update(more=1), "unknown field `more` - at `$.state`"),
        (lambda document, _: document["state"]["mails"][0].update(sent_at="2026-01-01T00:00:00"), "no time zone"),
        (lambda document, _: document["state"]["sent_emails"][0].update(sent_at="2026-01-01T00:00:00"), "no time zone"),
        (lambda document, one: document["state"]["backends"].append(one), "a region of an account twice"),
        (
            lambda document, _: document["state"].update(event_sequence=0),
            "whose sequence number is too high",
        ),
        (lambda document, _: events(document).append(events(document)[0]), "two events with the same sequence number"),
        (lambda document, _: events(document)[0].__setitem__(0, 10**18), "an event with an invalid time"),
        (lambda document, _: events(document)[0].__setitem__(2, "party"), "Invalid enum value 'party'"),
        (lambda document, _: events(document)[0].__setitem__(2, "action"), "an event of an unknown kind, 'action'"),
        (lambda _, one: one["identities"][SITE].update(status="Happy"), "Invalid enum value 'Happy'"),
        (lambda _, one: one["identities"][SITE].update(requested_at="2026-01-01T00:00:00"), "requested_at"),
        (lambda _, one: one["identities"][SITE].update(name=USER), f"{USER} has the name of another, {SITE}"),
        (lambda _, one: one["identities"][SITE].pop("token"), "missing required field `token`"),
        (lambda _, one: one["registrations"].update({SITE: 99}), "example.com is missing from the order"),
        (lambda _, one: one["registrations"].pop(SITE), "example.com is missing from the order"),
        (lambda _, one: one["registrations"].update({"nobody.example": 1}), "nobody.example, which does not exist"),
        (lambda _, one: one["account"].update(sends=[]), "length >= 1"),
        (lambda _, one: one["order"].reverse(), "the order of identities in us-east-1 is invalid"),
        (lambda _, one: one["order"].append(one["order"][-1]), "the order of identities in us-east-1 is invalid"),
        (lambda _, one: one.update(registered=1), "us-east-1 has more identities than were registered"),
        (lambda _, one: one["scripts"].update({"nobody.example": one["scripts"][SITE]}), "a script for nobody.example"),
        (lambda _, one: one["scripts"][SITE].update(steps=[]), "length >= 1"),
        (lambda _, one: one["configuration_sets"]["set"].update(name="other"), "other has the name of another, set"),
        (lambda _, one: one.update(sets_created=0), "us-east-1 has more configuration sets than were created"),
        (lambda _, one: one["scripts"][SITE].update(steps=[["Success", 0]]), ">= 1"),
    ],
)
def test_document_that_does_not_fit(change: Callable[[Any, Any], object], problem: str) -> None:
    """A document with wrong or contradictory parts is reported, and the error names the part."""
    with pytest.raises(DamagedStateError, match=re.escape(problem)):
        state_document.load(corrupted(change), Options())


def test_document_of_the_test_is_right() -> None:
    """Without a change the same document is accepted."""
    state, _ = state_document.load(corrupted(lambda document, backend: None), Options())
    assert SITE in state.backend("123456789012", "us-east-1").identities


RICH = json.dumps(rich_document()).encode()


@given(st.integers(0, len(RICH)), st.integers(0, 3), st.binary(max_size=3))
@settings(max_examples=times(60))
def test_any_damage_restores_or_raises_one_error(at: int, gone: int, new: bytes) -> None:
    """Any damaged bytes either restore a state or raise the one error."""
    with suppress(DamagedStateError):
        state, timestamp = state_document.load(RICH[:at] + new + RICH[at + gone :], Options())
        run_due(state, timestamp)


@given(st.integers(0, len(RICH) - 1))
@settings(max_examples=times(10))
def test_truncated_document_is_damaged(at: int) -> None:
    """A truncated document is damaged."""
    with pytest.raises(DamagedStateError):
        state_document.load(RICH[:at], Options())
