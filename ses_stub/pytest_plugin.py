"""The pytest plugin: fixtures ``ses_verify`` and ``ses_client``, the marker and the ini options.

pytest loads it at every start, also of suites that never use it: nothing of ours, of botocore or of
freezegun is imported before a test asks for a fixture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ._stub import SESStub

_MARKER = "ses_verify"

# Suite-wide defaults: option -> how its text is read. Of the rest (clock, identities, …) a text says nothing.
_INI = {
    "region": "region of the handle, and of SES clients made where none is configured",
    "account_id": "account of the handle",
    "rate": "requests per second for each operation, or none",
    "burst": "requests that an idle throttle lets through at once",
    "max_identities": "most identities in one request, or none",
    "freeze": "ISO date and time at which freezegun is started",
    "sleep": "virtual or real",
    "jitter": "0.0 to 1.0, or random",
    "seed": "seeds tokens, request ids and random jitter",
    "auto_verify": "true or false",
    "registration_lag": "seconds until a registered identity is shown",
    "unhandled": "error or passthrough",
}
_NUMBERS = ("rate", "burst", "max_identities", "jitter", "seed", "registration_lag")
_WORDS = {"none": None, "true": True, "false": False}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Registers the ini options."""
    for name, meaning in _INI.items():
        parser.addini(f"ses_verify_{name}", f"ses_stub: {meaning}", default=None)


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker."""
    config.addinivalue_line(
        "markers",
        "ses_verify(**options): run the test inside ses_stub's mock_ses_verify with these options;"
        " implies the fixture ses_verify.",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Gives a marked test the fixture, before its other ones."""
    for item in items:
        names = getattr(item, "fixturenames", None)
        if names is not None and _MARKER not in names and item.get_closest_marker(_MARKER) is not None:
            names.insert(0, _MARKER)


@pytest.fixture
def ses_verify(request: pytest.FixtureRequest) -> Iterator[SESStub]:
    """Amazon SES identity verification, answered by ses_stub during the test; yields the handle (SESStub)."""
    from . import mock_ses_verify

    with mock_ses_verify(**_options(request)) as stub:
        yield stub


@pytest.fixture
def ses_client(ses_verify: SESStub) -> Any:
    """A fresh SES client of the handle's region: boto3's, or botocore's where boto3 is not installed."""
    try:
        from boto3 import client
    except ImportError:
        from botocore.session import get_session

        client = get_session().create_client
    return client("ses", region_name=ses_verify.region)


def _options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The ini options, overridden by the markers, of which the nearest counts most."""
    options = {}
    for name in _INI:
        text = request.config.getini(f"ses_verify_{name}")
        if text not in (None, ""):
            options[name] = _read(name, text)
    for marker in reversed(list(request.node.iter_markers(_MARKER))):
        if marker.args:
            raise pytest.UsageError(f"@pytest.mark.ses_verify takes keywords only, not {marker.args!r}")
        options.update(marker.kwargs)
    return options


def _read(name: str, text: str) -> Any:
    """An ini text as an option's value; what is no such value is left to the option's own check."""
    if text.lower() in _WORDS and name in (*_NUMBERS, "auto_verify"):
        return _WORDS[text.lower()]
    if name in _NUMBERS:
        for kind in (int, float):
            try:
                return kind(text)
            except ValueError:
                continue
    return text
