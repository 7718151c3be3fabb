"""Positions in the timeline's picture: to scale, side by side, and within its bounds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
from botocore.exceptions import ClientError
from clients import make_client

from ses_stub import SESStub, VirtualClock, mock_ses_verify

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def ses() -> Iterator[SESStub]:
    with mock_ses_verify(clock=VirtualClock(datetime(2026, 1, 1, tzinfo=timezone.utc))) as stub:
        yield stub


def draw(ses: SESStub) -> Element:
    return fromstring(ses.timeline().svg())


def words(ses: SESStub) -> list[str]:
    """All text in the picture."""
    return [str(text.text) for text in draw(ses).iter(f"{SVG}text")]


def boxes(ses: SESStub, label: str = "->") -> list[tuple[float, float]]:
    """The left and right edges of the bars whose tooltip has a text: those of identities, or of waits."""
    found = [rect for rect in draw(ses).iter(f"{SVG}rect") if label in rect.findtext(f"{SVG}title", "")]
    lefts = [float(rect.get("x", "")) for rect in found]
    return [(left, left + float(rect.get("width", ""))) for left, rect in zip(lefts, found, strict=True)]


def marks(ses: SESStub) -> list[str]:
    """The tooltip of each mark of calls."""
    return [group.findtext(f"{SVG}title", "") for group in draw(ses).iter(f"{SVG}g")]


def list_once(region: str = "us-east-1", **config: Any) -> None:
    """Makes one call, which may be refused."""
    with suppress(ClientError):
        make_client(region=region, **config).list_identities()


def test_bars_join_and_show_change_and_reason(ses: SESStub) -> None:
    """A bar ends where the next one begins. Each shows its change and the reason."""
    make_client().verify_email_identity(EmailAddress="ann@example.com")
    ses.clock.advance(hours=1)
    ses.click_verification_link("ann@example.com")
    (_, end), (start, _) = boxes(ses)
    assert end == pytest.approx(start, abs=0.2)
    assert len(boxes(ses, "NotStarted -> Pending, verification requested")) == 1
    assert len(boxes(ses, "Pending -> Success, link clicked")) == 1


def test_bars_are_to_scale(ses: SESStub) -> None:
    """A bar is as long as its status lasted."""
    ses.add_identity("example.com", "Pending")
    ses.clock.advance(hours=2)
    ses.add_identity("example.com", "Failed")
    ses.clock.advance(hours=1)
    ses.add_identity("example.com", "Success")
    two_hours, one_hour, _ = [right - left for left, right in boxes(ses)]
    assert two_hours == pytest.approx(2 * one_hour, rel=0.01)


def test_bar_that_is_shorter_than_its_status_has_only_the_tooltip(ses: SESStub) -> None:
    for status in ["Pending", "Failed"] * 20:
        ses.add_identity("example.com", status)
        ses.clock.advance(minutes=1)
    assert len(boxes(ses)) == 40
    assert all(right - left < 30 for left, right in boxes(ses)[:-1])
    # In the legend.
    assert words(ses).count("Pending") == 1


def test_deletion_leaves_a_hole(ses: SESStub) -> None:
    """Between deletion and the next registration there is no bar."""
    ses.add_identity("example.com")
    ses.clock.advance(hours=1)
    make_client().delete_identity(Identity="example.com")
    ses.clock.advance(hours=1)
    ses.add_identity("example.com")
    (first, end), (start, _) = boxes(ses)
    assert start - end == pytest.approx(end - first, abs=0.3)


def test_waits_are_to_scale(ses: SESStub) -> None:
    """A wait ends at the retry that it delayed."""
    client = make_client(retries={"mode": "standard", "total_max_attempts": 2})
    ses.add_identity("example.com", "Pending")
    client.list_identities()
    client.list_identities()
    ses.add_identity("example.com")
    assert boxes(ses, "wait 1 s") == [(round(left), round(right)) for left, right in boxes(ses)[:1]]


def test_picture_without_waits_has_no_wait_lane(ses: SESStub) -> None:
    """Without waits there is no lane for them."""
    list_once()
    assert "waits" not in words(ses)


def test_same_name_elsewhere(ses: SESStub) -> None:
    """A name in two regions is two identities, and an operation in two regions has two lanes."""
    ses.add_identity("example.com")
    ses.view(region="eu-west-1").add_identity("example.com", "Failed")
    list_once()
    list_once("eu-west-1")
    notes = ["us-east-1 now Success", "eu-west-1 now Failed", "us-east-1 1 answered", "eu-west-1 1 answered"]
    assert [word for word in words(ses) if word.startswith(("us-", "eu-"))] == notes


def test_calls_on_one_spot(ses: SESStub) -> None:
    """Throttled calls that are too close to be drawn apart are one mark with their number; others have their own."""
    for pause in (0.4, 0.000_1, 0.3):
        list_once(retries={"total_max_attempts": 1})
        ses.clock.advance(seconds=pause)
    list_once(retries={"total_max_attempts": 1})
    assert marks(ses) == [
        "answered",
        "throttled: 400 ms since the last call, 1 s needed (2 calls)",
        "throttled: 700.1 ms since the last call, 1 s needed",
    ]


def test_text_like_a_tag_is_escaped(ses: SESStub) -> None:
    """Text that looks like a tag is escaped."""
    ses.inject(error_code="<b>&amp;", message="no")
    list_once()
    assert marks(ses) == ["<b>&amp;"]


def test_each_omitted_quiet_time_shows_its_length(ses: SESStub) -> None:
    """Each omitted quiet time shows its length."""
    ses.add_identity("example.com", "Pending")
    for pause in (1, 86_400, 1, 129_600, 1):
        list_once()
        ses.clock.advance(seconds=pause)
    ses.add_identity("example.com", "Failed")
    assert [word for word in words(ses) if word.startswith("↔")] == ["↔ 24 h", "↔ 36 h"]


def test_all_is_inside(ses: SESStub) -> None:
    """All texts, bars and marks are within the picture, however much happened."""
    for hours in range(12):
        ses.add_identity(f"{hours}.example.com")
        list_once()
        ses.clock.advance(hours=hours**3)
    root = draw(ses)
    width, height = float(root.get("width", "")), float(root.get("height", ""))
    for part in (*root.iter(f"{SVG}text"), *root.iter(f"{SVG}rect")):
        left, top = float(part.get("x", "0")), float(part.get("y", "0"))
        assert 0 <= left <= left + float(part.get("width", "0")) <= width
        assert 0 <= top <= top + float(part.get("height", "0")) <= height
