"""AWS's errors about messages, and custom verification emails and their templates; see `aws_errors`.

Guide: "Amazon SES email sending errors".
"""

from __future__ import annotations

from collections.abc import Iterable

from .aws_errors import AWSError, bad_request, invalid_parameter, newer_validation, one_of, violation

# Whether the account may send, and whether sender and recipients are verified.


def sending_paused() -> AWSError:
    """A message from an account that has paused its sending (code by the service model, text unverified)."""
    return AWSError("AccountSendingPausedException", "Email sending is disabled for your Amazon SES account.")


def sending_paused_by_aws() -> AWSError:
    """A message from an account whose sending AWS has paused, as recorded."""
    return AWSError(
        "MessageRejected",
        "Sending paused for this account. For more information, please check the inbox of the email address associated"
        " with your AWS account.",
    )


def daily_quota_exceeded() -> AWSError:
    """More messages than the quota of 24 hours (documented; the final stop as in "Maximum sending rate exceeded.")."""
    return AWSError("Throttling", "Daily message quota exceeded.")


def message_rejected(region: str, names: Iterable[str], code: str = "MessageRejected") -> AWSError:
    """A message whose sender, or in the sandbox whose recipient, is not verified; as recorded."""
    failed = f"The following identities failed the check in region {region.upper()}: {', '.join(names)}"
    return AWSError(code, f"Email address is not verified. {failed}")


def access_denied(account_id: str, action: str, resource: str) -> AWSError:
    """A message that an identity's policies do not allow, as recorded. The stub has no users."""
    user = f"arn:aws:iam::{account_id}:root"
    return AWSError(
        "AccessDenied", f"User `{user}' is not authorized to perform `{action}' on resource `{resource}'", 403
    )


def invalid_identity_arn(arn: str) -> AWSError:
    """SourceArn or a similar parameter that is not the ARN of an identity (text unverified)."""
    return invalid_parameter(f"Invalid identity ARN <{arn}>.")


def mail_from_domain_not_verified(domain: str) -> AWSError:
    """A message of an identity that requires its MAIL FROM domain (documented, layout unverified)."""
    return AWSError("MailFromDomainNotVerifiedException", f"Mail FROM domain is not verified: {domain}")


# What a message must have.


def no_recipients() -> AWSError:
    """A message without any recipient (documented)."""
    return invalid_parameter("There are no recipients specified.")


def too_many_recipients(most: int) -> AWSError:
    """A message to more than ``most`` recipients, as recorded."""
    return invalid_parameter(f"Recipient count exceeds {most}.")


def from_header_missing() -> AWSError:
    """A MIME message without a sender (reported as probed)."""
    return invalid_parameter("Missing required header 'From'.")


def message_nested_too_deeply() -> AWSError:
    """A MIME message that Python cannot parse (text unverified)."""
    return invalid_parameter("The message is nested too deeply.")


def source_missing(has_template: bool) -> AWSError:
    """SendEmail of v2 without a sender; empty for a simple message (reported as probed)."""
    return bad_request("Source cannot be empty" if has_template else "")


def content_missing() -> AWSError:
    """SendEmail of v2 without any content (text unverified)."""
    return bad_request("Content must contain Raw, Simple or Template.")


def template_or_inline() -> AWSError:
    """SendEmail of v2 with a template that has no source, or several (text unverified)."""
    return bad_request("Template must have exactly one of TemplateName, TemplateArn and TemplateContent.")


def one_kind_of_content() -> AWSError:
    """SendEmail of v2 with several kinds of content (text unverified)."""
    return bad_request("Content must contain only one of Raw, Simple and Template.")


def invalid_template_data() -> AWSError:
    """Template data that is not a JSON object (code by the service model, text unverified)."""
    return AWSError("InvalidRenderingParameter", "Template rendering data is invalid")


# The tags of a message, as recorded, with two double spaces.


def tag_name_missing() -> AWSError:
    """A tag without a name."""
    return invalid_parameter("The tag name must be specified.")


