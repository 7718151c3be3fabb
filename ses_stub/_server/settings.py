"""The settings of ``ses-stub serve``: from the command line, environment variables, or the seed file.

All three use the same names and texts. The command line takes precedence, then the environment.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from .._core.errors import SESStubError, UnknownOptionError
from .._model.options import NAMES

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover  # Coverage is measured on newer versions.
    import tomli as tomllib

PORT = 4579
#: The prefix of environment variables.
PREFIX = "SES_STUB_"
#: Options of the stub that TOML cannot express, or that make no sense in a server.
_NOT_IN_FILES = {"clock", "freeze", "sleep", "resolver", "unsupported", "auto_verify"}


class Setting(NamedTuple):
    """One setting.

    Attributes:
        name: its name in a seed file; with dashes its command-line option, in capitals its environment variable.
        convert: converts a text to a value.
        default: the default.
        help: the text for ``--help``.
        metavar: the name of its value in ``--help``; empty for a switch.

    """

    name: str
    convert: Callable[[str], Any]
    default: Any
    help: str
    metavar: str = ""

    @property
    def option(self) -> str:
        """The command-line option."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def variable(self) -> str:
        """The environment variable."""
        return f"{PREFIX}{self.name.upper()}"


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65_535:
        raise ValueError("expected a number from 0 to 65535")
    return int(text)


def _rate(text: str) -> float | None:
    if text.lower() == "none":
        return None
    return _number(text, sys.float_info.max, "requests per second, more than 0; or none")


def _speed(text: str) -> float:
    return _number(text, 1_000_000, "a number above 0 and at most 1,000,000")


def _number(text: str, most: float, expected: str) -> float:
    with suppress(ValueError):
        if 0 < (number := float(text)) <= most:
            return number
    raise ValueError(f"expected {expected}")


def _switch(text: str) -> bool:
    values = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    try:
        return values[text.lower()]
    except KeyError:
        raise ValueError("expected true or false") from None


def _names(text: str) -> list[str]:
    return [name for name in re.split(r"[,\s]+", text) if name]


def _format(text: str) -> str:
    if text not in ("sh", "json"):
        raise ValueError("expected sh or json")
    return text


SETTINGS = (
    Setting("host", str, "127.0.0.1", "address to listen on", "ADDRESS"),
    Setting("allowed_host", _names, [], "other host names of this server, such as its container's", "NAMES"),
    Setting("port", _port, PORT, "port to listen on; 0 picks a free port", "PORT"),
    Setting("port_file", Path, None, "file to write the port to when the server is ready", "FILE"),
    Setting("seed_file", Path, None, "identities and options to start with", "TOML"),
    Setting("state", Path, None, "file in which the state survives restarts", "FILE"),
    Setting("rate", _rate, 1.0, "requests per second for each operation, or none", "NUMBER"),
    Setting(
        "speed", _speed, 1.0, "seconds of the server's clock per real second; the rate is per real second", "NUMBER"
    ),
    Setting("print_env", _format, None, "print only the environment variables for clients, as sh or json", "FORMAT"),
    Setting("quiet", _switch, False, "print no line for each request"),
)
_BY_NAME = {setting.name: setting for setting in SETTINGS}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds the settings to a parser. Its result has only those that were given."""
    for setting in SETTINGS:
        shown = "" if setting.default in (None, [], False) else f" (default: {setting.default})"
        about = f"{setting.help} [{setting.variable}]{shown}"
        if setting.metavar:
            how: dict[str, Any] = {"type": _for_argparse(setting.convert), "metavar": setting.metavar}
            if setting.convert is _names:
                how["action"] = "extend"
        else:
            how = {"action": "store_true"}
        parser.add_argument(setting.option, default=argparse.SUPPRESS, help=about, **how)


def _for_argparse(convert: Callable[[str], Any]) -> Callable[[str], Any]:
    def checked(text: str) -> Any:
        try:
            return convert(text)
        except ValueError as problem:
            raise argparse.ArgumentTypeError(f"{text!r}: {problem}") from None

    return checked


class Settings(NamedTuple):
    """All settings of the server.

    Attributes:
        values: the settings by name.
        options: the options of the stub.
        seed: the text of the seed file; empty without one.

    """

    values: dict[str, Any]
    options: dict[str, Any]
    seed: str

    def locate(self, problem: Exception) -> SESStubError:
        """Adds the seed file and the line to an error about the stub's options."""
        path = self.values["seed_file"]
        if path is None:
            return SESStubError(str(problem))
        option, text = getattr(problem, "option", ""), str(problem)
        names = [name for name in self.options.get("identities", ()) if f"but that of {name!r}" in text]
        return SESStubError(f"{path}{_line_of(self.seed, [*names, option])}: {text}")


