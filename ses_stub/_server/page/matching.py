"""Finds what the page's filter matches, and what belongs to the selected identity."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import TYPE_CHECKING

from ..._model.addresses import bare
from ..._model.dns_checks import expected_records
from ..._model.identity import AWAITING_RECORDS, VerificationStatus
from .filters import call_subjects

if TYPE_CHECKING:
    from ..._model.backend import Backend
    from ..._model.identity import Identity
    from ..._model.mailbox import VerificationEmail
    from ..._model.sent_email import SentEmail
    from ..._model.state import State
    from ..._service.calls import Call

#: An identity with its region and account.
Owned = tuple["Backend", "Identity"]
#: Pending identities come first.
_RANKS = {VerificationStatus.PENDING: 0, VerificationStatus.TEMPORARY_FAILURE: 1}


# An open page polls every second. With 100,000 identities, even a tuple for each would take too long.


def find_identities(state: State, text: str) -> list[Identity]:
    """The identities of all regions and accounts that match a text: pending ones first, then the newest.

    The text is part of the name, a region, or an account.
    """
    wanted = text.lower()
    found: list[Identity] = []
    waiting: set[int] = set()
    for backend in state.backends.values():
        identities = reversed(backend.identities.values())
        is_whole = not wanted or wanted in (backend.region, backend.account_id)
        found += identities if is_whole else (one for one in identities if wanted in one.name.lower())
        waiting.update(id(one) for one in _with_settings(backend) if _awaits_records(backend, one))
    found.sort(key=attrgetter("requested_at"), reverse=True)
    found.sort(key=lambda one: _RANKS.get(one.status, 1 if id(one) in waiting else 2))
    return found


def with_records(state: State, found: Iterable[Identity]) -> list[Identity]:
    """The identities that need DNS records: domains, and addresses with a MAIL FROM domain."""
    addresses = {
        id(one)
        for backend in state.backends.values()
        for one in _with_settings(backend)
        if one.token is None and expected_records(backend, one)
    }
    return [one for one in found if one.token is not None or id(one) in addresses]


def owned(state: State, identity: Identity) -> Owned:
    """An identity with its region and account."""
    backends = state.backends.values()
    return next((one, identity) for one in backends if one.identities.get(identity.name) is identity)


def _with_settings(backend: Backend) -> Iterable[Identity]:
    # A name may have settings without an identity.
    return (one for name in backend.identity_settings if (one := backend.identities.get(name)) is not None)


def _awaits_records(backend: Backend, identity: Identity) -> bool:
    return any(check.status in AWAITING_RECORDS for _, check in backend.checks(identity.name))


class Found:
    """The emails and calls that the page shows.

    Args:
        text: the text of the filter; empty for all.
        owned: the selected identity, which replaces the filter; None for none.

    """

    def __init__(self, text: str, owned: Owned | None) -> None:
        self._text = text.lower()
        self._owned = owned

    @property
    def is_all(self) -> bool:
        """Whether everything is shown."""
        return self._owned is None and not self._text

    def verification_email(self, email: VerificationEmail) -> bool:
        """Whether an email of SES is for the identity, or its names contain the text."""
        if self._owned is None:
            return self._contain_text((email.to, email.identity), email.region, email.account_id)
        return email.identity == self._owned[1].name and self._is_place(email.region, email.account_id)

    def sent_email(self, email: SentEmail) -> bool:
        """Whether an email of the application is from or to the identity, or its names and subject contain the text."""
        names = (email.source, *email.destinations)
        if self._owned is None:
            return self._contain_text((*names, email.subject or ""), email.region, email.account_id)
        return self._is_place(email.region, email.account_id) and any(map(self._belongs, names))

    def call(self, call: Call) -> bool:
        """Whether a call is about the identity, or its names and operation contain the text."""
        names = call_subjects(call)
        if self._owned is None:
            return self._contain_text((call.operation, *names), call.region, call.account_id)
        return self._is_place(call.region, call.account_id) and any(map(self._belongs, names))

    def _contain_text(self, texts: tuple[str, ...], *exactly: str) -> bool:
        return any(self._text in text.lower() for text in texts) or self._text in exactly

    def _is_place(self, region: str, account_id: str) -> bool:
        assert self._owned is not None
        return (self._owned[0].region, self._owned[0].account_id) == (region, account_id)

    def _belongs(self, address: str) -> bool:
        """Whether an address or domain is the identity or below it."""
        assert self._owned is not None
        identity = self._owned[1].name
        local, at, domain = bare(address).rpartition("@")
        return (
            identity in (f"{local}{at}{domain}", f"{local.partition('+')[0]}@{domain}")
            # A domain, and its subdomains and addresses.
            or f".{domain.lower()}".endswith(f".{identity}")
        )
