"""The command ``ses-stub serve``: a server with a running clock, and with a state that can survive restarts."""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import os
import shlex
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TextIO

from .._api.stub import SESStub, service_of
from .._core.errors import SESStubError, suggest
from .._time.running_clock import RunningClock
from .app import Application
from .endpoint import client_variables
from .http import Server
from .request_guard import RequestGuard
from .request_log import RequestLog
from .retention import LogRetention
from .settings import Settings, add_options, read_settings
from .state_saver import StateSaver

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
#: A closed terminal sends SIGHUP. Windows has none.
_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class _ServeParser(argparse.ArgumentParser):
    """Rejects unknown options itself, with its own usage: the parent's usage lists none of its options."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        namespace, unknown = super().parse_known_args(args, namespace)
        if unknown:
            nearest = suggest(unknown[0], self._option_string_actions)
            self.error(f"unrecognized arguments: {' '.join(unknown)}{nearest}")
        return namespace, unknown


def make_parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    from .. import __version__

    parser = argparse.ArgumentParser(
        prog="ses-stub", description="Amazon SES identities for tests, as the real service behaves."
    )
    parser.add_argument("--version", action="version", version=f"ses-stub {__version__}")
    serve = parser.add_subparsers(required=True, metavar="serve", parser_class=_ServeParser).add_parser(
        "serve",
        help="answer SES over HTTP, with a web page and an inbox",
        description="Answers SES over HTTP, with a web page and an inbox.",
        epilog="The environment variable in brackets, or the seed file, can set each option too.",
    )
    add_options(serve)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until SIGINT, SIGTERM or SIGHUP.

    Args:
        arguments: the command line without the program's name; None for the process's.

    Returns:
        The exit status: 0, or 1 if the server cannot start.

    """
    given = vars(make_parser().parse_args(arguments))
    try:
        _serve(read_settings(given, os.environ))
    except (SESStubError, OSError) as problem:
        print(f"ses-stub: {_reason(problem)}", file=sys.stderr)
        return 1
    return 0


def _reason(problem: SESStubError | OSError) -> str:
    if isinstance(problem, SESStubError):
        return str(problem)
    if problem.filename is not None:
        return f"cannot open {problem.filename}: {problem.strerror}"
    return f"cannot listen: {problem.strerror}. Set another --host or --port; port 0 is any free port"


def _serve(settings: Settings) -> None:
    values = settings.values
    # Standard output has only what a program reads.
    say = _printer(sys.stdout if values["print_env"] is None else sys.stderr)
    stub = make_stub(settings)
    service = service_of(stub)
    with ExitStack() as stack:
        application: Any = Application(stub, RequestGuard(values["host"], values["allowed_host"]))
        messages, save = [], None
        if values["state"] is not None:
            saver = StateSaver(service, values["state"])
            messages = saver.start(hashlib.sha256(settings.seed.encode()).hexdigest() if settings.seed else "")
            stack.callback(saver.close)
            save = saver.save
            application.problem = saver.get_problem
        if not values["quiet"]:
            application = RequestLog(application, service, say)
        server = Server(LogRetention(application, service, save), service, values["host"], values["port"])
        _on_signals(_stop)
        # The larger the initial state, the longer Python's garbage collector would stop the server.
        gc.freeze()
        try:
            stack.enter_context(server)
            if values["port_file"] is not None:
                stack.callback(_write_port(values["port_file"], server.port))
            _print_start(stub, server, values, messages, say)
            # Until a signal raises.
            threading.Event().wait()
        except KeyboardInterrupt:
            # A second signal does not interrupt the clean-up.
            _on_signals(signal.SIG_IGN)
            say("Stopped.")


def make_stub(settings: Settings) -> SESStub:
    """The stub to serve.

    Raises:
        SESStubError: an option has an invalid value. The text has the line of the seed file.

    """
    try:
        return SESStub(clock=RunningClock(settings.values["speed"]), **settings.options)
    except SESStubError as problem:
        raise settings.locate(problem) from problem


def _print_start(
    stub: SESStub, server: Server, values: Mapping[str, Any], messages: Sequence[str], say: Callable[[str], None]
) -> None:
    around = {name: value for name, value in os.environ.items() if name not in _REGIONS}
    variables = client_variables(server.url, stub.region, stub.account_id, around)
    if values["print_env"] is not None:
        text = json.dumps(variables) if values["print_env"] == "json" else "\n".join(_shell(variables))
        _printer(sys.stdout)(text)
    lines = [
        f"ses_stub answers Amazon SES at {server.url} (open it in a browser for the page with the inbox).",
        "Clients need these variables (for a program: --print-env sh or json):",
        *(f"  {line}" for line in _shell(variables)),
        "Older clients ignore these variables and would call AWS: the aws CLI before 1.29 and 2.13 (Debian 12 has"
        " 2.9), the SDK for JavaScript 2, other SDKs from before 2024.",
        f"Pass them the address: aws --endpoint-url {server.url}",
        *messages,
    ]
    if values["speed"] != 1:
        lines.append(f"Time runs {values['speed']:,g} times as fast; the rate is per real second.")
    if server.host not in _LOOPBACK:
        lines.append(
            f"It listens on {server.host}, not only on this machine, and has no password: everyone who can reach it can"
            " read and change everything in it."
        )
    say("\n".join([*lines, "Stop it with Ctrl+C."]))


def _shell(variables: Mapping[str, str | None]) -> list[str]:
    unset = [name for name, value in variables.items() if value is None]
    lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items() if value is not None]
    return [*lines, f"unset {' '.join(unset)}"]


def _printer(stream: TextIO) -> Callable[[str], None]:
    """Prints to a stream while it has a reader: ``ses-stub serve | head -1`` closes it."""
    is_open = True

    def say(text: str) -> None:
        nonlocal is_open
        if is_open:
            try:
                print(text, file=stream, flush=True)
            except BrokenPipeError:
                is_open = False
                # Python flushes the stream again when it exits.
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())

    return say


def _write_port(path: Path, port: int) -> Callable[[], None]:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(f"{port}\n", encoding="ascii")
    temporary.replace(path)
    return lambda: path.unlink(missing_ok=True)


def _on_signals(action: Any) -> None:
    for number in _SIGNALS:
        signal.signal(number, action)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
