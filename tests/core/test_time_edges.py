"""Edge cases of time: clocks that run while frozen, jumps back, and what happens after a freeze."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import datetime, timedelta, timezone
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from freezegun import freeze_time

from ses_stub import SESStub, mock_ses_verify

SESSION = botocore.session.Session()
UTC = timezone.utc
THEN = datetime(2030, 6, 1, 12, tzinfo=UTC)
USER = "ann@example.com"


def travel(**options: Any) -> Any:
    return pytest.importorskip("time_machine").travel(THEN, **options)


HOLDERS: dict[str, Callable[[], Any]] = {
    "freeze": lambda: freeze_time(THEN),
    "freeze tick": lambda: freeze_time(THEN, tick=True),
    "freeze auto_tick": lambda: freeze_time(THEN, auto_tick_seconds=0.001),
    "travel": lambda: travel(tick=False),
    "travel tick": lambda: travel(tick=True),
}


def make() -> Any:
    once = Config(retries={"total_max_attempts": 1, "mode": "standard"})
    return SESSION.create_client("ses", region_name="us-east-1", config=once)


def statuses(client: Any) -> dict[str, str]:
    answer = client.get_identity_verification_attributes(Identities=[USER])
    return {name: one["VerificationStatus"] for name, one in answer["VerificationAttributes"].items()}


@pytest.fixture(params=[nullcontext, *HOLDERS.values()], ids=["plain", *HOLDERS])
def ses(request: pytest.FixtureRequest) -> Iterator[SESStub]:
    """A scope in which one of the tools, or none, controls the time."""
    with request.param(), mock_ses_verify() as stub:
        yield stub


@pytest.mark.parametrize("seconds", [0.001, 1, 3600])
def test_advance_is_never_less(ses: SESStub, seconds: float) -> None:
    """The clock moves at least by the requested time, even if it ran since it was frozen."""
    make()
    before = ses.clock.now()
    ses.clock.advance(seconds=seconds)
    assert ses.clock.now() - before >= timedelta(seconds=seconds)


def test_advance_clears_the_throttle(ses: SESStub) -> None:
    """After an advance of a second the throttle lets the next call pass, and not earlier."""
    client = make()
    client.list_identities()
    with pytest.raises(ClientError, match="Rate exceeded"):
        client.list_identities()
    ses.clock.advance(seconds=1)
    client.list_identities()


@pytest.mark.parametrize("name", HOLDERS)
def test_back_from_the_future(name: str) -> None:
    """An identity that was registered during a freeze in the future still exists afterwards, and can be confirmed."""
    with mock_ses_verify() as ses:
        client = make()
        with HOLDERS[name]():
            client.verify_email_identity(EmailAddress=USER)
            assert statuses(client) == {USER: "Pending"}
        assert statuses(client) == {USER: "Pending"}
        with pytest.raises(ClientError, match="Rate exceeded"):
            statuses(client)
        assert "Congratulations" in ses.click_verification_link(USER)
        ses.clock.advance(seconds=1)
        assert statuses(client) == {USER: "Success"}
        assert client.list_identities()["Identities"] == [USER]


def test_nothing_falls_due_after_a_freeze() -> None:
    """A stub that is read after its scope's freeze shows the time at which that ended."""
    with mock_ses_verify(freeze=THEN) as ses:
        make().verify_email_identity(EmailAddress=USER)
        ses.clock.advance(hours=23)
    with freeze_time(THEN + timedelta(days=9)):
        assert ses.clock.now() == THEN + timedelta(hours=23)
        assert ses.identity(USER).status == "Pending"


@pytest.mark.parametrize("name", ["freeze", "travel"])
def test_freeze_within_another(name: str) -> None:
    """A scope's freeze inside the test's own freeze restores that one, whichever tool made it."""
    inside = datetime(2040, 1, 1, tzinfo=UTC)
    with HOLDERS[name]():
        with mock_ses_verify(freeze=inside) as ses:
            ses.clock.advance(hours=1)
            assert datetime.now(UTC) == ses.clock.now() == inside + timedelta(hours=1)
        assert datetime.now(UTC) == THEN
