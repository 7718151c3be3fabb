"""The life cycle of identities, with its rules written a second time as a list; and their names."""

from __future__ import annotations

from datetime import timedelta

import pytest
from diagrams import mermaid
from fidelity import aws

from ses_stub import IdentityType, VerificationStatus
from ses_stub._core.errors import IllegalTransitionError
from ses_stub._model.identity import (
    TRANSITIONS,
    Event,
    canonical,
    identity_type,
    is_domain,
    is_email,
    is_identity,
    transition,
    verification_timeout,
)
from ses_stub._model.lifecycle import apply_event
from ses_stub._model.place import Place
from ses_stub._model.state import State
from ses_stub._model.verification import set_status

EMAIL, DOMAIN = IdentityType.EMAIL_ADDRESS, IdentityType.DOMAIN
NAMES = {EMAIL: "user@example.com", DOMAIN: "example.com"}

LEGAL = {
    tuple(line.split())[:3]: line.split()[3]
    for line in """
        EmailAddress NotStarted       REQUESTED Pending
        EmailAddress Pending          REQUESTED Pending
        EmailAddress Pending          CONFIRMED Success
        EmailAddress Pending          EXPIRED   Failed
        EmailAddress Success          REQUESTED Success
        EmailAddress Success          CONFIRMED Success
        EmailAddress Failed           REQUESTED Pending
        EmailAddress TemporaryFailure REQUESTED Pending
        EmailAddress TemporaryFailure CONFIRMED Success
        EmailAddress TemporaryFailure EXPIRED   Failed
        Domain       NotStarted       REQUESTED Pending
        Domain       Pending          REQUESTED Pending
        Domain       Pending          CONFIRMED Success
        Domain       Pending          EXPIRED   Failed
        Domain       Success          REQUESTED Success
        Domain       Success          LOST      TemporaryFailure
        Domain       Failed           REQUESTED Pending
        Domain       TemporaryFailure REQUESTED Pending
        Domain       TemporaryFailure CONFIRMED Success
        Domain       TemporaryFailure EXPIRED   Failed
    """.strip().splitlines()
}
EVERY = [
    pytest.param(kind, status, event, id=f"{kind.value}-{status.value}-{event.name}")
    for kind in IdentityType
    for status in VerificationStatus
    for event in Event
]


@pytest.mark.parametrize(("kind", "status", "event"), EVERY)
def test_each_event_changes_the_status_as_listed(kind: IdentityType, status: VerificationStatus, event: Event) -> None:
    """Each event leads to the listed status. An event that is not listed raises and changes nothing."""
    after = LEGAL.get((kind.value, status.value, event.name))
    if after is not None:
        assert transition(kind, status, event) == after
        return
    state = State()
    backend = state.backend("123456789012", "us-east-1")
    identity = set_status(Place(state, backend, 0), NAMES[kind], status)
    before = dict(backend.identities), list(state.history)
    with pytest.raises(
        IllegalTransitionError, match=f"{event.name} cannot happen to {kind.value} that is {status.value}"
    ):
        apply_event(Place(state, backend, 1), identity, event, "not in the table")
    assert (backend.identities, state.history) == before


def test_the_list_is_complete() -> None:
    """The table holds the listed transitions and no others."""
    steps = {
        (kind.value, status.value, event.name): after.value
        for kind, statuses in TRANSITIONS.items()
        for status, events in statuses.items()
        for event, after in events.items()
    }
    assert steps == LEGAL


@pytest.mark.parametrize("kind", IdentityType, ids=lambda kind: kind.value)
def test_diagram_has_an_arrow_for_each_step(kind: IdentityType) -> None:
    """The diagram has one arrow for each transition of the table."""
    first, *arrows = mermaid(kind).splitlines()
    assert first == "stateDiagram-v2"
    assert sorted(arrows) == sorted(
        f"    {before} --> {after}: {event}" for (its_kind, before, event), after in LEGAL.items() if its_kind == kind
    )


