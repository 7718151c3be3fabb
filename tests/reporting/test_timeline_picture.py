"""The timeline's picture: bars for identities and marks for calls, on an axis without the quiet times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timezone
from xml.etree import ElementTree

import pytest
from botocore.exceptions import ClientError, WaiterError
from clients import make_client

from ses_stub import SESStub, VirtualClock, mock_ses_verify
from ses_stub._reporting.timeline_rows import format_duration
from ses_stub._reporting.timeline_svg import _Axis

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def ses() -> Iterator[SESStub]:
    with mock_ses_verify(clock=VirtualClock(datetime(2026, 1, 1, tzinfo=timezone.utc))) as stub:
        yield stub


def poll(name: str) -> None:
    """Requests a status once, whatever the result."""
    client = make_client(retries={"total_max_attempts": 1, "mode": "standard"})
    with suppress(ClientError):
        client.get_identity_verification_attributes(Identities=[name])


def draw(ses: SESStub) -> ElementTree.Element:
    return ElementTree.fromstring(ses.timeline().svg())


def words(picture: ElementTree.Element) -> list[str]:
    return [str(one.text) for one in picture.iter(f"{SVG}text")]


def bars(picture: ElementTree.Element) -> list[str]:
    """The statuses of the bars, by their fill, without the legend."""
    fills = [one.get("fill", "") for one in picture.iter(f"{SVG}rect") if one.find(f"{SVG}title") is not None]
    return [fill[len("url(#ses-stub-") : -1] for fill in fills if fill.startswith("url")]


def test_picture_of_a_life(ses: SESStub) -> None:
    """An identity is a bar with a part for each status, which has its name and its own pattern."""
    ses.add_identity("example.com")
    ses.clock.advance(hours=10)
    ses.remove_txt("example.com")
    ses.clock.advance(hours=100)
    picture = draw(ses)
    assert bars(picture) == ["Success", "TemporaryFailure", "Failed"]
    assert {"example.com", "now Failed", "Success", "TemporaryFailure", "Failed"} <= set(words(picture))
    patterns = [ElementTree.tostring(one)[-200:] for one in picture.iter(f"{SVG}pattern")]
    assert len(set(patterns)) == 5


def test_picture_of_a_deleted_identity(ses: SESStub) -> None:
    """The bar of a deleted identity ends, and starts again with its next registration. Zero time has no part."""
    client = make_client()
    ses.add_identity("example.com")
    ses.remove_txt("example.com")
    ses.clock.advance(hours=1)
    client.delete_identity(Identity="example.com")
    ses.clock.advance(hours=1)
    client.verify_domain_identity(Domain="example.com")
    assert bars(draw(ses)) == ["TemporaryFailure", "Pending"]


def test_picture_of_calls(ses: SESStub) -> None:
    """Calls are marks in a lane for each operation. Throttled and failed calls have other shapes."""
    ses.inject("ListIdentities", error_code="AccessDenied")
    with suppress(ClientError):
        make_client().list_identities()
    for _ in range(3):
        poll("example.com")
    picture = draw(ses)
    marks = [(one.find(f"{SVG}path"), one.findtext(f"{SVG}title")) for one in picture.iter(f"{SVG}g")]
    assert [titles for _, titles in marks] == [
        "AccessDenied",
        "answered: unknown",
        "throttled: 0 s since the last call, 1 s needed (2 calls)",
    ]
    assert len({path.get("d") for path, _ in marks if path is not None}) == 3
    assert {"ListIdentities", "1 failed", "1 answered, 2 throttled"} <= set(words(picture))


def test_legend_explains_only_what_occurs(ses: SESStub) -> None:
    """The legend explains what occurs, and no more."""
    ses.add_identity("example.com", "Failed")
    poll("example.com")
    assert words(draw(ses))[-2:] == ["Failed", "answered"]


def test_picture_of_waits(ses: SESStub) -> None:
    """Waits are bars in their own lane, with their sum."""
    with pytest.raises(WaiterError):
        make_client().get_waiter("identity_exists").wait(Identities=["ann@example.com"])
    picture = draw(ses)
    assert {"waits", "57 s in all"} <= set(words(picture))
    titles = [one.findtext(f"{SVG}title") for one in picture.iter(f"{SVG}rect")]
    assert titles.count("wait 3 s, waiter IdentityExists") == 19


def test_picture_leaves_quiet_times_out(ses: SESStub) -> None:
    """A day without events does not squeeze the seconds before it together."""
    for _ in range(3):
        poll("example.com")
        ses.clock.advance(seconds=1)
    ses.clock.advance(hours=24)
    poll("example.com")
    picture = draw(ses)
    assert "↔ 24 h" in words(picture)
    assert len([one for one in picture.iter(f"{SVG}g") if one.find(f"{SVG}path") is not None]) == 4


def test_picture_of_a_crowd(ses: SESStub) -> None:
    """With very many identities the picture shows the first ones and counts the others."""
    for number in range(45):
        ses.add_identity(f"user{number}@example.com")
    picture = draw(ses)
    assert len(bars(picture)) == 40
    assert "… 5 more identities" in words(picture)


def test_picture_is_text_safe(ses: SESStub) -> None:
    """Special characters in names are escaped, and control characters replaced."""
    name = "a&b'\x01@example.com"
    ses.add_identity(name)
    assert "a&b'\ufffd@example.com" in words(draw(ses))


def test_long_names_in_the_picture(ses: SESStub) -> None:
    """A name that is too long is shortened in the middle; its tooltip has the full name."""
    name = f"{'long-' * 10}name@example.com"
    ses.add_identity(name)
    assert name in [one.findtext(f"{SVG}title") for one in draw(ses).iter(f"{SVG}text")]


def test_picture_needs_nothing_from_outside(ses: SESStub) -> None:
    """The picture has no script, style sheet or external reference, and sets its own background."""
    ses.add_identity("example.com")
    picture = draw(ses)
    assert {one.tag.removeprefix(SVG) for one in picture.iter()} <= {
        *("svg", "title", "defs", "pattern", "rect", "path", "circle", "text", "g")
    }
    assert not [name for one in picture.iter() for name in one.keys() if "href" in name]  # noqa: SIM118
    background = picture.find(f"{SVG}rect")
    assert background is not None
    assert (picture.get("width"), background.get("fill")) == ("960", "#ffffff")


def test_empty_picture_says_nothing_happened(ses: SESStub) -> None:
    """Where nothing happened the picture says so."""
    assert words(draw(ses)) == ["ses_stub: no SES calls"]


# Its axis.


@pytest.mark.parametrize(
    ("seconds", "labels"),
    [
        pytest.param([0], ["0 s"], id="one timestamp"),
        pytest.param([0, 0.001], ["0 s", "200 µs", "400 µs", "600 µs", "800 µs", "1000 µs"], id="micros"),
        pytest.param([0, 30, 60], [f"{at} s" for at in range(0, 61, 10)], id="seconds"),
        pytest.param([0, 900], ["0 s", *(f"{at} min" for at in (2, 4, 6, 8, 10, 12, 14))], id="minutes"),
        pytest.param([0, 3600 * 72], ["0 s", *(f"{at} h" for at in (12, 24, 36, 48, 60, 72))], id="hours"),
        pytest.param([0, 10, 86400, 86410], ["0 s", "5 s", "10 s", "24 h", "+5 s", "+10 s"], id="with a gap"),
    ],
)
def test_axis_has_a_handful_of_round_times(seconds: list[float], labels: list[str]) -> None:
    """The axis has a handful of round times; those after a gap count from its end."""
    ticks = _Axis([round(one * 1_000_000) for one in seconds], 0, 600).ticks()
    assert [label for _, label in ticks] == labels


@pytest.mark.parametrize(
    ("seconds", "gaps"),
    [
        pytest.param([0, 1, 60], 1, id="much longer than the rest"),
        pytest.param([0, 10, 60, 90], 0, id="not much longer"),
        pytest.param([0, 3600], 0, id="nothing else"),
        pytest.param([0, 0.0001, 3600], 0, id="hardly anything else"),
        pytest.param([0, 1, 3600, 3600 * 72], 2, id="several"),
        pytest.param([1, *range(0, 36000, 3600)], 0, id="too many"),
    ],
)
def test_gaps_of_the_axis(seconds: list[float], gaps: int) -> None:
    """Only long quiet times are left out, in a few places."""
    assert len(_Axis([round(one * 1_000_000) for one in seconds], 0, 600).gaps) == gaps


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (0, "0 s"),
        (40, "40 µs"),
        (1500, "1.5 ms"),
        (3_250_000, "3.25 s"),
        (90_000_000, "90 s"),
        (150_000_000, "2.5 min"),
        (86_340_000_000, "24 h"),
    ],
)
def test_duration_is_shown_in_the_unit_that_suits_it(micros: int, text: str) -> None:
    """A duration is shown in a suitable unit."""
    assert format_duration(micros) == text
