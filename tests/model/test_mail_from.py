"""A custom MAIL FROM domain: which identities may have one, its MX record, and how it affects sending."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from clients import make_client, shared_client
from fidelity import aws

from ses_stub import SESStub, VirtualClock, mock_ses_verify

SITE, USER, MAIL = "example.com", "ann@example.com", "mail.example.com"
MX = "10 feedback-smtp.us-east-1.amazonses.com"


@pytest.fixture
def ses() -> Iterator[SESStub]:
    with mock_ses_verify(rate=None, clock=VirtualClock(), identities=[SITE], production_access=True) as stub:
        yield stub


@pytest.fixture
def client(ses: SESStub) -> Any:
    return shared_client()


def ask(client: Any, mail_from: str = MAIL, identity: str = SITE, **behavior: str) -> None:
    client.set_identity_mail_from_domain(Identity=identity, MailFromDomain=mail_from, **behavior)


def attributes(client: Any, name: str = SITE) -> Any:
    answer = client.get_identity_mail_from_domain_attributes(Identities=[name])
    return answer["MailFromDomainAttributes"][name]


def how_far(client: Any, name: str = SITE) -> str | None:
    found: str | None = attributes(client, name).get("MailFromDomainStatus")
    return found


# Requesting it.


@aws("documented", "Reference, IdentityMailFromDomainAttributes")
@pytest.mark.parametrize("behavior", ["UseDefaultValue", "RejectMessage"])
def test_requested_mail_from_domain_starts_as_pending(client: Any, behavior: str) -> None:
    """A MAIL FROM domain is Pending at first, with the requested behavior for a missing MX record."""
    ask(client, BehaviorOnMXFailure=behavior)
    expected = {"MailFromDomain": MAIL, "MailFromDomainStatus": "Pending", "BehaviorOnMXFailure": behavior}
    assert attributes(client) == expected


@aws("reported", "floci pull request 1273, probed for v2: domain and status are left out")
def test_identity_without_mail_from_shows_only_the_default(client: Any) -> None:
    """An identity without a MAIL FROM domain shows only the default behavior."""
    assert attributes(client) == {"BehaviorOnMXFailure": "UseDefaultValue"}


@aws("documented", "Reference, GetIdentityMailFromDomainAttributes")
def test_mail_from_attributes_omit_unknown_identities(client: Any) -> None:
    """GetIdentityMailFromDomainAttributes omits unknown identities."""
    answer = client.get_identity_mail_from_domain_attributes(Identities=["ghost.example", SITE])
    assert list(answer["MailFromDomainAttributes"]) == [SITE]


def errors() -> list[Any]:
    enum = (
        "1 validation error detected: Value '{}' at 'behaviorOnMXFailure' failed to satisfy constraint:"
        " Member must satisfy enum value set: [RejectMessage, UseDefaultValue]"
    )
    unknown = "Identity <ghost.example> does not exist."
    below = "Provided MAIL-FROM domain <{}> is not subdomain of the domain of the identity <{}>."
    unverified = "Provided MAIL-FROM domain <{0}> or its parents are not verified for identity <{1}>."
    wrong = {"BehaviorOnMXFailure": "Reject"}
    invalid = "InvalidParameterValue"
    return [
        pytest.param(SITE, MAIL, wrong, "ValidationError", enum.format("Reject"), id="behaviour"),
        pytest.param("ghost.example", MAIL, wrong, "ValidationError", enum.format("Reject"), id="behaviour-first"),
        pytest.param("ghost.example", "m.ghost.example", {}, invalid, unknown, id="unknown"),
        pytest.param("ghost.example", MAIL, {}, invalid, unknown, id="unknown-before-no-subdomain"),
        pytest.param("ghost.example", "", {}, invalid, unknown, id="nothing-to-take-away"),
        pytest.param(SITE, SITE, {}, invalid, below.format(SITE, SITE), id="the-domain-itself"),
        pytest.param(SITE, "mailexample.com", {}, invalid, below.format("mailexample.com", SITE), id="only-ends-alike"),
        pytest.param("new.example", MAIL, {}, invalid, below.format(MAIL, "new.example"), id="no-subdomain-first"),
        pytest.param(
            "new.example", "m.new.example", {}, invalid, unverified.format("m.new.example", "new.example"), id="failed"
        ),
        pytest.param(
            "bob@new.example",
            "m.new.example",
            {},
            invalid,
            unverified.format("m.new.example", "bob@new.example"),
            id="failed-address",
        ),
    ]


@aws("recorded", "terraform-provider-aws, ses/domain_mail_from_test.go, and aws-cdk, integ.email-identity.ts")
@pytest.mark.parametrize("status", ["Pending", "Success", "TemporaryFailure"])
@pytest.mark.parametrize("name", ["new.example", "bob@new.example"])
def test_mail_from_domain_does_not_need_a_verified_identity(ses: SESStub, client: Any, name: str, status: str) -> None:
    """An identity may have a MAIL FROM domain before it is verified, and while its record is missing."""
    ses.add_identity(name, status)
    ask(client, "m.new.example", name)
    assert how_far(client, name) == "Pending"
    ses.publish_mail_from(name)
    assert how_far(client, name) == "Success"


@aws(
    "recorded, reported, unverified",
    "Hubs-Foundation/hubs issue 5022 for the last text, not for when it comes; floci for unknown; the rest like them",
    question="mail-from-elsewhere",
)
@pytest.mark.parametrize(("identity", "mail_from", "behavior", "code", "message"), errors())
def test_errors_come_in_order(
    ses: SESStub, client: Any, identity: str, mail_from: str, behavior: dict[str, str], code: str, message: str
) -> None:
    """SetIdentityMailFromDomain checks the behavior, the identity, the subdomain, and that SES still verifies it."""
    for name in ("new.example", "bob@new.example"):
        ses.add_identity(name, "Failed")
    with pytest.raises(ClientError) as caught:
        ask(client, mail_from, identity, **behavior)
    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == (code, message)
    assert how_far(client) is None


@aws("documented", 'Guide, mail-from: "for an entire domain, or for individual email addresses"')
@pytest.mark.parametrize("verified", [USER, SITE])
def test_address_has_its_own_mail_from_domain(ses: SESStub, client: Any, verified: str) -> None:
    """An address may have its own MAIL FROM domain below its domain, even if one of the two has failed."""
    for name in (SITE, USER):
        ses.add_identity(name, "Success" if name == verified else "Failed")
    ask(client, MAIL, USER)
    ses.publish_mail_from(USER)
    assert (how_far(client, USER), how_far(client)) == ("Success", None)


def test_case_of_the_domain(client: Any) -> None:
    """A MAIL FROM domain is kept in lower case."""
    ask(client, "Mail.EXAMPLE.com", "Example.com")
    assert attributes(client)["MailFromDomain"] == MAIL


# Its MX record.


@aws("documented", 'Guide, mail-from: "you must publish exactly one MX record"')
@pytest.mark.parametrize(
    ("records", "after"),
    [
        ([MX], "Success"),
        ([f"10 {MX[3:].upper()}."], "Success"),
        (["20 feedback-smtp.us-east-1.amazonses.com"], "Success"),
        (["10 feedback-smtp.eu-west-1.amazonses.com"], "Pending"),
        ([MX, "20 mx.example.com"], "Pending"),
        ([MX, "20 feedback-smtp.us-east-1.amazonses.com"], "Pending"),
        ([""], "Pending"),
        ([], "Pending"),
    ],
    ids=["it", "case-and-dot", "preference", "other-region", "one-beside", "twice", "empty", "none"],
)
def test_only_the_one_mx_record_counts(ses: SESStub, client: Any, records: list[str], after: str) -> None:
    """The MAIL FROM domain has exactly one MX record, which names the host of the region; SPF is not checked."""
    for record in records:
        ses.dns.add(MAIL, "MX", record)
    ask(client)
    assert how_far(client) == after


@aws("documented", "Guide, mail-from: exactly one MX record")
def test_second_mx_record_breaks_mail_from_until_removed(ses: SESStub, client: Any) -> None:
    """A second MX record breaks the setup; removing it repairs the setup."""
    ask(client)
    ses.publish_mail_from(SITE)
    ses.dns.add(MAIL, "MX", "20 mx.example.com")
    assert how_far(client) == "TemporaryFailure"
    ses.dns.remove(MAIL, "MX", "20 mx.example.com")
    assert how_far(client) == "Success"


@aws("documented", 'Guide, mail-from: "attempts to detect the required MX record for 72 hours"')
@pytest.mark.parametrize(("hours", "after"), [(71.999, "Success"), (72, "Failed"), (100, "Failed")])
def test_mail_from_fails_after_72_hours(ses: SESStub, client: Any, hours: float, after: str) -> None:
    """The setup fails after 72 hours; a later record does not help."""
    ask(client)
    ses.clock.advance(hours=hours)
    ses.publish_mail_from(SITE)
    assert how_far(client) == after


@aws("documented", "Guide, mail-from, table of states")
@pytest.mark.parametrize(("hours", "after"), [(71, "Success"), (72, "Failed")])
def test_lost_mx_record_is_temporary_failure(ses: SESStub, client: Any, hours: int, after: str) -> None:
    """A record that vanishes is searched for 72 hours: TemporaryFailure, then Success or Failed."""
    ask(client)
    ses.publish_mail_from(SITE)
    ses.clock.advance(days=30)
    ses.remove_mail_from(SITE)
    assert how_far(client) == "TemporaryFailure"
    ses.clock.advance(hours=hours)
    ses.publish_mail_from(SITE)
    assert how_far(client) == after


@aws("documented", 'Guide, mail-from: "you have to restart the setup process"')
def test_request_restarts_what_has_failed(ses: SESStub, client: Any) -> None:
    """A new request restarts a failed setup, and keeps a successful one."""
    ask(client)
    ses.clock.advance(hours=72)
    assert how_far(client) == "Failed"
    ask(client)
    assert how_far(client) == "Pending"
    ses.publish_mail_from(SITE)
    ask(client, BehaviorOnMXFailure="RejectMessage")
    assert (how_far(client), attributes(client)["BehaviorOnMXFailure"]) == ("Success", "RejectMessage")


def test_mx_record_published_before_the_request_is_found(ses: SESStub, client: Any) -> None:
    """A record that is published before the request is found immediately."""
    ses.dns.add(MAIL, "MX", MX)
    ask(client)
    assert how_far(client) == "Success"


def test_changed_mail_from_domain_starts_again_as_pending(ses: SESStub, client: Any) -> None:
    """Another MAIL FROM domain starts as Pending; the old one's records no longer count."""
    ask(client)
    ses.publish_mail_from(SITE)
    ask(client, "post.example.com")
    assert how_far(client) == "Pending"
    ses.dns.remove(MAIL, "MX")
    assert how_far(client) == "Pending"
    ses.publish_mail_from(SITE)
    assert how_far(client) == "Success"


