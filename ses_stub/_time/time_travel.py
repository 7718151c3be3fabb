"""The tools that replace the process's clocks, freezegun and time-machine, and how to move their time.

Only this module knows how they store it. `tests/core/test_time.py` fails if a release of theirs changes that.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any


def freezegun_factory() -> Any:
    """Freezegun's innermost clock while it is active, else None.

    It is read directly and not by time.time(), which freezegun leaves real for callers near the top of a thread
    (``threading`` is on its ignore list).
    """
    freezegun = sys.modules.get("freezegun.api")
    factories = freezegun.freeze_factories if freezegun is not None else None
    return factories[-1] if factories else None


def time_machine_traveller() -> Any:
    """Time-machine's innermost traveller while it is active, else None."""
    time_machine: Any = sys.modules.get("time_machine")
    if time_machine is None:
        return None
    # time-machine 3 names its stack traveller_stack, version 2 coordinates_stack.
    stack = getattr(time_machine, "traveller_stack", None) or getattr(time_machine, "coordinates_stack", None)
    return stack[-1] if stack else None


def shift_active_tool(micros: int) -> bool:
    """Moves freezegun or time-machine if one of them is active. Returns False if none is."""
    frozen = freezegun_factory()
    if frozen is not None:
        step = timedelta(microseconds=micros)
        if type(frozen).__name__ == "TickingDateTimeFactory":
            # Its tick() drops the time that has passed since the freeze began.
            frozen.move_to(frozen() + step)
        else:
            frozen.tick(step)
        return True
    traveller = time_machine_traveller()
    if traveller is not None:
        traveller.shift(timedelta(microseconds=micros))
    return traveller is not None
