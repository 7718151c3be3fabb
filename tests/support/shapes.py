"""The shapes of botocore's service models."""

from __future__ import annotations

from collections.abc import Iterator

from botocore.model import Shape


def shapes(shape: Shape | None) -> Iterator[Shape]:
    """A shape and all shapes inside it."""
    if shape is not None:
        yield shape
        inner = [getattr(shape, part) for part in ("member", "key", "value") if hasattr(shape, part)]
        for one in [*inner, *getattr(shape, "members", {}).values()]:
            yield from shapes(one)
