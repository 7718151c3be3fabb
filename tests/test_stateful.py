"""A real client beside a plain model: the service's rules written a second time, as simply as possible."""

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

#: Region and name; of a domain's DKIM with a third word behind.
Key = tuple[str, ...]


@cache
def clients() -> dict[str, Any]:
    """One client for each region, for all examples: making one costs more than an example."""
    session = botocore.session.Session()
    return {region: session.create_client("ses", region_name=region) for region in REGIONS}


class Model:
    """Hours, and a few dicts."""

    def __init__(self) -> None:
        self.hour = 0
        self.status: dict[Key, str] = {}
        self.deadline: dict[Key, int] = {}
        self.links: dict[Key, int] = {}
        self.published: set[Key] = set()

    def start(self, key: Key, status: str, hours: int | None) -> None:
        self.status[key] = status
        self.deadline.pop(key, None)
        if hours is not None:
            self.deadline[key] = self.hour + hours

    def verify(self, key: Key) -> None:
        if self.status.get(key) == "Success":
            return
        if "@" in key[1]:
            self.start(key, "Pending", 24)
            self.links[key] = self.hour + 24
        else:
            self.start(key, "Pending", 72)
            self.look(key)

    def sign(self, key: Key) -> None:
        if key not in self.status:
            self.verify(key)
        if self.status.get(dkim(key)) != "Success":
            self.start(dkim(key), "Pending", 72)
        if self.status[key] == "Failed":
            self.start(key, "Pending", 72)
        self.look(key)

    def look(self, key: Key) -> None:
        self.compare(dkim(key), dkim(key) in self.published)
        self.compare(key, key in self.published or self.status.get(dkim(key)) == "Success")

    def compare(self, key: Key, found: bool) -> None:
        status = self.status.get(key)
        if found and status in ("Pending", "TemporaryFailure"):
            self.start(key, "Success", None)
        elif not found and status == "Success":
            self.start(key, "TemporaryFailure", 72)

    def publish(self, key: Key, there: bool) -> None:
        (self.published.add if there else self.published.discard)(key)
        for region in REGIONS:
            self.look((region, key[1]))

    def click(self, key: Key) -> None:
        if self.hour < self.links[key] and self.status.get(key) in ("Pending", "TemporaryFailure"):
            self.start(key, "Success", None)

    def add(self, key: Key, status: str) -> None:
        hours = {"Pending": 24 if "@" in key[1] else 72, "TemporaryFailure": 72}.get(status)
        self.start(key, status, hours)
        if "@" not in key[1]:
            (self.published.add if status == "Success" else self.published.discard)(key)
            for region in set(REGIONS) - {key[0]}:
                self.look((region, key[1]))
        elif status == "Pending":
            self.links[key] = self.hour + 24

    def delete(self, key: Key) -> None:
        for gone in (key, dkim(key)):
            self.status.pop(gone, None)
            self.deadline.pop(gone, None)

    def advance(self, hours: int) -> None:
        self.hour += hours
        for key, deadline in list(self.deadline.items()):
            if deadline <= self.hour:
                self.start(key, "Failed", None)


def dkim(key: Key) -> Key:
    return (*key, "DKIM")


class Verification(RuleBasedStateMachine):
    """Whatever happens in whatever order, the client sees what the model says."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.ses = SESStub(rate=None, clock=VirtualClock(), region=REGIONS[0])
        for client in clients().values():
            self.ses.attach(client)
        self.tokens: dict[Key, str] = {}
        self.dkim_tokens: dict[Key, list[str]] = {}

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
        self.model.publish(key, there)

    @rule(region=region, name=site)
    def verify_dkim(self, region: str, name: str) -> None:
        tokens = clients()[region].verify_domain_dkim(Domain=name)["DkimTokens"]
        assert self.dkim_tokens.setdefault((region, name), tokens) == tokens
        token = self.ses.view(region).identity(name).token
        assert token is not None
        assert self.tokens.setdefault((region, name), token) == token
        self.model.sign((region, name))

    @precondition(lambda self: self.dkim_tokens)
    @rule(data=st.data(), there=st.booleans())
    def publish_or_withdraw_dkim(self, data: st.DataObject, there: bool) -> None:
        key = data.draw(st.sampled_from(sorted(self.dkim_tokens)))
        change = self.ses.dns.add if there else self.ses.dns.remove
        for token in self.dkim_tokens[key]:
            change(f"{token}._domainkey.{key[1]}", "CNAME", f"{token}.dkim.amazonses.com")
        self.model.publish(dkim(key), there)

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

    def registered(self, region: str) -> list[str]:
        """In order."""
        return [key[1] for key in self.model.status if key == (region, key[1])]

    @invariant()
    def answers_agree(self) -> None:
        for region, client in clients().items():
            wanted = {name: self.model.status[region, name] for name in self.registered(region)}
            got = client.get_identity_verification_attributes(Identities=USERS + SITES)["VerificationAttributes"]
            assert {name: one["VerificationStatus"] for name, one in got.items()} == wanted
            assert {name: one.get("VerificationToken") for name, one in got.items()} == {
                name: self.tokens.get((region, name)) for name in wanted
            }

    @invariant()
    def dkim_agrees(self) -> None:
        for region, client in clients().items():
            got = client.get_identity_dkim_attributes(Identities=USERS + SITES)["DkimAttributes"]
            there = self.registered(region)
            assert set(got) == set(there)
            for name, attributes in got.items():
                # An address shows the DKIM of its domain, if that is registered.
                key = (region, name.rpartition("@")[2])
                status = self.model.status.get(dkim(key)) if key[1] in there else None
                assert attributes["DkimVerificationStatus"] == (status or "NotStarted")
                assert attributes["DkimEnabled"] is (status is not None)
                assert attributes.get("DkimTokens", []) == (self.dkim_tokens[key] if status is not None else [])

    @invariant()
    def lists_agree(self) -> None:
        for region, client in clients().items():
            wanted = self.registered(region)
            assert client.list_identities()["Identities"] == wanted
            for kind, sign in (("EmailAddress", True), ("Domain", False)):
                listed = client.list_identities(IdentityType=kind, MaxItems=4)
                assert listed["Identities"] == [name for name in wanted if ("@" in name) is sign]
                assert "NextToken" not in listed


Verification.TestCase.settings = settings(max_examples=30, stateful_step_count=25)
TestVerification = Verification.TestCase
