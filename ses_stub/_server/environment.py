"""Environment variables for child processes, given back exactly, in whatever order their givers end."""

from __future__ import annotations

import os
from collections.abc import Mapping

#: Each with what it found.
_layers: list[tuple[Mapping[str, str | None], dict[str, str | None]]] = []


def lay(layer: Mapping[str, str | None]) -> None:
    """Sets variables; None takes one away."""
    _layers.append((layer, {name: os.environ.get(name) for name in layer}))
    for name, value in layer.items():
        _set(name, value)


def lift(layer: Mapping[str, str | None]) -> None:
    """Ends what `lay` began; a variable that somebody else has set since then stays as it is."""
    # By identity: two servers may set the same.
    number = next(number for number, (one, _) in enumerate(_layers) if one is layer)
    _, found = _layers.pop(number)
    for name, ours in layer.items():
        above = next((before for _, before in _layers[number:] if name in before), None)
        if above is None:
            if os.environ.get(name) == ours:
                _set(name, found[name])
        elif above[name] == ours:
            above[name] = found[name]


def _set(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value
