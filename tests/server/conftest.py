"""A stub without a scope, and the ways to its server and its page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from page_client import make_browser
from werkzeug.test import Client

from ses_stub import SESStub, VirtualClock
from ses_stub._server.endpoint import Endpoint


@pytest.fixture
def ses() -> SESStub:
    return SESStub(rate=None, clock=VirtualClock())


@pytest.fixture
def endpoint(ses: SESStub) -> Iterator[Endpoint]:
    with ses.serve() as endpoint:
        yield endpoint


@pytest.fixture
def url(endpoint: Endpoint) -> str:
    return endpoint.url


@pytest.fixture
def browser(ses: SESStub) -> Client:
    """The page without a server."""
    return make_browser(ses)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:  # pragma: no cover  # Few machines have it.
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    executable = shutil.which("chromium")
    if executable is None:
        pytest.skip("chromium is not installed")
    # In the browser, the names of an attacker lead to this machine.
    rules = "--host-resolver-rules=MAP evil.example 127.0.0.1"
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=["--no-sandbox", rules])
        yield browser
        browser.close()
