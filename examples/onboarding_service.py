"""Onboards the domain of a new customer: registers it with Amazon SES, tells what to publish, and waits until it is
verified. It starts again when SES has given the domain up, and gives up itself after two weeks.

It knows nothing of ses_stub. Its tests are in ``test_onboarding_service.py``.
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
    """What the customer is to publish in the domain's DNS."""

    name: str
    type: str
    value: str


@dataclass(frozen=True)
class Event:
    """What has become of a domain. Whoever is told mails the customer, or writes it to the database."""

    kind: Literal["registered", "restarted", "verified", "abandoned"]
    domain: str
    at: datetime
    records: tuple[Record, ...] = ()


def onboard(
    client: Any,
    domain: str,
    tell: Callable[[Event], object],
    *,
    patience: timedelta = PATIENCE,
    sleep: Callable[[float], object] = time.sleep,
) -> bool:
    """Registers a domain and waits for its owner; whether it was verified in time."""
    deadline = now() + patience
    tell(Event("registered", domain, now(), register(client, domain)))
    pause = FIRST_PAUSE
    while now() < deadline:
        status = status_of(client, domain)
        if status == "Success":
            tell(Event("verified", domain, now()))
            return True
        if status == "Failed":
            tell(Event("restarted", domain, now(), register(client, domain)))
            pause = FIRST_PAUSE
        sleep(min(pause, deadline - now()).total_seconds())
        pause = min(2 * pause, LONGEST_PAUSE)
    tell(Event("abandoned", domain, now()))
    return False


def register(client: Any, domain: str) -> tuple[Record, ...]:
    """Asks SES to verify a domain and to sign its mails; once more does no harm."""
    token = client.verify_domain_identity(Domain=domain)["VerificationToken"]
    keys = client.verify_domain_dkim(Domain=domain)["DkimTokens"]
    return (
        Record(f"_amazonses.{domain}", "TXT", token),
        *(Record(f"{key}._domainkey.{domain}", "CNAME", f"{key}.dkim.amazonses.com") for key in keys),
    )


def status_of(client: Any, domain: str) -> str:
    """What SES says; ``Pending`` if it has no time to answer, or does not show the domain yet."""
    try:
        answer = client.get_identity_verification_attributes(Identities=[domain])
    except ClientError as error:
        # SES takes one such request per second of the whole account, and botocore has retried: later, then.
        if error.response["Error"]["Code"] != "Throttling":
            raise
        return "Pending"
    return str(answer["VerificationAttributes"].get(domain, {}).get("VerificationStatus", "Pending"))


def now() -> datetime:
    """The time, which a test may freeze."""
    return datetime.now(timezone.utc)
