"""The pool of clients behind ``ses_client``: a pooled client behaves like a new one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from ses_stub import SESStub, VirtualClock, mock_ses_verify
from ses_stub._pytest import client_pool
from ses_stub._pytest.client_pool import pooled_client

REGION = "us-east-1"
LEGACY = Config(retries={"mode": "legacy"})


@pytest.fixture(autouse=True)
def only_these(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pool is empty, and boto3's default session is the test's own."""
    monkeypatch.setattr(client_pool, "_pool", {})
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


@pytest.fixture
def stub() -> Iterator[SESStub]:
    with mock_ses_verify(rate=None, clock=VirtualClock()) as ses:
        yield ses


def used(stub: SESStub, use: Callable[[Any], object] = lambda client: None, config: Config | None = None) -> int:
    """The id of the client that a test gets, which the test uses."""
    with pooled_client(REGION, config, stub._service.options) as client:
        use(client)
        return id(client)


def call(client: Any) -> None:
    client.verify_email_identity(EmailAddress="ann@example.com")
    assert client.list_identities()["Identities"] == ["ann@example.com"]
    next(iter(client.get_paginator("list_identities").paginate()))
    client.get_waiter("identity_exists")


def do_nothing(**kwargs: Any) -> None:
    """A handler."""


@pytest.fixture
def kept() -> list[Any]:
    """Objects that are kept, so that no new object gets the address of an old one."""
    return []


def test_calls_leave_no_trace(stub: SESStub) -> None:
    """A client that only made calls, with pages and waiters, is reused by the next test."""
    first = used(stub, call)
    assert used(stub) == first == used(stub)


def test_one_at_a_time(stub: SESStub) -> None:
    """Two clients in use at the same time are different."""
    options = stub._service.options
    with pooled_client(REGION, None, options) as one, pooled_client(REGION, None, options) as other:
        assert one is not other


def test_regions_and_modes_apart(stub: SESStub) -> None:
    """A client is reused only for the same region and retry mode."""
    with pooled_client("eu-west-1", None, stub._service.options) as client:
        assert client.meta.region_name == "eu-west-1"
    plain = used(stub)
    assert used(stub, config=LEGACY) != plain
    assert used(stub) == plain


