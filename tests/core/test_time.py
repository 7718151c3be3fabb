"""What controls the time: freezegun, time-machine, the scope itself, or nothing."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError
from clients import make_client, names, record_sleeps, status
from freezegun import freeze_time

from ses_stub import SESStub, SystemClock, VirtualClock, current_stub, mock_ses_verify

UTC = timezone.utc
START = datetime(2030, 1, 1, tzinfo=UTC)
SITE, USER = "example.com", "ann@example.com"


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    return record_sleeps(monkeypatch)


def now() -> datetime:
    """The time that the application reads."""
    return datetime.now(UTC)


# Every tool that controls the time, with every way to move it.


def travel(**options: Any) -> Any:
    return pytest.importorskip("time_machine").travel(START, **options)


def by_stub(ses: SESStub, holder: Any, delta: timedelta) -> None:
    ses.clock.advance(delta)


def by_tick(ses: SESStub, holder: Any, delta: timedelta) -> None:
    holder.tick(delta)


def by_shift(ses: SESStub, holder: Any, delta: timedelta) -> None:
    holder.shift(delta)


def by_move(ses: SESStub, holder: Any, delta: timedelta) -> None:
    holder.move_to(now() + delta)


Move = Callable[[SESStub, Any, timedelta], None]
HOLDERS: dict[str, tuple[Callable[[], Any], Move]] = {
    "freezegun, advance": (lambda: freeze_time(START), by_stub),
    "freezegun, tick()": (lambda: freeze_time(START), by_tick),
    "freezegun, move_to": (lambda: freeze_time(START), by_move),
    "freezegun tick=True, advance": (lambda: freeze_time(START, tick=True), by_stub),
    "freezegun tick=True, move_to": (lambda: freeze_time(START, tick=True), by_move),
    "freezegun auto_tick_seconds": (lambda: freeze_time(START, auto_tick_seconds=1), by_stub),
    "time-machine, advance": (lambda: travel(tick=False), by_stub),
    "time-machine, shift": (lambda: travel(tick=False), by_shift),
    "time-machine, move_to": (lambda: travel(tick=False), by_move),
    "time-machine tick=True, advance": (lambda: travel(tick=True), by_stub),
    "time-machine tick=True, shift": (lambda: travel(tick=True), by_shift),
}


@pytest.fixture(params=HOLDERS.values(), ids=HOLDERS)
def held(request: pytest.FixtureRequest) -> Iterator[tuple[SESStub, Callable[[timedelta], None]]]:
    """A scope under a tool that controls the time, and a function that moves it."""
    start, move = request.param
    with start() as holder, mock_ses_verify() as ses:
        yield ses, lambda delta: move(ses, holder, delta)


Held = tuple[SESStub, Callable[[timedelta], None]]


def test_call_passes_when_the_tool_has_moved_by_a_second(held: Held) -> None:
    """The throttle lets a call pass when the tool has moved the time by a second."""
    _, move = held
    client = make_client(retries={"total_max_attempts": 1, "mode": "standard"})
    names(client)
    move(timedelta(seconds=1))
    names(client)


def test_link_expires_after_24_frozen_hours(held: Held) -> None:
    """A link expires 24 hours of the tool's time after it was sent."""
    _, move = held
    client = make_client()
    client.verify_email_identity(EmailAddress=USER)
    move(timedelta(hours=23, minutes=59))
    assert status(client, USER) == "Pending"
    move(timedelta(minutes=1))
    assert status(client, USER) == "Failed"


def test_domain_fails_after_72_frozen_hours(held: Held) -> None:
    """A domain fails 72 hours of the tool's time after it was registered."""
    _, move = held
    client = make_client()
    client.verify_domain_identity(Domain=SITE)
    move(timedelta(hours=71, minutes=59))
    assert status(client, SITE) == "Pending"
    move(timedelta(minutes=1))
    assert status(client, SITE) == "Failed"


def test_waiter_polls_while_the_tool_stands_still(held: Held) -> None:
    """The waiter polls until the link is clicked, or until it times out, though the tool's time stands still."""
    ses, _ = held
    client = make_client()
    for name in (USER, SITE):
        ses.add_identity(name, "Pending")
    ses.after(seconds=10).confirm(USER)
    client.get_waiter("identity_exists").wait(Identities=[USER])
    with pytest.raises(WaiterError, match="Max attempts exceeded"):
        client.get_waiter("identity_exists").wait(Identities=[SITE])


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_throttled_calls_pass_after_retries_while_the_tool_stands_still(held: Held, mode: str) -> None:
    """Throttled calls pass after their retries in every mode, though the tool's time stands still."""
    ses, _ = held
    client = make_client(retries={"mode": mode})
    for _ in range(5):
        names(client)
    assert len(ses.calls.filter(answered=True)) == 5