@aws("documented", 'Reference, SetIdentityMailFromDomain: "a value of null disables"')
@pytest.mark.parametrize("nothing", [{}, {"MailFromDomain": ""}], ids=["left-out", "empty"])
def test_request_without_a_domain_removes_mail_from(ses: SESStub, client: Any, nothing: dict[str, str]) -> None:
    """A request without a domain removes the setup, including its behavior."""
    ask(client, BehaviorOnMXFailure="RejectMessage")
    client.set_identity_mail_from_domain(Identity=SITE, BehaviorOnMXFailure="RejectMessage", **nothing)
    assert attributes(client) == {"BehaviorOnMXFailure": "UseDefaultValue"}
    ses.clock.advance(hours=100)
    assert how_far(client) is None


def test_deleting_the_identity_removes_its_mail_from(ses: SESStub, client: Any) -> None:
    """Deleting the identity removes its MAIL FROM domain."""
    ask(client)
    client.delete_identity(Identity=SITE)
    ses.dns.add(MAIL, "MX", MX)
    ses.add_identity(SITE)
    assert attributes(client) == {"BehaviorOnMXFailure": "UseDefaultValue"}


@pytest.mark.parametrize(
    ("auto_verify", "soon", "later"),
    [(True, "Success", "Success"), (timedelta(hours=5), "Pending", "Success")],
    ids=["at-once", "after-5-hours"],
)
def test_auto_verify_publishes_the_mail_from_records(auto_verify: bool | timedelta, soon: str, later: str) -> None:
    """The option ``auto_verify`` also publishes the records of a MAIL FROM domain."""
    with mock_ses_verify(rate=None, clock=VirtualClock(), auto_verify=auto_verify, identities=[SITE]) as ses:
        client = make_client()
        ask(client)
        assert how_far(client) == soon
        ses.clock.advance(hours=5)
        assert how_far(client) == later


