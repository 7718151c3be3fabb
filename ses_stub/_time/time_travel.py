"""Finds and moves the time of freezegun and time-machine.

Relies on how they store it: `tests/core/test_time.py` fails if a release changes that.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any


def freezegun_factory() -> Any:
    """Freezegun's innermost clock if it is active, else None.

    Not read through time.time(), which freezegun leaves real for functions that a thread runs directly.
    """
    freezegun = sys.modules.get("freezegun.api")
    factories = freezegun.freeze_factories if freezegun is not None else None
    return factories[-1] if factories else None


def time_machine_traveller() -> Any:
    """time-machine's innermost traveller if it is active, else None."""
    time_machine: Any = sys.modules.get("time_machine")
    if time_machine is None:
        return None
    # time-machine 3 names its stack traveller_stack, version 2 coordinates_stack.
    stack = getattr(time_machine, "traveller_stack", None) or getattr(time_machine, "coordinates_stack", None)
    return stack[-1] if stack else None


def shift_active_tool(micros: int) -> bool:
    """Moves freezegun or time-machine. Returns False if neither is active."""
    frozen = freezegun_factory()
    if frozen is not None:
        step = timedelta(microseconds=micros)
        if type(frozen).__name__ == "TickingDateTimeFactory":
            # Its tick() would drop the time since the freeze began.
            frozen.move_to(frozen() + step)
        else:
            frozen.tick(step)
        return True
    traveller = time_machine_traveller()
    if traveller is not None:
        traveller.shift(timedelta(microseconds=micros))
    return traveller is not None
