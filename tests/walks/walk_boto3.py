"""The walk of `test_server_clients`, by boto3; prints what it met, a line each."""

from __future__ import annotations

import json
import os
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

SERVER = os.environ["AWS_ENDPOINT_URL_SES"]
ADDRESS = "ann@example.com"
ses = boto3.client("ses", config=Config(retries={"total_max_attempts": 1}))
sesv2 = boto3.client("sesv2")


def control(path: str, body: dict[str, object]) -> None:
    data, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(f"{SERVER}/_ses_stub/{path}", data, headers)).close()


def ask(*names: str) -> None:
    try:
        found = ses.get_identity_verification_attributes(Identities=list(names))["VerificationAttributes"]
        print(found[ADDRESS]["VerificationStatus"])
    except ClientError as error:
        print(f"{error.response['Error']['Code']}: {error.response['Error']['Message']}")


ses.verify_email_identity(EmailAddress=ADDRESS)
ask(ADDRESS)
control("clicks", {"address": ADDRESS})
control("clock/advance", {"seconds": 1})
ask(ADDRESS)
ask(ADDRESS)
control("clock/advance", {"seconds": 1})
ask(*(f"u{number}@example.com" for number in range(101)))
identity = sesv2.get_email_identity(EmailIdentity=ADDRESS)
print("verified for sending:", str(identity["VerifiedForSendingStatus"]).lower())
text = {"Data": "Hello"}
sent = sesv2.send_email(
    FromEmailAddress=ADDRESS,
    Destination={"ToAddresses": [ADDRESS]},
    Content={"Simple": {"Subject": text, "Body": {"Text": text}}},
)
print("sent" if sent["MessageId"] else "no id")
