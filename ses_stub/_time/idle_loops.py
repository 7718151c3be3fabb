"""Whether an event loop has nothing to do but to wait for a sleep: then a sleep that ends nothing is a hang.

A coroutine that sleeps holds up nobody, unless the loop has nothing else: no task, no file, no earlier timer, and no
thread that may wake it. A thread that trio keeps for its next work may not: only a loop of trio's gives it some.

Relies on a loop of asyncio's having its callbacks in ``_ready``, its timers in ``_scheduled``, each with ``_when`` and
``_cancelled``, and its files in ``_selector``, one of which is its own; of other loops nothing is known. And on a
thread of trio's waiting for work in ``trio._core._thread_cache``. `tests/time/test_idle_loops.py` fails where a release
of Python or trio moves one.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from asyncio.tasks import sleep as give_way
from collections import Counter
from typing import Any

#: How many coroutines of each loop look.
_looking: Counter[Any] = Counter()
#: So often the other tasks come first, before they count as busy.
_ROUNDS = 5


async def is_idle_for(seconds: float) -> bool:
    """Whether the running loop has nothing else to do for about as long as that."""
    loop: Any = asyncio.get_running_loop()
    if not hasattr(loop, "_selector") or _may_be_woken():
        return False
    _looking[loop] += 1
    try:
        for _ in range(_ROUNDS):
            # Who looks too has one callback there.
            if len(loop._ready) < _looking[loop]:
                break
            await give_way(0)
        else:
            return False
    finally:
        _looking[loop] -= 1
        if not _looking[loop]:
            del _looking[loop]
    # Half of it, as other coroutines may sleep as long, and began earlier.
    soon = loop.time() + seconds / 2
    return len(loop._selector.get_map()) <= 1 and not any(
        timer._when < soon and not timer._cancelled for timer in loop._scheduled
    )


def _may_be_woken() -> bool:
    """Whether there is another thread."""
    frames = sys._current_frames()
    return any(
        frames[thread.ident].f_globals.get("__name__") != "trio._core._thread_cache"
        for thread in threading.enumerate()
        if thread is not threading.current_thread() and thread.ident in frames
    )
