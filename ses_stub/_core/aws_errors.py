"""AWS's errors. Each text is here once, so that a recording corrects it in one line.

This module has `AWSError`, its common forms, and the errors about identities and their settings. `sending_errors` has
those about messages, `listing_errors` those about lists. A caller gets an `AWSError` as botocore's ``ClientError``. A
text without evidence is marked "unverified". `errors` has the errors of the stub itself.
"""

from __future__ import annotations

from collections.abc import Iterable


class AWSError(Exception):
    """An error of the real service.

    Attributes:
        code: the error's code, such as ``Throttling``.
        message: the text.
        status: the HTTP status.

    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(code, message, status)
        self.code = code
        self.message = message
        self.status = status

    @property
    def fault(self) -> str:
        """Who caused it, as in the XML: ``Sender`` or ``Receiver``."""
        return "Sender" if self.status < 500 else "Receiver"


#: V2's code and HTTP status for errors of v1. All others are the same in both.
_IN_V2 = {
    "AccessDenied": ("AccessDeniedException", 403),
    "AccountSendingPausedException": ("SendingPausedException", 400),
    "CustomVerificationEmailTemplateAlreadyExists": ("AlreadyExistsException", 400),
    "CustomVerificationEmailTemplateDoesNotExist": ("NotFoundException", 404),
    "FromEmailAddressNotVerified": ("NotFoundException", 404),
    "ConfigurationSetAlreadyExists": ("AlreadyExistsException", 400),
    "ConfigurationSetDoesNotExist": ("NotFoundException", 404),
    "ConfigurationSetSendingPausedException": ("SendingPausedException", 400),
    "EventDestinationAlreadyExists": ("AlreadyExistsException", 400),
    "EventDestinationDoesNotExist": ("NotFoundException", 404),
    "InvalidConfigurationSet": ("BadRequestException", 400),
    "InvalidParameterValue": ("BadRequestException", 400),
    "InvalidPolicy": ("BadRequestException", 400),
    "InvalidRenderingParameter": ("BadRequestException", 400),
    "InvalidSNSDestination": ("BadRequestException", 400),
    "LimitExceeded": ("LimitExceededException", 400),
    "ProductionAccessNotGranted": ("BadRequestException", 400),
    "Throttling": ("TooManyRequestsException", 429),
    "ValidationError": ("BadRequestException", 400),
}


def in_v2(error: AWSError) -> AWSError:
    """The error with v2's code and status, and the same text (reported)."""
    code, status = _IN_V2.get(error.code, (error.code, error.status))
    return AWSError(code, error.message, status)


# The common forms.


def bad_request(message: str) -> AWSError:
    """V2's error for most invalid requests."""
    return AWSError("BadRequestException", message)


def not_found(message: str) -> AWSError:
    """V2's error for something that does not exist."""
    return AWSError("NotFoundException", message, 404)


def already_exists(message: str) -> AWSError:
    """V2's error for something that already exists."""
    return AWSError("AlreadyExistsException", message)


def invalid_parameter(message: str) -> AWSError:
    """V1's error for most invalid requests."""
    return AWSError("InvalidParameterValue", message)


def validation(value: str, member: str, constraint: str) -> AWSError:
    """The parameter validator's error. ``value`` is in quotes, or ``null``."""
    detail = f"Value {value} at '{member}' failed to satisfy constraint: {constraint}"
    return AWSError("ValidationError", f"1 validation error detected: {detail}")


def newer_validation(*violations: str) -> AWSError:
    """The validator's error without values (reported as probed): of v2, and of a policy's name."""
    count = f"{len(violations)} validation error{'s' if violations[1:] else ''} detected"
    return AWSError("ValidationError", f"{count}: {'; '.join(violations)}")


def violation(member: str, constraint: str) -> str:
    """The part of `newer_validation` about one member."""
    return f"Value at '{member}' failed to satisfy constraint: {constraint}"


def one_of(allowed: Iterable[str]) -> str:
    """The constraint of an enumeration."""
    return f"Member must satisfy enum value set: [{', '.join(allowed)}]"


def length_up_to(most: int) -> str:
    """The constraint of a value with a maximum length."""
    return f"Member must have length less than or equal to {most}"


def length_from(least: int) -> str:
    """The constraint of a value with a minimum length."""
    return f"Member must have length greater than or equal to {least}"


