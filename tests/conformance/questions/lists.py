"""What lists show, and when."""

from __future__ import annotations

from conformance.asking import Asker, NotAsked
from conformance.questions.registry import question


@question(
    "shown-at-once",
    "Does an answer show a domain right after it was registered?",
    "VerifyDomainIdentity, GetIdentityVerificationAttributes, DeleteIdentity",
)
def shown_at_once(ask: Asker) -> str:
    ask.register(ask.domain)
    found = ask.v1("GetIdentityVerificationAttributes", Identities=[ask.domain])["VerificationAttributes"]
    return "shown" if ask.domain in found else "not shown"


def _labels(ask: Asker, *labels: str) -> list[str]:
    """Domains that are registered in this order."""
    names = [f"{label}.{ask.domain}" for label in labels]
    for name in names:
        ask.register(name)
    return names


@question(
    "list-order",
    "In which order does ListIdentities show domains: of their registration?",
    "3 VerifyDomainIdentity, ListIdentities, 3 DeleteIdentity",
    "needs an account with fewer than 1,000 identities",
)
def list_order(ask: Asker) -> str:
    names = _labels(ask, "b", "c", "a")
    page = ask.v1("ListIdentities", MaxItems=1000)
    if "NextToken" in page:
        raise NotAsked("needs an account with fewer than 1,000 identities")
    return ", ".join(name.partition(".")[0] for name in page["Identities"] if name in names)


@question(
    "deleted-between-pages",
    "Does a list of v2 leave out domains if those of its first page are deleted before the second?",
    "3 VerifyDomainIdentity, 2 ListEmailIdentities, 3 DeleteIdentity",
    "needs a botocore whose ListEmailIdentities has a filter",
)
def deleted_between_pages(ask: Asker) -> str:
    if not ask.has("ListEmailIdentities", "Filter"):
        raise NotAsked("needs a botocore whose ListEmailIdentities has a filter")
    _labels(ask, "a", "b", "c")
    wanted = {"Filter": {"IDENTITY_NAME_CONTAINS": ask.domain}, "PageSize": 1}
    first = ask.v2("ListEmailIdentities", **wanted)
    for one in first["EmailIdentities"]:
        ask.delete(one["IdentityName"])
    second = ask.v2("ListEmailIdentities", **{**wanted, "PageSize": 10}, NextToken=first["NextToken"])
    return f"{len(second['EmailIdentities'])} of 2"
