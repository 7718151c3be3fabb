"""`mock_ses_verify`: the scope in which a stub answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, overload

from .._core.errors import SESStubError
from .._intercept.activation import current_interceptor, innermost
from .._intercept.patching import interception_lock
from .._model.options import make_options
from .activation import ActivationFactory, Period
from .decorator import decorate

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Unpack

    from .._model.options import Options, OptionsDict
    from .stub import SESStub

Target = TypeVar("Target", bound=Callable[..., Any])


class Scope:
    """A decorator and context manager from `mock_ses_verify`. You can use it any number of times."""

    def __init__(self, options: Options) -> None:
        self._factory = ActivationFactory(options)
        # The periods that have not ended.
        self._periods: list[Period] = []

    def start(self) -> SESStub:
        """Begins to answer every SES client; each start makes a new stub."""
        period = self._factory.new_period()
        # It lasts until `stop`, also if nobody has this object any more.
        period.entry.kept = period
        return self._begin(period)

    def _begin(self, period: Period) -> SESStub:
        try:
            stub = period.activation.activate(period.entry)
            self._periods.append(period)
            return stub
        except BaseException:
            self._drop(period)
            raise

    def _drop(self, period: Period) -> None:
        """Ends a period that an exception has interrupted."""
        period.end()
        if period in self._periods:
            self._periods.remove(period)  # pragma: no cover  # The exception came right after it was added.

    def stop(self) -> None:
        """Ends the scope of the last `start` in this task or thread, else of the last one.

        Raises:
            SESStubError: it is not active, or a required injected failure was never triggered.

        """
        if not self._periods:
            raise SESStubError("this scope is not active: stop() without start(), or a second stop()")
        self.__exit__(None, None, None)

    def _innermost(self) -> Period:
        """The period to end here: several tasks or threads may have started the scope."""
        periods = self._periods
        if len(periods) == 1:
            return periods[0]
        entry = innermost([one.entry for one in periods])
        return next(one for one in periods if one.entry is entry)

    def __enter__(self) -> SESStub:
        period = self._factory.new_period()
        period.end_when_dropped()
        return self._begin(period)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        period = None
        try:
            with interception_lock:
                period = self._innermost()
                self._periods.remove(period)
            period.end()
            if kind is None:
                period.activation.check()
        except BaseException:
            self._drop(period or self._innermost())
            raise

    async def __aenter__(self) -> SESStub:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    def __call__(self, target: Target) -> Target:
        """Decorates a function of any kind, or a class of tests."""
        decorated: Target = decorate(target, self._factory)
        return decorated


@overload
def mock_ses_verify(target: Target, /) -> Target: ...


@overload
def mock_ses_verify(**options: Unpack[OptionsDict]) -> Scope: ...


def mock_ses_verify(target: Any = None, /, **options: Any) -> Any:
    """Makes ses_stub answer every Amazon SES client of boto3 and botocore while a scope is active.

    Use it as a decorator, with or without options, on functions, coroutines, generators and classes; as a context
    manager, ``with`` or ``async with``, which returns the stub (`SESStub`); or with ``start()`` and ``stop()``. Scopes
    may nest, and the innermost one answers. The end of a scope restores everything.

    `Options` in the reference describes the options.

    Raises:
        ValueError: an option's value is invalid.
        TypeError: an option does not exist, or the target cannot be decorated.

    AWS: https://docs.aws.amazon.com/ses/latest/APIReference/API_GetIdentityVerificationAttributes.html

    """
    scope = Scope(make_options(options))
    return scope if target is None else scope(target)


def current_stub() -> SESStub:
    """The stub of the innermost active scope, for functions under the decorator.

    Raises:
        SESStubError: no scope is active here.

    """
    interceptor = current_interceptor()
    if interceptor is None:
        raise SESStubError(
            "no ses_stub scope is active here: use the decorator @mock_ses_verify, `with mock_ses_verify() as"
            " ses:` or the pytest fixture ses_verify"
        )
    stub: Any = interceptor.stub()
    return stub  # type: ignore[no-any-return]
