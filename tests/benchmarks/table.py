"""The printed table: a line for each measure, and the targets at the end."""

from __future__ import annotations

import statistics
from typing import NamedTuple

from race import Times, ratio

US = "us"
RIVALS = ("throttled", "unsigned", "signed", "Stubber", "moto", "our server", "moto server")


class Target(NamedTuple):
    """A figure and its limit."""

    what: str
    measured: float
    limit: float
    #: Whether the limit is the most that it may be, or the least.
    most: bool

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        return self.measured <= self.limit if self.most else self.measured >= self.limit

    @property
    def bound(self) -> str:
        """The limit as it is printed."""
        return f"{'<=' if self.most else '>='} {self.limit:g}"


class Table:
    """The table: our own times, and how many times as long other tools take."""

    def __init__(self) -> None:
        self.targets: list[Target] = []

    def head(self, first: str, others: tuple[str, ...]) -> None:
        """The names of the columns."""
        print(f"\n{'':<32}{first:>11}" + "".join(f"{name:>12}" for name in others))

    def row(self, what: str, times: Times) -> None:
        """One measure: our median, and the other tools' ratios to it."""
        ratios = (f"{ratio(times, name, US):.2f}" if name in times else "" for name in RIVALS)
        print(f"{what:<32}{readable(times[US]):>11}{''.join(f'{text:>12}' for text in ratios)}".rstrip(), flush=True)

    def growth(self, what: str, times: Times) -> None:
        """One measure at growing sizes: the median of the first, and the ratios of the others to it."""
        first, *others = times
        ratios = "".join(f"{ratio(times, name, first):>12.2f}" for name in others)
        print(f"{what:<32}{readable(times[first]):>11}{ratios}", flush=True)

    def at_most(self, limit: float, what: str, measured: float) -> None:
        """Notes a target."""
        self.targets.append(Target(what, measured, limit, most=True))

    def at_least(self, limit: float, what: str, measured: float) -> None:
        """Notes a target."""
        self.targets.append(Target(what, measured, limit, most=False))

    def missed(self) -> list[str]:
        """Prints all targets; returns those that are missed."""
        return compare({"measured": self.targets})


def compare(runs: dict[str, list[Target]]) -> list[str]:
    """Prints the same targets of several runs side by side; returns those that are missed in one."""
    missed = []
    print(f"\n{'target':<68}" + "".join(f"{name:>10}" for name in runs))
    for alike in zip(*runs.values(), strict=True):
        first, met = alike[0], all(target.met for target in alike)
        figures = "".join(f"{target.measured:>10.2f}" for target in alike)
        print(f"{first.what:<68}{figures}  {first.bound:<10}{'' if met else 'MISSED'}".rstrip())
        if not met:
            missed.append(first.what)
    return missed


def readable(times: list[float]) -> str:
    """A median with a unit."""
    seconds = statistics.median(times)
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.2f} {unit}"
    return f"{seconds * 1e6:.1f} us"