# Sending.


def by_v1(source: str) -> None:
    body = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}}
    make_client().send_email(Source=source, Destination={"ToAddresses": ["bob@example.org"]}, Message=body)


def by_v2(source: str) -> None:
    body = {"Simple": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}}}
    make_client("sesv2").send_email(
        FromEmailAddress=source, Destination={"ToAddresses": ["bob@example.org"]}, Content=body
    )


@aws("documented", "Reference, IdentityMailFromDomainAttributes: Pending, Failed and TemporaryFailure reject")
@pytest.mark.parametrize("send", [by_v1, by_v2])
def test_reject_message_blocks_sending(ses: SESStub, client: Any, send: Callable[[str], None]) -> None:
    """With RejectMessage, sending is refused while the MAIL FROM domain is Pending, TemporaryFailure or Failed."""
    rejected = pytest.raises(ClientError, match="MailFromDomainNotVerified")
    ask(client, BehaviorOnMXFailure="RejectMessage")
    with rejected:
        send(USER)
    ses.publish_mail_from(SITE)
    send(USER)
    ses.remove_mail_from(SITE)
    for expected in ("TemporaryFailure", "Failed"):
        assert how_far(client) == expected
        with rejected:
            send(USER)
        ses.clock.advance(hours=72)
    assert len(ses.sent_emails) == 1


@aws("documented", "Reference, IdentityMailFromDomainAttributes: SES uses its own domain meanwhile")
@pytest.mark.parametrize("send", [by_v1, by_v2])
def test_use_default_value(ses: SESStub, client: Any, send: Callable[[str], None]) -> None:
    """With UseDefaultValue, mails are sent whatever the status of the MAIL FROM domain."""
    ask(client, BehaviorOnMXFailure="UseDefaultValue")
    send(USER)
    ses.clock.advance(hours=72)
    assert how_far(client) == "Failed"
    send(USER)
    assert len(ses.sent_emails) == 2
