"""Optional libraries. If one is missing, the error has the command that installs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

#: The distributions of modules with another name.
_DISTRIBUTIONS = {"dns": "dnspython"}


@contextmanager
def needed_for(what: str, requirement: str) -> Iterator[None]:
    """Wraps imports of optional libraries.

    Args:
        what: what needs them.
        requirement: what to install with pip.

    Raises:
        ModuleNotFoundError: one is missing. The text has the command that installs it.

    """
    try:
        yield
    except ModuleNotFoundError as missing:
        name = str(missing.name).partition(".")[0]
        raise ModuleNotFoundError(
            f"{what} needs {_DISTRIBUTIONS.get(name, name)}, which is not installed: pip install '{requirement}'",
            name=missing.name,
        ) from missing
