"""How often the suite repeats what chance varies: a little in each run, and more in ``.ci/run`` and by hand."""

from __future__ import annotations

import os


def times(number: int) -> int:
    """So many times, multiplied by ``SES_STUB_TEST_REPEAT``."""
    return number * int(os.environ.get("SES_STUB_TEST_REPEAT", "1"))
