"""A walk through ses_stub: ``python examples/quickstart.py``. No credentials, no network, no waiting."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from ses_stub import SESStub, mock_ses_verify

ADDRESS = "ann@example.com"
DOMAIN = "example.com"
REGION = "eu-west-1"


def main() -> None:
    """Runs the chapters, each in its own scope."""
    chapters = (verify_an_address, verify_a_domain, let_a_link_expire, exceed_the_rate, exceed_the_limit)
    for chapter in chapters:
        with mock_ses_verify(region=REGION) as ses:
            chapter(ses, boto3.client("ses", region_name=REGION))


def verify_an_address(ses: SESStub, client: Any) -> None:
    """Registers an address, and clicks the link in the mail."""
    print("1. An email address")
    client.verify_email_identity(EmailAddress=ADDRESS)
    mail = ses.verification_emails[0]
    print(f"   mail to {mail.to}: {mail.link[:54]}...")
    print(f"   status: {status(client, ADDRESS)}")
    ses.click_verification_link(ADDRESS)
    print(f"   link clicked, status: {status(client, ADDRESS)}")


def verify_a_domain(ses: SESStub, client: Any) -> None:
    """Registers a domain, and publishes its TXT record."""
    print("2. A domain")
    token = client.verify_domain_identity(Domain=DOMAIN)["VerificationToken"]
    print(f"   publish TXT _amazonses.{DOMAIN} = {token}")
    print(f"   status: {status(client, DOMAIN)}")
    ses.dns.add_txt(f"_amazonses.{DOMAIN}", token)
    print(f"   record published, status: {status(client, DOMAIN)}")


def let_a_link_expire(ses: SESStub, client: Any) -> None:
    """Clicks the link when it has expired."""
    print("3. A link that expires")
    client.verify_email_identity(EmailAddress=ADDRESS)
    ses.clock.advance(hours=24)
    print(f"   24 hours later, status: {status(client, ADDRESS)}")
    page = ses.click_verification_link(ADDRESS)
    print(f"   the link's page: {page}")
    client.verify_email_identity(EmailAddress=ADDRESS)
    print(f"   requested again, status: {status(client, ADDRESS)}")


def exceed_the_rate(ses: SESStub, _: Any) -> None:
    """Makes two calls within a second, and a third one a second later."""
    print("4. The throttle: one request per second")
    # One attempt, so that botocore's retries do not hide it.
    once = Config(retries={"total_max_attempts": 1, "mode": "standard"})
    client = boto3.client("ses", region_name=REGION, config=once)
    print(f"   first call: {outcome(client, [DOMAIN])}")
    print(f"   second call: {outcome(client, [DOMAIN])}")
    ses.clock.advance(seconds=1)
    print(f"   a second later: {outcome(client, [DOMAIN])}")


def exceed_the_limit(_: SESStub, client: Any) -> None:
    """Requests more identities than one call may."""
    print("5. The limit: 100 identities per request")
    names = [f"user{number}@example.com" for number in range(101)]
    print(f"   100 identities: {outcome(client, names[:100])}")
    print(f"   101 identities: {outcome(client, names)}")


def status(client: Any, identity: str) -> str:
    """The status of one identity. If the call is throttled, botocore retries it in virtual time."""
    answer = client.get_identity_verification_attributes(Identities=[identity])
    return str(answer["VerificationAttributes"][identity]["VerificationStatus"])


def outcome(client: Any, identities: list[str]) -> str:
    """``answered``, or the error in brief."""
    try:
        client.get_identity_verification_attributes(Identities=identities)
    except ClientError as error:
        details = error.response["Error"]
        code = error.response["ResponseMetadata"]["HTTPStatusCode"]
        # The message of the limit quotes all names of the request.
        return f"{code} {details['Code']}: {details['Message'].rpartition('constraint: ')[2]}"
    return "answered"


if __name__ == "__main__":
    main()
