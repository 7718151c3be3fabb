"""The world that a stub stands for: identities of all accounts and regions, mailbox and DNS.

What is seen never depends on when somebody looked. `settle` first lets happen, in order and dated then,
whatever fell due before now; every other method expects a settled world. There is no background thread.
The world is plain data and can be deep-copied. It takes no lock: the service does.
"""

from __future__ import annotations

import base64
import bisect
import hashlib
import heapq
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from enum import Enum, auto
from itertools import islice
from operator import attrgetter
from typing import NamedTuple

from ._clock import SECOND, to_datetime, to_micros, to_moment
from ._dns import Zone, record_name
from ._identity import (
    Event,
    Identity,
    IdentityType,
    VerificationStatus,
    canonical,
    identity_type,
    transition,
    window,
)
from ._mailbox import CONFIRMED_PAGE, EXPIRED_PAGE, UNKNOWN_PAGE, Mailbox, VerificationEmail


class Change(NamedTuple):
    """A status that changed, or was to; ``before`` is None for a new identity, ``after`` None for a deleted one."""

    at: int
    region: str
    account_id: str
    name: str
    before: VerificationStatus | None
    after: VerificationStatus | None
    reason: str


class _Due(Enum):
    EXPIRY = auto()
    OWNER = auto()
    STATUS = auto()


class _Appointment(NamedTuple):
    at: int
    number: int
    kind: _Due
    backend: Backend
    name: str
    status: VerificationStatus | None
    place: int | None


class World:
    """Everything that a stub knows, but for the calls made."""

    def __init__(self, seed: int, auto_verify: bool | timedelta, registration_lag: float) -> None:
        self.seed = seed
        self.owner_delay = to_micros(auto_verify) if isinstance(auto_verify, timedelta) else None
        self.auto_verify = auto_verify is True
        self.lag = round(registration_lag * SECOND)
        self.mailbox = Mailbox()
        self.zone = Zone()
        self.history: list[Change] = []
        self._backends: dict[tuple[str, str], Backend] = {}
        self._agenda: list[_Appointment] = []
        self._appointments = 0

    def backend(self, account_id: str, region: str) -> Backend:
        """The identities of one account and region."""
        key = (account_id, region)
        found = self._backends.get(key)
        if found is None:
            found = self._backends[key] = Backend(self, account_id, region)
        return found

    def backends(self) -> Iterable[Backend]:
        """The identities of every account and region that was ever looked at."""
        return self._backends.values()

    def settle(self, now: int) -> None:
        """Lets happen what fell due up to now."""
        agenda = self._agenda
        while agenda and agenda[0].at <= now:
            due = heapq.heappop(agenda)
            if due.kind is _Due.EXPIRY:
                due.backend.expire(due.name, due.at)
            elif due.status is not None:
                due.backend.put(due.name, due.status, None, due.at)
            elif due.place is None or due.backend.place(due.name) == due.place:
                due.backend.owner_confirms(due.name, due.at)

    def appoint(
        self,
        at: int,
        kind: _Due,
        backend: Backend,
        name: str,
        status: VerificationStatus | None = None,
        place: int | None = None,
    ) -> None:
        """Notes what will fall due; whether it still holds is seen then."""
        self._appointments += 1
        heapq.heappush(self._agenda, _Appointment(at, self._appointments, kind, backend, name, status, place))

    def add_txt(self, name: str, value: str, now: int) -> None:
        """A domain's owner publishes a TXT record."""
        self._look_at(self.zone.add(name, value), now)

    def remove_txt(self, name: str, value: str | None, now: int) -> None:
        """A domain's owner withdraws a TXT record, or all of a name."""
        self._look_at(self.zone.remove(name, value), now)

    def publish(self, identity: Identity, published: bool, now: int, setter: Backend) -> None:
        """Makes a domain's record agree with the status that the test has set; who set it does not look."""
        change = self.zone.add if published else self.zone.remove
        self._look_at(change(record_name(identity.name), identity.token or ""), now, but=setter)

    def _look_at(self, domain: str, now: int, but: Backend | None = None) -> None:
        for backend in self.backends():
            if backend is not but:
                backend.look_at(domain, now)

    def click(self, mail: VerificationEmail, now: int) -> str:
        """The owner of an address opens a link; returns the text of the page that opens."""
        return self.backend(mail.account_id, mail.region).click(mail, now)


