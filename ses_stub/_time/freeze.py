"""The process's clocks while a scope freezes them: freezegun, begun and ended so that nothing is left behind.

What we rely on in freezegun, each with a test in tests/time/test_freeze.py: its stacks ``freeze_factories``,
``tz_offsets``, ``ignore_lists`` and ``tick_flags`` have an entry for each freeze; only the freeze that began first has
patched modules, and knows in ``undo_changes``, ``modules_at_start``, ``fake_names`` and ``reals`` how to restore them;
one that knows no modules restores all of them; ``stop`` takes the last entry, whosever it is.

freezegun leaves the modules of its ignore list as they are, and callers real that have one among the nearest frames,
such as ``threading``: so every function that a thread runs directly. The first is what those need that wait for
something real with a clock imported by name; `threading` itself would have no end of its waits. The second is only for
those that read ``time.monotonic``. So afterwards a list of those is in force, and of what the user has added to
freezegun's.
"""

from __future__ import annotations

import gc
from datetime import datetime
from typing import Any

from .._core.locks import Rank, lock

#: Who calls ``time.monotonic()`` to wait for something that is not virtual.
_CALLERS = (
    "concurrent.futures._base",
    "multiprocessing.connection",
    "multiprocessing.managers",
    "multiprocessing.queues",
    "multiprocessing.synchronize",
)
#: Whose clocks, imported by name, stay real for the same reason; pytest's stopwatch among them.
_HOLDERS = ("_pytest", "pytest_timeout", "selectors", "ses_stub._time", "socketserver", "subprocess", "trio", "twisted")
#: What freezegun ignores, and what runs functions of the application, or is only the beginning of a name.
_RUNNERS = ("threading", "multiprocessing", "gi")

_freezes: list[Freeze] = []
_lock = lock(Rank.WAITS)


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

        freezer = api.freeze_time(self._at, ignore=[*_CALLERS, *_HOLDERS])
        with _lock:
            entries = len(api.freeze_factories)
            try:
                self.factory = freezer.start()
                api.ignore_lists[-1] = tuple(name for name in freezer.ignore if name not in _HOLDERS + _RUNNERS)
            except BaseException:
                if len(api.freeze_factories) > entries:
                    _undo(freezer)
                raise
            self._freezer = freezer
            _freezes.append(self)

    def stop(self) -> None:
        """Ends it, in whichever order with others, the user's own too."""
        from freezegun import api

        with _lock:
            _freezes.remove(self)
            freezer, self._freezer = self._freezer, None
            stack = api.freeze_factories
            number = _last_number(stack, [self.factory])
            if number is None:
                # One of the user's has ended meanwhile, and has taken this entry: what is left is that one's.
                number = _last_number(stack, stack, but=[one.factory for one in _freezes])
            if number is None:
                return
            if number == len(stack) - 1:
                _stop_last(freezer)
                return
            for entries in (stack, api.tz_offsets, api.ignore_lists, api.tick_flags):
                del entries[number]
            if freezer.undo_changes:
                _hand_over(freezer)


def _last_number(stack: list[Any], factories: list[Any], but: Any = ()) -> int | None:
    """Where the last of some factories is; they have no equality that could be relied on."""
    wanted = {id(one) for one in factories} - {id(one) for one in but}
    return next((number for number in range(len(stack) - 1, -1, -1) if id(stack[number]) in wanted), None)


def _undo(freezer: Any) -> None:
    """Ends a freeze that has only half begun."""
    import copyreg

    from freezegun import api

    for kind in (api.real_datetime, api.real_date):
        copyreg.dispatch_table.setdefault(kind, lambda value: None)  # type: ignore[arg-type,return-value]
    _stop_last(freezer)


def _stop_last(freezer: Any) -> None:
    """Ends the last freeze of all, or one above others, with one that need not know what was patched."""
    from freezegun import api

    if not hasattr(freezer, "reals"):
        # It was not the first. All modules are looked through then.
        names = [name[5:] for name in vars(api) if name.startswith("real_")]
        fakes = {name: getattr(api, f"fake_{name}", None) for name in names}
        fakes.update(date=api.FakeDate, datetime=api.FakeDatetime)
        freezer.fake_names = tuple(fake.__name__ for fake in fakes.values() if fake is not None)
        # Also those that this one ignores: the first may have patched them.
        freezer.ignore = ()
        freezer.reals = {id(fake): getattr(api, f"real_{name}") for name, fake in fakes.items() if fake is not None}
    freezer.stop()


def _hand_over(freezer: Any) -> None:
    """Lets those who end later restore the modules."""
    for other in [one for one in gc.get_objects() if type(one) is type(freezer)]:
        if other is not freezer and not other.undo_changes:
            other.undo_changes = list(freezer.undo_changes)
            other.modules_at_start = set(freezer.modules_at_start)
            other.fake_names, other.reals = freezer.fake_names, freezer.reals
