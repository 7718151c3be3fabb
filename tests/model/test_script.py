"""Scripts: a test sets the statuses that the next answers show."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from clients import make_client, names, shared_client, status

from ses_stub import SESStub, VerificationStatus, VirtualClock, mock_ses_verify


@pytest.fixture
def client(ses: SESStub) -> Any:
    return shared_client(retries={"mode": "standard", "total_max_attempts": 1})


def shown(client: Any, name: str, answers: int) -> list[str | None]:
    """The statuses that consecutive answers show."""
    return [status(client, name) for _ in range(answers)]


SCRIPTS: dict[str, tuple[list[Any], list[str]]] = {
    "one status": (["Failed"], ["Failed"] * 3),
    "counted": ([("Pending", 3), "Success"], ["Pending"] * 3 + ["Success"] * 3),
    "one after another": (["NotStarted", "Pending", "Failed"], ["NotStarted", "Pending", "Failed", "Failed"]),
    "one status in two steps": ([("Pending", 1), ("Pending", 2), "Success"], ["Pending"] * 3 + ["Success"]),
    "there and back": (["Success", "TemporaryFailure", "Success"], ["Success", "TemporaryFailure", "Success"]),
    "last status counted": (["Pending", ("Success", 2)], ["Pending"] + ["Success"] * 5),
    "members of the enum": ([(VerificationStatus.PENDING, 1), VerificationStatus.SUCCESS], ["Pending", "Success"]),
}


@pytest.mark.parametrize(("steps", "answers"), SCRIPTS.values(), ids=SCRIPTS)
@pytest.mark.parametrize("name", ["example.com", "ann@example.com"])
def test_each_step_lasts_for_its_answers(
    ses: SESStub, client: Any, name: str, steps: list[Any], answers: list[str]
) -> None:
    """Each step lasts for its number of answers, one by default. The last status stays."""
    ses.script(name, steps)
    assert shown(client, name, len(answers)) == answers


@pytest.mark.parametrize("name", ["example.com", "ann@example.com"])
def test_unknown_identity_is_registered(ses: SESStub, client: Any, name: str) -> None:
    """A script registers an unknown identity."""
    ses.script(name, ["Pending", "Success"])
    assert list(ses.identities) == names(client) == [name]


def test_known_identity_keeps_token_and_position(ses: SESStub, client: Any) -> None:
    """A known identity keeps its token and its place in the list."""
    before = ses.add_identity("example.com")
    ses.add_identity("other.com")
    ses.script("EXAMPLE.com", ["Pending"])
    assert ses.identity("example.com").token == before.token
    assert names(client) == ["example.com", "other.com"]
    assert status(client, "example.com") == "Pending"


def test_second_script_replaces_the_first(ses: SESStub, client: Any) -> None:
    """A second script replaces the first."""
    ses.script("example.com", [("Pending", 5), "Success"])
    assert shown(client, "example.com", 2) == ["Pending"] * 2
    ses.script("example.com", ["NotStarted", "Failed"])
    assert shown(client, "example.com", 3) == ["NotStarted", "Failed", "Failed"]


def test_each_for_itself(ses: SESStub, client: Any) -> None:
    """Only answers that show the identity in its own region count."""
    ses.script("a.com", [("Pending", 2), "Success"])
    ses.script("b.com", ["Pending", "Failed"])
    ses.view("eu-west-1").script("a.com", ["NotStarted", "Failed"])
    assert status(client, "a.com") == "Pending"
    assert shown(client, "b.com", 2) == ["Pending", "Failed"]
    assert shown(make_client(region="eu-west-1"), "a.com", 2) == ["NotStarted", "Failed"]
    assert shown(client, "a.com", 2) == ["Pending", "Success"]


def test_name_twice_in_one_request_is_one_answer(ses: SESStub, client: Any) -> None:
    """A name that appears twice in one request has one answer."""
    ses.script("example.com", [("Pending", 2), "Success"])
    client.get_identity_verification_attributes(Identities=["example.com", "EXAMPLE.com", "example.com"])
    assert shown(client, "example.com", 2) == ["Pending", "Success"]


def test_other_reads_do_not_advance_a_script(ses: SESStub, client: Any) -> None:
    """Listing identities, or reading them in the test, does not count as an answer."""
    ses.script("example.com", ["Pending", "Success"])
    assert names(client) == ["example.com"]
    assert ses.identity("example.com").status == "Pending"
    assert shown(client, "example.com", 2) == ["Pending", "Success"]


def test_throttled_call_does_not_count(client: Any) -> None:
    """A throttled call does not count."""
    with mock_ses_verify(clock=VirtualClock()) as ses:
        ses.script("example.com", [("Pending", 2), "Success"])
        assert status(client, "example.com") == "Pending"
        for _ in range(5):
            with suppress(ClientError):
                status(client, "example.com")
        assert len(ses.calls.throttled) == 5
        ses.clock.advance(seconds=1)
        assert status(client, "example.com") == "Pending"
        ses.clock.advance(seconds=1)
        assert status(client, "example.com") == "Success"


@pytest.mark.parametrize(
    "failure",
    [{"error_code": "InternalFailure"}, {"error_code": "Throttling"}, {"exception": ZeroDivisionError()}],
    ids=["error", "throttling", "exception"],
)
def test_failed_call_does_not_count(ses: SESStub, client: Any, failure: dict[str, Any]) -> None:
    """A call with an injected failure does not count."""
    ses.script("example.com", ["Pending", "Success"])
    ses.inject(times=3, **failure)
    for _ in range(3):
        with pytest.raises((ClientError, ZeroDivisionError)):
            status(client, "example.com")
    assert shown(client, "example.com", 2) == ["Pending", "Success"]


def test_waiter_polls_as_the_script_says(ses: SESStub, client: Any) -> None:
    """The waiter of botocore polls as often as the script says, every three seconds."""
    ses.script("example.com", [("Pending", 4), "Success"])
    start = ses.clock.now()
    client.get_waiter("identity_exists").wait(Identities=["example.com"])
    assert len(ses.calls) == 5
    assert ses.clock.now() - start == timedelta(seconds=12)


def test_script_outlasts_the_verification_deadline(ses: SESStub, client: Any) -> None:
    """A script lasts for its answers, however late they are read."""
    ses.script("ann@example.com", [("Pending", 2), "Success"])
    ses.clock.advance(hours=24)
    assert shown(client, "ann@example.com", 3) == ["Pending", "Pending", "Success"]


def test_last_status_has_its_usual_deadline(ses: SESStub, client: Any) -> None:
    """A script that ends as Pending leaves the usual deadline, counted from the first answer with that status."""
    ses.script("ann@example.com", [("NotStarted", 2), "Pending"])
    ses.clock.advance(hours=30)
    assert shown(client, "ann@example.com", 3) == ["NotStarted", "NotStarted", "Pending"]
    ses.clock.advance(hours=23)
    assert status(client, "ann@example.com") == "Pending"
    ses.clock.advance(hours=1)
    assert status(client, "ann@example.com") == "Failed"


def test_script_ends_with_its_identity(ses: SESStub, client: Any) -> None:
    """Deleting the identity ends its script; a new registration behaves normally."""
    ses.script("ann@example.com", [("NotStarted", 2), "Success"])
    client.delete_identity(Identity="ann@example.com")
    assert status(client, "ann@example.com") is None
    client.verify_email_identity(EmailAddress="ann@example.com")
    assert shown(client, "ann@example.com", 4) == ["Pending"] * 4


def test_identity_continues_normally_after_its_script(ses: SESStub, client: Any) -> None:
    """After the last step the identity behaves normally."""
    ses.script("ann@example.com", ["NotStarted", "Pending"])
    assert shown(client, "ann@example.com", 3) == ["NotStarted", "Pending", "Pending"]
    ses.click_verification_link("ann@example.com")
    assert status(client, "ann@example.com") == "Success"


WRONG_STEPS: dict[str, tuple[Any, str]] = {
    "none": ([], r"^steps=\[\]"),
    "no count": ([("Pending",)], "a status and a count"),
    "three parts": ([("Pending", 2, "Success")], "a status and a count"),
    "no status": (["Sucess"], "did you mean 'Success'"),
    "no status with a count": ([("Done", 2)], "one of NotStarted, Pending"),
    "zero": ([("Pending", 0)], "count of 1 or more"),
    "half": ([("Pending", 1.5)], "count of 1 or more"),
    "true": ([("Pending", True)], "count of 1 or more"),
    "text": ([("Pending", "3")], "count of 1 or more"),
    "a bare status": ("Success", r"for one status write \['Success'\]"),
}


@pytest.mark.parametrize(("steps", "text"), WRONG_STEPS.values(), ids=WRONG_STEPS)
def test_invalid_script_steps_are_refused_without_effect(ses: SESStub, steps: Any, text: str) -> None:
    """Steps that are invalid are refused immediately, and change nothing."""
    with pytest.raises(ValueError, match=text):
        ses.script("example.com", steps)
    assert ses.identities == {}


def test_reset_drops_scripts(ses: SESStub, client: Any) -> None:
    """A reset removes all scripts."""
    ses.script("example.com", ["Pending", "Success"])
    ses.reset()
    assert ses.identities == {}
    ses.add_identity("example.com", "Pending")
    assert shown(client, "example.com", 3) == ["Pending"] * 3
