"""Containers that track their changes, so that a server need not save its whole state after each request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .._model.schedule import EventKind, Schedule, ScheduledEvent


class WatchedDict(dict[Any, Any]):
    """A dict that records the keys that were set or deleted, initially all.

    Attributes:
        touched: the keys, in the order in which they were first set or deleted.

    """

    def __init__(self, given: Mapping[Any, Any]) -> None:
        super().__init__(given)
        self.touched = dict.fromkeys(given)

    def __setitem__(self, key: Any, value: Any) -> None:
        self.touched[key] = None
        super().__setitem__(key, value)

    def __delitem__(self, key: Any) -> None:
        self.touched[key] = None
        super().__delitem__(key)

    def pop(self, key: Any, *default: Any) -> Any:
        self.touched[key] = None
        return super().pop(key, *default)

    def setdefault(self, key: Any, default: Any = None) -> Any:
        self.touched[key] = None
        return super().setdefault(key, default)

    def update(self, *given: Any, **more: Any) -> None:
        for key, value in dict(*given, **more).items():
            self[key] = value

    def popitem(self) -> tuple[Any, Any]:
        key, value = super().popitem()
        self.touched[key] = None
        return key, value

    def clear(self) -> None:
        self.touched.update(dict.fromkeys(self))
        super().clear()


class WatchedObjects(WatchedDict):
    """As `WatchedDict`, for mutable values: reading a value touches its key."""

    def __getitem__(self, key: Any) -> Any:
        self.touched[key] = None
        return super().__getitem__(key)

    def get(self, key: Any, default: Any = None) -> Any:
        self.touched[key] = None
        return super().get(key, default)

    def items(self) -> Any:
        self.touched.update(dict.fromkeys(self))
        return super().items()

    def values(self) -> Any:
        self.touched.update(dict.fromkeys(self))
        return super().values()


class WatchedSchedule(Schedule):
    """A schedule that records the events that were added or removed, initially all.

    Attributes:
        touched: the events by number; None for a removed one.

    """

    def __init__(self, given: Schedule) -> None:
        super().__init__(given.events, given.sequence)
        self.actions = given.actions
        self.touched: dict[int, ScheduledEvent | None] = {event.sequence: event for event in sorted(given.events)}

    def add(self, *given: Any, **more: Any) -> ScheduledEvent:
        event = super().add(*given, **more)
        self.touched[event.sequence] = event
        return event

    def pop_due(self, now: int) -> ScheduledEvent | None:
        event = super().pop_due(now)
        if event is not None:
            self.touched[event.sequence] = None
        return event

    def take(self) -> Iterator[tuple[int, ScheduledEvent | None]]:
        """The touched events, except those of functions, which cannot be saved."""
        touched, self.touched = self.touched, {}
        for number, event in touched.items():
            if event is None or event.kind is not EventKind.ACTION:
                yield number, event


class WatchedList:
    """Tracks a list that grows at its end, and from which items are sometimes dropped.

    Args:
        current: returns the list, which may be replaced.

    """

    def __init__(self, current: Callable[[], list[Any]]) -> None:
        self._current = current
        self._known: list[Any] = []
        self._numbers: list[int] = []
        self._next = 1

    def take(self) -> Iterator[tuple[int, Any]]:
        """The new items by number, and None for dropped ones."""
        current, known = self._current(), self._known
        if known and not (
            len(current) >= len(known) and current[0] is known[0] and current[len(known) - 1] is known[-1]
        ):
            yield from self._dropped(current)
        for item in current[len(self._known) :]:
            self._known.append(item)
            self._numbers.append(self._next)
            yield self._next, item
            self._next += 1

    def _dropped(self, current: list[Any]) -> Iterator[tuple[int, None]]:
        """The numbers of the dropped items. The others keep their order."""
        known, numbers = self._known, self._numbers
        self._known, self._numbers = [], []
        left = iter(current)
        wanted = next(left, None)
        for item, number in zip(known, numbers, strict=True):
            if item is wanted:
                self._known.append(item)
                self._numbers.append(number)
                wanted = next(left, None)
            else:
                yield number, None
