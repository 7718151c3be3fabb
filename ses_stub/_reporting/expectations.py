"""Reports what a test prepared and did not use: injected failures, scripts, scheduled actions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from .._core.errors import suggest
from .._core.text import plural, pluralize
from .._model.history import ChangeKind, StatusChange
from .._service.faults import Fault
from .._service.service import Service


def unmet_expectations(service: Service) -> Iterator[str]:
    """A sentence or two for each kind of unused preparation."""
    faults = [fault for fault in service.faults if fault.is_pending(service.require_faults_used)]
    if faults:
        yield _untriggered(service, faults)
    if not service.require_faults_used:
        return
    if service.options.resolver is None:
        # Runs due events, but not with a resolver, whose mock may have ended.
        with service.locked():
            pass
    yield from unshown_scripts(service)
    yield from ineffective_schedules(service)


def _calls(service: Service) -> str:
    counts = Counter(call.operation for call in service.calls)
    return ", ".join(f"{times} {operation}" for operation, times in counts.items()) or "none"


def _untriggered(service: Service, faults: list[Fault]) -> str:
    called = {call.operation for call in service.calls}
    number = sum(fault.times or 1 for fault in faults)
    shown = "; ".join(
        str(fault) + ", which was not called" * (fault.operation is not None and fault.operation not in called)
        for fault in faults
    )
    return (
        f"{pluralize(number, 'injected failure')} {plural(number, 'was', 'were')} never triggered: {shown}."
        f" SES calls: {_calls(service)}. If that is intended, write inject(…, required=False)."
    )


def unshown_scripts(service: Service) -> Iterator[str]:
    """A few sentences for each script with steps that no response has shown."""
    for backend in service.state.backends.values():
        for name, script in backend.scripts.items():
            if not script.unshown:
                continue
            steps = ", ".join(status if count == 1 else f"{status} ({count} times)" for status, count in script.unshown)
            number = len(script.unshown)
            yield (
                f"{pluralize(number, 'step')} of the script of {name} {plural(number, 'was', 'were')} never shown:"
                f" {steps}. Each response in {backend.region} of account {backend.account_id} that shows its status"
                f" advances it by one. SES calls: {_calls(service)}. Let the application poll more often, or shorten"
                " the script."
            )


def ineffective_schedules(service: Service) -> Iterator[str]:
    """A sentence or two for each ``after(…)`` without an action, or whose action had no effect."""
    for schedule in service.incomplete_schedules:
        yield f"{schedule} has no action: add .confirm(name) or .set_status(name, status)."
    changes = [one for one in service.state.history if one.kind is ChangeKind.NO_IDENTITY]
    if changes:
        yield from _unknown_identities(service, changes)


def _unknown_identities(service: Service, changes: Iterable[StatusChange]) -> Iterator[str]:
    """A sentence for each identity of a scheduled action that was never registered."""
    registered = {(one.name, one.region, one.account_id) for one in service.state.history if one.before or one.after}
    for one in changes:
        if (one.name, one.region, one.account_id) in registered:
            continue
        places = [f"{region} of account {account}" for name, region, account in sorted(registered) if name == one.name]
        nearest = suggest(one.name, {name for name, *_ in registered})
        yield (
            f"an action scheduled by after(…) for {one.name!r} had no effect: no such identity was ever"
            f" registered in {one.region} of account {one.account_id}{f', but in {places[0]}' if places else nearest}."
        )
