"""Errors and limits, and what sources disagree about."""

from __future__ import annotations

import json

from botocore.exceptions import ClientError
from conformance.asking import Asker, NotAsked
from conformance.questions.registry import MAIL, question

#: How many verified addresses an account has for the question of the longest list.
MANY = 10_000


def _send(ask: Asker, source: str, **destination: list[str]) -> str:
    message = {"Subject": {"Data": "probe"}, "Body": {"Text": {"Data": "probe"}}}
    return ask.outcome(
        lambda: (
            "accepted"
            if ask.v1("SendEmail", Source=source, Destination=destination, Message=message)["MessageId"]
            else "no id"
        )
    )


@question("v2-headers", "Which headers has an error of v2?", "GetEmailIdentity")
def v2_headers(ask: Asker) -> str:
    try:
        ask.v2("GetEmailIdentity", EmailIdentity=ask.domain)
    except ClientError as error:
        headers = error.response["ResponseMetadata"]["HTTPHeaders"]
        shown = {name: headers[name] for name in headers if name.startswith("x-amz") or name == "content-type"}
        shown.pop("x-amzn-requestid", None)
        return ask.text(shown) + (", request id" if "x-amzn-requestid" in headers else "")
    return "no error"


@question(
    "paused",
    "What does SendEmail say while the account has paused its sending?",
    "GetAccountSendingEnabled, 2 UpdateAccountSendingEnabled, SendEmail",
    "pauses the sending of the whole account for a second or two",
)
def paused(ask: Asker) -> str:
    ask.pause_sending()
    return _send(ask, f"ann@{ask.domain}", ToAddresses=[f"bob@{ask.domain}"])


@question(
    "sandbox",
    "What does SendEmail say in the sandbox if sender and recipient are not verified?",
    "GetAccount, SendEmail",
    "needs an account in the sandbox",
    production_access=False,
)
def sandbox(ask: Asker) -> str:
    if ask.v2("GetAccount")["ProductionAccessEnabled"]:
        raise NotAsked("needs an account in the sandbox")
    return _send(ask, f"ann@{ask.domain}", ToAddresses=[f"bob@{ask.domain}"])


@question(
    "51-recipients", "What does SendEmail say of 51 recipients, if the sender is not verified either?", "SendEmail"
)
def many_recipients(ask: Asker) -> str:
    return _send(ask, f"ann@{ask.domain}", ToAddresses=[f"n{number}@{ask.domain}" for number in range(51)])


@question("empty-bcc", "Is an empty list of Bcc addresses an error, before the sender is looked at?", "SendEmail")
def empty_bcc(ask: Asker) -> str:
    return _send(ask, f"ann@{ask.domain}", ToAddresses=[f"bob@{ask.domain}"], BccAddresses=[])


@question(
    "10000-addresses",
    f"How many addresses does ListVerifiedEmailAddresses show of {MANY:,}?",
    "10 ListIdentities, ListVerifiedEmailAddresses",
    f"needs an account with {MANY:,} addresses",
    identities=[f"n{number}@example.com" for number in range(MANY)],
)
def many_addresses(ask: Asker) -> str:
    known, token = 0, ""
    while known < MANY:
        page = ask.v1("ListIdentities", IdentityType="EmailAddress", MaxItems=1000, NextToken=token)
        known, token = known + len(page["Identities"]), page.get("NextToken", "")
        if not token and known < MANY:
            raise NotAsked(f"needs {MANY:,} addresses, there are {known:,}")
    shown = len(ask.v1("ListVerifiedEmailAddresses")["VerifiedEmailAddresses"])
    return f"{shown:,}" if shown < MANY else f"{MANY:,} or more"


@question(
    "empty-statement",
    "Is a policy with an empty Statement accepted?",
    "VerifyDomainIdentity, PutIdentityPolicy, DeleteIdentity",
)
def empty_statement(ask: Asker) -> str:
    ask.register(ask.domain)
    document = json.dumps({"Version": "2012-10-17", "Statement": []})
    return ask.outcome(lambda: ask.v1("PutIdentityPolicy", Identity=ask.domain, PolicyName="probe", Policy=document))


# Where sources are in conflict.


@question(
    "dkim-of-address",
    "What DKIM does an address show whose domain has asked for it?",
    "VerifyDomainIdentity, VerifyDomainDkim, VerifyEmailIdentity, GetIdentityDkimAttributes, 2 DeleteIdentity",
    MAIL,
)
def dkim_of_address(ask: Asker) -> str:
    address = f"ann@{ask.domain}"
    ask.register(ask.domain)
    ask.v1("VerifyDomainDkim", Domain=ask.domain)
    ask.register(address)
    return ask.outcome(lambda: ask.v1("GetIdentityDkimAttributes", Identities=[address])["DkimAttributes"])


@question(
    "headers-without-topic",
    "Can headers in notifications be turned on where there is no topic?",
    "VerifyDomainIdentity, SetIdentityHeadersInNotificationsEnabled, DeleteIdentity",
)
def headers_without_topic(ask: Asker) -> str:
    ask.register(ask.domain)
    headers = {"Identity": ask.domain, "NotificationType": "Bounce", "Enabled": True}
    return ask.outcome(lambda: ask.v1("SetIdentityHeadersInNotificationsEnabled", **headers))


# Texts.


@question("no-content", "What does SendEmail of v2 say of a message without content?", "SendEmail")
def no_content(ask: Asker) -> str:
    message = {"FromEmailAddress": f"ann@{ask.domain}", "Destination": {"ToAddresses": [f"bob@{ask.domain}"]}}
    return ask.outcome(lambda: ask.v2("SendEmail", **message, Content={}))


@question(
    "no-signing-attributes",
    "What does v2 say of a domain's own key for DKIM that is not given?",
    "CreateEmailIdentity, PutEmailIdentityDkimSigningAttributes, DeleteIdentity",
)
def no_signing_attributes(ask: Asker) -> str:
    ask.create(ask.domain)
    external = {"EmailIdentity": ask.domain, "SigningAttributesOrigin": "EXTERNAL"}
    return ask.outcome(lambda: ask.v2("PutEmailIdentityDkimSigningAttributes", **external))


@question(
    "mail-from-elsewhere",
    "What do v1 and v2 say of a MAIL FROM domain that is not below the identity?",
    "VerifyDomainIdentity, SetIdentityMailFromDomain, PutEmailIdentityMailFromAttributes, DeleteIdentity",
)
def mail_from_elsewhere(ask: Asker) -> str:
    ask.register(ask.domain)
    domain = {"MailFromDomain": "mail.example.org"}
    by_v1 = ask.outcome(lambda: ask.v1("SetIdentityMailFromDomain", Identity=ask.domain, **domain))
    attributes = {"EmailIdentity": ask.domain, **domain}
    return f"{by_v1}; {ask.outcome(lambda: ask.v2('PutEmailIdentityMailFromAttributes', **attributes))}"
