"""Scheduled actions other than a status or a confirm: DNS records, and functions of the test."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import WaiterError
from clients import make_client, shared_client, status

from ses_stub import Clock, SESStub, SESStubError, SystemClock, VirtualClock, current_stub, mock_ses_verify
from ses_stub._time.time import from_timestamp

SITE, USER, MAIL = "example.com", "ann@example.com", "mail.example.com"
KINDS = ["txt", "dkim", "mail_from"]


@pytest.fixture
def client(ses: SESStub) -> Any:
    return shared_client()


def register(ses: SESStub, client: Any) -> None:
    """Registers a verified domain that waits for records of all kinds; only a verified one can have MAIL FROM."""
    ses.add_identity(SITE)
    client.set_identity_mail_from_domain(Identity=SITE, MailFromDomain=MAIL)
    ses.add_identity(SITE, "Pending")
    client.verify_domain_dkim(Domain=SITE)


def changes(ses: SESStub, start: datetime) -> list[tuple[timedelta, str, str]]:
    """The status changes since a time: when, from what to what, and why."""
    rows = [(from_timestamp(row.at) - start, row.what, row.outcome) for row in ses.timeline().rows]
    return [row for row in rows if " -> " in row[1] and row[0] > timedelta(0)]


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("txt", ("example.com: Pending -> Success", "TXT record found")),
        ("dkim", ("example.com DKIM: Pending -> Success", "records found")),
        ("mail_from", ("example.com MAIL FROM: Pending -> Success", "records found")),
    ],
)
def test_records_are_published_then(ses: SESStub, client: Any, kind: str, change: tuple[str, str]) -> None:
    """Records of each kind are published on time. Their effects are dated then, even if they are read much later."""
    register(ses, client)
    start = ses.clock.now()
    getattr(ses.after(hours=2), f"publish_{kind}")("Example.com")
    ses.clock.advance(hours=50)
    assert (timedelta(hours=2), *change) in changes(ses, start)


@pytest.mark.parametrize("kind", KINDS)
def test_records_are_removed_then(ses: SESStub, client: Any, kind: str) -> None:
    """Records of each kind are removed on time."""
    register(ses, client)
    ses.confirm(SITE)
    start = ses.clock.now()
    for one in KINDS:
        getattr(ses.after(hours=2), f"remove_{one}")(SITE)
    ses.clock.advance(hours=3)
    what = {"txt": "example.com", "dkim": "example.com DKIM", "mail_from": "example.com MAIL FROM"}[kind]
    lost = [(at, row.partition(":")[0]) for at, row, _ in changes(ses, start) if row.endswith("-> TemporaryFailure")]
    assert (timedelta(hours=2), what) in lost


@pytest.mark.parametrize("verb", ["publish", "remove"])
@pytest.mark.parametrize("kind", KINDS)
def test_unknown_identity_is_noted(ses: SESStub, kind: str, verb: str) -> None:
    """An action on an identity that is unknown by then does nothing, and the timeline says so."""
    getattr(ses.after(hours=1), f"{verb}_{kind}")(SITE)
    ses.clock.advance(hours=1)
    assert str(ses.timeline()).splitlines()[-1].split()[1:] == ["example.com", "no", "such", "identity"]


def test_records_that_nobody_asked_for_are_noted(ses: SESStub) -> None:
    """Records that SES has not requested by then are not published, and the timeline says so."""
    ses.add_identity(SITE)
    ses.after(hours=1).publish_dkim(SITE)
    ses.clock.advance(hours=1)
    assert str(ses.timeline()).splitlines()[-1].endswith("Success -> Success  DKIM was not requested")


@pytest.mark.parametrize("kind", ["txt", "dkim"])
def test_address_is_refused_at_once(ses: SESStub, kind: str) -> None:
    """An address has no such records: scheduling them raises immediately, not when they are due."""
    with pytest.raises(SESStubError, match="is an email address"):
        getattr(ses.after(hours=1), f"publish_{kind}")(USER)


def test_mail_from_of_an_address(ses: SESStub, client: Any) -> None:
    """An address may have a MAIL FROM domain."""
    ses.add_identity(USER)
    client.set_identity_mail_from_domain(Identity=USER, MailFromDomain=MAIL)
    ses.after(hours=1).publish_mail_from(USER)
    ses.clock.advance(hours=1)
    answer = client.get_identity_mail_from_domain_attributes(Identities=[USER])["MailFromDomainAttributes"]
    assert answer[USER]["MailFromDomainStatus"] == "Success"


# Functions.


def wait_for_timeout(client: Any) -> None:
    with pytest.raises(WaiterError):
        client.get_waiter("identity_exists").wait(
            Identities=["example.org"], WaiterConfig={"Delay": 36 * 3600, "MaxAttempts": 3}
        )


def moves() -> dict[str, Callable[[SESStub, Any], object]]:
    return {
        "advance": lambda ses, client: ses.clock.advance(days=3),
        "sleep": lambda ses, client: ses.clock.sleep(72 * 3600),
        "a wait of botocore's": lambda ses, client: wait_for_timeout(client),
    }


@pytest.mark.parametrize("move", moves().values(), ids=moves())
@pytest.mark.parametrize("clock", [VirtualClock, SystemClock, None], ids=["virtual", "system", "frozen"])
def test_function_is_called_at_its_time(clock: Callable[[], Clock] | None, move: Callable[..., object]) -> None:
    """The clock stops at the function's time: the function sees the stub as it is then, without later changes."""
    options: Any = {"clock": clock()} if clock is not None else {"freeze": True}
    with mock_ses_verify(rate=None, **options) as ses:
        client = make_client()
        client.verify_email_identity(EmailAddress=USER)
        start, seen = ses.clock.now(), []
        ses.after(hours=23).call(lambda: seen.append((round_hours(ses.clock.now() - start), status(client, USER))))
        ses.after(hours=24).call(lambda: seen.append((round_hours(ses.clock.now() - start), status(client, USER))))
        move(ses, client)
        assert seen == [(23, "Pending"), (24, "Failed")]
        assert round_hours(ses.clock.now() - start) == 72


