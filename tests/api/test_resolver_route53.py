"""The resolver on Route 53: SES finds the records that the code under test writes there."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from clients import make_client, status

import ses_stub.dns
from ses_stub import SESStub, mock_ses_verify

moto = pytest.importorskip("moto")

SITE = "example.com"


@pytest.fixture
def ses() -> Iterator[SESStub]:
    with moto.mock_aws(), mock_ses_verify(rate=None, resolver=ses_stub.dns.route53()) as stub:
        yield stub


@pytest.fixture
def client(ses: SESStub) -> Any:
    return make_client()


@pytest.fixture
def route53(ses: SESStub) -> Any:
    return boto3.client("route53", region_name="us-east-1")


def make_zone(route53: Any, name: str, **private: Any) -> str:
    zone: str = route53.create_hosted_zone(Name=name, CallerReference=f"{name}{len(private)}", **private)["HostedZone"][
        "Id"
    ]
    return zone


def upsert(route53: Any, zone: str, name: str, kind: str, *values: str) -> None:
    record = {"Name": name, "Type": kind, "TTL": 300, "ResourceRecords": [{"Value": value} for value in values]}
    route53.change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    )


def token(client: Any, domain: str = SITE) -> str:
    """The text of the domain's record, as Route 53 wants it."""
    return f'"{client.verify_domain_identity(Domain=domain)["VerificationToken"]}"'


@pytest.mark.parametrize("name", ["_amazonses.example.com", "_amazonses.example.com.", "_AMAZONSES.example.com"])
def test_route53_txt_record_verifies_the_domain(client: Any, route53: Any, name: str) -> None:
    """A TXT record in quotes, beside others of the same name, verifies the domain."""
    zone = make_zone(route53, SITE)
    value = token(client)
    assert status(client, SITE) == "Pending"
    upsert(route53, zone, name, "TXT", '"something else"', value)
    assert status(client, SITE) == "Success"


def test_route53_cnames_verify_the_domain(client: Any, route53: Any) -> None:
    """The three CNAME records of DKIM verify the domain."""
    zone = make_zone(route53, SITE)
    for one in client.verify_domain_dkim(Domain=SITE)["DkimTokens"]:
        assert status(client, SITE) == "Pending"
        upsert(route53, zone, f"{one}._domainkey.{SITE}", "CNAME", f"{one}.dkim.amazonses.com")
    assert status(client, SITE) == "Success"


def test_route53_mx_record_verifies_mail_from(ses: SESStub, client: Any, route53: Any) -> None:
    """The MX record of a MAIL FROM domain is found."""
    ses.add_identity(SITE)
    upsert(route53, make_zone(route53, SITE), f"mail.{SITE}", "MX", "10 feedback-smtp.us-east-1.amazonses.com")
    client.set_identity_mail_from_domain(Identity=SITE, MailFromDomain=f"mail.{SITE}")
    answer = client.get_identity_mail_from_domain_attributes(Identities=[SITE])["MailFromDomainAttributes"]
    assert answer[SITE]["MailFromDomainStatus"] == "Success"


def test_record_deleted_from_route53_is_lost(client: Any, route53: Any) -> None:
    """A record that is deleted from Route 53 is lost."""
    zone, value = make_zone(route53, SITE), token(client)
    upsert(route53, zone, f"_amazonses.{SITE}", "TXT", value)
    assert status(client, SITE) == "Success"
    upsert(route53, zone, f"_amazonses.{SITE}", "TXT", '"something else"')
    assert status(client, SITE) == "TemporaryFailure"


def test_domain_without_a_hosted_zone_has_no_records(client: Any, route53: Any) -> None:
    """A domain without a hosted zone has no records. A zone whose name only ends alike does not count."""
    zone = make_zone(route53, "ample.com")
    value = token(client)
    upsert(route53, zone, "_amazonses.ample.com", "TXT", value)
    assert status(client, SITE) == "Pending"


@pytest.mark.parametrize(("filled", "after"), [("sub.example.com", "Success"), (SITE, "Pending")])
def test_hosted_zone_of_the_longest_domain_is_asked(client: Any, route53: Any, filled: str, after: str) -> None:
    """The zone with the longest matching name is asked, as in DNS; its parent zones are not."""
    zones = {name: make_zone(route53, name) for name in (SITE, "sub.example.com")}
    upsert(route53, zones[filled], "_amazonses.sub.example.com", "TXT", token(client, "sub.example.com"))
    assert status(client, "sub.example.com") == after


def test_private_hosted_zone_is_not_visible(client: Any, route53: Any) -> None:
    """A private zone is not visible."""
    vpc = {"VPCRegion": "us-east-1", "VPCId": "vpc-1"}
    private = {"VPC": vpc, "HostedZoneConfig": {"PrivateZone": True, "Comment": "inside"}}
    upsert(route53, make_zone(route53, SITE, **private), f"_amazonses.{SITE}", "TXT", token(client))
    assert status(client, SITE) == "Pending"
    upsert(route53, make_zone(route53, SITE), f"_amazonses.{SITE}", "TXT", token(client))
    assert status(client, SITE) == "Success"


def test_given_route53_client_is_used() -> None:
    """The given client is used, e.g. for DNS in another account."""
    with moto.mock_aws():
        keys = {"aws_access_key_id": "other", "aws_secret_access_key": "secret"}
        given = boto3.client("route53", region_name="us-east-1", **keys)
        operations: list[str] = []
        given.meta.events.register("before-call.route53", lambda model, **_: operations.append(model.name))
        with mock_ses_verify(rate=None, resolver=ses_stub.dns.route53(given)):
            client = make_client()
            upsert(given, make_zone(given, SITE), f"_amazonses.{SITE}", "TXT", token(client))
            operations.clear()
            assert status(client, SITE) == "Success"
    assert {"ListHostedZones", "ListResourceRecordSets"} == set(operations)


def test_missing_boto3_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without boto3 and without a client the resolver cannot be made; with a client it can."""
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(ModuleNotFoundError) as raised:
        ses_stub.dns.route53()
    assert str(raised.value) == (
        "ses_stub.dns.route53() without a client needs boto3, which is not installed: pip install 'boto3'"
    )
    assert callable(ses_stub.dns.route53(object()))


def test_many_zones_and_records(client: Any, route53: Any) -> None:
    """Zones and records on later pages are found too."""
    for number in range(101):
        make_zone(route53, f"zone{number}.example")
    zone = make_zone(route53, SITE)
    names = [f"a{number:03}.{SITE}" for number in range(301)]
    record: Any = {"Type": "TXT", "TTL": 300, "ResourceRecords": [{"Value": '"filler"'}]}
    changes = [{"Action": "CREATE", "ResourceRecordSet": {"Name": name, **record}} for name in names]
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    upsert(route53, zone, f"zzz.{SITE}", "TXT", '"last"')
    assert ses_stub.dns.route53(route53)(f"zzz.{SITE}", "TXT") == ['"last"']
