"""Optional libraries: where one is missing, the error names the command that installs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

#: The names under which libraries are installed, where they are not those of their modules.
_DISTRIBUTIONS = {"dns": "dnspython"}


@contextmanager
def needed_for(what: str, requirement: str) -> Iterator[None]:
    """Around the imports of optional libraries.

    Args:
        what: what needs them.
        requirement: what pip has to install.

    Raises:
        ModuleNotFoundError: one is missing; the text names the command that installs it.

    """
    try:
        yield
    except ModuleNotFoundError as missing:
        name = str(missing.name).partition(".")[0]
        raise ModuleNotFoundError(
            f"{what} needs {_DISTRIBUTIONS.get(name, name)}, which is not installed: pip install '{requirement}'",
            name=missing.name,
        ) from missing
