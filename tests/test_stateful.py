"""A real client beside a plain model: WIRE.md's rules written a second time, as simply as possible."""

from __future__ import annotations

from functools import cache
from typing import Any

import botocore.session
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ses_stub import SESStub, VirtualClock

REGIONS = ["us-east-1", "eu-west-1"]
USERS = ["user@example.com", "User@Example.com"]
SITES = ["example.com", "mail.example.org"]

region = st.sampled_from(REGIONS)
user = st.sampled_from(USERS)
site = st.sampled_from(SITES)
name = st.sampled_from(USERS + SITES)


@cache
def clients() -> dict[str, Any]:
    """One client for each region, for all examples: making one costs more than an example."""
    session = botocore.session.Session()
    return {region: session.create_client("ses", region_name=region) for region in REGIONS}


class Model:
    """Hours, and a few dicts."""

    def __init__(self) -> None:
        self.hour = 0
        self.status: dict[tuple[str, str], str] = {}
        self.deadline: dict[tuple[str, str], int] = {}
        self.links: dict[tuple[str, str], int] = {}
        self.published: set[tuple[str, str]] = set()

    def start(self, key: tuple[str, str], status: str, hours: int | None) -> None:
        self.status[key] = status
        self.deadline.pop(key, None)
        if hours is not None:
            self.deadline[key] = self.hour + hours

    def verify(self, key: tuple[str, str]) -> None:
        if self.status.get(key) == "Success":
            return
        if "@" in key[1]:
            self.start(key, "Pending", 24)
            self.links[key] = self.hour + 24
        else:
            self.start(key, "Pending", 72)
            self.look(key)

    def look(self, key: tuple[str, str]) -> None:
        status = self.status.get(key)
        if key in self.published and status in ("Pending", "TemporaryFailure"):
            self.start(key, "Success", None)
        elif key not in self.published and status == "Success":
            self.start(key, "TemporaryFailure", 72)

    def click(self, key: tuple[str, str]) -> None:
        if self.hour < self.links[key] and self.status.get(key) in ("Pending", "TemporaryFailure"):
            self.start(key, "Success", None)

    def add(self, key: tuple[str, str], status: str) -> None:
        hours = {"Pending": 24 if "@" in key[1] else 72, "TemporaryFailure": 72}.get(status)
        self.start(key, status, hours)
        if "@" not in key[1]:
            (self.published.add if status == "Success" else self.published.discard)(key)
        elif status == "Pending":
            self.links[key] = self.hour + 24

    def delete(self, key: tuple[str, str]) -> None:
        self.status.pop(key, None)
        self.deadline.pop(key, None)

    def advance(self, hours: int) -> None:
        self.hour += hours
        for key, deadline in list(self.deadline.items()):
            if deadline <= self.hour:
                self.start(key, "Failed", None)


class Verification(RuleBasedStateMachine):
    """Whatever happens in whatever order, the client sees what the model says."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.ses = SESStub(rate=None, clock=VirtualClock(), region=REGIONS[0])
        for client in clients().values():
            self.ses.attach(client)
        self.tokens: dict[tuple[str, str], str] = {}

    def teardown(self) -> None:
        self.ses.detach()

    @rule(region=region, name=user)
    def verify_address(self, region: str, name: str) -> None:
        clients()[region].verify_email_identity(EmailAddress=name)
        self.model.verify((region, name))

    @rule(region=region, name=site, shout=st.booleans())
    def verify_domain(self, region: str, name: str, shout: bool) -> None:
        answer = clients()[region].verify_domain_identity(Domain=name.upper() if shout else name)
        assert self.tokens.setdefault((region, name), answer["VerificationToken"]) == answer["VerificationToken"]
        self.model.verify((region, name))

    @precondition(lambda self: self.model.links)
    @rule(data=st.data())
    def click(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.model.links)))
        self.ses.view(key[0]).click_verification_link(key[1])
        self.model.click(key)

    @precondition(lambda self: self.tokens)
    @rule(data=st.data(), there=st.booleans())
    def publish_or_withdraw(self, data: st.DataObject, there: bool) -> None:
        key = data.draw(st.sampled_from(sorted(self.tokens)))
        change = self.ses.dns.add_txt if there else self.ses.dns.remove_txt
        change(f"_amazonses.{key[1]}", self.tokens[key])
        (self.model.published.add if there else self.model.published.discard)(key)
        self.model.look(key)

    @rule(region=region, name=name, status=st.sampled_from(["Success", "Pending", "Failed", "TemporaryFailure"]))
    def add_identity(self, region: str, name: str, status: str) -> None:
        identity = self.ses.view(region).add_identity(name, status)
        if identity.token is not None:
            assert self.tokens.setdefault((region, name), identity.token) == identity.token
        self.model.add((region, name), status)

    @rule(region=region, name=name)
    def delete(self, region: str, name: str) -> None:
        clients()[region].delete_identity(Identity=name)
        self.model.delete((region, name))

    @rule(hours=st.sampled_from([1, 12, 24, 71, 72, 100]))
    def advance(self, hours: int) -> None:
        self.ses.clock.advance(hours=hours)
        self.model.advance(hours)

    @precondition(lambda self: self.model.deadline)
    @rule(data=st.data(), early=st.booleans())
    def advance_to_a_deadline(self, data: st.DataObject, early: bool) -> None:
        deadline = data.draw(st.sampled_from(sorted(self.model.deadline.values())))
        self.advance(deadline - self.model.hour - early)

    @invariant()
    def answers_agree(self) -> None:
        for region, client in clients().items():
            wanted = {name: status for (where, name), status in self.model.status.items() if where == region}
            got = client.get_identity_verification_attributes(Identities=USERS + SITES)["VerificationAttributes"]
            assert {name: one["VerificationStatus"] for name, one in got.items()} == wanted
            assert {name: one.get("VerificationToken") for name, one in got.items()} == {
                name: self.tokens.get((region, name)) for name in wanted
            }

    @invariant()
    def lists_agree(self) -> None:
        for region, client in clients().items():
            wanted = [name for where, name in self.model.status if where == region]
            assert client.list_identities()["Identities"] == wanted
            for kind, sign in (("EmailAddress", True), ("Domain", False)):
                listed = client.list_identities(IdentityType=kind, MaxItems=4)
                assert listed["Identities"] == [name for name in wanted if ("@" in name) is sign]
                assert "NextToken" not in listed


Verification.TestCase.settings = settings(max_examples=30, stateful_step_count=25)
TestVerification = Verification.TestCase