def map_violation(member: str, part: str, constraint: str) -> str:
    """The part of `newer_validation` about the ``keys`` or a ``value`` of a map (reported as probed)."""
    return violation(member, f"Map {part} must satisfy constraint: [{constraint}]")


# Requests that do not fit the operation.


def throttled() -> AWSError:
    """The throttle of every operation except the sends, as recorded."""
    return AWSError("Throttling", "Rate exceeded")


def malformed_input(message: str) -> AWSError:
    """A request whose Query encoding does not fit the operation."""
    return AWSError("MalformedInput", message)


def missing_parameter(member: str) -> AWSError:
    """A missing required parameter."""
    return validation("null", member, "Member must not be null")


def list_too_long(values: Iterable[str], member: str, most: int) -> AWSError:
    """A list longer than the documented limit (text unverified)."""
    shown = "'[" + ", ".join(values) + "]'"
    return validation(shown, member, length_up_to(most))


def invalid_enum_value(value: str, member: str, allowed: Iterable[str]) -> AWSError:
    """A value outside an enumeration, in the recorded form of the validator."""
    return validation(f"'{value}'", member, one_of(allowed))


# Identities.


def invalid_email(address: str) -> AWSError:
    """VerifyEmailIdentity with an invalid address, as recorded."""
    return invalid_parameter(f"Invalid email address<{address}>.")


def invalid_domain(domain: str) -> AWSError:
    """VerifyDomainIdentity with an invalid domain name, as recorded."""
    return invalid_parameter(f"Invalid domain name {domain}.")


def invalid_identity(name: str) -> AWSError:
    """DeleteIdentity with a name that is neither an address nor a domain, as recorded."""
    return invalid_parameter(f"Identity {name} is invalid. Must be a verified email address or domain.")


def identity_not_found(name: str) -> AWSError:
    """SetIdentityMailFromDomain of an identity that does not exist (reported)."""
    return invalid_parameter(f"Identity <{name}> does not exist.")


def identity_to_configure_not_found(name: str) -> AWSError:
    """PutEmailIdentityConfigurationSetAttributes of v2 of an identity that does not exist."""
    return not_found(f"Identity <{name}> does not exist.")


def email_identity_not_found(name: str) -> AWSError:
    """GetEmailIdentity and the operations on policies of v2, of an identity that does not exist, as recorded."""
    return not_found(f"Email identity <{name}> does not exist.")


def email_identity_to_change_not_found(name: str) -> AWSError:
    """DeleteEmailIdentity and the keys of DKIM, of an identity that does not exist (reported as probed)."""
    return not_found(f"Email identity {name} does not exist.")


def email_identity_already_exists(name: str) -> AWSError:
    """CreateEmailIdentity of v2 of an identity that exists (reported as probed; "exist" is AWS's)."""
    return already_exists(f"Email identity {name} already exist.")


# MAIL FROM domains and notifications.


def mail_from_not_subdomain(mail_from: str, name: str) -> AWSError:
    """A MAIL FROM domain that is not a subdomain (unverified, laid out as `identity_not_verified_for_mail_from`)."""
    return invalid_parameter(
        f"Provided MAIL-FROM domain <{mail_from}> is not subdomain of the domain of the identity <{name}>."
    )


def identity_not_verified_for_mail_from(mail_from: str, name: str) -> AWSError:
    """A MAIL FROM domain for an identity that SES has stopped verifying (text recorded, condition unverified)."""
    return invalid_parameter(
        f"Provided MAIL-FROM domain <{mail_from}> or its parents are not verified for identity <{name}>."
    )


def invalid_sns_topic(topic: str) -> AWSError:
    """A topic that SES cannot use (the beginning of the text is recorded, the rest unverified)."""
    return invalid_parameter(f"SNS topic {topic} is invalid.")


def feedback_forwarding_required(name: str) -> AWSError:
    """Feedback forwarding turned off for an identity without SNS topics (documented, text unverified)."""
    return invalid_parameter(
        f"Identity {name} must have Amazon SNS topics for bounces and complaints to disable feedback forwarding."
    )


def sns_topic_required(name: str, kind: str) -> AWSError:
    """Headers requested in notifications that have no topic (documented, text unverified)."""
    return invalid_parameter(f"Identity {name} has no Amazon SNS topic for {kind} notifications.")


# DKIM.


def domain_not_verified_for_dkim(domain: str) -> AWSError:
    """SetIdentityDkimEnabled for a domain that was never registered (reported as probed)."""
    return invalid_parameter(f"Domain {domain} is not verified for DKIM signing.")


