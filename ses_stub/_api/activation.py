"""One stub and the periods in which it answers. Scopes and the decorator start and end them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from .._core.errors import SESStubError
from .._core.hooks import scope_started
from .._intercept.activation import activate, deactivate, innermost
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
    from .._intercept.contexts import Entry
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
    same stub. Periods may nest.

    Args:
        options: the stub's options.
        parent: an activation whose identities, time and schedule the stub starts with; None for none.

    Attributes:
        service: the service of the stub.
        frozen_at: the time at which freezegun starts, naive and in UTC; None without a freeze.

    """

    def __init__(self, options: Options, parent: Activation | None = None) -> None:
        self.frozen_at: datetime | None = parent.frozen_at if parent is not None else options.frozen_at
        self.service: Service = parent.service.fork() if parent is not None else Service(options)
        self._location = Location(self.service, options.region, options.account_id)
        self._interceptor = Interceptor(self.service)
        self._stub = ScopedStub(self._location, self._interceptor)
        self._is_seeded = parent is not None
        self._is_announced = False
        self._time = ApplicationTime(self.service)
        #: The periods that have not ended.
        self.entries: list[Entry] = []

    def activate(self) -> SESStub:
        """Makes the stub answer, as the innermost scope; returns it."""
        if not self.entries and self.frozen_at is None and self.service.options.freeze is True:
            self.frozen_at = self._now()
        if not self.entries:
            self._time.start(self.frozen_at)
        try:
            if not self._is_seeded:
                self._is_seeded = True
                seed(self._location)
            if not self._is_announced:
                self._is_announced = True
                for hook in scope_started:
                    hook(self._stub)
            self.entries.append(activate(self._interceptor))
        except BaseException:
            if not self.entries:
                self._stop_time()
            raise
        return self._stub

    def deactivate(self) -> None:
        """Ends the innermost period of this context, else the last."""
        entry = innermost(self.entries)
        self.entries.remove(entry)
        deactivate(entry)
        if not self.entries:
            self._stop_time()

    def close(self, quiet: bool = False) -> None:
        """Ends the use of the stub: detaches its clients, and checks that the test's preparations were used.

        Args:
            quiet: True skips the check, as after an error.

        Raises:
            SESStubError: an injected failure that is required was never triggered, or a scheduled action is
                incomplete or was for an identity that never existed.

        """
        self._stub.detach()
        failures = " ".join(unmet_expectations(self.service)) if not quiet else ""
        if failures:
            raise SESStubError(failures)

    def __enter__(self) -> SESStub:
        return self.activate()

    def __exit__(self, *_: object) -> None:
        self.deactivate()

    def _now(self) -> datetime:
        return from_timestamp(timestamp_of(self.service.clock)).replace(tzinfo=None)

    def _stop_time(self) -> None:
        if self._time.is_frozen:
            self.frozen_at = self._now()
        self._time.stop()


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
