"""What is not known of AWS's behaviour: one question each, with how it is asked and what that costs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError
from conformance.asking import ATTEMPTS, INTERVAL, Asker, NotAsked

#: How many verified addresses an account has for the question of the longest list.
MANY = 10_000


@dataclass(frozen=True)
class Question:
    """One question.

    Attributes:
        id: a short name.
        text: the question.
        calls: the operations that it calls, with their numbers, cleaning up included.
        note: what else it needs or costs.
        ask: asks it, and gives the answer as short text.
        options: what our own stub is prepared with.

    """

    id: str
    text: str
    calls: str
    note: str
    ask: Callable[[Asker], str]
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        """Whether it changes the account for as long as it lasts."""
        return any(word.startswith(("Verify", "Create", "Put", "Set", "Update")) for word in self.calls.split())


QUESTIONS: dict[str, Question] = {}
_RECORDS = "needs DNS records of the domain; waits for AWS to see them"
_MAIL = "AWS sends a mail to an address below the domain"


def question(
    name: str, text: str, calls: str, note: str = "", **options: Any
) -> Callable[[Callable[[Asker], str]], Callable[[Asker], str]]:
    """Registers a function as a question; see `Question`."""

    def register(ask: Callable[[Asker], str]) -> Callable[[Asker], str]:
        QUESTIONS[name] = Question(name, text, calls, note, ask, options)
        return ask

    return register


def _status(ask: Asker) -> str:
    found = ask.v1("GetIdentityVerificationAttributes", Identities=[ask.domain])["VerificationAttributes"]
    status: str = found.get(ask.domain, {}).get("VerificationStatus", "absent")
    return status


def _attributes(ask: Asker, *names: str) -> str:
    return ask.outcome(
        lambda: ask.v1("GetIdentityVerificationAttributes", Identities=list(names))["VerificationAttributes"]
    )


def _send(ask: Asker, source: str, **destination: list[str]) -> str:
    message = {"Subject": {"Data": "probe"}, "Body": {"Text": {"Data": "probe"}}}
    return ask.outcome(
        lambda: (
            "accepted"
            if ask.v1("SendEmail", Source=source, Destination=destination, Message=message)["MessageId"]
            else "no id"
        )
    )


# Names in Get calls.


@question(
    "over-100", "Which error do more than 100 identities in one request give?", "GetIdentityVerificationAttributes"
)
def over_100(ask: Asker) -> str:
    return _attributes(ask, *(f"n{number}.{ask.domain}" for number in range(101)))


@question("empty-list", "What does an empty list of identities give?", "GetIdentityVerificationAttributes")
def empty_list(ask: Asker) -> str:
    return _attributes(ask)


@question("empty-name", "What does an empty name give?", "GetIdentityVerificationAttributes")
def empty_name(ask: Asker) -> str:
    return _attributes(ask, "")


@question("malformed-name", "What does a name that is no identity give?", "GetIdentityVerificationAttributes")
def malformed_name(ask: Asker) -> str:
    return _attributes(ask, "not an identity")


@question("display-name", "What does an address with a display name give?", "GetIdentityVerificationAttributes")
def display_name(ask: Asker) -> str:
    return _attributes(ask, f"Ann <ann@{ask.domain}>")


@question("malformed-name-v2", "What does GetEmailIdentity give for a name that is no identity?", "GetEmailIdentity")
def malformed_name_v2(ask: Asker) -> str:
    return ask.outcome(lambda: ask.v2("GetEmailIdentity", EmailIdentity="not an identity"))


@question(
    "key-casing",
    "Which keys does the answer have for a domain in upper case, and in both cases?",
    "VerifyDomainIdentity, 2 GetIdentityVerificationAttributes, DeleteIdentity",
)
def key_casing(ask: Asker) -> str:
    ask.register(ask.domain)
    outcome = []
    for names in ([ask.domain.upper()], [ask.domain.upper(), ask.domain]):
        found = ask.v1("GetIdentityVerificationAttributes", Identities=names)["VerificationAttributes"]
        keys = ["lower case" if key == ask.domain else "upper case" for key in sorted(found)]
        outcome.append(" and ".join(keys) or "none")
    return "; ".join(outcome)


# The throttle. These calls are not kept apart.


@question(
    "throttle-burst",
    f"How many of {ATTEMPTS} immediate calls of one operation are answered?",
    f"{ATTEMPTS} GetSendQuota",
    "exceeds the throttle on purpose",
)
def throttle_burst(ask: Asker) -> str:
    ask.pause(2 * INTERVAL)
    return str(sum(not ask.is_throttled("GetSendQuota") for _ in range(ATTEMPTS)))


def _meanwhile(ask: Asker, call: Callable[[], str]) -> str:
    return call() if ask.exhaust("ListIdentities", MaxItems=1) else f"no throttle in {ATTEMPTS} calls"


@question(
    "throttle-scope",
    "While one operation is throttled, is another one?",
    "2 ListIdentities, GetSendQuota",
    "exceeds the throttle on purpose",
)
def throttle_scope(ask: Asker) -> str:
    return _meanwhile(ask, lambda: ask.code_of("GetSendQuota"))


@question(
    "throttle-scope-v2",
    "While ListIdentities of v1 is throttled, is ListEmailIdentities of v2?",
    "2 ListIdentities, ListEmailIdentities",
    "exceeds the throttle on purpose",
)
def throttle_scope_v2(ask: Asker) -> str:
    return _meanwhile(ask, lambda: ask.code_of("ListEmailIdentities", v2=True, PageSize=1))


@question(
    "throttle-order",
    "Does a throttled operation look at its parameters first?",
    "3 ListIdentities",
    "exceeds the throttle on purpose",
)
def throttle_order(ask: Asker) -> str:
    return _meanwhile(ask, lambda: ask.code_of("ListIdentities", IdentityType="Nonsense"))


@question(
    "throttle-cost",
    "Does a throttled call put off the next one? Calls after 0, 0.6 and 1.2 s are:",
    "3 GetSendQuota",
    "exceeds the throttle on purpose",
)
def throttle_cost(ask: Asker) -> str:
    ask.pause(2 * INTERVAL)
    outcome = []
    for _ in range(3):
        outcome.append(ask.code_of("GetSendQuota"))
        ask.pause(0.6)
    return ", ".join(outcome)


# Registering again.


def _verify(ask: Asker) -> str:
    # First, so that nothing is registered without need.
    ask.records()
    token = ask.register(ask.domain)
    assert token is not None
    ask.publish(f"_amazonses.{ask.domain}", "TXT", token)
    ask.wait_until("Success", lambda: _status(ask) == "Success")
    return token


@question(
    "again-success",
    "What does VerifyDomainIdentity do to a domain that is Success?",
    "2 VerifyDomainIdentity, 2 GetIdentityVerificationAttributes, DeleteIdentity",
    _RECORDS,
)
def again_success(ask: Asker) -> str:
    first, second = _verify(ask), ask.register(ask.domain)
    return f"{_status(ask)}, {'the same' if first == second else 'another'} token"


@question(
    "again-temporary-failure",
    "What does VerifyDomainIdentity do to a domain that is TemporaryFailure?",
    "2 VerifyDomainIdentity, 3 GetIdentityVerificationAttributes, DeleteIdentity",
    _RECORDS,
)
def again_temporary_failure(ask: Asker) -> str:
    token = _verify(ask)
    ask.remove(f"_amazonses.{ask.domain}", "TXT", token)
    ask.wait_until("TemporaryFailure", lambda: _status(ask) == "TemporaryFailure")
    second = ask.register(ask.domain)
    return f"{_status(ask)}, {'the same' if token == second else 'another'} token"


@question(
    "recreated-token",
    "Has a domain that is deleted and registered again the same token in v1?",
    "2 VerifyDomainIdentity, 2 DeleteIdentity",
)
def recreated_token(ask: Asker) -> str:
    first = ask.register(ask.domain)
    ask.v1("DeleteIdentity", Identity=ask.domain)
    return "the same" if ask.register(ask.domain) == first else "another"


@question(
    "recreated-tokens-v2",
    "Has a domain that is deleted and created again the same DKIM tokens in v2?",
    "2 CreateEmailIdentity, DeleteEmailIdentity, DeleteIdentity",
)
def recreated_tokens_v2(ask: Asker) -> str:
    first = ask.create(ask.domain)["DkimAttributes"]["Tokens"]
    ask.v2("DeleteEmailIdentity", EmailIdentity=ask.domain)
    return "the same" if ask.create(ask.domain)["DkimAttributes"]["Tokens"] == first else "others"


@question(
    "txt-lost-dkim-kept",
    "What is the status of a domain that loses its TXT record and keeps its DKIM records?",
    "VerifyDomainIdentity, 2 GetIdentityVerificationAttributes, VerifyDomainDkim, GetEmailIdentity,"
    " GetIdentityDkimAttributes, DeleteIdentity",
    _RECORDS,
)
def txt_lost_dkim_kept(ask: Asker) -> str:
    token = _verify(ask)
    tokens = ask.v1("VerifyDomainDkim", Domain=ask.domain)["DkimTokens"]
    zone = ask.v2("GetEmailIdentity", EmailIdentity=ask.domain)["DkimAttributes"].get("SigningHostedZone")
    for one in tokens:
        ask.publish(f"{one}._domainkey.{ask.domain}", "CNAME", f"{one}.{zone or 'dkim.amazonses.com'}")

    def signs() -> bool:
        found = ask.v1("GetIdentityDkimAttributes", Identities=[ask.domain])["DkimAttributes"]
        return bool(found[ask.domain]["DkimVerificationStatus"] == "Success")

    ask.wait_until("DKIM", signs)
    ask.remove(f"_amazonses.{ask.domain}", "TXT", token)
    ask.wait()
    return _status(ask)


# Names.


def _name(ask: Asker, name: str) -> str:
    def register() -> str:
        ask.register(name)
        found = ask.v1("GetIdentityVerificationAttributes", Identities=[name])["VerificationAttributes"]
        return f"registered, shown as {', '.join(found) or 'nothing'}"

    return ask.outcome(register)


@question("idn", "Is a domain with a letter that is not ASCII taken?", "VerifyDomainIdentity")
def idn(ask: Asker) -> str:
    return _name(ask, f"bücher.{ask.domain}")


@question("long-label", "Is a domain with a label of 64 characters taken?", "VerifyDomainIdentity")
def long_label(ask: Asker) -> str:
    return _name(ask, f"{'a' * 64}.{ask.domain}")


@question("long-address", "Is an address of 321 characters taken?", "VerifyEmailIdentity", _MAIL)
def long_address(ask: Asker) -> str:
    return _name(ask, f"{'a' * (320 - len(ask.domain))}@{ask.domain}").replace("a" * 20, "")


@question(
    "long-local-part",
    "Is an address with 65 characters before the @ taken?",
    "VerifyEmailIdentity, GetIdentityVerificationAttributes, DeleteIdentity",
    _MAIL,
)
def long_local_part(ask: Asker) -> str:
    return _name(ask, f"{'a' * 65}@{ask.domain}")


@question(
    "quoted-address",
    "Is an address with a quoted @ taken?",
    "VerifyEmailIdentity, GetIdentityVerificationAttributes, DeleteIdentity",
    _MAIL,
)
def quoted_address(ask: Asker) -> str:
    return _name(ask, f'"a@b"@{ask.domain}')


@question("quoted-blank", "Is an address with a quoted blank taken?", "VerifyEmailIdentity", _MAIL)
def quoted_blank(ask: Asker) -> str:
    return _name(ask, f'"a b"@{ask.domain}')


@question(
    "plus-tag",
    "Does an address show under a name with a +tag that was never registered?",
    "VerifyEmailIdentity, GetIdentityVerificationAttributes, DeleteIdentity",
    _MAIL,
)
def plus_tag(ask: Asker) -> str:
    ask.register(f"ann@{ask.domain}")
    return _attributes(ask, f"ann+tag@{ask.domain}")


# Errors and limits.


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
    _MAIL,
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
