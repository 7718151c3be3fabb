"""Pages of the identities of one account and region."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_state import SmallState

from ses_stub import Identity, IdentityType


def filled(names: list[str]) -> SmallState:
    """A region in which these names were registered, in this order."""
    small = SmallState()
    for name in names:
        small.set_status(name, "Success")
    return small


def of_kind(kind: IdentityType | None) -> Callable[[Identity], bool] | None:
    """The filter of a listing; None for all types."""
    return None if kind is None else lambda identity: identity.type is kind


def walk(small: SmallState, size: int, kind: IdentityType | None = None, after: int = 0) -> list[list[str]]:
    """The names on each page, from a given registration on."""
    backend, pages, more = small.backend, [], True
    while more:
        page, more = backend.page(after, size, of_kind(kind))
        pages.append([identity.name for identity in page])
        after = backend.registrations[page[-1].name] if page else after
    return pages


THREE = ["c.example", "a@example.com", "b.example"]


@pytest.mark.parametrize(
    ("size", "pages"),
    [(1, [[name] for name in THREE]), (2, [THREE[:2], THREE[2:]]), (3, [THREE]), (1000, [THREE])],
)
def test_pages_are_full_and_end_without_token(size: int, pages: list[list[str]]) -> None:
    """Pages are full, in the order of registration, and the last one has no token."""
    assert walk(filled(THREE), size) == pages


def test_empty_region_has_one_empty_page() -> None:
    """A region without identities has one empty page."""
    assert walk(filled([]), 10) == [[]]


@pytest.mark.parametrize(
    ("kind", "pages"),
    [(IdentityType.EMAIL_ADDRESS, [["a@example.com"]]), (IdentityType.DOMAIN, [["c.example", "b.example"]])],
)
def test_filtered_pages_are_full_too(kind: IdentityType, pages: list[list[str]]) -> None:
    """A filter counts only identities of its type, so that its pages are full too."""
    assert walk(filled(THREE), 2, kind) == pages


NAMES = [f"{i}.example" for i in range(12)] + [f"{i}@example.com" for i in range(12)]


@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from(NAMES))),
    st.integers(1, 6),
    st.sampled_from([None, *IdentityType]),
)
def test_pages_match_any_history(steps: list[tuple[bool, str]], size: int, kind: IdentityType | None) -> None:
    """After any registrations and deletions the pages list every identity once, in order."""
    small, there = filled([]), dict[str, None]()
    for comes, name in steps:
        if comes:
            small.verify(name, 0)
            there.setdefault(name)
        else:
            small.delete(name, 0)
            there.pop(name, None)
        small.backend.page(0, size, of_kind(kind))
    wanted = [name for name in there if kind is None or ("@" in name) is (kind is IdentityType.EMAIL_ADDRESS)]
    pages = walk(small, size, kind)
    assert [name for page in pages for name in page] == wanted
    assert all(len(page) == size for page in pages[:-1])


@given(st.sets(st.sampled_from(NAMES)), st.sets(st.sampled_from(["x.example", "y@example.com"])), st.integers(1, 23))
def test_changes_between_pages(gone: set[str], new: set[str], size: int) -> None:
    """Deleting or registering identities between two pages neither repeats nor omits any other."""
    small = filled(NAMES)
    page, more = small.backend.page(0, size)
    assert more
    after = small.backend.registrations[page[-1].name]
    for name in gone:
        small.delete(name, 0)
    for name in sorted(new):
        small.verify(name, 0)
    rest = [name for page in walk(small, size, after=after) for name in page]
    assert rest == [name for name in NAMES[size:] if name not in gone] + sorted(new)


def test_page_shows_present_statuses() -> None:
    """A page shows current statuses, including those that changed since the last page."""
    small = filled(THREE)
    walk(small, 3)
    small.set_status("b.example", "Failed")
    assert [identity.status for identity in small.backend.page(0, 3)[0]] == ["Success", "Success", "Failed"]


class Counting(dict[str, Any]):
    """A dict that counts how often its values are read."""

    reads: Counter[str]

    def __getitem__(self, key: str) -> Any:  # pragma: no cover  # A slower way would come here.
        self.reads["one"] += 1
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self.reads["one"] += 1
        return super().get(key, default)

    def values(self) -> Any:  # pragma: no cover  # So it would here.
        self.reads["all"] += 1
        return super().values()


@pytest.mark.parametrize("kind", [None, IdentityType.DOMAIN], ids=["all", "domains"])
def test_paging_cost_is_linear_in_identities(kind: IdentityType | None) -> None:
    """Reading many pages reads each identity about once, not all of them for each page."""
    small = filled([f"{i}.example" for i in range(2000)])
    small.backend.identities = counting = Counting(small.backend.identities)
    counting.reads = Counter()
    pages = walk(small, 10, kind)
    assert len(pages) == 200
    assert counting.reads["all"] <= 1
    assert 2000 <= counting.reads["one"] <= 2000 + 2 * len(pages)
