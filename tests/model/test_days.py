"""Days of SES in milliseconds: every run makes the same calls."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import WaiterError
from clients import make_client, names, record_sleeps, status
from repeat import times

from ses_stub import VirtualClock, mock_ses_verify
from ses_stub._service.calls import as_lines

SITE, USER = "example.com", "ann@example.com"


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    return record_sleeps(monkeypatch)


@pytest.fixture(scope="module")
def client() -> Any:
    return make_client(retries={"mode": "standard"})


def domain_of_72_hours(client: Any) -> list[str]:
    """A domain without its record fails after 72 hours; after a new request its record is found."""
    with mock_ses_verify(clock=VirtualClock(), identities=[]) as ses:
        client.verify_domain_identity(Domain=SITE)
        for hours, expected in [(0, "Pending"), (71, "Pending"), (1, "Failed")]:
            ses.clock.advance(hours=hours)
            assert status(client, SITE) == expected
        client.verify_domain_identity(Domain=SITE)
        assert status(client, SITE) == "Pending"
        ses.publish_txt(SITE)
        assert status(client, SITE) == "Success"
        ses.remove_txt(SITE)
        assert status(client, SITE) == "TemporaryFailure"
        ses.clock.advance(hours=72)
        assert status(client, SITE) == "Failed"
        return as_lines(ses.calls)


def link_of_24_hours(client: Any) -> list[str]:
    """A link that is not clicked within 24 hours expires; a new one is clicked."""
    with mock_ses_verify(clock=VirtualClock()) as ses:
        client.verify_email_identity(EmailAddress=USER)
        first = ses.verification_emails[-1].link
        ses.clock.advance(timedelta(hours=24))
        assert status(client, USER) == "Failed"
        assert "expired" in ses.click_verification_link(first)
        assert status(client, USER) == "Failed"
        client.verify_email_identity(EmailAddress=USER)
        ses.clock.advance(hours=23, minutes=59)
        ses.click_verification_link(USER)
        assert status(client, USER) == "Success"
        return as_lines(ses.calls)


def waiter_success(client: Any) -> list[str]:
    """The waiter succeeds when the link is clicked after eight seconds."""
    with mock_ses_verify(clock=VirtualClock()) as ses:
        client.verify_email_identity(EmailAddress=USER)
        ses.after(seconds=8).confirm(USER)
        client.get_waiter("identity_exists").wait(Identities=[USER])
        assert ses.calls.count("GetIdentityVerificationAttributes") == 4
        return as_lines(ses.calls)


def waiter_timeout(client: Any) -> list[str]:
    """The waiter gives up after 20 polls."""
    with mock_ses_verify(clock=VirtualClock()) as ses:
        client.verify_email_identity(EmailAddress=USER)
        with pytest.raises(WaiterError):
            client.get_waiter("identity_exists").wait(Identities=[USER])
        assert ses.calls.count("GetIdentityVerificationAttributes") == 20
        return as_lines(ses.calls)


def loop_of_200_calls(client: Any) -> list[str]:
    """200 calls without a pause pass at one per second; each but the first passes after one throttled attempt."""
    with mock_ses_verify(clock=VirtualClock()) as ses:
        start = ses.clock.now()
        for _ in range(200):
            names(client)
        assert ses.clock.now() - start == timedelta(seconds=199)
        assert (len(ses.calls), len(ses.calls.throttled)) == (399, 199)
        return as_lines(ses.calls)


SCENARIOS = [domain_of_72_hours, link_of_24_hours, waiter_success, waiter_timeout, loop_of_200_calls]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_each_scenario_goes_as_written(scenario: Any, client: Any, slept: list[float]) -> None:
    """Each scenario passes, without a real sleep."""
    assert scenario(client)
    assert slept == []


def test_every_repetition_has_the_same_calls(client: Any) -> None:
    """All scenarios leave the same calls in each run."""
    runs = {tuple(line for scenario in SCENARIOS for line in scenario(client)) for _ in range(times(4))}
    assert len(runs) == 1
