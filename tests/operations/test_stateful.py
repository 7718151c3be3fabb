"""Real clients of both APIs beside a plain model, which is the service's rules written a second time.

By hand with more examples, of each machine:
``SES_STUB_TEST_EXAMPLES=10000 python -m pytest tests/operations/test_stateful.py``
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from itertools import product
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError, WaiterError
from clients import SESSION, STATUSES, answered, known
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from plain_model import HOUR, PLACES, REGIONS, SECOND, Key, Model, Place, dkim, is_address

from ses_stub import SESStub, VerificationEmail, VirtualClock

USERS = ["ann@example.com", "Ann@example.com", "bob@mail.example.com"]
SITES = ["example.com", "mail.example.com"]
NAMES = USERS + SITES
TYPES = {True: "EMAIL_ADDRESS", False: "DOMAIN"}
SUBJECT = "Amazon SES Domain Verification "
#: What v2 shows of an identity; the oldest botocore lacks some of it.
LISTED = known("IdentityInfo", IdentityType=None, SendingEnabled=None, VerificationStatus=None)
SHOWN = known("GetEmailIdentityResponse", IdentityType=None, VerifiedForSendingStatus=None, VerificationStatus=None)
#: The error of a throttled call.
APIS = {"ses": "Throttling", "sesv2": "TooManyRequestsException"}
#: Code and HTTP status of refused calls.
REFUSED = {
    "Throttling": 400,
    "TooManyRequestsException": 429,
    "AlreadyExistsException": 400,
    "NotFoundException": 404,
    "InvalidParameterValue": 400,
    "BadRequestException": 400,
}

# More often the first of each: many events on one identity find the most.
place = st.sampled_from(PLACES[:1] * 4 + PLACES)
user = st.sampled_from(USERS[:1] * 4 + USERS)
site = st.sampled_from(SITES[:1] * 4 + SITES)
name = user | site
way = st.sampled_from(["VerifyIdentity", "VerifyDkim", "VerifyDkim", "CreateEmailIdentity"])
status = st.sampled_from(list(STATUSES))
mostly = st.sampled_from([True, True, True, False])
#: One of those that exist by then.
choice = st.sampled_from([0, 0, 0, 1, 1, 1, 2, 3, 5])


@cache
def client(api: str, place: Place) -> Any:
    """Returns one client for each API, region and account, shared by all examples because it is slow to make.

    None retries.
    """
    once = Config(retries={"total_max_attempts": 1, "mode": "standard"})
    region, account = place
    return SESSION.create_client(
        api, region_name=region, config=once, aws_access_key_id=account, aws_secret_access_key="secret"
    )


def addressee(mail: VerificationEmail) -> Key:
    return mail.region, mail.account_id, mail.identity


class Verification(RuleBasedStateMachine):
    """Actions of clients, users and tests, in any order, in two regions of two accounts."""

    rate: float | None

    def __init__(self) -> None:
        super().__init__()
        self.model = Model(self.rate is not None)
        self.ses = SESStub(rate=self.rate, clock=VirtualClock(), region=REGIONS[0])
        for api, place in product(APIS, PLACES):
            self.ses.attach(client(api, place))
        self.views = {place: self.ses.view(*place) for place in PLACES}
        self.start = self.ses.clock.now()
        self.tokens: dict[Key, list[str]] = {}

    def teardown(self) -> None:
        self.ses.detach()

    def call(self, api: str, method: str, place: Place, error: str | None = None, **params: Any) -> list[Any]:
        """The response; None if the call is refused, as it should be."""
        if not self.model.passes((api, method, *place)):
            error = APIS[api]
        try:
            answer = getattr(client(api, place), method)(**params)
        except ClientError as caught:
            answer = caught.response
        code, status = answer.get("Error", {}).get("Code"), answer["ResponseMetadata"]["HTTPStatusCode"]
        assert (code, status) == (error, REFUSED.get(str(error), 200))
        return [] if error else [answer]

    def learn(self, key: Key, tokens: list[str]) -> None:
        """A domain's tokens never change, and no other domain has them."""
        if key not in self.tokens:
            assert not {token for others in self.tokens.values() for token in others} & set(tokens)
            self.tokens[key] = tokens
        assert self.tokens[key] == tokens

    # Requests.

    @initialize(first=way, second=way)
    def begin(self, first: str, second: str) -> None:
        """Begins with a domain and an address below it, without which little happens."""
        self.register(PLACES[0], SITES[0], first, 0)
        self.move(SECOND)
        self.register(PLACES[0], USERS[0], second, 0)

    @rule(place=place, name=name, by=way, hours=st.sampled_from([0, 0, 1]))
    def register(self, place: Place, name: str, by: str, hours: int) -> None:
        """Registers by v1, by v2 (which refuses existing ones), or by requesting DKIM; immediately or scheduled."""
        self.move(hours * HOUR)
        if by == "CreateEmailIdentity":
            self.create(place, name)
        elif "@" in name:
            for _ in self.call("ses", "verify_email_identity", place, EmailAddress=name):
                self.model.verify((*place, name))
        elif by == "VerifyIdentity":
            for answer in self.call("ses", "verify_domain_identity", place, Domain=name.title()):
                self.model.verify((*place, name))
                self.learn((*place, name), [answer["VerificationToken"]])
        else:
            for answer in self.call("ses", "verify_domain_dkim", place, Domain=name):
                self.model.sign((*place, name))
                self.learn(dkim((*place, name)), answer["DkimTokens"])

    def create(self, place: Place, name: str) -> None:
        key = (*place, name)
        error = "AlreadyExistsException" if key in self.model.status else None
        for answer in self.call("sesv2", "create_email_identity", place, error, EmailIdentity=name):
            self.model.create(key)
            assert answer["IdentityType"] == TYPES[is_address(key)]
            assert answer["VerifiedForSendingStatus"] is self.model.may_send(key)
            if not is_address(key):
                self.learn(dkim(key), answer["DkimAttributes"]["Tokens"])

    @rule(place=place, name=name, by_v2=st.booleans())
    def delete(self, place: Place, name: str, by_v2: bool) -> None:
        """V2 refuses what is not there, v1 does not; both refuse the parent of a replica."""
        is_parent = self.model.elsewhere((*place, name)) in self.model.replicas
        error = ("BadRequestException" if by_v2 else "InvalidParameterValue") if is_parent else None
        if by_v2:
            error = error if (*place, name) in self.model.status else "NotFoundException"
            answers = self.call("sesv2", "delete_email_identity", place, error, EmailIdentity=name)
        else:
            answers = self.call("ses", "delete_identity", place, error, Identity=name)
        for _ in answers:
            self.model.delete((*place, name))

    @rule(place=place, name=site)
    def replicate(self, place: Place, name: str) -> None:
        """Makes a domain a replica of the same domain in the other region, whether or not it is there."""
        key = (*place, name)
        region = self.model.elsewhere(key)[0]
        error = None if key in self.model.status else "NotFoundException"
        answers = self.call(
            *("sesv2", "put_email_identity_dkim_signing_attributes", place, error),
            EmailIdentity=name,
            SigningAttributesOrigin=f"AWS_SES_{region.upper().replace('-', '_')}",
        )
        for answer in answers:
            self.model.sign(key, by_parent=True)
            status, tokens = self.dkim_of(key)
            assert (answer["DkimStatus"], answer["DkimTokens"]) == (STATUSES[status], tokens)

    @rule(place=place, name=name, delay=st.sampled_from([1, 3600, 12 * 3600]))
    def wait(self, place: Place, name: str, delay: int) -> None:
        """Three polls by botocore's waiter, whose waits move the clock."""
        waiter = client("ses", place).get_waiter("identity_exists")
        wanted = self.model.wait(place, name, delay * SECOND)
        try:
            waiter.wait(Identities=[name], WaiterConfig={"Delay": delay, "MaxAttempts": 3})
            seen = True
        except WaiterError:
            seen = False
        assert seen is wanted

    # Verification.

    @rule(choice=choice)
    def click(self, choice: int) -> None:
        """Clicks the link of one of the mails."""
        links = self.links()
        number = -1 - choice % len(links)
        self.ses.click_verification_link(links[number].link)
        self.model.click(number)

    @rule(choice=choice, signing=st.booleans(), there=st.booleans(), all_three=mostly)
    def publish_or_remove(self, choice: int, signing: bool, there: bool, all_three: bool) -> None:
        """Publishes or removes records that SES asked for: the TXT record, all three of DKIM, or two of them."""
        if asked := [key for key in self.tokens if (len(key) == 4) is signing]:
            key = asked[choice % len(asked)]
            change = self.ses.dns.add if there else self.ses.dns.remove
            for number, token in enumerate(self.tokens[key][: 3 if all_three else 2]):
                if signing:
                    change(f"{token}._domainkey.{key[2]}", "CNAME", f"{token}.dkim.amazonses.com")
                else:
                    change(f"_amazonses.{key[2]}", "TXT", token)
                (self.model.publish if there else self.model.remove)(key, number)

    # The test.

    @rule(place=place, name=name, status=status)
    def add_identity(self, place: Place, name: str, status: str) -> None:
        self.views[place].add_identity(name, status)
        self.model.add((*place, name), status)

    @rule(place=place, name=site, status=status, signing=status)
    def add_domain_with_dkim(self, place: Place, name: str, status: str, signing: str) -> None:
        key = (*place, name)
        self.views[place].add_identity(name, status, dkim=STATUSES[signing])
        self.model.add(key, status)
        self.model.add_dkim(key, signing)
        if signing != "NotStarted":
            region, account = place
            backend = self.ses._service.state.backend(account, region)
            self.learn(dkim(key), list(backend.settings(name).dkim.tokens))

    @rule(choice=choice, hours=st.sampled_from([1, 12, 24, None, None]), early=mostly)
    def advance(self, choice: int, hours: int | None, early: bool) -> None:
        """Moves by some hours, exactly to the next deadline, or to just before it."""
        ends = {*self.model.due.values(), *(until for _, until in self.model.links)}
        later = sorted(end for end in ends if end > self.model.now)
        if hours is None and later:
            self.move(later[choice % len(later)] - self.model.now - early)
        else:
            self.move((hours or 48) * HOUR)

    def move(self, by: int) -> None:
        self.ses.clock.advance(timedelta(milliseconds=by))
        self.model.advance(by)

    # Comparison.

    def links(self) -> list[VerificationEmail]:
        return [mail for mail in self.ses.verification_emails if mail.link]

    @invariant()
    def stub_agrees(self) -> None:
        """The stub shows what the model says in each region and account, and has every mail with a link."""
        for place, view in self.views.items():
            shown = view.identities
            assert list(shown) == self.model.names(place)
            for name, one in shown.items():
                due = self.model.due.get((*place, name))
                assert one.status == self.model.status[(*place, name)]
                assert one.expires_at == (due and self.start + timedelta(milliseconds=due))
                if one.token is not None:
                    self.learn((*place, name), [one.token])
        assert [addressee(mail) for mail in self.links()] == [key for key, _ in self.model.links]
        # Those of the same time in any order.
        news = [
            (*addressee(mail), mail.subject.removeprefix(SUBJECT))
            for mail in self.ses.verification_emails
            if not mail.link
        ]
        assert sorted(news) == sorted(self.model.news)

    # What clients receive, each with one call.

    def read_statuses(self, place: Place) -> None:
        for answer in self.call("ses", "get_identity_verification_attributes", place, Identities=NAMES):
            got = answer["VerificationAttributes"]
            assert set(got) == set(self.model.names(place))
            for name, one in got.items():
                assert one.pop("VerificationStatus") == self.model.status[(*place, name)]
                if "@" not in name:
                    self.learn((*place, name), [one.pop("VerificationToken")])
                assert one == {}

    def read_dkim(self, place: Place) -> None:
        for answer in self.call("ses", "get_identity_dkim_attributes", place, Identities=NAMES):
            got = answer["DkimAttributes"]
            assert set(got) == set(self.model.names(place))
            for name, one in got.items():
                status, tokens = self.dkim_of((*place, name))
                assert (one["DkimVerificationStatus"], one.get("DkimTokens", [])) == (status, tokens)
                assert one["DkimEnabled"] is (self.model.signing((*place, name)) is not None)

    def read_names(self, place: Place) -> None:
        for answer in self.call("ses", "list_identities", place):
            assert answered(answer) == {"Identities": self.model.names(place)}

    def read_names_of_v2(self, place: Place) -> None:
        for answer in self.call("sesv2", "list_email_identities", place):
            (got,) = answered(answer).values()
            assert [one["IdentityName"] for one in got] == self.model.names(place)
            for one in got:
                key = (*place, one["IdentityName"])
                self.same(one, LISTED, key, SendingEnabled=self.model.may_send(key))

    @rule(place=place, name=name)
    def read_identity(self, place: Place, name: str) -> None:
        key = (*place, name)
        error = None if key in self.model.status else "NotFoundException"
        for answer in self.call("sesv2", "get_email_identity", place, error, EmailIdentity=name):
            self.same(answer, SHOWN, key, VerifiedForSendingStatus=self.model.may_send(key))
            status, tokens = self.dkim_of(key)
            got = answer["DkimAttributes"]
            assert (got["Status"], got.get("Tokens", [])) == (STATUSES[status], tokens)
            assert got["SigningEnabled"] is (self.model.signing(key) is not None)

    def same(self, got: dict[str, Any], members: dict[str, Any], key: Key, **wanted: Any) -> None:
        """v2 shows the expected values of an identity."""
        wanted |= {"IdentityType": TYPES[is_address(key)], "VerificationStatus": STATUSES[self.model.status[key]]}
        assert {member: got[member] for member in members} == {member: wanted[member] for member in members}

    def dkim_of(self, key: Key) -> tuple[str, list[str]]:
        """Status and tokens of the DKIM that counts for an identity."""
        found = self.model.signing(key)
        if found is None:
            return "NotStarted", []
        keys = self.model.keys(found[:3])
        return self.model.status[found], [] if keys is None else self.tokens[keys]


