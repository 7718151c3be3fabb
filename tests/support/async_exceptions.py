"""Raises an asynchronous exception, as Ctrl+C and tools for time limits do, after a chosen instruction.

Python itself delivers it, at the next place where it looks for one: the start of a function, the end of a call, a
jump back. A tracer that raised by itself would also interrupt where Python never does, such as between the body of a
``with`` and the call of its ``__exit__``: that leaves even Python's own locks held.
"""

from __future__ import annotations

import ctypes
import random
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from types import FrameType
from typing import Any

#: A frame's code, and the instruction in it.
Place = tuple[Any, int]
#: From 3.12 a line's event may be the only one of an instruction; before, an instruction's event follows it directly.
_EVENTS = ("call", "opcode", "return") if sys.version_info < (3, 12) else ("call", "line", "opcode", "return")


class Interruption:
    """What came of one exception.

    Attributes:
        places: the instructions until then, in order.
        error: the exception where it came out; None if there are not so many instructions, or if Python dropped it. Its
            traceback holds all that was interrupted.

    """

    def __init__(self) -> None:
        self.places: list[Place] = []
        self.error: KeyboardInterrupt | None = None

    @property
    def place(self) -> Place | None:
        """Where Python delivered it."""
        trace = self.error.__traceback__ if self.error is not None else None
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        return (trace.tb_frame.f_code, trace.tb_lasti) if trace is not None else None


def send_exception(thread: int | None) -> Callable[[], int]:
    """What raises KeyboardInterrupt in a thread (a `threading.get_ident`), and is no Python code itself."""
    send = ctypes.pythonapi.PyThreadState_SetAsyncExc
    return partial(send, ctypes.c_ulong(thread or 0), ctypes.py_object(KeyboardInterrupt))


def interrupt(use: Callable[[], object], at: int, is_traced: Callable[[FrameType], bool]) -> Interruption:
    """Runs a function, and sends this thread an exception after an instruction.

    Args:
        use: the function.
        at: the number of the instruction, from 1; 0 for none.
        is_traced: whether the instructions of a frame count.

    """
    found = Interruption()
    # Python would deliver it in the tracer, at the end of a call. A missing key calls it without a call.
    sent = defaultdict(send_exception(threading.get_ident()))
    before = sys.gettrace()

    def trace(frame: FrameType, event: str, _: object) -> Any:  # pragma: no cover  # Nothing traces a tracer.
        if event == "call" and not is_traced(frame):
            return None
        frame.f_trace_opcodes = True
        if event in _EVENTS:
            found.places.append((frame.f_code, frame.f_lasti))
            if len(found.places) == at:
                sys.settrace(None)
                sent[at]
        return trace

    try:
        sys.settrace(trace)
        use()
        sys.settrace(before)  # pragma: no cover  # The lines are not measured while the tracer is another one.
    except KeyboardInterrupt as error:  # pragma: no cover
        found.error = error
    sys.settrace(before)
    return found


def interruptions(use: Callable[[], object], is_traced: Callable[[FrameType], bool]) -> Iterator[Interruption]:
    """Interrupts a function wherever Python delivers an exception, one place after another.

    Args:
        use: the function, which has run before.
        is_traced: whether the instructions of a frame count.

    """
    places = interrupt(use, 0, is_traced).places
    at = 1
    while at <= len(places):
        found = interrupt(use, at, is_traced)
        place = found.place
        yield found
        # All instructions up to the place of delivery lead to the same one.
        later = (number for number in range(at, len(places) + 1) if places[number - 1] == place)
        at = next(later, at) + 1


def some_interruptions(
    use: Callable[[], object], is_traced: Callable[[FrameType], bool], tries: int
) -> Iterator[Interruption]:
    """As `interruptions`, after some instructions that chance chooses: others in each run."""
    numbers: dict[Place, list[int]] = {}
    for number, place in enumerate(interrupt(use, 0, is_traced).places, 1):
        numbers.setdefault(place, []).append(number)
    for place in random.sample(list(numbers), tries):
        yield interrupt(use, random.choice(numbers[place]), is_traced)
