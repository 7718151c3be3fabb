"""The ids of a stub's answers."""

from __future__ import annotations

from random import Random


class RequestIds:
    """UUIDs of version 4, whose last part counts and whose other parts are constant.

    Args:
        seed: the stub's.

    """

    def __init__(self, seed: int) -> None:
        bits = Random(seed).getrandbits(128)
        start = f"{bits:032x}"
        self._prefix = f"{start[:8]}-{start[8:12]}-4{start[13:16]}-a{start[17:20]}-"
        self._number = bits & 0x7FFF_FFFF_FFFF

    def next(self) -> str:
        """The next id."""
        self._number += 1
        return f"{self._prefix}{self._number:012x}"