class Unthrottled(Verification):
    """Whatever happens, every client receives what the model says, after every step."""

    rate = None

    @invariant()
    def clients_agree(self) -> None:
        for place in PLACES:
            self.read_statuses(place)
            self.read_dkim(place)
            self.read_names(place)
            self.read_names_of_v2(place)
            for name in self.model.names(place):
                self.read_identity(place, name)


ask = st.sampled_from(
    [Verification.read_statuses, Verification.read_dkim, Verification.read_names, Verification.read_names_of_v2]
)


class Throttled(Verification):
    """At one call per second, every call is answered or refused as the model says."""

    rate = 1.0

    @rule(calls=st.lists(st.tuples(ask, place, st.sampled_from([0, 0, 1, 499, 999, 1000])), min_size=1, max_size=6))
    def hurry(self, calls: list[tuple[Callable[[Verification, Place], None], Place, int]]) -> None:
        for ask, place, pause in calls:
            ask(self, place)
            self.move(pause)


def examples(number: int) -> settings:
    return settings(max_examples=int(os.environ.get("SES_STUB_TEST_EXAMPLES", number)), stateful_step_count=35)


TestUnthrottled = Unthrottled.TestCase
TestUnthrottled.settings = examples(20)
TestThrottled = Throttled.TestCase
TestThrottled.settings = examples(200)