def tag_value_missing() -> AWSError:
    """A tag without a value."""
    return invalid_parameter("The tag value must be specified.")


def tag_name_too_long(most: int) -> AWSError:
    """A tag whose name has more than ``most`` characters."""
    return invalid_parameter(f"Tag name cannot exceed {most} characters.")


def tag_value_too_long(most: int) -> AWSError:
    """A tag whose value has more than ``most`` characters."""
    return invalid_parameter(f"Tag value cannot exceed {most} characters.")


def invalid_tag_name(name: str) -> AWSError:
    """A tag whose name has invalid characters."""
    return invalid_parameter(f"Invalid tag name <{name}>: only alphanumeric ASCII characters, '_',  '-' are allowed.")


def invalid_tag_value(value: str) -> AWSError:
    """A tag whose value has invalid characters."""
    return invalid_parameter(
        f"Invalid tag value <{value}>: only alphanumeric ASCII characters, '_',  '-' , '.', '@' are allowed."
    )


# Configuration sets.


def configuration_set_not_found(name: str) -> AWSError:
    """A configuration set that does not exist, as recorded."""
    return AWSError("ConfigurationSetDoesNotExist", f"Configuration set <{name}> does not exist.")


def configuration_set_already_exists(name: str) -> AWSError:
    """CreateConfigurationSet with a name that exists (laid out as `configuration_set_not_found`, unverified)."""
    return AWSError("ConfigurationSetAlreadyExists", f"Configuration set <{name}> already exists.")


def invalid_configuration_set_name() -> AWSError:
    """An invalid name of a configuration set (code by the service model, text unverified)."""
    return AWSError(
        "InvalidConfigurationSet",
        "Configuration set names must have 1 to 64 alpha-numeric characters, dashes and underscores.",
    )


def configuration_set_paused(name: str) -> AWSError:
    """A message with a configuration set whose sending is paused (code by the service model, text unverified)."""
    return AWSError("ConfigurationSetSendingPausedException", f"Sending is paused for configuration set <{name}>.")


def event_destination_not_found(configuration_set: str) -> AWSError:
    """An event destination that does not exist, as recorded. The text names the configuration set."""
    return AWSError("EventDestinationDoesNotExist", f"No EventDestination found for {configuration_set}")


def event_destination_already_exists(name: str, configuration_set: str) -> AWSError:
    """An event destination whose name exists (code by the service model, text unverified)."""
    return AWSError(
        "EventDestinationAlreadyExists",
        f"An event destination with name <{name}> already exists in configuration set <{configuration_set}>.",
    )


def sns_topic_not_found(topic: str) -> AWSError:
    """An event destination whose SNS topic does not exist, as recorded."""
    return AWSError("InvalidSNSDestination", f"SNS topic <{topic}> not found.")


def invalid_event_types(allowed: Iterable[str]) -> AWSError:
    """An event destination for events that do not exist, as recorded of v1."""
    constraint = f"Member must satisfy constraint: [{one_of(allowed)}]"
    return newer_validation(violation("eventDestination.matchingEventTypes", constraint))


# Addresses. The service shares the texts of JavaMail: those that nobody has published are taken from there.


def address_too_long(address: str) -> AWSError:
    """An address longer than SES accepts (reported as probed)."""
    return invalid_parameter(f"Address length is more than 320 characters long: '{address}'.")


def invalid_address(address: str) -> AWSError:
    """A line break in a quoted local part (reported as probed), or an empty address in v2 (recorded)."""
    return invalid_parameter(f"Invalid email address {address}.")


def illegal_address() -> AWSError:
    """Several addresses instead of one, for example because a display name has a comma (recorded)."""
    return invalid_parameter("Illegal address")


def second_route_address() -> AWSError:
    """Two addresses in angle brackets (recorded)."""
    return invalid_parameter("Extra route-addr")


def comment_not_closed() -> AWSError:
    """A comment that is not closed (JavaMail's text)."""
    return invalid_parameter("Missing ')'")


