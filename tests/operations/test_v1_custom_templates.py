"""The templates of custom verification mails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from clients import CUSTOM_MAIL, answered, make_client, refused, shared_client
from fidelity import aws

from ses_stub import SESStub, VirtualClock, mock_ses_verify

SITE = "example.com"
IN_LIST = {name: value for name, value in CUSTOM_MAIL.items() if name != "TemplateContent"}
NOT_VERIFIED = ("FromEmailAddressNotVerified", 400, "The from email address <bob@example.net> is not verified")
NO_TEMPLATE = (
    "CustomVerificationEmailTemplateDoesNotExist",
    400,
    "Custom verification email template <welcome> does not exist",
)


@pytest.fixture
def ses() -> Iterator[SESStub]:
    with mock_ses_verify(rate=None, clock=VirtualClock(), identities=[SITE]) as stub:
        yield stub


@pytest.fixture
def client(ses: SESStub) -> Any:
    return shared_client(parameter_validation=False)


def create(client: Any, **changes: str) -> None:
    client.create_custom_verification_email_template(**CUSTOM_MAIL | changes)


def get(client: Any, name: str = "welcome") -> Any:
    return answered(client.get_custom_verification_email_template(TemplateName=name))


def page(client: Any, **params: Any) -> tuple[list[str], str | None]:
    """The names on a page of templates, and the token of the next."""
    answer = client.list_custom_verification_email_templates(**params)
    return [one["TemplateName"] for one in answer["CustomVerificationEmailTemplates"]], answer.get("NextToken")


# Create, read, update, delete.


@aws("documented", "Reference, GetCustomVerificationEmailTemplate")
def test_created_template_is_returned_as_given(client: Any) -> None:
    """A template is returned as it was created."""
    create(client)
    assert get(client) == CUSTOM_MAIL


@aws("reported", "floci, probed: the list omits the content")
def test_templates_are_listed_by_creation_without_content(client: Any) -> None:
    """Templates are listed in the order of their creation, without their content."""
    assert page(client) == ([], None)
    create(client)
    create(client, TemplateName="again")
    found = client.list_custom_verification_email_templates()["CustomVerificationEmailTemplates"]
    assert found == [IN_LIST, IN_LIST | {"TemplateName": "again"}]


@aws("documented", 'Reference, UpdateCustomVerificationEmailTemplate: "attributes you specify overwrite"')
@pytest.mark.parametrize(
    "change",
    [
        {},
        {"FromEmailAddress": "news@mail.example.com"},
        {"TemplateSubject": "Other"},
        {"TemplateContent": "Other"},
        {"SuccessRedirectionURL": "http://example.net"},
        {"FailureRedirectionURL": "http://example.net"},
    ],
    ids=lambda change: next(iter(change), "nothing"),
)
def test_template_update_changes_only_given_fields(client: Any, change: dict[str, str]) -> None:
    """An update changes the given fields of a template and keeps the rest."""
    create(client)
    client.update_custom_verification_email_template(TemplateName="welcome", **change)
    assert get(client) == CUSTOM_MAIL | change


@aws("documented", "Reference, DeleteCustomVerificationEmailTemplate")
def test_deleted_template_is_gone_and_its_name_free(client: Any) -> None:
    """A deleted template is gone, and its name may be used again."""
    create(client)
    client.delete_custom_verification_email_template(TemplateName="welcome")
    assert page(client) == ([], None)
    create(client, TemplateSubject="Other")
    assert get(client)["TemplateSubject"] == "Other"


@aws("documented", 'Guide, "Regions": each has what is its own')
def test_each_region_its_own(client: Any) -> None:
    """A template exists only in the region in which it was created."""
    create(client)
    assert page(make_client(region="eu-west-1")) == ([], None)


@aws("reported", "floci, probed")
@pytest.mark.parametrize("operation", ["get", "update", "delete"])
def test_unknown_template_cannot_be_read_changed_or_deleted(client: Any, operation: str) -> None:
    """An unknown template cannot be read, changed or deleted."""
    call = getattr(client, f"{operation}_custom_verification_email_template")
    assert refused(call, TemplateName="welcome") == NO_TEMPLATE


@aws("reported", "floci, probed")
def test_template_name_cannot_be_taken_twice(client: Any) -> None:
    """A template's name can be used only once."""
    create(client)
    assert refused(create, client=client, TemplateSubject="Other") == (
        "CustomVerificationEmailTemplateAlreadyExists",
        400,
        "Custom verification email template <welcome> already exists",
    )
    assert get(client) == CUSTOM_MAIL


def _redirection(which: str) -> tuple[str, int, str]:
    return "InvalidParameterValue", 400, f"The {which} redirection URL is invalid"


