"""Custom verification mails: their content, where their links lead, and when they may be sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from clients import CUSTOM_MAIL, make_client, names, refused, shared_client, status
from fidelity import aws

from ses_stub import SESStub, VirtualClock, mock_ses_verify

SITE, USER = "example.com", "ann@example.org"
DONE, LATE = CUSTOM_MAIL["SuccessRedirectionURL"], CUSTOM_MAIL["FailureRedirectionURL"]


@pytest.fixture
def ses() -> Iterator[SESStub]:
    with mock_ses_verify(rate=None, clock=VirtualClock(), identities=[SITE]) as stub:
        yield stub


@pytest.fixture
def client(ses: SESStub) -> Any:
    return shared_client(parameter_validation=False)


def create(client: Any) -> None:
    client.create_custom_verification_email_template(**CUSTOM_MAIL)


def send(client: Any, address: str = USER, **more: str) -> Any:
    return client.send_custom_verification_email(EmailAddress=address, TemplateName="welcome", **more)


# The mail.


@aws("documented", 'Guide: "content you specified …, followed by a link"')
def test_custom_mail_has_sender_subject_content_and_link(ses: SESStub, client: Any) -> None:
    """The mail has the template's sender, subject and content, and a link; the address is Pending."""
    create(client)
    assert send(client)["MessageId"]
    (mail,) = ses.verification_emails
    assert (mail.to, mail.identity, mail.sender, mail.subject) == (USER, USER, "hello@example.com", "Please confirm")
    assert mail.body.startswith("<p>Nearly there.</p>\n")
    assert mail.link in mail.body
    assert mail.sent_at == ses.clock.now()
    assert status(client, USER) == "Pending"
    assert names(client) == [SITE, USER]


@aws("documented", 'Guide: the recipient is "sent to" the URL "if his or her address is successfully verified"')
def test_custom_link_in_time_redirects_to_success(ses: SESStub, client: Any) -> None:
    """A click in time redirects to the success URL and verifies the address."""
    create(client)
    send(client)
    ses.clock.advance(hours=24, seconds=-1)
    assert ses.click_verification_link(USER) == DONE
    assert status(client, USER) == "Success"


@aws("inferred", "the link of the standard mail works 24 hours; of this one the documentation says nothing")
def test_custom_link_after_24_hours_redirects_to_failure(ses: SESStub, client: Any) -> None:
    """A click after 24 hours redirects to the failure URL, and the address is Failed."""
    create(client)
    send(client)
    ses.clock.advance(hours=24)
    assert ses.click_verification_link(USER) == LATE
    assert status(client, USER) == "Failed"


@aws("inferred", "the failure URL is for whoever is not verified")
def test_link_of_a_deleted_address(ses: SESStub, client: Any) -> None:
    """A click for an address that was deleted redirects to the failure URL and registers nothing."""
    create(client)
    send(client)
    client.delete_identity(Identity=USER)
    assert ses.click_verification_link(ses.verification_emails[0].link) == LATE
    assert names(client) == [SITE]


@aws("inferred", "a mail that is sent changes no more")
def test_mail_outlives_its_template(ses: SESStub, client: Any) -> None:
    """A mail keeps the URLs of its template, even if the template is changed or deleted later."""
    create(client)
    send(client)
    client.update_custom_verification_email_template(
        TemplateName="welcome", SuccessRedirectionURL="https://example.com/other"
    )
    client.delete_custom_verification_email_template(TemplateName="welcome")
    assert ses.click_verification_link(USER) == DONE


@aws("inferred", "as VerifyEmailIdentity")
def test_each_custom_mail_has_its_own_link(ses: SESStub, client: Any) -> None:
    """Each request sends a mail with its own link and restarts the 24 hours."""
    create(client)
    messages = [send(client)["MessageId"]]
    ses.clock.advance(hours=23)
    messages.append(send(client)["MessageId"])
    ses.clock.advance(hours=23)
    assert status(client, USER) == "Pending"
    assert len({*messages, *(mail.link for mail in ses.verification_emails)}) == 4
    assert ses.click_verification_link(USER) == DONE


