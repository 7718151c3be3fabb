"""What the page says after an action, and how the action is undone."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import NamedTuple

#: The latest actions whose text is known after the redirect.
_KEPT = 50


class Done(NamedTuple):
    """An action that was carried out.

    Attributes:
        text: what was done.
        undo: undoes it and returns what was done then; None if it cannot be undone.

    """

    text: str
    undo: Callable[[], str] | None = None


class Notices:
    """The latest actions, each under a key that the address of the page holds after it."""

    def __init__(self) -> None:
        self._done: dict[str, Done] = {}

    def add(self, done: Done) -> str:
        """Keeps an action; returns its key."""
        # Random, so that an address from before a restart shows nothing wrong.
        key = secrets.token_urlsafe(9)
        self._done[key] = done
        for oldest in list(self._done)[:-_KEPT]:
            del self._done[oldest]
        return key

    def get(self, key: str) -> Done:
        """The action; one without a text if it is not known."""
        return self._done.get(key, Done(""))

    def undo(self, key: str) -> str:
        """Undoes an action, once; returns what was done. Empty if there is nothing to undo."""
        done = self.get(key)
        if done.undo is None:
            return ""
        text = done.undo()
        self._done[key] = Done(done.text)
        return text
