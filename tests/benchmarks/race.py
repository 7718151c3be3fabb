"""Competing tools that take turns, so that the noise of a machine affects all of them alike."""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

Job = Callable[[], Any]
Scope = Callable[[], AbstractContextManager[None]]
#: Returns the seconds of one run.
Measure = Callable[[], float]
#: For each tool, the seconds of each round.
Times = dict[str, list[float]]


def race(rivals: dict[str, Measure], rounds: int, warm_up: int = 1, between: Job = lambda: None) -> Times:
    """Times each tool in each round, except for warm-up rounds."""
    took: Times = {name: [] for name in rivals}
    # The order changes, because the previous tool's garbage may be collected during the next one's turn.
    chance = random.Random(0)
    gc.collect()
    for _ in range(warm_up + rounds):
        for name in chance.sample(list(rivals), len(rivals)):
            took[name].append(rivals[name]())
        between()
    return {name: seconds[warm_up:] for name, seconds in took.items()}


@contextmanager
def nothing() -> Iterator[None]:
    """No scope."""
    yield


def timed(job: Job, number: int, scope: Scope = nothing) -> Measure:
    """The seconds of one run of the job, on average over several; its scope is not counted."""

    def measure() -> float:
        with scope():
            start = time.perf_counter()
            for _ in range(number):
                job()
            return (time.perf_counter() - start) / number

    return measure


def ratio(times: Times, one: str, other: str) -> float:
    """How many times as long the one takes as the other: the median over the rounds."""
    return statistics.median(a / b for a, b in zip(times[one], times[other], strict=True))
