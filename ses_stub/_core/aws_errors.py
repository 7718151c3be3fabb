"""The errors that AWS answers, with their texts: each stands here once, so that a recording corrects it in a line.

They are encoded as XML or JSON, and reach the caller as botocore's ``ClientError``. Where the real text is not known it
is marked "unverified". What the stub itself cannot do is in `errors`.
"""

from __future__ import annotations

from collections.abc import Iterable


class AWSError(Exception):
    """An error that the real service would answer."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(code, message, status)
        self.code = code
        self.message = message
        self.status = status

    @property
    def fault(self) -> str:
        """Whose fault it was, in the words of the wire: ``Sender`` or ``Receiver``."""
        return "Sender" if self.status < 500 else "Receiver"


def throttled() -> AWSError:
    """The throttle of every operation but the sends, as recorded."""
    return AWSError("Throttling", "Rate exceeded")


#: What v2 calls the errors of v1, and with which HTTP status; the others are the same in both.
_IN_V2 = {
    "AccountSendingPausedException": ("SendingPausedException", 400),
    "InvalidParameterValue": ("BadRequestException", 400),
    "InvalidPolicy": ("BadRequestException", 400),
    "LimitExceeded": ("LimitExceededException", 400),
    "Throttling": ("TooManyRequestsException", 429),
    "ValidationError": ("BadRequestException", 400),
}


def in_v2(error: AWSError) -> AWSError:
    """An error in the words of v2; the text is the same (reported)."""
    code, status = _IN_V2.get(error.code, (error.code, error.status))
    return AWSError(code, error.message, status)


def bad_request(message: str) -> AWSError:
    """V2's answer to most of what is wrong with a request."""
    return AWSError("BadRequestException", message)


def not_found(message: str) -> AWSError:
    """V2's answer to what is not there."""
    return AWSError("NotFoundException", message, 404)


def invalid_parameter(message: str) -> AWSError:
    """V1's answer to most of what is wrong with a request."""
    return AWSError("InvalidParameterValue", message)


def validation(value: str, member: str, constraint: str) -> AWSError:
    """The service's parameter validator; ``value`` already in quotes, or ``null``."""
    detail = f"Value {value} at '{member}' failed to satisfy constraint: {constraint}"
    return AWSError("ValidationError", f"1 validation error detected: {detail}")


def newer_validation(*violations: str) -> AWSError:
    """The validator where it does not show the values (reported as probed): of v2, and of a policy's name."""
    count = f"{len(violations)} validation error{'s' if violations[1:] else ''} detected"
    return AWSError("ValidationError", f"{count}: {'; '.join(violations)}")


def violation(member: str, constraint: str) -> str:
    """What such an error says of a member."""
    return f"Value at '{member}' failed to satisfy constraint: {constraint}"


def one_of(allowed: Iterable[str]) -> str:
    """The constraint of an enumeration."""
    return f"Member must satisfy enum value set: [{', '.join(allowed)}]"


def length_up_to(most: int) -> str:
    """The constraint of something that may be too long."""
    return f"Member must have length less than or equal to {most}"


def missing(member: str) -> AWSError:
    """A required parameter was not sent."""
    return validation("null", member, "Member must not be null")


def too_long(values: Iterable[str], member: str, most: int) -> AWSError:
    """A list longer than the documented limit (unverified: only the limit itself is documented)."""
    shown = "'[" + ", ".join(values) + "]'"
    return validation(shown, member, length_up_to(most))


def malformed(message: str) -> AWSError:
    """A request whose Query encoding does not fit the operation."""
    return AWSError("MalformedInput", message)


def invalid_email(address: str) -> AWSError:
    """VerifyEmailIdentity of something that is no address, as recorded."""
    return invalid_parameter(f"Invalid email address<{address}>.")


def invalid_domain(domain: str) -> AWSError:
    """VerifyDomainIdentity of something that is no domain, as recorded."""
    return invalid_parameter(f"Invalid domain name {domain}.")


def invalid_identity(name: str) -> AWSError:
    """DeleteIdentity of something that is neither, as recorded."""
    return invalid_parameter(f"Identity {name} is invalid. Must be a verified email address or domain.")


def out_of_range(value: int, parameter: str, most: int) -> AWSError:
    """A page size that is no such (reported as probed)."""
    return invalid_parameter(
        f"Value {value} for parameter {parameter} is invalid. {parameter} must be between 1 and {most}."
    )


def not_in(value: str, member: str, allowed: Iterable[str]) -> AWSError:
    """A value that is none of an enumeration's, in the recorded form of the validator."""
    return validation(f"'{value}'", member, one_of(allowed))


def no_identity_type(value: str, allowed: Iterable[str]) -> AWSError:
    """ListIdentities of another type: the validator's text without its beginning (reported)."""
    error = not_in(value, "identityType", allowed)
    return AWSError(error.code, error.message.partition(": ")[2])


def invalid_next_token(token: str, parameter: str) -> AWSError:
    """A page asked for with a token that was never given (reported as probed, as is how each names it)."""
    return invalid_parameter(f"Invalid {parameter} <{token}>.")


