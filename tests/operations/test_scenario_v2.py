"""A domain from its registration by v2, over Route 53 and v1's waiter, to its first mails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import ses_stub.dns
from ses_stub import SESStub, mock_ses_verify

moto = pytest.importorskip("moto")

SITE, SENDER, FRIEND = "example.com", "ann@example.com", "bob@example.org"
CONTENT: dict[str, Any] = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}}


def send_by_v1() -> str:
    answer = boto3.client("ses", region_name="us-east-1").send_email(
        Source=SENDER, Destination={"ToAddresses": [FRIEND]}, Message=CONTENT
    )
    message_id: str = answer["MessageId"]
    return message_id


def send_by_v2() -> str:
    answer = boto3.client("sesv2", region_name="us-east-1").send_email(
        FromEmailAddress=SENDER, Destination={"ToAddresses": [FRIEND]}, Content={"Simple": CONTENT}
    )
    message_id: str = answer["MessageId"]
    return message_id


def assert_rejected(send: Callable[[], str]) -> None:
    with pytest.raises(ClientError) as caught:
        send()
    error = caught.value.response["Error"]
    assert error["Code"] == "MessageRejected"
    assert error["Message"] == (
        f"Email address is not verified. The following identities failed the check in region US-EAST-1: {SENDER}"
    )


def set_up() -> None:
    """The code under test: registers the domain, writes the requested records, waits, and reports success."""
    v2 = boto3.client("sesv2", region_name="us-east-1")
    dkim = v2.create_email_identity(EmailIdentity=SITE)["DkimAttributes"]
    route53 = boto3.client("route53", region_name="us-east-1")
    zone = route53.create_hosted_zone(Name=SITE, CallerReference="set up")["HostedZone"]["Id"]
    changes = [
        {
            "Action": "UPSERT",
            "ResourceRecordSet": {
                "Name": f"{token}._domainkey.{SITE}",
                "Type": "CNAME",
                "TTL": 300,
                "ResourceRecords": [{"Value": f"{token}.{dkim.get('SigningHostedZone', 'dkim.amazonses.com')}"}],
            },
        }
        for token in dkim["Tokens"]
    ]
    for send in (send_by_v1, send_by_v2):
        assert_rejected(send)
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


@pytest.mark.parametrize("first", [send_by_v1, send_by_v2])
def test_from_registration_to_mail(first: Callable[[], str]) -> None:
    """A domain is registered by v2, its DKIM records go to Route 53, v1's waiter sees it verified, both APIs send."""
    with (
        moto.mock_aws(),
        mock_ses_verify(resolver=ses_stub.dns.route53(), production_access=True, freeze="2026-03-01") as ses,
    ):
        set_up()
        boto3.client("ses", region_name="us-east-1").get_waiter("identity_exists").wait(Identities=[SITE])
        assert dkim_status(ses) == "SUCCESS"
        sent = [first(), send_by_v1(), send_by_v2()]
    assert [one.message_id for one in ses.sent_emails] == sent


def dkim_status(ses: SESStub) -> str:
    """The domain's DKIM status in v2."""
    answer = boto3.client("sesv2", region_name="us-east-1").get_email_identity(EmailIdentity=SITE)
    assert answer["VerifiedForSendingStatus"] is (ses.identity(SITE).status == "Success")
    status: str = answer["DkimAttributes"]["Status"]
    return status


def test_waiter_polls_until_the_records_are_published() -> None:
    """The waiter polls until the records are published: a delay of 12 seconds costs five polls and no mail."""
    with mock_ses_verify(production_access=True, freeze="2026-03-01") as ses:
        boto3.client("sesv2", region_name="us-east-1").create_email_identity(EmailIdentity=SITE)
        for send in (send_by_v1, send_by_v2):
            assert_rejected(send)
        ses.after(seconds=12).confirm(SITE)
        boto3.client("ses", region_name="us-east-1").get_waiter("identity_exists").wait(Identities=[SITE])
        assert len(ses.calls.filter("GetIdentityVerificationAttributes")) == 5
        assert ses.sent_emails == []
        assert send_by_v1() != send_by_v2()
