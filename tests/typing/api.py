"""What type checkers make of the public names: checked by mypy, never run.

``assert_type`` says what must come out. A line with a ``type: ignore`` must be an error, as mypy reports those that
are not needed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from typing_extensions import assert_type

from ses_stub import (
    Call,
    Clock,
    Identity,
    IdentityType,
    SentEmail,
    SESStub,
    SystemClock,
    VerificationEmail,
    VerificationStatus,
    VirtualClock,
    __version__,
    current_stub,
    mock_ses_verify,
)


@mock_ses_verify
def bare(number: int, *, word: str = "") -> list[int]:
    return [number, len(word)]


@mock_ses_verify(rate=None, identities=["example.com"])
def with_options(number: int) -> str:
    return str(number)


@mock_ses_verify
async def coroutine(number: int) -> str:
    return str(number)


@mock_ses_verify(rate=2)
def generator() -> Iterator[int]:
    yield 1


@mock_ses_verify
async def async_generator() -> AsyncIterator[int]:
    yield 1


@mock_ses_verify(region="eu-west-1")
class Decorated:
    def __init__(self, number: int) -> None:
        self.number = number

    def test(self) -> int:
        return self.number


async def decorated_things_keep_their_types() -> None:
    assert_type(bare(1, word="a"), list[int])
    assert_type(with_options(1), str)
    assert_type(await coroutine(1), str)
    assert_type(generator(), Iterator[int])
    assert_type(async_generator(), AsyncIterator[int])
    assert_type(Decorated(1), Decorated)
    assert_type(Decorated(1).test(), int)
    bare("one")  # type: ignore[arg-type]
    with_options()  # type: ignore[call-arg]
    Decorated()  # type: ignore[call-arg]


async def scopes_give_the_stub() -> None:
    with mock_ses_verify() as ses:
        assert_type(ses, SESStub)
    async with mock_ses_verify(rate=2) as ses:
        assert_type(ses, SESStub)
    scope = mock_ses_verify()
    assert_type(scope.start(), SESStub)
    scope.stop()
    assert_type(current_stub(), SESStub)


def options_are_typed(clock: Clock) -> None:
    mock_ses_verify(
        identities={"example.com": "Success", "example.org": VerificationStatus.PENDING},
        region=None,
        account_id="123456789012",
        rate=0.5,
        burst=2,
        max_identities=None,
        clock=clock,
        freeze=datetime(2026, 1, 1),
        sleep="real",
        jitter="random",
        auto_verify=timedelta(hours=1),
        resolver=lambda name, kind: ["v=spf1 -all"] if kind == "TXT" else (),
        production_access=False,
        enforcement_status="SHUTDOWN",
        unsupported="passthrough",
    )
    mock_ses_verify(identities={"example.com": {"status": "Success", "dkim": "Success"}, "ann@example.com": "Pending"})
    mock_ses_verify(identities={"example.com": {"token": "a", "mail_from": ("mail.example.com", "Pending")}})
    SESStub(identities={"example.com": {"mail_from": "mail.example.com"}})
    SESStub(freeze=True)
    SESStub(identities=["example.com"], freeze=None, jitter=0.5, auto_verify=True)
    mock_ses_verify(rate="fast")  # type: ignore[call-overload]
    mock_ses_verify(sleep="never")  # type: ignore[call-overload]
    mock_ses_verify(rat=1)  # type: ignore[call-overload]
    mock_ses_verify(resolver="192.0.2.53")  # type: ignore[call-overload]
    SESStub(unsupported="ignore")  # type: ignore[arg-type]


def stub_is_typed(ses: SESStub) -> None:
    assert_type(ses.identity("example.com"), Identity)
    assert_type(ses.identities, Mapping[str, Identity])
    assert_type(ses.add_identity("example.com", "Pending"), Identity)
    ses.add_identity("example.com", dkim="SUCCESS", mail_from="mail.example.com")
    ses.add_identity("example.com", dkim=VerificationStatus.PENDING, mail_from=("mail.example.com", "Pending"))
    ses.add_identity("example.com", dkim=True)  # type: ignore[arg-type]
    ses.add_identity("example.com", mail_from=("mail.example.com",))  # type: ignore[arg-type]
    assert_type(ses.click_verification_link("ann@example.com"), str)
    assert_type(ses.verification_emails, list[VerificationEmail])
    assert_type(ses.verification_emails[0].sent_at, datetime)
    assert_type(ses.verification_emails[0].expires_at, datetime | None)
    assert_type(ses.sent_emails, list[SentEmail])
    assert_type(ses.clock, Clock)
    assert_type(ses.clock.now(), datetime)
    ses.confirm("example.com")
    ses.after(hours=1).publish_txt("example.com")
    ses.after(timedelta(hours=1)).call(lambda: ses.clock.now())
    ses.after(hours=1).call("example.com")  # type: ignore[arg-type]
    ses.clock.advance(timedelta(hours=1))
    ses.clock.advance(hours=1, seconds=0.5)
    assert_type(ses.calls[0], Call)
    assert_type(ses.calls[0].params, dict[str, Any])
    assert_type(ses.calls[0].error_code, str | None)
    assert_type(ses.calls[0].service, str)
    assert_type(ses.calls.filter(service="sesv2").throttled[0], Call)
    assert_type(ses.view(region="eu-west-1"), SESStub)
    assert_type(ses.dns.txt("example.com"), tuple[str, ...])
    assert_type(ses.dns.records("example.com", "MX"), tuple[str, ...])
    assert_type(str(ses.timeline()), str)
    assert_type(ses.timeline().svg(), str)
    assert_type(ses.report().simulated_wait, float)
    assert_type(ses.attach("a client"), str)


def identity_is_typed(identity: Identity) -> str:
    assert_type(identity.status, VerificationStatus)
    assert_type(identity.type, IdentityType)
    assert_type(identity.token, str | None)
    assert_type(identity.requested_at, datetime)
    assert_type(identity.expires_at, datetime | None)
    assert_type(__version__, str)
    identity.status = VerificationStatus.FAILED  # type: ignore[misc]
    return identity.status


class CustomClock(Clock):
    """A clock with the two required methods."""

    def now(self) -> datetime:
        return datetime.now().astimezone()

    def advance(
        self,
        delta: timedelta | None = None,
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
    ) -> None:
        raise NotImplementedError


def clocks_are_clocks() -> list[Clock]:
    return [CustomClock(), SystemClock(), VirtualClock(datetime(2026, 1, 1))]
