"""Texts and numbers for people."""

from __future__ import annotations

import re

_URL = re.compile("https?://", re.IGNORECASE)


def is_url(text: str) -> bool:
    """Whether a text is the URL of a page, not words."""
    return _URL.match(text) is not None


def printable(text: str) -> str:
    """A text with its control characters escaped, so that a terminal does not obey them."""
    return text if text.isprintable() else "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def pluralize(number: int, noun: str, plural_form: str | None = None) -> str:
    """A number with its noun: ``1 call``, ``2 calls``."""
    return f"{number:,} {plural(number, noun, plural_form)}"


def plural(number: int, noun: str, plural_form: str | None = None) -> str:
    """The noun for a number. The default plural ends in s."""
    return noun if number == 1 else plural_form or f"{noun}s"


def format_seconds(seconds: float) -> str:
    """A length of time in seconds, to the millisecond."""
    return f"{seconds:,.3f}".rstrip("0").rstrip(".") + " s"


def format_wait(seconds: float) -> str:
    """A length of time in its two largest units, such as ``3 d 4 h`` or ``1 min 30 s``; below a minute in seconds."""
    for size, unit, part_size, part in ((86_400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= size:
            whole, rest = divmod(round(seconds / part_size), size // part_size)
            return f"{whole:,} {unit}" + f" {rest} {part}" * (rest > 0)
    return format_seconds(seconds)


def format_usage(calls: int, throttled: int, simulated_wait: float) -> str:
    """Calls, throttled attempts and simulated wait, on one line.

    Args:
        calls: the number of calls.
        throttled: the number of throttled ones.
        simulated_wait: in seconds.

    """
    throttled_attempts = pluralize(throttled, "throttled attempt")
    return f"{pluralize(calls, 'call')}, {throttled_attempts}, {format_wait(simulated_wait)} simulated wait"
