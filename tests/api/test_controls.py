"""The stub's controls: what a test can set, do and read, checked with a real client."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError
from datetime import timedelta
from typing import Any

import botocore.session
import pytest
from clients import STATUSES, make_client

from ses_stub import Identity, IdentityType, SESStub, SESStubError, VerificationStatus, mock_ses_verify

SESSION = botocore.session.Session()
TOKEN = "EXAMPLE3VYb9EDI2nTOQRi/Tf6MI/6bD6THIGiP1MVY="


@pytest.fixture
def client(ses: SESStub) -> Any:
    return SESSION.create_client("ses", region_name=ses.region)


def attributes(client: Any, *names: str) -> dict[str, Any]:
    answer = client.get_identity_verification_attributes(Identities=list(names))
    found: dict[str, Any] = answer["VerificationAttributes"]
    return found


def status(client: Any, name: str) -> str | None:
    """The status that a client receives; None if the identity is left out."""
    found: str | None = attributes(client, name).get(name, {}).get("VerificationStatus")
    return found


# Identities.


def test_documented_example_is_answered_verbatim(ses: SESStub, client: Any) -> None:
    """The example in AWS's documentation is answered verbatim."""
    ses.add_identity("example.com", "Success", token=TOKEN)
    answer = client.get_identity_verification_attributes(Identities=["example.com"])
    metadata = answer.pop("ResponseMetadata")
    assert metadata["HTTPStatusCode"] == 200
    assert answer == {
        "VerificationAttributes": {"example.com": {"VerificationStatus": "Success", "VerificationToken": TOKEN}}
    }


def test_address_has_no_token(ses: SESStub, client: Any) -> None:
    """The entry of an email address holds only the status."""
    ses.add_identity("ann@example.com")
    assert attributes(client, "ann@example.com") == {"ann@example.com": {"VerificationStatus": "Success"}}


@pytest.mark.parametrize("value", list(VerificationStatus), ids=str)
@pytest.mark.parametrize("name", ["example.com", "ann@example.com"])
def test_identity_can_be_added_in_each_status(ses: SESStub, client: Any, name: str, value: VerificationStatus) -> None:
    """An identity can be added in each status, given as enum or in the spelling of v1 or v2."""
    ses.add_identity(name, value)
    assert status(client, name) == value.value
    for spelling in (str(value), STATUSES[value.value]):
        assert ses.add_identity(name, spelling).status is value
        ses.after(hours=1).set_status(name, spelling)
        ses.script("example.org", [spelling])
        ses.clock.advance(hours=1)
        assert ses.identity(name).status is ses.identity("example.org").status is value


def test_adding_an_identity_again_sets_its_status(ses: SESStub, client: Any) -> None:
    """Adding an identity again sets its status, whatever it was before, and keeps the token that it was given."""
    ses.add_identity("example.com", "Failed", token="given")
    ses.add_identity("example.com", "Success")
    assert status(client, "example.com") == "Success"
    assert [one.token for one in ses.identities.values()] == ["given"]


def test_identity_has_type_status_token_and_dates(ses: SESStub, client: Any) -> None:
    """An identity has a name, type, status, token and dates."""
    token = client.verify_domain_identity(Domain="example.com")["VerificationToken"]
    start = ses.clock.now()
    assert ses.identity("example.com") == Identity(
        name="example.com",
        type=IdentityType.DOMAIN,
        status=VerificationStatus.PENDING,
        token=token,
        requested_at=start,
        expires_at=start + timedelta(hours=72),
    )
    ses.publish_txt("example.com")
    assert ses.identity("example.com").expires_at is None


def test_identities_mapping_is_in_registration_sequence(ses: SESStub, client: Any) -> None:
    """The mapping holds all identities by name, in the order of their registration."""
    client.verify_domain_identity(Domain="example.com")
    ses.add_identity("ann@example.com")
    assert {name: (one.type.value, one.status.value) for name, one in ses.identities.items()} == {
        "example.com": ("Domain", "Pending"),
        "ann@example.com": ("EmailAddress", "Success"),
    }


def test_identities_and_mapping_are_read_only(ses: SESStub) -> None:
    """Neither the mapping nor an identity can be written to."""
    identity = ses.add_identity("example.com")
    with pytest.raises(FrozenInstanceError):
        identity.status = VerificationStatus.FAILED  # type: ignore[misc]
    with pytest.raises(TypeError):
        ses.identities["other.com"] = identity  # type: ignore[index]


