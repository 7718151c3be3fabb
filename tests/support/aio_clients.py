"""Clients of aiobotocore for the tests; importing this skips where aiobotocore is not installed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
from botocore.config import Config
from clients import SESSION

session = pytest.importorskip("aiobotocore.session")


def run(program: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine, run in a new event loop."""
    return asyncio.run(program)


def own_session() -> Any:
    """A session that no other test uses, with the shared loader."""
    one = session.AioSession()
    one.register_component("data_loader", SESSION.get_component("data_loader"))
    return one


@asynccontextmanager
async def aio_client(service: str = "ses", region: str | None = "us-east-1", **config: Any) -> AsyncIterator[Any]:
    """A client without credentials, with the given configuration."""
    async with own_session().create_client(service, region_name=region, config=Config(**config)) as client:
        yield client


async def names(client: Any) -> list[str]:
    """The names in the response of ListIdentities."""
    found: list[str] = (await client.list_identities())["Identities"]
    return found
