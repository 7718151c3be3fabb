"""The script of an identity: the statuses that the next responses show."""

from __future__ import annotations

from dataclasses import dataclass

from .identity import VerificationStatus

#: A status and a number of responses.
Step = tuple[VerificationStatus, int]


@dataclass
class Script:
    """The remaining steps of a script.

    Attributes:
        steps: the remaining steps, each with its remaining number of responses.
        is_shown: whether a response has shown the first step.

    """

    steps: list[Step]
    is_shown: bool = False

    @property
    def status(self) -> VerificationStatus:
        """The status that the next response shows."""
        return self.steps[0][0]

    @property
    def unshown(self) -> list[Step]:
        """The steps that no response has shown."""
        return self.steps[self.is_shown :]

    def count_answer(self) -> bool:
        """Counts a result that has shown the status; returns whether its step is over."""
        status, left = self.steps[0]
        self.is_shown = left > 1
        if self.is_shown:
            self.steps[0] = (status, left - 1)
        else:
            del self.steps[0]
        return not self.is_shown
