"""SES v2: custom verification mails and their templates. What both APIs have alike is in `test_v1_custom_…`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from clients import CUSTOM_MAIL, answered, known, make_client, refused, shared_client
from fidelity import aws

from ses_stub import SESStub, VirtualClock, mock_ses_verify

SITE, USER = "example.com", "ann@example.org"
ARN = "arn:aws:ses:us-east-1:123456789012:custom-verification-email-template/welcome"
NO_TEMPLATE = ("NotFoundException", 404, "Custom verification email template <welcome> does not exist")
TAGS = [{"Key": "team", "Value": "mail"}]


@pytest.fixture
def ses() -> Iterator[SESStub]:
    with mock_ses_verify(rate=None, clock=VirtualClock(), identities=[SITE]) as stub:
        yield stub


@pytest.fixture
def client(ses: SESStub) -> Any:
    return shared_client("sesv2", parameter_validation=False)


def create(client: Any, **changes: Any) -> Any:
    return answered(client.create_custom_verification_email_template(**CUSTOM_MAIL | changes))


def get(client: Any) -> Any:
    """The template as it is now, without its tags, which an older botocore does not know."""
    found = answered(client.get_custom_verification_email_template(TemplateName="welcome"))
    found.pop("Tags", None)
    return found


def page(client: Any, **params: Any) -> tuple[list[str], str | None]:
    """The names on a page of templates, and the token of the next."""
    answer = client.list_custom_verification_email_templates(**params)
    return [one["TemplateName"] for one in answer["CustomVerificationEmailTemplates"]], answer.get("NextToken")


def send(client: Any, address: str = USER, **more: str) -> Any:
    return client.send_custom_verification_email(EmailAddress=address, TemplateName="welcome", **more)


def bad(text: str) -> tuple[str, int, str]:
    return "BadRequestException", 400, text


# Templates.


@aws("reported", "floci pull request 1840, probed: both APIs have the same templates")
def test_v1_and_v2_have_the_same_templates(client: Any) -> None:
    """A template that is created, changed or deleted in one API is so in the other."""
    v1 = make_client()
    assert create(client) == {}
    assert answered(v1.get_custom_verification_email_template(TemplateName="welcome")) == CUSTOM_MAIL
    v1.update_custom_verification_email_template(TemplateName="welcome", TemplateSubject="Other")
    assert get(client) == CUSTOM_MAIL | {"TemplateSubject": "Other"}
    assert answered(client.update_custom_verification_email_template(**CUSTOM_MAIL)) == {}
    assert answered(v1.get_custom_verification_email_template(TemplateName="welcome")) == CUSTOM_MAIL
    assert answered(client.delete_custom_verification_email_template(TemplateName="welcome")) == {}
    assert v1.list_custom_verification_email_templates()["CustomVerificationEmailTemplates"] == []


@aws("reported", "floci pull request 1840, probed")
def test_v2_templates_are_listed_without_content(client: Any) -> None:
    """Templates are listed in the order of their creation, without their content."""
    create(client)
    create(client, TemplateName="again")
    shown = {name: value for name, value in CUSTOM_MAIL.items() if name != "TemplateContent"}
    answer = answered(client.list_custom_verification_email_templates())
    assert answer == {"CustomVerificationEmailTemplates": [shown, shown | {"TemplateName": "again"}]}


@aws("reported", "floci pull request 1840, probed")
@pytest.mark.parametrize("operation", ["get", "update", "delete"])
def test_unknown_v2_template_cannot_be_read_changed_or_deleted(client: Any, operation: str) -> None:
    """An unknown template cannot be read, changed or deleted."""
    params = CUSTOM_MAIL if operation == "update" else {"TemplateName": "welcome"}
    call = getattr(client, f"{operation}_custom_verification_email_template")
    assert refused(call, **params) == NO_TEMPLATE


@aws("reported", "floci pull request 1840, probed")
def test_v2_template_name_cannot_be_taken_twice(client: Any) -> None:
    """A template's name can be used only once."""
    create(client)
    text = "Custom verification email template <welcome> already exists"
    assert refused(create, client=client, TemplateSubject="Other") == ("AlreadyExistsException", 400, text)
    assert get(client) == CUSTOM_MAIL


