"""The control API, identities and records: a boto3 client sees what is done over HTTP, and vice versa."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from clients import known, make_client, names, shared_client, status
from remote_control import RemoteControl, identity_path

from ses_stub import SESStub, VirtualClock, mock_ses_verify

SITE, USER = "example.com", "ann@example.com"


@pytest.fixture
def ses() -> Iterator[SESStub]:
    """A scope, as the tests call SES with clients too."""
    with mock_ses_verify(rate=None, clock=VirtualClock()) as stub:
        yield stub


@pytest.fixture
def remote(ses: SESStub) -> RemoteControl:
    return RemoteControl(ses)


@pytest.fixture
def client(ses: SESStub) -> Any:
    return shared_client()


# Identities.


def test_added_identity_is_seen_by_a_client(remote: RemoteControl, client: Any) -> None:
    """An identity is added with the status Success by default, and returned as it is."""
    json = remote.post("/identities", {"name": USER})
    assert json == {
        "name": USER,
        "type": "EmailAddress",
        "status": "Success",
        "token": None,
        "requested_at": "2026-01-01T00:00:00Z",
        "expires_at": None,
        "region": "us-east-1",
        "account_id": "123456789012",
    }
    assert status(client, USER) == "Success"


def test_identity_of_the_application_is_listed(remote: RemoteControl, client: Any) -> None:
    """What the application registers is in the list, with the token of its TXT record."""
    token = client.verify_domain_identity(Domain=SITE)["VerificationToken"]
    (json,) = remote.get("/identities")["identities"]
    assert (json["name"], json["type"], json["status"], json["token"]) == (SITE, "Domain", "Pending", token)
    assert json["expires_at"] == "2026-01-04T00:00:00Z"


def test_token_of_a_domain_can_be_given(remote: RemoteControl, client: Any) -> None:
    """The application gets the token that the test knows."""
    remote.post("/identities", {"name": SITE, "status": "Pending", "token": "known"})
    assert client.verify_domain_identity(Domain=SITE)["VerificationToken"] == "known"


def test_domain_begins_with_dkim_and_mail_from(remote: RemoteControl, client: Any) -> None:
    """A domain is added with both, each in a status of its own; statuses may be in the spelling of v2."""
    mail_from = ["mail.example.com", "FAILED"]
    json = remote.post("/identities", {"name": SITE, "status": "FAILED", "dkim": "SUCCESS", "mail_from": mail_from})
    assert json["status"] == "Failed"
    (dkim,) = client.get_identity_dkim_attributes(Identities=[SITE])["DkimAttributes"].values()
    assert dkim["DkimVerificationStatus"] == "Success"
    (found,) = client.get_identity_mail_from_domain_attributes(Identities=[SITE])["MailFromDomainAttributes"].values()
    assert (found["MailFromDomain"], found["MailFromDomainStatus"]) == ("mail.example.com", "Failed")


def test_statuses_in_the_spelling_of_v2(remote: RemoteControl, client: Any) -> None:
    """A script and a scheduled action take them too."""
    remote.post(identity_path(SITE, "/script"), {"steps": [["PENDING", 1], "TEMPORARY_FAILURE"]})
    assert [status(client, SITE) for _ in range(2)] == ["Pending", "TemporaryFailure"]
    remote.post(identity_path(SITE, "/scheduled-actions"), {"after_seconds": 1, "status": "NOT_STARTED"})
    remote.post("/clock/advance", {"seconds": 1})
    assert status(client, SITE) == "NotStarted"


def test_status_is_the_present_one(remote: RemoteControl, client: Any) -> None:
    """An identity is returned with its current status."""
    client.verify_email_identity(EmailAddress=USER)
    assert remote.get(identity_path(USER))["status"] == "Pending"
    remote.post("/clock/advance", {"days": 2})
    assert remote.get(identity_path(USER))["status"] == "Failed"


def test_deleted_identity_is_gone(remote: RemoteControl, client: Any) -> None:
    """It is unknown to clients and to the control API."""
    remote.post("/identities", {"name": USER})
    remote.delete(identity_path(USER))
    assert names(client) == []
    assert remote.request("GET", identity_path(USER)).status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "ann+tag@example.com",
        "a/b@example.com",
        "a//b@example.com",
        "ann@example.com/script",
        "50%2F@example.com",
        '"ann?#&=@"@example.com',
        "./../ann@example.com",
        "Example.COM",
    ],
)
def test_any_name_can_be_part_of_the_path(remote: RemoteControl, client: Any, name: str) -> None:
    """Percent-encoded, a name may have any characters."""
    json = remote.post("/identities", {"name": name})
    assert remote.get(identity_path(name)) == json
    remote.delete(identity_path(name))
    assert names(client) == []


def test_query_names_region_and_account(ses: SESStub, remote: RemoteControl) -> None:
    """Region and account are those of the stub, unless the query names others."""
    remote.post("/identities", {"name": USER}, region="eu-west-1")
    remote.post("/identities", {"name": USER}, account_id="111122223333")
    assert names(make_client(region="eu-west-1")) == [USER]
    assert names(make_client()) == []
    assert list(ses.view(account_id="111122223333").identities) == [USER]
    assert remote.get(identity_path(USER), region="eu-west-1")["region"] == "eu-west-1"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["a.example", "b.example", "c.example"]),
        ({"region": "eu-west-1"}, ["b.example"]),
        ({"account_id": "111122223333"}, ["c.example"]),
        ({"region": "eu-west-1", "account_id": "111122223333"}, []),
    ],
    ids=["all", "region", "account", "both"],
)
def test_list_is_filtered(remote: RemoteControl, query: dict[str, str], found: list[str]) -> None:
    """All identities are listed, or those of a region, or of an account."""
    remote.post("/identities", {"name": "a.example"})
    remote.post("/identities", {"name": "b.example"}, region="eu-west-1")
    remote.post("/identities", {"name": "c.example"}, account_id="111122223333")
    assert [one["name"] for one in remote.get("/identities", **query)["identities"]] == found


def test_script_sets_the_next_statuses(remote: RemoteControl, client: Any) -> None:
    """The next polls return the statuses of a script, the last one from then on."""
    json = remote.post(identity_path(SITE, "/script"), {"steps": [["Pending", 2], "Failed", ["Success", 1.0]]})
    assert json["status"] == "Pending"
    assert [status(client, SITE) for _ in range(5)] == ["Pending", "Pending", "Failed", "Success", "Success"]


def test_status_is_scheduled(remote: RemoteControl, client: Any) -> None:
    """An identity gets a status after a number of seconds."""
    remote.post(identity_path(SITE, "/scheduled-actions"), {"after_seconds": 90, "status": "Failed"})
    assert names(client) == []
    remote.post("/clock/advance", {"seconds": 90})
    assert status(client, SITE) == "Failed"


def test_verification_is_scheduled(remote: RemoteControl, client: Any) -> None:
    """An identity is verified after a number of seconds."""
    client.verify_email_identity(EmailAddress=USER)
    remote.post(identity_path(USER, "/scheduled-actions"), {"after_seconds": 0.5, "confirm": True})
    assert status(client, USER) == "Pending"
    remote.post("/clock/advance", {"seconds": 0.5})
    assert status(client, USER) == "Success"


# Verification links and DNS records.


def test_click_verifies_an_address(remote: RemoteControl, client: Any) -> None:
    """The link of the last email to the address is opened."""
    client.verify_email_identity(EmailAddress=USER)
    assert remote.post("/clicks", {"address": USER})["page"].startswith("Congratulations!")
    assert status(client, USER) == "Success"


def test_click_of_an_expired_link(remote: RemoteControl, client: Any) -> None:
    """Any link can be opened; after a day it has expired."""
    client.verify_email_identity(EmailAddress=USER)
    (email,) = remote.get("/verification-emails")["verification_emails"]
    remote.post("/clock/advance", {"hours": 24})
    assert "expired" in remote.post("/clicks", {"link": email["link"]})["page"]
    assert status(client, USER) == "Failed"


def test_click_in_another_region(remote: RemoteControl) -> None:
    """The address is looked up in the region of the query."""
    far = make_client(region="eu-west-1")
    far.verify_email_identity(EmailAddress=USER)
    assert remote.request("POST", "/clicks", {"address": USER}).status_code == 404
    remote.post("/clicks", {"address": USER}, region="eu-west-1")
    assert status(far, USER) == "Success"


def dkim(client: Any) -> Any:
    return client.get_identity_dkim_attributes(Identities=[SITE])["DkimAttributes"][SITE]["DkimVerificationStatus"]


def mail_from(client: Any) -> Any:
    answer = client.get_identity_mail_from_domain_attributes(Identities=[SITE])
    return answer["MailFromDomainAttributes"][SITE]["MailFromDomainStatus"]


KINDS = [("txt", 1, lambda client: status(client, SITE)), ("dkim", 3, dkim), ("mail-from", 2, mail_from)]


@pytest.mark.parametrize(("kind", "count", "seen"), KINDS, ids=[kind for kind, _, _ in KINDS])
def test_expected_records_are_published_and_removed(
    remote: RemoteControl, client: Any, kind: str, count: int, seen: Any
) -> None:
    """The records that SES searches for are published and removed, of one kind at a time."""
    remote.post("/identities", {"name": SITE})
    client.verify_domain_dkim(Domain=SITE)
    client.set_identity_mail_from_domain(Identity=SITE, MailFromDomain=f"bounce.{SITE}")
    remote.delete(identity_path(SITE, "/records/txt"))
    expected = remote.get(identity_path(SITE, "/records"))["records"]
    assert [one["kind"] for one in expected] == ["txt", "dkim", "dkim", "dkim", "mail-from", "mail-from"]
    assert not any(one["published"] for one in expected)

    published = remote.post(identity_path(SITE, f"/records/{kind}"))["records"]
    assert [one["kind"] for one in published if one["published"]] == [kind] * count
    assert seen(client) == "Success"

    removed = remote.delete(identity_path(SITE, f"/records/{kind}"))["records"]
    assert removed == expected
    assert seen(client) != "Success"


def test_single_records_are_published_and_removed(remote: RemoteControl, client: Any) -> None:
    """A record is published as listed, and removed by its value or its type."""
    client.verify_domain_identity(Domain=SITE)
    (record,) = remote.get(identity_path(SITE, "/records"))["records"]
    place = {"name": record["name"], "type": record["type"]}
    remote.post("/dns", {**place, "value": record["value"]})
    remote.post("/dns", {**place, "value": "other"})
    assert remote.get("/dns", **place) == {"values": [record["value"], "other"]}
    assert remote.get(identity_path(SITE, "/records"))["records"][0]["published"]
    assert status(client, SITE) == "Success"

    remote.delete("/dns", **place, value=record["value"])
    assert remote.get("/dns", **place) == {"values": ["other"]}
    assert status(client, SITE) == "TemporaryFailure"

    remote.delete("/dns", **place)
    assert remote.get("/dns", **place) == {"values": []}


def test_lone_surrogate_becomes_a_question_mark(ses: SESStub, remote: RemoteControl) -> None:
    """A string of Python that has no UTF-8 does not break a response."""
    ses.dns.add_txt(SITE, "half \ud800")
    assert remote.get("/dns", name=SITE, type="TXT") == {"values": ["half ?"]}


def test_records_of_a_resolver_are_published() -> None:
    """What SES finds with the test's resolver is listed as published."""
    with mock_ses_verify(rate=None, resolver=lambda _name, kind: ["known"] if kind == "TXT" else []) as ses:
        remote = RemoteControl(ses)
        remote.post("/identities", {"name": SITE, "status": "Pending", "token": "known"})
        assert remote.get(identity_path(SITE, "/records"))["records"][0]["published"]


