"""Numbers in words, as people read them."""

from __future__ import annotations


def count(number: int, noun: str, plural: str | None = None) -> str:
    """How many of something."""
    return f"{number:,} {form(number, noun, plural)}"


def form(number: int, noun: str, plural: str | None = None) -> str:
    """The noun for one, or for more: with an s where its plural is not given."""
    return noun if number == 1 else plural or f"{noun}s"


def seconds(length: float) -> str:
    """A length of time in seconds, to the millisecond."""
    return f"{length:,.3f}".rstrip("0").rstrip(".") + " s"


def bill(calls: int, throttled: int, waited: float) -> str:
    """What was asked for, and how long production would have waited for it."""
    return f"{count(calls, 'call')}, {count(throttled, 'throttled attempt')}, {seconds(waited)}"
