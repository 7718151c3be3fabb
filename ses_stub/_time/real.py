"""The process's real clocks and sleep, also if a test has frozen or mocked them before this module is imported.

freezegun replaces each function of `time` that it finds in a module. So these come from a second instance of the
module, which no other code knows.
"""

from __future__ import annotations

import importlib.util
from importlib.machinery import ModuleSpec
from typing import cast

_spec = cast(ModuleSpec, importlib.util.find_spec("time"))
_time = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_time)  # type: ignore[union-attr]  # It has one.

#: The second instance.
module = _time
sleep, time, monotonic, monotonic_ns = _time.sleep, _time.time, _time.monotonic, _time.monotonic_ns
process_time, thread_time = _time.process_time, _time.thread_time
