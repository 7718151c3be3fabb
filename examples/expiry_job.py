"""A nightly job: it finds identities whose verification has failed, and writes to their customers. It registers each
identity again, or deletes it after a month.

A verification link works for 24 hours, and SES searches for a domain's record for 72 hours. Then the identity fails.

The job does not use ses_stub. Its tests, in ``test_expiry_job.py``, do.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

PER_REQUEST = 100
PER_SECOND = 1.0
PATIENCE = timedelta(days=30)
SENDER = "accounts@service.example"


@dataclass(frozen=True)
class Customer:
    """A row of the application's database."""

    identity: str
    contact: str
    since: datetime


@dataclass
class Night:
    """What the job did in one night, for its log."""

    registered_again: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


def run(client: Any, customers: Sequence[Customer], *, sleep: Callable[[float], object] = time.sleep) -> Night:
    """Runs the job once."""
    night = Night()
    for customer in failed(client, customers, sleep):
        if datetime.now(timezone.utc) - customer.since < PATIENCE:
            register(client, customer.identity)
            write(client, customer, "has not been verified in time. Please confirm it: a new link, or record, is due.")
            night.registered_again.append(customer.identity)
        else:
            client.delete_identity(Identity=customer.identity)
            write(client, customer, "has not been verified for a month, and was removed.")
            night.dropped.append(customer.identity)
        sleep(1 / PER_SECOND)
    return night


def failed(client: Any, customers: Sequence[Customer], sleep: Callable[[float], object]) -> Iterator[Customer]:
    """The customers whose identity has failed."""
    for start in range(0, len(customers), PER_REQUEST):
        asked = customers[start : start + PER_REQUEST]
        answer = client.get_identity_verification_attributes(Identities=[customer.identity for customer in asked])
        attributes = answer["VerificationAttributes"]
        for customer in asked:
            if attributes.get(customer.identity, {}).get("VerificationStatus") == "Failed":
                yield customer
        sleep(1 / PER_SECOND)


def register(client: Any, identity: str) -> None:
    """Starts the verification again: SES sends a new link, or looks for the record again."""
    if "@" in identity:
        client.verify_email_identity(EmailAddress=identity)
    else:
        client.verify_domain_identity(Domain=identity)


def write(client: Any, customer: Customer, news: str) -> None:
    """Sends a mail to the customer."""
    client.send_email(
        Source=SENDER,
        Destination={"ToAddresses": [customer.contact]},
        Message={"Subject": {"Data": customer.identity}, "Body": {"Text": {"Data": f"{customer.identity} {news}"}}},
    )
