"""Diagrams of the documentation, generated from the code."""

from __future__ import annotations

from ses_stub._model.identity import TRANSITIONS, IdentityType


def mermaid(kind: IdentityType) -> str:
    """The table of transitions as a Mermaid state diagram."""
    lines = ["stateDiagram-v2"]
    for status, steps in TRANSITIONS[kind].items():
        lines += [f"    {status.value} --> {after.value}: {event.name}" for event, after in steps.items()]
    return "\n".join(lines)
