"""Tests of ``onboarding_service.py``: ``pytest examples/test_onboarding_service.py``. Weeks pass, nobody waits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest
from onboarding_service import Event, onboard

from ses_stub import SESStub

DOMAIN = "customer.example"
START = datetime(2026, 3, 2, 9, 0, tzinfo=timezone.utc)

# The service asks datetime.now() when it has waited long enough, so the time is frozen, and moved by its own sleep.
pytestmark = pytest.mark.ses_verify(freeze=START)

Onboard = Callable[..., list[Event]]


@pytest.fixture
def onboarded(ses_verify: SESStub, ses_client: Any) -> Onboard:
    """Runs the service; returns what it told. The customer reads it too, if there is one."""

    def run(customer: Callable[[Event], object] = lambda event: None) -> list[Event]:
        told: list[Event] = []

        def tell(event: Event) -> None:
            told.append(event)
            customer(event)

        assert onboard(ses_client, DOMAIN, tell, sleep=ses_verify.clock.sleep) == (told[-1].kind == "verified")
        return told

    return run


def test_customer_publishes_what_was_told(ses_verify: SESStub, ses_client: Any, onboarded: Onboard) -> None:
    """The records are the right ones: the domain is verified, and its mails will be signed."""

    def publish(event: Event) -> None:
        for record in event.records:
            ses_verify.dns.add(record.name, record.type, record.value)

    assert [event.kind for event in onboarded(publish)] == ["registered", "verified"]
    signed = ses_client.get_identity_dkim_attributes(Identities=[DOMAIN])["DkimAttributes"][DOMAIN]
    assert signed["DkimVerificationStatus"] == "Success"


def test_customer_takes_five_hours(ses_verify: SESStub, onboarded: Onboard) -> None:
    """The service sees it within the hour."""
    ses_verify.after(hours=5).confirm(DOMAIN)
    (_, verified) = onboarded()
    assert timedelta(hours=5) <= verified.at - START <= timedelta(hours=6)


def test_customer_comes_back_after_a_week(ses_verify: SESStub, onboarded: Onboard) -> None:
    """SES gives a domain up after 72 hours; the service starts again as often as it takes."""
    ses_verify.after(days=7).confirm(DOMAIN)
    told = onboarded()
    assert [event.kind for event in told] == ["registered", "restarted", "restarted", "verified"]
    assert told[0].records == told[1].records


def test_customer_never_comes(onboarded: Onboard) -> None:
    """After two weeks to the second the service gives up."""
    abandoned = onboarded()[-1]
    assert (abandoned.kind, abandoned.at) == ("abandoned", START + timedelta(days=14))


def test_pauses_grow_to_an_hour(ses_verify: SESStub, onboarded: Onboard) -> None:
    """From a minute on, each is twice as long as the one before it."""
    ses_verify.after(hours=5).confirm(DOMAIN)
    onboarded()
    polls = ses_verify.calls.filter("GetIdentityVerificationAttributes")
    minutes = [(later.at - earlier.at) // timedelta(minutes=1) for earlier, later in pairwise(polls)]
    assert minutes == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]


def test_throttled_service_asks_again(ses_verify: SESStub, onboarded: Onboard) -> None:
    """Five attempts are all that botocore makes; a poll that they do not bring through is not the end."""
    ses_verify.add_identity(DOMAIN)
    ses_verify.inject("GetIdentityVerificationAttributes", error_code="Throttling", times=5)
    assert [event.kind for event in onboarded()] == ["registered", "verified"]


@pytest.mark.ses_verify(registration_lag=90)
def test_domain_that_is_not_shown_yet(ses_verify: SESStub, onboarded: Onboard) -> None:
    """SES may leave a domain that was just registered out of its answers."""
    ses_verify.after(minutes=2).confirm(DOMAIN)
    assert [event.kind for event in onboarded()] == ["registered", "verified"]


def test_other_errors_reach_the_caller(ses_verify: SESStub, ses_client: Any) -> None:
    """Missing rights do not come with waiting."""
    ses_verify.inject("VerifyDomainIdentity", error_code="AccessDenied")
    with pytest.raises(ses_client.exceptions.ClientError, match="AccessDenied"):
        onboard(ses_client, DOMAIN, print)
