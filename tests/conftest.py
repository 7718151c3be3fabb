"""What every test gets: no credentials, no region, no network."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Any

import boto3
import freezegun  # noqa: F401  # see below
import pytest
from botocore.loaders import JSONFileLoader, Loader
from hypothesis import HealthCheck, settings
from repeat import times

# pytester takes what an inner run imports out of sys.modules again: what is there before is not made twice.
import ses_stub._api.decorator
import ses_stub._api.scope
import ses_stub._intercept.requests
from ses_stub import SESStub, VirtualClock, mock_ses_verify

with suppress(ImportError):
    import ses_stub._intercept.aiobotocore  # noqa: F401

pytest_plugins = ["pytester"]

settings.register_profile(
    "ses_stub",
    max_examples=times(20),
    deadline=None,
    # The same examples each time where a lucky one would decide, at home as luck has it.
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("ses_stub")


def pytest_collection_finish() -> None:
    """What thousands of tests are made of stays to the end: no collection of garbage goes through it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def models_read_once() -> Iterator[None]:
    """Each session of botocore reads AWS's models from their files; here all sessions share what one has read."""
    load, find = JSONFileLoader.load_file, Loader.list_available_services

    @cache
    def loaded(path: str) -> Any:
        return load(JSONFileLoader(), path)

    @cache
    def found(kind: str, *places: str) -> Any:
        return find(Loader(list(places), include_default_search_paths=False), kind)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JSONFileLoader, "load_file", lambda _, path: loaded(path))
        patch.setattr(Loader, "list_available_services", lambda self, type_name: found(type_name, *self.search_paths))
        yield


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A directory in which nobody writes; `tmp_path` in each test would make thousands."""
    return str(tmp_path_factory.mktemp("home"))


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, empty_home: str) -> None:
    """A machine without any AWS configuration, whose network refuses every connection but those to itself."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", empty_home)
    # So that a client made without a stub fails immediately, not after a time-out of the metadata service.
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    def refuse(self: socket.socket, address: Any) -> None:
        if self.family != getattr(socket, "AF_UNIX", None) and address[0] not in ("127.0.0.1", "::1"):
            # Only a wrong test comes here.
            raise AssertionError(f"a test went out to the network: {address}")  # pragma: no cover
        connect(self, address)

    connect = socket.socket.connect
    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def no_name_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is sent ends at the name server."""

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)


@pytest.fixture(autouse=True)
def own_default_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """No default session of boto3 that an earlier test has left."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


@pytest.fixture
def ses() -> Iterator[SESStub]:
    """A scope without a throttle, whose time stands still until the test moves it; many tests have one of their own."""
    with mock_ses_verify(rate=None, clock=VirtualClock()) as stub:
        yield stub