def test_identity_in_hand_is_a_snapshot(ses: SESStub) -> None:
    """An identity that was read earlier is a snapshot: it does not change with the stub."""
    before, everything = ses.add_identity("example.com"), ses.identities
    ses.remove_txt("example.com")
    assert before.status == everything["example.com"].status == "Success"
    assert ses.identity("example.com").status == "TemporaryFailure"


def test_repr_of_stub_shows_region_account_and_counts(ses: SESStub, client: Any) -> None:
    """The repr of the stub shows its region, account and counts."""
    ses.add_identity("example.com")
    status(client, "example.com")
    assert repr(ses) == "<SESStub us-east-1 123456789012: 1 identity, 1 call>"
    assert repr(ses.dns) == f"<DNS of {ses!r}>"


# Errors that explain.


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        pytest.param(lambda ses: ses.add_identity("example.com", "Sucess"), "did you mean 'Success'", id="status"),
        pytest.param(lambda ses: ses.add_identity("example.com", "done"), "one of NotStarted, Pending", id="statuses"),
        pytest.param(lambda ses: ses.add_identity("nowhere"), "an email address or a domain", id="name"),
        pytest.param(lambda ses: ses.add_identity(7), "an email address or a domain", id="no text"),
        pytest.param(lambda ses: ses.add_identity("a@b.com", token=TOKEN), "token=.* is an email address", id="token"),
        pytest.param(lambda ses: ses.identity("exmaple.com"), "did you mean 'example.com'", id="near name"),
        pytest.param(lambda ses: ses.identity("zzz"), r"there are: ann@example.com, example.com\.$", id="far name"),
        pytest.param(lambda ses: ses.publish_txt("exmaple.com"), "did you mean 'example.com'", id="publish"),
        pytest.param(lambda ses: ses.remove_txt("exmaple.com"), "did you mean 'example.com'", id="withdraw"),
        pytest.param(lambda ses: ses.publish_txt("ann@example.com"), "no TXT record: use click_veri", id="address"),
        pytest.param(
            lambda ses: ses.click_verification_link("anm@example.com"), "did you mean 'ann@example.com'", id="click"
        ),
        pytest.param(
            lambda ses: ses.click_verification_link("https://a.example/"), "no email with the link", id="link"
        ),
        pytest.param(lambda ses: ses.view("eu-west-1").identity("zzz"), "in eu-west-1 of .*: none", id="empty"),
    ],
)
def test_wrong_control_call_explains_and_changes_nothing(ses: SESStub, wrong: Any, text: str) -> None:
    """A wrong call of a control is an error that lists what exists and suggests a name. Nothing changes."""
    ses.add_identity("example.com")
    ses.add_identity("ann@example.com", "Pending")
    before = dict(ses.identities), ses.verification_emails
    with pytest.raises(SESStubError, match=text):
        wrong(ses)
    assert (dict(ses.identities), ses.verification_emails) == before


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        pytest.param(lambda ses: ses.identity("example.com"), LookupError, id="unknown"),
        pytest.param(lambda ses: ses.click_verification_link("ann@example.com"), LookupError, id="no mail"),
        pytest.param(lambda ses: ses.add_identity("example.com", "No"), ValueError, id="status"),
        pytest.param(lambda ses: ses.add_identity("nowhere"), ValueError, id="name"),
        pytest.param(lambda ses: ses.add_identity("ann@example.com", token=TOKEN), ValueError, id="token"),
    ],
)
def test_control_errors_are_lookup_and_value_errors(ses: SESStub, wrong: Any, kind: type[Exception]) -> None:
    """The errors are also LookupError or ValueError, like Python's own."""
    with pytest.raises(kind):
        wrong(ses)


@pytest.mark.parametrize(
    ("name", "asked_by"),
    [("example.com", "verify_domain_identity"), ("ann@example.com", "verify_email_identity")],
)
def test_lookup_without_identities_hints_at_missing_request(ses: SESStub, name: str, asked_by: str) -> None:
    """If nothing was registered, the error says that the application may not have requested it."""
    with pytest.raises(
        LookupError, match=rf"there are: none\. Check that the application calls {asked_by} or create_email_"
    ):
        ses.publish_txt(name)


def test_identity_of_another_region_is_reported(ses: SESStub) -> None:
    """If a name exists in another region or account, the error says where, ready to copy."""
    ses.view("eu-west-1", "210987654321").add_identity("example.com")
    with pytest.raises(LookupError) as error:
        ses.identity("example.com")
    place = "region='eu-west-1', account_id='210987654321'"
    assert f"It exists in eu-west-1 of account 210987654321: use view({place}), or start the stub with {place}." in str(
        error.value
    )