# What moves what.


STILL = {"freezegun": lambda: freeze_time(START), "time-machine": lambda: travel(tick=False)}


@pytest.mark.parametrize("start", STILL.values(), ids=STILL)
def test_advance_moves_the_holder(start: Callable[[], Any]) -> None:
    """Advancing the clock also moves the application's datetime.now() and time.time()."""
    with start(), mock_ses_verify() as ses:
        ses.clock.advance(hours=1)
        assert ses.clock.now() == now() == START + timedelta(hours=1)
        assert time.time() == (START + timedelta(hours=1)).timestamp()
        ses.clock.sleep(5)
        assert now() == START + timedelta(hours=1, seconds=5)


def test_advance_of_a_ticking_freeze() -> None:
    """A ticking freeze is advanced from its current time, never back."""
    with freeze_time(START, tick=True) as holder, mock_ses_verify() as ses:
        holder.start -= timedelta(seconds=10)  # as if these had passed
        ses.clock.advance(seconds=1)
        assert START + timedelta(seconds=11) <= ses.clock.now() < START + timedelta(minutes=1)


@pytest.mark.parametrize("start", STILL.values(), ids=STILL)
def test_waits_do_not(start: Callable[[], Any]) -> None:
    """A wait of botocore moves only the stub's clock, not the test's own freeze."""
    with start():
        with mock_ses_verify() as ses:
            client = make_client()
            for _ in range(3):
                names(client)
            assert ses.clock.now() == START + timedelta(seconds=2)
            assert now() == START
            ses.clock.advance(minutes=1)
            assert ses.clock.now() - now() == timedelta(seconds=2)
        assert now() == START + timedelta(minutes=1)


@pytest.mark.parametrize("start", STILL.values(), ids=STILL)
def test_throttled_while_held(start: Callable[[], Any]) -> None:
    """Without retries a client is throttled as long as the time stands still."""
    client = make_client(retries={"total_max_attempts": 1, "mode": "standard"})
    with start(), mock_ses_verify() as ses:
        names(client)
        with pytest.raises(ClientError, match="Rate exceeded"):
            names(client)
        ses.clock.advance(seconds=1)
        names(client)


def test_without_frozen_time_only_the_stub_clock_moves() -> None:
    """If nothing controls the time, only the stub's clock moves."""
    before = now()
    with mock_ses_verify() as ses:
        ses.clock.advance(hours=100)
        assert ses.clock.now() - now() > timedelta(hours=99)
    assert now() - before < timedelta(hours=1)


def test_virtual_clock_is_its_own() -> None:
    """A clock that the test passes ignores other tools."""
    clock = VirtualClock()
    with freeze_time(START), mock_ses_verify(clock=clock) as ses:
        ses.clock.advance(hours=1)
        assert (ses.clock.now(), now()) == (datetime(2026, 1, 1, 1, tzinfo=UTC), START)


def test_innermost_of_two_freezes_sets_the_time() -> None:
    """Of two nested freezes the inner one controls the time, and is moved."""
    clock = SystemClock()
    with freeze_time(START) as outer:
        with freeze_time("2040-01-01"):
            clock.advance(days=1)
            assert clock.now() == now() == datetime(2040, 1, 2, tzinfo=UTC)
        assert outer() == START.replace(tzinfo=None)


@pytest.mark.parametrize("start", STILL.values(), ids=STILL)
def test_time_moved_back(start: Callable[[], Any]) -> None:
    """After a jump back in time the throttle starts fresh and blocks no one."""
    client = make_client(retries={"total_max_attempts": 1, "mode": "standard"})
    with start() as holder, mock_ses_verify() as ses:
        names(client)
        holder.move_to(START - timedelta(days=1000))
        names(client)
        with pytest.raises(ClientError, match="Rate exceeded"):
            names(client)
        assert ses.clock.now() == START - timedelta(days=1000)


