"""The calls of a stub, as users see them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from .._core.errors import NoCallError


class Call(NamedTuple):
    """One request that a stub received. A retry is its own call.

    Attributes:
        operation: the API's name, such as ``GetIdentityVerificationAttributes``.
        params: the parameters, as the client's caller wrote them.
        region: the client's region.
        account_id: the client's account.
        at: when it arrived (UTC).
        attempt: 1 for the first attempt, 2 for the first retry, …
        error_code: None for an answered call, else the error's code or the exception's name;
            ``UnsupportedOperationError`` if the operation is not supported.
        service: botocore's name of the API: ``ses`` (v1) or ``sesv2``.

    """

    operation: str
    params: dict[str, Any]
    region: str
    account_id: str
    at: datetime
    attempt: int
    error_code: str | None
    service: str = "ses"


#: The codes of the throttles of v1 and v2.
THROTTLED = ("Throttling", "TooManyRequestsException")


class Calls(list[Call]):
    """Calls in order of arrival: a list with filters.

    A snapshot: later calls are not added to it.
    """

    def __init__(self, calls: Iterable[Call] = (), clear_log: Callable[[], None] | None = None) -> None:
        super().__init__(calls)
        # Drops the calls from the stub's log; None for the result of a filter.
        self._clear_log = clear_log

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles and copies only the list."""
        return type(self), (list(self),)

    def clear(self) -> None:
        """Drops all calls so far, from this list and, for ``ses.calls``, from the stub.

        Identities, emails and DNS stay. The waits in the timeline are dropped too.
        """
        super().clear()
        if self._clear_log is not None:
            self._clear_log()

    def filter(
        self,
        operation: str | None = None,
        *,
        error_code: str | None = None,
        region: str | None = None,
        account_id: str | None = None,
        service: str | None = None,
        answered: bool | None = None,
    ) -> Calls:
        """The calls that match all given arguments.

        Args:
            operation: the API's name, such as ``ListIdentities``.
            error_code: only those that failed with this code.
            region: only those of this region.
            account_id: only those of this account.
            service: only those of this API: ``ses`` (v1) or ``sesv2``.
            answered: True: only answered ones; False: only throttled or failed ones.

        Raises:
            ValueError: SES has no such operation.

        """
        if operation is not None and not any(call.operation == operation for call in self):
            from .apis import check_operation

            check_operation(operation)
        wanted = {
            "operation": operation,
            "error_code": error_code,
            "region": region,
            "account_id": account_id,
            "service": service,
        }
        fixed = {name: value for name, value in wanted.items() if value is not None}
        return Calls(
            call
            for call in self
            if all(getattr(call, name) == value for name, value in fixed.items())
            and answered in (None, call.error_code is None)
        )

    def count(self, operation: Call | str | None = None, **fits: Any) -> int:
        """The number of calls: all, those of an operation, those that `filter` finds, or those equal to a `Call`.

        Raises:
            ValueError: SES has no such operation.

        """
        if isinstance(operation, Call):
            return super().count(operation)
        return len(self.filter(operation, **fits))

    @property
    def last(self) -> Call:
        """The latest call.

        Raises:
            NoCallError: the list is empty; also an ``IndexError``.

        """
        if not self:
            raise NoCallError("calls.last: there are no calls. Check that the application calls SES inside the scope")
        return self[-1]

    @property
    def throttled(self) -> Calls:
        """The calls that the throttle rejected."""
        return Calls(call for call in self if call.error_code in THROTTLED)

    @property
    def operations(self) -> list[str]:
        """The names of the operations, in order."""
        return [call.operation for call in self]


def as_lines(calls: Iterable[Call]) -> list[str]:
    """Each call as a line, to compare two logs."""
    return [
        f"{call.operation}({', '.join(f'{name}={value!r}' for name, value in call.params.items())})"
        f" {call.region} {call.account_id} {call.at.isoformat()} attempt {call.attempt}"
        f" -> {call.error_code or 'answered'}"
        for call in calls
    ]
