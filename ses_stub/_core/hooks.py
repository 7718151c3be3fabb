"""Hooks of scopes, for the pytest plugin's reports.

This module imports nothing of the package, so that the plugin can add a hook before the rest is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

#: Each is called with the stub of every scope that starts.
scope_started: list[Callable[[Any], None]] = []