class Backend:
    """The identities of one account and region, in the order of their registration."""

    def __init__(self, world: World, account_id: str, region: str) -> None:
        self.account_id = account_id
        self.region = region
        self.identities: dict[str, Identity] = {}
        self._world = world
        self._registered = 0
        #: What a test has fixed for the answers to come.
        self.scripts: dict[str, deque[tuple[VerificationStatus, int]]] = {}
        # In order of registration; made anew for the first listing after a name came or went.
        self._listing: list[Identity] | None = None

    # What the API does.

    def verify(self, name: str, now: int) -> Identity:
        """Registers an identity, or restarts its verification; sends the mail for an address."""
        name = canonical(name)
        identity = self.identities.get(name)
        if identity is None:
            identity = self._new(
                name, VerificationStatus.NOT_STARTED, None, now, now + self._world.lag if self._world.lag else 0
            )
        identity = self._happen(identity, Event.REQUESTED, now, "verification requested")
        if identity.status is VerificationStatus.PENDING:
            if identity.type is IdentityType.EMAIL_ADDRESS:
                self._send_mail(identity)
            if self._world.auto_verify:
                self.owner_confirms(name, now)
            elif self._world.owner_delay is not None:
                at = now + self._world.owner_delay
                self._world.appoint(at, _Due.OWNER, self, name, place=identity._place)
            self.look_at(name, now)
        return self.identities[name]

    def delete(self, name: str, now: int) -> None:
        """Forgets an identity; an unknown one is no error."""
        identity = self.identities.pop(canonical(name), None)
        if identity is not None:
            self.scripts.pop(identity.name, None)
            self._listing = None
            self._note(now, identity.name, identity.status, None, "deleted")

    def visible(self, names: Iterable[str], now: int) -> list[Identity]:
        """Those of the names that answers show: not the unknown, nor what was registered too short a time ago."""
        get = self.identities.get
        return [
            identity
            for name in names
            if (identity := get(name) or get(canonical(name))) is not None and identity._visible_at <= now
        ]

    def place(self, name: str) -> int | None:
        """Which registration of the backend an identity is; None if it is gone."""
        identity = self.identities.get(name)
        return identity._place if identity is not None else None

    def page(self, kind: IdentityType | None, after: int, size: int, now: int) -> tuple[Sequence[Identity], bool]:
        """A page of the visible identities registered after a place; and whether there are more."""
        if self._listing is None:
            self._listing = list(self.identities.values())
        start = bisect.bisect_right(self._listing, after, key=attrgetter("_place"))
        later = (self.identities[self._listing[i].name] for i in range(start, len(self._listing)))
        shown = (one for one in later if one._visible_at <= now and kind in (None, one.type))
        found = list(islice(shown, size + 1))
        return found[:size], len(found) > size

    # What the test does.

    def put(self, name: str, status: VerificationStatus, token: str | None, now: int) -> Identity:
        """Puts an identity there, as if it had come to that status earlier; one that is there keeps its token."""
        name = canonical(name)
        old = self.identities.get(name)
        identity = self._new(name, status, token, now, 0)
        before = old.status if old is not None else None
        self._note(now, name, before, status, "set by the test")
        if identity.token is None:
            if status is VerificationStatus.PENDING:
                self._send_mail(identity)
        else:
            self._world.publish(identity, status is VerificationStatus.SUCCESS, now, self)
        return self.identities[name]

    def put_at(self, at: int, name: str, status: VerificationStatus) -> None:
        """Does the same at a later moment."""
        self._world.appoint(at, _Due.STATUS, self, canonical(name), status)

    def confirm_at(self, at: int, name: str) -> None:
        """Lets the owner do what is needed at a later moment."""
        self._world.appoint(at, _Due.OWNER, self, canonical(name))

    def script(self, name: str, steps: Iterable[tuple[VerificationStatus, int]], now: int) -> None:
        """Fixes the statuses that the next answers show, each for a number of answers; the last one stays."""
        name = canonical(name)
        self.scripts[name] = deque(steps)
        self.put(name, self.scripts[name][0][0], None, now)

    def follow(self, now: int, names: Iterable[str]) -> None:
        """Scripted identities are as their scripts have them, whatever else has come about."""
        for name in self.scripts.keys() & set(map(canonical, names)):
            status = self.scripts[name][0][0]
            if self.identities[name].status is not status:
                self.put(name, status, None, now)

    def answered(self, now: int, names: Iterable[str]) -> None:
        """An answer has shown these identities: their scripts go on."""
        for name in self.scripts.keys() & set(names):
            steps = self.scripts[name]
            status, left = steps.popleft()
            if left > 1:
                steps.appendleft((status, left - 1))
            elif steps:
                self.put(name, steps[0][0], None, now)
            else:
                del self.scripts[name]

    def click(self, mail: VerificationEmail, now: int) -> str:
        """The owner clicks a link of this account and region."""
        identity = self.identities.get(mail.to)
        if identity is None:
            return UNKNOWN_PAGE
        expired = to_moment(mail.expires_at) <= now
        if expired or identity.status in (VerificationStatus.FAILED, VerificationStatus.NOT_STARTED):
            # No change, but what whoever asks why nothing changed wants to know.
            self._note(now, identity.name, identity.status, identity.status, "link clicked too late")
            return EXPIRED_PAGE
        self._happen(identity, Event.CONFIRMED, now, "link clicked")
        return CONFIRMED_PAGE

    # What happens by itself.

    def expire(self, name: str, at: int) -> None:
        """The time to confirm has run out, unless it was prolonged or the identity is gone."""
        identity = self.identities.get(name)
        if identity is not None and identity.expires_at is not None and to_moment(identity.expires_at) <= at:
            self._happen(identity, Event.EXPIRED, at, "not confirmed in time")

    def owner_confirms(self, name: str, at: int) -> None:
        """The owner does what is needed (the option auto_verify)."""
        identity = self.identities.get(name)
        if identity is None or identity.status is not VerificationStatus.PENDING:
            return
        if identity.token is None:
            self._happen(identity, Event.CONFIRMED, at, "link clicked")
        else:
            self._world.add_txt(record_name(name), identity.token, at)

    def look_at(self, domain: str, now: int) -> None:
        """SES looks a domain's TXT record up."""
        identity = self.identities.get(domain)
        if identity is None or identity.token is None:
            return
        found = self._world.zone.proves(domain, identity.token)
        status = identity.status
        if found and status in (VerificationStatus.PENDING, VerificationStatus.TEMPORARY_FAILURE):
            self._happen(identity, Event.CONFIRMED, now, "TXT record found")
        elif not found and status is VerificationStatus.SUCCESS:
            self._happen(identity, Event.LOST, now, "TXT record gone")

    def _happen(self, identity: Identity, event: Event, now: int, reason: str) -> Identity:
        status = transition(identity.type, identity.status, event)
        if status is not identity.status:
            self._note(now, identity.name, identity.status, status, reason)
        requested = event is Event.REQUESTED
        if status is identity.status and not (requested and status is VerificationStatus.PENDING):
            return identity
        at = to_datetime(now)
        length = window(identity.type, status)
        changed = replace(
            identity,
            status=status,
            requested_at=at if requested else identity.requested_at,
            expires_at=at + length if length is not None else None,
        )
        return self._keep(changed)

    def _new(self, name: str, status: VerificationStatus, token: str | None, now: int, visible_at: int) -> Identity:
        kind = identity_type(name)
        at = to_datetime(now)
        length = window(kind, status)
        old = self.identities.get(name)
        if old is None:
            self._registered += 1
            self._listing = None
        return self._keep(
            Identity(
                name=name,
                type=kind,
                status=status,
                token=(token or (old and old.token) or self._token(name)) if kind is IdentityType.DOMAIN else None,
                requested_at=at,
                expires_at=at + length if length is not None else None,
                _visible_at=visible_at,
                _place=old._place if old is not None else self._registered,
            )
        )

    def _keep(self, identity: Identity) -> Identity:
        self.identities[identity.name] = identity
        if identity.expires_at is not None:
            self._world.appoint(to_moment(identity.expires_at), _Due.EXPIRY, self, identity.name)
        return identity

    def _note(
        self,
        at: int,
        name: str,
        before: VerificationStatus | None,
        after: VerificationStatus | None,
        reason: str,
    ) -> None:
        self._world.history.append(Change(at, self.region, self.account_id, name, before, after, reason))

    def _send_mail(self, identity: Identity) -> None:
        self._world.mailbox.send(self._world.seed, self.account_id, self.region, identity.name, identity.requested_at)

    def _token(self, domain: str) -> str:
        # The same on every repeat, another for each region and account, as users report of the real one.
        text = f"{self._world.seed}:{self.account_id}:{self.region}:{domain}"
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
