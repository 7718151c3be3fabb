"""Whether an event loop has nothing to do but to wait for a sleep: then a sleep that ends nothing is a hang.

A coroutine that sleeps holds up nobody, unless the loop has nothing else: no task, no file, no earlier timer, and no
thread that may wake it. A thread of a pool that waits for its next work may not.

Relies on a loop of asyncio's having its callbacks in ``_ready``, its timers in ``_scheduled``, each with ``_when`` and
``_cancelled``, and its files in ``_selector``, one of which is its own; of other loops nothing is known. And on the
threads of pools waiting for work in the modules that are named here. `tests/time/test_idle_loops.py` fails where a
release of Python or trio moves one.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from asyncio.tasks import sleep as give_way
from collections import Counter
from typing import Any

from .quiescence import blocked_outside

#: How many coroutines of each loop look.
_looking: Counter[Any] = Counter()
#: So often the other tasks come first, before they count as busy.
_ROUNDS = 5
#: So often the other threads are looked at while one can run, and so many seconds apart: on a loaded machine one that
#: has nothing more to do may still get no processor for a while.
_CHECKS, _PAUSE = 200, 0.005
#: The modules whose threads are idle while they run no other code.
_POOLS = ("concurrent.futures.thread", "trio._core._thread_cache")


async def is_idle_for(seconds: float) -> bool:
    """Whether the running loop has nothing else to do for about as long as that."""
    loop: Any = asyncio.get_running_loop()
    if not hasattr(loop, "_selector") or await _may_be_woken():
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


async def _may_be_woken() -> bool:
    """Whether there is another thread that has work."""
    others = [one for one in threading.enumerate() if one is not threading.current_thread()]
    if not others:
        return False
    for _ in range(_CHECKS):
        # One that was given work and has not begun with it, or has just handed over its result, can run.
        if blocked_outside(()) is not None:
            frames = sys._current_frames()
            return any(frames[one.ident].f_globals["__name__"] not in _POOLS for one in others if one.ident in frames)
        await give_way(_PAUSE)
    return True
