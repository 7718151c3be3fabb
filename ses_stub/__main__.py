"""``python -m ses_stub`` and the console script ``ses-stub``."""

from __future__ import annotations

import sys


def main() -> int:
    """Runs the command; tells what to install where the server's libraries are missing."""
    try:
        from ._server.cli import main as command
    except ModuleNotFoundError as missing:
        print(f"ses-stub needs {missing.name}, which the extra `server` of ses-stub brings", file=sys.stderr)
        return 1
    return command()


if __name__ == "__main__":
    sys.exit(main())