def local_part_has_control_character() -> AWSError:
    """White space, a control character, or a character outside ASCII, before the ``@`` (recorded)."""
    return invalid_parameter("Local address contains control or whitespace")


def local_part_has_illegal_character() -> AWSError:
    """A colon or another special character before the ``@`` (recorded)."""
    return invalid_parameter("Local address contains illegal character")


def local_part_starts_with_dot() -> AWSError:
    """A dot at the start (JavaMail's text)."""
    return invalid_parameter("Local address starts with dot")


def local_part_ends_with_dot() -> AWSError:
    """A dot before the ``@`` (JavaMail's text)."""
    return invalid_parameter("Local address ends with dot")


def local_part_has_two_dots() -> AWSError:
    """Two dots before the ``@`` (JavaMail's text)."""
    return invalid_parameter("Local address contains dot-dot")


def quote_within_local_part(*, at_start: bool) -> AWSError:
    """Quotes around a part of the local part (JavaMail's texts)."""
    return invalid_parameter(f"Quote not at {'end' if at_start else 'start'} of local address")


def at_sign_missing() -> AWSError:
    """No ``@`` (recorded)."""
    return invalid_parameter("Missing final '@domain'")


def local_part_missing() -> AWSError:
    """Nothing before the ``@`` (recorded)."""
    return invalid_parameter("Missing local name")


def domain_missing() -> AWSError:
    """Nothing after the ``@`` (recorded), or a dot at the end of the domain."""
    return invalid_parameter("Missing domain")


def domain_has_control_character() -> AWSError:
    """White space or a control character after the ``@`` (recorded)."""
    return invalid_parameter("Domain contains control or whitespace")


def domain_has_illegal_character() -> AWSError:
    """Anything but ASCII letters, digits, dots and hyphens after the ``@`` (recorded)."""
    return invalid_parameter("Domain contains illegal character")


def domain_starts_with_dot() -> AWSError:
    """A dot after the ``@`` (JavaMail's text)."""
    return invalid_parameter("Domain starts with dot")


def domain_has_two_dots() -> AWSError:
    """Two dots after the ``@`` (JavaMail's text)."""
    return invalid_parameter("Domain contains dot-dot")


# Custom verification emails and their templates.


def production_access_required() -> AWSError:
    """A custom verification email from the sandbox (code by the service model, text unverified)."""
    return AWSError("ProductionAccessNotGranted", "Your account does not have production access.")


def address_not_specified() -> AWSError:
    """A custom verification email to an empty address (reported as probed)."""
    return invalid_parameter("Email address not specified.")


def template_already_exists(name: str) -> AWSError:
    """CreateCustomVerificationEmailTemplate with a name that exists (reported as probed)."""
    return AWSError(
        "CustomVerificationEmailTemplateAlreadyExists", f"Custom verification email template <{name}> already exists"
    )


def template_not_found(name: str) -> AWSError:
    """A custom verification template that does not exist (reported as probed)."""
    return AWSError(
        "CustomVerificationEmailTemplateDoesNotExist", f"Custom verification email template <{name}> does not exist"
    )


def template_to_send_not_found(name: str) -> AWSError:
    """V1's sending with an unknown template; v2 has `template_not_found` (both reported as probed)."""
    return AWSError("CustomVerificationEmailTemplateDoesNotExist", f"Template <{name}> does not exist")


def too_many_templates(most: int) -> AWSError:
    """More templates than an account may have (code by the service model, text unverified)."""
    return AWSError("LimitExceeded", f"The number of custom verification email templates exceeds the limit of {most}")


def from_email_address_not_verified(address: str) -> AWSError:
    """A template whose sender is not verified (reported as probed)."""
    return AWSError("FromEmailAddressNotVerified", f"The from email address <{address}> is not verified")


def invalid_redirection_url(which: str) -> AWSError:
    """An invalid URL of a template; ``which`` is ``success`` or ``failure`` (reported as probed)."""
    return invalid_parameter(f"The {which} redirection URL is invalid")
