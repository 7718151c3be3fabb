"""The control API, identities and their owners: what is done by HTTP, a boto3 client sees, and the other way round."""

from __future__ import annotations

from typing import Any

import pytest
from clients import known, make_client, names, status
from remote_control import Remote, at

from ses_stub import SESStub, VirtualClock, mock_ses_verify

SITE, USER = "example.com", "ann@example.com"
DAY = 86_400


@pytest.fixture
def remote(ses: SESStub) -> Remote:
    return Remote(ses)


@pytest.fixture
def client(ses: SESStub) -> Any:
    return make_client()


# Identities.


def test_added_is_seen(remote: Remote, client: Any) -> None:
    """An identity put there is Success unless said otherwise, and told as it is."""
    told = remote.post("/identities", {"name": USER})
    assert told == {
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


def test_registered_is_told(remote: Remote, client: Any) -> None:
    """What the application registers stands in the list, with the token that its owner publishes."""
    token = client.verify_domain_identity(Domain=SITE)["VerificationToken"]
    (told,) = remote.get("/identities")["identities"]
    assert (told["name"], told["type"], told["status"], told["token"]) == (SITE, "Domain", "Pending", token)
    assert told["expires_at"] == "2026-01-04T00:00:00Z"


def test_token_is_given(remote: Remote, client: Any) -> None:
    """A domain may have a token that the test knows."""
    remote.post("/identities", {"name": SITE, "status": "Pending", "token": "known"})
    assert client.verify_domain_identity(Domain=SITE)["VerificationToken"] == "known"


def test_status_is_told_as_it_changes(remote: Remote, client: Any) -> None:
    """An identity is told as it is now."""
    client.verify_email_identity(EmailAddress=USER)
    assert remote.get(at(USER))["status"] == "Pending"
    remote.post("/clock/advance", {"days": 2})
    assert remote.get(at(USER))["status"] == "Failed"


def test_deleted_is_gone(remote: Remote, client: Any) -> None:
    """A deleted identity is unknown to everyone."""
    remote.post("/identities", {"name": USER})
    remote.delete(at(USER))
    assert names(client) == []
    assert remote.ask("GET", at(USER)).status_code == 404


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
def test_any_name_is_found(remote: Remote, client: Any, name: str) -> None:
    """Percent-encoded, a name of any characters stands in the path."""
    told = remote.post("/identities", {"name": name})
    assert remote.get(at(name)) == told
    remote.delete(at(name))
    assert names(client) == []


def test_each_region_and_account_has_its_own(ses: SESStub, remote: Remote) -> None:
    """Region and account are those of the handle, unless the query names others."""
    remote.post("/identities", {"name": USER}, region="eu-west-1")
    remote.post("/identities", {"name": USER}, account_id="111122223333")
    assert names(make_client(region="eu-west-1")) == [USER]
    assert names(make_client()) == []
    assert list(ses.view(account_id="111122223333").identities) == [USER]
    assert remote.get(at(USER), region="eu-west-1")["region"] == "eu-west-1"


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
def test_list_is_narrowed(remote: Remote, query: dict[str, str], found: list[str]) -> None:
    """All identities are listed, or those of a region, or of an account."""
    remote.post("/identities", {"name": "a.example"})
    remote.post("/identities", {"name": "b.example"}, region="eu-west-1")
    remote.post("/identities", {"name": "c.example"}, account_id="111122223333")
    assert [one["name"] for one in remote.get("/identities", **query)["identities"]] == found


def test_script_is_played(remote: Remote, client: Any) -> None:
    """The next answers show the statuses of a script, the last one for good."""
    told = remote.post(at(SITE, "/script"), {"steps": [["Pending", 2], "Failed", ["Success", 1.0]]})
    assert told["status"] == "Pending"
    assert [status(client, SITE) for _ in range(5)] == ["Pending", "Pending", "Failed", "Success", "Success"]


def test_status_comes_later(remote: Remote, client: Any) -> None:
    """An identity comes to a status after so many seconds."""
    remote.post(at(SITE, "/later"), {"after_seconds": 90, "status": "Failed"})
    assert names(client) == []
    remote.post("/clock/advance", {"seconds": 90})
    assert status(client, SITE) == "Failed"


def test_owner_confirms_later(remote: Remote, client: Any) -> None:
    """The owner confirms after so many seconds."""
    client.verify_email_identity(EmailAddress=USER)
    remote.post(at(USER, "/later"), {"after_seconds": 0.5, "confirm": True})
    assert status(client, USER) == "Pending"
    remote.post("/clock/advance", {"seconds": 0.5})
    assert status(client, USER) == "Success"


# Owners.


def test_owner_clicks(remote: Remote, client: Any) -> None:
    """The owner of an address clicks the link of the last mail."""
    client.verify_email_identity(EmailAddress=USER)
    assert remote.post("/clicks", {"address": USER})["page"].startswith("Congratulations!")
    assert status(client, USER) == "Success"


def test_owner_clicks_a_link(remote: Remote, client: Any) -> None:
    """Any link of the inbox is clicked; after a day it has expired."""
    client.verify_email_identity(EmailAddress=USER)
    (mail,) = remote.get("/verification-emails")["mails"]
    remote.post("/clock/advance", {"hours": 24})
    assert "expired" in remote.post("/clicks", {"link": mail["link"]})["page"]
    assert status(client, USER) == "Failed"


def test_owner_of_another_region_clicks(remote: Remote) -> None:
    """The address is looked for in the region that is named."""
    far = make_client(region="eu-west-1")
    far.verify_email_identity(EmailAddress=USER)
    assert remote.ask("POST", "/clicks", {"address": USER}).status_code == 404
    remote.post("/clicks", {"address": USER}, region="eu-west-1")
    assert status(far, USER) == "Success"


def dkim(client: Any) -> Any:
    return client.get_identity_dkim_attributes(Identities=[SITE])["DkimAttributes"][SITE]["DkimVerificationStatus"]


def mail_from(client: Any) -> Any:
    answer = client.get_identity_mail_from_domain_attributes(Identities=[SITE])
    return answer["MailFromDomainAttributes"][SITE]["MailFromDomainStatus"]


KINDS = [("txt", 1, lambda client: status(client, SITE)), ("dkim", 3, dkim), ("mail-from", 2, mail_from)]


@pytest.mark.parametrize(("kind", "count", "seen"), KINDS, ids=[kind for kind, _, _ in KINDS])
def test_owner_publishes(remote: Remote, client: Any, kind: str, count: int, seen: Any) -> None:
    """The owner publishes and removes the records that SES asks for, of one kind at a time."""
    remote.post("/identities", {"name": SITE})
    client.verify_domain_dkim(Domain=SITE)
    client.set_identity_mail_from_domain(Identity=SITE, MailFromDomain=f"bounce.{SITE}")
    remote.delete(at(SITE, "/records/txt"))
    asked = remote.get(at(SITE, "/records"))["records"]
    assert [one["kind"] for one in asked] == ["txt", "dkim", "dkim", "dkim", "mail-from", "mail-from"]
    assert not any(one["published"] for one in asked)

    published = remote.post(at(SITE, f"/records/{kind}"))["records"]
    assert [one["kind"] for one in published if one["published"]] == [kind] * count
    assert seen(client) == "Success"

    removed = remote.delete(at(SITE, f"/records/{kind}"))["records"]
    assert removed == asked
    assert seen(client) != "Success"


def test_other_records_are_found_by_hand(remote: Remote, client: Any) -> None:
    """A record is published as it stands in the list, and removed by its value or its type."""
    client.verify_domain_identity(Domain=SITE)
    (record,) = remote.get(at(SITE, "/records"))["records"]
    place = {"name": record["name"], "type": record["type"]}
    remote.post("/dns", {**place, "value": record["value"]})
    remote.post("/dns", {**place, "value": "other"})
    assert remote.get("/dns", **place) == {"values": [record["value"], "other"]}
    assert remote.get(at(SITE, "/records"))["records"][0]["published"]
    assert status(client, SITE) == "Success"

    remote.delete("/dns", **place, value=record["value"])
    assert remote.get("/dns", **place) == {"values": ["other"]}
    assert status(client, SITE) == "TemporaryFailure"

    remote.delete("/dns", **place)
    assert remote.get("/dns", **place) == {"values": []}


def test_half_a_character(ses: SESStub, remote: Remote) -> None:
    """What a test in Python has put there without being a text is told with question marks."""
    ses.dns.add_txt(SITE, "half \ud800")
    assert remote.get("/dns", name=SITE, type="TXT") == {"values": ["half ?"]}


def test_records_of_a_resolver_count() -> None:
    """What SES finds by the test's resolver is published."""
    with mock_ses_verify(rate=None, resolver=lambda _name, kind: ["known"] if kind == "TXT" else []) as ses:
        remote = Remote(ses)
        remote.post("/identities", {"name": SITE, "status": "Pending", "token": "known"})
        assert remote.get(at(SITE, "/records"))["records"][0]["published"]


# The time.


def test_clock_is_moved(ses: SESStub, remote: Remote) -> None:
    """The clock moves by the sum, and is told in UTC."""
    assert remote.get("/clock") == {"now": "2026-01-01T00:00:00Z", "speed": None}
    told = remote.post("/clock/advance", {"days": 1, "hours": 2, "minutes": 3, "seconds": 4.5})
    assert told == {"now": "2026-01-02T02:03:04.500000Z", "speed": None}
    assert ses.clock.now().isoformat() == "2026-01-02T02:03:04.500000+00:00"


def test_speed_is_told() -> None:
    """A clock that goes faster than the day says how much."""
    clock = VirtualClock()
    clock.speed = 60.0  # type: ignore[attr-defined]
    assert Remote(SESStub(clock=clock)).get("/clock")["speed"] == 60


def test_time_ends(remote: Remote) -> None:
    """A step beyond the year 9000 is refused, and nothing moves."""
    steps = [remote.ask("POST", "/clock/advance", {"days": 73_000}).status_code for _ in range(36)]
    assert steps == [200] * 34 + [409] * 2
    assert remote.get("/clock")["now"].startswith("8")
    remote.post("/identities", {"name": USER, "status": "Pending"})
    assert remote.get(at(USER))["expires_at"].startswith("8")


# The whole.


def test_server_is_well(ses: SESStub, remote: Remote) -> None:
    """Health is told, with the stub's time."""
    told = remote.get("/health")
    assert (told["status"], told["time"]) == ("ok", "2026-01-01T00:00:00Z")


def test_reset_begins_anew(ses: SESStub, remote: Remote, client: Any) -> None:
    """A reset forgets all but the time."""
    remote.post("/identities", {"name": USER})
    remote.post("/clock/advance", {"seconds": 5})
    remote.post("/reset")
    assert names(client) == []
    assert remote.get("/clock")["now"] == "2026-01-01T00:00:05Z"


def test_v2_sees_it_too(remote: Remote) -> None:
    """The other API is of the same world."""
    remote.post("/identities", {"name": USER})
    answer = make_client("sesv2").get_email_identity(EmailIdentity=USER)
    wanted = known("GetEmailIdentityResponse", VerifiedForSendingStatus=True, VerificationStatus="SUCCESS")
    assert {name: answer[name] for name in wanted} == wanted