@aws("inferred", "as VerifyEmailIdentity")
def test_custom_mail_makes_a_failed_address_pending(ses: SESStub, client: Any) -> None:
    """A request makes an address that has Failed Pending again."""
    create(client)
    ses.add_identity(USER, "Failed")
    send(client)
    assert status(client, USER) == "Pending"


# When it may be sent.


@aws("documented", 'Guide: "ProductionAccessNotGranted"; the text is unverified')
def test_sandbox_sends_no_custom_mail() -> None:
    """In the sandbox no custom mail is sent and nothing is registered; templates can be created."""
    with mock_ses_verify(rate=None, clock=VirtualClock(), identities=[SITE], production_access=False) as ses:
        client = make_client()
        create(client)
        error = ("ProductionAccessNotGranted", 400, "Your account does not have production access.")
        assert refused(send, client=client) == error
        assert refused(send, client=client, address="no address") == error
        assert (ses.verification_emails, names(client)) == ([], [SITE])


@aws("reported", "floci, probed: the account is looked at first")
def test_paused_account_sends_no_custom_mail(client: Any) -> None:
    """An account whose sending is paused sends no custom mail."""
    create(client)
    client.update_account_sending_enabled(Enabled=False)
    code, http, text = refused(send, client=client, address="")
    assert (code, http) == ("AccountSendingPausedException", 400)
    assert text == "Email sending is disabled for your Amazon SES account."


WRONG_ADDRESSES = [
    "ann",
    "ann@",
    "@example.org",
    "a@b@example.org",
    "an n@example.org",
    "a" * 309 + "@example.org",
    SITE,
]


@aws("reported", "floci, probed")
@pytest.mark.parametrize(
    ("address", "text"),
    [("", "Email address not specified."), *((one, f"Invalid email address<{one}>.") for one in WRONG_ADDRESSES)],
)
def test_custom_mail_to_a_malformed_address_is_refused(ses: SESStub, client: Any, address: str, text: str) -> None:
    """A malformed address is refused, before the template is looked up."""
    assert refused(send, client=client, address=address) == ("InvalidParameterValue", 400, text)
    assert ses.identities.keys() == {SITE}


@aws("reported", "floci, probed")
@pytest.mark.parametrize("address", ["a@b", '"a@b"@example.org', "ann+tag@example.org"])
def test_custom_mail_address_needs_one_unquoted_at_sign(ses: SESStub, client: Any, address: str) -> None:
    """An address with one unquoted @ and text on both sides is accepted."""
    create(client)
    send(client, address)
    assert ses.identities[address].status == "Pending"


@aws("reported", "floci, probed: another text than that of the other operations")
def test_unknown_template_to_send(ses: SESStub, client: Any) -> None:
    """An unknown template sends no mail and registers nothing."""
    error = ("CustomVerificationEmailTemplateDoesNotExist", 400, "Template <welcome> does not exist")
    assert refused(send, client=client) == error
    assert (ses.verification_emails, names(client)) == ([], [SITE])


@aws("reported", "floci, probed")
def test_sender_no_longer_verified(ses: SESStub, client: Any) -> None:
    """If the template's sender is no longer verified, no mail is sent."""
    create(client)
    client.delete_identity(Identity=SITE)
    assert refused(send, client=client) == (
        "FromEmailAddressNotVerified",
        400,
        "Email address is not verified."
        " The following identities failed the check in region US-EAST-1: hello@example.com",
    )
    assert (ses.verification_emails, names(client)) == ([], [])


@aws("documented", "service model: ConfigurationSetDoesNotExistException; the text as recorded of other operations")
def test_custom_mail_with_an_unknown_configuration_set_is_refused(ses: SESStub, client: Any) -> None:
    """A configuration set that a custom mail names must exist, or no mail is sent and nothing registered."""
    create(client)
    news = {"ConfigurationSetName": "news"}
    error = refused(send, client=client, **news)
    assert error == ("ConfigurationSetDoesNotExist", 400, "Configuration set <news> does not exist.")
    assert (ses.verification_emails, names(client)) == ([], [SITE])
    client.create_configuration_set(ConfigurationSet={"Name": "news"})
    send(client, **news)
    assert status(client, USER) == "Pending"
