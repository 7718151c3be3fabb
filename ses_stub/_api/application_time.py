"""The application's clocks and sleeps while a scope is active."""

from __future__ import annotations

import threading
from collections.abc import Container
from datetime import datetime
from typing import Any
from weakref import WeakSet

from .._service.service import Service
from .._time import event_loops
from .._time.clock import (
    end_waits,
    own_freeze,
    own_threads_of,
    sleep,
    sleep_async,
    stands_still,
    timestamp_of,
    waits_of,
)
from .._time.event_loops import FrozenLoop
from .._time.freeze import Freeze
from .._time.sleeps import add_handler, remove_handler


class ApplicationTime:
    """The application's time in one active scope, from `start` to `stop`.

    With ``freeze``, that includes its clocks. Its sleeps are those of the scope's thread, of threads that started later
    and of threads that have called SES. Older threads that never call SES keep real time.

    Args:
        service: the service of the scope's stub.

    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._freeze: Freeze | None = None
        self._own = threading.current_thread()
        self._older: Container[threading.Thread] = ()

    @property
    def is_frozen(self) -> bool:
        """Whether the application's clocks are frozen."""
        return self._freeze is not None

    def start(self, frozen_at: datetime | None) -> None:
        """Starts it. If it fails, `stop` undoes what it did.

        Args:
            frozen_at: the time of the frozen clocks, naive and in UTC; None does not freeze them.

        """
        self._own = threading.current_thread()
        own_threads_of(self._service.clock)[self] = self._own
        if frozen_at is not None:
            self._freeze = Freeze(frozen_at)
            self._freeze.start()
            own_freeze(self._service.clock, True)
        if self._service.options.sleep == "virtual":
            if self.is_frozen:
                self._older = WeakSet(thread for thread in threading.enumerate() if thread is not self._own)
                event_loops.start(self._frozen_loop)
            add_handler(self)

    def stop(self) -> None:
        """Ends it. Remaining waits end without moving time. May be called again, as `deactivate`."""
        clock = self._service.clock
        if self._service.options.sleep == "virtual":
            remove_handler(self)
            if self.is_frozen:
                event_loops.stop(self._frozen_loop, waits_of(clock))
        if self._freeze is not None:
            own_freeze(clock, False, timestamp_of(clock))
            self._freeze.stop()
            self._freeze = None
        own_threads = own_threads_of(clock)
        own_threads.pop(self, None)
        if not own_threads:
            end_waits(clock)

    # What `sleeps.SleepHandler` requires.

    def covers_thread(self) -> bool:
        """Whether the scope has this thread's sleeps: under ``freeze`` also those of other threads."""
        thread = threading.current_thread()
        if not self.is_frozen:
            return thread is self._own
        return thread not in self._older or thread in self._service.calls_by_other_threads

    def before_real_sleep(self, seconds: float, in_loop: bool = False) -> None:
        """Refuses a sleep that waits for a response that can't change (see `StallDetector.before_real_sleep`)."""
        if stands_still(self._service.clock):
            self._service.stall_detector.before_real_sleep(seconds, in_loop)

    def sleep(self, seconds: float) -> None:
        """Lets this thread wait on the stub's clock."""
        sleep(self._service.clock, seconds, "time.sleep")

    async def sleep_async(self, seconds: float) -> None:
        """As `sleep`, for a coroutine."""
        await sleep_async(self._service.clock, seconds, "asyncio.sleep")

    def _frozen_loop(self, loop: Any) -> FrozenLoop | None:
        if not self.covers_thread():
            return None
        clock = self._service.clock
        return FrozenLoop(loop, lambda: timestamp_of(clock), waits_of(clock))
