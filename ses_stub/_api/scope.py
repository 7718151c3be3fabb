"""The scope in which a stub answers: `mock_ses_verify`, with its three faces on one pair of start and stop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar, overload

from .._core.errors import SESStubError
from .._core.hooks import scope_started
from .._intercept import activation
from .._model.options import Options, make_options
from .._reporting.expectations import unmet_expectations
from .._service.service import Service
from .._time.clock import own_freeze, timestamp_of
from .._time.time import from_timestamp
from .stub import SESStub

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Unpack

    from .._model.options import OptionsDict

Target = TypeVar("Target", bound=Callable[..., Any])


class Run:
    """One stub and the stretches of time during which it answers.

    A function under the decorator has one stretch. An instance of a decorated class has one for each of its
    methods that is called, all with the same stub.
    """

    def __init__(self, options: Options, parent: Run | None = None) -> None:
        self._frozen_at: datetime | None = parent._frozen_at if parent is not None else options.frozen_at
        self._service: Service = parent._service.fork() if parent is not None else Service(options)
        self._stub = SESStub._of(self._service)
        self._seeded = parent is not None
        self._told = False
        self._freezer: Any = None
        self._depth = 0

    def resume(self) -> SESStub:
        """Lets the stub answer, innermost."""
        if self._depth == 0 and self._frozen_at is not None:
            self._freeze(self._frozen_at)
        try:
            own_freeze(self._service.clock, self._freezer is not None)
            if not self._seeded:
                self._seeded = True
                self._stub._seed()
            if not self._told:
                self._told = True
                for hook in scope_started:
                    hook(self._stub)
            activation.activate(self._stub._door)
        except BaseException:
            self._thaw()
            raise
        self._depth += 1
        return self._stub

    def pause(self) -> None:
        """Ends what `resume` began."""
        self._depth -= 1
        activation.deactivate(self._stub._door)
        if self._depth == 0:
            self._thaw()

    def stop(self, quiet: bool = False) -> None:
        """Ends for good.

        Raises:
            SESStubError: a failure that was ordered by ``inject(required=True)`` was never met; not if ``quiet``.

        """
        self.pause()
        self.finish(quiet)

    def finish(self, quiet: bool = False) -> None:
        """Lets go what was attached, and asks for what was to come about: see `stop`."""
        self._stub.detach()
        complaints = " ".join(unmet_expectations(self._service)) if not quiet else ""
        if complaints:
            raise SESStubError(complaints)

    def __enter__(self) -> SESStub:
        return self.resume()

    def __exit__(self, *_: object) -> None:
        self.pause()

    def _freeze(self, at: datetime) -> None:
        from freezegun import freeze_time

        # Event loops keep real time, or nothing that awaits a timeout would ever go on; and pytest's stopwatch does.
        self._freezer = freeze_time(at, real_asyncio=True, ignore=["_pytest.timing"])
        self._freezer.start()

    def _thaw(self) -> None:
        if self._freezer is None:
            return
        timestamp = timestamp_of(self._service.clock)
        self._frozen_at = from_timestamp(timestamp).replace(tzinfo=None)
        own_freeze(self._service.clock, False, timestamp)
        self._freezer.stop()
        self._freezer = None


class Scope:
    """What `mock_ses_verify(...)` gives: a decorator and a context manager, to be used as often as one likes."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._runs: list[Run] = []

    def start(self) -> SESStub:
        """Begins to answer every SES client; each start makes a fresh stub."""
        run = Run(self._options)
        stub = run.resume()
        self._runs.append(run)
        return stub

    def stop(self) -> None:
        """Ends what the last `start` began.

        Raises:
            SESStubError: it was never started, or is stopped already; or a failure that was ordered by
                ``inject(required=True)`` was never met.

        """
        if not self._runs:
            raise SESStubError("this scope is not active: stop() without start(), or a second stop()")
        self._end(quiet=False)

    def _end(self, quiet: bool) -> None:
        self._runs.pop().stop(quiet)

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
        from .decorator import decorate

        decorated: Target = decorate(target, self)
        return decorated

    def _fresh(self) -> Scope:
        """The same scope anew, for one call of a decorated function."""
        return Scope(self._options)

    def _new_run(self, parent: Run | None = None) -> Run:
        """A stub that goes on from another one's, for a decorated class and its instances."""
        return Run(self._options, parent)


@overload
def mock_ses_verify(target: Target, /) -> Target: ...


@overload
def mock_ses_verify(**options: Unpack[OptionsDict]) -> Scope: ...


def mock_ses_verify(target: Any = None, /, **options: Any) -> Any:
    """Lets ses_stub answer every Amazon SES client of boto3 and botocore, for as long as a scope lasts.

    Use it as a decorator, bare or with options, of functions, coroutines, generators and classes; as a
    context manager, ``with`` or ``async with``, which gives the handle (`SESStub`); or by ``start()`` and
    ``stop()``. Scopes nest, and the innermost answers. At the end everything is as it was.

    For the options see `Options` in the reference.

    Raises:
        ValueError: an option's value is wrong; the text names it.
        TypeError: there is no such option, or the target cannot be decorated.

    AWS: https://docs.aws.amazon.com/ses/latest/APIReference/API_GetIdentityVerificationAttributes.html

    """
    scope = Scope(make_options(options))
    return scope if target is None else scope(target)
