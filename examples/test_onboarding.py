"""Tests of an application that waits for a new customer's domain: ``pytest examples/test_onboarding.py``."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ses_stub import SESStub

DOMAIN = "customer.example"


# The application. It knows nothing of ses_stub.


class NotVerified(Exception):
    """The domain's owner did not publish the record in time."""


def wait_until_verified(
    client: Any, domain: str, *, every: float = 60, sleep: Callable[[float], object] = time.sleep
) -> datetime:
    """Polls until the domain is verified; returns when that was."""
    while True:
        answer = client.get_identity_verification_attributes(Identities=[domain])
        status = answer["VerificationAttributes"][domain]["VerificationStatus"]
        if status == "Success":
            return datetime.now(timezone.utc)
        if status == "Failed":
            raise NotVerified(domain)
        sleep(every)


# Its tests.


def test_a_verified_domain_needs_no_waiting(ses_verify: SESStub, ses_client: Any) -> None:
    """One call, and no sleep."""
    ses_verify.add_identity(DOMAIN)
    wait_until_verified(ses_client, DOMAIN, sleep=lambda seconds: pytest.fail(f"slept {seconds} s"))
    assert [call.operation for call in ses_verify.calls] == ["GetIdentityVerificationAttributes"]


@pytest.mark.ses_verify(freeze="2026-03-01T09:00", auto_verify=timedelta(hours=5))
def test_the_owner_takes_five_hours(ses_verify: SESStub, ses_client: Any) -> None:
    """The application sees Success at the first poll after the record is there."""
    ses_client.verify_domain_identity(Domain=DOMAIN)
    done = wait_until_verified(ses_client, DOMAIN, every=1800, sleep=ses_verify.clock.sleep)
    assert done == datetime(2026, 3, 1, 14, 0, tzinfo=timezone.utc)


@pytest.mark.ses_verify(freeze="2026-03-01T09:00")
def test_a_domain_expires_after_72_hours(ses_verify: SESStub, ses_client: Any) -> None:
    """Without the record, the application gives up three days later."""
    ses_client.verify_domain_identity(Domain=DOMAIN)
    with pytest.raises(NotVerified):
        wait_until_verified(ses_client, DOMAIN, every=3600, sleep=ses_verify.clock.sleep)
    assert datetime.now(timezone.utc) == datetime(2026, 3, 4, 9, 0, tzinfo=timezone.utc)


def test_polling_keeps_to_the_rate(ses_verify: SESStub, ses_client: Any) -> None:
    """SES answers one request per second; the application asks for less."""
    ses_client.verify_domain_identity(Domain=DOMAIN)
    with pytest.raises(NotVerified):
        wait_until_verified(ses_client, DOMAIN, every=600, sleep=ses_verify.clock.sleep)
    ses_verify.assert_max_rate(1.0)
    assert ses_verify.report().throttled == 0


def test_an_error_reaches_the_caller(ses_verify: SESStub, ses_client: Any) -> None:
    """An error of AWS is not swallowed."""
    ses_verify.inject("GetIdentityVerificationAttributes", error_code="AccessDenied")
    with pytest.raises(ses_client.exceptions.ClientError, match="AccessDenied"):
        wait_until_verified(ses_client, DOMAIN)
