"""The state as rows: what a request has changed is found, whatever it was, and nothing else is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from clients import make_client
from hypothesis import example, given, settings
from hypothesis import strategies as st
from repeat import times
from scenarios import EVERYTHING, SITE, STEPS, USER, run

from ses_stub import SESStub, VirtualClock, mock_ses_verify
from ses_stub._server.state_rows import Changes, StateRows
from ses_stub._server.watched import WatchedDict, WatchedList, WatchedObjects
from ses_stub._service.service import Service

Rows = dict[Any, Any]


@pytest.fixture
def ses() -> Iterator[SESStub]:
    with mock_ses_verify(rate=None, clock=VirtualClock()) as ses:
        yield ses


class Saved:
    """What a file would hold."""

    def __init__(self, service: Service) -> None:
        self._rows = StateRows(service)
        self.rows: Rows = {}
        self.save()

    def save(self) -> Changes:
        changes = self._rows.take()
        if changes.is_all:
            self.rows = {}
        for key, value in changes.rows.items():
            if value is None:
                del self.rows[key]
            else:
                self.rows[key] = value
        return changes

    def kinds(self) -> set[str]:
        """What has changed since the last time."""
        return {kind for _, kind, _ in self.save().rows}


def values(rows: Rows) -> dict[Any, Any]:
    """Rows without the numbers of list items, which differ after some were dropped."""
    numbered: dict[Any, list[bytes]] = {}
    found: dict[Any, Any] = {}
    for (place, kind, key), value in rows.items():
        if key.isdigit() and kind != "events":
            numbered.setdefault((place, kind), []).append(value)
        else:
            found[place, kind, key] = value
    return {**found, **numbered}


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=25))
@example(EVERYTHING)
@settings(max_examples=times(8))
def test_changes_add_up_to_the_state(steps: list[str]) -> None:
    """Whatever happens: the changes after each step are together what the whole state is at the end."""
    with mock_ses_verify(rate=None, clock=VirtualClock()) as ses:
        saved = Saved(ses._service)
        for step in steps:
            run(ses, [step])
            saved.save()
        assert values(saved.rows) == values(Saved(ses._service.fork()).rows)


def test_everything_that_is_scheduled_and_scripted_is_followed(ses: SESStub) -> None:
    """Scripts are used up by answers, and events by time."""
    saved = Saved(ses._service)
    ses.add_identity(SITE, "Pending")
    ses.script(SITE, [("Pending", 2), "Success"])
    ses.after(hours=1).confirm(SITE)
    saved.save()
    for _ in range(3):
        make_client().get_identity_verification_attributes(Identities=[SITE])
        ses.clock.advance(hours=1)
        saved.save()
        assert values(saved.rows) == values(Saved(ses._service.fork()).rows)


def test_poll_changes_no_row(ses: SESStub) -> None:
    """Reading writes nothing, whatever is read."""
    run(ses, EVERYTHING)
    saved = Saved(ses._service)
    v1, v2 = make_client(), make_client("sesv2")
    v1.list_identities()
    v1.get_identity_dkim_attributes(Identities=[SITE])
    v1.get_identity_verification_attributes(Identities=[USER])
    v2.get_account()
    ses.dns.records(SITE, "TXT")
    assert not ses._service.state.has_identity("999999999999", "eu-west-1", USER)
    assert saved.save().rows == {}


def test_request_changes_only_its_rows(ses: SESStub) -> None:
    """Their number does not depend on how many identities there are."""
    for number in range(100):
        ses.add_identity(f"user{number}@example.com")
    saved = Saved(ses._service)
    make_client().verify_email_identity(EmailAddress=USER)
    assert len(saved.save().rows) == 8
    make_client().verify_email_identity(EmailAddress=USER)
    assert saved.kinds() == {"mails", "rest"}


def test_deleted_rows_are_named(ses: SESStub) -> None:
    """An identity that is gone takes its rows with it."""
    ses.add_identity(USER)
    saved = Saved(ses._service)
    make_client().delete_identity(Identity=USER)
    gone = {kind for (_, kind, _), value in saved.save().rows.items() if value is None}
    assert gone == {"identities", "registrations"}


def test_reset_is_a_new_state(ses: SESStub) -> None:
    """All rows from before it are gone."""
    ses.add_identity(USER)
    saved = Saved(ses._service)
    ses.reset()
    assert saved.save().is_all
    assert {kind for _, kind, _ in saved.rows} == {"rest"}


def test_functions_of_a_test_are_left_out(ses: SESStub) -> None:
    """They cannot be saved; other scheduled actions are."""
    saved = Saved(ses._service)
    ses.after(hours=1).call(lambda: None)
    ses.after(hours=1).set_status(SITE, "Failed")
    saved.save()
    assert [kind for _, kind, _ in saved.rows].count("events") == 1


# The containers.


def take(watched: WatchedDict) -> list[Any]:
    touched, watched.touched = list(watched.touched), {}
    return touched


def test_watched_dict_notes_each_change() -> None:
    """All of a dict's ways to change it; at first all keys."""
    watched = WatchedDict({"a": 1, "b": 2})
    assert take(watched) == ["a", "b"]
    watched["c"] = 3
    watched.update({"d": 4}, e=5)
    watched.setdefault("f", 6)
    del watched["a"]
    assert watched.pop("b") == 2
    assert watched.pop("none", 0) == 0
    assert take(watched) == ["c", "d", "e", "f", "a", "b", "none"]
    assert watched.popitem() == ("f", 6)
    assert take(watched) == ["f"]
    watched.clear()
    assert take(watched) == ["c", "d", "e"]
    assert (watched.get("a"), take(watched)) == (None, [])


def test_watched_objects_note_what_is_read() -> None:
    """Whoever has read an object may change it."""
    watched = WatchedObjects({"a": [], "b": []})
    take(watched)
    watched["a"].append(1)
    assert take(watched) == ["a"]
    watched.get("b", []).append(1)
    assert take(watched) == ["b"]
    for read in (watched.items, watched.values):
        assert len(read()) == 2
        assert take(watched) == ["a", "b"]


def test_watched_list_finds_what_was_added_and_dropped() -> None:
    """At the front, in the middle, and all; equal items are told apart."""
    items: list[list[int]] = [[0], [0], [0], [0]]
    watched = WatchedList(lambda: items)
    assert list(watched.take()) == [(1, [0]), (2, [0]), (3, [0]), (4, [0])]
    assert list(watched.take()) == []
    items.append([5])
    assert list(watched.take()) == [(5, [5])]
    del items[0]
    assert list(watched.take()) == [(1, None)]
    items = [items[0], items[2], items[3], [6]]
    assert list(watched.take()) == [(3, None), (6, [6])]
    items = []
    assert list(watched.take()) == [(2, None), (4, None), (5, None), (6, None)]
