"""What the filter of the page finds, and what belongs to the identity that is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._model.identity import AWAITING_RECORDS, VerificationStatus
from ..._operations.authorization import bare
from .filters import call_subjects

if TYPE_CHECKING:
    from ..._model.backend import Backend
    from ..._model.identity import Identity
    from ..._model.mailbox import VerificationEmail
    from ..._model.sent_email import SentEmail
    from ..._model.state import State
    from ..._service.calls import Call

#: An identity, and the region and account that it belongs to.
Owned = tuple["Backend", "Identity"]


def find_identities(state: State, text: str) -> list[Owned]:
    """The identities of all regions and accounts that a text finds: first what is pending, then the newest.

    The text is a part of the name, a region, or an account.
    """
    wanted = text.lower()
    found = [
        (backend, identity)
        for backend in state.backends.values()
        for identity in reversed(backend.identities.values())
        if not wanted or wanted in identity.name.lower() or wanted in (backend.region, backend.account_id)
    ]
    found.sort(key=lambda owned: owned[1].requested_at, reverse=True)
    found.sort(key=_rank)
    return found


def _rank(owned: Owned) -> int:
    """0 for a pending identity, 1 for one that SES waits for in another way, 2 for the others."""
    backend, identity = owned
    status = identity.status
    if status is VerificationStatus.PENDING:
        return 0
    if status is VerificationStatus.TEMPORARY_FAILURE:
        return 1
    settings = backend.identity_settings.get(identity.name)
    if settings is None:
        return 2
    checks = (settings.dkim.check, settings.mail_from.check)
    return 1 if any(check.status in AWAITING_RECORDS for check in checks) else 2


class Found:
    """Which emails and calls the page shows.

    Args:
        text: the text of the filter; empty for all.
        owned: the identity that is chosen; None if none is. The filter does not count then.

    """

    def __init__(self, text: str, owned: Owned | None) -> None:
        self._text = text.lower()
        self._owned = owned

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
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
        """Whether an address or domain is the identity, or below it."""
        assert self._owned is not None
        identity = self._owned[1].name
        local, at, domain = bare(address).rpartition("@")
        return (
            identity in (f"{local}{at}{domain}", f"{local.partition('+')[0]}@{domain}")
            # A domain and what is below it.
            or f".{domain.lower()}".endswith(f".{identity}")
        )
