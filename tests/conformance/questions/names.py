"""Names of identities: in Get calls, and when they are registered."""

from __future__ import annotations

from conformance.asking import Asker
from conformance.questions.registry import MAIL, question


def _attributes(ask: Asker, *names: str) -> str:
    return ask.outcome(
        lambda: ask.v1("GetIdentityVerificationAttributes", Identities=list(names))["VerificationAttributes"]
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


@question("long-address", "Is an address of 321 characters taken?", "VerifyEmailIdentity", MAIL)
def long_address(ask: Asker) -> str:
    return _name(ask, f"{'a' * (320 - len(ask.domain))}@{ask.domain}").replace("a" * 20, "")


@question(
    "long-local-part",
    "Is an address with 65 characters before the @ taken?",
    "VerifyEmailIdentity, GetIdentityVerificationAttributes, DeleteIdentity",
    MAIL,
)
def long_local_part(ask: Asker) -> str:
    return _name(ask, f"{'a' * 65}@{ask.domain}")


@question(
    "quoted-address",
    "Is an address with a quoted @ taken?",
    "VerifyEmailIdentity, GetIdentityVerificationAttributes, DeleteIdentity",
    MAIL,
)
def quoted_address(ask: Asker) -> str:
    return _name(ask, f'"a@b"@{ask.domain}')


@question("quoted-blank", "Is an address with a quoted blank taken?", "VerifyEmailIdentity", MAIL)
def quoted_blank(ask: Asker) -> str:
    return _name(ask, f'"a b"@{ask.domain}')


@question(
    "plus-tag",
    "Does an address show under a name with a +tag that was never registered?",
    "VerifyEmailIdentity, GetIdentityVerificationAttributes, DeleteIdentity",
    MAIL,
)
def plus_tag(ask: Asker) -> str:
    ask.register(f"ann@{ask.domain}")
    return _attributes(ask, f"ann+tag@{ask.domain}")
