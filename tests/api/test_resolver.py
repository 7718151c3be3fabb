"""The option ``resolver``: a function of the test in which SES looks up DNS records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import WaiterError
from clients import make_client, names, status

from ses_stub import SESStub, VirtualClock, mock_ses_verify

SITE, USER, MAIL = "example.com", "ann@example.com", "mail.example.com"
LABEL = f"_amazonses.{SITE}"


class Records:
    """The records of an external DNS, whose calls are counted."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], list[str]] = {}
        self.asked: list[tuple[str, str]] = []
        self.trouble: Exception | None = None
        self.before: Callable[[], object] = lambda: None

    def resolve(self, name: str, kind: str) -> list[str]:
        self.asked.append((name, kind))
        self.before()
        if self.trouble is not None:
            raise self.trouble
        return self.values.get((name, kind), [])


@pytest.fixture
def records() -> Records:
    return Records()


@pytest.fixture
def ses(records: Records) -> Iterator[SESStub]:
    with mock_ses_verify(rate=None, clock=VirtualClock(), resolver=records.resolve) as stub:
        yield stub


@pytest.fixture
def client(ses: SESStub) -> Any:
    return make_client()


def register(client: Any, records: Records) -> Callable[[], None]:
    """Registers the domain and returns the records that verify it."""
    token = client.verify_domain_identity(Domain=SITE)["VerificationToken"]
    return lambda: records.values.update({(LABEL, "TXT"): [token]})


def test_found_at_the_next_call(client: Any, records: Records) -> None:
    """A record in the resolver is found at the next call of any operation."""
    publish = register(client, records)
    assert status(client, SITE) == "Pending"
    publish()
    assert status(client, SITE) == "Success"


def test_found_by_a_control(ses: SESStub, client: Any, records: Records) -> None:
    """Reading an identity through the stub finds the record too, and sends the mail about it."""
    register(client, records)()
    assert ses.identity(SITE).status == "Success"
    assert [mail.subject for mail in ses.verification_emails] == ["Amazon SES Domain Verification SUCCESS"]


def test_found_at_registration(client: Any, records: Records) -> None:
    """A record that already exists is found when the domain is registered."""
    publish = register(client, records)
    client.delete_identity(Identity=SITE)
    publish()
    client.verify_domain_identity(Domain=SITE)
    assert status(client, SITE) == "Success"


def test_resolver_finds_dkim_and_mail_from_records(client: Any, records: Records) -> None:
    """The records of DKIM and MAIL FROM are found as well."""
    for token in client.verify_domain_dkim(Domain=SITE)["DkimTokens"]:
        records.values[f"{token}._domainkey.{SITE}", "CNAME"] = [f"{token}.dkim.amazonses.com."]
    assert status(client, SITE) == "Success"
    client.set_identity_mail_from_domain(Identity=SITE, MailFromDomain=MAIL)
    records.values[MAIL, "MX"] = ["10 feedback-smtp.us-east-1.amazonses.com."]
    answer = client.get_identity_mail_from_domain_attributes(Identities=[SITE])["MailFromDomainAttributes"]
    assert answer[SITE]["MailFromDomainStatus"] == "Success"


def test_beside_own_records(ses: SESStub, client: Any, records: Records) -> None:
    """Records that are published in the stub count in addition to the resolver's."""
    client.verify_domain_identity(Domain=SITE)
    ses.publish_txt(SITE)
    assert status(client, SITE) == "Success"
    assert records.values == {}


def test_record_lost_by_the_resolver_is_temporary_failure(ses: SESStub, client: Any, records: Records) -> None:
    """A record that the resolver no longer returns is lost: TemporaryFailure, and Failed after 72 hours."""
    register(client, records)()
    assert status(client, SITE) == "Success"
    records.values.clear()
    assert status(client, SITE) == "TemporaryFailure"
    ses.clock.advance(hours=72)
    assert status(client, SITE) == "Failed"


# When it is asked.


def test_not_for_addresses(client: Any, records: Records) -> None:
    """An address has no records, so the resolver is not asked."""
    client.verify_email_identity(EmailAddress=USER)
    client.get_identity_dkim_attributes(Identities=[USER])
    assert status(client, USER) == "Pending"
    assert records.asked == []


