"""The stub's DNS controls: records by hand, and shortcuts for the records that SES asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from clients import make_client, shared_client, status
from fidelity import aws

from ses_stub import SESStub, SESStubError, mock_ses_verify

SITE, MAIL = "example.com", "mail.example.com"


@pytest.fixture
def ses() -> Iterator[SESStub]:
    with mock_ses_verify(rate=None) as stub:
        yield stub


@pytest.fixture
def client(ses: SESStub) -> Any:
    return shared_client()


def test_add_and_remove(ses: SESStub) -> None:
    """Records of any type can be published and removed."""
    ses.dns.add(SITE, "MX", "10 mx1.example.com")
    ses.dns.add(SITE, "MX", "20 mx2.example.com")
    assert ses.dns.records(SITE, "MX") == ("10 mx1.example.com", "20 mx2.example.com")
    ses.dns.remove(SITE, "MX", "10 mx1.example.com")
    assert ses.dns.records(SITE, "MX") == ("20 mx2.example.com",)
    ses.dns.remove(SITE, "MX")
    assert ses.dns.records(SITE, "MX") == ()


def test_shorthand_for_texts(ses: SESStub) -> None:
    """``add_txt``, ``remove_txt`` and ``txt`` are the same for TXT records."""
    ses.dns.add_txt(SITE, "one")
    ses.dns.add(SITE, "TXT", "two")
    assert ses.dns.txt(SITE) == ses.dns.records(SITE, "TXT") == ("one", "two")
    ses.dns.remove_txt(SITE, "one")
    assert ses.dns.txt(SITE) == ("two",)
    ses.dns.remove_txt(SITE)
    assert ses.dns.txt(SITE) == ()


@aws("documented", "Guide, dns-txt-records: `_amazonses` may be omitted where underscores are not allowed")
@pytest.mark.parametrize(
    ("name", "value", "after"),
    [
        ("_amazonses.example.com", "{token}", "Success"),
        ("_AMAZONSES.Example.com.", '"{token}"', "Success"),
        ("example.com", "amazonses:{token}", "Success"),
        ("example.com", "{token}", "Pending"),
        ("amazonses.example.com", "{token}", "Pending"),
        ("_amazonses.www.example.com", "{token}", "Pending"),
        ("_amazonses.example.com", "{token}x", "Pending"),
    ],
)
def test_forms_of_the_txt_record(ses: SESStub, client: Any, name: str, value: str, after: str) -> None:
    """A domain's token is found at its own label, or with the prefix "amazonses:" at the domain itself."""
    token = client.verify_domain_identity(Domain=SITE)["VerificationToken"]
    ses.dns.add(name, "TXT", value.format(token=token))
    assert status(client, SITE) == after


@aws("documented", "Guide, troubleshoot-verification: the value must exactly match")
def test_case_of_the_token(ses: SESStub, client: Any) -> None:
    """A token in lower case does not verify a domain."""
    token = client.verify_domain_identity(Domain=SITE)["VerificationToken"]
    ses.dns.add_txt(f"_amazonses.{SITE}", token.lower())
    assert status(client, SITE) == "Pending"


def test_published_before_asked(ses: SESStub, client: Any) -> None:
    """If the record still exists when the domain is registered again, the domain is verified immediately."""
    client.verify_domain_identity(Domain=SITE)
    ses.publish_txt(SITE)
    client.delete_identity(Identity=SITE)
    client.verify_domain_identity(Domain=SITE)
    assert status(client, SITE) == "Success"


def test_dkim_cnames_are_published_and_removed(ses: SESStub, client: Any) -> None:
    """``publish_dkim`` publishes the three CNAME records, ``remove_dkim`` removes them."""
    tokens = client.verify_domain_dkim(Domain=SITE)["DkimTokens"]
    ses.publish_dkim(SITE)
    hosts = [ses.dns.records(f"{token}._domainkey.{SITE}", "CNAME") for token in tokens]
    assert hosts == [(f"{token}.dkim.amazonses.com",) for token in tokens]
    ses.remove_dkim(SITE)
    assert not any(ses.dns.records(f"{token}._domainkey.{SITE}", "CNAME") for token in tokens)