CHANGES: dict[str, Callable[[Any], object]] = {
    "a handler": lambda client: client.meta.events.register("before-call.ses", do_nothing),
    "a handler of one call": lambda client: client.meta.events.register_last(
        "needs-retry.ses.ListIdentities", do_nothing
    ),
    "a handler that is gone": lambda client: client.meta.events.unregister(
        "request-created.ses", client._request_signer.handler
    ),
    "a method": lambda client: setattr(client, "list_identities", do_nothing),
    "a method of its class": lambda client: setattr(type(client), "list_identities", do_nothing),
    "an attribute": lambda client: setattr(client, "mark", "x"),
    "its address": lambda client: setattr(client.meta, "_endpoint_url", "https://elsewhere.example"),
    "its configuration": lambda client: setattr(client.meta.config, "region_name", "eu-west-1"),
    "its way out": lambda client: setattr(client._endpoint, "http_session", None),
    "its exceptions": lambda client: client.exceptions,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_changed_clients_stay_behind(stub: SESStub, kept: list[Any], change: Callable[[Any], object]) -> None:
    """A client that a test has changed is not reused."""

    def use(client: Any) -> None:
        change(client)
        # Not the client itself, so that only its change counts.
        kept.append(client.meta)

    used(stub, use)
    with pooled_client(REGION, None, stub._service.options) as client:
        assert client.meta is not kept[0]


@pytest.mark.parametrize(
    "hold",
    [lambda client: client, lambda client: client.list_identities, lambda client: {"client": client}],
    ids=["itself", "a method", "a container"],
)
def test_held_clients_stay_behind(stub: SESStub, kept: list[Any], hold: Callable[[Any], object]) -> None:
    """A client that a thread, module or fixture still references is not reused."""
    first = used(stub, lambda client: kept.append(hold(client)))
    assert used(stub) != first


def another_session() -> None:
    boto3.setup_default_session()


def a_handler_of_the_session() -> None:
    assert boto3.DEFAULT_SESSION is not None
    boto3.DEFAULT_SESSION.events.register("before-call.ses", do_nothing)


def other_credentials() -> None:
    assert boto3.DEFAULT_SESSION is not None
    boto3.DEFAULT_SESSION._session.set_credentials("AKIA", "secret")


def default_config() -> None:
    assert boto3.DEFAULT_SESSION is not None
    boto3.DEFAULT_SESSION._session.set_default_client_config(LEGACY)


def a_setting() -> None:
    assert boto3.DEFAULT_SESSION is not None
    boto3.DEFAULT_SESSION._session.set_config_variable("max_attempts", "7")


@pytest.mark.parametrize(
    "change", [another_session, a_handler_of_the_session, other_credentials, default_config, a_setting]
)
def test_changed_default_session_makes_a_new_client(stub: SESStub, kept: list[Any], change: Callable[[], None]) -> None:
    """A new client is made if boto3's default session has changed."""
    used(stub, lambda client: kept.append(client.meta))
    change()
    with pooled_client(REGION, None, stub._service.options) as client:
        assert client.meta is not kept[0]


def test_environment_change_makes_new_client(stub: SESStub, kept: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A new client is made if an environment variable has changed, because botocore may read it."""
    used(stub, lambda client: kept.append(client.meta))
    monkeypatch.setenv("AWS_RETRY_MODE", "standard")
    with pooled_client(REGION, None, stub._service.options) as client:
        assert client.meta.config.retries["mode"] == "standard"


def test_replaced_boto3_client_makes_a_new_client(stub: SESStub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new client is made if `boto3.client` was replaced."""
    used(stub)
    monkeypatch.setattr(boto3, "client", lambda *args, **kwargs: fake)
    fake = boto3.session.Session(region_name=REGION).client("ses")
    with pooled_client(REGION, None, stub._service.options) as client:
        assert client is fake


def test_real_waits_give_each_test_its_own_client(kept: list[Any]) -> None:
    """With real waits each test has its own client, because retries use up its quota."""
    with mock_ses_verify(sleep="real", clock=VirtualClock()) as ses:
        used(ses, lambda client: kept.append(client.meta))
        with pooled_client(REGION, None, ses._service.options) as client:
            assert client.meta is not kept[0]


def test_clients_that_may_go_out(stub: SESStub, kept: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A client without credentials is not reused by a test that lets calls out."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    used(stub, lambda client: kept.append(client.meta))
    with mock_ses_verify(unsupported="passthrough") as ses, pooled_client(REGION, None, ses._service.options) as client:
        assert client.meta is not kept[0]


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_pooled_client_keeps_no_retry_state(mode: str) -> None:
    """Whatever a test did to the throttle, the next one has the retries of a new client."""
    config = Config(retries={"mode": mode, "max_attempts": 3})
    logs = []
    for _ in range(3):
        with mock_ses_verify(rate=0.1, clock=VirtualClock(), seed=1) as ses:
            with pooled_client(REGION, config, ses._service.options) as client:
                for _ in range(60):
                    outcome(client)
            logs.append([(item.at, item.attempt, item.error_code) for item in ses.calls])
    assert logs[0] == logs[1] == logs[2]
    assert any(code for *_, code in logs[0])


def outcome(client: Any) -> str | None:
    """The code of a call's error."""
    try:
        client.list_identities()
    except client.exceptions.ClientError as error:
        return str(error.response["Error"]["Code"])
    return None


def test_in_a_suite(pytester: pytest.Pytester) -> None:
    """In a suite one client serves all tests except those that change it."""
    pytester.makepyfile(
        """
        import pytest

        metas = []

        def test_first(ses_client):
            metas.append(ses_client.meta)
            ses_client.verify_domain_identity(Domain="example.com")

        def test_the_same_without_its_stub(ses_client):
            assert ses_client.meta is metas[0]
            assert ses_client.list_identities()["Identities"] == []
            ses_client.meta.events.register("before-call.ses", lambda **kwargs: None)

        def test_another(ses_client):
            assert ses_client.meta is not metas[0]
        """
    )
    pytester.runpytest("-p", "no:randomly", "-p", "no:xdist").assert_outcomes(passed=3)
