"""The messages after actions, and how to undo actions."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import NamedTuple

#: The number of actions whose message is kept for the redirect.
_KEPT = 50


class Done(NamedTuple):
    """A finished action.

    Attributes:
        text: what was done.
        undo: undoes it, and returns what was done; None if that is impossible.

    """

    text: str
    undo: Callable[[], str] | None = None


class Notices:
    """The latest actions, each with a key for the page's URL."""

    def __init__(self) -> None:
        self._done: dict[str, Done] = {}

    def add(self, done: Done) -> str:
        """Stores an action; returns its key."""
        # Random, so that a URL from before a restart shows no wrong message.
        key = secrets.token_urlsafe(9)
        self._done[key] = done
        for oldest in list(self._done)[:-_KEPT]:
            del self._done[oldest]
        return key

    def get(self, key: str) -> Done:
        """The action; one without a text if the key is unknown."""
        return self._done.get(key, Done(""))

    def undo(self, key: str) -> str:
        """Undoes an action, once; returns what was done, or an empty text if that is impossible."""
        done = self.get(key)
        if done.undo is None:
            return ""
        text = done.undo()
        self._done[key] = Done(done.text)
        return text