@aws("reported", "floci pull request 1840, probed")
@pytest.mark.parametrize(
    ("change", "error"),
    [
        (
            {"FromEmailAddress": "bob@example.net"},
            ("NotFoundException", 404, "The from email address <bob@example.net> is not verified"),
        ),
        ({"SuccessRedirectionURL": "not-a-url"}, bad("The success redirection URL is invalid")),
        ({"FailureRedirectionURL": "not-a-url"}, bad("The failure redirection URL is invalid")),
    ],
    ids=["sender", "success", "failure"],
)
def test_v2_template_needs_sender_and_urls(client: Any, change: dict[str, str], error: tuple[str, int, str]) -> None:
    """A template needs a verified sender and two valid URLs, when it is created and after each update."""
    assert refused(create, client=client, **change) == error
    create(client)
    assert refused(client.update_custom_verification_email_template, **CUSTOM_MAIL | change) == error
    assert get(client) == CUSTOM_MAIL


@aws("documented", "service model, UpdateCustomVerificationEmailTemplate: v2 requires every member")
@pytest.mark.parametrize("missing", [name for name in CUSTOM_MAIL if name != "TemplateName"])
def test_v2_update_needs_every_field(client: Any, missing: str) -> None:
    """An update without one of the fields is refused, unlike in v1."""
    create(client)
    params = {name: value for name, value in CUSTOM_MAIL.items() if name != missing}
    member = missing[0].lower() + missing[1:]
    text = f"1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must not be null"
    assert refused(client.update_custom_verification_email_template, **params) == bad(text)


@aws("documented", 'Guide, "Custom verification email templates": 50; the error\'s text is unverified')
def test_account_may_have_50_v2_templates(client: Any) -> None:
    """A region may have 50 templates, whichever API has created them."""
    for i in range(50):
        create(client, TemplateName=f"t{i}")
    text = "The number of custom verification email templates exceeds the limit of 50"
    assert refused(create, client=client) == ("LimitExceededException", 400, text)


# Pages.


@aws("documented", "service model, ListCustomVerificationEmailTemplates: PageSize and NextToken")
@pytest.mark.parametrize("size", [1, 2, 5, 50])
def test_v2_template_pages_follow_by_token(client: Any, size: int) -> None:
    """The token of a page leads to the next one, and the last page has none."""
    wanted = [f"t{i}" for i in range(5)]
    for name in wanted:
        create(client, TemplateName=name)
    found, token = page(client, PageSize=size)
    pages = [found]
    while token is not None:
        found, token = page(client, PageSize=size, NextToken=token)
        pages.append(found)
    assert pages == [wanted[i : i + size] for i in range(0, 5, size)]


@aws("reported", "floci, probed; v1 answers 50 templates instead")
@pytest.mark.parametrize("size", [-1, 0, 51])
def test_v2_template_page_size_out_of_range_is_refused(client: Any, size: int) -> None:
    """A page has 1 to 50 templates."""
    error = bad("The page size must be between 1 and 50")
    assert refused(client.list_custom_verification_email_templates, PageSize=size) == error


@aws("reported", "floci, probed: the same text as in v1; an empty token is none")
def test_unknown_v2_template_page_token_is_refused(client: Any) -> None:
    """An unknown token is refused, and an empty one means the first page."""
    assert refused(client.list_custom_verification_email_templates, NextToken="abc") == bad("Invalid nextToken <abc>.")
    create(client)
    assert page(client, NextToken="") == (["welcome"], None)


# Tags.


@aws("documented", "service model, TagResource; the error is reported as probed")
def test_template_can_be_tagged(client: Any) -> None:
    """Tags are added to a template by its ARN, listed, kept by an update, and removed."""
    text = "No CustomVerificationEmailTemplate present with name: welcome"
    assert refused(client.tag_resource, ResourceArn=ARN, Tags=TAGS) == ("NotFoundException", 404, text)
    create(client)
    client.tag_resource(ResourceArn=ARN, Tags=TAGS)
    client.update_custom_verification_email_template(**CUSTOM_MAIL | {"TemplateSubject": "Other"})
    assert client.list_tags_for_resource(ResourceArn=ARN)["Tags"] == TAGS
    client.untag_resource(ResourceArn=ARN, TagKeys=["team"])
    assert client.list_tags_for_resource(ResourceArn=ARN)["Tags"] == []


