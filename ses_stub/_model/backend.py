"""The store of the identities of one account and region, without rules."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

from .identity import Identity, canonical
from .script import Script
from .settings import Account, ConfigurationSet, RecordCheck, Settings, Template

#: How many answers are kept for the next poll.
MAX_ANSWERS = 64
#: By the beginning of a region's name.
_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "eusc-": "aws-eusc"}


def partition_of(region: str) -> str:
    """The partition of a region, as in an ARN."""
    return next((one for start, one in _PARTITIONS.items() if region.startswith(start)), "aws")


class Removed(NamedTuple):
    """A removed identity, and its settings."""

    identity: Identity
    registration: int
    settings: Settings | None
    script: Script | None


@dataclass(eq=False)
class Backend:
    """The identities of one account and region, and their settings.

    Attributes:
        account_id: the account.
        region: the region.
        identities: the identities by name, in the order of their registration.
        registrations: the number of each identity's registration; a name that was deleted gets a new one.
        order: number and name of each registration, in order. Those of deleted identities stay until they are most.
        registered: how many registrations there ever were.
        messages: how many messages were ever given an id.
        identity_settings: the settings of those identities that have any.
        mail_from_users: which identities have asked for a MAIL FROM domain: it need not be above or below their name.
        scripts: the statuses that the next answers show, of identities that have a script.
        templates: the templates of custom verification mails.
        configuration_sets: the configuration sets by name, in the order of their creation.
        sets_created: how many configuration sets there ever were.
        account: what the account has in this region beside its identities.
        answers: what GetIdentityVerificationAttributes has answered since an identity last changed, by the names that
            were asked for: polls repeat.

    """

    account_id: str
    region: str
    identities: dict[str, Identity] = field(default_factory=dict)
    registrations: dict[str, int] = field(default_factory=dict)
    order: list[tuple[int, str]] = field(default_factory=list)
    registered: int = 0
    messages: int = 0
    identity_settings: dict[str, Settings] = field(default_factory=dict)
    mail_from_users: dict[str, set[str]] = field(default_factory=dict)
    scripts: dict[str, Script] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)
    configuration_sets: dict[str, ConfigurationSet] = field(default_factory=dict)
    sets_created: int = 0
    account: Account = field(default_factory=Account)

    def __post_init__(self) -> None:
        # Not a field: it can be made anew at any time.
        self.answers: dict[tuple[str, ...], Mapping[str, Mapping[str, str]]] = {}

    def put(self, identity: Identity) -> None:
        """Stores an identity. One with a new name is registered last."""
        name = identity.name
        if name not in self.registrations:
            self.registered += 1
            self.registrations[name] = self.registered
            self.order.append((self.registered, name))
        self.identities[name] = identity
        self.answers.clear()

    def remember_answer(self, names: tuple[str, ...], answer: Mapping[str, Mapping[str, str]]) -> None:
        """Keeps an answer until an identity changes."""
        if len(self.answers) >= MAX_ANSWERS:
            self.answers.clear()
        self.answers[names] = answer

    def remove(self, name: str) -> Removed | None:
        """Removes an identity and its settings; returns them, or None if there is none."""
        identity = self.identities.pop(name, None)
        if identity is None:
            return None
        self.answers.clear()
        removed = Removed(
            identity, self.registrations.pop(name), self.identity_settings.pop(name, None), self.scripts.pop(name, None)
        )
        if len(self.order) > 2 * len(self.identities) + 16:
            self.order = [(number, one) for number, one in self.order if self.registrations.get(one) == number]
        return removed

    def restore(self, removed: Removed) -> None:
        """Puts a removed identity back in its old position."""
        name = removed.identity.name
        entry = (removed.registration, name)
        self.identities[name], self.registrations[name] = removed.identity, removed.registration
        self.answers.clear()
        place = bisect.bisect_left(self.order, entry)
        if self.order[place : place + 1] != [entry]:
            self.order.insert(place, entry)
        if removed.settings is not None:
            self.identity_settings[name] = removed.settings
        if removed.script is not None:
            self.scripts[name] = removed.script

    def find(self, name: str) -> Identity | None:
        """An identity by name; None if it is unknown."""
        return self.identities.get(name) or self.identities.get(canonical(name))

    def find_all(self, names: Iterable[str]) -> list[Identity]:
        """The known identities among some names."""
        # Called by each poll: one look-up per name.
        get = self.identities.get
        return [one for name in names if (one := get(name) or get(canonical(name))) is not None]

    def page(
        self, after: int, size: int, wanted: Callable[[Identity], bool] | None = None
    ) -> tuple[Sequence[Identity], bool]:
        """A page of identities, and whether there are more.

        Args:
            after: the page begins after the registration with this number; 0 for the first page.
            size: the maximum number of identities on the page.
            wanted: a filter. What it rejects does not count.

        """
        order, get, number_of = self.order, self.identities.get, self.registrations.get
        start = bisect.bisect_right(order, after, key=itemgetter(0))
        names = (name for number, name in map(order.__getitem__, range(start, len(order))) if number_of(name) == number)
        shown = (one for name in names if (one := get(name)) is not None and (wanted is None or wanted(one)))
        found = list(islice(shown, size + 1))
        return found[:size], len(found) > size

    def settings(self, name: str) -> Settings:
        """The settings of an identity, made at the first call."""
        found = self.identity_settings.get(name)
        if found is None:
            found = self.identity_settings[name] = Settings()
        return found

    def checks(self, name: str) -> list[tuple[str, RecordCheck]]:
        """The checks for an identity's DKIM and MAIL FROM records, each with its name in the history."""
        settings = self.identity_settings.get(name)
        return [("DKIM", settings.dkim.check), ("MAIL FROM", settings.mail_from.check)] if settings is not None else []

    def identity_arn(self, name: str) -> str:
        """The ARN of an identity of this account and region."""
        return f"arn:{partition_of(self.region)}:ses:{self.region}:{self.account_id}:identity/{name}"

    def name_from_arn(self, name_or_arn: str) -> str:
        """The name in the ARN of an identity of this account and region. Other texts are returned as they are."""
        return name_or_arn.removeprefix(self.identity_arn(""))
