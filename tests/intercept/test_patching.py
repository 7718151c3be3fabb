"""Instruments and mocks on the attributes that ses_stub patches: before, in and after a scope they work, and stay.

`Instrument` patches as New Relic, OpenTelemetry, Datadog and X-Ray do: with wrapt, whose wrappers are descriptors that
are equal to what they wrap. The real ones are tried in ``tests/neighbours``.
"""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import boto3
import pytest
import wrapt
from botocore.client import BaseClient
from botocore.endpoint import Endpoint
from botocore.session import Session
from clients import KEYS, SESSION, attributes_now, make_client, make_signing_client, names

from ses_stub import mock_ses_verify

#: Where instruments and mocks are put, those of other tools' choice included.
PLACES = [
    (Endpoint, "_send_request"),
    (Endpoint, "make_request"),
    (Endpoint, "prepare_request"),
    (BaseClient, "_make_api_call"),
]


@contextmanager
def instrument(owner: type, name: str) -> Iterator[list[tuple[Any, ...]]]:
    """Wraps a method with wrapt, and yields the arguments of the calls that it sees."""
    seen: list[tuple[Any, ...]] = []
    below = vars(owner)[name]

    def see(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        assert isinstance(instance, owner)
        seen.append(args)
        return wrapped(*args, **kwargs)

    above = wrapt.FunctionWrapper(below, see)
    setattr(owner, name, above)
    yield seen
    assert vars(owner)[name] is above, "it was removed"
    setattr(owner, name, below)


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    places = [*PLACES, (Session, "create_client")]
    before = [*attributes_now(), *(vars(owner)[name] for owner, name in places)]
    yield
    after = [*attributes_now(), *(vars(owner)[name] for owner, name in places)]
    assert all(now is then for now, then in zip(after, before, strict=True))


@pytest.fixture
def dynamodb() -> Iterator[Callable[[], list[str]]]:
    """Calls another service, which moto answers."""
    moto = pytest.importorskip("moto")
    with moto.mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        yield lambda: list(client.list_tables()["TableNames"])


@pytest.mark.parametrize(("owner", "name"), PLACES)
def test_instrument_before_the_scope(owner: type, name: str, dynamodb: Callable[[], list[str]]) -> None:
    """An instrument that is older than the scope sees the calls of SES and of other services, in it and after it."""
    with instrument(owner, name) as seen:
        with mock_ses_verify(identities=["example.com"]):
            assert names(make_client()) == ["example.com"]
            assert dynamodb() == []
        assert len(seen) == 2
        assert dynamodb() == []
    assert len(seen) == 3


@pytest.mark.parametrize(("owner", "name"), PLACES)
def test_instrument_between_two_scopes(owner: type, name: str, dynamodb: Callable[[], list[str]]) -> None:
    """So does one that is installed after an earlier scope."""
    with mock_ses_verify():
        dynamodb()
    with instrument(owner, name) as seen, mock_ses_verify(identities=["example.com"]):
        assert names(make_client()) == ["example.com"]
        assert dynamodb() == []
    assert len(seen) == 2


@pytest.mark.parametrize(("owner", "name"), PLACES)
def test_instrument_within_a_scope(owner: type, name: str, dynamodb: Callable[[], list[str]]) -> None:
    """So does one that is installed and removed in a scope."""
    with mock_ses_verify(identities=["example.com"], rate=None):
        with instrument(owner, name) as seen:
            assert names(make_client()) == ["example.com"]
            assert dynamodb() == []
        assert len(seen) == 2
        assert names(make_client()) == ["example.com"]


@pytest.mark.parametrize(("owner", "name"), PLACES)
def test_instrument_that_outlives_its_scope(owner: type, name: str, dynamodb: Callable[[], list[str]]) -> None:
    """One that is installed in a scope goes on after it, and in the next one; our wrapper is gone soon after it is."""
    with ExitStack() as stack:
        with mock_ses_verify():
            seen = stack.enter_context(instrument(owner, name))
        dynamodb()
        with mock_ses_verify(identities=["example.com"]):
            assert names(make_client()) == ["example.com"]
        assert len(seen) == 2
    dynamodb()


def test_instrument_removed_in_the_scope(dynamodb: Callable[[], list[str]]) -> None:
    """One that is older than the scope and is removed in it leaves the stub in place."""
    stack = ExitStack()
    stack.enter_context(instrument(Endpoint, "make_request"))
    with mock_ses_verify(identities=["example.com"], rate=None):
        names(make_client())
        stack.close()
        assert names(make_client()) == ["example.com"]
        assert dynamodb() == []


@pytest.mark.parametrize("name", ["make_request", "_send_request"])
def test_mock_of_another_service(name: str) -> None:
    """A mock that is older than the scope gets the arguments that it would get without: no instance among them."""
    parsed = mock.Mock(status_code=200), {"TableNames": ["mine"]}
    with mock.patch.object(Endpoint, name, return_value=parsed) as send, mock_ses_verify():
        client = make_signing_client("dynamodb")
        assert client.list_tables()["TableNames"] == ["mine"]
        (arguments, keywords) = send.call_args
    assert (len(arguments), keywords) == (2, {})


def test_mock_of_create_client_gets_the_arguments_as_they_came() -> None:
    """A mock of create_client that is older than the scope gets no argument that the caller did not give."""
    with mock.patch.object(Session, "create_client") as create, mock_ses_verify():
        SESSION.create_client("s3", api_version="2006-03-01")
    create.assert_called_once_with("s3", api_version="2006-03-01")


@pytest.mark.parametrize("given", [("ses",), ("ses", None), ("ses", None, None, True)])
def test_region_of_a_client_by_position(given: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """A client without a region has the stub's, however its arguments are passed."""
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    session = Session()
    with mock_ses_verify(region="eu-west-1"):
        assert session.create_client(*given, **KEYS).meta.region_name == "eu-west-1"
        assert session.create_client(service_name="ses").meta.region_name == "eu-west-1"


def test_patched_callable_need_not_be_hashable() -> None:
    """What stands on an attribute needs no hash and no equality."""

    class Unhashable:
        __hash__ = None  # type: ignore[assignment]

        def __eq__(self, other: object) -> bool:
            raise AssertionError("compared")  # pragma: no cover

        def __call__(self, *args: Any) -> Any:
            return mock.Mock(status_code=200), {"TableNames": ["mine"]}

    with mock.patch.object(Endpoint, "_send_request", Unhashable()), mock_ses_verify():
        assert make_signing_client("dynamodb").list_tables()["TableNames"] == ["mine"]


def test_nothing_of_another_tool_is_kept() -> None:
    """After a scope nothing refers to a patch that another tool had under it."""

    def passes(self: Any, *args: Any) -> Any:
        raise AssertionError  # pragma: no cover

    with mock.patch.object(Endpoint, "_send_request", passes), mock_ses_verify():
        pass
    gone = weakref.ref(passes)
    del passes
    gc.collect()
    assert gone() is None
