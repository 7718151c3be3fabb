"""Tests of ``expiry_job.py``: ``pytest examples/test_expiry_job.py``. freezegun holds the time, and the stub
follows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from expiry_job import SENDER, Customer, Night, run
from freezegun import freeze_time

from ses_stub import SESStub

EVENING = datetime(2026, 3, 1, 21, 0, tzinfo=timezone.utc)
NIGHT = datetime(2026, 3, 2, 2, 0, tzinfo=timezone.utc)
ANN = Customer("ann@customer.example", "ann@home.example", EVENING)
SHOP = Customer("shop.example", "owner@home.example", EVENING)

Job = Callable[[int], Night]


@pytest.fixture
def job(ses_verify: SESStub, ses_client: Any) -> Iterator[Job]:
    """Two customers sign up in the evening; the job runs at two o'clock, in the night of the given number."""
    with freeze_time(EVENING) as frozen:
        ses_verify.add_identity(SENDER)
        ses_client.verify_email_identity(EmailAddress=ANN.identity)
        ses_client.verify_domain_identity(Domain=SHOP.identity)

        def run_in_night(number: int) -> Night:
            frozen.move_to(NIGHT + timedelta(days=number))
            return run(ses_client, [ANN, SHOP], sleep=ses_verify.clock.sleep)

        yield run_in_night


def test_nothing_to_do_in_the_first_night(job: Job, ses_verify: SESStub) -> None:
    """The link still works after five hours: the job does nothing, and sends no mail."""
    assert job(0) == Night()
    assert ses_verify.sent_emails == []


def test_customer_gets_a_new_link_after_24_hours(job: Job, ses_verify: SESStub) -> None:
    """The job registers the address again, and writes to the customer."""
    assert job(1) == Night(registered_again=[ANN.identity])
    assert ses_verify.identity(ANN.identity).status == "Pending"
    assert [mail.to for mail in ses_verify.verification_emails if mail.link] == [ANN.identity] * 2
    (mail,) = ses_verify.sent_emails
    assert (mail.to, mail.subject) == ((ANN.contact,), ANN.identity)


def test_nothing_to_do_once_the_new_link_is_clicked(job: Job, ses_verify: SESStub) -> None:
    """The job leaves verified identities alone."""
    job(1)
    ses_verify.click_verification_link(ANN.identity)
    assert job(2) == Night()
    assert ses_verify.identity(ANN.identity).status == "Success"


def test_domain_fails_after_72_hours(job: Job, ses_verify: SESStub) -> None:
    """The record is not published in time. The job registers the domain again, and SES finds the record."""
    ses_verify.click_verification_link(ANN.identity)
    assert [job(number).registered_again for number in range(4)] == [[], [], [], [SHOP.identity]]
    ses_verify.publish_txt(SHOP.identity)
    assert job(4) == Night()
    assert ses_verify.identity(SHOP.identity).status == "Success"


def test_identities_are_deleted_after_a_month(job: Job, ses_verify: SESStub) -> None:
    """At the first failure after thirty days the job deletes an identity, and sends a last mail."""
    nights = [job(number) for number in range(40)]
    dropped = {name: number for number, night in enumerate(nights) for name in night.dropped}
    assert dropped == {ANN.identity: 30, SHOP.identity: 31}
    assert list(ses_verify.identities) == [SENDER]
    assert [mail.text for mail in ses_verify.sent_emails[-2:]] == [
        "ann@customer.example has not been verified for a month, and was removed.",
        "shop.example has not been verified for a month, and was removed.",
    ]


def test_250_customers_need_three_requests(ses_verify: SESStub, ses_client: Any) -> None:
    """A request takes 100 identities, and no operation is called more than once a second."""
    ses_verify.add_identity(SENDER)
    names = [f"user{number}@customer.example" for number in range(250)]
    for name in names:
        ses_verify.add_identity(name, "Failed")
    customers = [Customer(name, "owner@home.example", ses_verify.clock.now()) for name in names]
    assert run(ses_client, customers, sleep=ses_verify.clock.sleep).registered_again == names
    assert ses_verify.calls.count("GetIdentityVerificationAttributes") == 3
    ses_verify.assert_max_rate(1.0)
