"""The life of identities in one run: without real time, and the same in every run."""

from __future__ import annotations

import functools
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import WaiterError
from repeat import times

from ses_stub import VirtualClock, mock_ses_verify
from ses_stub._service.calls import Calls

MODES = ["legacy", "standard", "adaptive"]
USER, SITE = "ann@example.com", "example.com"


@functools.cache
def client_of(mode: str) -> Any:
    """A client that all runs share; nothing of one run may reach the next."""
    config = Config(retries={"mode": mode})
    with mock_ses_verify():
        return botocore.session.Session().create_client("ses", region_name="us-east-1", config=config)


def run(mode: str) -> Calls:
    """A domain's 72 hours, an expired link, new requests, a waiter with and without success, 200 throttled calls."""
    with mock_ses_verify(clock=VirtualClock()) as ses:
        client = client_of(mode)
        waiter = client.get_waiter("identity_exists")

        def status(name: str) -> str:
            answer = client.get_identity_verification_attributes(Identities=[name])
            found: str = answer["VerificationAttributes"][name]["VerificationStatus"]
            return found

        client.verify_domain_identity(Domain=SITE)
        client.verify_email_identity(EmailAddress=USER)
        for _ in range(3):
            assert status(SITE) == "Pending"
            ses.clock.advance(hours=8)
        assert "expired" in ses.click_verification_link(USER)
        assert status(USER) == "Failed"
        for _ in range(2):
            assert status(SITE) == "Pending"
            ses.clock.advance(hours=24)
        assert status(SITE) == "Failed"

        client.verify_domain_identity(Domain=SITE)
        assert status(SITE) == "Pending"
        ses.after(seconds=20).confirm(SITE)
        waiter.wait(Identities=[SITE])
        assert status(SITE) == "Success"
        client.verify_email_identity(EmailAddress=USER)
        with pytest.raises(WaiterError, match="Max attempts exceeded"):
            waiter.wait(Identities=[USER])
        assert "Congratulations" in ses.click_verification_link(USER)

        for _ in range(200):
            assert status(USER) == "Success"
        return ses.calls


@pytest.mark.parametrize("mode", MODES)
def test_scenario_repeats_with_the_same_calls(mode: str) -> None:
    """Each run makes the same calls at the same times."""
    first = run(mode)
    assert len(first.throttled) >= 10
    assert len(first.filter(answered=True)) > 230
    assert (first[-1].at - first[0].at).days >= 3
    for _ in range(times(1)):
        assert run(mode) == first