def test_diagram_follows_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transition that is added to the table appears in the diagram."""
    steps = TRANSITIONS[EMAIL] | {VerificationStatus.FAILED: {Event.LOST: VerificationStatus.NOT_STARTED}}
    monkeypatch.setitem(TRANSITIONS, EMAIL, steps)
    assert "    Failed --> NotStarted: LOST" in mermaid(EMAIL).splitlines()


@aws(
    "documented, inferred",
    "Reference, GetIdentityVerificationAttributes; Guide, managing-identities; lost addresses inferred",
)
@pytest.mark.parametrize(
    ("kind", "status", "hours"),
    [
        (EMAIL, "Pending", 24),
        (DOMAIN, "Pending", 72),
        (EMAIL, "TemporaryFailure", 72),
        (DOMAIN, "TemporaryFailure", 72),
        *((kind, status, None) for kind in IdentityType for status in ("NotStarted", "Success", "Failed")),
    ],
)
def test_time_to_be_confirmed(kind: IdentityType, status: str, hours: int | None) -> None:
    """An address has 24 hours to be confirmed, a domain 72. TemporaryFailure lasts 72 hours; other statuses stay."""
    wanted = timedelta(hours=hours) if hours is not None else None
    assert verification_timeout(kind, VerificationStatus(status)) == wanted


@pytest.mark.parametrize("one", [*VerificationStatus, *IdentityType], ids=str)
def test_enums_are_their_spelling(one: VerificationStatus | IdentityType) -> None:
    """Statuses and types equal, hash, print and are shown as AWS spells them, so they work wherever a str does."""
    assert one == one.value
    assert hash(one) == hash(one.value)
    assert str(one) == f"{one}" == one.value
    assert repr(one) == repr(one.value)


@aws("documented", "service model: VerificationStatus, IdentityType")
def test_spellings_of_statuses_and_types() -> None:
    """A status is Pending, Success, Failed, TemporaryFailure or NotStarted, a type EmailAddress or Domain."""
    assert {*VerificationStatus} == {"Pending", "Success", "Failed", "TemporaryFailure", "NotStarted"}
    assert {*IdentityType} == {"EmailAddress", "Domain"}


ADDRESSES = {
    "user@example.com": True,
    "a@b": True,
    "User+tag@Example.COM": True,
    '"a@b"@example.com': True,
    "x" * 308 + "@example.com": True,
    "x" * 309 + "@example.com": False,
    "": False,
    "example.com": False,
    "@example.com": False,
    "user@": False,
    "a@b@example.com": False,
    "a b@example.com": False,
    "user@example.com ": False,
    "user@example.com\n": False,
    '""@example.com': False,
    "A <a@example.com>": False,
    "jürgen@example.com": False,
}


@aws("reported, documented", "floci, probed; service model, Destination: 7-bit ASCII")
@pytest.mark.parametrize(("name", "good"), ADDRESSES.items(), ids=lambda value: str(value)[-24:])
def test_valid_addresses_are_accepted(name: str, good: bool) -> None:
    """An address has one unquoted @ with text on both sides, no white space, and at most 320 characters."""
    assert is_email(name) is good
    assert is_identity(name) is good or is_domain(name)


DOMAINS = {
    "example.com": True,
    "EXAMPLE.com": True,
    "a.b.c.example.co.uk": True,
    "xn--bcher-kva.example": True,
    "_mail.example.com": True,
    "1.2": True,
    "x" * 63 + ".com": True,
    "x" * 64 + ".com": False,
    ".".join(["x" * 62] * 4) + ".c": True,
    ".".join(["x" * 62] * 4) + ".co": False,
    "": False,
    "localhost": False,
    "example.com.": False,
    ".example.com": False,
    "example..com": False,
    "-example.com": False,
    "example-.com": False,
    "exa mple.com": False,
    "example.com\n": False,
    "bücher.example": False,
    "\u212a.example": False,
    "user@example.com": False,
    "https://example.com": False,
}


@aws("recorded, inferred", "hashicorp/terraform issue 17630: no final dot; the rest as names of hosts")
@pytest.mark.parametrize(("name", "good"), DOMAINS.items(), ids=lambda value: ascii(value)[-24:])
def test_valid_domains_are_accepted(name: str, good: bool) -> None:
    """A domain has at least two labels of letters, digits, hyphens and underscores, and no final dot."""
    assert is_domain(name) is good
    assert is_identity(name) is good or is_email(name)


@aws("recorded, documented", "moto pull request 4050, compared with AWS; Guide, creating-identities")
@pytest.mark.parametrize(
    ("name", "kept", "kind"),
    [
        ("EXAMple.Com", "example.com", DOMAIN),
        ("User@EXAMPLE.com", "User@EXAMPLE.com", EMAIL),
        ("\u212a.example", "\u212a.example", DOMAIN),
    ],
    ids=["domain", "address", "no ASCII"],
)
def test_domains_are_kept_in_lower_case(name: str, kept: str, kind: IdentityType) -> None:
    """Domains are kept in lower case, addresses as given. No other letter becomes an ASCII one."""
    assert canonical(name) == kept
    assert identity_type(name) is kind
