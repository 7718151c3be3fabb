"""Numbers and lengths of time as people read them."""

from __future__ import annotations

import pytest

from ses_stub._core.text import format_wait


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.125, "0.125 s"),
        (59.5, "59.5 s"),
        (60, "1 min"),
        (90, "1 min 30 s"),
        (3599.9, "60 min"),
        (3600, "1 h"),
        (90_000, "1 d 1 h"),
        (86_399, "24 h"),
        (3 * 86_400 + 4 * 3600 + 59, "3 d 4 h"),
        (1000 * 86_400, "1,000 d"),
    ],
)
def test_wait_is_shown_in_its_two_largest_units(seconds: float, text: str) -> None:
    """A simulated wait of days is not shown as hundreds of thousands of seconds."""
    assert format_wait(seconds) == text
