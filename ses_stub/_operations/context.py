"""The context of an operation: what it gets besides its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .._model.backend import Backend
from .._model.options import Options
from .._model.place import Place
from .._model.state import State

#: The parameters of a call and its result, as boto3's caller writes and reads them.
Params = Mapping[str, Any]
Result = dict[str, Any]


class Context(NamedTuple):
    """Where and when an operation runs.

    Attributes:
        state: the state of SES, in all accounts and regions.
        backend: the identities of the caller's account and region.
        timestamp: the current time, in microseconds since 1970.
        options: the options of the scope.
        is_answered: whether the caller gets the result; False if an injected failure replaces it.

    """

    state: State
    backend: Backend
    timestamp: int
    options: Options
    is_answered: bool = True

    @property
    def place(self) -> Place:
        """Where and when, for the rules of the model."""
        return Place(self.state, self.backend, self.timestamp)

    @property
    def account_id(self) -> str:
        """The caller's account."""
        return self.backend.account_id

    @property
    def region(self) -> str:
        """The region whose endpoint was called."""
        return self.backend.region
