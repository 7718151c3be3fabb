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


class Desk:
    """A running server, and what it has printed."""

    def __init__(self, process: subprocess.Popen[str], said: str) -> None:
        self.process = process
        self.said = said
        self.url = re.findall(r"AWS_ENDPOINT_URL_SES=(\S+)", said)[0].replace("0.0.0.0", "127.0.0.1")

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
        """Exit status, and what came on stdout after the start."""
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, rest


@contextmanager
def desk(*arguments: str) -> Iterator[Desk]:
    with subprocess.Popen(
        [*COMMAND, "--port", "0", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = ""
        while "Ctrl+C" not in said and (line := process.stdout.readline()):
            said += line
        try:
            assert "Ctrl+C" in said, process.stderr
            yield Desk(process, said)
        finally:
            process.terminate()


def refused(*arguments: str) -> tuple[int, str]:
    """Exit status and stderr of a command that cannot begin."""
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=PATIENCE)
    return done.returncode, done.stderr


def test_tells_where_it_is_and_how_to_get_there() -> None:
    """The first lines hold the address, and the line to export."""
    with desk() as server:
        assert server.said.startswith(f"ses_stub answers Amazon SES at {server.url} ")
        assert f"  export AWS_ENDPOINT_URL_SES={server.url} AWS_ENDPOINT_URL_SESV2={server.url}\n" in server.said
        assert server.get("health")["status"] == "ok"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_ends_cleanly(number: int) -> None:
    """Told to stop, it says so and ends with success, without a traceback."""
    with desk() as server:
        assert server.stop(number) == (0, "Stopped.\n")


def test_listens_on_this_machine_alone() -> None:
    """Unless told otherwise, it is on the loopback address and says nothing of others."""
    with desk() as server:
        assert server.url.startswith("http://127.0.0.1:")
        assert "password" not in server.said


def test_says_so_when_others_can_reach_it() -> None:
    """On another address it warns that there is no password."""
    with desk("--host", "0.0.0.0") as server:
        assert "whoever reaches it can read and change everything in it, as there is no password." in server.said


def test_time_goes_faster() -> None:
    """An hour of the server may be shorter than one."""
    with desk("--speed", "1000000") as server:
        assert "Time runs 1e+06 times as fast." in server.said
        server.post("identities", {"name": "ann@example.com", "status": "Pending"})
        # Each look takes some milliseconds, and so an hour of the server's.
        while server.get("identities/ann%40example.com")["status"] == "Pending":
            continue
        assert server.get("identities/ann%40example.com")["status"] == "Failed"


def test_begins_with_what_the_seed_file_says(tmp_path: Path) -> None:
    """Identities and options, of the file's region; this is the file of the page."""
    seeds = tmp_path / "identities.toml"
    seeds.write_text(blocks("docs/server.md", "toml")[0])
    with desk("--seed-file", str(seeds)) as server:
        found = {(one["name"], one["status"], one["region"]) for one in server.get("identities")["identities"]}
        assert found == {("example.com", "Success", "eu-west-1"), ("ann@example.com", "Pending", "eu-west-1")}


def test_command_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the page shows first is a command that runs."""
    monkeypatch.chdir(tmp_path)
    name, order, *arguments = blocks("docs/server.md", "sh")[0].split()
    assert (name, order) == ("ses-stub", "serve")
    with desk(*arguments) as server:
        assert server.get("identities")["identities"] == []
        assert server.stop()[0] == 0
    assert (tmp_path / "ses.json").exists()


@pytest.mark.parametrize(
    ("arguments", "throttled"), [((), True), (("--rate", "none"), False), (("--rate", "1000000"), False)]
)
def test_rate(arguments: tuple[str, ...], throttled: bool) -> None:
    """One request a second, as SES, unless told otherwise."""
    with desk(*arguments) as server:
        url = f"{server.url}/?Action=ListIdentities&Version=2010-12-01"
        statuses = []
        for _ in range(2):
            try:
                with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
                    statuses.append(answer.status)
            except urllib.error.HTTPError as error:
                statuses.append(error.code)
        assert statuses == [200, 400 if throttled else 200]


def test_state_outlives_it(tmp_path: Path) -> None:
    """What was there when it stopped is there when it starts again, the time as well."""
    state = str(tmp_path / "ses.json")
    with desk("--state", state) as server:
        server.post("identities", {"name": "example.com", "status": "Pending"})
        server.post("clock/advance", {"hours": 71})
        before = server.get("clock")["now"]
        server.stop()
    with desk("--state", state, "--rate", "none") as server:
        assert server.get("clock")["now"] >= before
        assert server.get("identities/example.com")["status"] == "Pending"
        server.post("clock/advance", {"hours": 1})
        assert server.get("identities/example.com")["status"] == "Failed"


def test_seeds_count_the_first_time_only(tmp_path: Path) -> None:
    """With a state file, what was deleted stays deleted."""
    seeds, state = tmp_path / "seeds.toml", tmp_path / "ses.json"
    seeds.write_text('identities = ["example.com"]\n')
    arguments = ("--seed-file", str(seeds), "--state", str(state))
    with desk(*arguments) as server:
        assert [one["name"] for one in server.get("identities")["identities"]] == ["example.com"]
        urllib.request.urlopen(
            urllib.request.Request(f"{server.url}/_ses_stub/identities/example.com", method="DELETE"), timeout=PATIENCE
        ).close()
        server.stop()
    with desk(*arguments) as server:
        assert server.get("identities")["identities"] == []


def test_damaged_state_is_set_aside(tmp_path: Path) -> None:
    """A file that cannot be read is told of and kept, and the server begins anew."""
    state = tmp_path / "ses.json"
    state.write_text("{ damaged")
    with desk("--state", str(state)) as server:
        assert "damaged" in server.said
        assert server.get("identities")["identities"] == []
    assert "{ damaged" in {path.read_text() for path in tmp_path.iterdir()}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("regoin = 'eu-west-1'", "regoin"),
        ("region = 'Frankfurt'", "Frankfurt"),
        ("resolver = 'x'", "resolver cannot be given in a file"),
        ("region = ", "Invalid value"),
    ],
    ids=["unknown option", "wrong value", "no option of a file", "no TOML"],
)
def test_wrong_seed_file_is_told(tmp_path: Path, text: str, told: str) -> None:
    """It does not begin, and says what is wrong in one line, without a traceback."""
    seeds = tmp_path / "seeds.toml"
    seeds.write_text(text)
    status, said = refused("--seed-file", str(seeds))
    assert status == 1
    assert said.startswith("ses-stub: ")
    assert told in said
    assert "Traceback" not in said


def test_missing_seed_file_is_told(tmp_path: Path) -> None:
    """A file that is not there is named."""
    status, said = refused("--seed-file", str(tmp_path / "nowhere.toml"))
    assert status == 1
    assert "nowhere.toml" in said


def test_port_that_is_taken_is_told() -> None:
    """Two servers cannot have one port."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        status, said = refused("--port", str(port))
    assert status == 1
    assert re.fullmatch(rf"ses-stub: .* in use .*{port}.*\n", said)


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "fast", "1e9"])
def test_wrong_speed_is_told(speed: str) -> None:
    """Time goes on, and forwards."""
    status, said = refused(f"--speed={speed}")
    assert status == 2
    assert "--speed" in said


@pytest.mark.parametrize("rate", ["0", "-1", "nan", "quick"])
def test_wrong_rate_is_told(rate: str) -> None:
    """A rate is more than nothing, or none."""
    status, said = refused(f"--rate={rate}")
    assert status in (1, 2)
    assert "rate" in said


def test_missing_extra_is_told() -> None:
    """Where the server's libraries are not installed, it says what to install."""
    program = "import sys; sys.modules['waitress'] = None\nfrom ses_stub.__main__ import main\nsys.exit(main())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 1
    assert "which the extra `server` of ses-stub brings" in done.stderr


def test_console_script_is_the_module() -> None:
    """``ses-stub`` and ``python -m ses_stub`` are one."""
    (script,) = entry_points(group="console_scripts", name="ses-stub")
    assert script.value == "ses_stub.__main__:main"
