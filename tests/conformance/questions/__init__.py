"""What is not known of AWS's behaviour: one question each, with how it is asked and what that costs."""

from __future__ import annotations

from conformance.questions import again, by_hand, errors, lists, names, throttle  # noqa: F401  # each registers its own
from conformance.questions.by_hand import BY_HAND
from conformance.questions.errors import MANY
from conformance.questions.registry import QUESTIONS, Question

__all__ = ["BY_HAND", "MANY", "QUESTIONS", "Question"]
