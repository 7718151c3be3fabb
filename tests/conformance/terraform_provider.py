"""What Terraform's AWS provider is to the tests that follow its own: clients, reads, and a register of the tests."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import boto3
from botocore.exceptions import ClientError

from ses_stub import SESStub

ACCOUNT = "123456789012"
REGION = "us-west-2"
DOMAIN = "tf-acc-test.example"
ADDRESS = "tf-acc-test@tf-acc-test.example"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:tf-acc-test"
# No key that signs anything: what is sent has to be base64 text.
KEYS = tuple(base64.b64encode(f"private key {number}".encode() * 64).decode() for number in (1, 2))


class Provider:
    """What a test is given: the provider's clients, and its reads.

    Attributes:
        ses: a client of SES v1.
        sesv2: a client of SES v2.
        stub: the stub, to publish the records of a domain.

    """

    def __init__(self, stub: SESStub) -> None:
        self.ses: Any = boto3.client("ses", region_name=REGION)
        self.sesv2: Any = boto3.client("sesv2", region_name=REGION)
        self.stub = stub

    def verification(self, name: str) -> Mapping[str, Any] | None:
        """Reads the verification of an identity by v1; None if there is none."""
        answer = self.ses.get_identity_verification_attributes(Identities=[name])
        found: Mapping[str, Any] | None = answer["VerificationAttributes"].get(name)
        return found

    def mail_from(self, name: str) -> Mapping[str, Any]:
        """Reads the MAIL FROM domain of an identity by v1."""
        answer = self.ses.get_identity_mail_from_domain_attributes(Identities=[name])
        found: Mapping[str, Any] = answer["MailFromDomainAttributes"].get(name, {})
        return found

    def notifications(self, name: str) -> Mapping[str, Any] | None:
        """Reads the notifications of an identity, by its name or ARN, under the key that was asked for."""
        answer = self.ses.get_identity_notification_attributes(Identities=[name])
        found: Mapping[str, Any] | None = answer["NotificationAttributes"].get(name)
        return found

    def policies(self, identity: str, name: str) -> Mapping[str, str]:
        """Reads a policy by v1."""
        found: Mapping[str, str] = self.ses.get_identity_policies(Identity=identity, PolicyNames=[name])["Policies"]
        return found

    def identity(self, name: str) -> dict[str, Any]:
        """Reads an identity by v2."""
        found: dict[str, Any] = self.sesv2.get_email_identity(EmailIdentity=name)
        return found

    def delete(self, name: str) -> None:
        """Destroys an identity by v1, and checks that it is gone."""
        self.ses.delete_identity(Identity=name)
        assert self.verification(name) is None

    def delete_v2(self, name: str) -> None:
        """Destroys an identity by v2, and checks that it is gone."""
        self.sesv2.delete_email_identity(EmailIdentity=name)
        assert error(lambda: self.identity(name)) == "NotFoundException"


Test = Callable[[Provider], None]
TESTS: dict[str, Test] = {}


def follows(name: str) -> Callable[[Test], Test]:
    """Registers a function as what an acceptance test comes to."""

    def register(test: Test) -> Test:
        TESTS[name] = test
        return test

    return register


def error(call: Callable[[], object]) -> str:
    """The code of the error that a call raises."""
    try:
        call()
    except ClientError as raised:
        code: str = raised.response["Error"]["Code"]
        return code
    raise AssertionError("no error")


def arn(name: str) -> str:
    """The ARN of an identity."""
    return f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/{name}"


def policy(principal: str, identity: str, *actions: str) -> str:
    """A policy document that allows a principal to send by an identity."""
    allow = {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": list(actions) or ["SES:SendEmail", "SES:SendRawEmail"],
        "Resource": arn(identity),
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [allow]}, separators=(",", ":"))
