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
    """Tells the story, one scope for each chapter."""
    chapters = (verify_an_address, verify_a_domain, let_a_link_expire, meet_the_throttle, meet_the_limit)
    for chapter in chapters:
        with mock_ses_verify(region=REGION) as ses:
            chapter(ses, boto3.client("ses", region_name=REGION))


def verify_an_address(ses: SESStub, client: Any) -> None:
    """Registers an address, whose owner clicks the link in the mail."""
    print("1. An e-mail address")
    client.verify_email_identity(EmailAddress=ADDRESS)
    mail = ses.verification_emails[0]
    print(f"   mail to {mail.to}: {mail.link[:54]}...")
    print(f"   status: {status(client, ADDRESS)}")
    ses.click_verification_link(ADDRESS)
    print(f"   link clicked, status: {status(client, ADDRESS)}")


def verify_a_domain(ses: SESStub, client: Any) -> None:
    """Registers a domain, whose owner publishes the TXT record."""
    print("2. A domain")
    token = client.verify_domain_identity(Domain=DOMAIN)["VerificationToken"]
    print(f"   publish TXT _amazonses.{DOMAIN} = {token}")
    print(f"   status: {status(client, DOMAIN)}")
    ses.dns.add_txt(f"_amazonses.{DOMAIN}", token)
    print(f"   record published, status: {status(client, DOMAIN)}")


def let_a_link_expire(ses: SESStub, client: Any) -> None:
    """Clicks a day too late."""
    print("3. A link that expires")
    client.verify_email_identity(EmailAddress=ADDRESS)
    ses.clock.advance(hours=24)
    print(f"   24 hours later, status: {status(client, ADDRESS)}")
    page = ses.click_verification_link(ADDRESS)
    print(f"   the link's page: {page}")
    client.verify_email_identity(EmailAddress=ADDRESS)
    print(f"   requested again, status: {status(client, ADDRESS)}")


def meet_the_throttle(ses: SESStub, _: Any) -> None:
    """Asks twice within a second, then waits."""
    print("4. The throttle: one request per second")
    # One attempt, so that botocore's retries do not hide it.
    once = Config(retries={"total_max_attempts": 1, "mode": "standard"})
    client = boto3.client("ses", region_name=REGION, config=once)
    print(f"   first call: {outcome(client, [DOMAIN])}")
    print(f"   at once again: {outcome(client, [DOMAIN])}")
    ses.clock.advance(seconds=1)
    print(f"   a second later: {outcome(client, [DOMAIN])}")


def meet_the_limit(_: SESStub, client: Any) -> None:
    """Asks for too many identities."""
    print("5. The limit: 100 identities per request")
    names = [f"user{number}@example.com" for number in range(101)]
    print(f"   100 identities: {outcome(client, names[:100])}")
    print(f"   101 identities: {outcome(client, names)}")


def status(client: Any, identity: str) -> str:
    """What the API says of one identity. Its calls may come too early; botocore then retries, in virtual time."""
    answer = client.get_identity_verification_attributes(Identities=[identity])
    return str(answer["VerificationAttributes"][identity]["VerificationStatus"])


def outcome(client: Any, identities: list[str]) -> str:
    """``answered``, or the error in short."""
    try:
        client.get_identity_verification_attributes(Identities=identities)
    except ClientError as error:
        said = error.response["Error"]
        code = error.response["ResponseMetadata"]["HTTPStatusCode"]
        # The message of the limit quotes all that was asked for.
        return f"{code} {said['Code']}: {said['Message'].rpartition('constraint: ')[2]}"
    return "answered"


if __name__ == "__main__":
    main()
