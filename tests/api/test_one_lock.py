"""Each control is one action: it takes the lock once, and asks a resolver as often as one poll does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from clients import make_client, status

from ses_stub import SESStub, VirtualClock, mock_ses_verify
from ses_stub._api.stub import service_of

SITE, USER = "example.com", "ann@example.com"
QUESTIONS: list[tuple[str, str]] = []


class CountingLock:
    """A lock that counts how often it is taken by a thread that does not hold it."""

    def __init__(self, lock: Any) -> None:
        self.lock = lock
        self.depth = self.taken = 0

    def __enter__(self) -> None:
        self.lock.acquire()
        self.taken += self.depth == 0
        self.depth += 1

    def __exit__(self, *_: object) -> None:
        self.depth -= 1
        self.lock.release()


def resolver(name: str, kind: str) -> tuple[str, ...]:
    QUESTIONS.append((name, kind))
    return ()


@pytest.fixture
def ses() -> Iterator[SESStub]:
    """A stub whose domain and address wait for everything that SES can ask for."""
    with mock_ses_verify(rate=None, clock=VirtualClock(), resolver=resolver, identities=["example.org"]) as stub:
        client = make_client()
        stub.add_identity(SITE)
        client.set_identity_mail_from_domain(Identity=SITE, MailFromDomain="mail.example.com")
        stub.add_identity(SITE, "Pending")
        client.verify_domain_dkim(Domain=SITE)
        client.verify_email_identity(EmailAddress=USER)
        QUESTIONS.clear()
        yield stub


CONTROLS: dict[str, Callable[[SESStub], object]] = {
    "add_identity": lambda ses: ses.add_identity("example.net"),
    "script": lambda ses: ses.script("example.net", ["Pending"]),
    "identity": lambda ses: ses.identity(SITE),
    "identities": lambda ses: ses.identities,
    "verification_emails": lambda ses: ses.verification_emails,
    "sent_emails": lambda ses: ses.sent_emails,
    "confirm a domain": lambda ses: ses.confirm(SITE),
    "confirm an address": lambda ses: ses.confirm(USER),
    "click_verification_link": lambda ses: ses.click_verification_link(USER),
    "publish_txt": lambda ses: ses.publish_txt(SITE),
    "remove_txt": lambda ses: ses.remove_txt(SITE),
    "publish_dkim": lambda ses: ses.publish_dkim(SITE),
    "remove_dkim": lambda ses: ses.remove_dkim(SITE),
    "publish_mail_from": lambda ses: ses.publish_mail_from(SITE),
    "remove_mail_from": lambda ses: ses.remove_mail_from(SITE),
    "dns.add": lambda ses: ses.dns.add_txt(f"_amazonses.{SITE}", "value"),
    "dns.remove": lambda ses: ses.dns.remove_txt(f"_amazonses.{SITE}"),
    "dns.records": lambda ses: ses.dns.txt(SITE),
    "inject": lambda ses: ses.inject(error_code="Throttling"),
    "calls": lambda ses: ses.calls,
    "timeline": lambda ses: ses.timeline(),
    "report": lambda ses: ses.report(),
    "assert_max_rate": lambda ses: ses.assert_max_rate(1_000),
    "after": lambda ses: ses.after(hours=1),
    "reset": lambda ses: ses.reset(),
}


@pytest.mark.parametrize("control", CONTROLS.values(), ids=CONTROLS)
def test_control_takes_the_lock_once(ses: SESStub, control: Callable[[SESStub], object]) -> None:
    """A control takes the lock once, so nothing can happen in the middle of it."""
    service = service_of(ses)
    lock: Any = CountingLock(service.lock)
    service.lock = lock
    control(ses)
    assert lock.taken == 1


@pytest.mark.parametrize("control", CONTROLS.values(), ids=CONTROLS)
def test_control_asks_a_resolver_as_often_as_a_poll(ses: SESStub, control: Callable[[SESStub], object]) -> None:
    """A control asks the resolver for each record once, as a poll before and after it does."""
    client = make_client()
    polls = []
    for action in (lambda: status(client, SITE), lambda: control(ses), lambda: status(client, SITE)):
        QUESTIONS.clear()
        action()
        polls.append(len(QUESTIONS))
    assert polls[1] <= max(polls[0], polls[2])


@pytest.mark.parametrize("control", ["set_status", "confirm", "publish_txt", "call"])
def test_scheduling_takes_the_lock_once(ses: SESStub, control: str) -> None:
    """Scheduling takes the lock once too, and asks no resolver."""
    later = ses.after(hours=1)
    arguments: dict[str, tuple[Any, ...]] = {"set_status": (SITE, "Failed"), "call": (lambda: None,)}
    service = service_of(ses)
    lock: Any = CountingLock(service.lock)
    service.lock = lock
    getattr(later, control)(*arguments.get(control, (SITE,)))
    assert lock.taken == 1
    assert QUESTIONS == []


def test_repr_takes_no_lock(ses: SESStub) -> None:
    """The repr of a stub takes no lock and changes nothing, so a debugger can show it at any time."""
    service = service_of(ses)
    lock: Any = CountingLock(service.lock)
    service.lock = lock
    changes = len(service.state.history)
    ses.clock.advance(days=30)
    lock.taken = 0
    QUESTIONS.clear()
    west = ses.view("eu-west-1")
    assert repr(ses) == "<SESStub us-east-1 123456789012: 3 identities, 3 calls>"
    assert repr(west.dns) == "<DNS of <SESStub eu-west-1 123456789012: 0 identities, 3 calls>>"
    assert (lock.taken, QUESTIONS, len(service.state.history)) == (0, [], changes)
    assert len(list(service.state.backends.values())) == 1
