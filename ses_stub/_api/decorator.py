"""The decorator, for each kind of function and for classes.

A function runs in its own scope. In a class, it wraps every method and pytest fixture that pytest or unittest may call,
also inherited ones and those of later subclasses. All methods of an instance share one stub, so that the test has what
``setup_method`` registers. Every test starts with what ``setup_class`` or ``setUpClass`` registers.

What cannot be decorated raises an error with an alternative: a test must never pass without running.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any
from unittest import TestCase

from .._core.errors import ArgumentTypeError
from . import class_fixtures
from .activation import Activation, ActivationFactory, Period

#: The period of one call of a decorated function, given its arguments.
PeriodFor = Callable[[tuple[Any, ...]], Period]

_PYTEST_SETUP = ("setup_method", "teardown_method", "setup_class", "teardown_class")
# The factory, on everything that the class decorator made. The activations, on instances and classes.
_MARK = "__ses_stub_factory__"
_ACTIVATIONS = "__ses_stub_activations__"
# What unittest calls of a TestCase beside its tests. `run` surrounds setUp, the test, tearDown and the clean-ups.
_UNITTEST = ("run", "debug", "setUpClass", "tearDownClass", "doClassCleanups")


def decorate(target: Any, factory: ActivationFactory) -> Any:
    """Makes a function or class run in a scope.

    Raises:
        TypeError: the target cannot be decorated.

    """
    if isinstance(target, type):
        return _decorate_class(target, factory)
    if class_fixtures.is_fixture(target):
        raise ArgumentTypeError(
            "@mock_ses_verify is above @pytest.fixture; put it below, next to the function:\n"
            "    @pytest.fixture\n    @mock_ses_verify\n    def …"
        )
    if isinstance(target, (staticmethod, classmethod)):
        return type(target)(decorate(target.__func__, factory))
    if not callable(target):
        way = f"; pass options as keywords, such as region={target!r}" if isinstance(target, str) else ""
        raise ArgumentTypeError(f"@mock_ses_verify decorates functions and classes, not {target!r}{way}")
    return _wrap(target, lambda args: _for_one_call(args, factory))


def _wrap(function: Any, period_for: PeriodFor) -> Any:
    if inspect.iscoroutinefunction(function):
        wrapper = _coroutine(function, period_for)
    elif inspect.isasyncgenfunction(function):
        wrapper = _async_generator(function, period_for)
    elif inspect.isgeneratorfunction(function):
        wrapper = _generator(function, period_for)
    else:
        wrapper = _plain(function, period_for)
    return functools.wraps(function)(wrapper)


def _coroutine(function: Any, period_for: PeriodFor) -> Any:
    async def coroutine(*args: Any, **kwargs: Any) -> Any:
        with period_for(args):
            return await function(*args, **kwargs)

    return coroutine


def _async_generator(function: Any, period_for: PeriodFor) -> Any:
    async def async_generator(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        with period_for(args):
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


def _generator(function: Any, period_for: PeriodFor) -> Any:
    def generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        with period_for(args):
            return (yield from function(*args, **kwargs))

    return generator


def _plain(function: Any, period_for: PeriodFor) -> Any:
    def plain(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        with period_for(args):
            result = function(*args, **kwargs)
            if inspect.isawaitable(result) or inspect.isgenerator(result) or inspect.isasyncgen(result):
                _close(result)
                raise ArgumentTypeError(
                    f"{getattr(function, '__qualname__', function)!s} is decorated by @mock_ses_verify and returned"
                    f" a {type(result).__name__}, which would run after the scope has ended. Put @mock_ses_verify"
                    " directly above the `async def` or the generator function"
                )
            return result

    return plain


def _close(result: Any) -> None:
    # Otherwise the coroutine would also warn that it was never awaited.
    close = getattr(result, "close", None)
    if close is not None:
        close()


def _decorate_class(cls: type, factory: ActivationFactory) -> type:
    if not cls.__dictoffset__:
        raise _no_room(cls)
    is_testcase = issubclass(cls, TestCase)
    for name in dir(cls):
        member = inspect.getattr_static(cls, name)
        if class_fixtures.is_fixture(member):
            replacement = class_fixtures.rebuild(member, functools.partial(_fixture, factory=factory))
        elif name in _UNITTEST or name.startswith("test") if is_testcase else not name.startswith("_"):
            replacement = _wrapped_member(member, name, factory, is_testcase)
        else:
            continue
        if replacement is not member:
            setattr(cls, name, replacement)
    _decorate_subclasses(cls, factory)
    return cls


def _no_room(cls: type) -> ArgumentTypeError:
    return ArgumentTypeError(
        f"@mock_ses_verify keeps a stub on each instance of {cls.__qualname__}, whose __slots__ leave no room for it;"
        " decorate its methods one by one, or have no __slots__, as with dataclass(slots=False)"
    )


def _fixture(function: Any, pytest_scope: object, factory: ActivationFactory) -> Any:
    if isinstance(function, classmethod):
        return _rebound(function, _method(function.__func__, factory, _for_class))
    if isinstance(function, staticmethod):
        raise _static(function.__func__.__qualname__)
    # Wider fixtures belong with setup_class: pytest runs them first, and on another instance.
    return _method(function, factory, _for_instance if pytest_scope == "function" else _for_class_of_instance)


def _static(name: str) -> ArgumentTypeError:
    return ArgumentTypeError(
        f"the fixture {name} is static, so @mock_ses_verify cannot find its stub. Make it a method, or with"
        " scope='class' a @classmethod below @pytest.fixture"
    )


def _wrapped_member(member: Any, name: str, factory: ActivationFactory, is_testcase: bool) -> Any:
    if isinstance(member, classmethod):
        # Each test has its own stub, for any kind of method. Set-up and tear-down share the class's.
        period_for = _for_class_test if name.startswith("test") else _for_class
        return _rebound(member, _method(member.__func__, factory, period_for))
    if isinstance(member, staticmethod):
        if class_fixtures.is_fixture(member.__func__):
            raise _static(name)
        return _rebound(member, _method(member.__func__, factory, _for_one_call))
    if inspect.isfunction(member):
        if name in ("run", "debug") and is_testcase:
            return _method(member, factory, _for_testcase_run)
        return _method(member, factory, _for_test if name.startswith("test") else _for_instance)
    if isinstance(member, type) and name.startswith("Test"):
        return _decorate_class(member, factory)
    return member


def _rebound(member: Any, function: Any) -> Any:
    return member if function is member.__func__ else type(member)(function)


def _method(
    function: Any,
    factory: ActivationFactory,
    period_for: Callable[[tuple[Any, ...], ActivationFactory], Period],
) -> Any:
    mark = getattr(function, _MARK, None)
    if mark is factory:
        return function
    if mark is not None:
        # The class, or its base, is decorated twice: the nearest decorator's options apply.
        function = function.__wrapped__
    wrapper = _wrap(function, lambda args: period_for(args, factory))
    if function.__name__ in _PYTEST_SETUP:
        wrapper = _as_pytest_counts(wrapper, function)
    setattr(wrapper, _MARK, factory)
    return wrapper


def _as_pytest_counts(wrapper: Any, function: Any) -> Any:
    """Wraps a set-up or tear-down of pytest's with the same number of arguments.

    pytest passes the test's method if ``__code__`` has two arguments, and ignores the signature.
    """
    if function.__code__.co_argcount > 1:

        def with_method(self: Any, method: Any) -> Any:
            return wrapper(self, method)

        return functools.wraps(function)(with_method)

    def without_method(self: Any) -> Any:
        return wrapper(self)

    return functools.wraps(function)(without_method)


def _for_one_call(args: tuple[Any, ...], factory: ActivationFactory) -> Period:
    return factory.new_period()


def _for_class(args: tuple[Any, ...], factory: ActivationFactory) -> Period:
    return Period(_of_class(args[0], factory), closes=False)


def _of_class(cls: type, factory: ActivationFactory) -> Activation:
    activations = _activations_of_class(cls)
    if factory not in activations:
        activations[factory] = factory.new_activation()
    return activations[factory]


def _copy_of_class(cls: type, factory: ActivationFactory) -> Activation:
    return factory.new_activation(_activations_of_class(cls).get(factory))


def _for_instance(args: tuple[Any, ...], factory: ActivationFactory) -> Period:
    return Period(_of_instance(args[0], factory), closes=False)


def _of_instance(instance: Any, factory: ActivationFactory) -> Activation:
    if isinstance(instance, type):
        # pytest also accepts a setup_class that is not a classmethod.
        return _of_class(instance, factory)
    if not hasattr(instance, "__dict__"):
        # Another decorator above, such as dataclass(slots=True), has made a class anew.
        raise _no_room(type(instance))
    # In the object's own __dict__, as a class of tests may have any __eq__ and __hash__.
    activations: dict[ActivationFactory, Activation] = vars(instance).setdefault(_ACTIVATIONS, {})
    if factory not in activations:
        activations[factory] = _copy_of_class(type(instance), factory)
    return activations[factory]


def _for_test(args: tuple[Any, ...], factory: ActivationFactory) -> Period:
    return Period(_of_instance(args[0], factory))


def _for_class_test(args: tuple[Any, ...], factory: ActivationFactory) -> Period:
    return Period(_copy_of_class(args[0], factory))


def _for_testcase_run(args: tuple[Any, ...], factory: ActivationFactory) -> Period:
    # An error here would stop unittest's runner, and the test's own method has reported it.
    return Period(_of_instance(args[0], factory), checks=False)


def _for_class_of_instance(args: tuple[Any, ...], factory: ActivationFactory) -> Period:
    return _for_class((type(args[0]),), factory)


def _activations_of_class(cls: type) -> dict[ActivationFactory, Activation]:
    # The class's own, as a subclass runs its own set-up.
    activations: dict[ActivationFactory, Activation] | None = vars(cls).get(_ACTIVATIONS)
    if activations is None:
        activations = {}
        setattr(cls, _ACTIVATIONS, activations)
    return activations


def _decorate_subclasses(cls: Any, factory: ActivationFactory) -> None:
    def decorate_too(subclass: type, **kwargs: Any) -> None:
        super(cls, subclass).__init_subclass__(**kwargs)
        _decorate_class(subclass, factory)

    own = vars(cls).get("__init_subclass__")
    if own is None or getattr(own.__func__, _MARK, None) is not None:
        hook: Any = decorate_too
    else:

        @functools.wraps(own.__func__)
        def hook(subclass: type, **kwargs: Any) -> None:
            own.__func__(subclass, **kwargs)
            _decorate_class(subclass, factory)

    setattr(hook, _MARK, factory)
    cls.__init_subclass__ = classmethod(hook)
