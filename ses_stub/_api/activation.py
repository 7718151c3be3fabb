"""One stub and the periods in which it answers. Scopes and the decorator start and end them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from weakref import ref

from .._core.errors import SESStubError
from .._core.hooks import scope_started
from .._intercept.activation import activate, deactivate
from .._intercept.contexts import Entry
from .._intercept.interceptor import Interceptor
from .._reporting.expectations import unmet_expectations
from .._service.service import Service
from .._time.clock import timestamp_of
from .._time.time import from_timestamp
from .actions import seed
from .application_time import ApplicationTime
from .location import Location
from .stub import SESStub

if TYPE_CHECKING:
    from .._model.options import Options


class ScopedStub(SESStub):
    """A scope's stub, for an existing service."""

    def __init__(self, location: Location, interceptor: Interceptor) -> None:
        self._set_up(location, interceptor)


# The name that errors show.
ScopedStub.__name__ = ScopedStub.__qualname__ = SESStub.__name__


class Activation:
    """One stub and the periods in which it answers.

    A decorated function has one period. An instance of a decorated class has one for each method call, all with the
    same stub. Periods may nest. `Period` begins and ends them.

    Args:
        options: the stub's options.
        parent: an activation whose identities, time and schedule the stub starts with; None for none.

    Attributes:
        service: the service of the stub.
        interceptor: answers the calls of clients.
        frozen_at: the time at which freezegun starts, naive and in UTC; None without a freeze.

    """

    def __init__(self, options: Options, parent: Activation | None = None) -> None:
        self.frozen_at: datetime | None = parent.frozen_at if parent is not None else options.frozen_at
        self.service: Service = parent.service.fork() if parent is not None else Service(options)
        self._location = Location(self.service, options.region, options.account_id)
        self.interceptor = Interceptor(self.service)
        self._stub = ScopedStub(self._location, self.interceptor)
        self._is_seeded = parent is not None
        self._is_announced = False
        self._time = ApplicationTime(self.service)
        # The periods that have not ended.
        self._entries: list[Entry] = []

    def activate(self, entry: Entry) -> SESStub:
        """Makes the stub answer, as the innermost scope; returns it. If it fails, `deactivate` undoes what it did."""
        is_first = not self._entries
        self._entries.append(entry)
        if is_first:
            if self.frozen_at is None and self.service.options.freeze is True:
                self.frozen_at = self._now()
            self._time.start(self.frozen_at)
        if not self._is_seeded:
            self._is_seeded = True
            seed(self._location)
        if not self._is_announced:
            self._is_announced = True
            for hook in scope_started:
                hook(self._stub)
        activate(entry)
        return self._stub

    def deactivate(self, entry: Entry, closes: bool) -> None:
        """Ends a period. May be called again, as after an exception that interrupted it.

        Args:
            entry: the period's.
            closes: whether the use of the stub ends too, so that its clients are detached.

        """
        deactivate(entry)
        if entry in self._entries:
            self._entries.remove(entry)
        if not self._entries:
            self._stop_time()
        if closes:
            self._stub.detach()

    def check(self) -> None:
        """Checks that the test's preparations were used.

        Raises:
            SESStubError: an injected failure that is required was never triggered, or a scheduled action is
                incomplete or was for an identity that never existed.

        """
        failures = " ".join(unmet_expectations(self.service))
        if failures:
            raise SESStubError(failures)

    def _now(self) -> datetime:
        return from_timestamp(timestamp_of(self.service.clock)).replace(tzinfo=None)

    def _stop_time(self) -> None:
        if self._time.is_frozen:
            self.frozen_at = self._now()
        self._time.stop()


class Period:
    """One period in which a stub answers: a context manager for one ``with``.

    An exception from outside, such as Ctrl+C or the time limit of a test, may interrupt it at any instruction. What had
    begun, or had not ended yet, is then ended before the exception goes on. Only where Python is about to run the first
    instruction of ``__exit__`` nothing of ours runs any more: the period ends when the exception, whose traceback holds
    it, is dropped.

    Args:
        activation: the stub.
        closes: whether the use of the stub ends with the period.
        checks: whether it then fails if the test's preparations were not used.

    Attributes:
        activation: the same.
        checks: the same.
        entry: its entry among the active ones.

    """

    __slots__ = ("__weakref__", "_closes", "activation", "checks", "entry")

    def __init__(self, activation: Activation, closes: bool = True, checks: bool = True) -> None:
        self.activation = activation
        self.checks = checks
        self.entry = Entry(activation.interceptor)
        self._closes = closes

    def __enter__(self) -> SESStub:
        try:
            self.end_when_dropped()
            return self.activation.activate(self.entry)
        except BaseException:
            self.end()
            raise

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            self.end()
            if self._closes and self.checks and kind is None:
                self.activation.check()
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """Ends it. May be called again, as after an exception that interrupted it."""
        self.activation.deactivate(self.entry, self._closes)

    def end_when_dropped(self) -> None:
        """Ends it when nobody has this object any more."""
        activation, entry, closes = self.activation, self.entry, self._closes
        entry.kept = ref(self, lambda _: activation.deactivate(entry, closes))


class ActivationFactory:
    """Makes the activations of one ``mock_ses_verify(…)``. The decorator recognizes its own wrappers by this object.

    Args:
        options: the options of each activation.

    """

    def __init__(self, options: Options) -> None:
        self._options = options

    def new_activation(self, parent: Activation | None = None) -> Activation:
        """A new activation (see there for ``parent``)."""
        return Activation(self._options, parent)

    def new_period(self) -> Period:
        """The period of a new activation."""
        return Period(Activation(self._options))
