"""Tests of ``expiry_job.py``: ``pytest examples/test_expiry_job.py``. Time is freezegun's, and the stub goes by it."""

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


def test_first_night(job: Job, ses_verify: SESStub) -> None:
    """The link still works after five hours: nothing is done, and nobody is written to."""
    assert job(0) == Night()
    assert ses_verify.sent_emails == []


def test_link_has_expired(job: Job, ses_verify: SESStub) -> None:
    """Ann had a day. She is written to, and gets a new link."""
    assert job(1) == Night(registered_again=[ANN.identity])
    assert ses_verify.identity(ANN.identity).status == "Pending"
    assert [mail.to for mail in ses_verify.verification_emails if mail.link] == [ANN.identity] * 2
    (told,) = ses_verify.sent_emails
    assert (told.to, told.subject) == ((ANN.contact,), ANN.identity)


def test_new_link_is_clicked(job: Job, ses_verify: SESStub) -> None:
    """After that the job has nothing to do with her."""
    job(1)
    ses_verify.click_verification_link(ANN.identity)
    assert job(2) == Night()
    assert ses_verify.identity(ANN.identity).status == "Success"


def test_domain_has_three_days(job: Job, ses_verify: SESStub) -> None:
    """The shop's record is not there after 72 hours. SES looks for it again."""
    ses_verify.click_verification_link(ANN.identity)
    assert [job(number).registered_again for number in range(4)] == [[], [], [], [SHOP.identity]]
    ses_verify.publish_txt(SHOP.identity)
    assert job(4) == Night()
    assert ses_verify.identity(SHOP.identity).status == "Success"


def test_month_is_over(job: Job, ses_verify: SESStub) -> None:
    """Who never confirms is dropped at the first failure after thirty days, and told so last."""
    nights = [job(number) for number in range(40)]
    dropped = {name: number for number, night in enumerate(nights) for name in night.dropped}
    assert dropped == {ANN.identity: 30, SHOP.identity: 31}
    assert list(ses_verify.identities) == [SENDER]
    assert [mail.text for mail in ses_verify.sent_emails[-2:]] == [
        "ann@customer.example has not been verified for a month, and was removed.",
        "shop.example has not been verified for a month, and was removed.",
    ]


def test_many_customers(ses_verify: SESStub, ses_client: Any) -> None:
    """250 are asked for in three requests, and nothing is called more than once a second."""
    ses_verify.add_identity(SENDER)
    names = [f"user{number}@customer.example" for number in range(250)]
    for name in names:
        ses_verify.add_identity(name, "Failed")
    customers = [Customer(name, "owner@home.example", ses_verify.clock.now()) for name in names]
    assert run(ses_client, customers, sleep=ses_verify.clock.sleep).registered_again == names
    assert ses_verify.calls.count("GetIdentityVerificationAttributes") == 3
    ses_verify.assert_max_rate(1.0)
