"""The token bucket, with hand-written timestamps in microseconds."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stub._service.throttle import TokenBucket

S = 1_000_000


def script(rate: float, burst: int, timestamps: list[int]) -> list[int]:
    """The answers of a new bucket at each timestamp."""
    bucket = TokenBucket(rate, burst)
    return [bucket.acquire(timestamp) for timestamp in timestamps]


SCRIPTS = {
    "the first passes at any time": (1, 1, [10**15], [0]),
    "the second at the same time waits a second": (1, 1, [0, 0], [0, S]),
    "a microsecond too early": (1, 1, [0, S - 1], [0, 1]),
    "after exactly a second": (1, 1, [0, S], [0, 0]),
    "one a second for ever": (1, 1, [0, S, 2 * S, 3 * S], [0, 0, 0, 0]),
    "idle time saves no more than the burst": (1, 1, [0, 60 * S, 60 * S], [0, 0, S]),
    "two a second": (2, 1, [0, S // 2 - 1, S // 2, S], [0, 1, 0, 0]),
    "one in ten seconds": (0.1, 1, [0, 9 * S, 10 * S], [0, S, 0]),
    "a third of a second, in whole microseconds": (3, 1, [0, 333_332, 333_333], [0, 1, 0]),
    "a burst of three": (1, 3, [0, 0, 0, 0], [0, 0, 0, S]),
    "a burst comes back one by one": (1, 3, [0, 0, 0, S, S], [0, 0, 0, 0, S]),
    "a burst comes back whole after a rest": (1, 3, [0, 0, 0, 3 * S, 3 * S, 3 * S, 3 * S], [0, 0, 0, 0, 0, 0, S]),
    "more than a million a second": (10**9, 1, [0, 0, 1], [0, 1, 0]),
    "a jump back refills": (1, 1, [10**15, 0, 0, S], [0, 0, S, 0]),
    "a jump back refills the whole burst": (1, 2, [10**15, 10**15, 7, 7, 7], [0, 0, 0, 0, S]),
    "a jump back after a refusal refills": (1, 1, [10 * S, 10 * S, 9 * S], [0, S, 0]),
}


@pytest.mark.parametrize(("rate", "burst", "timestamps", "answers"), SCRIPTS.values(), ids=SCRIPTS)
def test_acquire_returns_the_time_until_a_call_would_pass(
    rate: float, burst: int, timestamps: list[int], answers: list[int]
) -> None:
    """0 lets the call pass; any other answer is the time until one would pass."""
    assert script(rate, burst, timestamps) == answers


def test_refusal_costs_nothing() -> None:
    """A thousand refused calls do not delay the next call that passes."""
    bucket = TokenBucket(1, 1)
    bucket.acquire(0)
    assert all(bucket.acquire(i * 999) == S - i * 999 for i in range(1, 1001))
    assert bucket.acquire(S) == 0


# Rates whose step is a whole number of microseconds, so that the bound below is exact.
RATES = st.sampled_from([0.1, 0.5, 1, 2, 4, 5, 10, 100])
GAPS = st.lists(st.integers(0, 3 * S) | st.sampled_from([0, 1, S // 2, S - 1, S]), min_size=1, max_size=60)


@given(RATES, st.integers(1, 5), GAPS)
def test_never_more_than_burst_and_rate(rate: float, burst: int, gaps: list[int]) -> None:
    """Between two calls that pass, at most the burst and what the rate has added pass."""
    timestamps = list(accumulate(gaps))
    answers = script(rate, burst, timestamps)
    passed = [timestamp for timestamp, answer in zip(timestamps, answers, strict=True) if answer == 0]
    for i, first in enumerate(passed):
        for count, last in enumerate(passed[i:], 1):
            assert count <= burst + rate * (last - first) / S


@given(RATES, st.integers(1, 5), GAPS)
def test_reported_wait_is_exactly_the_needed_one(rate: float, burst: int, gaps: list[int]) -> None:
    """A refused call passes after the returned time, not a microsecond earlier."""
    bucket = TokenBucket(rate, burst)
    for timestamp in accumulate(gaps):
        missing = bucket.acquire(timestamp)
    assert missing <= 1 or bucket.acquire(timestamp + missing - 1) == 1
    assert missing == 0 or bucket.acquire(timestamp + missing) == 0


@given(GAPS)
def test_call_passes_exactly_a_second_later(gaps: list[int]) -> None:
    """With a burst of one, a call passes exactly one second after the last one that passed."""
    last = None
    for timestamp, answer in zip(accumulate(gaps), script(1, 1, list(accumulate(gaps))), strict=True):
        due = last is None or timestamp - last >= S
        assert (answer == 0) is due
        last = timestamp if due else last