def read_settings(given: Mapping[str, Any], environ: Mapping[str, str]) -> Settings:
    """All settings.

    Args:
        given: the settings from the command line.
        environ: the environment variables.

    Raises:
        SESStubError: a setting has an invalid value. The text has the line of the seed file.
        OSError: cannot read the seed file.

    """
    values = {setting.name: setting.default for setting in SETTINGS}
    named = {**_from_environment(environ), **given}
    path = named.get("seed_file")
    seed = _read_text(path) if path is not None else ""
    options = _parse(path, seed)
    for name in sorted(options.keys() & _BY_NAME.keys()):
        values[name] = _convert_seed(path, seed, name, options.pop(name))
    values.update(named)
    # The stub's own default, unless another one was set.
    options["rate"] = values["rate"]
    return Settings(values, options, seed)


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    found = {}
    for setting in SETTINGS:
        text = environ.get(setting.variable, "")
        if text:
            try:
                found[setting.name] = setting.convert(text)
            except ValueError as problem:
                raise SESStubError(f"environment variable {setting.variable}={text!r}: {problem}") from None
    return found


def _read_text(path: Path) -> str:
    data = path.read_bytes()
    try:
        return data.decode()
    except UnicodeDecodeError as problem:
        line = data[: problem.start].count(b"\n") + 1
        raise SESStubError(f"{path}, line {line}: not UTF-8") from None


def _parse(path: Path | None, seed: str) -> dict[str, Any]:
    try:
        options = tomllib.loads(seed)
    except tomllib.TOMLDecodeError as problem:
        raise SESStubError(f"{path}: {problem}") from None
    known = [name for name in NAMES if name not in _NOT_IN_FILES] + sorted(_BY_NAME.keys() - {*NAMES, "seed_file"})
    wrong = sorted(options.keys() & (_NOT_IN_FILES | {"seed_file"}))
    if wrong:
        where = _line_of(seed, wrong[:1])
        raise SESStubError(
            f"{path}{where}: {', '.join(wrong)} cannot be set in a seed file: expected {', '.join(known)}"
        )
    for name in options.keys() - {*known}:
        raise SESStubError(f"{path}{_line_of(seed, [name])}: {UnknownOptionError(name, known)}")
    return options


def _convert_seed(path: Path | None, seed: str, name: str, value: Any) -> Any:
    try:
        parts = value if isinstance(value, list) else [value]
        return _BY_NAME[name].convert(",".join(map(str, parts)))
    except ValueError as problem:
        raise SESStubError(f"{path}{_line_of(seed, [name])}: {name} = {value!r}: {problem}") from None


def _line_of(seed: str, names: list[str]) -> str:
    """The line that has one of the names as its key, as text for an error; empty if there is none."""
    for name in filter(None, names):
        key = re.compile(rf"""(?:^|[\[{{,.\s])["']?{re.escape(name)}["']?\s*(?:=|\]|,)""")
        for number, line in enumerate(seed.splitlines(), 1):
            if key.search(line):
                return f", line {number}"
    return ""
