"""Runs hooks when modules are imported, as wrapt's ``when_imported`` does, but only between `start` and `stop`.

Relies on Python's import system: a finder in `sys.meta_path`, and loaders whose ``exec_module`` can be replaced on the
instance.
"""

from __future__ import annotations

import importlib.abc
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


class PostImportHooks(importlib.abc.MetaPathFinder):
    """Runs a hook after each import of certain modules, from `start` to `stop`.

    The other finders find the module; this one makes its loader run the hook.

    Args:
        hooks: for each full name of a module, its hook.

    """

    def __init__(self, hooks: dict[str, Callable[[], None]]) -> None:
        self._hooks = hooks

    def start(self) -> None:
        """Runs the hooks of modules that are already imported, and watches for the others."""
        for name, hook in self._hooks.items():
            if name in sys.modules:
                hook()
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def stop(self) -> None:
        """Stops watching."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of the other finders, with a loader that runs the hook after the module."""
        hook = self._hooks.get(fullname)
        if hook is None:
            return None
        others = (one for one in sys.meta_path if one is not self and hasattr(one, "find_spec"))
        spec = next((found for one in others if (found := one.find_spec(fullname, path, target)) is not None), None)
        loader: Any = getattr(spec, "loader", None)
        if hasattr(loader, "exec_module"):
            self._run_after(fullname, loader, hook)
        return spec

    def _run_after(self, name: str, loader: importlib.abc.Loader, hook: Callable[[], None]) -> None:
        """Makes a loader run a hook once, after the named module. One loader loads all modules of a zip file."""
        execute = loader.exec_module

        def execute_and_run_hook(module: ModuleType) -> None:
            is_hooked = module.__name__ == name
            if is_hooked:
                vars(loader).pop("exec_module", None)
            execute(module)
            # The module may have been found before `stop` and run after it.
            if is_hooked and self in sys.meta_path:
                hook()

        loader.exec_module = execute_and_run_hook  # type: ignore[method-assign]  # On this instance only.