WRONG = {
    "sender": ({"FromEmailAddress": "bob@example.net"}, NOT_VERIFIED),
    "sender first": ({"FromEmailAddress": "bob@example.net", "SuccessRedirectionURL": "x"}, NOT_VERIFIED),
    "no scheme": ({"SuccessRedirectionURL": "example.com/thanks"}, _redirection("success")),
    "other scheme": ({"SuccessRedirectionURL": "ftp://example.com/thanks"}, _redirection("success")),
    "no host": ({"SuccessRedirectionURL": "https:///thanks"}, _redirection("success")),
    "half a host": ({"SuccessRedirectionURL": "https://[::1/thanks"}, _redirection("success")),
    "success first": ({"SuccessRedirectionURL": "", "FailureRedirectionURL": ""}, _redirection("success")),
    "failure": ({"FailureRedirectionURL": "mailto:ann@example.com"}, _redirection("failure")),
}


@aws("reported", "floci, probed: errors and their order; which URLs are wrong is inferred")
@pytest.mark.parametrize(("change", "error"), WRONG.values(), ids=WRONG)
def test_template_needs_sender_and_urls(client: Any, change: dict[str, str], error: tuple[str, int, str]) -> None:
    """A template needs a verified sender and two valid URLs, when it is created and after each update."""
    assert refused(create, client=client, **change) == error
    assert page(client) == ([], None)
    create(client)
    assert refused(client.update_custom_verification_email_template, TemplateName="welcome", **change) == error
    assert get(client) == CUSTOM_MAIL


@aws("documented", 'Guide, "Custom verification email templates": "has to be verified, or … on a verified domain"')
@pytest.mark.parametrize(
    ("verification", "allowed"),
    [("Success", True), ("TemporaryFailure", True), ("Pending", False), ("Failed", False), (None, False)],
)
def test_sender_is_verified(ses: SESStub, client: Any, verification: str | None, allowed: bool) -> None:
    """The sender of a template must be a verified address."""
    if verification is not None:
        ses.add_identity("bob@example.net", verification)
    if allowed:
        create(client, FromEmailAddress="bob@example.net")
        assert get(client)["FromEmailAddress"] == "bob@example.net"
    else:
        assert refused(create, client=client, FromEmailAddress="bob@example.net") == NOT_VERIFIED


@aws("documented", 'Guide, "Custom verification email templates": 50; the error\'s text is unverified')
def test_account_may_have_50_templates_in_a_region(client: Any) -> None:
    """A region may have 50 templates. To add one more, another must be deleted."""
    for i in range(50):
        create(client, TemplateName=f"t{i}")
    assert refused(create, client=client) == (
        "LimitExceeded",
        400,
        "The number of custom verification email templates exceeds the limit of 50",
    )
    client.update_custom_verification_email_template(TemplateName="t0", TemplateSubject="Other")
    client.delete_custom_verification_email_template(TemplateName="t49")
    create(client)
    assert page(client)[0] == [*(f"t{i}" for i in range(49)), "welcome"]


# Pages.


@aws("documented", "Reference, ListCustomVerificationEmailTemplates: MaxResults and NextToken")
@pytest.mark.parametrize("size", [1, 2, 4, 5, 6])
def test_template_pages_follow_by_token(client: Any, size: int) -> None:
    """The token of a page leads to the next one, and the last page has none. botocore's paginator reads them all."""
    wanted = [f"t{i}" for i in range(5)]
    for name in wanted:
        create(client, TemplateName=name)
    found, token = page(client, MaxResults=size)
    pages = [found]
    while token is not None:
        found, token = page(client, MaxResults=size, NextToken=token)
        pages.append(found)
    assert pages == [wanted[i : i + size] for i in range(0, 5, size)]
    paginator = client.get_paginator("list_custom_verification_email_templates")
    paged = paginator.paginate(PaginationConfig={"PageSize": size}).build_full_result()
    assert [one["TemplateName"] for one in paged["CustomVerificationEmailTemplates"]] == wanted


@aws("documented", 'Reference: "less than 1 or greater than 50 … returns up to 50"')
@pytest.mark.parametrize("size", [-1, 0, 50, 51, 10_000])
def test_size_out_of_range(client: Any, size: int) -> None:
    """A page size out of range means 50 templates."""
    for i in range(50):
        create(client, TemplateName=f"t{i}")
    found, token = page(client, MaxResults=size)
    assert (len(found), token) == (50, None)


@aws("reported", "floci, probed: nextToken in lower case, unlike ListIdentities")
@pytest.mark.parametrize("token", ["abc", "YQ==", "ä"])
def test_unknown_template_page_token_is_refused(client: Any, token: str) -> None:
    """An unknown token is refused."""
    error = ("InvalidParameterValue", 400, f"Invalid nextToken <{token}>.")
    assert refused(client.list_custom_verification_email_templates, NextToken=token) == error


@aws("reported", "floci, probed: an empty token is none")
def test_empty_template_page_token_is_the_first_page(client: Any) -> None:
    """An empty token means the first page."""
    create(client)
    assert page(client, NextToken="") == (["welcome"], None)
