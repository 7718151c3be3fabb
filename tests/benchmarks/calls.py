"""What one call costs: compared with other tools, with growing regions, and with growing logs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import server
from boto3 import Session
from botocore import UNSIGNED
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.stub import Stubber
from moto import mock_aws
from moto.core.models import MockAWS
from race import Job, Measure, Scope, nothing, race, ratio, timed
from table import US, Table

from ses_stub import SESStub
from ses_stub._intercept import activation, contexts

SIZES = (10, 1_000, 100_000)
LOGS = (0, 1_000, 10_000)


def calls(table: Table) -> None:
    """A request for the status of 1, 10 and 100 identities."""
    with server.ours() as (_, here), server.motos() as (_, there):
        servers = {"our server": client(here), "moto server": client(there)}
        for count, rounds, number in ((1, 100, 20), (10, 60, 20), (100, 60, 10)):
            names = [f"d{one}.example.com" for one in range(count)]
            for one in servers.values():
                register(one, names)
            ours, paced = SESStub(rate=None, identities=names), SESStub(rate=1e6, burst=10**6, identities=names)
            mock = mocked(names)
            answer, body = canned(names)

            def poll(one: Any, scope: Scope = nothing, names: list[str] = names, number: int = number) -> Measure:
                return timed(lambda: one.get_identity_verification_attributes(Identities=names), number, scope)

            stubbed = client()
            rivals = {
                US: poll(client(), in_scope(ours)),
                # Its throttle is asked each time, and always has a token.
                "throttled": poll(client(), in_scope(paced)),
                "unsigned": poll(constant_answer(body, Config(signature_version=UNSIGNED))),
                "signed": poll(constant_answer(body)),
                "Stubber": poll(stubbed, queued(stubbed, answer, names, number)),
                "moto": poll(client(), in_moto(mock)),
                **{name: poll(one) for name, one in servers.items()},
            }
            times = race(rivals, rounds, between=forget(ours, paced))
            what = f"{count} {'identity' if count == 1 else 'identities'}"
            table.row(f"call, {what}", times)
            most = {1: 1.00, 100: 1.05}.get(count)
            if most is not None:
                table.at_most(most, f"call, {what}: of the unsigned constant answer", ratio(times, US, "unsigned"))
                table.at_most(most, "  the same, throttled", ratio(times, "throttled", "unsigned"))
            table.at_least(3.5, f"call, {what}: times faster than moto", ratio(times, "moto", US))


def growing_regions(table: Table) -> None:
    """A region of many identities beside one of ten: what a call, a page and a whole listing cost."""
    stubs = {f"{size:,}": SESStub(rate=None) for size in SIZES}
    for stub, size in zip(stubs.values(), SIZES, strict=True):
        for number in range(size):
            stub.add_identity(f"d{number}.example.com")
    one = client()

    def poll() -> None:
        one.get_identity_verification_attributes(Identities=["d7.example.com"])

    def register_and_list() -> None:
        one.verify_email_identity(EmailAddress="ann@example.com")
        one.list_identities(MaxItems=10)
        one.delete_identity(Identity="ann@example.com")

    def list_all() -> None:
        for _ in one.get_paginator("list_identities").paginate():
            pass

    table.head("10", tuple(f"{size:,}" for size in SIZES[1:]))
    for what, job in (("call", poll), ("register, list ten, delete", register_and_list)):
        rivals = {name: timed(job, 50, in_scope(stub)) for name, stub in stubs.items()}
        times = race(rivals, 15, between=forget(*stubs.values()))
        table.growth(what, times)
        table.at_most(1.2, f"{what}: with {SIZES[-1]:,} identities, of with 10", ratio(times, f"{SIZES[-1]:,}", "10"))
    rivals = {name: timed(list_all, 1, in_scope(stub)) for name, stub in stubs.items()}
    table.growth("list all", race(rivals, 5))


def growing_logs(table: Table) -> None:
    """The first calls of a stub beside those after many."""
    one = client()
    stubs = {f"{size:,}": SESStub(rate=1e6, burst=10**6, identities=["ann@example.com"]) for size in LOGS}

    def poll() -> None:
        one.get_identity_verification_attributes(Identities=["ann@example.com"])

    for stub, size in zip(stubs.values(), LOGS, strict=True):
        timed(poll, max(size, 1), in_scope(stub))()

    def cut() -> None:
        for stub, size in zip(stubs.values(), LOGS, strict=True):
            del stub._service.log.entries[size:]

    table.head("1st call", tuple(f"{size:,}th" for size in LOGS[1:]))
    times = race({name: timed(poll, 50, in_scope(stub)) for name, stub in stubs.items()}, 15, between=cut)
    table.growth("call", times)
    table.at_most(1.2, f"the {LOGS[-1]:,}th call of a stub, of its first", ratio(times, f"{LOGS[-1]:,}", "0"))


def client(port: int | None = None, config: Config | None = None) -> Any:
    """A client like a user's, of AWS or of a server on this machine."""
    url = f"http://127.0.0.1:{port}" if port else None
    return Session(region_name="us-east-1").client("ses", endpoint_url=url, config=config)


