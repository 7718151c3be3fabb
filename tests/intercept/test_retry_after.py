"""The option retry_after: a throttled response says how long to wait, and some clients wait that long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from botocore import configprovider
from botocore.exceptions import ClientError
from botocore.retries.standard import ExponentialBackoff
from clients import make_client, names, record_sleeps
from fidelity import aws

from ses_stub import SESStub, VirtualClock, mock_ses_verify
from ses_stub._service.calls import as_lines

HEADER = "x-amz-retry-after"
MODES = pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
# Late versions of botocore 1.43 read the header, but use it only if AWS_NEW_RETRIES_2026 is set. From 1.44 on the
# switch is always on; a version that no longer has it has only the new retries.
KNOWS = getattr(ExponentialBackoff, "_RETRY_AFTER_HEADER", None) == HEADER
HEEDS = KNOWS and getattr(configprovider, "NEW_RETRIES_ENABLED", True)
heeds = pytest.mark.skipif(not HEEDS, reason="this botocore does not heed the header")


@pytest.fixture(autouse=True)
def no_sleep(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    slept = record_sleeps(monkeypatch)
    yield
    assert slept == []


def once() -> Any:
    """A client that does not retry."""
    return make_client(retries={"mode": "standard", "total_max_attempts": 1})


def headers(client: Any) -> dict[str, str]:
    """The headers of one response, with or without an error."""
    try:
        metadata = client.list_identities()["ResponseMetadata"]
    except ClientError as error:
        metadata = error.response["ResponseMetadata"]
    found: dict[str, str] = metadata["HTTPHeaders"]
    return found


def waited(ses: SESStub) -> list[float]:
    """The waits so far, in seconds."""
    return [wait.duration_us / 1e6 for wait in ses._service.log.waits]


# The header.


WAITS: dict[str, tuple[dict[str, Any], float, str]] = {
    "immediately": ({}, 0, "1000"),
    "after a while": ({}, 0.25, "750"),
    "rounded up": ({}, 0.9999, "1"),
    "one in ten seconds": ({"rate": 0.1}, 2.5, "7500"),
    "three a second": ({"rate": 3}, 0, "334"),
}


@pytest.mark.parametrize(("options", "later", "milliseconds"), WAITS.values(), ids=WAITS)
def test_header_is_long_enough(options: dict[str, Any], later: float, milliseconds: str) -> None:
    """A throttled response has the milliseconds until a call passes in a header; waiting that long is enough."""
    with mock_ses_verify(clock=VirtualClock(), retry_after=True, **options) as ses:
        client = once()
        names(client)
        ses.clock.advance(seconds=later)
        assert headers(client)[HEADER] == milliseconds
        ses.clock.advance(seconds=int(milliseconds) / 1000)
        assert HEADER not in headers(client)
    assert [call.error_code for call in ses.calls] == [None, "Throttling", None]


@MODES
def test_header_in_every_mode(mode: str) -> None:
    """The header is sent whatever the client's retry mode."""
    client = make_client(retries={"mode": mode, "total_max_attempts": 1})
    with mock_ses_verify(clock=VirtualClock(), retry_after=True):
        assert [headers(client).get(HEADER) for _ in range(2)] == [None, "1000"]


@aws("inferred", "no recorded answer has such a header; few of them show headers")
@pytest.mark.parametrize("options", [{}, {"retry_after": False}], ids=["default", "False"])
def test_no_header_by_default(options: dict[str, Any]) -> None:
    """A throttled response has no header about waiting, unless the test asks for it."""
    with mock_ses_verify(clock=VirtualClock(), **options) as ses:
        client = once()
        assert HEADER not in headers(client)
        assert HEADER not in headers(client)
    assert len(ses.calls.throttled) == 1


@pytest.mark.parametrize("fault", [{"error_code": "Throttling"}, {"error_code": "InternalFailure"}, {"status": 503}])
def test_injected_failure_has_no_header(fault: dict[str, Any]) -> None:
    """An injected failure has no such header, because it does not come from the throttle."""
    with mock_ses_verify(clock=VirtualClock(), retry_after=True) as ses:
        ses.inject(**fault)
        assert HEADER not in headers(once())