def round_hours(length: timedelta) -> int:
    return round(length / timedelta(hours=1))


def test_functions_and_statuses_in_due_order(ses: SESStub) -> None:
    """Actions that are due at the same time run in the order in which they were scheduled."""
    seen: list[str] = []
    for value in ("Failed", "Pending"):
        ses.after(hours=1).set_status(SITE, value)
        ses.after(hours=1).call(lambda: seen.append(ses.identity(SITE).status.value))
    ses.after(minutes=30).call(lambda: seen.append("first"))
    ses.clock.advance(hours=1)
    assert seen == ["first", "Failed", "Pending"]


def test_function_may_use_the_stub_and_clients(ses: SESStub, client: Any) -> None:
    """A scheduled function may do all that a test may, and schedule more."""
    seen: list[str | None] = []

    def use_everything() -> None:
        client.verify_domain_identity(Domain=SITE)
        ses.publish_txt(SITE)
        ses.after(hours=1).call(lambda: seen.append(status(client, SITE)))

    ses.after(hours=1).call(use_everything)
    ses.clock.advance(hours=2)
    assert seen == ["Success"]


def test_function_may_move_the_time(ses: SESStub) -> None:
    """If a scheduled function advances the clock, that time is added."""
    start = ses.clock.now()
    ses.after(hours=1).call(lambda: ses.clock.advance(hours=5))
    ses.after(hours=3).set_status(SITE, "Failed")
    ses.clock.advance(hours=2)
    assert ses.clock.now() == start + timedelta(hours=7)
    assert ses.identity(SITE).requested_at == start + timedelta(hours=3)


def test_error_reaches_who_moves_the_time(ses: SESStub) -> None:
    """An error in the function is raised by ``advance``.

    The clock stops there, and the function is not called again.
    """
    start, error = ses.clock.now(), RuntimeError("broken")

    def fail() -> None:
        raise error

    ses.after(hours=1).call(fail)
    ses.after(hours=2).set_status(SITE, "Failed")
    with pytest.raises(RuntimeError) as caught:
        ses.clock.advance(hours=3)
    assert caught.value is error
    assert ses.clock.now() == start + timedelta(hours=1)
    ses.clock.advance(hours=3)
    assert ses.identity(SITE).status == "Failed"


class CustomClock(Clock):
    def __init__(self) -> None:
        self.time = datetime.fromisoformat("2026-01-01T00:00+00:00")

    def now(self) -> datetime:
        return self.time

    def advance(self, delta: timedelta | None = None, **units: float) -> None:
        self.time += timedelta(**units)


def test_own_clock_calls_at_the_next_look() -> None:
    """With a clock that cannot report its changes, the function is called at the next control or API call."""
    with mock_ses_verify(clock=CustomClock()) as ses:
        seen: list[int] = []
        ses.after(hours=1).call(lambda: seen.append(1))
        ses.clock.advance(hours=2)
        assert seen == []
        assert ses.identities == {}
        assert seen == [1]


def test_after_reset_nothing_is_called(ses: SESStub) -> None:
    """A reset removes what is scheduled."""
    ses.after(hours=1).call(lambda: pytest.fail("was called"))  # pragma: no cover
    ses.reset()
    ses.clock.advance(hours=2)


def test_no_function_is_refused(ses: SESStub) -> None:
    """Anything but a function is refused, such as the result of a function that was called by mistake."""
    later: Any = ses.after(hours=1)
    with pytest.raises(TypeError, match=r"call\(\) takes a function, not None"):
        later.call(None)


def test_class_schedules_for_each_of_its_tests() -> None:
    """What setup_class schedules happens in each test, to that test's own stub."""

    @mock_ses_verify(rate=None, clock=VirtualClock())
    class Tests:
        @classmethod
        def setup_class(cls) -> None:
            make_client().verify_domain_identity(Domain=SITE)
            current_stub().after(hours=1).publish_txt(SITE)

        def test_it(self) -> str:
            ses = current_stub()
            before = ses.identity(SITE).status
            ses.clock.advance(hours=1)
            return f"{before} -> {ses.identity(SITE).status}"

    Tests.setup_class()
    # A clock that the user passes runs on from one test to the next.
    assert [Tests().test_it() for _ in range(2)] == ["Pending -> Success", "Success -> Success"]
