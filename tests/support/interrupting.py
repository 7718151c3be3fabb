"""Interrupts a thread at a chosen instruction, as a signal does whose handler then runs there."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class Interruption:
    """What happened: how many instructions of the chosen files came, and whether the handler was called."""

    def __init__(self) -> None:
        self.instructions = 0
        self.came = False


@contextmanager
def interrupted(at: int, folders: tuple[str, ...], handler: Callable[[], Any]) -> Iterator[Interruption]:
    """Calls a handler in this thread before one of its instructions.

    Args:
        at: the number of the instruction, of those in the folders.
        folders: parts of the names of the files that count.
        handler: what a signal's handler would do there.

    """
    found, before = Interruption(), sys.gettrace()

    def trace(frame: FrameType, event: str, _: object) -> Any:  # pragma: no cover  # Nothing traces a tracer.
        if not any(folder in frame.f_code.co_filename for folder in folders):
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            found.instructions += 1
            if found.instructions == at:
                found.came = True
                handler()
        return trace

    sys.settrace(trace)
    try:
        yield found
    finally:
        sys.settrace(before)  # pragma: no cover  # It was not traced until here.
