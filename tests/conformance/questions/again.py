"""Identities that are registered again, and records that vanish."""

from __future__ import annotations

from conformance.asking import Asker
from conformance.questions.registry import RECORDS, question


def _status(ask: Asker) -> str:
    found = ask.v1("GetIdentityVerificationAttributes", Identities=[ask.domain])["VerificationAttributes"]
    status: str = found.get(ask.domain, {}).get("VerificationStatus", "absent")
    return status


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
    RECORDS,
)
def again_success(ask: Asker) -> str:
    first, second = _verify(ask), ask.register(ask.domain)
    return f"{_status(ask)}, {'the same' if first == second else 'another'} token"


@question(
    "again-temporary-failure",
    "What does VerifyDomainIdentity do to a domain that is TemporaryFailure?",
    "2 VerifyDomainIdentity, 3 GetIdentityVerificationAttributes, DeleteIdentity",
    RECORDS,
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
    RECORDS,
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
