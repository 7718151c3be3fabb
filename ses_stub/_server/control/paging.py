"""Pages of calls and emails, and their filters."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from email.utils import parseaddr
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from ..._model.sent_email import SentEmail

_Item = TypeVar("_Item")


def page_of(
    items: Sequence[_Item], numbers: Sequence[int], last: int, query: Any, is_wanted: Callable[[_Item], bool]
) -> tuple[list[tuple[int, _Item]], int]:
    """The items after a number, each with its number, and the number after which the next page begins.

    Args:
        items: all items.
        numbers: their numbers, in order.
        last: the highest number so far.
        query: ``after`` and ``limit``.
        is_wanted: a filter.

    """
    start = bisect_right(numbers, query.after)
    matching = (pair for pair in zip(numbers[start:], items[start:], strict=True) if is_wanted(pair[1]))
    page = list(islice(matching, query.limit))
    # After an incomplete page the next one starts after all items, also those that do not match.
    return page, page[-1][0] if len(page) == query.limit else last


def has_members(item: object, wanted: Mapping[str, Any]) -> bool:
    """Whether an item has all wanted attributes."""
    return all(getattr(item, name) == value for name, value in wanted.items())


def addresses_of(email: SentEmail) -> list[str]:
    """The recipients of a message, without display names."""
    return [parseaddr(one)[1] for one in email.destinations]
