"""Tests of ``onboarding_service.py``: ``pytest examples/test_onboarding_service.py``. Weeks pass in
virtual time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest
from onboarding_service import Event, onboard

from ses_stub import SESStub

DOMAIN = "customer.example"
START = datetime(2026, 3, 2, 9, 0, tzinfo=timezone.utc)

# The deadline uses datetime.now(), so the time is frozen; the service's own sleep moves it.
pytestmark = pytest.mark.ses_verify(freeze=START)

Onboard = Callable[..., list[Event]]


@pytest.fixture
def onboarded(ses_verify: SESStub, ses_client: Any) -> Onboard:
    """Runs the service, and returns its events. ``customer`` receives each of them too."""

    def run(customer: Callable[[Event], object] = lambda event: None) -> list[Event]:
        events: list[Event] = []

        def report(event: Event) -> None:
            events.append(event)
            customer(event)

        assert onboard(ses_client, DOMAIN, report, sleep=ses_verify.clock.sleep) == (events[-1].kind == "verified")
        return events

    return run


def test_domain_is_verified_by_the_reported_records(ses_verify: SESStub, ses_client: Any, onboarded: Onboard) -> None:
    """The customer publishes what the service reports: the domain is verified, and its mails are signed."""

    def publish(event: Event) -> None:
        for record in event.records:
            ses_verify.dns.add(record.name, record.type, record.value)

    assert [event.kind for event in onboarded(publish)] == ["registered", "verified"]
    signed = ses_client.get_identity_dkim_attributes(Identities=[DOMAIN])["DkimAttributes"][DOMAIN]
    assert signed["DkimVerificationStatus"] == "Success"


def test_verification_is_seen_within_the_hour(ses_verify: SESStub, onboarded: Onboard) -> None:
    """The domain is verified after five hours, and the service polls at least once an hour."""
    ses_verify.after(hours=5).confirm(DOMAIN)
    (_, verified) = onboarded()
    assert timedelta(hours=5) <= verified.at - START <= timedelta(hours=6)


def test_service_starts_again_after_72_hours(ses_verify: SESStub, onboarded: Onboard) -> None:
    """The verification fails after 72 hours; the service starts again as often as needed."""
    ses_verify.after(days=7).confirm(DOMAIN)
    events = onboarded()
    assert [event.kind for event in events] == ["registered", "restarted", "restarted", "verified"]
    assert events[0].records == events[1].records


def test_service_gives_up_after_two_weeks(onboarded: Onboard) -> None:
    """It does so to the second."""
    abandoned = onboarded()[-1]
    assert (abandoned.kind, abandoned.at) == ("abandoned", START + timedelta(days=14))


def test_pauses_grow_to_an_hour(ses_verify: SESStub, onboarded: Onboard) -> None:
    """They start at a minute, and double each time."""
    ses_verify.after(hours=5).confirm(DOMAIN)
    onboarded()
    polls = ses_verify.calls.filter("GetIdentityVerificationAttributes")
    minutes = [(later.at - earlier.at) // timedelta(minutes=1) for earlier, later in pairwise(polls)]
    assert minutes == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]


def test_throttled_service_polls_again(ses_verify: SESStub, onboarded: Onboard) -> None:
    """After five attempts botocore gives up; the service does not."""
    ses_verify.add_identity(DOMAIN)
    ses_verify.inject("GetIdentityVerificationAttributes", error_code="Throttling", times=5)
    assert [event.kind for event in onboarded()] == ["registered", "verified"]


def test_new_domain_is_missing_from_answers(ses_verify: SESStub, onboarded: Onboard) -> None:
    """For some seconds, SES may not show a new domain; the service goes on polling."""

    def without_entries(body: bytes) -> bytes:
        return re.sub(b"<entry>.*</entry>", b"", body, flags=re.DOTALL)

    ses_verify.inject("GetIdentityVerificationAttributes", body=without_entries, times=2)
    ses_verify.after(minutes=2).confirm(DOMAIN)
    assert [event.kind for event in onboarded()] == ["registered", "verified"]


def test_other_errors_reach_the_caller(ses_verify: SESStub, ses_client: Any) -> None:
    """Waiting does not help against missing permissions."""
    ses_verify.inject("VerifyDomainIdentity", error_code="AccessDenied")
    with pytest.raises(ses_client.exceptions.ClientError, match="AccessDenied"):
        onboard(ses_client, DOMAIN, print)
