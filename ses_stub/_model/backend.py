"""The identities of one account and region, and everything that can happen to them.

Every method expects a world that is settled up to the moment it is given (see `_world`), and takes no lock.
"""

from __future__ import annotations

import base64
import bisect
import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import groupby, islice
from operator import itemgetter
from typing import TYPE_CHECKING

from .._time.time import from_timestamp, to_microseconds, to_timestamp
from . import records
from .identity import (
    AWAITING_RECORDS,
    Event,
    Identity,
    IdentityType,
    VerificationStatus,
    canonical,
    identity_type,
    transition,
    verification_timeout,
)
from .records import Record
from .schedule import NEXT_OF_SCRIPT, OWNER_UNKNOWN, Action, EventKind, StatusChange
from .settings import Account, Check, Dkim, Settings, Template
from .zone import ancestors, normalize_name

if TYPE_CHECKING:
    from .mailbox import VerificationEmail
    from .sent_email import SentEmail
    from .state import State

#: By the beginning of a region's name.
_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "eusc-": "aws-eusc"}
#: Whose records SES looks up: it has given up a failed one.
_WATCHED = (*AWAITING_RECORDS, VerificationStatus.SUCCESS)
#: Those of an identity that nobody has asked for any.
_NONE = Settings()


class Backend:
    """The identities of one account and region, in the order of their registration."""

    def __init__(self, state: State, account_id: str, region: str) -> None:
        self.account_id = account_id
        self.region = region
        self.identities: dict[str, Identity] = {}
        self.account = Account()
        self.templates: dict[str, Template] = {}
        #: What a test has fixed for the answers to come.
        self.scripts: dict[str, deque[tuple[VerificationStatus, int]]] = {}
        self._world = state
        self._settings: dict[str, Settings] = {}
        # Place and name of each registration, in order; those of deleted identities stay until they are the most.
        self._order: list[tuple[int, str]] = []
        self._registered = 0
        self._messages = 0
        # Which identities have asked for a MAIL FROM domain: it need not be above or below their own name.
        self._mail_from_users: dict[str, set[str]] = {}

    # What the API does.

    def verify(self, name: str, now: int, template: Template | None = None) -> Identity:
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
                self._ask_owner(identity, template)
            self._asked(name, now)
        return self.identities[name]

    def delete(self, name: str, now: int) -> Identity | None:
        """Forgets an identity and its settings; an unknown one is no error."""
        identity = self.identities.pop(canonical(name), None)
        if identity is not None:
            self.scripts.pop(identity.name, None)
            self._settings.pop(identity.name, None)
            if len(self._order) > 2 * len(self.identities) + 16:
                self._order = [one for one in self._order if self.place(one[1]) == one[0]]
            self._note(now, identity.name, identity.status, None, "deleted")
        return identity

    def known(self, name: str, now: int) -> Identity | None:
        """An identity that answers show: not an unknown one, nor one registered too short a time ago."""
        return next(iter(self.visible([name], now)), None)

    def visible(self, names: Iterable[str], now: int) -> list[Identity]:
        """Those of the names that answers show."""
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

    def page(
        self, after: int, size: int, now: int, wanted: Callable[[Identity], bool] | None = None
    ) -> tuple[Sequence[Identity], bool]:
        """A page of the visible identities registered after a place; and whether there are more."""
        order, get = self._order, self.identities.get
        start = bisect.bisect_right(order, after, key=itemgetter(0))
        later = ((order[i][0], get(order[i][1])) for i in range(start, len(order)))
        shown = (
            one
            for place, one in later
            if one is not None and one._place == place and one._visible_at <= now and (wanted is None or wanted(one))
        )
        found = list(islice(shown, size + 1))
        return found[:size], len(found) > size

    def settings(self, name: str) -> Settings:
        """What an identity has beside its verification."""
        found = self._settings.get(name)
        if found is None:
            found = self._settings[name] = Settings()
        return found

    def ask_dkim(self, name: str, now: int, selector: str | None = None) -> Dkim:
        """Asks a domain's owner for the three records of Easy DKIM, or for that of a key of the owner's own.

        Other keys than before begin anew. A domain that has failed is looked for again, as DKIM verifies it too.
        """
        dkim = self.settings(name).dkim
        tokens = () if selector is not None else self._dkim_tokens(name, dkim.generation)
        if (tokens, selector) != (dkim.tokens, dkim.selector):
            dkim.tokens, dkim.selector, dkim.made_at = tokens, selector, now
            if dkim.check.status is VerificationStatus.SUCCESS:
                dkim.changing, dkim.check = True, Check()
        self._step(name, "DKIM", dkim.check, Event.REQUESTED, now, "DKIM requested")
        identity = self.identities[name]
        if identity.status not in _WATCHED:
            self._happen(identity, Event.REQUESTED, now, "DKIM requested")
        self._asked(name, now)
        return dkim

    def set_mail_from(self, name: str, domain: str, reject: bool, now: int) -> None:
        """Asks the owner for the records of a custom MAIL FROM domain; of none, if it is empty."""
        mail_from = self.settings(name).mail_from
        mail_from.reject = reject and bool(domain)
        if domain == mail_from.domain and mail_from.check.status is VerificationStatus.SUCCESS:
            return
        mail_from.domain, mail_from.check = domain, Check()
        if domain:
            self._mail_from_users.setdefault(domain, set()).add(name)
            self._step(name, "MAIL FROM", mail_from.check, Event.REQUESTED, now, "MAIL FROM requested")
            self._asked(name, now)

    def accept(self, email: SentEmail, counted: int, now: int) -> None:
        """Takes a message for delivery; so many of its recipients count for the quota."""
        self._world.sent_emails.append(email)
        self.account.send(now, counted)

    def message_id(self, now: int) -> str:
        """In the recorded form: the time in milliseconds, a UUID and a count."""
        self._messages += 1
        uuid = self._digest(f"message {self._messages}").hex()
        stamp = f"0100{now // 1000:012x}"
        return f"{stamp}-{uuid[:8]}-{uuid[8:12]}-4{uuid[13:16]}-a{uuid[17:20]}-{uuid[20:32]}-000000"

    def name_from_arn(self, name_or_arn: str) -> str:
        """The name in the ARN of an identity of this account and region; anything else as it is."""
        partition = next((one for start, one in _PARTITIONS.items() if self.region.startswith(start)), "aws")
        return name_or_arn.removeprefix(f"arn:{partition}:ses:{self.region}:{self.account_id}:identity/")

    # What the test does.

    def put(
        self, name: str, status: VerificationStatus, token: str | None, now: int, reason: str = "set by the test"
    ) -> Identity:
        """Puts an identity there, as if it had come to that status earlier; one that is there keeps its token."""
        name = canonical(name)
        old = self.identities.get(name)
        identity = self._new(name, status, token, now, 0)
        before = old.status if old is not None else None
        self._note(now, name, before, status, reason)
        if identity.token is None:
            if status is VerificationStatus.PENDING:
                self._ask_owner(identity)
        else:
            record = records.ownership(name, identity.token)
            change = self._world.publish if status is VerificationStatus.SUCCESS else self._world.withdraw
            change([record], now, self)
        return self.identities[name]

    def put_at(self, at: int, name: str, status: VerificationStatus) -> None:
        """Does the same at a later moment."""
        self._world.schedule.add(at, EventKind.SET_STATUS, self, canonical(name), status)

    def confirm_at(self, at: int, name: str) -> None:
        """Lets the owner do what is needed at a later moment."""
        self._world.schedule.add(at, EventKind.OWNER_CONFIRMS, self, canonical(name))

    def act_at(self, at: int, name: str, action: Action) -> None:
        """Runs an action at a later timestamp."""
        self._world.schedule.add(at, EventKind.ACTION, self, name, action=action)

    def note_no_effect(self, name: str, at: int, reason: str) -> None:
        """Notes that a scheduled action had no effect, as the identity is unknown or for another reason."""
        identity = self.identities.get(name)
        status = identity.status if identity is not None else None
        self._note(at, name, status, status, reason if identity is not None else OWNER_UNKNOWN)

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
                self.put(name, steps[0][0], None, now, NEXT_OF_SCRIPT)
            else:
                del self.scripts[name]

    def click(self, mail: VerificationEmail, now: int) -> str:
        """The owner clicks a link of this account and region; returns the page that opens."""
        identity = self.identities.get(mail.to)
        if identity is None:
            return mail.pages.unknown
        expired = mail.expires_at is None or to_timestamp(mail.expires_at) <= now
        if expired or identity.status in (VerificationStatus.FAILED, VerificationStatus.NOT_STARTED):
            # No change, but what whoever asks why nothing changed wants to know.
            self._note(now, identity.name, identity.status, identity.status, "link clicked too late")
            return mail.pages.expired
        self._happen(identity, Event.CONFIRMED, now, "link clicked")
        return mail.pages.confirmed

    def wanted(self, identity: Identity) -> list[tuple[str, Record]]:
        """All records that the owner is asked for, each with what it is for: ``TXT``, ``DKIM`` or ``MAIL FROM``."""
        name, token = identity.name, identity.token
        found = [("TXT", records.ownership(name, token))] if token is not None else []
        found += [("DKIM", record) for record in self.wanted_dkim(name)]
        return found + [("MAIL FROM", record) for record in self.wanted_mail_from(name)]

    def wanted_dkim(self, name: str) -> list[Record]:
        """The records that the owner is asked for, for DKIM."""
        dkim = self._settings.get(name, _NONE).dkim
        if dkim.selector is not None:
            return [records.dkim_key(name, dkim.selector)]
        return records.dkim(name, dkim.tokens)

    def wanted_mail_from(self, name: str) -> list[Record]:
        """The records that the owner is asked for, for a custom MAIL FROM domain."""
        domain = self._settings.get(name, _NONE).mail_from.domain
        return records.mail_from(domain, self.region) if domain else []

    # What happens by itself.

    def expire(self, name: str, at: int) -> None:
        """The time to confirm has run out, unless it was prolonged or the identity is gone."""
        identity = self.identities.get(name)
        if identity is None:
            return
        if identity.expires_at is not None and to_timestamp(identity.expires_at) <= at:
            self._happen(identity, Event.EXPIRED, at, "not confirmed in time")
        for what, check in self._checks(name):
            if check.expires_at is not None and check.expires_at <= at:
                self._step(name, what, check, Event.EXPIRED, at, "records not found in time")
                self.look_at(name, at)

    def owner_acts(self, name: str, at: int) -> None:
        """The owner does all that SES waits for (the option auto_verify)."""
        identity = self.identities.get(name)
        if identity is None:
            # No change, but what whoever asks why nothing happened wants to know; so below.
            self._note(at, name, None, None, OWNER_UNKNOWN)
            return
        if identity.status is VerificationStatus.FAILED:
            self._note(at, name, identity.status, identity.status, "its owner acts too late")
        asked = {what for what, check in self._checks(name) if check.status is VerificationStatus.PENDING}
        if identity.status is VerificationStatus.PENDING:
            asked.add("TXT")
            if identity.token is None:
                self._happen(identity, Event.CONFIRMED, at, "link clicked")
        self._world.publish([record for what, record in self.wanted(identity) if what in asked], at)

    def note_mismatch(self, record: Record, now: int) -> None:
        """Notes that a record was published in vain, for whoever asks why nothing happened."""
        for domain in ancestors(normalize_name(record.name)):
            identity = self.identities.get(domain)
            if identity is None:
                continue
            statuses = {"TXT": identity.status} | {what: check.status for what, check in self._checks(domain)}
            if not any(status in AWAITING_RECORDS for status in statuses.values()):
                continue
            for what, group in groupby(self.wanted(identity), key=itemgetter(0)):
                status = statuses[what]
                reason = records.mismatch(record, [one for _, one in group]) if status in AWAITING_RECORDS else ""
                if reason:
                    self._note(now, domain if what == "TXT" else f"{domain} {what}", status, status, reason)

    def look_around(self, names: Iterable[str], now: int) -> None:
        """SES looks up, once each, all identities that records of those names may concern."""
        concerned: dict[str, None] = {}
        for name in names:
            for domain in ancestors(normalize_name(name)):
                concerned.update(dict.fromkeys([domain, *self._mail_from_users.get(domain, ())]))
        for identity in concerned:
            self.look_at(identity, now)

    def look_at(self, name: str, now: int) -> None:
        """SES looks up the records of an identity."""
        state = self._world
        if name not in self.identities or state.looking:
            return
        state.looking = True
        try:
            found = self._find(name)
        finally:
            state.looking = False
        # A resolver may have used the stub: all that follows goes by what is there now.
        identity = self.identities.get(name)
        if identity is None:
            return
        for what, check in self._checks(name):
            self._compare(name, what, check, what in found, now)
        if identity.token is None:
            return
        proved, signed = "TXT" in found, self._is_signed(name)
        if (proved or signed) and identity.status in AWAITING_RECORDS:
            self._happen(identity, Event.CONFIRMED, now, f"{'TXT record' if proved else 'DKIM records'} found")
        elif not (proved or signed) and identity.status is VerificationStatus.SUCCESS:
            self._happen(identity, Event.LOST, now, "TXT record gone")

    def _find(self, name: str) -> set[str]:
        """Which of the records are there that SES asks an identity's owner for. Asks the resolver, changes nothing."""
        zone, identity, settings = self._world.zone, self.identities[name], self._settings.get(name)
        found = set()
        if settings is not None:
            dkim, mail_from = settings.dkim, settings.mail_from
            if dkim.check.status in _WATCHED and records.shows_dkim(zone, name, dkim.tokens, dkim.selector):
                found.add("DKIM")
            if mail_from.check.status in _WATCHED and records.shows_mail_from(zone, mail_from.domain, self.region):
                found.add("MAIL FROM")
        token = identity.token if identity.status in _WATCHED else None
        if token is not None and records.proves_ownership(zone, name, token):
            found.add("TXT")
        return found

    def _is_signed(self, name: str) -> bool:
        """Whether a domain is verified by DKIM: by its own records, or still by those before a change of keys."""
        settings = self._settings.get(name)
        if settings is None:
            return False
        dkim = settings.dkim
        dkim.changing = dkim.changing and dkim.check.status is VerificationStatus.PENDING
        return dkim.changing or dkim.check.status is VerificationStatus.SUCCESS

    def _compare(self, name: str, what: str, check: Check, found: bool, now: int) -> None:
        if found and check.status in AWAITING_RECORDS:
            self._step(name, what, check, Event.CONFIRMED, now, "records found")
        elif not found and check.status is VerificationStatus.SUCCESS:
            self._step(name, what, check, Event.LOST, now, "records gone")

    def _checks(self, name: str) -> list[tuple[str, Check]]:
        settings = self._settings.get(name)
        return [("DKIM", settings.dkim.check), ("MAIL FROM", settings.mail_from.check)] if settings is not None else []

    def _asked(self, name: str, now: int) -> None:
        """Something was asked of the owner, who may have done it before, or do it at once, or later."""
        if self._world.auto_verify:
            self.owner_acts(name, now)
        elif self._world.owner_delay is not None:
            at = now + self._world.owner_delay
            self._world.schedule.add(at, EventKind.OWNER_CONFIRMS, self, name, place=self.place(name))
        self.look_at(name, now)

    def _happen(self, identity: Identity, event: Event, now: int, reason: str) -> Identity:
        before = identity.status
        status = transition(identity.type, before, event)
        if status is not before:
            self._note(now, identity.name, before, status, reason)
        requested = event is Event.REQUESTED
        if status is before and not (requested and status is VerificationStatus.PENDING):
            return identity
        at = from_timestamp(now)
        length = verification_timeout(identity.type, status)
        changed = replace(
            identity,
            status=status,
            requested_at=at if requested else identity.requested_at,
            expires_at=at + length if length is not None else None,
        )
        if identity.type is IdentityType.DOMAIN and not requested:
            self._world.mailbox.tell(before, status, self.account_id, self.region, identity.name, at)
        return self._keep(changed)

    def _step(self, name: str, what: str, check: Check, event: Event, now: int, reason: str) -> None:
        """The same for records beside the identity's own."""
        before = check.status
        check.status = transition(IdentityType.DOMAIN, before, event)
        length = verification_timeout(IdentityType.DOMAIN, check.status)
        check.expires_at = now + to_microseconds(length) if length is not None else None
        if check.expires_at is not None:
            self._world.schedule.add(check.expires_at, EventKind.EXPIRE, self, name)
        if check.status is not before:
            self._note(now, f"{name} {what}", before, check.status, reason)

    def _new(self, name: str, status: VerificationStatus, token: str | None, now: int, visible_at: int) -> Identity:
        kind = identity_type(name)
        at = from_timestamp(now)
        length = verification_timeout(kind, status)
        old = self.identities.get(name)
        if old is None:
            self._registered += 1
            self._order.append((self._registered, name))
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
            self._world.schedule.add(to_timestamp(identity.expires_at), EventKind.EXPIRE, self, identity.name)
        return identity

    def _note(
        self,
        at: int,
        name: str,
        before: VerificationStatus | None,
        after: VerificationStatus | None,
        reason: str,
    ) -> None:
        self._world.history.append(StatusChange(at, self.region, self.account_id, name, before, after, reason))

    def _ask_owner(self, identity: Identity, template: Template | None = None) -> None:
        self._world.mailbox.ask(
            self._world.seed, self.account_id, self.region, identity.name, identity.requested_at, template
        )

    def _token(self, domain: str) -> str:
        # The same on every repeat, another for each region and account, as users report of the real one.
        return base64.b64encode(self._digest(domain)).decode()

    def _dkim_tokens(self, domain: str, generation: int) -> tuple[str, ...]:
        """Three of 32 lower-case letters and digits, as recorded; the same on every repeat."""
        digests = [self._digest(f"{domain}:dkim{generation}:{number}") for number in range(3)]
        return tuple(base64.b32encode(digest).decode().lower()[:32] for digest in digests)

    def _digest(self, what: str) -> bytes:
        return hashlib.sha256(f"{self._world.seed}:{self.account_id}:{self.region}:{what}".encode()).digest()