def test_mail_of_another_region_is_reported_not_listed(ses: SESStub) -> None:
    """A mail of another region is reported in the same way; it is not listed among the mails of this region."""
    ses.view("eu-west-1").add_identity("ann@example.com", "Pending")
    with pytest.raises(LookupError) as error:
        ses.click_verification_link("ann@example.com")
    way_out = "use view(region='eu-west-1'), or start the stub with region='eu-west-1'."
    assert str(error.value).endswith(f"there are: none. It exists in eu-west-1: {way_out}")


def test_answered_by_another_stub() -> None:
    """An identity of an inner stub is not an identity of the outer one; the outer stub's error says so."""
    with mock_ses_verify() as outer, mock_ses_verify():
        make_client().verify_email_identity(EmailAddress="ann@example.com")
        with pytest.raises(LookupError, match="Another active stub has it: use only one stub in the test"):
            outer.click_verification_link("ann@example.com")


def test_domain_has_no_link(ses: SESStub) -> None:
    """A click for a domain is an error that says what verifies a domain instead."""
    ses.add_identity("example.com", "Pending")
    with pytest.raises(SESStubError, match=r"is a domain and has no link: use publish_txt\('example\.com'\)"):
        ses.click_verification_link("example.com")


def test_lookup_error_lists_at_most_twenty_names(ses: SESStub) -> None:
    """With many identities, the error lists twenty names."""
    for number in range(30):
        ses.add_identity(f"d{number:02}.example.com")
    with pytest.raises(LookupError, match=r"d19.example.com, …\.$"):
        ses.identity("zzz")


# Verification of an address.


def test_address_request_adds_a_mail_with_its_link(ses: SESStub, client: Any) -> None:
    """Each request for an address sends a mail; its link names region, account and address."""
    client.verify_email_identity(EmailAddress="ann+x@example.com")
    client.verify_domain_identity(Domain="example.com")
    (mail,) = ses.verification_emails
    assert (mail.to, mail.region, mail.account_id) == ("ann+x@example.com", "us-east-1", "123456789012")
    assert mail.sent_at == ses.clock.now()
    assert mail.expires_at - mail.sent_at == timedelta(hours=24)
    assert mail.link.startswith("https://email-verification.us-east-1.amazonaws.com/?Context=123456789012")
    assert "ann%2Bx%40example.com" in mail.link
    assert mail.sender == "no-reply-aws@amazon.com"
    assert mail.subject.endswith("Verification Request in region us-east-1")


def test_verification_emails_list_is_a_copy(ses: SESStub) -> None:
    """Emptying the list does not delete the mails."""
    ses.add_identity("ann@example.com", "Pending")
    ses.verification_emails.clear()
    assert [mail.to for mail in ses.verification_emails] == ["ann@example.com"]


@pytest.mark.parametrize("by", ["address", "link"])
def test_click_by_address_or_link_verifies_the_address(ses: SESStub, client: Any, by: str) -> None:
    """A click, by address or by link, verifies the address."""
    client.verify_email_identity(EmailAddress="ann@example.com")
    assert status(client, "ann@example.com") == "Pending"
    page = ses.click_verification_link("ann@example.com" if by == "address" else ses.verification_emails[0].link)
    assert page.startswith("Congratulations!")
    assert status(client, "ann@example.com") == "Success"


def test_click_after_24_hours_shows_an_expired_page(ses: SESStub, client: Any) -> None:
    """After 24 hours the page says that the link has expired, and the address stays Failed."""
    client.verify_email_identity(EmailAddress="ann@example.com")
    ses.clock.advance(hours=24)
    assert "expired" in ses.click_verification_link("ann@example.com")
    assert status(client, "ann@example.com") == "Failed"


def test_click_old_link(ses: SESStub, client: Any) -> None:
    """After a new request the first mail's link has expired and the second one's works."""
    client.verify_email_identity(EmailAddress="ann@example.com")
    ses.clock.advance(hours=20)
    client.verify_email_identity(EmailAddress="ann@example.com")
    ses.clock.advance(hours=20)
    first, second = ses.verification_emails
    assert "expired" in ses.click_verification_link(first.link)
    assert status(client, "ann@example.com") == "Pending"
    assert "Congratulations" in ses.click_verification_link(second.link)
    assert status(client, "ann@example.com") == "Success"


