"""Onboards the domain of a new customer: registers it with Amazon SES, reports what to publish, and waits until it is
verified. It starts again when the verification has failed, and gives up after two weeks.

The service does not use ses_stub. Its tests, in ``test_onboarding_service.py``, do.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Literal

from botocore.exceptions import ClientError

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
PATIENCE = timedelta(days=14)


@dataclass(frozen=True)
class Record:
    """A record that the customer has to publish in the domain's DNS."""

    name: str
    type: str
    value: str


@dataclass(frozen=True)
class Event:
    """A change of a domain's onboarding. The receiver writes a mail to the customer, or a row to the database."""

    kind: Literal["registered", "restarted", "verified", "abandoned"]
    domain: str
    at: datetime
    records: tuple[Record, ...] = ()


def onboard(
    client: Any,
    domain: str,
    report: Callable[[Event], object],
    *,
    patience: timedelta = PATIENCE,
    sleep: Callable[[float], object] = time.sleep,
) -> bool:
    """Registers a domain and waits; returns whether it was verified in time."""
    deadline = now() + patience
    report(Event("registered", domain, now(), register(client, domain)))
    pause = FIRST_PAUSE
    while now() < deadline:
        status = status_of(client, domain)
        if status == "Success":
            report(Event("verified", domain, now()))
            return True
        if status == "Failed":
            report(Event("restarted", domain, now(), register(client, domain)))
            pause = FIRST_PAUSE
        sleep(min(pause, deadline - now()).total_seconds())
        pause = min(2 * pause, LONGEST_PAUSE)
    report(Event("abandoned", domain, now()))
    return False


def register(client: Any, domain: str) -> tuple[Record, ...]:
    """Requests verification and DKIM for a domain; a second request changes nothing while the first is pending."""
    # Where this runs all regions share one host of keys; some others have their own (AWS General Reference).
    token = client.verify_domain_identity(Domain=domain)["VerificationToken"]
    keys = client.verify_domain_dkim(Domain=domain)["DkimTokens"]
    return (
        Record(f"_amazonses.{domain}", "TXT", token),
        *(Record(f"{key}._domainkey.{domain}", "CNAME", f"{key}.dkim.amazonses.com") for key in keys),
    )


def status_of(client: Any, domain: str) -> str:
    """The status of a domain; ``Pending`` also if the call is throttled, or SES does not show the domain yet."""
    try:
        answer = client.get_identity_verification_attributes(Identities=[domain])
    except ClientError as error:
        # The whole account may make one such request a second, and botocore has retried: the next poll will do.
        if error.response["Error"]["Code"] != "Throttling":
            raise
        return "Pending"
    return str(answer["VerificationAttributes"].get(domain, {}).get("VerificationStatus", "Pending"))


def now() -> datetime:
    """The time, which a test may freeze."""
    return datetime.now(timezone.utc)
