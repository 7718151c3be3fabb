"""What a test has ordered, and what has not come about by the end of its scope."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from .._core.errors import suggest
from .._model.schedule import OWNER_UNKNOWN, StatusChange
from .._service.service import Service


def unmet(service: Service) -> Iterator[str]:
    """A sentence or two for each kind of order."""
    faults = [fault for fault in service.faults if fault.is_missed(service.require_faults_used)]
    if faults:
        came = Counter(call.operation for call in service.calls)
        calls = ", ".join(f"{times} of {operation}" for operation, times in came.items())
        yield (
            f"the scope ended before these injected failures were met: {'; '.join(map(str, faults))}."
            f" {f'Calls that came: {calls}' if calls else 'No call came'}."
            " If that is intended, write inject(…, required=False)."
        )
    if not service.require_faults_used:
        return
    if service.options.resolver is None:
        # What fell due since somebody looked; a resolver may have gone with its own mock by now.
        with service.locked():
            pass
    yield from in_vain(service)


def in_vain(service: Service) -> Iterator[str]:
    """Each ``after(…)`` that nothing came of, as far as somebody has looked."""
    for later in service.incomplete_schedules:
        yield f"{later} tells when, but not what: add .confirm(name) or .set_status(name, status)."
    strangers = [one for one in service.state.history if one.reason == OWNER_UNKNOWN]
    if strangers:
        yield from _strangers(service, strangers)


def _strangers(service: Service, changes: Iterable[StatusChange]) -> Iterator[str]:
    """Whose owners were to act, and who never were there."""
    registered = {(one.name, one.region, one.account_id) for one in service.state.history if one.before or one.after}
    for one in changes:
        if (one.name, one.region, one.account_id) in registered:
            continue
        places = [f"{region} of account {account}" for name, region, account in sorted(registered) if name == one.name]
        nearest = suggest(one.name, {name for name, *_ in registered})
        yield (
            f"an action that after(…) has scheduled for {one.name!r} had no effect: no such identity was ever"
            f" registered in {one.region} of account {one.account_id}{f', but in {places[0]}' if places else nearest}."
        )
