"""Presets: identities that begin with DKIM or a custom MAIL FROM domain in some status, by control or by option."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest
from clients import STATUSES, make_client, shared_client, status

from ses_stub import SESStub, SESStubError, VerificationStatus, VirtualClock, current_stub, mock_ses_verify

SITE, USER, MAIL = "example.com", "ann@example.com", "mail.example.com"
MX, SPF = "10 feedback-smtp.us-east-1.amazonses.com", '"v=spf1 include:amazonses.com ~all"'
WAITING = ("Pending", "TemporaryFailure")


@pytest.fixture
def client(ses: SESStub) -> Any:
    return shared_client()


def dkim(client: Any, name: str = SITE) -> Any:
    """What GetIdentityDkimAttributes shows of an identity."""
    return client.get_identity_dkim_attributes(Identities=[name])["DkimAttributes"][name]


def mail_from(client: Any, name: str = SITE) -> tuple[str | None, str | None]:
    """The MAIL FROM domain of an identity, and its status."""
    answer = client.get_identity_mail_from_domain_attributes(Identities=[name])["MailFromDomainAttributes"][name]
    return answer.get("MailFromDomain"), answer.get("MailFromDomainStatus")


def published(ses: SESStub, tokens: list[str]) -> list[bool]:
    """Which of the records of Easy DKIM are there."""
    names = [f"{token}._domainkey.{SITE}" for token in tokens]
    return [ses.dns.records(name, "CNAME") == (f"{name.split('.')[0]}.dkim.amazonses.com",) for name in names]


# DKIM.


@pytest.mark.parametrize("spelling", ["v1", "v2"])
@pytest.mark.parametrize("value", [one for one in STATUSES if one != "NotStarted"])
def test_domain_begins_with_dkim(ses: SESStub, client: Any, value: str, spelling: str) -> None:
    """DKIM was requested and signs; its records are there if it is Success, and its deadline runs if SES waits."""
    ses.add_identity(SITE, dkim=value if spelling == "v1" else STATUSES[value])
    shown = dkim(client)
    tokens = shown.pop("DkimTokens")
    assert shown == {"DkimEnabled": True, "DkimVerificationStatus": value}
    assert published(ses, tokens) == [value == "Success"] * 3
    assert client.verify_domain_dkim(Domain=SITE)["DkimTokens"] == tokens
    ses.add_identity(SITE, dkim=value)
    ses.clock.advance(hours=71)
    assert dkim(client)["DkimVerificationStatus"] == value
    ses.clock.advance(hours=1)
    assert dkim(client)["DkimVerificationStatus"] == ("Failed" if value in WAITING else value)
    assert status(client, SITE) == "Success"


def test_dkim_not_started_is_a_domain_without_dkim(ses: SESStub, client: Any) -> None:
    """Nobody has asked for it: there are no tokens, nothing signs, and records of before are gone."""
    ses.add_identity(SITE, dkim="Success")
    tokens = dkim(client)["DkimTokens"]
    ses.add_identity(SITE, dkim="NotStarted")
    assert dkim(client) == {"DkimEnabled": False, "DkimVerificationStatus": "NotStarted"}
    assert published(ses, tokens) == [False] * 3
    assert client.verify_domain_dkim(Domain=SITE)["DkimTokens"] == tokens
    assert dkim(client)["DkimVerificationStatus"] == "Pending"


def test_preset_removes_records_from_before_a_deletion(ses: SESStub, client: Any) -> None:
    """Records that a deleted domain has left in DNS are gone as well."""
    ses.add_identity(SITE, dkim="Success")
    tokens = dkim(client)["DkimTokens"]
    client.delete_identity(Identity=SITE)
    ses.add_identity(SITE, dkim="NotStarted")
    assert published(ses, tokens) == [False] * 3


def test_dkim_of_a_preset_verifies_and_is_lost_like_any(ses: SESStub, client: Any) -> None:
    """Records that are published or removed later count as always, for DKIM and for the domain."""
    ses.add_identity(SITE, "Pending", dkim="Pending")
    ses.publish_dkim(SITE)
    assert (status(client, SITE), dkim(client)["DkimVerificationStatus"]) == ("Success", "Success")
    ses.remove_dkim(SITE)
    assert (status(client, SITE), dkim(client)["DkimVerificationStatus"]) == ("TemporaryFailure", "TemporaryFailure")
    ses.add_identity(SITE, dkim="Success")
    ses.remove_txt(SITE)
    assert status(client, SITE) == "Success"


def test_dkim_of_a_preset_is_shown_by_v2(ses: SESStub) -> None:
    """It is Easy DKIM, whose key was made then."""
    ses.add_identity(SITE, dkim="Success")
    shown = make_client("sesv2").get_email_identity(EmailIdentity=SITE)["DkimAttributes"]
    assert (shown["SigningEnabled"], shown["Status"], len(shown["Tokens"])) == (True, "SUCCESS", 3)
    made_at = shown.get("LastKeyGenerationTimestamp", ses.clock.now())
    ses.clock.advance(hours=1)
    ses.add_identity(SITE, dkim="Failed")
    shown = make_client("sesv2").get_email_identity(EmailIdentity=SITE)["DkimAttributes"]
    assert shown["Status"] == "FAILED"
    assert shown.get("LastKeyGenerationTimestamp", made_at) == made_at


def test_preset_replaces_a_key_of_the_owners_own(ses: SESStub, client: Any) -> None:
    """Whatever signed before, it is Easy DKIM then."""
    key = {"DomainSigningSelector": "mine", "DomainSigningPrivateKey": "c2VjcmV0"}
    make_client("sesv2").create_email_identity(EmailIdentity=SITE, DkimSigningAttributes=key)
    ses.publish_dkim(SITE)
    assert "DkimTokens" not in dkim(client)
    ses.add_identity(SITE, dkim="Pending")
    assert len(dkim(client)["DkimTokens"]) == 3
    assert ses.dns.records(f"mine._domainkey.{SITE}", "TXT") == ()


def test_dkim_of_each_region_is_its_own(ses: SESStub, client: Any) -> None:
    """The records of one region are not those of another, which has other tokens."""
    ses.view("eu-west-1").add_identity(SITE, dkim="Pending")
    ses.add_identity(SITE, dkim="Success")
    assert dkim(make_client(region="eu-west-1"))["DkimVerificationStatus"] == "Pending"


# MAIL FROM.


@pytest.mark.parametrize("name", [SITE, USER])
def test_identity_begins_with_a_mail_from_domain(ses: SESStub, client: Any, name: str) -> None:
    """The domain alone is one that is verified, with its records."""
    ses.add_identity(name, mail_from="Mail.Example.com")
    assert mail_from(client, name) == (MAIL, "Success")
    assert (ses.dns.records(MAIL, "MX"), ses.dns.records(MAIL, "TXT")) == ((MX,), (SPF,))
    ses.remove_mail_from(name)
    assert mail_from(client, name) == (MAIL, "TemporaryFailure")


@pytest.mark.parametrize("kind", [tuple, list])
@pytest.mark.parametrize("value", [one for one in STATUSES if one != "NotStarted"])
def test_mail_from_domain_begins_in_any_status(ses: SESStub, client: Any, value: str, kind: Any) -> None:
    """A pair gives the status; the deadline runs if SES waits for the records."""
    ses.add_identity(SITE, mail_from=MAIL)
    ses.add_identity(SITE, mail_from=kind((MAIL, STATUSES[value])))
    assert mail_from(client) == (MAIL, value)
    assert ses.dns.records(MAIL, "MX") == ((MX,) if value == "Success" else ())
    ses.clock.advance(hours=72)
    assert mail_from(client) == (MAIL, "Failed" if value in WAITING else value)


def test_mail_from_domain_waits_for_its_records(ses: SESStub, client: Any) -> None:
    """Records that are published later verify it; another domain takes its place."""
    ses.add_identity(SITE, mail_from=(MAIL, "Pending"))
    ses.publish_mail_from(SITE)
    assert mail_from(client) == (MAIL, "Success")
    ses.add_identity(SITE, mail_from=("news.example.com", "Pending"))
    assert mail_from(client) == ("news.example.com", "Pending")


# What is given, and what not.


def test_what_is_not_given_stays(ses: SESStub, client: Any) -> None:
    """Another status of the identity leaves DKIM and MAIL FROM as they are, and each leaves the other."""
    ses.add_identity(SITE, dkim="Success", mail_from=MAIL)
    ses.add_identity(SITE, "Failed")
    assert (dkim(client)["DkimVerificationStatus"], mail_from(client)) == ("Success", (MAIL, "Success"))
    ses.add_identity(SITE, mail_from=(MAIL, "Failed"))
    assert (dkim(client)["DkimVerificationStatus"], mail_from(client)) == ("Success", (MAIL, "Failed"))


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "DKIM status": ({"dkim": "Sucess"}, r"^dkim='Sucess': expected one of .*did you mean 'Success'"),
    "DKIM flag": ({"dkim": True}, "^dkim=True: expected one of NotStarted, Pending"),
    "DKIM of an address": ({"name": USER, "dkim": "Success"}, r"^dkim='Success': expected None, as 'ann@example.com'"),
    "token of an address": ({"name": USER, "token": "a"}, r"^token='a': expected None, as 'ann@example.com'"),
    "token": ({"token": 5}, "^token=5: expected a string or None"),
    "MAIL FROM status": ({"mail_from": (MAIL, "Done")}, "^mail_from='Done': expected one of"),
    "MAIL FROM not started": ({"mail_from": (MAIL, "NotStarted")}, "expected a status other than NotStarted"),
    "MAIL FROM elsewhere": ({"mail_from": "mail.example.org"}, "expected a domain below example.com, such as 'mail.ex"),
    "MAIL FROM itself": ({"mail_from": SITE}, "expected a domain below example.com"),
    "MAIL FROM of a domain above": ({"name": MAIL, "mail_from": "news.example.com"}, "a domain below mail.example.com"),
    "no domain": ({"mail_from": f"-.{SITE}"}, "expected a domain below example.com"),
    "empty": ({"mail_from": ""}, "^mail_from='': expected a domain below"),
    "no text": ({"mail_from": (5, "Success")}, "expected a domain below"),
    "no pair": ({"mail_from": (MAIL,)}, "expected a domain, or a pair of a domain and a status"),
    "mapping": ({"mail_from": {MAIL: "Success"}}, "expected a domain, or a pair of a domain and a status"),
}


@pytest.mark.parametrize(("arguments", "text"), WRONG.values(), ids=WRONG)
def test_wrong_preset_is_refused_without_effect(ses: SESStub, arguments: dict[str, Any], text: str) -> None:
    """A wrong value is refused by an error that names it; as an option, the error names the identity as well."""
    arguments = {"name": SITE, **arguments}
    with pytest.raises(ValueError, match=text) as error:
        ses.add_identity(**arguments)
    assert isinstance(error.value, SESStubError)
    assert ses.identities == {}
    name = arguments.pop("name")
    with pytest.raises(ValueError, match=rf"^option identities=.*.* that of '{name}' has .*{text.lstrip('^')}"):
        mock_ses_verify(identities={name: arguments})


# The option.

OPTION: dict[str, Any] = {
    SITE: {"status": "SUCCESS", "token": "known", "dkim": "Success", "mail_from": MAIL},
    "example.org": {"dkim": VerificationStatus.PENDING},
    USER: {"status": "Pending", "mail_from": ("news.example.com", "Pending")},
    "bob@example.com": "Failed",
    "eve@example.com": {},
}


def assert_seeded(ses: SESStub) -> None:
    client = make_client()
    assert {name: one.status.value for name, one in ses.identities.items()} == {
        SITE: "Success",
        "example.org": "Success",
        USER: "Pending",
        "bob@example.com": "Failed",
        "eve@example.com": "Success",
    }
    assert ses.identity(SITE).token == "known"
    assert [mail.to for mail in ses.verification_emails] == [USER]
    assert [dkim(client, one)["DkimVerificationStatus"] for one in (SITE, "example.org")] == ["Success", "Pending"]
    assert (mail_from(client), mail_from(client, USER)) == ((MAIL, "Success"), ("news.example.com", "Pending"))


def test_option_takes_the_same_as_a_dict() -> None:
    """All of it is there at the start, and again after a reset."""
    given = copy.deepcopy(OPTION)
    with mock_ses_verify(rate=None, clock=VirtualClock(), identities=given) as ses:
        assert_seeded(ses)
        ses.add_identity(SITE, "Failed", dkim="Failed", mail_from=(MAIL, "Failed"))
        ses.clock.advance(timedelta(days=4))
        ses.reset()
        assert_seeded(ses)
    assert given == OPTION


@mock_ses_verify(rate=None, clock=VirtualClock(), identities=OPTION)
class TestDecorated:
    def test_begins_with_the_option(self) -> None:
        """Each test of a decorated class begins so, whatever another has changed."""
        assert_seeded(current_stub())
        current_stub().add_identity(SITE, "Failed", dkim="Failed", mail_from=(MAIL, "Failed"))

    test_begins_so_again = test_begins_with_the_option


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (
            {"dkimm": "Success"},
            r"key='dkimm': expected one of status, token, dkim, mail_from \(did you mean 'dkim'\?\)",
        ),
        ({"status": "Done"}, "status='Done': expected one of"),
        ({"name": SITE}, "key='name': expected one of"),
        ({5: 5}, "key=5: expected one of"),
        (["Success"], r"status=\['Success'\]: expected one of"),
    ],
    ids=["key", "status", "name", "number", "list"],
)
def test_wrong_dict_in_the_option_is_refused(given: Any, text: str) -> None:
    """The error names the identity and what is wrong of it, where the option is written."""
    with pytest.raises(ValueError, match=f"^option identities=.*.* that of 'example.com' has {text}"):
        mock_ses_verify(identities={SITE: given})


def test_one_preset_is_dated_and_explained_in_the_timeline(ses: SESStub) -> None:
    """The timeline shows each status that was set."""
    ses.add_identity(SITE, dkim="Success", mail_from=MAIL)
    table = str(ses.timeline())
    for line in (f"{SITE}: new -> Success", f"{SITE} DKIM: NotStarted -> Success", f"{SITE} MAIL FROM: NotStarted -> "):
        assert line in table
