"""``python -m ses_stub`` and the console script ``ses-stub``."""

from __future__ import annotations

import sys


def main() -> int:
    """Runs the command. Without the server's libraries, prints how to install them."""
    try:
        from ._server.cli import main as command
    except ModuleNotFoundError as missing:
        print(f"ses-stub needs {missing.name}: pip install 'ses-stub[server]'", file=sys.stderr)
        return 1
    return command()


if __name__ == "__main__":
    sys.exit(main())
