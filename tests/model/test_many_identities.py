"""A region with many identities: a call costs the same as with ten, and paging reads each name once."""

from __future__ import annotations

import functools
from collections import UserDict, UserList
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from clients import SESSION, make_client, names
from fidelity import aws
from small_state import USER, SmallState

from ses_stub import SESStub, mock_ses_verify
from ses_stub._model.identity import Identity

FEW, MANY = 10, 20_000
#: How many more reads a binary search needs here than among ten identities.
HALVES = MANY.bit_length()


class Counter:
    """How many identities were read."""

    def __init__(self) -> None:
        self.looks = 0


class Names(UserDict[str, Identity]):
    """Identities by name; every read is counted."""

    def __init__(self, counter: Counter, data: dict[str, Identity]) -> None:
        super().__init__()
        self.data, self.counter = data, counter

    def __getitem__(self, key: str) -> Identity:
        self.counter.looks += 1
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.counter.looks += 1
        return super().__contains__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self.counter.looks += 1
        return self.data.get(key, default)

    def __iter__(self) -> Iterator[str]:  # pragma: no cover  # A slower way would come here.
        for key in self.data:
            self.counter.looks += 1
            yield key


class CountingList(UserList[tuple[int, str]]):
    """Identities in order; every read is counted."""

    def __init__(self, counter: Counter, data: list[tuple[int, str]]) -> None:
        super().__init__()
        self.data, self.counter = data, counter

    def __getitem__(self, place: Any) -> Any:
        self.counter.looks += 1
        return super().__getitem__(place)


class Region(NamedTuple):
    """A region, its clients, and the count of reads of its identities."""

    ses: SESStub
    v1: Any
    v2: Any
    counter: Counter

    def looks(self, action: Callable[[Region], object]) -> int:
        """How many identities an action reads."""
        self.counter.looks = 0
        action(self)
        return self.counter.looks


def name_of(number: int) -> str:
    return f"user{number:05}@site{number:05}.example" if number % 2 else f"site{number:05}.example"


def backend_of(ses: SESStub) -> Any:
    return ses._service.state.backend(ses.account_id, ses.region)


@functools.cache
def region(count: int) -> Region:
    """A region of that many identities, which no test changes."""
    ses, counter = SESStub(rate=None, region="us-east-1", production_access=True), Counter()
    for number in range(count):
        ses.add_identity(name_of(number), "Success" if number % 4 < 2 else "Pending")
    backend = backend_of(ses)
    backend.identities = Names(counter, backend.identities)
    backend.order = CountingList(counter, backend.order)
    clients = [
        SESSION.create_client(
            service, region_name="us-east-1", aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret"
        )
        for service in ("ses", "sesv2")
    ]
    return Region(ses, *map(ses.attach, clients), counter)


