"""A small web service with aioboto3, and its tests. The handlers are written as for FastAPI: the SES client is a
dependency of each request.

    GET  /domains/{name}  shows the status of a domain
    POST /domains/{name}  registers it, and shows the record to publish

Run with ``pytest examples/test_web_service.py``; needs aioboto3.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ses_stub import SESStub

aioboto3 = pytest.importorskip("aioboto3")

# The application.

session = aioboto3.Session(region_name="eu-west-1")


@asynccontextmanager
async def get_ses() -> AsyncIterator[Any]:
    """The dependency: a client for the length of a request."""
    async with session.client("ses") as client:
        yield client


async def register(name: str, ses: Any) -> tuple[int, dict[str, Any]]:
    """``POST /domains/{name}``."""
    token = (await ses.verify_domain_identity(Domain=name))["VerificationToken"]
    return 202, {"name": f"_amazonses.{name}", "type": "TXT", "value": token}


async def show(name: str, ses: Any) -> tuple[int, dict[str, Any]]:
    """``GET /domains/{name}``."""
    answer = await ses.get_identity_verification_attributes(Identities=[name])
    found = answer["VerificationAttributes"].get(name)
    return (200, {"status": found["VerificationStatus"]}) if found else (404, {"detail": f"{name} is not registered"})


ROUTES: dict[str, Callable[[str, Any], Awaitable[tuple[int, dict[str, Any]]]]] = {"GET": show, "POST": register}


async def app(method: str, path: str) -> tuple[int, dict[str, Any]]:
    """Handles one request. SES takes one call a second; botocore retries, and may give up."""
    async with get_ses() as ses:
        try:
            return await ROUTES[method](path.removeprefix("/domains/"), ses)
        except ClientError as error:
            if error.response["Error"]["Code"] != "Throttling":
                raise
            return 503, {"detail": "try again later"}


# Its tests.


def request(method: str, path: str) -> tuple[int, dict[str, Any]]:
    """Makes one request, as a test client does."""
    return asyncio.run(app(method, path))


pytestmark = pytest.mark.ses_verify(region="eu-west-1")


def test_unknown_domain_is_not_found() -> None:
    """A domain that was never registered is a 404."""
    assert request("GET", "/domains/example.com") == (404, {"detail": "example.com is not registered"})


def test_domain_is_verified_by_its_record(ses_verify: SESStub) -> None:
    """A domain is verified when the record that the service shows is published."""
    status, record = request("POST", "/domains/example.com")
    assert status == 202
    assert request("GET", "/domains/example.com") == (200, {"status": "Pending"})
    ses_verify.dns.add(record["name"], record["type"], record["value"])
    assert request("GET", "/domains/example.com") == (200, {"status": "Success"})


def test_domain_fails_after_72_hours(ses_verify: SESStub) -> None:
    """The record is not published in time."""
    request("POST", "/domains/example.com")
    ses_verify.clock.advance(hours=72)
    assert request("GET", "/domains/example.com") == (200, {"status": "Failed"})


def test_fifty_concurrent_requests_share_one_throttle(ses_verify: SESStub) -> None:
    """Requests that fail in spite of botocore's retries get a 503."""
    ses_verify.add_identity("example.com")

    async def send_all() -> list[tuple[int, dict[str, Any]]]:
        return await asyncio.gather(*(app("GET", "/domains/example.com") for _ in range(50)))

    statuses = [status for status, _ in asyncio.run(send_all())]
    assert set(statuses) == {200, 503}
    answered = [call.at for call in ses_verify.calls if call.error_code is None]
    assert len(answered) == statuses.count(200)
    assert all((later - earlier).total_seconds() >= 1 for earlier, later in pairwise(answered))