def test_resolver_is_asked_only_for_requested_records(client: Any, records: Records) -> None:
    """The resolver is asked only for the records that SES has requested."""
    client.verify_domain_identity(Domain=SITE)
    assert set(records.asked) == {(LABEL, "TXT"), (SITE, "TXT")}


def test_not_for_the_failed(ses: SESStub, client: Any, records: Records) -> None:
    """The resolver is not asked about a domain that has Failed, and a late record does not verify it."""
    publish = register(client, records)
    ses.clock.advance(hours=72)
    assert status(client, SITE) == "Failed"
    records.asked.clear()
    publish()
    assert status(client, SITE) == "Failed"
    assert records.asked == []


# Time.


@pytest.mark.parametrize(("hour", "after"), [(1, "Success"), (73, "Failed")])
def test_looks_before_time_moves(ses: SESStub, client: Any, records: Records, hour: int, after: str) -> None:
    """A record that existed in time counts, even if the first call comes after the deadline."""
    publish = register(client, records)
    ses.clock.advance(hours=hour)
    publish()
    ses.clock.advance(hours=100)
    assert status(client, SITE) == after


def test_looks_before_a_wait(ses: SESStub, client: Any, records: Records) -> None:
    """SES also looks up records before botocore waits for a retry."""
    publish = register(client, records)
    ses.inject("GetSendQuota", error_code="Throttling")
    client.meta.events.register("needs-retry.ses", lambda **_: publish())
    client.get_send_quota()
    first, again = ses.calls.filter("GetSendQuota")
    assert again.at > first.at
    assert [mail.sent_at for mail in ses.verification_emails] == [first.at]


def test_waiter_succeeds_once_the_resolver_has_the_record(ses: SESStub, client: Any, records: Records) -> None:
    """The waiter identity_exists succeeds as soon as the resolver returns the record."""
    publish = register(client, records)
    waiter = client.get_waiter("identity_exists")
    with pytest.raises(WaiterError, match="Max attempts exceeded"):
        waiter.wait(Identities=[SITE], WaiterConfig={"MaxAttempts": 3})
    polls = len(ses.calls)
    records.before = lambda: publish() if len(ses.calls) == polls + 2 else None
    waiter.wait(Identities=[SITE])
    assert len(ses.calls) == polls + 3


# Resolvers with side effects.


def test_resolver_that_raises(ses: SESStub, client: Any, records: Records) -> None:
    """An exception of the resolver is raised unchanged from the call that caused the look-up; the stub works on."""
    publish = register(client, records)
    records.trouble = trouble = RuntimeError("no such name server")
    for look in (lambda: status(client, SITE), lambda: ses.identity(SITE), lambda: ses.clock.advance(hours=1)):
        with pytest.raises(RuntimeError) as caught:
            look()
        assert caught.value is trouble
    records.trouble = None
    publish()
    assert status(client, SITE) == "Success"


@pytest.mark.parametrize("way", ["client", "stub", "clock"])
def test_resolver_that_uses_the_stub(ses: SESStub, client: Any, records: Records, way: str) -> None:
    """A resolver may call SES, the stub and the clock; those calls cause no further look-up."""
    actions: dict[str, Callable[[], object]] = {
        "client": lambda: status(client, SITE),
        "stub": lambda: ses.identities,
        "clock": lambda: ses.clock.advance(seconds=1),
    }
    publish = register(client, records)
    publish()
    records.asked.clear()
    records.before = actions[way]
    client.get_send_quota()
    assert len(records.asked) == 1
    assert [mail.subject for mail in ses.verification_emails] == ["Amazon SES Domain Verification SUCCESS"]


def test_resolver_that_changes_what_it_is_asked_for(client: Any, records: Records) -> None:
    """A resolver may delete the domain that it is asked about."""
    register(client, records)()
    records.before = lambda: client.delete_identity(Identity=SITE)
    client.get_send_quota()
    assert names(client) == []


def test_resolver_that_registers(client: Any, records: Records) -> None:
    """A domain that a resolver registers is looked up at the next call."""
    register(client, records)
    records.before = lambda: client.verify_domain_identity(Domain="example.org")
    client.get_send_quota()
    records.before = lambda: None
    records.asked.clear()
    assert status(client, "example.org") == "Pending"
    assert ("_amazonses.example.org", "TXT") in records.asked
