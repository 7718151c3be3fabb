"""Checks the DNS records that SES has requested, and publishes and removes records."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter

from . import records
from .backend import Backend
from .identity import AWAITING_RECORDS, CHECKED, Event, Identity, VerificationStatus
from .lifecycle import apply_check_event, apply_event, record_change
from .place import Place
from .records import Record
from .replicas import problem, replicas_of, replicate
from .settings import RecordCheck, Settings
from .state import State
from .zone import ancestors, normalize_name

#: For identities without settings.
_NO_SETTINGS = Settings()


def expected_records(backend: Backend, identity: Identity) -> list[tuple[str, Record]]:
    """All records that SES requests, each with its type: ``TXT``, ``DKIM`` or ``MAIL FROM``."""
    name, token = identity.name, identity.token
    found = [("TXT", records.ownership(name, token))] if token is not None else []
    found += [("DKIM", record) for record in expected_dkim_records(backend, name)]
    return found + [("MAIL FROM", record) for record in expected_mail_from_records(backend, name)]


def expected_dkim_records(backend: Backend, name: str) -> list[Record]:
    """The records that SES requests for DKIM."""
    dkim = backend.identity_settings.get(name, _NO_SETTINGS).dkim
    if dkim.selector is not None:
        return [records.dkim_key(name, dkim.selector)]
    return records.dkim(name, dkim.tokens, records.hosted_zone(dkim.parent or backend.region))


def expected_mail_from_records(backend: Backend, name: str) -> list[Record]:
    """The records that SES requests for a custom MAIL FROM domain."""
    domain = backend.identity_settings.get(name, _NO_SETTINGS).mail_from.domain
    return records.mail_from(domain, backend.region) if domain else []


def publish_records(state: State, published: Iterable[Record], now: int, setter: Backend | None = None) -> None:
    """Publishes records, then checks once for all, except in a backend that sets the status itself (``setter``)."""
    added = tuple(published)
    for record in added:
        state.zone.add(*record)
    _check_everywhere_under(state, [record.name for record in added], now, setter)
    for record in added:
        for backend in tuple(state.backends.values()):
            note_mismatch(Place(state, backend, now), record)


def remove_records(
    state: State, removed: Iterable[tuple[str, str, str | None]], now: int, setter: Backend | None = None
) -> None:
    """Removes records, or all of a name and type if the value is None. Checks as `publish_records` does."""
    gone = tuple(removed)
    for record in gone:
        state.zone.remove(*record)
    _check_everywhere_under(state, [name for name, _, _ in gone], now, setter)


def _check_everywhere_under(state: State, names: list[str], now: int, setter: Backend | None) -> None:
    for backend in tuple(state.backends.values()):
        if backend is not setter:
            check_dns_under(Place(state, backend, now), names)


def note_mismatch(place: Place, record: Record) -> None:
    """Adds a note to the history if a published record is almost one that SES searches for."""
    for domain in ancestors(normalize_name(record.name)):
        identity = place.backend.identities.get(domain)
        if identity is None:
            continue
        statuses = {"TXT": identity.status} | {what: check.status for what, check in place.backend.checks(domain)}
        if not any(status in AWAITING_RECORDS for status in statuses.values()):
            continue
        for what, group in groupby(expected_records(place.backend, identity), key=itemgetter(0)):
            status = statuses[what]
            reason = records.mismatch(record, [one for _, one in group]) if status in AWAITING_RECORDS else ""
            if reason:
                subject = domain if what == "TXT" else f"{domain} {what}"
                record_change(place, subject, status, status, reason)


def check_all_dns(state: State, now: int) -> None:
    """Checks the records of all identities, as a resolver does not say when its answers change."""
    if not state.checking:
        for backend in tuple(state.backends.values()):
            for name in tuple(backend.identities):
                check_dns(Place(state, backend, now), name)


def check_dns_under(place: Place, names: Iterable[str]) -> None:
    """Checks once the records of each identity that these record names may belong to."""
    concerned: dict[str, None] = {}
    for name in names:
        for domain in ancestors(normalize_name(name)):
            concerned.update(dict.fromkeys([domain, *place.backend.mail_from_users.get(domain, ())]))
    for identity in concerned:
        check_dns(place, identity)


def check_dns(place: Place, name: str) -> None:
    """Checks the records of an identity, and updates its verification, DKIM and MAIL FROM statuses."""
    if name not in place.backend.identities or place.state.checking:
        return
    replicate(place, name)
    place.state.checking = True
    try:
        errors = _look_for_records(place, name)
    finally:
        place.state.checking = False
    # A resolver may have used the stub, so the identity is read after it.
    identity = place.backend.identities.get(name)
    if identity is None:
        return
    for what, check in place.backend.checks(name):
        _update_check(place, name, what, check, errors.get(what) == "")
    if identity.token is None:
        return
    proved, signed = errors.get("TXT") == "", _is_verified_by_dkim(place.backend, name)
    if "TXT" in errors:
        checks = place.backend.settings(name).checks
        checks.checked_at = place.now
        if proved or signed:
            checks.succeeded_at = place.now
        else:
            # Only requested records, as v2 shows these.
            checks.error = errors.get("DKIM") or errors["TXT"]
    if (proved or signed) and identity.status in AWAITING_RECORDS:
        reason = f"{'TXT record' if proved else 'DKIM records'} found"
        apply_event(place, identity, Event.CONFIRMED, reason)
    elif not (proved or signed) and identity.status is VerificationStatus.SUCCESS:
        apply_event(place, identity, Event.LOST, "TXT record gone")


def check_replicas(place: Place, name: str) -> None:
    """Checks the replicas of a domain, whose keys may have changed. A replica has no replicas."""
    for replica in replicas_of(place, name):
        check_dns(place._replace(backend=replica), name)


def _look_for_records(place: Place, name: str) -> dict[str, str]:
    """For each of ``TXT``, ``DKIM`` and ``MAIL FROM`` that SES searches for: why it is missing, or empty.

    Calls the resolver.
    """
    zone, backend = place.state.zone, place.backend
    identity, settings = backend.identities[name], backend.identity_settings.get(name)
    errors = {}
    if settings is not None:
        dkim, mail_from = settings.dkim, settings.mail_from
        if dkim.check.status in CHECKED and (wanted := expected_dkim_records(backend, name)):
            errors["DKIM"] = next(filter(None, (records.look_for(zone, one) for one in wanted)), "")
        if mail_from.check.status in CHECKED:
            errors["MAIL FROM"] = records.look_for_mail_from(zone, mail_from.domain, backend.region)
    if identity.token is not None and identity.status in CHECKED:
        errors["TXT"] = records.look_for_ownership(zone, name, identity.token)
    return errors


def _update_check(place: Place, name: str, what: str, check: RecordCheck, found: bool) -> None:
    if found and check.status in AWAITING_RECORDS:
        apply_check_event(place, name, what, check, Event.CONFIRMED, "records found")
    elif not found and check.status is VerificationStatus.SUCCESS:
        without_keys = problem(place, name) if what == "DKIM" else ""
        apply_check_event(place, name, what, check, Event.LOST, without_keys or "records gone")


def _is_verified_by_dkim(backend: Backend, name: str) -> bool:
    """Whether DKIM verifies a domain: with its current records, or during a change of keys with the earlier ones.

    Notes the end of a change of keys.
    """
    settings = backend.identity_settings.get(name)
    if settings is None:
        return False
    dkim = settings.dkim
    dkim.changing = dkim.changing and dkim.check.status is VerificationStatus.PENDING
    return dkim.changing or dkim.check.status is VerificationStatus.SUCCESS
