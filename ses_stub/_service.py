"""The waist: one HTTP request in, one HTTP response out.

Every door (see `_botocore`) comes through `Service.handle`, and every control of the test through
`Service.settled`. Both take the one lock there is; nothing below takes any. Nobody waits while holding it.
"""

from __future__ import annotations

import copy
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from functools import lru_cache
from typing import NamedTuple

from . import _errors
from ._calls import Call
from ._clock import SECOND, Clock, SystemClock, to_datetime
from ._errors import AWSError, UnhandledOperation
from ._faults import Fault
from ._messages import HTTPRequest, HTTPResponse
from ._operations import OPERATIONS
from ._options import Options
from ._protocol import decode, encode_error, encode_result, parse_query
from ._throttle import TokenBucket
from ._world import World


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
        self.lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Forgets everything but the time."""
        options = self.options
        self.world = World(options.seed, options.auto_verify, options.registration_lag)
        self.calls: list[Call] = []
        self.waits: list[Wait] = []
        self.faults: list[Fault] = []
        #: For each throttled call, by its place in `calls`, the microseconds until it would have passed.
        self.refused: dict[int, int] = {}
        self._buckets: dict[tuple[str, str, str], TokenBucket] = {}
        self._ids = random.Random(options.seed)
        self._jitter = random.Random(options.seed)

    def branch(self) -> Service:
        """A service of its own that goes on from this one's world."""
        other = Service(self.options, self.clock._branch())
        with self.lock:
            other.world = copy.deepcopy(self.world)
        return other

    def answers(self, operation: str) -> bool:
        """Whether the operation is one that the stub knows."""
        return operation in OPERATIONS

    def unhandled(self, operation: str) -> UnhandledOperation:
        """The error for an operation that is not answered."""
        return UnhandledOperation(operation, OPERATIONS)

    @contextmanager
    def settled(self) -> Iterator[int]:
        """The lock, with everything that was due settled; gives the present moment."""
        with self.lock:
            now = self.clock._moment()
            self.world.settle(now)
            yield now

    def wait(self, seconds: float, reason: str) -> None:
        """Lets virtual time pass, for a wait that botocore asked for."""
        micros = max(1, round(seconds * SECOND)) if seconds > 0 else 0
        self.waits.append(Wait(self.clock._moment(), micros, reason))
        self.clock._wait(micros)

    def jitter(self) -> float:
        """The factor of botocore's back-off, from 0 to 1."""
        jitter = self.options.jitter
        return self._jitter.random() if jitter == "random" else jitter

    def handle(self, request: HTTPRequest) -> HTTPResponse:
        """Answers one request.

        Raises:
            UnhandledOperation: nobody answers its operation.
            Exception: one that the test ordered by ``inject(exception=…)``.

        """
        flat = parse_query(request.body)
        operation = flat.pop("Action", "")
        flat.pop("Version", None)
        if operation not in OPERATIONS:
            raise self.unhandled(operation)
        wrong: AWSError | None = None
        try:
            params = decode(flat, operation)
        except AWSError as error:
            params, wrong = dict(flat), error
        # Not `settled`: a generator's context manager would cost more than the rest of the bookkeeping.
        with self.lock:
            now = self.clock._moment()
            self.world.settle(now)
            at = to_datetime(now)
            call = Call(operation, params, request.region, request.account_id, at, request.attempt, None)
            fault = self._fault(call) if self.faults else None
            try:
                if fault is not None and fault.exception is not None:
                    self.calls.append(call._replace(error_code=type(fault.exception).__name__))
                    raise fault.exception
                if fault is not None and fault.error is not None:
                    raise fault.error
                self._throttle(operation, request, now)
                if wrong is not None:
                    raise wrong
                backend = self.world.backend(request.account_id, request.region)
                result = OPERATIONS[operation](params, backend, now, self.options)
            except AWSError as error:
                self.calls.append(call._replace(error_code=error.code))
                return self._response(error.status, lambda id_: encode_error(error, id_), now)
            if fault is not None:
                status = fault.status or 200
                self.calls.append(call._replace(error_code=str(status) if status != 200 else "BrokenBody"))
                return self._response(status, lambda id_: _spoilt(fault, encode_result(operation, result, id_)), now)
            self.calls.append(call)
            return self._response(200, lambda id_: encode_result(operation, result, id_), now)

    def _fault(self, call: Call) -> Fault | None:
        for fault in self.faults:
            if fault.matches(call):
                fault.use()
                return fault
        return None

    def _throttle(self, operation: str, request: HTTPRequest, now: int) -> None:
        rate = self.options.rate
        if rate is None:
            return
        key = (operation, request.account_id, request.region)
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = TokenBucket(rate, self.options.burst)
        missing = bucket.take(now)
        if missing:
            self.refused[len(self.calls)] = missing
            raise _errors.throttled()

    def _response(self, status: int, body: Callable[[str], bytes], now: int) -> HTTPResponse:
        bits = f"{self._ids.getrandbits(128):032x}"
        request_id = f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-a{bits[17:20]}-{bits[20:]}"
        content = body(request_id)
        headers = {
            "x-amzn-RequestId": request_id,
            "Content-Type": "text/xml",
            "Content-Length": str(len(content)),
            "Date": _http_date(now // SECOND),
        }
        return HTTPResponse(status, headers, content)


def _spoilt(fault: Fault, body: bytes) -> bytes:
    if callable(fault.body):
        return fault.body(body)
    return fault.body.encode() if isinstance(fault.body, str) else fault.body or b""


@lru_cache(maxsize=256)
def _http_date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)