def register(one: Any, names: list[str]) -> None:
    """Registers the identities."""
    for name in names:
        one.verify_domain_identity(Domain=name)


def in_scope(stub: SESStub) -> Scope:
    """The stub's own scope, any number of times: `mock_ses_verify` would make a new stub each time."""

    @contextmanager
    def active() -> Iterator[None]:
        entry = contexts.Entry(stub._interceptor)
        activation.activate(entry)
        try:
            yield
        finally:
            activation.deactivate(entry)

    return active


def mocked(names: list[str]) -> MockAWS:
    """A moto mock that knows the identities, and is not active."""
    mock = mock_aws()
    mock.start()
    register(client(), names)
    mock.stop(remove_data=False)
    return mock


def in_moto(mock: MockAWS) -> Scope:
    """The mock's scope, whose state is kept."""

    @contextmanager
    def active() -> Iterator[None]:
        mock.start(reset=False)
        try:
            yield
        finally:
            mock.stop(remove_data=False)

    return active


def queued(one: Any, answer: dict[str, Any], names: list[str], number: int) -> Scope:
    """A Stubber of botocore with as many answers as there will be calls."""

    @contextmanager
    def active() -> Iterator[None]:
        with Stubber(one) as stubber:
            for _ in range(number):
                stubber.add_response("get_identity_verification_attributes", answer, {"Identities": names})
            yield

    return active


def canned(names: list[str]) -> tuple[dict[str, Any], bytes]:
    """The response for the names: parsed, and as it is sent."""
    bodies: list[bytes] = []

    def keep(body: bytes) -> bytes:
        bodies.append(body)
        return body

    stub = SESStub(identities=names)
    stub.inject(body=keep)
    answer = stub.attach(client()).get_identity_verification_attributes(Identities=names)
    stub.detach()
    del answer["ResponseMetadata"]
    return answer, bodies[0]


def constant_answer(body: bytes, config: Config | None = None) -> Any:
    """A client whose ``before-send`` handler answers one constant: what botocore itself costs."""

    def answer(request: Any, **kwargs: Any) -> AWSResponse:
        response = AWSResponse(request.url, 200, headers, None)
        response._content = body
        return response

    # As many headers as a real answer has, since botocore copies them one by one.
    headers = {
        "x-amzn-RequestId": "1d0c29f1-9bf3-11e1-8ee7-c98a0037a2b6",
        "Content-Type": "text/xml",
        "Content-Length": str(len(body)),
        "Date": "Thu, 01 Jan 2026 00:00:00 GMT",
    }
    one = client(config=config)
    one.meta.events.register("before-send.ses", answer)
    return one


def forget(*stubs: SESStub) -> Job:
    """Empties the stubs' logs, so that a long run is like that of a test."""

    def empty() -> None:
        for stub in stubs:
            stub._service.log.entries.clear()

    return empty
