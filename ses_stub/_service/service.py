"""The request pipeline: turns one HTTP request into one HTTP response.

Every interceptor calls `Service.handle`, and every control of the test uses `Service.locked`. Both acquire the stub's
one lock. Nothing below acquires it, and no thread waits while it holds it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from random import Random
from threading import Thread
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from .._core.aws_errors import AWSError, throttled
from .._core.errors import UnsupportedOperationError, UnsupportedPolicyError
from .._core.locks import Rank, lock
from .._model.due_events import run_due
from .._model.options import Options
from .._model.quotas import UNTHROTTLED
from .._model.state import State, new_state
from .._operations.context import Context
from .._time.clock import (
    Clock,
    SystemClock,
    add_listener,
    advance_for_wait,
    advance_for_wait_async,
    drives_process_time,
    fork,
    timestamp_of,
)
from .._time.running_clock import speed_of
from .._time.stalls import StallDetector
from .._time.standing_clock import StandingClock
from .._time.time import SECOND, from_timestamp
from .._wire.messages import HTTPRequest, HTTPResponse
from .._wire.query_fast import OPERATION as POLL
from .apis import API, APIS
from .call_log import CallLog, LogEntry, VirtualWait
from .calls import Call
from .faults import Fault
from .request_ids import request_ids
from .throttle import TokenBucket

#: What the stub cannot do.
Unsupported = TypeVar("Unsupported", UnsupportedOperationError, UnsupportedPolicyError)
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


#: What a service holds, apart from the time, by attribute: how it is at the start.
_CONTENTS: dict[str, Callable[[Options], Any]] = {
    "state": new_state,
    "log": lambda options: CallLog(),
    "faults": lambda options: [],
    "incomplete_schedules": lambda options: {},
    "calls_by_other_threads": lambda options: WeakKeyDictionary(),
    "unclear_callers": lambda options: {},
    "stall_detector": lambda options: StallDetector(),
    "_buckets": lambda options: {},
    "_jitters": lambda options: Random(0),
    "_request_ids": lambda options: request_ids(),
}


class Service:
    """SES in one stub: its state, its throttle, its injected failures and its log.

    Attributes:
        options: the options of the scope.
        clock: the stub's clock.
        lock: held while any of the following is read or changed.
        state: all identities, emails and DNS records.
        log: the calls and waits so far.
        faults: the injected failures.
        incomplete_schedules: each ``after(…)`` without an action, in order.
        calls_by_other_threads: the operations that each thread has called, except the scope's own thread.
        unclear_callers: the names of threads that called outside the active scopes, and the number of scopes then.
        stall_detector: finds infinite loops of the code under test.
        unsupported_errors: the errors about unsupported operations, if swallowed ones are reported; else None.
        require_faults_used: whether the scope's end fails if an injected failure was never triggered (one without
            ``required=…``), a scheduled action had no effect, or a step of a script was not shown.

    """

    state: State
    log: CallLog
    faults: list[Fault]
    incomplete_schedules: dict[object, None]
    calls_by_other_threads: WeakKeyDictionary[Thread, set[str]]
    unclear_callers: dict[str, int]
    stall_detector: StallDetector
    _buckets: dict[tuple[str, str, str, str], TokenBucket]
    _jitters: Random
    _request_ids: Iterator[str]

    def __init__(self, options: Options, clock: Clock | None = None) -> None:
        self.options = options
        self.clock = clock or options.clock or (StandingClock() if options.sleep == "virtual" else SystemClock())
        self.lock = lock(Rank.SERVICE)
        add_listener(self.clock, self)
        self.unsupported_errors: list[UnsupportedOperationError | UnsupportedPolicyError] | None = None
        self.require_faults_used = False

    def __getattr__(self, name: str) -> Any:
        # Made when first needed: many scopes, such as a fixture's for a whole suite, see no call. In one step, as two
        # threads may be the first.
        if name not in _CONTENTS:
            raise AttributeError(name)
        return vars(self).setdefault(name, _CONTENTS[name](self.options))

    def reset(self) -> None:
        """Drops everything except the time."""
        for name in _CONTENTS:
            vars(self).pop(name, None)

    def drop_oldest(self, count: int, peak: tuple[int, str | None] = (0, None)) -> None:
        """Drops the oldest calls, with the changes of status before their responses.

        Args:
            count: the number of calls.
            peak: the most calls in a second so far, and their operation.

        """
        changes = self.log.changes_before(self.log.entries[count - 1])
        self.log.drop_oldest(count, peak)
        self.drop_changes(changes)

    def drop_changes(self, count: int) -> None:
        """Drops the oldest changes of a status."""
        del self.state.history[:count]
        self.log.dropped_changes += count

    def clear_calls(self) -> None:
        """Drops the calls and waits so far, but not the state."""
        with self.lock:
            self.log.clear()
            self.calls_by_other_threads.clear()

    def fork(self) -> Service:
        """A new service that continues from a copy of this one's state."""
        other = Service(self.options, fork(self.clock))
        with self.lock:
            other.state = copy.deepcopy(self.state)
        return other

    @property
    def calls(self) -> list[Call]:
        """The calls so far, as a new list."""
        return self.log.calls

    @contextmanager
    def locked(self, check_dns: bool = True) -> Iterator[int]:
        """Acquires the lock, runs due events, and yields the current timestamp.

        Args:
            check_dns: False skips the resolver, as the caller checks DNS itself.

        """
        with self.lock:
            now = timestamp_of(self.clock)
            run_due(self.state, now, check_dns)
            yield now

    # Which operations are supported.

    def supports(self, operation: str, service: str | None = None) -> bool:
        """Whether an API, or any if None, supports an operation."""
        if service is not None:
            return operation in APIS[service].operations
        return any(operation in api.operations for api in APIS.values())

    def unsupported_error(self, operation: str, service: str | None = None) -> UnsupportedOperationError:
        """The error for an operation that the API, or any if None, does not support."""
        supported = {one for name, api in APIS.items() if service in (None, name) for one in api.operations}
        return UnsupportedOperationError(operation, supported)

    def log_unsupported(self, request: HTTPRequest, operation: str) -> UnsupportedOperationError:
        """Logs a request for an unsupported operation. Returns the error."""
        api, error = APIS[request.service], self.unsupported_error(operation, request.service)
        try:
            params = api.decode(request, operation) if operation in api.names() else api.raw_params(request)
        except AWSError:
            params = api.raw_params(request)
        with self.locked() as now:
            return self._log_error(_make_call(request, operation, params, now), error)

    # Waits of the code under test.

    def before_advance(self) -> None:
        """Checks DNS before time moves, as SES checks all the time and a resolver reports no changes."""
        if self.options.resolver is not None:
            with self.locked():
                pass

    def next_stop(self, after: int) -> int | None:
        """The due time of the first scheduled action after a timestamp, at which time has to stop."""
        return self.state.schedule.next_action(after)

    def on_stop(self) -> None:
        """Runs the scheduled actions that are due."""
        with self.locked():
            pass

    def on_arrival(self) -> None:
        """Runs due events, so that reports show them. A resolver is called by later reads."""
        if self.options.resolver is None:
            with self.locked():
                pass

    def on_advance(self, at: int, micros: int) -> None:
        """Records a ``clock.advance`` of the test."""
        if micros:
            self.log.advances.append(VirtualWait(at, micros, "clock.advance"))
            if not drives_process_time(self.clock):
                self.stall_detector.advanced_unfrozen += micros

    def virtual_wait(self, seconds: float, reason: str) -> None:
        """Lets this thread wait on the clock, for a wait of botocore's."""
        advance_for_wait(self.clock, self._log_wait(seconds, reason))

    async def virtual_wait_async(self, seconds: float, reason: str) -> None:
        """As `virtual_wait`, for a coroutine."""
        await advance_for_wait_async(self.clock, self._log_wait(seconds, reason))

    def _log_wait(self, seconds: float, reason: str) -> int:
        micros = max(1, round(seconds * SECOND)) if seconds > 0 else 0
        self.log.add_wait(VirtualWait(timestamp_of(self.clock), micros, reason))
        self.stall_detector.waited += micros
        return micros

    def on_sleep(self, micros: int, by: str) -> None:
        """Records a sleep of the code under test. ``by`` is the function that it called.

        Raises:
            SESStubError: the loop is infinite: nothing changes, and nothing is scheduled.

        """
        with self.lock:
            is_unfrozen = not drives_process_time(self.clock)
            self.stall_detector.on_sleep(micros, by, len(self.state.history), not self.state.schedule, is_unfrozen)
            if micros:
                self.log.add_wait(VirtualWait(timestamp_of(self.clock), micros, by))

    def jitter(self) -> float:
        """The random factor of botocore's back-off, from 0 to 1."""
        jitter = self.options.jitter
        return self._jitters.random() if jitter == "random" else jitter

    # The pipeline: decode, injected failure, throttle, operation, encode, log.

    def handle(self, request: HTTPRequest) -> HTTPResponse:
        """Answers one request.

        Raises:
            UnsupportedOperationError, UnsupportedPolicyError: the stub does not support it.
            Exception: the one given to ``inject(exception=…)``.

        """
        api, invalid = APIS[request.service], None
        operation, params = POLL, api.decode_poll(request)
        if params is None:
            operation, params, invalid = self._decode(api, request)
        # Not `locked`: a generator's context manager would cost more than the other bookkeeping.
        with self.lock:
            now = timestamp_of(self.clock)
            run_due(self.state, now)
            call = _make_call(request, operation, params, now)
            fault = self._consume_fault(call) if self.faults else None
            if fault is not None and fault.exception is not None:
                self._log(call, type(fault.exception).__name__)
                # Without the traceback from before, which would grow each time that it is raised.
                raise fault.exception.with_traceback(None)
            request_id, retry_after_us = next(self._request_ids), 0
            code: str | None = None
            try:
                if fault is not None and fault.error is not None:
                    raise fault.error
                retry_after_us = self._throttle(call, now)
                if retry_after_us:
                    raise throttled()
                if invalid is not None:
                    raise invalid
                place = self.state.backend(request.account_id, request.region)
                context = Context(self.state, place, now, self.options, fault is None)
                result = api.operations[operation](params, context)
            except UnsupportedPolicyError as unsupported:
                raise self._log_error(call, unsupported) from None
            except AWSError as error:
                # An injected error keeps the code that the test gave it.
                shown = error if fault is not None and error is fault.error else api.translate_error(error)
                code, status, body = shown.code, shown.status, api.encode_error(shown, request_id)
            else:
                status, body = 200, api.encode_result(operation, result, request_id)
                if fault is not None:
                    code, status, body = fault.apply_to_response(body)
            self._log(call, code, retry_after_us)
            return HTTPResponse(status, api.headers(body, request_id, code, _http_date(now // SECOND)), body)

    def error_response(self, error: AWSError, service: str = "ses") -> HTTPResponse:
        """The response to a request that is not for any operation; it is not logged."""
        api = APIS[service]
        with self.lock:
            request_id = next(self._request_ids)
            body = api.encode_error(error, request_id)
            date = _http_date(timestamp_of(self.clock) // SECOND)
        return HTTPResponse(error.status, api.headers(body, request_id, error.code, date), body)

    def _decode(self, api: API, request: HTTPRequest) -> tuple[str, dict[str, Any], AWSError | None]:
        """Operation and parameters of a request, and their error, if any, which the throttle precedes."""
        operation = api.route(request)
        if operation not in api.operations:
            raise self.log_unsupported(request, operation)
        try:
            return operation, api.decode(request, operation), None
        except AWSError as error:
            return operation, api.raw_params(request), error

    def _consume_fault(self, call: Call) -> Fault | None:
        """The first injected failure that matches a call. Counts its use."""
        for fault in self.faults:
            if fault.matches(call):
                fault.consume()
                return fault
        return None

    def _throttle(self, call: Call, now: int) -> int:
        """Takes a token from the operation's bucket. Returns 0, or the microseconds until there is a token."""
        rate = self.options.rate
        if rate is None or call.operation in UNTHROTTLED:
            return 0
        key = (call.service, call.operation, call.account_id, call.region)
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = TokenBucket(rate, self.options.burst)
        # In real seconds at any speed of the clock, as the application's calls are.
        speed = speed_of(self.clock)
        return bucket.acquire(now if speed == 1 else round(now / speed))

    def _log(self, call: Call, error_code: str | None, retry_after_us: int = 0) -> None:
        log = self.log
        if error_code is not None:
            call = call._replace(error_code=error_code)
        history_length = len(self.state.history) + log.dropped_changes
        # Twice as fast as LogEntry(…).
        log.add(tuple.__new__(LogEntry, (call, history_length, retry_after_us)))

    def _log_error(self, call: Call, error: Unsupported) -> Unsupported:
        """Logs a call that the stub does not support. Returns the error."""
        self._log(call, type(error).__name__)
        if self.unsupported_errors is not None:
            self.unsupported_errors.append(error)
        return error


def _make_call(request: HTTPRequest, operation: str, params: dict[str, Any], now: int) -> Call:
    """A request as a call in the log, without an error."""
    # Faster than Call(…), as every call needs it.
    fields = (
        operation,
        params,
        request.region,
        request.account_id,
        from_timestamp(now),
        request.attempt,
        None,
        request.service,
    )
    return tuple.__new__(Call, fields)


@lru_cache(maxsize=256)
def _http_date(seconds: int) -> str:
    # Not with email.utils, as a test may have replaced its datetime.datetime.
    at = from_timestamp(seconds * SECOND)
    clock = f"{at.hour:02}:{at.minute:02}:{at.second:02}"
    return f"{_DAYS[at.weekday()]}, {at.day:02} {_MONTHS[at.month - 1]} {at.year:04} {clock} GMT"
