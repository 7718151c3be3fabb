"""A deletion that is undone: the identity is as before, except for the time that has passed."""

from __future__ import annotations

import pytest
from small_state import HOUR, SITE, USER, SmallState

from ses_stub._model.script import Script


def names(small: SmallState) -> list[str]:
    """The names in the order of ListIdentities."""
    return [one.name for one in small.backend.page(0, 1000)[0]]


@pytest.mark.parametrize("name", [USER, SITE])
def test_restored_identity_is_as_before(name: str) -> None:
    """Status, token, deadline and place in the list stay."""
    small = SmallState()
    for one in ("a.example", name, "b.example"):
        small.verify(one, 0)
    before = small.backend.identities[name]
    removed = small.delete(name, 1)
    assert removed is not None
    small.restore(removed, 2)
    assert small.backend.identities[name] is before
    assert names(small) == ["a.example", name, "b.example"]


def test_restored_identity_keeps_its_place_after_many_deletions() -> None:
    """Also when its number has been dropped from the order meanwhile."""
    small = SmallState()
    for number in range(60):
        small.verify(f"d{number:02}.example", 0)
    removed = small.delete("d30.example", 0)
    assert removed is not None
    for number in (*range(10, 30), *range(31, 60)):
        small.delete(f"d{number}.example", 0)
    small.verify("new.example", 0)
    assert (removed.registration, "d30.example") not in small.backend.order
    small.restore(removed, 0)
    assert names(small)[-2:] == ["d30.example", "new.example"]


def test_restored_domain_has_its_settings_and_script() -> None:
    """DKIM, MAIL FROM and what a script still shows."""
    small = SmallState()
    small.verify(SITE, 0)
    small.request_dkim(SITE, 0)
    script = small.backend.scripts[SITE] = Script([])
    settings = small.backend.identity_settings[SITE]
    removed = small.delete(SITE, 0)
    assert removed is not None
    assert (small.backend.identity_settings, small.backend.scripts) == ({}, {})
    small.restore(removed, 0)
    assert small.backend.identity_settings[SITE] is settings
    assert small.backend.scripts[SITE] is script


@pytest.mark.parametrize(("restored", "hours", "status"), [(2, 23, "Pending"), (2, 24, "Failed"), (30, 30, "Failed")])
def test_deadline_counts_while_an_identity_is_deleted(restored: float, hours: float, status: str) -> None:
    """One that has passed meanwhile ends the verification immediately."""
    small = SmallState()
    small.verify(USER, 0)
    removed = small.delete(USER, 1)
    assert removed is not None
    assert small.status(USER, restored) is None
    small.restore(removed, restored)
    assert small.status(USER, hours) == status


def test_deadline_of_dkim_counts_while_a_domain_is_deleted() -> None:
    """As that of the domain itself."""
    small = SmallState()
    small.set_status(SITE, "Success")
    small.request_dkim(SITE, 0)
    removed = small.delete(SITE, 1)
    assert removed is not None
    small.restore(removed, 73)
    small.at(73)
    assert small.backend.identity_settings[SITE].dkim.check.status == "Failed"


def test_undone_deletion_is_in_the_history() -> None:
    """With its reason."""
    small = SmallState()
    small.set_status(USER, "Success")
    removed = small.delete(USER, 1)
    assert removed is not None
    small.restore(removed, 2)
    last = small.state.history[-1]
    assert (last.at, last.before, last.after, last.reason) == (2 * HOUR, None, "Success", "deletion undone")
