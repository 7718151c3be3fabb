"""The decorator: what it does to each kind of function, and to a class.

A function runs in a scope of its own. Of a class, every method and every pytest fixture that pytest or
unittest may call is wrapped, inherited ones and those of later subclasses too. All methods of one instance
share one stub, so that what ``setup_method`` registers is there in the test; what ``setup_class`` or
``setUpClass`` registers is there at the start of every test.

What cannot be made right is refused here, with the way out: a test must never pass without running.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any
from unittest import TestCase

from .._core.errors import ArgumentTypeError
from . import class_fixtures

if TYPE_CHECKING:
    from .scope import Run, Scope

RunOf = Callable[[tuple[Any, ...]], AbstractContextManager[Any]]

_PYTEST_SETUP = ("setup_method", "teardown_method", "setup_class", "teardown_class")
# On what the class decorator made: the scope that made it. On instances and classes: their stubs.
_MARK = "__ses_stub_scope__"
_RUNS = "__ses_stub_runs__"
# What unittest calls of a TestCase, beside its tests; `run` surrounds setUp, the test, tearDown and the clean-ups.
_UNITTEST = ("run", "debug", "setUpClass", "tearDownClass", "doClassCleanups")


def decorate(target: Any, scope: Scope) -> Any:
    """A function or class that runs in the scope.

    Raises:
        TypeError: it is something that the decorator cannot make right.

    """
    if isinstance(target, type):
        return _decorate_class(target, scope)
    if class_fixtures.is_fixture(target):
        raise ArgumentTypeError(
            "@mock_ses_verify stands above @pytest.fixture; put it below, next to the function:\n"
            "    @pytest.fixture\n    @mock_ses_verify\n    def …"
        )
    if isinstance(target, (staticmethod, classmethod)):
        return type(target)(decorate(target.__func__, scope))
    if not callable(target):
        way = f"; options are keywords, as region={target!r}" if isinstance(target, str) else ""
        raise ArgumentTypeError(f"@mock_ses_verify decorates functions and classes, not {target!r}{way}")
    return _wrap(target, lambda args: scope._fresh())


def _wrap(function: Any, run_of: RunOf) -> Any:
    return functools.wraps(function)(_wrapper(function, run_of))


def _wrapper(function: Any, run_of: RunOf) -> Any:
    if inspect.iscoroutinefunction(function):

        async def coroutine(*args: Any, **kwargs: Any) -> Any:
            with run_of(args):
                return await function(*args, **kwargs)

        return coroutine
    if inspect.isasyncgenfunction(function):

        async def async_generator(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
            with run_of(args):
                inner = function(*args, **kwargs)
                try:
                    value = await inner.asend(None)
                    while True:
                        try:
                            sent = yield value
                        except GeneratorExit:
                            await inner.aclose()
                            raise
                        except BaseException as error:
                            value = await inner.athrow(error)
                        else:
                            value = await inner.asend(sent)
                except StopAsyncIteration:
                    return

        return async_generator
    if inspect.isgeneratorfunction(function):

        def generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            with run_of(args):
                return (yield from function(*args, **kwargs))

        return generator

    def plain(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        with run_of(args):
            result = function(*args, **kwargs)
            if inspect.isawaitable(result) or inspect.isgenerator(result) or inspect.isasyncgen(result):
                _close(result)
                raise ArgumentTypeError(
                    f"{getattr(function, '__qualname__', function)!s} is decorated by @mock_ses_verify and returned"
                    f" a {type(result).__name__}, which would run after the scope has ended; put @mock_ses_verify"
                    " directly above the `async def` or the generator function"
                )
            return result

    return plain


def _close(result: Any) -> None:
    # An unawaited coroutine would warn on top of the error.
    close = getattr(result, "close", None)
    if close is not None:
        close()


def _decorate_class(cls: type, scope: Scope) -> type:
    if not cls.__dictoffset__:
        raise ArgumentTypeError(
            f"@mock_ses_verify keeps a stub on each instance of {cls.__qualname__}, whose __slots__ leave no room for"
            " it; decorate its methods one by one"
        )
    is_testcase = issubclass(cls, TestCase)
    for name in dir(cls):
        member = inspect.getattr_static(cls, name)
        if class_fixtures.is_fixture(member):
            replacement = class_fixtures.rebuild(member, functools.partial(_fixture, scope=scope))
        elif name in _UNITTEST or name.startswith("test") if is_testcase else not name.startswith("_"):
            replacement = _wrapped_member(member, name, scope, is_testcase)
        else:
            continue
        if replacement is not member:
            setattr(cls, name, replacement)
    _decorate_subclasses(cls, scope)
    return cls


def _fixture(function: Any, pytest_scope: object, scope: Scope) -> Any:
    if isinstance(function, classmethod):
        return _rebound(function, _method(function.__func__, scope, _of_class))
    if isinstance(function, staticmethod):
        raise _static(function.__func__.__qualname__)
    # Wider fixtures belong with setup_class: pytest runs them before, and on another instance than, the tests.
    return _method(function, scope, _of_instance if pytest_scope == "function" else _of_class_of_instance)


def _static(name: str) -> ArgumentTypeError:
    return ArgumentTypeError(
        f"the fixture {name} is static, so that @mock_ses_verify cannot know whose stub it is to use; make it a method,"
        " or with scope='class' a @classmethod below @pytest.fixture"
    )


def _wrapped_member(member: Any, name: str, scope: Scope, is_testcase: bool) -> Any:
    if isinstance(member, classmethod):
        # A test has a stub of its own, whatever kind of method it is; set-up and tear-down share the class's.
        run_of = _of_class_test if name.startswith("test") else _of_class
        return _rebound(member, _method(member.__func__, scope, run_of))
    if isinstance(member, staticmethod):
        if class_fixtures.is_fixture(member.__func__):
            raise _static(name)
        return _rebound(member, _method(member.__func__, scope, _of_nobody))
    if inspect.isfunction(member):
        if name in ("run", "debug") and is_testcase:
            return _method(member, scope, _of_case)
        return _method(member, scope, _of_test if name.startswith("test") else _of_instance)
    if isinstance(member, type) and name.startswith("Test"):
        return _decorate_class(member, scope)
    return member


def _rebound(member: Any, function: Any) -> Any:
    return member if function is member.__func__ else type(member)(function)


def _method(
    function: Any, scope: Scope, run_of: Callable[[tuple[Any, ...], Scope], AbstractContextManager[Any]]
) -> Any:
    mark = getattr(function, _MARK, None)
    if mark is scope:
        return function
    if mark is not None:
        # A class that is decorated again, or whose base is: the nearest decorator's options count.
        function = function.__wrapped__
    wrapper = _wrap(function, lambda args: run_of(args, scope))
    if function.__name__ in _PYTEST_SETUP:
        wrapper = _as_pytest_counts(wrapper, function)
    setattr(wrapper, _MARK, scope)
    return wrapper


def _as_pytest_counts(wrapper: Any, function: Any) -> Any:
    """A set-up or tear-down of pytest's.

    pytest counts the arguments in its ``__code__`` and not in its signature, to know whether it wants to be told
    the test's method.
    """
    if function.__code__.co_argcount > 1:

        def told(self: Any, method: Any) -> Any:
            return wrapper(self, method)

        return functools.wraps(function)(told)

    def untold(self: Any) -> Any:
        return wrapper(self)

    return functools.wraps(function)(untold)


def _of_nobody(args: tuple[Any, ...], scope: Scope) -> Scope:
    return scope._fresh()


def _of_class(args: tuple[Any, ...], scope: Scope) -> Run:
    runs = _runs_of_class(args[0])
    if scope not in runs:
        runs[scope] = scope._new_run()
    return runs[scope]


def _copy_of_class(args: tuple[Any, ...], scope: Scope) -> Run:
    return scope._new_run(_runs_of_class(args[0]).get(scope))


def _of_instance(args: tuple[Any, ...], scope: Scope) -> Run:
    instance = args[0]
    if isinstance(instance, type):
        # pytest also takes a setup_class that is no classmethod.
        return _of_class(args, scope)
    # In the object's own __dict__, as a class of tests may have any __eq__ and __hash__.
    runs: dict[Scope, Run] = vars(instance).setdefault(_RUNS, {})
    if scope not in runs:
        runs[scope] = _copy_of_class((type(instance),), scope)
    return runs[scope]


def _of_test(args: tuple[Any, ...], scope: Scope) -> AbstractContextManager[Any]:
    return _to_the_end(_of_instance(args, scope))


def _of_class_test(args: tuple[Any, ...], scope: Scope) -> AbstractContextManager[Any]:
    return _to_the_end(_copy_of_class(args, scope))


def _of_case(args: tuple[Any, ...], scope: Scope) -> AbstractContextManager[Any]:
    # What was raised here would stop unittest's runner; the test's own method has told what was missed.
    return _to_the_end(_of_instance(args, scope), tell=False)


@contextmanager
def _to_the_end(run: Run, tell: bool = True) -> Iterator[None]:
    quiet = True
    try:
        with run:
            yield
        quiet = not tell
    finally:
        run.finish(quiet)


def _of_class_of_instance(args: tuple[Any, ...], scope: Scope) -> Run:
    return _of_class((type(args[0]),), scope)


def _runs_of_class(cls: type) -> dict[Scope, Run]:
    # The class's own: a subclass has its own set-up.
    runs: dict[Scope, Run] | None = vars(cls).get(_RUNS)
    if runs is None:
        runs = {}
        setattr(cls, _RUNS, runs)
    return runs


def _decorate_subclasses(cls: Any, scope: Scope) -> None:
    def decorate_too(subclass: type, **kwargs: Any) -> None:
        super(cls, subclass).__init_subclass__(**kwargs)
        _decorate_class(subclass, scope)

    own = vars(cls).get("__init_subclass__")
    if own is None or getattr(own.__func__, _MARK, None) is not None:
        hook: Any = decorate_too
    else:

        @functools.wraps(own.__func__)
        def hook(subclass: type, **kwargs: Any) -> None:
            own.__func__(subclass, **kwargs)
            _decorate_class(subclass, scope)

    setattr(hook, _MARK, scope)
    cls.__init_subclass__ = classmethod(hook)
