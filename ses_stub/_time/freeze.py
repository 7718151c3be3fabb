"""Freezes the process's clocks with freezegun, and restores all of them.

Relies on freezegun, each with a test in tests/time/test_freeze.py: its stacks ``freeze_factories``, ``tz_offsets``,
``ignore_lists`` and ``tick_flags`` have an entry for each freeze; only the first freeze has patched modules, and knows
in ``undo_changes``, ``modules_at_start``, ``fake_names`` and ``reals`` how to restore them; one that knows no modules
restores all; ``stop`` removes the last entry, of any freeze.

freezegun's ignore list means two things. The modules in it are not patched: modules that wait for something real with a
clock imported by name need that, and `threading`, whose waits would never end. And a call is real if one of the nearest
frames belongs to such a module: with ``threading`` in the list, that holds for each function that a thread runs
directly. Only code that reads ``time.monotonic`` needs that. So once a freeze has started, the list contains only such
callers, and the user's own entries.
"""

from __future__ import annotations

import gc
import warnings
from datetime import datetime
from typing import Any

from .._core.locks import Rank, lock

#: Callers of ``time.monotonic()`` that wait for something real.
_CALLERS = (
    "concurrent.futures._base",
    "multiprocessing.connection",
    "multiprocessing.managers",
    "multiprocessing.queues",
    "multiprocessing.synchronize",
)
#: Modules whose clocks, imported by name, stay real for the same reason. pytest's measures durations.
_HOLDERS = ("_pytest", "pytest_timeout", "selectors", "ses_stub._time", "socketserver", "subprocess", "trio", "twisted")
#: Entries of freezegun's that run functions of the application, or are only the beginning of a name.
_RUNNERS = ("threading", "multiprocessing", "gi")

_freezes: list[Freeze] = []
_lock = lock(Rank.WAITS)


class Freeze:
    """Freezes the clocks of the process, from `start` to `stop`.

    Args:
        at: the time that they show (naive, in UTC).

    """

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._freezer: Any = None
        self.factory: Any = None
        # What the end leaves of freezegun's stacks, as soon as that is known.
        self._left: list[list[Any]] | None = None

    def start(self) -> None:
        """Starts the freeze. A failed start leaves nothing behind."""
        from freezegun import api

        self._freezer = api.freeze_time(self._at, ignore=[*_CALLERS, *_HOLDERS])
        try:
            with _lock:
                self._left = [list(stack) for stack in _stacks()]
                _freezes.append(self)
                # An interruption may leave freezegun's own catch_warnings open.
                with warnings.catch_warnings():
                    self.factory = self._freezer.start()
                api.ignore_lists[-1] = tuple(one for one in self._freezer.ignore if one not in _HOLDERS + _RUNNERS)
                self._left = None
        except BaseException:
            if self._left is None or len(self._left[0]) < len(api.freeze_factories):
                self.stop()
            elif self in _freezes:  # pragma: no branch  # Else the exception came before it was added.
                _freezes.remove(self)
            raise

    def stop(self) -> None:
        """Ends the freeze. It may overlap with others, also with the user's.

        May be called again, as after an exception that interrupted it.
        """
        with _lock:
            if self in _freezes:
                self._stop(_stacks())
                _freezes.remove(self)

    def _stop(self, stacks: tuple[list[Any], ...]) -> None:
        if self._left is None:
            number = _last_number(stacks[0], [self.factory])
            if number is None:
                # A freeze of the user's ended meanwhile and removed our entry: the one that is left was the user's.
                number = _last_number(stacks[0], stacks[0], but=[one.factory for one in _freezes])
            if number is None:
                return
            self._left = [stack[:number] + stack[number + 1 :] for stack in stacks]
        else:
            # After an interruption freezegun may not know all modules that it has patched. All are searched then.
            self._freezer.modules_at_start = set()
        if not self._left[0]:
            self._restore_clocks(stacks)
            return
        for stack, left in zip(stacks, self._left, strict=True):
            stack[:] = left
        if self._freezer.undo_changes:
            _hand_over(self._freezer)

    def _restore_clocks(self, stacks: tuple[list[Any], ...]) -> None:
        import copyreg

        from freezegun import api

        freezer = self._freezer
        # What freezegun's end removes: its own start or end may have been interrupted.
        factory = self.factory or (lambda: freezer.time_to_freeze)
        for stack, entry in zip(stacks, (factory, freezer.tz_offset, freezer.ignore, freezer.tick), strict=True):
            stack[:] = [entry]
        for kind in (api.real_datetime, api.real_date):
            copyreg.dispatch_table.setdefault(kind, lambda value: None)  # type: ignore[arg-type,return-value]
        if not hasattr(freezer, "reals"):
            # A freeze that was not the first does not know the patched modules. All modules are searched then.
            names = [name[5:] for name in vars(api) if name.startswith("real_")]
            fakes = {name: getattr(api, f"fake_{name}", None) for name in names}
            fakes.update(date=api.FakeDate, datetime=api.FakeDatetime)
            freezer.fake_names = tuple(fake.__name__ for fake in fakes.values() if fake is not None)
            # Also the modules that this freeze ignores: the first may have patched them.
            freezer.ignore = ()
            freezer.reals = {id(fake): getattr(api, f"real_{name}") for name, fake in fakes.items() if fake is not None}
        with warnings.catch_warnings():
            freezer.stop()


def _stacks() -> tuple[list[Any], ...]:
    """The four lists of freezegun's that have an entry for each freeze; the first has the clocks."""
    from freezegun import api

    return api.freeze_factories, api.tz_offsets, api.ignore_lists, api.tick_flags


def _last_number(stack: list[Any], factories: list[Any], but: Any = ()) -> int | None:
    """The position of the last of some factories, compared by identity, as their equality is not reliable."""
    wanted = {id(one) for one in factories} - {id(one) for one in but}
    return next((number for number in range(len(stack) - 1, -1, -1) if id(stack[number]) in wanted), None)


def _hand_over(freezer: Any) -> None:
    """Lets the freezes that end later restore the modules."""
    for other in [one for one in gc.get_objects() if type(one) is type(freezer)]:
        if other is not freezer and not other.undo_changes:
            other.undo_changes = list(freezer.undo_changes)
            other.modules_at_start = set(freezer.modules_at_start)
            other.fake_names, other.reals = freezer.fake_names, freezer.reals
