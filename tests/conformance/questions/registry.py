"""A question, and all questions by their ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.asking import Asker

#: What needs a note in more than one file.
RECORDS = "needs DNS records of the domain; waits for AWS to see them"
MAIL = "AWS sends a mail to an address below the domain"


@dataclass(frozen=True)
class Question:
    """One question.

    Attributes:
        id: a short name.
        text: the question.
        calls: the operations that it calls, with their numbers, cleaning up included.
        note: what else it needs or costs.
        ask: asks it, and gives the answer as short text.
        options: what our own stub is prepared with.

    """

    id: str
    text: str
    calls: str
    note: str
    ask: Callable[[Asker], str]
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        """Whether it changes the account for as long as it lasts."""
        return any(word.startswith(("Verify", "Create", "Put", "Set", "Update")) for word in self.calls.split())


QUESTIONS: dict[str, Question] = {}


def question(
    name: str, text: str, calls: str, note: str = "", **options: Any
) -> Callable[[Callable[[Asker], str]], Callable[[Asker], str]]:
    """Registers a function as a question; see `Question`."""

    def register(ask: Callable[[Asker], str]) -> Callable[[Asker], str]:
        QUESTIONS[name] = Question(name, text, calls, note, ask, options)
        return ask

    return register
