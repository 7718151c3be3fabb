"""Numbers as people read them."""

from __future__ import annotations


def pluralize(number: int, noun: str, plural_form: str | None = None) -> str:
    """A number with its noun: ``1 call``, ``2 calls``."""
    return f"{number:,} {plural(number, noun, plural_form)}"


def plural(number: int, noun: str, plural_form: str | None = None) -> str:
    """The noun for a number: by default the plural is formed with an s."""
    return noun if number == 1 else plural_form or f"{noun}s"


def format_seconds(seconds: float) -> str:
    """A length of time in seconds, to the millisecond."""
    return f"{seconds:,.3f}".rstrip("0").rstrip(".") + " s"


def format_usage(calls: int, throttled: int, simulated_wait: float) -> str:
    """How many calls and throttled attempts there were, and how many seconds production would have waited."""
    throttled_attempts = pluralize(throttled, "throttled attempt")
    return f"{pluralize(calls, 'call')}, {throttled_attempts}, {format_seconds(simulated_wait)}"
