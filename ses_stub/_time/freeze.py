"""The process's clocks while a scope freezes them: freezegun, begun and ended so that nothing is left behind.

What we rely on in freezegun, each with a test in tests/time/test_freeze.py: its stacks ``freeze_factories``, ``tz_offsets``,
``ignore_lists`` and ``tick_flags`` have an entry for each freeze; only the freeze that began first has patched modules, and
knows in ``undo_changes``, ``modules_at_start``, ``fake_names`` and ``reals`` how to restore them; ``stop`` takes the last entry,
whosever it is.

freezegun leaves callers real that have a module of its ignore list among the nearest frames, such as ``threading``: so
every function that a thread runs directly. Its start needs that list, or the waits of `threading` itself would have no
end; afterwards the scope's own list is in force, with what waits for something real.
"""

from __future__ import annotations

import gc
from datetime import datetime
from typing import Any

#: Whose clocks stay real: they wait for something that is not virtual. pytest's stopwatch among them.
_REAL = (
    "_pytest",
    "concurrent.futures._base",
    "multiprocessing.connection",
    "multiprocessing.popen",
    "pytest_timeout",
    "queue",
    "selectors",
    "ses_stub._time",
    "socketserver",
    "subprocess",
    "trio",
    "twisted",
)

_freezes: list[Freeze] = []


class Freeze:
    """Freezes the clocks of the process, from `start` to `stop`.

    Args:
        at: the time at which they stand (naive, in UTC).

    """

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._freezer: Any = None
        self.factory: Any = None

    def start(self) -> None:
        """Begins it; nothing is left of a start that fails."""
        from freezegun import api

        freezer = api.freeze_time(self._at, ignore=list(_REAL))
        entries = len(api.freeze_factories)
        try:
            self.factory = freezer.start()
            api.ignore_lists[-1] = _REAL
        except BaseException:
            if len(api.freeze_factories) > entries:
                _undo(freezer)
            raise
        self._freezer = freezer
        _freezes.append(self)

    def stop(self) -> None:
        """Ends it, in whichever order with others, the user's own too."""
        from freezegun import api

        _freezes.remove(self)
        freezer, self._freezer = self._freezer, None
        stack = api.freeze_factories
        number = next((number for number, one in enumerate(stack) if one is self.factory), None)
        if number is None:
            return
        if number == len(stack) - 1:
            freezer.stop()
            return
        for entries in (stack, api.tz_offsets, api.ignore_lists, api.tick_flags):
            del entries[number]
        if freezer.undo_changes:
            _hand_over(freezer)


def _undo(freezer: Any) -> None:
    """Ends a freeze that has only half begun."""
    import copyreg

    from freezegun import api

    for kind in (api.real_datetime, api.real_date):
        copyreg.dispatch_table.setdefault(kind, lambda value: None)  # type: ignore[arg-type,return-value]
    freezer.stop()


def _hand_over(freezer: Any) -> None:
    """Lets those who end later restore the modules."""
    others = [one._freezer for one in _freezes] or [one for one in gc.get_objects() if type(one) is type(freezer)]
    for other in others:
        if other is not freezer and not other.undo_changes:
            other.undo_changes = list(freezer.undo_changes)
            other.modules_at_start = set(freezer.modules_at_start)
            other.fake_names, other.reals = freezer.fake_names, freezer.reals
