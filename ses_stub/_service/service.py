"""The request pipeline: one HTTP request in, one HTTP response out.

Every interceptor calls `Service.handle`, and every control of the test uses `Service.locked`. Both take the one lock of
the stub; nothing below takes it, and no thread waits while it holds it.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from functools import lru_cache
from threading import Thread
from typing import Any

from .._core.aws_errors import AWSError, throttled
from .._core.errors import UnsupportedOperationError
from .._core.locks import Rank, lock
from .._model.due_events import run_due
from .._model.options import Options
from .._model.quotas import UNTHROTTLED
from .._model.state import new_state
from .._operations.context import Context
from .._time.clock import (
    Clock,
    StandingClock,
    SystemClock,
    add_listener,
    advance_for_wait,
    advance_for_wait_async,
    drives_process_time,
    fork,
    timestamp_of,
)
from .._time.stalls import StallDetector
from .._time.time import SECOND, from_timestamp
from .._wire.messages import HTTPRequest, HTTPResponse
from .._wire.query_fast import OPERATION as POLL
from .apis import API, APIS
from .call_log import CallLog, LogEntry, VirtualWait
from .calls import Call
from .faults import Fault
from .throttle import TokenBucket


class Service:
    """SES as one stub simulates it: its state, its throttle, its injected failures and its log.

    Attributes:
        options: the options of the scope.
        clock: the stub's clock.
        lock: held while any of the following is read or changed.
        state: all identities, mails and DNS records.
        log: the calls and waits so far.
        faults: the injected failures.
        incomplete_schedules: each ``after(…)`` without an action, in order.
        calls_by_other_threads: the operations that each thread has called, except the thread that started the scope.
        stall_detector: notices loops of the code under test that cannot end.
        unsupported_errors: the errors of unsupported operations, if swallowed ones are reported; else None.
        require_faults_used: whether the end of the scope fails if an injected failure was never triggered (one without
            ``required=…``), a scheduled action had no effect, or a script was not shown to its end.

    """

    def __init__(self, options: Options, clock: Clock | None = None) -> None:
        self.options = options
        self.clock = clock or options.clock or (StandingClock() if options.sleep == "virtual" else SystemClock())
        self.lock = lock(Rank.SERVICE)
        add_listener(self.clock, self)
        self.unsupported_errors: list[UnsupportedOperationError] | None = None
        self.require_faults_used = False
        self.reset()

    def reset(self) -> None:
        """Drops everything except the time."""
        options = self.options
        self.state = new_state(options)
        self.log = CallLog()
        self.faults: list[Fault] = []
        self.incomplete_schedules: dict[object, None] = {}
        self.calls_by_other_threads: dict[Thread, set[str]] = {}
        self.stall_detector = StallDetector()
        self._buckets: dict[tuple[str, str, str, str], TokenBucket] = {}
        # Seeded when first drawn from: seeding takes longer than all the rest of a scope's start.
        self._jitters: random.Random | None = None
        self._request_id_prefix = ""
        self._request_number = 0

    def drop_oldest(self, count: int) -> None:
        """Drops the oldest calls, and the changes, messages and mails before the oldest call that is left."""
        self.log.drop_oldest(count)
        if self.log.entries:
            changes = len(self.state.history)
            self.state.drop_before(self.log.entries[0].call.at)
            self.log.dropped_changes += changes - len(self.state.history)

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
        """Takes the lock, runs everything that is due, and yields the present timestamp.

        Args:
            check_dns: False does not ask a resolver, for a caller that makes SES check DNS itself.

        """
        with self.lock:
            now = timestamp_of(self.clock)
            run_due(self.state, now, check_dns)
            yield now

    # Which operations are supported.

    def supports(self, operation: str, service: str | None = None) -> bool:
        """Whether the stub supports an operation, of that API or of any."""
        if service is not None:
            return operation in APIS[service].operations
        return any(operation in api.operations for api in APIS.values())

    def unsupported_error(self, operation: str, service: str | None = None) -> UnsupportedOperationError:
        """The error for an operation that is not supported, by that API or by any."""
        supported = {one for name, api in APIS.items() if service in (None, name) for one in api.operations}
        return UnsupportedOperationError(operation, supported)

    def log_unsupported(self, request: HTTPRequest, operation: str) -> UnsupportedOperationError:
        """Logs a request for an operation that is not supported. Returns the error."""
        api, error = APIS[request.service], self.unsupported_error(operation, request.service)
        try:
            params = api.decode(request, operation) if operation in api.names() else api.raw_params(request)
        except AWSError:
            params = api.raw_params(request)
        with self.locked() as now:
            self._log(_make_call(request, operation, params, now), type(error).__name__)
            if self.unsupported_errors is not None:
                self.unsupported_errors.append(error)
        return error

    # Waits of the code under test.

    def before_advance(self) -> None:
        """Checks DNS before time moves: SES does so all the time, and nothing reports a resolver's changes."""
        if self.options.resolver is not None:
            with self.locked():
                pass

    def next_stop(self, after: int) -> int | None:
        """When the first scheduled action later than a timestamp is due: time stops there first."""
        return self.state.schedule.next_action(after)

    def on_stop(self) -> None:
        """Runs the scheduled actions that are due now."""
        with self.locked():
            pass

    def on_arrival(self) -> None:
        """Runs what is due now, so that reports show it. A resolver is asked when somebody looks."""
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
        """Lets this thread wait on the clock, for a wait that botocore asked for."""
        advance_for_wait(self.clock, self._log_wait(seconds, reason))

    async def virtual_wait_async(self, seconds: float, reason: str) -> None:
        """The same for a coroutine: others go on meanwhile."""
        await advance_for_wait_async(self.clock, self._log_wait(seconds, reason))

    def _log_wait(self, seconds: float, reason: str) -> int:
        micros = max(1, round(seconds * SECOND)) if seconds > 0 else 0
        self.log.waits.append(VirtualWait(timestamp_of(self.clock), micros, reason))
        self.stall_detector.waited += micros
        return micros

    def on_sleep(self, micros: int, by: str) -> None:
        """Records a sleep of the code under test, by the function that it has called.

        Raises:
            SESStubError: it sleeps in an infinite loop: nothing happens, and nothing is scheduled.

        """
        with self.lock:
            is_unfrozen = not drives_process_time(self.clock)
            self.stall_detector.on_sleep(micros, by, len(self.state.history), not self.state.schedule, is_unfrozen)
            if micros:
                self.log.waits.append(VirtualWait(timestamp_of(self.clock), micros, by))

    def jitter(self) -> float:
        """The random factor of botocore's back-off, from 0 to 1."""
        jitter = self.options.jitter
        if jitter != "random":
            return jitter
        if self._jitters is None:
            self._jitters = random.Random(self.options.seed)
        return self._jitters.random()

    # The pipeline: decode, injected failure, throttle, operation, encode, log.

    def handle(self, request: HTTPRequest) -> HTTPResponse:
        """Answers one request.

        Raises:
            UnsupportedOperationError: its operation is not supported.
            Exception: the one given to ``inject(exception=…)``.

        """
        api, invalid = APIS[request.service], None
        operation, params = POLL, api.decode_poll(request)
        if params is None:
            operation, params, invalid = self._decode(api, request)
        # Not `locked`: a generator's context manager would cost more than the rest of the bookkeeping.
        with self.lock:
            now = timestamp_of(self.clock)
            run_due(self.state, now)
            call = _make_call(request, operation, params, now)
            fault = self._consume_fault(call) if self.faults else None
            if fault is not None and fault.exception is not None:
                self._log(call, type(fault.exception).__name__)
                # Without the traceback of the last time that it was raised, which would grow with each.
                raise fault.exception.with_traceback(None)
            request_id = self._next_request_id()
            retry_after_us = 0
            code: str | None = None
            try:
                if fault is not None and fault.error is not None:
                    raise fault.error
                retry_after_us = self._throttle(call, now)
                if retry_after_us:
                    raise throttled()
                if invalid is not None:
                    raise invalid
                backend = self.state.backend(request.account_id, request.region)
                context = Context(self.state, backend, now, self.options, fault is None)
                result = api.operations[operation](params, context)
            except AWSError as error:
                # An injected error keeps the code that the test gave it.
                shown = error if fault is not None and error is fault.error else api.translate_error(error)
                code, status, body = shown.code, shown.status, api.encode_error(shown, request_id)
            else:
                status, body = 200, api.encode_result(operation, result, request_id)
                if fault is not None:
                    code, status, body = fault.apply_to_response(body)
            self._log(call, code, retry_after_us)
            headers = api.headers(body, request_id, code, _http_date(now // SECOND))
            if retry_after_us and self.options.retry_after:
                headers["x-amz-retry-after"] = str(-(-retry_after_us // 1000))
            return HTTPResponse(status, headers, body)

    def error_response(self, error: AWSError, service: str = "ses") -> HTTPResponse:
        """The response to a request that is not for any operation; it is not logged."""
        api = APIS[service]
        with self.lock:
            request_id = self._next_request_id()
            body = api.encode_error(error, request_id)
            date = _http_date(timestamp_of(self.clock) // SECOND)
        return HTTPResponse(error.status, api.headers(body, request_id, error.code, date), body)

    def _decode(self, api: API, request: HTTPRequest) -> tuple[str, dict[str, Any], AWSError | None]:
        """Operation and parameters of a request, and their error, if any: the throttle answers before it."""
        operation = api.route(request)
        if operation not in api.operations:
            raise self.log_unsupported(request, operation)
        try:
            return operation, api.decode(request, operation), None
        except AWSError as error:
            return operation, api.raw_params(request), error

    def _consume_fault(self, call: Call) -> Fault | None:
        """The first injected failure that matches a call, used once more."""
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
        return bucket.acquire(now)

    def _log(self, call: Call, error_code: str | None, retry_after_us: int = 0) -> None:
        log = self.log
        if error_code is not None:
            call = call._replace(error_code=error_code)
        history_length = len(self.state.history) + log.dropped_changes
        # As LogEntry(…), in half the time.
        log.entries.append(tuple.__new__(LogEntry, (call, history_length, retry_after_us)))

    def _next_request_id(self) -> str:
        """A UUID of version 4, whose last part counts and whose other parts are constant in a stub."""
        if not self._request_id_prefix:
            bits = random.Random(self.options.seed).getrandbits(128)
            start = f"{bits:032x}"
            self._request_id_prefix = f"{start[:8]}-{start[8:12]}-4{start[13:16]}-a{start[17:20]}-"
            self._request_number = bits & 0x7FFF_FFFF_FFFF
        self._request_number += 1
        return f"{self._request_id_prefix}{self._request_number:012x}"


def _make_call(request: HTTPRequest, operation: str, params: dict[str, Any], now: int) -> Call:
    """A request as the log shows it, without an error so far."""
    # As Call(…), in less time: this is done for every call.
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
    return formatdate(seconds, usegmt=True)
