"""Environment variables for child processes, given back exactly, in whatever order their givers end."""

from __future__ import annotations

import os
from collections.abc import Mapping

_layers: list[Mapping[str, str | None]] = []
#: What stood there before the first layer.
_before: dict[str, str | None] = {}


def lay(layer: Mapping[str, str | None]) -> None:
    """Sets variables; None takes one away."""
    for name in layer:
        _before.setdefault(name, os.environ.get(name))
    _layers.append(layer)
    _show(layer)


def lift(layer: Mapping[str, str | None]) -> None:
    """Ends what `lay` began; a variable that somebody else has set since then stays as it is."""
    ours = {name for name in layer if os.environ.get(name) == _shown(name)}
    # By identity: two servers may set the same.
    del _layers[next(number for number, one in enumerate(_layers) if one is layer)]
    _show(ours)
    for name in layer:
        if not any(name in other for other in _layers):
            del _before[name]


def _shown(name: str) -> str | None:
    return next((layer[name] for layer in reversed(_layers) if name in layer), _before[name])


def _show(names: Mapping[str, str | None] | set[str]) -> None:
    for name in names:
        value = _shown(name)
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
