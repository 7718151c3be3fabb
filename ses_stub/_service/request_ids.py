"""The ids of a stub's responses."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count


def request_ids() -> Iterator[str]:
    """UUIDs of version 4, whose last part counts and whose other parts are constant."""
    # Not a generator: a signal handler that makes a call may interrupt another call here.
    return map("e3e70682-c209-4cac-a29f-{:012x}".format, count(0x7D4C_0000_0001))