def domain_required() -> AWSError:
    """V2's DKIM attributes for an address."""
    return bad_request("The EmailIdentity value must be a valid domain.")


def signing_attributes_required() -> AWSError:
    """EXTERNAL without a selector or a private key (text unverified)."""
    return bad_request("DomainSigningSelector and DomainSigningPrivateKey are required for EXTERNAL.")


def invalid_signing_selector(selector: str) -> AWSError:
    """A selector outside the service model's pattern (text unverified)."""
    return bad_request(f"DomainSigningSelector {selector} is invalid.")


def invalid_signing_key() -> AWSError:
    """A private key outside the service model's pattern (text unverified)."""
    return bad_request("DomainSigningPrivateKey must be base64 without header, footer and line breaks.")


def signing_key_length_changed() -> AWSError:
    """A second change of the length of Easy DKIM's key within a day (documented, text unverified)."""
    return bad_request("The signing key length can be changed at most once per day.")


# Policies.


def invalid_policy_name() -> AWSError:
    """A policy's name with invalid characters (reported as probed)."""
    return invalid_parameter(
        "PolicyName is invalid. Policy names must only include alpha-numeric characters, dashes, and underscores."
    )


def policy_name_too_long(most: int) -> AWSError:
    """A policy's name of more than ``most`` characters."""
    return newer_validation(violation("policyName", length_up_to(most)))


def policy_too_long(most: int) -> AWSError:
    """A policy of more than ``most`` bytes (code by the service model, text unverified)."""
    return AWSError("InvalidPolicy", f"Policy is longer than {most} bytes")


def invalid_policy() -> AWSError:
    """A policy that is not a policy document (code by the service model, text unverified)."""
    return AWSError("InvalidPolicy", "Policy is not a valid policy document")


def policy_already_exists(policy_name: str) -> AWSError:
    """CreateEmailIdentityPolicy of v2 with a name that the identity has."""
    return already_exists(f"Policy <{policy_name}> already exists")


def policy_not_found(policy_name: str) -> AWSError:
    """UpdateEmailIdentityPolicy and DeleteEmailIdentityPolicy of v2, of an unknown policy (reported as probed)."""
    return not_found(f"Policy <{policy_name}> does not exist")


def too_many_policies(name: str, code: str = "InvalidParameterValue") -> AWSError:
    """More policies than an identity may have (reported as probed)."""
    return AWSError(code, f"Number of policies for <{name}> exceeds max allowed number of policies per resource")


# Tags.


def tagging_failed() -> AWSError:
    """TagResource of an identity in another region (reported as probed)."""
    return bad_request("Failed to tag resource")


def untagging_failed() -> AWSError:
    """UntagResource of an identity in another region (reported as probed)."""
    return bad_request("Failed to untag resource")


def invalid_resource_arn() -> AWSError:
    """An invalid ARN (reported as probed)."""
    return bad_request("ResourceArn is not the expected format")


def not_ses_resource() -> AWSError:
    """An ARN that is not of an identity (reported as probed)."""
    return bad_request("Provided resource identifier is not an SES resource")


def resource_of_other_account() -> AWSError:
    """An ARN of another account (reported as probed)."""
    return bad_request("Operations on a resource created in a different account is not allowed")


def resource_not_found(kind: str, name: str) -> AWSError:
    """An ARN of a resource that does not exist (reported as probed)."""
    return not_found(f"No {kind} present with name: {name}")


def too_many_tags(most: int, by_the_request_alone: bool) -> AWSError:
    """More tags than a resource may have, in the request or with the existing ones (reported as probed)."""
    return bad_request(
        f"Maximum of {most} user tags are allowed per resource, consider reducing the number of tags in the request"
        + ("" if by_the_request_alone else " or delete existing tags and retry")
    )


def invalid_tag_characters() -> AWSError:
    """A tag with invalid characters (reported as probed)."""
    return bad_request(
        "Tags can only contain letters, numbers, spaces, and the following special characters: _ . : / = + - @"
    )


def system_tag() -> AWSError:
    """A tag whose key begins with ``aws:`` (reported as probed)."""
    return bad_request("Caller is an end user and not allowed to mutate system tags")


def duplicate_tag_keys() -> AWSError:
    """Two tags with the same key in a request (reported as probed)."""
    return bad_request("Cannot provide multiple tags with the same key")
