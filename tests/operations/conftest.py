"""A client of each API."""

from __future__ import annotations

from typing import Any

import pytest
from clients import shared_client

from ses_stub import SESStub


@pytest.fixture
def v1(ses: SESStub) -> Any:
    return shared_client("ses")


@pytest.fixture
def v2(ses: SESStub) -> Any:
    return shared_client("sesv2")