def send(region: Region) -> None:
    region.v1.send_email(
        Source=name_of(1),
        Destination={"ToAddresses": ["bob@example.org"]},
        Message={"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}},
    )


CALLS: list[Any] = [
    pytest.param(lambda region: region.v1.list_identities(MaxItems=5), id="a-page"),
    pytest.param(lambda region: region.v2.list_email_identities(PageSize=5), id="a-page-of-v2"),
    pytest.param(
        lambda region: region.v1.get_identity_verification_attributes(Identities=[name_of(2), name_of(3), "x.example"]),
        id="attributes",
    ),
    pytest.param(lambda region: region.v1.get_identity_dkim_attributes(Identities=[name_of(3)]), id="dkim"),
    pytest.param(lambda region: region.v1.verify_domain_identity(Domain=name_of(2)), id="request"),
    pytest.param(lambda region: region.v1.verify_domain_dkim(Domain=name_of(6)), id="dkim-request"),
    pytest.param(lambda region: region.v2.get_email_identity(EmailIdentity=name_of(3)), id="all-of-one"),
    pytest.param(send, id="send"),
    pytest.param(lambda region: region.ses.publish_txt(name_of(4)), id="published-record"),
    pytest.param(lambda region: region.ses.clock.advance(minutes=1), id="clock"),
]


@pytest.mark.parametrize("call", CALLS)
def test_cost_of_a_call(call: Callable[[Region], object]) -> None:
    """A call reads as many identities as with ten, apart from the binary search for the start of a page."""
    few, many = (region(count).looks(call) for count in (FEW, MANY))
    assert few <= many <= few + HALVES


def test_the_count_counts() -> None:
    """The counter that the other tests use notices a call that reads everything."""
    for count in (FEW, MANY):
        assert region(count).looks(lambda region: region.v1.list_verified_email_addresses()) >= count


@pytest.mark.parametrize("size", [100, 1000])
def test_cost_of_all_pages(size: int) -> None:
    """All pages together read each identity a few times, however many pages there are."""

    def read_all(region: Region) -> None:
        pages = region.v1.get_paginator("list_identities").paginate(PaginationConfig={"PageSize": size})
        found = [name for page in pages for name in page["Identities"]]
        assert found == [name_of(number) for number in range(MANY)]

    assert region(MANY).looks(read_all) <= 4 * MANY + MANY // size * 2 * HALVES


@pytest.mark.parametrize(("kind", "rest"), [("EmailAddress", 1), ("Domain", 0)])
def test_cost_of_all_pages_of_a_type(kind: str, rest: int) -> None:
    """The same holds for the pages of one type."""

    def read_all(region: Region) -> None:
        paginator = region.v1.get_paginator("list_identities")
        pages = paginator.paginate(IdentityType=kind, PaginationConfig={"PageSize": 500})
        found = [name for page in pages for name in page["Identities"]]
        assert found == [name_of(number) for number in range(rest, MANY, 2)]

    assert region(MANY).looks(read_all) <= 4 * MANY


# While identities are added and deleted.


def pages_of(client: Any, size: int) -> Iterator[list[str]]:
    """Yields the names of one page after the other."""
    more: dict[str, str] = {}
    while True:
        answer = client.list_identities(MaxItems=size, **more)
        yield answer["Identities"]
        if "NextToken" not in answer:
            return
        more = {"NextToken": answer["NextToken"]}


@pytest.fixture
def small() -> Iterator[SESStub]:
    """A region of a hundred identities."""
    with mock_ses_verify(rate=None, identities=[name_of(number) for number in range(100)]) as ses:
        yield ses


ALL = [name_of(number) for number in range(100)]


@aws("unverified", "what a page shows when identities go between pages", question="deleted-between-pages")
@pytest.mark.parametrize("size", [1, 7, 50])
def test_deleting_each_read_page_deletes_all(small: SESStub, size: int) -> None:
    """Deleting each page after reading it reads and deletes all identities."""
    client, seen = make_client(), []
    for page in pages_of(client, size):
        seen += page
        for name in page:
            client.delete_identity(Identity=name)
    assert seen == ALL
    assert names(client) == []


def test_deleting_unread_names_skips_only_those(small: SESStub) -> None:
    """Identities that are deleted before their page is read are not listed; all others are listed once."""
    client = make_client()
    pages = pages_of(client, 10)
    first = next(pages)
    gone = ALL[10:100:7]
    for name in gone:
        client.delete_identity(Identity=name)
    assert first + [name for page in pages for name in page] == [name for name in ALL if name not in gone]


def test_identity_registered_again_is_listed_last(small: SESStub) -> None:
    """An identity that is deleted and registered again is listed last, like a new one."""
    client = make_client()
    pages = pages_of(client, 60)
    first = next(pages)
    client.delete_identity(Identity=ALL[0])
    client.verify_domain_identity(Domain=ALL[0])
    (rest,) = pages
    assert first + rest == [*ALL, ALL[0]]
    assert names(client) == [*ALL[1:], ALL[0]]


def test_deleted_identities_free_their_place(small: SESStub) -> None:
    """The space of deleted identities is freed: adding and deleting costs no memory in the long run."""
    client = make_client()
    for _ in range(300):
        client.verify_domain_identity(Domain="guest.example")
        client.delete_identity(Identity="guest.example")
    assert len(backend_of(small).order) <= 2 * len(ALL) + 17
    for name in ALL[:95]:
        client.delete_identity(Identity=name)
    assert len(backend_of(small).order) <= 2 * 5 + 17
    assert names(client) == ALL[95:]


def test_repeated_requests_add_no_deadlines() -> None:
    """An address that is verified again and again has one deadline, which is the last one."""
    small = SmallState()
    for hour in range(50):
        small.verify(USER, hours=hour)
    assert len(small.state.schedule) <= 2
    assert small.status(USER, hours=72.9) == "Pending"
    assert small.status(USER, hours=73) == "Failed"
