"""The command ``ses-stub serve``, as a user starts and stops it."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from pages import blocks

COMMAND = [sys.executable, "-m", "ses_stub", "serve"]
PATIENCE = 30


class RunningServer:
    """The command as a process, and what it has printed."""

    def __init__(self, process: subprocess.Popen[str], printed: str) -> None:
        self.process = process
        self.printed = printed
        self.url = re.findall(r"AWS_ENDPOINT_URL_SES=(\S+)", printed)[0].replace("0.0.0.0", "127.0.0.1")

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.url}/_ses_stub/{path}", timeout=PATIENCE) as answer:
            return json.load(answer)

    def post(self, path: str, body: object) -> Any:
        request = urllib.request.Request(
            f"{self.url}/_ses_stub/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Exit status, and what was printed after the start."""
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, rest


@contextmanager
def run(*arguments: str) -> Iterator[RunningServer]:
    with subprocess.Popen(
        [*COMMAND, "--port", "0", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        printed = ""
        while "Ctrl+C" not in printed and (line := process.stdout.readline()):
            printed += line
        try:
            assert "Ctrl+C" in printed, process.stderr
            yield RunningServer(process, printed)
        finally:
            process.terminate()


def refused(*arguments: str) -> tuple[int, str]:
    """Exit status and stderr of a command that cannot start."""
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=PATIENCE)
    return done.returncode, done.stderr


def test_prints_the_address_and_the_line_to_export() -> None:
    """The first lines contain them."""
    with run() as server:
        assert server.printed.startswith(f"ses_stub answers Amazon SES at {server.url} ")
        assert f"  export AWS_ENDPOINT_URL_SES={server.url} AWS_ENDPOINT_URL_SESV2={server.url}\n" in server.printed
        assert server.get("health")["status"] == "ok"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_stopped_command_exits_with_success(number: int) -> None:
    """On a signal it says so and ends with success, without a traceback."""
    with run() as server:
        assert server.stop(number) == (0, "Stopped.\n")


def test_listens_only_on_this_machine() -> None:
    """By default it is on the loopback address, and prints no warning."""
    with run() as server:
        assert server.url.startswith("http://127.0.0.1:")
        assert "password" not in server.printed


def test_warns_when_others_can_reach_it() -> None:
    """On another address it warns that there is no password."""
    with run("--host", "0.0.0.0") as server:
        assert "whoever can reach it can read and change everything in it, as there is no password." in server.printed


def test_speed_makes_time_run_faster() -> None:
    """A deadline of the server passes in a shorter real time."""
    with run("--speed", "1000000") as server:
        assert "Time runs 1e+06 times as fast." in server.printed
        server.post("identities", {"name": "ann@example.com", "status": "Pending"})
        # Each request takes some milliseconds, and so an hour of the server's time.
        while server.get("identities/ann%40example.com")["status"] == "Pending":
            continue
        assert server.get("identities/ann%40example.com")["status"] == "Failed"


def test_starts_with_the_seed_file(tmp_path: Path) -> None:
    """Identities and options, of the file's region; this is the file in docs/server.md."""
    seeds = tmp_path / "identities.toml"
    seeds.write_text(blocks("docs/server.md", "toml")[0])
    with run("--seed-file", str(seeds)) as server:
        found = {(one["name"], one["status"], one["region"]) for one in server.get("identities")["identities"]}
        assert found == {("example.com", "Success", "eu-west-1"), ("ann@example.com", "Pending", "eu-west-1")}
        records = server.get("identities/example.com/records?region=eu-west-1")["records"]
        assert [one["published"] for one in records] == [True] * 6


def test_command_in_the_documentation_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first command of docs/server.md."""
    monkeypatch.chdir(tmp_path)
    name, subcommand, *arguments = blocks("docs/server.md", "sh")[0].split()
    assert (name, subcommand) == ("ses-stub", "serve")
    with run(*arguments) as server:
        assert server.get("identities")["identities"] == []
        assert server.stop()[0] == 0
    assert (tmp_path / "ses.json").exists()


@pytest.mark.parametrize(
    ("arguments", "throttled"), [((), True), (("--rate", "none"), False), (("--rate", "1000000"), False)]
)
def test_rate_option_sets_the_throttle(arguments: tuple[str, ...], throttled: bool) -> None:
    """One request per second by default, as in SES."""
    with run(*arguments) as server:
        url = f"{server.url}/?Action=ListIdentities&Version=2010-12-01"
        statuses = []
        for _ in range(2):
            try:
                with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
                    statuses.append(answer.status)
            except urllib.error.HTTPError as error:
                statuses.append(error.code)
        assert statuses == [200, 400 if throttled else 200]


def test_state_survives_a_restart(tmp_path: Path) -> None:
    """Identities and the time are as they were."""
    state = str(tmp_path / "ses.json")
    with run("--state", state) as server:
        server.post("identities", {"name": "example.com", "status": "Pending"})
        server.post("clock/advance", {"hours": 71})
        before = server.get("clock")["now"]
        server.stop()
    with run("--state", state, "--rate", "none") as server:
        assert server.get("clock")["now"] >= before
        assert server.get("identities/example.com")["status"] == "Pending"
        server.post("clock/advance", {"hours": 1})
        assert server.get("identities/example.com")["status"] == "Failed"


def test_seed_file_counts_only_for_a_new_state_file(tmp_path: Path) -> None:
    """What was deleted stays deleted."""
    seeds, state = tmp_path / "seeds.toml", tmp_path / "ses.json"
    seeds.write_text('identities = ["example.com"]\n')
    arguments = ("--seed-file", str(seeds), "--state", str(state))
    with run(*arguments) as server:
        assert [one["name"] for one in server.get("identities")["identities"]] == ["example.com"]
        urllib.request.urlopen(
            urllib.request.Request(f"{server.url}/_ses_stub/identities/example.com", method="DELETE"), timeout=PATIENCE
        ).close()
        server.stop()
    with run(*arguments) as server:
        assert server.get("identities")["identities"] == []


def test_damaged_state_file_is_renamed(tmp_path: Path) -> None:
    """A damaged file is reported and kept, and the server starts empty."""
    state = tmp_path / "ses.json"
    state.write_text("{ damaged")
    with run("--state", str(state)) as server:
        assert "damaged" in server.printed
        assert server.get("identities")["identities"] == []
    assert "{ damaged" in {path.read_text() for path in tmp_path.iterdir()}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("regoin = 'eu-west-1'", "regoin"),
        ("region = 'Frankfurt'", "Frankfurt"),
        ("identities = {'example.com' = {dkim = 'Sucess'}}", "of 'example.com', dkim='Sucess': expected one of"),
        ("resolver = 'x'", "resolver cannot be set in a file"),
        ("region = ", "Invalid value"),
    ],
    ids=["unknown option", "wrong value", "wrong DKIM", "no option of a file", "no TOML"],
)
def test_wrong_seed_file_is_reported(tmp_path: Path, text: str, message: str) -> None:
    """The server does not start, and prints what is wrong, without a traceback."""
    seeds = tmp_path / "seeds.toml"
    seeds.write_text(text)
    status, printed = refused("--seed-file", str(seeds))
    assert status == 1
    assert printed.startswith("ses-stub: ")
    assert message in printed
    assert "Traceback" not in printed


def test_missing_seed_file_is_reported(tmp_path: Path) -> None:
    """The message names the file."""
    status, printed = refused("--seed-file", str(tmp_path / "nowhere.toml"))
    assert status == 1
    assert "nowhere.toml" in printed


def test_used_port_is_reported() -> None:
    """Two servers cannot use the same port."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        status, printed = refused("--port", str(port))
    assert status == 1
    assert re.fullmatch(rf"ses-stub: .* in use .*{port}.*\n", printed)


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "fast", "1e9"])
def test_wrong_speed_is_rejected(speed: str) -> None:
    """The speed is a positive number."""
    status, printed = refused(f"--speed={speed}")
    assert status == 2
    assert "--speed" in printed


@pytest.mark.parametrize("rate", ["0", "-1", "nan", "quick"])
def test_wrong_rate_is_rejected(rate: str) -> None:
    """The rate is a positive number, or none."""
    status, printed = refused(f"--rate={rate}")
    assert status in (1, 2)
    assert "rate" in printed


def test_missing_extra_is_reported() -> None:
    """Without the server's libraries, it prints what to install."""
    program = "import sys; sys.modules['waitress'] = None\nfrom ses_stub.__main__ import main\nsys.exit(main())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 1
    assert "pip install 'ses-stub[server]'" in done.stderr


def test_console_script_and_module_are_the_same() -> None:
    """``ses-stub`` runs what ``python -m ses_stub`` runs."""
    (script,) = entry_points(group="console_scripts", name="ses-stub")
    assert script.value == "ses_stub.__main__:main"
