"""An account's sending quota and what it has sent, in both APIs."""

from __future__ import annotations

from typing import Any

import pytest
from clients import answered, make_client
from fidelity import aws

from ses_stub import SESStub, VirtualClock


def stub(**options: Any) -> tuple[SESStub, Any, Any]:
    """A stub with a client of each API."""
    ses = SESStub(region="us-east-1", clock=VirtualClock(), rate=None, identities=["example.com"], **options)
    return ses, ses.attach(make_client()), ses.attach(make_client("sesv2"))


def send(client: Any, *to: str) -> None:
    client.send_email(
        Source="ann@example.com",
        Destination={"ToAddresses": list(to)},
        Message={"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "World"}}},
    )


@aws("documented", "guide, Service quotas: the sandbox; production's numbers are those many accounts begin with")
@pytest.mark.parametrize(("production", "day", "second"), [(True, 50_000.0, 14.0), (False, 200.0, 1.0)])
def test_send_quota_is_that_of_production_or_sandbox(production: bool, day: float, second: float) -> None:
    """GetSendQuota, and GetAccount of v2, show the quota of production or of the sandbox."""
    _, v1, v2 = stub(production_access=production)
    quota = {"Max24HourSend": day, "MaxSendRate": second, "SentLast24Hours": 0.0}
    assert answered(v1.get_send_quota()) == quota
    account = v2.get_account()
    assert account["SendQuota"] == quota
    assert account["ProductionAccessEnabled"] is production
    assert (account["EnforcementStatus"], account["SendingEnabled"]) == ("HEALTHY", True)


@aws("documented", "guide, Sending quotas: recipients, of the last 24 hours, without the mailbox simulator")
def test_each_recipient_counts_for_24_hours() -> None:
    """Every recipient counts for 24 hours, except the mailbox simulator."""
    ses, v1, v2 = stub()

    def sent() -> float:
        count: float = v1.get_send_quota()["SentLast24Hours"]
        assert v2.get_account()["SendQuota"]["SentLast24Hours"] == count
        return count

    send(v1, "a@example.org", "b@example.org", "success@simulator.amazonses.com")
    ses.clock.advance(hours=23)
    send(v1, "a@example.org")
    assert sent() == 3
    ses.clock.advance(hours=1)
    assert sent() == 1
    ses.clock.advance(hours=23)
    assert sent() == 0


@aws("documented", "reference, UpdateAccountSendingEnabled and PutAccountSendingAttributes")
def test_account_sending_can_be_paused_and_resumed() -> None:
    """UpdateAccountSendingEnabled, or PutAccountSendingAttributes of v2, pauses an account's sending."""
    _, v1, v2 = stub()
    assert answered(v1.get_account_sending_enabled()) == {"Enabled": True}
    v1.update_account_sending_enabled(Enabled=False)
    assert v2.get_account()["SendingEnabled"] is False
    v2.put_account_sending_attributes(SendingEnabled=True)
    assert answered(v1.get_account_sending_enabled()) == {"Enabled": True}


@aws("reported", "floci, as probed")
def test_pause_by_saying_nothing() -> None:
    """Without the parameter, sending is paused."""
    _, v1, v2 = stub()
    v1.update_account_sending_enabled()
    assert v1.get_account_sending_enabled()["Enabled"] is False
    v1.update_account_sending_enabled(Enabled=True)
    v2.put_account_sending_attributes()
    assert v1.get_account_sending_enabled()["Enabled"] is False


def test_each_region_has_its_own_account_settings() -> None:
    """Each region has its own account settings."""
    ses, v1, _ = stub()
    v1.update_account_sending_enabled(Enabled=False)
    west = ses.attach(make_client(region="eu-west-1"))
    assert west.get_account_sending_enabled()["Enabled"] is True
