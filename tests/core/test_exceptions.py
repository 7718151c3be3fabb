"""The exceptions that users see: public, and unchanged after copying or pickling."""

from __future__ import annotations

import copy
import inspect
import multiprocessing
import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest

import ses_stub
from ses_stub import exceptions
from ses_stub._core import errors
from ses_stub._core.aws_errors import AWSError, throttled
from ses_stub.exceptions import (
    ArgumentTypeError,
    IdentityNotFoundError,
    IllegalTransitionError,
    InvalidArgumentError,
    InvalidOptionError,
    NoCallError,
    SESStubError,
    UnknownOperationError,
    UnknownOptionError,
    UnsupportedOperationError,
    UnsupportedPolicyError,
)

EXAMPLES = [
    SESStubError("no clock"),
    UnsupportedOperationError("SendBulkEmail", ["ListIdentities", "GetSendQuota"]),
    UnsupportedPolicyError("the condition key aws:SourceIp"),
    UnknownOperationError("list_identitys", ["ListIdentities"]),
    # A value that cannot be pickled: only its text is kept.
    InvalidArgumentError("times", lambda: 0, "a whole number"),
    ArgumentTypeError("advance() takes a length of time"),
    InvalidOptionError("rate", -1, "a number above 0"),
    UnknownOptionError("rates", ["rate", "burst"]),
    IllegalTransitionError("EXPIRE cannot happen"),
    IdentityNotFoundError("ann@example.co", "us-east-1", ["ann@example.com"], " Look elsewhere."),
    NoCallError("no call to show"),
]
NAMES = [type(example).__name__ for example in EXAMPLES]


def raise_example(number: int) -> None:  # pragma: no cover  # In another process, which the pool terminates.
    """The function that a worker of the pool runs."""
    raise EXAMPLES[number]


def assert_same(found: BaseException, error: BaseException) -> None:
    assert type(found) is type(error)
    assert str(found) == str(error)
    assert found.args == error.args
    assert vars(found) == vars(error)


def test_every_exception_has_an_example() -> None:
    """The examples below cover all exceptions."""
    assert sorted(NAMES) == exceptions.__all__
    defined = {name for name, one in vars(errors).items() if inspect.isclass(one) and issubclass(one, Exception)}
    assert defined == set(exceptions.__all__)


@pytest.mark.parametrize("name", exceptions.__all__)
def test_exception_is_named_by_its_public_module(name: str) -> None:
    """Tracebacks and pickles name ``ses_stub.exceptions``, not the module of the definition."""
    kind = getattr(exceptions, name)
    assert (kind.__module__, kind.__qualname__) == ("ses_stub.exceptions", name)
    assert issubclass(kind, SESStubError)


def test_subclass_of_a_user_is_named_by_its_own_module() -> None:
    class OnboardingError(SESStubError):
        pass

    assert OnboardingError.__module__ == __name__


def test_module_is_an_attribute_of_the_package() -> None:
    """``ses_stub.exceptions`` needs no separate import."""
    assert ses_stub.__getattr__("exceptions") is exceptions


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (UnknownOperationError, ValueError),
        (InvalidArgumentError, ValueError),
        (ArgumentTypeError, TypeError),
        (InvalidOptionError, ValueError),
        (UnknownOptionError, TypeError),
        (IdentityNotFoundError, LookupError),
        (NoCallError, IndexError),
    ],
)
def test_exception_is_also_the_builtin_one(kind: type[SESStubError], builtin: type[Exception]) -> None:
    """Code that catches Python's own exception for such a mistake catches the package's too."""
    assert issubclass(kind, builtin)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
@pytest.mark.parametrize("error", EXAMPLES, ids=NAMES)
def test_copy_keeps_text_and_attributes(error: SESStubError, copied: Callable[[SESStubError], SESStubError]) -> None:
    """Debuggers and reports copy exceptions."""
    found = copied(error)
    assert found is not error
    assert_same(found, error)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("error", EXAMPLES, ids=NAMES)
def test_pickle_keeps_text_and_attributes(error: SESStubError, protocol: int) -> None:
    """So that pytest-xdist and concurrent.futures can send them."""
    assert_same(pickle.loads(pickle.dumps(error, protocol)), error)


SPAWN = multiprocessing.get_context("spawn")
POOLS: dict[str, Callable[[], Any]] = {
    "Pool": lambda: SPAWN.Pool(1),
    "ProcessPoolExecutor": lambda: ProcessPoolExecutor(1, SPAWN),
}


@pytest.mark.parametrize("kind", POOLS)
def test_exceptions_come_back_from_other_processes(kind: str) -> None:
    """A pool raises what its worker raised; it would wait forever for an exception that cannot be unpickled."""
    with POOLS[kind]() as pool:
        for number, error in enumerate(EXAMPLES):
            with pytest.raises(type(error)) as caught:
                list(pool.map(raise_example, [number]))
            # The text of a lambda has an address, which differs between processes.
            assert str(caught.value).partition(" at 0x")[0] == str(error).partition(" at 0x")[0]
            assert caught.value.args == (str(caught.value),)
            assert {name for name in vars(caught.value) if not name.startswith("_")} == set(vars(error))


def test_attributes_of_a_copy_are_its_own() -> None:
    """Adding an attribute to a copy does not change the original."""
    error = UnsupportedOperationError("SendBulkEmail", [])
    found = copy.copy(error)
    found.operation = "SendEmail"
    assert error.operation == "SendBulkEmail"


def test_error_of_aws_is_pickled() -> None:
    """Internal exceptions for AWS's errors can be pickled too."""
    found = pickle.loads(pickle.dumps(throttled()))
    assert isinstance(found, AWSError)
    assert (found.code, found.message, found.status) == ("Throttling", "Rate exceeded", 400)
