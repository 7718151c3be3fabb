"""Who is told of every stub whose scope begins: the pytest plugin, for its reports.

It imports nothing, so that the plugin can ask to be told before anything else of the package is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

observers: list[Callable[[Any], None]] = []
