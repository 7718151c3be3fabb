"""Real clients of both APIs beside a plain model, which is the service's rules written a second time.

By hand with more examples of each machine:
``SES_STUB_TEST_REPEAT=250 python -m pytest tests/operations/test_stateful.py``
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from botocore.exceptions import WaiterError
from clients import STATUSES, known
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule
from machine import SITES, TYPES, USERS, Machine, client, origin
from plain_model import HOSTS, HOUR, PLACES, REGIONS, SECOND, Place, dkim, elsewhere, is_address
from repeat import times
from sending_rules import SendingRules, mostly, names, places, sites

#: CreateEmailIdentity can make a replica in a newer botocore only.
CREATES = bool(known("DkimSigningAttributes", DomainSigningAttributesOrigin=""))

#: Most domains are in the first place, and so the parents of replicas in the other region.
replicas = st.sampled_from([elsewhere(PLACES[0])] * 4 + PLACES)
way = st.sampled_from(["VerifyIdentity", "VerifyDkim", "VerifyDkim", "CreateEmailIdentity"])
status = st.sampled_from(list(STATUSES))
#: One of those that exist by then.
choices = st.sampled_from([0, 0, 0, 1, 1, 1, 2, 3, 5])


class Verification(SendingRules):
    """Actions of clients, users and tests, in any order, in two regions of two accounts."""

    # Requests.

    @initialize(first=way, second=way)
    def begin(self, first: str, second: str) -> None:
        """Begins with a domain and an address below it, without which little happens."""
        self.register(PLACES[0], SITES[0], first, 0)
        self.move(SECOND)
        self.register(PLACES[0], USERS[0], second, 0)

    @rule(place=places, name=names, by=way, hours=st.sampled_from([0, 0, 1]))
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

    @rule(place=places, name=names, by_v2=st.booleans())
    def delete(self, place: Place, name: str, by_v2: bool) -> None:
        """V2 refuses what is not there, v1 does not; both refuse the parent of a replica."""
        error = None
        if self.model.is_parent((*place, name)):
            error = "BadRequestException" if by_v2 else "InvalidParameterValue"
        if by_v2:
            error = error if (*place, name) in self.model.status else "NotFoundException"
            answers = self.call("sesv2", "delete_email_identity", place, error, EmailIdentity=name)
        else:
            answers = self.call("ses", "delete_identity", place, error, Identity=name)
        for _ in answers:
            self.model.delete((*place, name))

    @rule(place=replicas, name=sites, as_replica=mostly)
    def change_keys(self, place: Place, name: str, as_replica: bool) -> None:
        """Gives a domain the DKIM keys of the other region, whether or not it is there, or keys of its own again."""
        key = (*place, name)
        if as_replica and CREATES and key not in self.model.status:
            self.create_replica(place, name)
            return
        error = None if key in self.model.status else "NotFoundException"
        answers = self.call(
            *("sesv2", "put_email_identity_dkim_signing_attributes", place, error),
            EmailIdentity=name,
            SigningAttributesOrigin=origin(key) if as_replica else "AWS_SES",
        )
        for answer in answers:
            self.model.sign(key, as_replica)
            if not as_replica:
                self.learn(dkim(key), answer["DkimTokens"])
            status, tokens = self.dkim_of(key)
            assert (answer["DkimStatus"], answer["DkimTokens"]) == (STATUSES[status], tokens)

    def create_replica(self, place: Place, name: str) -> None:
        key = (*place, name)
        signing = {"DomainSigningAttributesOrigin": origin(key)}
        answers = self.call("sesv2", "create_email_identity", place, EmailIdentity=name, DkimSigningAttributes=signing)
        for answer in answers:
            self.model.create(key, as_replica=True)
            assert answer["VerifiedForSendingStatus"] is self.model.may_send(key)
            assert answer["DkimAttributes"]["Tokens"] == self.dkim_of(key)[1]

    @rule(place=places, name=names)
    def read_one(self, place: Place, name: str) -> None:
        self.read_identity(place, name)

    @rule(place=places, name=names, delay=st.sampled_from([1, 3600, 12 * 3600]))
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

    @rule(choice=choices)
    def click(self, choice: int) -> None:
        """Clicks the link of one of the mails."""
        links = self.links()
        number = -1 - choice % len(links)
        self.ses.click_verification_link(links[number].link)
        self.model.click(number)

    @rule(choice=choices, signing=st.booleans(), there=st.booleans(), all_three=mostly, right=mostly)
    def publish_or_remove(self, choice: int, signing: bool, there: bool, all_three: bool, right: bool) -> None:
        """Publishes or removes records that SES asked for: the TXT record, all three of DKIM, or two of them.

        The records of DKIM may lead to the host of the other region, which is none that SES asked for.
        """
        if asked := [key for key in self.tokens if (len(key) == 4) is signing]:
            key = asked[choice % len(asked)]
            change = self.ses.dns.add if there else self.ses.dns.remove
            host = HOSTS[key[0]] if right else next(HOSTS[region] for region in REGIONS if region != key[0])
            for number, token in enumerate(self.tokens[key][: 3 if all_three else 2]):
                if signing:
                    change(f"{token}._domainkey.{key[2]}", "CNAME", f"{token}.{host}")
                else:
                    change(f"_amazonses.{key[2]}", "TXT", token)
                which = number if right or not signing else -1 - number
                (self.model.publish if there else self.model.remove)(key, which)

    @rule(place=places, name=names, label=st.sampled_from(["bounce", ""]), by_v2=st.booleans())
    def set_mail_from(self, place: Place, name: str, label: str, by_v2: bool) -> None:
        """Requests or removes a MAIL FROM domain, which SES refuses where it no longer verifies the identity."""
        key, domain = (*place, name), name.rpartition("@")[2]
        wanted = label and f"{label}.{domain}"
        refused = key not in self.model.status or (wanted and not self.model.is_checked(key))
        if by_v2:
            error = "BadRequestException" if refused else None
            answers = self.call(
                "sesv2",
                "put_email_identity_mail_from_attributes",
                place,
                error,
                EmailIdentity=name,
                MailFromDomain=wanted,
            )
        else:
            error = "InvalidParameterValue" if refused else None
            answers = self.call(
                "ses", "set_identity_mail_from_domain", place, error, Identity=name, MailFromDomain=wanted
            )
        for _ in answers:
            self.model.set_mail_from(key, wanted)

    # The test.

    @rule(place=places, name=names, status=status)
    def add_identity(self, place: Place, name: str, status: str) -> None:
        self.views[place].add_identity(name, status)
        self.model.add((*place, name), status)

    @rule(place=places, name=sites, status=status, signing=status)
    def add_domain_with_dkim(self, place: Place, name: str, status: str, signing: str) -> None:
        key = (*place, name)
        self.views[place].add_identity(name, status, dkim=STATUSES[signing])
        self.model.add(key, status)
        self.model.add_dkim(key, signing)
        if signing != "NotStarted":
            region, account = place
            backend = self.ses._service.state.backend(account, region)
            self.learn(dkim(key), list(backend.settings(name).dkim.tokens))

    @rule(choice=choices, hours=st.sampled_from([1, 12, 24, None, None]), early=mostly)
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


ask = st.sampled_from([Machine.read_statuses, Machine.read_dkim, Machine.read_names, Machine.read_names_of_v2])


class Throttled(Verification):
    """At one call per second, every call is answered or refused as the model says."""

    rate = 1.0

    @rule(calls=st.lists(st.tuples(ask, places, st.sampled_from([0, 0, 1, 499, 999, 1000])), min_size=1, max_size=6))
    def hurry(self, calls: list[tuple[Callable[[Machine, Place], None], Place, int]]) -> None:
        for ask, place, pause in calls:
            ask(self, place)
            self.move(pause)


def examples(number: int) -> settings:
    return settings(max_examples=times(number), stateful_step_count=35)


TestUnthrottled = Unthrottled.TestCase
TestUnthrottled.settings = examples(4)
TestThrottled = Throttled.TestCase
TestThrottled.settings = examples(40)


def test_domain_whose_records_are_found_becomes_a_replica() -> None:
    """A walk that chance takes seldom: the keys change, and those before still verify the domain for a while."""
    machine, site = Unthrottled(), SITES[0]
    try:
        for place in (PLACES[0], elsewhere(PLACES[0])):
            machine.register(place, site, "VerifyDkim", 0)
        machine.publish_or_remove(choice=1, signing=True, there=True, all_three=True, right=True)
        machine.read_identity(place, site)
        assert machine.model.status[dkim((*place, site))] == "Success"
        machine.change_keys(place, site, as_replica=True)
        assert machine.model.changing == {(*place, site)}
        machine.read_identity(place, site)
    finally:
        machine.teardown()