@aws("documented", "Guide, mail-from: the MX and SPF records of a custom MAIL FROM domain")
def test_publish_mail_from(ses: SESStub, client: Any) -> None:
    """``publish_mail_from`` publishes the MX and SPF records, ``remove_mail_from`` removes them."""
    ses.add_identity(SITE)
    client.set_identity_mail_from_domain(Identity=SITE, MailFromDomain=MAIL)
    ses.publish_mail_from(SITE)
    assert ses.dns.records(MAIL, "MX") == ("10 feedback-smtp.us-east-1.amazonses.com",)
    assert ses.dns.txt(MAIL) == ('"v=spf1 include:amazonses.com ~all"',)
    ses.remove_mail_from(SITE)
    assert ses.dns.records(MAIL, "MX") == ses.dns.txt(MAIL) == ()


SHORTCUTS: list[Any] = [
    pytest.param(method, what, asked_by, id=method.__name__)
    for method, what, asked_by in [
        (SESStub.publish_dkim, "DKIM", "verify_domain_dkim"),
        (SESStub.remove_dkim, "DKIM", "verify_domain_dkim"),
        (SESStub.publish_mail_from, "a MAIL FROM domain", "set_identity_mail_from_domain"),
        (SESStub.remove_mail_from, "a MAIL FROM domain", "set_identity_mail_from_domain"),
    ]
]


@pytest.mark.parametrize(("shortcut", "what", "asked_by"), SHORTCUTS)
def test_publishing_before_the_request_names_the_call(
    ses: SESStub, shortcut: Callable[[SESStub, str], None], what: str, asked_by: str
) -> None:
    """Publishing records that SES has not asked for is an error that names the API call to make first."""
    ses.add_identity(SITE)
    with pytest.raises(SESStubError, match=rf"^{what} of '{SITE}' was not requested: call {asked_by}\(\) first$"):
        shortcut(ses, SITE)


@pytest.mark.parametrize("shortcut", [SESStub.publish_dkim, SESStub.remove_dkim])
def test_dkim_of_an_address(ses: SESStub, shortcut: Callable[[SESStub, str], None]) -> None:
    """An address has no DKIM records; those of its domain sign for it."""
    ses.add_identity("ann@example.com")
    with pytest.raises(
        SESStubError, match=r"^'ann@example\.com' is an email address .* publish_dkim\('example\.com'\)"
    ):
        shortcut(ses, "ann@example.com")


@pytest.mark.parametrize(("shortcut", "what", "asked_by"), SHORTCUTS)
def test_publishing_for_an_unknown_identity_names_known_ones(
    ses: SESStub, shortcut: Callable[[SESStub, str], None], what: str, asked_by: str
) -> None:
    """Publishing for an unknown identity is an error that names the known ones."""
    ses.add_identity("example.org")
    with pytest.raises(LookupError, match=r"no identity 'example\.com'.*there are: example\.org"):
        shortcut(ses, SITE)


@aws("documented", 'Guide, verify-domains: "domain verification applies to each AWS region separately"')
def test_each_region_has_its_own_token(ses: SESStub) -> None:
    """A domain's records for one region do not verify it in another."""
    here, there = make_client(), make_client(region="eu-west-1")
    for client in (here, there):
        client.verify_domain_identity(Domain=SITE)
        client.verify_domain_dkim(Domain=SITE)
    ses.publish_txt(SITE)
    ses.publish_dkim(SITE)
    assert [status(client, SITE) for client in (here, there)] == ["Success", "Pending"]
    ses.view("eu-west-1").publish_dkim(SITE)
    assert status(there, SITE) == "Success"


# Records without effect.


