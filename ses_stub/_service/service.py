"""The waist: one HTTP request in, one HTTP response out.

Every door (see `_botocore`) comes through `Service.handle`, and every control of the test through
`Service.settled`. Both take the one lock there is; nothing below takes any. Nobody waits while holding it.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from functools import lru_cache
from threading import Thread
from typing import Any, NamedTuple

from .._core.aws_errors import AWSError, throttled
from .._core.errors import UnsupportedOperationError
from .._core.locks import Rank, lock
from .._model.options import Options
from .._model.quotas import UNTHROTTLED
from .._model.state import State
from .._operations.context import Context
from .._time.clock import Clock, SystemClock, add_listener, advance_for_wait, drives_process_time, fork, timestamp_of
from .._time.stalls import StallDetector
from .._time.time import SECOND, from_timestamp
from .._wire.messages import HTTPRequest, HTTPResponse
from .._wire.query import decode_poll
from .apis import APIS
from .calls import Call
from .faults import Fault
from .throttle import TokenBucket


class Wait(NamedTuple):
    """A wait that production would have slept through."""

    at: int
    micros: int
    reason: str


class Service:
    """SES as one stub plays it: its world, its throttle, its faults and its log."""

    def __init__(self, options: Options, clock: Clock | None = None) -> None:
        self.options = options
        self.clock = clock or options.clock or SystemClock()
        self.lock = lock(Rank.SERVICE)
        add_listener(self.clock, self)
        #: Operations that nobody answered, noted where somebody wants to know of errors that the application catches.
        self.unsupported_errors: list[UnsupportedOperationError] | None = None
        #: Whether what a test orders must come about by the end of the scope, where the order does not say.
        self.require_faults_used = False
        self.reset()

    def reset(self) -> None:
        """Forgets everything but the time."""
        options = self.options
        self.state = State(options.seed, options.auto_verify, options.registration_lag, options.resolver)
        self.calls: list[Call] = []
        self.waits: list[Wait] = []
        self.faults: list[Fault] = []
        #: Moments to come of which the test has not said what is to happen then, in order.
        self.incomplete_schedules: dict[object, None] = {}
        #: For each throttled call, by its place in `calls`, the microseconds until it would have passed.
        self.refused: dict[int, int] = {}
        #: For each call, by its place in `calls`, how much of the world's history came before its answer.
        self.before: dict[int, int] = {}
        #: Which operations other threads have called than the one that began the scope.
        self.calls_by_other_threads: dict[Thread, set[str]] = {}
        #: How many calls came before those in `calls`: see `forget`.
        self.forgotten = 0
        self.stall_detector = StallDetector()
        self._buckets: dict[tuple[str, str, str, str], TokenBucket] = {}
        # Seeded when first drawn from: seeding takes longer than all the rest of a scope's start.
        self._jitters: random.Random | None = None
        self._id_start = ""
        self._id_number = 0

    def forget(self, count: int) -> None:
        """Forgets the oldest calls, and what happened before the oldest that is left."""
        del self.calls[:count]
        self.forgotten += count
        self.refused = {number - count: missing for number, missing in self.refused.items() if number >= count}
        changes = len(self.state.history)
        if self.calls:
            self.state.forget(self.calls[0].at)
        gone = changes - len(self.state.history)
        before = {number - count: changes - gone for number, changes in self.before.items() if number >= count}
        # Where time went back, more is gone than came before them.
        self.before = {number: max(0, changes) for number, changes in before.items()}

    def branch(self) -> Service:
        """A service of its own that goes on from this one's world."""
        other = Service(self.options, fork(self.clock))
        with self.lock:
            other.state = copy.deepcopy(self.state)
        return other

    def answers(self, operation: str, service: str | None = None) -> bool:
        """Whether the operation is one that the stub knows, of that API or of any."""
        if service is not None:
            return operation in APIS[service].operations
        return any(operation in api.operations for api in APIS.values())

    def unsupported(self, operation: str, service: str | None = None) -> UnsupportedOperationError:
        """The error for an operation that is not answered."""
        answered = {one for name, api in APIS.items() if service in (None, name) for one in api.operations}
        return UnsupportedOperationError(operation, answered)

    def before_advance(self) -> None:
        """SES looks into DNS, as it does all the time: nobody tells when a resolver's answers change."""
        if self.options.resolver is not None:
            with self.locked():
                pass

    def next_stop(self, after: int) -> int | None:
        """When the first scheduled action later than a timestamp is due: time stops there on its way."""
        return self.state.schedule.next_action(after)

    def on_stop(self) -> None:
        """Runs the scheduled actions that are due now."""
        with self.locked():
            pass

    @contextmanager
    def locked(self, check_dns: bool = True) -> Iterator[int]:
        """The lock, with everything that was due settled; gives the present moment.

        Args:
            check_dns: False does not ask a resolver, for a caller that lets SES check DNS itself.

        """
        with self.lock:
            now = timestamp_of(self.clock)
            self.state.run_due(now, check_dns)
            yield now

    def wait(self, seconds: float, reason: str) -> None:
        """Lets virtual time pass, for a wait that botocore asked for."""
        self.before_advance()
        micros = max(1, round(seconds * SECOND)) if seconds > 0 else 0
        self.waits.append(Wait(timestamp_of(self.clock), micros, reason))
        self.stall_detector.retried += micros
        advance_for_wait(self.clock, micros)

    def on_sleep(self, micros: int) -> None:
        """Notes a pause that the code under test makes.

        Raises:
            SESStubError: it makes one after another and nothing happens, nor is anything to happen.

        """
        with self.lock:
            is_unseen = not drives_process_time(self.clock)
            self.stall_detector.slept(micros, len(self.state.history), not self.state.schedule, is_unseen)
            if micros:
                self.waits.append(Wait(timestamp_of(self.clock), micros, "clock.sleep"))

    def jitter(self) -> float:
        """The factor of botocore's back-off, from 0 to 1."""
        jitter = self.options.jitter
        if jitter != "random":
            return jitter
        if self._jitters is None:
            self._jitters = random.Random(self.options.seed)
        return self._jitters.random()

    def handle(self, request: HTTPRequest) -> HTTPResponse:
        """Answers one request.

        Raises:
            UnsupportedOperationError: nobody answers its operation.
            Exception: one that the test ordered by ``inject(exception=…)``.

        """
        wrong: AWSError | None = None
        api = APIS[request.service]
        poll = decode_poll(request.body) if request.service == "ses" else None
        if poll is not None:
            operation, params = poll
        else:
            operation = api.operation_of(request)
            if operation not in api.operations:
                raise self.log_unsupported(request, operation)
            try:
                params = api.decode(request, operation)
            except AWSError as error:
                params, wrong = api.undecoded(request), error
        # Not `locked`: a generator's context manager would cost more than the rest of the bookkeeping.
        with self.lock:
            now = timestamp_of(self.clock)
            self.state.run_due(now)
            call = _call(request, operation, params, now)
            fault = self._fault(call) if self.faults else None
            if fault is not None and fault.exception is not None:
                self._log(call, type(fault.exception).__name__)
                # Without the way of its last time, which would grow with each.
                raise fault.exception.with_traceback(None)
            request_id = self._request_id()
            code: str | None
            try:
                if fault is not None and fault.error is not None:
                    raise fault.error
                rate = self.options.rate
                if rate is not None and operation not in UNTHROTTLED and self._is_early(call, rate, now):
                    raise throttled()
                if wrong is not None:
                    raise wrong
                backend = self.state.backend(request.account_id, request.region)
                result = api.operations[operation](params, Context(backend, now, self.options))
            except AWSError as raised:
                # What the test has ordered stays as it was ordered.
                told = raised if fault is not None and raised is fault.error else api.in_its_words(raised)
                code, status, body = told.code, told.status, api.encode_error(told, request_id)
            else:
                code, status, body = None, 200, api.encode_result(operation, result, request_id)
                if fault is not None:
                    code, status, body = fault.spoil(body)
            missing = self.refused.get(len(self.calls)) if self.options.retry_after else None
            self._log(call, code)
            response = HTTPResponse(status, api.headers(body, request_id, code, _http_date(now // SECOND)), body)
            if missing is not None:
                response.headers["x-amz-retry-after"] = str(-(-missing // 1000))
            return response

    def _log(self, call: Call, error_code: str | None) -> None:
        """Notes a call, and how much had happened before its answer."""
        self.before[len(self.calls)] = len(self.state.history)
        self.calls.append(call if error_code is None else call._replace(error_code=error_code))

    def log_unsupported(self, request: HTTPRequest, operation: str) -> UnsupportedOperationError:
        """Logs a request that nobody answers; gives the error."""
        api, error = APIS[request.service], self.unsupported(operation, request.service)
        try:
            params = api.decode(request, operation) if operation in api.names() else api.undecoded(request)
        except AWSError:
            params = api.undecoded(request)
        with self.locked() as now:
            self._log(_call(request, operation, params, now), type(error).__name__)
            if self.unsupported_errors is not None:
                self.unsupported_errors.append(error)
        return error

    def refuse(self, error: AWSError, service: str = "ses") -> HTTPResponse:
        """The answer to a request that asks for no operation; it is not logged."""
        api = APIS[service]
        with self.lock:
            request_id = self._request_id()
            body = api.encode_error(error, request_id)
            date = _http_date(timestamp_of(self.clock) // SECOND)
        return HTTPResponse(error.status, api.headers(body, request_id, error.code, date), body)

    def _fault(self, call: Call) -> Fault | None:
        for fault in self.faults:
            if fault.matches(call):
                fault.use()
                return fault
        return None

    def _is_early(self, call: Call, rate: float, now: int) -> bool:
        """Takes a token from the operation's bucket; notes the time that is missing if there is none."""
        key = (call.service, call.operation, call.account_id, call.region)
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = TokenBucket(rate, self.options.burst)
        missing = bucket.take(now)
        if missing:
            self.refused[len(self.calls)] = missing
        return missing > 0

    def _request_id(self) -> str:
        """A UUID of version 4: its last part counts, the rest is the stub's."""
        if not self._id_start:
            bits = random.Random(self.options.seed).getrandbits(128)
            start = f"{bits:032x}"
            self._id_start = f"{start[:8]}-{start[8:12]}-4{start[13:16]}-a{start[17:20]}-"
            self._id_number = bits & 0x7FFF_FFFF_FFFF
        self._id_number += 1
        return f"{self._id_start}{self._id_number:012x}"


def _call(request: HTTPRequest, operation: str, params: dict[str, Any], now: int) -> Call:
    """A request as the log has it, answered until told otherwise."""
    at = from_timestamp(now)
    return Call(operation, params, request.region, request.account_id, at, request.attempt, None, request.service)


@lru_cache(maxsize=256)
def _http_date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)