def test_unthrottled_error_has_no_retry_after_header() -> None:
    """A call that fails for another reason has no such header either."""
    with mock_ses_verify(retry_after=True, rate=None), pytest.raises(ClientError) as error:
        once().list_identities(MaxItems=0)
    assert HEADER not in error.value.response["ResponseMetadata"]["HTTPHeaders"]


# The wait.


def second_call(mode: str, later: float = 0.0, **options: Any) -> SESStub:
    """The stub after one call that passes and a later one that is throttled at first."""
    client = make_client(retries={"mode": mode})
    with mock_ses_verify(clock=VirtualClock(), **options) as ses:
        names(client)
        ses.clock.advance(seconds=later)
        with suppress(ClientError):
            names(client)
    return ses


@heeds
@pytest.mark.parametrize("later", [0, 0.25, 0.75, 0.999])
def test_standard_client_waits_as_long_as_the_header_says(later: float) -> None:
    """Without jitter a standard client waits as long as the header says, and passes at its second attempt."""
    ses = second_call("standard", later, retry_after=True, jitter=0.0)
    assert waited(ses) == [pytest.approx(1 - later)]
    assert [call.error_code for call in ses.calls] == [None, "Throttling", None]


@heeds
def test_wait_of_adaptive() -> None:
    """An adaptive client waits as long as the header says too, before its own rate limit."""
    ses = second_call("adaptive", 0.25, retry_after=True, jitter=0.0)
    assert waited(ses)[0] == 0.75
    assert [call.error_code for call in ses.calls] == [None, "Throttling", None]


@heeds
def test_at_most_five_seconds_more() -> None:
    """Botocore adds at most five seconds to its own back-off, whatever the header says."""
    ses = second_call("standard", rate=0.1, retry_after=True, jitter=0.0)
    assert waited(ses) == [5, 5]
    assert [call.error_code for call in ses.calls] == [None, "Throttling", "Throttling", None]


@heeds
def test_longer_back_off() -> None:
    """A back-off that is longer than the header's wait stays as it is."""
    (wait,) = waited(second_call("standard", 0.75, retry_after=True, jitter=1.0))
    assert wait == 1


@MODES
def test_retry_after_changes_only_waits_of_new_clients(mode: str) -> None:
    """The header changes the first wait of standard and adaptive clients, from botocore 1.44 on; others ignore it."""
    with_header, without = (waited(second_call(mode, 0.25, retry_after=on, jitter=0.0))[0] for on in (True, False))
    assert without == 0
    assert with_header == (0.75 if HEEDS and mode != "legacy" else 0)


@heeds
def test_no_jitter_needed() -> None:
    """Clients without jitter succeed one by one with the header; without it they fail."""

    def polls(**options: Any) -> SESStub:
        client = make_client(retries={"mode": "standard"})
        with mock_ses_verify(clock=VirtualClock(), jitter=0.0, **options) as ses:
            for _ in range(5):
                with suppress(ClientError):
                    names(client)
        return ses

    with_header, without = polls(retry_after=True), polls()
    assert (with_header.calls.count(), with_header.calls.filter(answered=True).count()) == (9, 5)
    assert waited(with_header) == [1] * 4
    assert without.calls.filter(answered=True).count() == 1


@MODES
def test_waits_are_deterministic(mode: str) -> None:
    """The same calls make the same log and waits every time, including random jitter."""

    def log() -> tuple[list[str], list[float]]:
        client = make_client(retries={"mode": mode})
        with mock_ses_verify(clock=VirtualClock(), retry_after=True, jitter="random") as ses:
            for _ in range(4):
                with suppress(ClientError):
                    names(client)
        return as_lines(ses.calls), waited(ses)

    first = log()
    assert len(first[0]) > 4
    assert all(log() == first for _ in range(5))
