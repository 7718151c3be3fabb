"""Settings from the command line, the environment and a seed file: the same names and texts, and where an error is."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest
from pages import text_of

from ses_stub import SESStubError
from ses_stub._server.cli import make_stub
from ses_stub._server.settings import SETTINGS, Settings, add_options, read_settings


def read(tmp_path: Path, seed: str | bytes = "", *arguments: str, **environ: str) -> Settings:
    """The settings of a command."""
    parser = argparse.ArgumentParser()
    add_options(parser)
    given = vars(parser.parse_args(arguments))
    if seed:
        given["seed_file"] = tmp_path / "seed.toml"
        given["seed_file"].write_bytes(seed if isinstance(seed, bytes) else seed.encode())
    return read_settings(given, environ)


def problem_of(tmp_path: Path, seed: str | bytes) -> str:
    """The error about a seed file, without the folder."""
    with pytest.raises(SESStubError) as raised:
        make_stub(read(tmp_path, seed))
    return str(raised.value).removeprefix(f"{tmp_path}/")


def test_settings_have_defaults(tmp_path: Path) -> None:
    """Without anything."""
    settings = read(tmp_path)
    assert settings.values == {
        "host": "127.0.0.1",
        "allowed_host": [],
        "port": 4579,
        "port_file": None,
        "seed_file": None,
        "state": None,
        "rate": 1.0,
        "speed": 1.0,
        "print_env": None,
        "quiet": False,
    }
    assert settings.options == {"rate": 1.0}


VALUES: list[tuple[str, str, str, Any]] = [
    ("host", "::1", '"::1"', "::1"),
    ("allowed_host", "a,b", '["a", "b"]', ["a", "b"]),
    ("port", "0", "0", 0),
    ("port_file", "x", '"x"', Path("x")),
    ("state", "x", '"x"', Path("x")),
    ("rate", "none", '"none"', None),
    ("rate", "2.5", "2.5", 2.5),
    ("speed", "60", "60", 60.0),
    ("print_env", "json", '"json"', "json"),
    ("quiet", "true", "true", True),
    ("quiet", "0", "false", False),
]


@pytest.mark.parametrize(("name", "text", "toml", "value"), VALUES)
def test_each_setting_has_three_names(tmp_path: Path, name: str, text: str, toml: str, value: Any) -> None:
    """An option, an environment variable, and a key in the seed file."""
    option = f"--{name.replace('_', '-')}"
    arguments = [option] * value if name == "quiet" else [option, text]
    ways = [
        read(tmp_path, "", *arguments),
        read(tmp_path, "", **{f"SES_STUB_{name.upper()}": text}),
        read(tmp_path, f"{name} = {toml}"),
    ]
    assert [way.values[name] for way in ways] == [value] * 3


def test_command_line_counts_before_environment_and_file(tmp_path: Path) -> None:
    """And the environment before the file."""
    seed = "port = 1\nspeed = 1\nrate = 1"
    settings = read(tmp_path, seed, "--port", "3", SES_STUB_PORT="2", SES_STUB_SPEED="2")
    assert [settings.values[name] for name in ("port", "speed", "rate")] == [3, 2, 1]


def test_seed_file_is_named_by_the_environment(tmp_path: Path) -> None:
    """Like any other option; an empty variable is none."""
    (tmp_path / "x.toml").write_text("speed = 7")
    settings = read(tmp_path, "", SES_STUB_SEED_FILE=str(tmp_path / "x.toml"), SES_STUB_SPEED="", SES_STUB_OTHER="x")
    assert settings.values["speed"] == 7


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("port", "65536"), ("rate", "0"), ("rate", "inf"), ("rate", "fast"), ("speed", "0"), ("speed", "x")),
        *(("print_env", "xml"), ("quiet", "perhaps")),
    ],
)
def test_wrong_values_are_errors_everywhere(tmp_path: Path, name: str, text: str) -> None:
    """The error names the variable, or file and line."""
    with pytest.raises(SESStubError, match=f"^environment variable SES_STUB_{name.upper()}='{text}': expected "):
        read(tmp_path, "", **{f"SES_STUB_{name.upper()}": text})
    assert problem_of(tmp_path, f'\n{name} = "{text}"').startswith(f"seed.toml, line 2: {name} = '{text}': expected ")


@pytest.mark.parametrize(
    ("seed", "problem"),
    [
        ("regoin = 'eu-west-1'", "seed.toml, line 1: no option named 'regoin' (did you mean 'region'?)"),
        ("allowed-host = ['x']", "seed.toml, line 1: no option named 'allowed-host' (did you mean 'allowed_host'?)"),
        ("# one\nregion = 'Frankfurt'", "seed.toml, line 2: option region='Frankfurt': expected a region"),
        (
            "[identities]\n'a.example' = 'Pending'\n'example.com' = {dkim = 'Sucess'}",
            "seed.toml, line 3: option identities=",
        ),
        ("identities = [\n 'a.example',\n 'nonsense',\n]", "seed.toml, line 3: option identities="),
        ("\nresolver = 'x'", "seed.toml, line 2: resolver cannot be set in a seed file: expected identities, region"),
        ("seed_file = 'x'", "seed.toml, line 1: seed_file cannot be set in a seed file"),
        ("a = 1\nregion = ", "seed.toml: Invalid value (at end of document)"),
        (b"a = 1\nb = '\xff'", "seed.toml, line 2: not UTF-8"),
        ("burst = 0", "seed.toml, line 1: option burst=0: expected a whole number"),
    ],
    ids=[
        "unknown",
        "with a dash",
        "value",
        "identity",
        "name in a list",
        "no option of a file",
        "itself",
        "no TOML",
        "bytes",
        "burst",
    ],
)
def test_errors_of_a_seed_file_name_the_line(tmp_path: Path, seed: str | bytes, problem: str) -> None:
    """One line, whatever is wrong."""
    found = problem_of(tmp_path, seed)
    assert found.startswith(problem)
    assert "\n" not in found


def test_missing_line_is_left_out(tmp_path: Path) -> None:
    """Without a seed file an error is as it is; a key that is written in an unusual way has no line."""
    assert str(read(tmp_path).locate(SESStubError("x"))) == "x"
    assert problem_of(tmp_path, '"re\\u0067ion" = 3').startswith("seed.toml: option region=3")


def test_settings_are_documented() -> None:
    """In the table of the page."""
    page = text_of("docs/server.md")
    for setting in SETTINGS:
        assert f"| `{setting.option}`, `{setting.variable}` |" in page