@pytest.mark.parametrize("start", STILL.values(), ids=STILL)
def test_identities_after_a_leap_back(start: Callable[[], Any]) -> None:
    """A jump back in time hides no identity that was registered before."""
    client = make_client()
    with start() as holder, mock_ses_verify(identities=[SITE], rate=None):
        client.verify_email_identity(EmailAddress=USER)
        holder.move_to(START - timedelta(days=1000))
        assert sorted(names(client)) == [USER, SITE]


def test_ending_a_future_freeze_steps_back() -> None:
    """Leaving a freeze in the future during the scope is such a jump."""
    with mock_ses_verify():
        client = make_client(retries={"total_max_attempts": 1, "mode": "standard"})
        with freeze_time("2099-01-01"):
            names(client)
        names(client)


def test_new_thread_sees_frozen_time() -> None:
    """A new thread sees frozen time too."""
    found: list[datetime] = []
    with freeze_time(START), mock_ses_verify() as ses:
        thread = threading.Thread(target=lambda: found.append(ses.clock.now()))
        thread.start()
        thread.join()
        direct = threading.Thread(target=names, args=[make_client()])
        direct.start()
        direct.join()
    assert found == [ses.calls.last.at] == [START]


# The scope's own freeze.


def test_freeze_gives_test_application_and_stub_one_clock() -> None:
    """With freeze=… the test, the application and the stub share one clock, which everything moves."""
    with mock_ses_verify(freeze="2030-01-01T00:00:00Z") as ses:
        client = make_client()
        assert now() == ses.clock.now() == START
        ses.clock.advance(hours=1)
        assert now() == ses.clock.now() == START + timedelta(hours=1)
        for _ in range(3):
            names(client)
        assert now() == ses.clock.now() == START + timedelta(hours=1, seconds=2)
        ses.add_identity(USER, "Pending")
        with pytest.raises(WaiterError):
            client.get_waiter("identity_exists").wait(Identities=[USER])
        assert now() == ses.clock.now() == START + timedelta(hours=1, seconds=59)


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_freeze_and_retries(mode: str) -> None:
    """Under freeze, retries pass in every mode and move the application's time."""
    with mock_ses_verify(freeze=START) as ses:
        client = make_client(retries={"mode": mode})
        for _ in range(5):
            names(client)
        assert now() == ses.clock.now() >= START + timedelta(seconds=4)


@pytest.mark.parametrize("error", [None, KeyError], ids=["quiet", "error"])
def test_freeze_option_ends_with_the_scope(error: type[Exception] | None) -> None:
    """The time is released at the end of the scope, however it ends. The stub keeps the time of the end."""
    try:
        with mock_ses_verify(freeze=START) as ses:
            ses.clock.advance(minutes=5)
            if error is not None:
                raise error
    except KeyError:
        pass
    assert now() < START
    assert ses.clock.now() == START + timedelta(minutes=5)
    assert ses.identities == {}


@pytest.mark.parametrize("outer", [None, "2040-01-01"], ids=["real time", "in a freeze"])
def test_freeze_at_the_present(outer: str | None) -> None:
    """With freeze=True the application's clocks stand still at the start of the scope."""
    scope = mock_ses_verify(freeze=True)
    with freeze_time(outer) if outer is not None else nullcontext():
        before = now()
        with scope as ses:
            start = now()
            assert before <= start == ses.clock.now()
            ses.clock.advance(hours=1)
            assert now() == ses.clock.now() == start + timedelta(hours=1)
        assert now() < start + timedelta(hours=1)


def test_freeze_at_the_present_goes_on_in_a_class() -> None:
    """The tests of a decorated class begin at the time at which its set-up ended."""

    @mock_ses_verify(freeze=True)
    class Tests:
        @classmethod
        def setup_class(cls) -> datetime:
            current_stub().clock.advance(days=1)
            return now()

        def test_it(self) -> datetime:
            return now()

    assert Tests.setup_class() == Tests().test_it() == Tests().test_it()


def test_freeze_in_a_freeze() -> None:
    """The test's own freeze is restored after the scope's."""
    with freeze_time("2040-01-01"):
        with mock_ses_verify(freeze=START) as ses:
            ses.clock.advance(days=1)
        assert now() == datetime(2040, 1, 1, tzinfo=UTC)


def test_freeze_in_a_coroutine() -> None:
    """Event loops keep real time under a freeze, so that timeouts work."""

    @mock_ses_verify(freeze=START)
    async def main() -> datetime:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 0.001)
        await asyncio.get_running_loop().run_in_executor(None, names, make_client())
        return now()

    assert asyncio.run(main()) == START
