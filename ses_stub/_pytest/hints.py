"""Likely causes of a test's failure that its timeline does not show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from threading import Thread
from typing import TYPE_CHECKING

from .._api.stub import service_of
from .._core.text import format_wait
from .._reporting.expectations import ineffective_schedules
from .._time.stalls import UNFROZEN_HINT
from .._time.time import SECOND

if TYPE_CHECKING:
    from .._api.stub import SESStub
    from .._service.service import Service


def hints(stub: SESStub, left: Mapping[Thread, str], inner: Sequence[SESStub] = ()) -> Iterator[str]:
    """A sentence or two for each.

    Args:
        stub: a stub of the test.
        left: the threads that earlier tests have leaked, and the test of each.
        inner: the stubs that began within its scope.

    """
    service = service_of(stub)
    yield from calls_of_inner_stubs(service, inner)
    yield from ineffective_schedules(service)
    yield from calls_from_leaked_threads(service, left)
    yield from calls_from_nowhere(service)
    yield from retries_without_time(service)
    stalls = service.stall_detector
    for function, moved in (("sleep", stalls.slept_unfrozen), ("advance", stalls.advanced_unfrozen)):
        if moved:
            yield f"clock.{function}() moved the stub's time by {format_wait(moved / SECOND)}. {UNFROZEN_HINT}"
    regions = sorted({call.region for call in service.calls})
    if regions and stub.region not in regions:
        yield (
            f"no call went to {stub.region}, the stub's region, but to {' and '.join(regions)}:"
            f" use view(region={regions[0]!r}), or the option region={regions[0]!r}."
        )


def calls_of_inner_stubs(service: Service, inner: Sequence[SESStub]) -> Iterator[str]:
    """All calls of a test went to another stub, as with both the fixture and the decorator."""
    if not service.calls and any(service_of(one).calls for one in inner):
        yield (
            "another scope began within this stub's, and its stub answered all calls. If the test has both the fixture"
            " ses_verify and @mock_ses_verify, drop one of them."
        )


def calls_from_leaked_threads(service: Service, left: Mapping[Thread, str]) -> Iterator[str]:
    """Calls of leaked threads, which belong to earlier tests, unless the thread serves many tests."""
    for thread, operations in list(service.calls_by_other_threads.items()):
        if test := left.get(thread):
            yield (
                f"{' and '.join(sorted(operations))} came from the thread {thread.name!r}, which {test} left running,"
                " and was answered here. If the call belongs to that test, join the thread before that test ends."
            )


def calls_from_nowhere(service: Service) -> Iterator[str]:
    """Calls of threads without a scope, while several were active. The latest scope answered them."""
    if service.unclear_callers:
        names = sorted(service.unclear_callers)
        threads = " and ".join(map(repr, names[:3])) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        yield (
            f"calls came from the {'thread' if len(names) == 1 else 'threads'} {threads} while"
            f" {max(service.unclear_callers.values())} scopes were active, and the latest scope answered them. To"
            " choose the scope, use asyncio.to_thread(…), or contextvars.copy_context().run(…) instead of a pool's"
            " submit(…), or make the client in its scope."
        )


def retries_without_time(service: Service) -> Iterator[str]:
    """Retries of the application after a throttled call, while the stub's time stood still."""
    tries = Counter(
        (call.operation, call.at)
        for call, _, retry_after_us in service.log.entries
        if retry_after_us and call.attempt == 1
    )
    for operation in sorted({operation for (operation, _), times in tries.items() if times > 1}):
        yield (
            f"{operation} was throttled several times while the stub's time stood still. If the application sleeps"
            " between its attempts, use freeze=True: its sleeps then move the stub's time."
        )
