"""Runs due events: deadlines, scheduled confirmations, statuses and actions. Then it calls the resolver.

The result does not depend on when it runs: each event happens in order, with the time at which it was due.
"""

from __future__ import annotations

from .._time.time import to_timestamp
from .backend import Backend
from .dns_checks import check_all_dns, check_dns
from .identity import Event
from .lifecycle import apply_check_event, apply_event
from .owner import confirm
from .schedule import EventKind
from .state import State
from .verification import set_status


def run_due(state: State, now: int, is_dns_checked: bool = True) -> None:
    """Runs every due event. Then calls the resolver, unless the caller checks DNS itself."""
    while due := state.schedule.pop_due(now):
        backend = state.backend(due.account_id, due.region)
        if due.kind is EventKind.EXPIRE:
            expire(state, backend, due.name, due.at)
        elif due.kind is EventKind.ACTION:
            state.schedule.run_action(due, state, backend)
        elif due.status is not None:
            set_status(state, backend, due.name, due.status, due.at)
        elif due.registration is None or backend.registrations.get(due.name) == due.registration:
            confirm(state, backend, due.name, due.at)
    if is_dns_checked and state.zone.resolver is not None:
        check_all_dns(state, now)


def expire(state: State, backend: Backend, name: str, now: int) -> None:
    """Fails what was not confirmed in time. A deadline that was moved is scheduled again."""
    identity = backend.identities.get(name)
    if identity is None:
        return
    if identity.expires_at is not None:
        at = to_timestamp(identity.expires_at)
        if at <= now:
            apply_event(state, backend, identity, Event.EXPIRED, "not confirmed in time", now)
        else:
            state.schedule.add(at, EventKind.EXPIRE, backend.account_id, backend.region, name)
    for what, check in backend.checks(name):
        if check.expires_at is not None and check.expires_at <= now:
            apply_check_event(state, backend, name, what, check, Event.EXPIRED, "records not found in time", now)
            check_dns(state, backend, name, now)
