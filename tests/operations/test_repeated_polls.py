"""GetIdentityVerificationAttributes asked again: the answer is kept for the next poll, until something changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from clients import make_client

from ses_stub import SESStub, mock_ses_verify
from ses_stub._model import backend as backends

ANN, DOMAIN = "ann@example.com", "example.com"


@pytest.fixture
def ses() -> Iterator[SESStub]:
    with mock_ses_verify(rate=None) as stub:
        make_client().verify_email_identity(EmailAddress=ANN)
        yield stub


def status_of(name: str = ANN) -> str | None:
    response = make_client().get_identity_verification_attributes(Identities=[name])
    found: dict[str, str] = response["VerificationAttributes"].get(name, {})
    return found.get("VerificationStatus")


CHANGES: dict[str, tuple[Callable[[SESStub, Any], object], str | None]] = {
    "link clicked": (lambda ses, client: ses.confirm(ANN), "Success"),
    "link expired": (lambda ses, client: ses.clock.advance(days=2), "Failed"),
    "status set": (lambda ses, client: ses.add_identity(ANN, "TemporaryFailure"), "TemporaryFailure"),
    "scripted": (lambda ses, client: ses.script(ANN, ["NotStarted"]), "NotStarted"),
    "deleted": (lambda ses, client: client.delete_identity(Identity=ANN), None),
    "reset": (lambda ses, client: ses.reset(), None),
}


@pytest.mark.parametrize(("change", "after"), CHANGES.values(), ids=CHANGES)
def test_poll_after_a_change_shows_it(ses: SESStub, change: Callable[[SESStub, Any], object], after: str) -> None:
    """However the identity changes."""
    assert [status_of(), status_of()] == ["Pending", "Pending"]
    change(ses, make_client())
    assert status_of() == after


def test_poll_after_a_registration_shows_it(ses: SESStub) -> None:
    """A poll for a name that was unknown so far."""
    assert status_of("new@example.com") is None
    make_client().verify_email_identity(EmailAddress="new@example.com")
    assert status_of("new@example.com") == "Pending"


def test_each_region_has_its_own_answer(ses: SESStub) -> None:
    """And each account."""
    assert status_of() == "Pending"
    response = make_client(region="eu-west-1").get_identity_verification_attributes(Identities=[ANN])
    assert response["VerificationAttributes"] == {}


def test_answers_of_many_different_polls_are_dropped(ses: SESStub) -> None:
    """The store keeps a bounded number of them, and what is asked again is answered anew."""
    for number in range(3 * backends.MAX_ANSWERS):
        assert status_of(f"user{number}@example.com") is None
    backend = ses._service.state.backend(ses.account_id, ses.region)
    assert len(backend.answers) <= backends.MAX_ANSWERS
    assert status_of() == "Pending"
