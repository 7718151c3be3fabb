"""`mock_ses_verify`: the scope in which a stub answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, overload

from .._core.errors import SESStubError
from .._intercept.activation import current_interceptor, innermost
from .._intercept.patching import interception_lock
from .._model.options import make_options
from .activation import Activation, ActivationFactory
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
        self._activations: list[Activation] = []

    def start(self) -> SESStub:
        """Begins to answer every SES client; each start makes a new stub."""
        activation = self._factory.new_activation()
        stub = activation.activate()
        self._activations.append(activation)
        return stub

    def stop(self) -> None:
        """Ends the scope of the last `start` in this task or thread, else of the last one.

        Raises:
            SESStubError: it is not active, or a required injected failure was never triggered.

        """
        if not self._activations:
            raise SESStubError("this scope is not active: stop() without start(), or a second stop()")
        self._end(quiet=False)

    def _end(self, quiet: bool) -> None:
        # Several tasks or threads may have started it.
        with interception_lock:
            entry = innermost([one for activation in self._activations for one in activation.entries])
            activation = next(one for one in self._activations if entry in one.entries)
            self._activations.remove(activation)
        activation.deactivate()
        activation.close(quiet)

    def __enter__(self) -> SESStub:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(quiet=kind is not None)

    async def __aenter__(self) -> SESStub:
        return self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(quiet=kind is not None)

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
