"""What the stateful tests call and compare: real clients of both APIs, and the plain model beside them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import cache
from itertools import product
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError
from clients import SESSION, STATUSES, answered, known
from hypothesis.stateful import RuleBasedStateMachine, invariant
from plain_model import HOSTS, PLACES, REGIONS, Key, Place, elsewhere, is_address, mail_from
from plain_sending import Policy, SendingModel

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
    "MessageRejected": 400,
    "AccountSendingPausedException": 400,
    "SendingPausedException": 400,
    "AccessDenied": 403,
    "AccessDeniedException": 403,
}


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


def origin(key: Key) -> str:
    """The origin of DKIM keys that makes a domain a replica of the one in the other region."""
    return f"AWS_SES_{elsewhere(key)[0].upper().replace('-', '_')}"


def document(key: Key, policy: Policy) -> str:
    """A policy of an identity, as SES keeps it."""
    allows, account, action = policy
    statement = {
        "Effect": "Allow" if allows else "Deny",
        "Principal": {"AWS": account},
        "Action": f"ses:{action}",
        "Resource": arn(key),
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))


def arn(key: Key) -> str:
    return "arn:aws:ses:{}:{}:identity/{}".format(*key)


def addressee(mail: VerificationEmail) -> Key:
    return mail.region, mail.account_id, mail.identity


class Machine(RuleBasedStateMachine):
    """A stub with clients in two regions of two accounts, and the model; after each step they agree."""

    rate: float | None

    def __init__(self) -> None:
        super().__init__()
        self.model = SendingModel(self.rate is not None)
        self.ses = SESStub(rate=self.rate, clock=VirtualClock(), region=REGIONS[0])
        for api, place in product(APIS, PLACES):
            self.ses.attach(client(api, place))
        self.views = {place: self.ses.view(*place) for place in PLACES}
        self.start = self.ses.clock.now()
        self.tokens: dict[Key, list[str]] = {}

    def teardown(self) -> None:
        self.ses.detach()

    def call(
        self, api: str, method: str, place: Place, error: str | None = None, throttled: bool = True, **params: Any
    ) -> list[Any]:
        """The response, if the call is not refused, as it should be."""
        if throttled and not self.model.passes((api, method, *place)):
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
        assert [(mail.region, mail.account_id, mail.source) for mail in self.ses.sent_emails] == self.model.sent

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

    def read_identity(self, place: Place, name: str) -> None:
        key = (*place, name)
        error = None if key in self.model.status else "NotFoundException"
        for answer in self.call("sesv2", "get_email_identity", place, error, EmailIdentity=name):
            self.same(answer, SHOWN, key, VerifiedForSendingStatus=self.model.may_send(key))
            status, tokens = self.dkim_of(key)
            got = answer["DkimAttributes"]
            assert (got["Status"], got.get("Tokens", [])) == (STATUSES[status], tokens)
            self.check_keys(self.model.signing(key), got)
            self.check_mail_from(key, answer["MailFromAttributes"])
            self.check_info(key, answer.get("VerificationInfo", {}))
            assert {tag["Key"]: tag["Value"] for tag in answer["Tags"]} == self.model.tags.get(key, {})
            policies = self.model.policies.get(key, {})
            assert answer["Policies"] == {name: document(key, policy) for name, policy in policies.items()}

    def check_keys(self, signing: Key | None, got: dict[str, Any]) -> None:
        """v2 shows whose DKIM keys an identity has, and the host of their records."""
        assert got["SigningEnabled"] is (signing is not None)
        is_replica = signing is not None and signing[:3] in self.model.replicas
        assert got["SigningAttributesOrigin"] == (origin(signing) if signing and is_replica else "AWS_SES")
        keys = self.model.keys(signing[:3]) if signing is not None else None
        host = known("DkimAttributes", SigningHostedZone=keys and HOSTS[keys[0]])
        assert {member: got.get(member) for member in host} == host

    def check_mail_from(self, key: Key, got: dict[str, Any]) -> None:
        """v2 shows the MAIL FROM domain of an identity and its status, if it has one."""
        status = self.model.status.get(mail_from(key))
        assert got.get("MailFromDomain", "") == self.model.mail_from.get(key, "")
        assert got.get("MailFromDomainStatus") == (status and STATUSES[status])

    def check_info(self, key: Key, got: dict[str, Any]) -> None:
        """v2 shows when a domain was checked and verified, and why its records were not found; of addresses nothing."""
        if is_address(key) or not known("GetEmailIdentityResponse", VerificationInfo=None):
            assert got == {}
            return
        checked, succeeded, error = self.model.info(key)
        assert got.get("LastCheckedTimestamp") == self.time_of(checked)
        assert got.get("LastSuccessTimestamp") == self.time_of(succeeded)
        assert got.get("ErrorType") == error
        assert ("SOARecord" in got) is (succeeded is not None)

    def time_of(self, milliseconds: int | None) -> datetime | None:
        return None if milliseconds is None else self.start + timedelta(milliseconds=milliseconds)

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
