"""Runs due events: deadlines, scheduled confirmations, statuses and actions. Then it calls the resolver.

The result does not depend on when it runs: each event happens in order, with the time at which it was due.
"""

from __future__ import annotations

from .._time.time import to_timestamp
from .dns_checks import check_all_dns, check_dns
from .identity import Event
from .lifecycle import apply_check_event, apply_event
from .owner import confirm
from .place import Place
from .schedule import EventKind
from .state import State
from .verification import set_status


def run_due(state: State, now: int, is_dns_checked: bool = True) -> None:
    """Runs every due event. Then calls the resolver, unless the caller checks DNS itself."""
    while due := state.schedule.pop_due(now):
        place = Place(state, state.backend(due.account_id, due.region), due.at)
        if due.kind is EventKind.EXPIRE:
            expire(place, due.name)
        elif due.kind is EventKind.ACTION:
            state.schedule.run_action(due, place)
        elif due.status is not None:
            set_status(place, due.name, due.status)
        elif due.registration is None or place.backend.registrations.get(due.name) == due.registration:
            confirm(place, due.name)
    if is_dns_checked and state.zone.resolver is not None:
        check_all_dns(state, now)


def expire(place: Place, name: str) -> None:
    """Fails what was not confirmed in time. A deadline that was moved is scheduled again."""
    identity = place.backend.identities.get(name)
    if identity is None:
        return
    if identity.expires_at is not None:
        at = to_timestamp(identity.expires_at)
        if at <= place.now:
            apply_event(place, identity, Event.EXPIRED, "not confirmed in time")
        else:
            place.schedule(at, EventKind.EXPIRE, name)
    for what, check in place.backend.checks(name):
        if check.expires_at is not None and check.expires_at <= place.now:
            apply_check_event(place, name, what, check, Event.EXPIRED, "records not found in time")
            check_dns(place, name)