def mismatches(ses: SESStub) -> list[tuple[str, str]]:
    """The records that the timeline reports as mismatched."""
    return [
        (row.what, row.outcome) for row in ses.timeline().rows if "record" in row.outcome or "searches" in row.outcome
    ]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        pytest.param(
            ("_amazonses.example.com", "TXT", "wrong"),
            "the TXT record at _amazonses.example.com has another value than SES requested",
            id="value",
        ),
        pytest.param(
            ("_AMAZONSES.example.com.", "txt", '"wrong"'),
            "the TXT record at _amazonses.example.com has another value than SES requested",
            id="spelling",
        ),
        pytest.param(
            ("amazonses.example.com", "TXT", "{token}"),
            "the TXT record is at amazonses.example.com, but SES searches for it at _amazonses.example.com",
            id="name",
        ),
        pytest.param(
            ("_amazonses.example.com", "CNAME", "{token}"),
            "SES searches for TXT at _amazonses.example.com, not for CNAME",
            id="type",
        ),
    ],
)
def test_mismatched_record_is_in_timeline(ses: SESStub, client: Any, record: tuple[str, str, str], reason: str) -> None:
    """A record that was meant for SES but does not match is shown in the timeline, with the reason."""
    token = client.verify_domain_identity(Domain=SITE)["VerificationToken"]
    ses.dns.add(record[0], record[1], record[2].format(token=token))
    assert mismatches(ses) == [("example.com: Pending -> Pending", reason)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("_amazonses.example.com", "{token}"),
        ("example.com", "amazonses:{token}"),
        ("example.com", "v=spf1 -all"),
        ("_amazonses.example.org", "other"),
    ],
)
def test_matching_or_unrelated_record_is_not_reported(ses: SESStub, client: Any, name: str, value: str) -> None:
    """A record that matches, or has nothing to do with SES, is not reported."""
    token = client.verify_domain_identity(Domain=SITE)["VerificationToken"]
    ses.dns.add_txt(name, value.format(token=token))
    assert [one for one in mismatches(ses) if one[1] != "TXT record found"] == []


def test_mismatched_dkim_record_is_reported(ses: SESStub, client: Any) -> None:
    """A mismatched DKIM record is reported; each record has its own value."""
    first, second, _ = client.verify_domain_dkim(Domain=SITE)["DkimTokens"]
    ses.dns.add(f"{first}._domainkey.example.com", "CNAME", f"{first}.dkim.amazonses.com")
    ses.dns.add(f"{second}._domainkey.example.com", "CNAME", f"{first}.dkim.amazonses.com")
    reason = f"the CNAME record at {second}._domainkey.example.com has another value than SES requested"
    assert mismatches(ses) == [("example.com DKIM: Pending -> Pending", reason)]


def test_mismatched_mx_record_is_reported(ses: SESStub, client: Any) -> None:
    """A mismatched MX record of a MAIL FROM domain is reported."""
    ses.add_identity(SITE)
    client.set_identity_mail_from_domain(Identity=SITE, MailFromDomain=MAIL)
    ses.dns.add(MAIL, "MX", "10 feedback-smtp.eu-west-9.amazonses.com")
    reason = "the MX record at mail.example.com has another value than SES requested"
    assert mismatches(ses) == [("example.com MAIL FROM: Pending -> Pending", reason)]


def test_nothing_is_looked_for(ses: SESStub) -> None:
    """While SES waits for no record, no mismatch is reported."""
    ses.add_identity(SITE)
    ses.dns.add_txt("_amazonses.example.com", "another")
    assert mismatches(ses) == []


@pytest.mark.parametrize("method", ["add", "remove", "records"])
def test_no_such_type(ses: SESStub, method: str) -> None:
    """An unknown record type is refused, and the error suggests the nearest known type."""
    value = ["value"] if method == "add" else []
    with pytest.raises(SESStubError, match=r"^type='TEXT': expected one of .* \(did you mean 'TXT'\?\)") as error:
        getattr(ses.dns, method)(SITE, "TEXT", *value)
    assert isinstance(error.value, ValueError)


@pytest.mark.parametrize("record", [(None, "TXT", "value"), (SITE, "TXT", None)], ids=["name", "value"])
def test_record_name_and_value_must_be_texts(ses: SESStub, record: tuple[Any, str, Any]) -> None:
    """The name and value of a record must be strings."""
    with pytest.raises(SESStubError, match="must be a string, not None"):
        ses.dns.add(*record)
