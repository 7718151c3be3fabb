"""What is to be done as soon as a module is imported that is not yet there."""

from __future__ import annotations

import importlib.abc
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


class Arrivals(importlib.abc.MetaPathFinder):
    """Finds nothing itself: lets the others find a module, and acts once it has run.

    Args:
        actions: by the module's name what is to be done.

    """

    def __init__(self, actions: dict[str, Callable[[], None]]) -> None:
        self._actions = actions

    def start(self) -> None:
        """Acts on what is there already, and waits for the rest."""
        for name, action in self._actions.items():
            if name in sys.modules:
                action()
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def stop(self) -> None:
        """Waits no more."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """What the others find, told to act when it has run."""
        action = self._actions.get(fullname)
        if action is None:
            return None
        others = (one for one in sys.meta_path if one is not self and hasattr(one, "find_spec"))
        spec = next((found for one in others if (found := one.find_spec(fullname, path, target)) is not None), None)
        loader: Any = getattr(spec, "loader", None)
        if hasattr(loader, "exec_module"):
            self._after(fullname, loader, action)
        return spec

    def _after(self, name: str, loader: importlib.abc.Loader, action: Callable[[], None]) -> None:
        """Lets a loader act once, after it has run the module: of a zip file, one loader loads them all."""
        run = loader.exec_module

        def run_and_act(module: ModuleType) -> None:
            awaited = module.__name__ == name
            if awaited:
                vars(loader).pop("exec_module", None)
            run(module)
            # It may have been found while a stub was active, and be run later.
            if awaited and self in sys.meta_path:
                action()

        loader.exec_module = run_and_act  # type: ignore[method-assign]  # On this instance only.