def no_identity(name: str) -> AWSError:
    """SetIdentityMailFromDomain of an identity that is not there (reported)."""
    return invalid_parameter(f"Identity <{name}> does not exist.")


def not_signable(domain: str) -> AWSError:
    """SetIdentityDkimEnabled where the domain was never registered (reported as probed)."""
    return invalid_parameter(f"Domain {domain} is not verified for DKIM signing.")


def no_subdomain(mail_from: str, name: str) -> AWSError:
    """A MAIL FROM domain that is not below the identity's (the layout of `not_verified_for`; unverified)."""
    return invalid_parameter(
        f"Provided MAIL-FROM domain <{mail_from}> is not subdomain of the domain of the identity <{name}>."
    )


def not_verified_for(mail_from: str, name: str) -> AWSError:
    """A MAIL FROM domain for an identity that is not verified, as recorded."""
    return invalid_parameter(
        f"Provided MAIL-FROM domain <{mail_from}> or its parents are not verified for identity <{name}>."
    )


def invalid_topic(topic: str) -> AWSError:
    """A topic that is no ARN of SNS (unverified)."""
    return invalid_parameter(f"Invalid SNS topic <{topic}>.")


def forwarding_needed(name: str) -> AWSError:
    """Mails about bounces turned off where no topics are told of them (documented, text unverified)."""
    return invalid_parameter(
        f"Identity {name} must have Amazon SNS topics for bounces and complaints to disable feedback forwarding."
    )


def topic_needed(name: str, kind: str) -> AWSError:
    """Headers in notifications that nobody gets (documented, text unverified)."""
    return invalid_parameter(f"Identity {name} has no Amazon SNS topic for {kind} notifications.")


def invalid_policy_name() -> AWSError:
    """A policy's name with other characters (reported as probed)."""
    return invalid_parameter(
        "PolicyName is invalid. Policy names must only include alpha-numeric characters, dashes, and underscores."
    )


def invalid_policy(message: str) -> AWSError:
    """A policy that is none (code by the service model, text unverified)."""
    return AWSError("InvalidPolicy", message)


def too_many_policies(name: str, code: str = "InvalidParameterValue") -> AWSError:
    """One more policy than an identity may have (reported as probed)."""
    return AWSError(code, f"Number of policies for {name} exceeds max allowed number of policies per resource")


def template_exists(name: str) -> AWSError:
    """A custom verification template that is there already (reported as probed)."""
    return AWSError(
        "CustomVerificationEmailTemplateAlreadyExists", f"Custom verification email template {name} already exists"
    )


def no_template(name: str) -> AWSError:
    """A custom verification template that is not there (reported as probed)."""
    return AWSError(
        "CustomVerificationEmailTemplateDoesNotExist", f"Custom verification email template {name} does not exist"
    )


def no_template_to_send(name: str) -> AWSError:
    """The same when a mail is to be sent with it (reported as probed)."""
    return AWSError("CustomVerificationEmailTemplateDoesNotExist", f"Template {name} does not exist")


def too_many_templates(most: int) -> AWSError:
    """One more template than an account may have (code by the service model, text unverified)."""
    return AWSError("LimitExceeded", f"The number of custom verification email templates exceeds the limit of {most}")


def template_sender_not_verified(address: str) -> AWSError:
    """A template whose sender may not send (reported as probed)."""
    return AWSError("FromEmailAddressNotVerified", f"The from email address <{address}> is not verified")


def invalid_redirection(which: str) -> AWSError:
    """A template's URL that is none; ``which`` is ``success`` or ``failure`` (reported as probed)."""
    return invalid_parameter(f"The {which} redirection URL is invalid")


def sandboxed() -> AWSError:
    """A custom verification mail from an account in the sandbox (code by the service model, text unverified)."""
    return AWSError("ProductionAccessNotGranted", "Your account does not have production access.")


def rejected(region: str, names: Iterable[str], code: str = "MessageRejected") -> AWSError:
    """A message whose sender, or in the sandbox whose recipient, is not verified; as recorded."""
    failed = f"The following identities failed the check in region {region.upper()}: {', '.join(names)}"
    return AWSError(code, f"Email address is not verified. {failed}")


def paused() -> AWSError:
    """A message from an account that has paused its sending (code by the service model, text unverified)."""
    return AWSError("AccountSendingPausedException", "Email sending is disabled for your Amazon SES account.")


def over_quota() -> AWSError:
    """More messages than a day may have (documented; the final stop as in "Maximum sending rate exceeded.")."""
    return AWSError("Throttling", "Daily message quota exceeded.")


def mail_from_not_verified(domain: str) -> AWSError:
    """A message of an identity that wants no other MAIL FROM domain than its own (documented, layout unverified)."""
    return AWSError("MailFromDomainNotVerifiedException", f"Mail FROM domain is not verified: {domain}")


def no_email_identity(name: str) -> AWSError:
    """V2's DeleteEmailIdentity and others of an identity that is not there (reported as probed)."""
    return not_found(f"Email identity {name} does not exist.")


def email_identity_exists(name: str) -> AWSError:
    """V2's CreateEmailIdentity of one that is there (reported as probed; "exist" is AWS's)."""
    return AWSError("AlreadyExistsException", f"Email identity {name} already exist.")