@pytest.mark.skipif(
    not known("CreateCustomVerificationEmailTemplateRequest", Tags=[]), reason="this botocore has no tags of templates"
)
@aws("documented", "service model, CreateCustomVerificationEmailTemplate: Tags")
def test_template_can_be_created_with_tags(client: Any) -> None:
    """A template may be created with tags, which are part of it; invalid ones create nothing."""
    assert refused(create, client=client, Tags=[*TAGS, *TAGS]) == bad("Cannot provide multiple tags with the same key")
    assert page(client) == ([], None)
    create(client, Tags=TAGS)
    assert answered(client.get_custom_verification_email_template(TemplateName="welcome")) == {
        **CUSTOM_MAIL,
        "Tags": TAGS,
    }


# The mail.


@aws("documented", "service model, SendCustomVerificationEmail: the address is added and a mail sent to it")
def test_v2_custom_mail_verifies_an_address(ses: SESStub, client: Any) -> None:
    """The mail has the template's sender, subject and content; its link verifies the address, and redirects."""
    create(client)
    answer = send(client)
    (mail,) = ses.verification_emails
    assert (mail.to, mail.sender, mail.subject) == (USER, "hello@example.com", "Please confirm")
    assert answer["MessageId"]
    assert client.get_email_identity(EmailIdentity=USER)["VerificationStatus"] == "PENDING"
    assert ses.click_verification_link(USER) == CUSTOM_MAIL["SuccessRedirectionURL"]
    assert client.get_email_identity(EmailIdentity=USER)["VerificationStatus"] == "SUCCESS"


@aws("reported", "floci pull request 2191, probed: another text than in v1")
def test_v2_unknown_template_to_send(ses: SESStub, client: Any) -> None:
    """An unknown template sends no mail and registers nothing."""
    assert refused(send, client=client) == NO_TEMPLATE
    assert (ses.verification_emails, list(ses.identities)) == ([], [SITE])


@aws("reported", "floci pull request 2191, probed: the address is checked first, with the same texts as in v1")
@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("", "Email address not specified."),
        ("ann", "Invalid email address<ann>."),
        ("a@@b.com", "Invalid email address<a@@b.com>."),
    ],
)
def test_v2_custom_mail_to_a_malformed_address_is_refused(client: Any, address: str, text: str) -> None:
    """A malformed address is refused, before the template is looked up."""
    assert refused(send, client=client, address=address) == bad(text)


@aws("inferred", "CreateCustomVerificationEmailTemplate has the same code of v1, and NotFoundException in v2")
def test_v2_sender_no_longer_verified(ses: SESStub, client: Any) -> None:
    """If the template's sender is no longer verified, no mail is sent."""
    create(client)
    client.delete_email_identity(EmailIdentity=SITE)
    assert refused(send, client=client) == (
        "NotFoundException",
        404,
        "Email address is not verified."
        " The following identities failed the check in region US-EAST-1: hello@example.com",
    )
    assert (ses.verification_emails, list(ses.identities)) == ([], [])


@aws("documented", "service model: NotFoundException; the text as recorded of other operations")
def test_v2_custom_mail_with_an_unknown_configuration_set_is_refused(ses: SESStub, client: Any) -> None:
    """A configuration set that a custom mail names must exist, or no mail is sent and nothing registered."""
    create(client)
    error = refused(send, client=client, ConfigurationSetName="news")
    assert error == ("NotFoundException", 404, "Configuration set <news> does not exist.")
    assert (ses.verification_emails, list(ses.identities)) == ([], [SITE])
    client.create_configuration_set(ConfigurationSetName="news")
    send(client, ConfigurationSetName="news")
    assert list(ses.identities) == [SITE, USER]


@aws("documented", "service model: SendingPausedException; the text is unverified")
def test_paused_account_sends_no_v2_custom_mail(client: Any) -> None:
    """An account whose sending is paused sends no custom mail."""
    create(client)
    client.put_account_sending_attributes(SendingEnabled=False)
    error = ("SendingPausedException", 400, "Email sending is disabled for your Amazon SES account.")
    assert refused(send, client=client) == error


@aws("unverified", "v2 has no error of its own for this; the text is that of v1", question="sandbox-custom-mail")
def test_sandbox_sends_no_v2_custom_mail() -> None:
    """In the sandbox no custom mail is sent."""
    with mock_ses_verify(rate=None, clock=VirtualClock(), identities=[SITE], production_access=False) as ses:
        client = make_client("sesv2")
        create(client)
        assert refused(send, client=client) == bad("Your account does not have production access.")
        assert ses.verification_emails == []
