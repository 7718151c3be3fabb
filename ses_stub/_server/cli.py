"""The command ``ses-stub serve``: a server started by hand, whose clock goes by itself and whose state outlives it."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from .._api.stub import SESStub
from .._core.errors import SESStubError
from .._model.options import NAMES
from .._time.clock import RunningClock
from .app import Application
from .http import Server
from .retention import Housekeeping
from .state_file import Keeper

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover  # Coverage is measured on newer ones.
    import tomli as tomllib

PORT = 4579
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
#: Options that a file cannot say, or that are the command's own.
_NOT_IN_FILES = {"clock", "freeze", "sleep", "resolver", "unsupported", "auto_verify"}


def make_parser() -> argparse.ArgumentParser:
    """What the command line takes."""
    parser = argparse.ArgumentParser(
        prog="ses-stub", description="Amazon SES identities for tests, as the real service behaves."
    )
    serve = parser.add_subparsers(required=True, metavar="serve").add_parser(
        "serve",
        help="answer SES over HTTP, with a page to look at and an inbox",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on")
    serve.add_argument("--port", type=int, default=PORT, help="port to listen on; 0 takes a free one")
    serve.add_argument("--seed-file", type=Path, metavar="TOML", help="identities and options to begin with")
    serve.add_argument("--state", type=Path, metavar="FILE", help="file that keeps the state across restarts")
    serve.add_argument(
        "--rate",
        type=_rate,
        default=argparse.SUPPRESS,
        help="requests per second of each operation, or none (default: 1, as SES)",
    )
    serve.add_argument("--speed", type=_speed, default=1.0, help="how many seconds go by in one")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until it is told to stop (SIGINT or SIGTERM).

    Returns:
        The exit status: 0, or 1 if it could not begin.

    """
    given = make_parser().parse_args(arguments)
    try:
        _serve(given)
    except (SESStubError, OSError, tomllib.TOMLDecodeError) as problem:
        print(f"ses-stub: {problem}", file=sys.stderr)
        return 1
    return 0


def _serve(given: argparse.Namespace) -> None:
    options = _read_options(given.seed_file) if given.seed_file is not None else {}
    if "rate" in given:
        options["rate"] = given.rate
    stub = SESStub(clock=RunningClock(given.speed), **options)
    with ExitStack() as stack:
        lines = [f"Time runs {given.speed:g} times as fast."] if given.speed != 1 else []
        changed = None
        if given.state is not None:
            keeper = Keeper(stub._service, given.state)
            lines += keeper.start()
            stack.callback(keeper.close)
            changed = keeper.changed
        server = Server(Housekeeping(Application(stub), stub._service, changed), stub._service, given.host, given.port)
        _on_signals(_stop)
        try:
            stack.enter_context(server)
            _tell(server, lines)
            # Until a signal raises.
            threading.Event().wait()
        except KeyboardInterrupt:
            # What is left to do is to be done.
            _on_signals(signal.SIG_IGN)
            print("Stopped.", flush=True)


def _tell(server: Server, lines: Sequence[str]) -> None:
    print(f"ses_stub answers Amazon SES at {server.url} (the page with the inbox is there too).")
    print(f"  export AWS_ENDPOINT_URL_SES={server.url} AWS_ENDPOINT_URL_SESV2={server.url}")
    print(*lines, sep="\n", end="\n" if lines else "")
    if server.host not in _LOOPBACK:
        print(
            f"It listens on {server.host}, not on this machine alone: whoever reaches it can read and change"
            " everything in it, as there is no password."
        )
    print("Stop it with Ctrl+C.", flush=True)


def _on_signals(action: Any) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, action)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _read_options(path: Path) -> dict[str, Any]:
    """Options by their names; ``identities`` is a table of names and statuses.

    Raises:
        SESStubError: it is no such file.

    """
    options = tomllib.loads(path.read_text(encoding="utf-8"))
    wrong = sorted(options.keys() & _NOT_IN_FILES)
    if wrong:
        known = ", ".join(name for name in NAMES if name not in _NOT_IN_FILES)
        raise SESStubError(f"{path}: {', '.join(wrong)} cannot be given in a file; it takes {known}")
    return options


def _rate(text: str) -> float | None:
    return None if text.lower() == "none" else float(text)


def _speed(text: str) -> float:
    speed = float(text)
    if not 0 < speed <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text} is not more than 0 and at most 1,000,000")
    return speed