# The clock.


def test_clock_is_advanced(ses: SESStub, remote: RemoteControl) -> None:
    """The clock moves by the sum of all units, and is in UTC."""
    assert remote.get("/clock") == {"now": "2026-01-01T00:00:00Z", "speed": None}
    json = remote.post("/clock/advance", {"days": 1, "hours": 2, "minutes": 3, "seconds": 4.5})
    assert json == {"now": "2026-01-02T02:03:04.500000Z", "speed": None}
    assert ses.clock.now().isoformat() == "2026-01-02T02:03:04.500000+00:00"


def test_speed_is_reported() -> None:
    """A clock with a speed reports it."""
    clock = VirtualClock()
    clock.speed = 60.0  # type: ignore[attr-defined]
    assert RemoteControl(SESStub(clock=clock)).get("/clock")["speed"] == 60


def test_clock_has_a_limit(remote: RemoteControl) -> None:
    """A step beyond the year 9000 is an error, and nothing moves."""
    steps = [remote.request("POST", "/clock/advance", {"days": 73_000}).status_code for _ in range(36)]
    assert steps == [200] * 34 + [409] * 2
    assert remote.get("/clock")["now"].startswith("8")
    remote.post("/identities", {"name": USER, "status": "Pending"})
    assert remote.get(identity_path(USER))["expires_at"].startswith("8")


# The server.


def test_health_is_ok(ses: SESStub, remote: RemoteControl) -> None:
    """The response has the stub's time."""
    json = remote.get("/health")
    assert (json["status"], json["time"]) == ("ok", "2026-01-01T00:00:00Z")


def test_reset_keeps_only_the_time(ses: SESStub, remote: RemoteControl, client: Any) -> None:
    """After a reset everything else is gone."""
    remote.post("/identities", {"name": USER})
    remote.post("/clock/advance", {"seconds": 5})
    remote.post("/reset")
    assert names(client) == []
    assert remote.get("/clock")["now"] == "2026-01-01T00:00:05Z"


def test_added_identity_is_seen_by_v2(remote: RemoteControl) -> None:
    """Both APIs of SES have the same state."""
    remote.post("/identities", {"name": USER})
    answer = make_client("sesv2").get_email_identity(EmailIdentity=USER)
    wanted = known("GetEmailIdentityResponse", VerifiedForSendingStatus=True, VerificationStatus="SUCCESS")
    assert {name: answer[name] for name in wanted} == wanted
