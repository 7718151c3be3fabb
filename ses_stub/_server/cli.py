"""The command ``ses-stub serve``: a server whose clock runs, and whose state can survive restarts."""

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

from .._api.stub import SESStub, service_of
from .._core.errors import SESStubError
from .._model.options import NAMES
from .._time.running_clock import RunningClock
from .app import Application
from .autosave import StateAutosaver
from .http import Server
from .retention import LogRetention

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover  # Coverage is measured on newer ones.
    import tomli as tomllib

PORT = 4579
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
#: Options that TOML cannot express, or that the command sets itself.
_NOT_IN_FILES = {"clock", "freeze", "sleep", "resolver", "unsupported", "auto_verify"}


def make_parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="ses-stub", description="Amazon SES identities for tests, as the real service behaves."
    )
    serve = parser.add_subparsers(required=True, metavar="serve").add_parser(
        "serve",
        help="answer SES over HTTP, with a web page and an inbox",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on")
    serve.add_argument("--port", type=int, default=PORT, help="port to listen on; 0 picks a free port")
    serve.add_argument("--seed-file", type=Path, metavar="TOML", help="identities and options to start with")
    serve.add_argument("--state", type=Path, metavar="FILE", help="file in which the state survives restarts")
    serve.add_argument(
        "--rate",
        type=_rate,
        default=argparse.SUPPRESS,
        help="requests per second of each operation, or none (default: 1, as in SES)",
    )
    serve.add_argument("--speed", type=_speed, default=1.0, help="seconds of the server's clock per real second")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until SIGINT or SIGTERM.

    Args:
        arguments: the command line without the program's name; None takes the process's.

    Returns:
        The exit status: 0, or 1 if the server cannot start.

    """
    parsed = make_parser().parse_args(arguments)
    try:
        _serve(parsed)
    except (SESStubError, OSError, tomllib.TOMLDecodeError) as problem:
        print(f"ses-stub: {problem}", file=sys.stderr)
        return 1
    return 0


def _serve(arguments: argparse.Namespace) -> None:
    options = _read_options(arguments.seed_file) if arguments.seed_file is not None else {}
    if "rate" in arguments:
        options["rate"] = arguments.rate
    stub = SESStub(clock=RunningClock(arguments.speed), **options)
    service = service_of(stub)
    with ExitStack() as stack:
        messages = [f"Time runs {arguments.speed:g} times as fast."] if arguments.speed != 1 else []
        on_change = None
        if arguments.state is not None:
            autosaver = StateAutosaver(service, arguments.state)
            messages += autosaver.start()
            stack.callback(autosaver.close)
            on_change = autosaver.on_change
        application = LogRetention(Application(stub), service, on_change)
        server = Server(application, service, arguments.host, arguments.port)
        _on_signals(_stop)
        try:
            stack.enter_context(server)
            _print_start(server, messages)
            # Waits until a signal raises.
            threading.Event().wait()
        except KeyboardInterrupt:
            # A second signal does not interrupt the clean-up.
            _on_signals(signal.SIG_IGN)
            print("Stopped.", flush=True)


def _print_start(server: Server, messages: Sequence[str]) -> None:
    print(f"ses_stub answers Amazon SES at {server.url} (open it in a browser for the page with the inbox).")
    print(f"  export AWS_ENDPOINT_URL_SES={server.url} AWS_ENDPOINT_URL_SESV2={server.url}")
    print(*messages, sep="\n", end="\n" if messages else "")
    if server.host not in _LOOPBACK:
        print(
            f"It listens on {server.host}, not only on this machine: whoever can reach it can read and change"
            " everything in it, as there is no password."
        )
    print("Stop it with Ctrl+C.", flush=True)


def _on_signals(action: Any) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, action)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _read_options(path: Path) -> dict[str, Any]:
    """The options in a seed file, by name; ``identities`` is a table of names and statuses.

    Raises:
        SESStubError: the file sets an option that a file cannot set.
        OSError: cannot read the file.
        TOMLDecodeError: the file is not TOML.

    """
    options = tomllib.loads(path.read_text(encoding="utf-8"))
    wrong = sorted(options.keys() & _NOT_IN_FILES)
    if wrong:
        known = ", ".join(name for name in NAMES if name not in _NOT_IN_FILES)
        raise SESStubError(f"{path}: {', '.join(wrong)} cannot be set in a file; the options are {known}")
    return options


def _rate(text: str) -> float | None:
    return None if text.lower() == "none" else float(text)


def _speed(text: str) -> float:
    speed = float(text)
    if not 0 < speed <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text}: expected a number above 0 and at most 1,000,000")
    return speed