def test_click_for_a_deleted_address_is_unknown(ses: SESStub, client: Any) -> None:
    """The link of a deleted address is unknown, and does not register the address again."""
    client.verify_email_identity(EmailAddress="ann@example.com")
    client.delete_identity(Identity="ann@example.com")
    assert "is unknown" in ses.click_verification_link("ann@example.com")
    assert status(client, "ann@example.com") is None


def test_click_verifies_in_the_region_of_the_link(ses: SESStub) -> None:
    """A link verifies the address in the region that sent it, whichever view clicks it."""
    west = ses.view("eu-west-1")
    west.add_identity("ann@example.com", "Pending")
    ses.add_identity("ann@example.com", "Pending")
    ses.click_verification_link(west.verification_emails[0].link)
    assert west.identity("ann@example.com").status == "Success"
    assert ses.identity("ann@example.com").status == "Pending"


# Verification of a domain.


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        pytest.param("_amazonses.example.com", "", id="with label"),
        pytest.param("example.com", "amazonses:", id="without label"),
        pytest.param("_AmazonSES.Example.COM.", "", id="case and final dot"),
    ],
)
def test_txt_record_verifies_domain_until_removed(ses: SESStub, client: Any, name: str, prefix: str) -> None:
    """The TXT record verifies the domain in both documented forms. Without it: TemporaryFailure."""
    token = client.verify_domain_identity(Domain="example.com")["VerificationToken"]
    ses.dns.add_txt(name, prefix + token)
    assert status(client, "example.com") == "Success"
    ses.dns.remove_txt(name, prefix + token)
    assert status(client, "example.com") == "TemporaryFailure"


def test_wrong_txt_value_or_name_verifies_nothing(ses: SESStub, client: Any) -> None:
    """A record with another value, or on another name, verifies nothing."""
    token = client.verify_domain_identity(Domain="example.com")["VerificationToken"]
    ses.dns.add_txt("_amazonses.example.com", token.lower())
    ses.dns.add_txt("_amazonses.other.com", token)
    ses.dns.add_txt("example.com", token)
    assert status(client, "example.com") == "Pending"


def test_record_before_request(ses: SESStub, client: Any) -> None:
    """A record that is published before the request counts immediately."""
    ses.dns.add_txt("_amazonses.example.com", ses.add_identity("example.com", "NotStarted").token or "")
    client.verify_domain_identity(Domain="example.com")
    assert status(client, "example.com") == "Success"


def test_txt_records_are_added_once_read_and_removed(ses: SESStub) -> None:
    """The records of a name can be read, added once each, and removed one by one or all together."""
    for value in ("a", "b", "b", "c"):
        ses.dns.add_txt("Example.com", value)
    assert ses.dns.txt("example.com.") == ("a", "b", "c")
    ses.dns.remove_txt("example.com", "b")
    ses.dns.remove_txt("example.com", "unknown")
    assert ses.dns.txt("example.com") == ("a", "c")
    ses.dns.remove_txt("example.com")
    ses.dns.remove_txt("example.com")
    assert ses.dns.txt("example.com") == ()


def test_requested_record_is_published_and_removed(ses: SESStub, client: Any) -> None:
    """The record that SES asked for is published and removed without the test spelling it out."""
    token = client.verify_domain_identity(Domain="Example.com")["VerificationToken"]
    ses.publish_txt("example.com")
    assert ses.dns.txt("_amazonses.example.com") == (token,)
    assert status(client, "example.com") == "Success"
    ses.remove_txt("EXAMPLE.com")
    assert ses.dns.txt("_amazonses.example.com") == ()
    assert status(client, "example.com") == "TemporaryFailure"


def test_seeded_domain_has_its_record(ses: SESStub) -> None:
    """A domain that is added as Success has its TXT record published."""
    assert ses.dns.txt("_amazonses.example.com") == ()
    ses.add_identity("example.com", token=TOKEN)
    assert ses.dns.txt("_amazonses.example.com") == (TOKEN,)


@pytest.mark.parametrize(
    "control",
    [SESStub.identity, SESStub.click_verification_link, SESStub.publish_txt, SESStub.remove_dkim],
    ids=lambda control: control.__name__,
)
def test_name_is_a_text(ses: SESStub, control: Callable[[SESStub, Any], object]) -> None:
    """A name that is not a string is reported as the test's mistake."""
    with pytest.raises(SESStubError, match="must be a string, not None") as error:
        control(ses, None)
    assert isinstance(error.value, TypeError)


def test_status_is_shown_as_its_text(ses: SESStub) -> None:
    """A failed assertion in pytest shows a status as its text."""
    assert repr(ses.add_identity("example.com").status) == "'Success'"
