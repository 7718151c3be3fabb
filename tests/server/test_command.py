"""The command ``ses-stub serve``, as a user starts and stops it."""

from __future__ import annotations

import http.client
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from pages import blocks

import ses_stub
from ses_stub._server import cli

COMMAND = [sys.executable, "-m", "ses_stub", "serve"]
PATIENCE = 30
Refused = Callable[..., "tuple[int | str | None, str]"]


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
def run(*arguments: str, quiet: bool = True, **environment: str) -> Iterator[RunningServer]:
    # Nobody reads the lines of requests, and a full pipe would block the server.
    command = [*COMMAND, "--port", "0", *arguments, *["--quiet"] * quiet]
    environ = {**os.environ, **environment}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ) as process:
        assert process.stdout is not None
        printed = ""
        while "Ctrl+C" not in printed and (line := process.stdout.readline()):
            printed += line
        try:
            assert "Ctrl+C" in printed, process.stderr
            yield RunningServer(process, printed)
        finally:
            process.terminate()


def status_of(url: str) -> int:
    """The HTTP status of a response, which is closed: that of an error is a file too."""
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    """Exit status and stderr of a command that cannot start, in this process."""
    monkeypatch.setattr(cli, "_print_start", lambda *_: pytest.fail("it has started"))

    def run_here(*arguments: str) -> tuple[int | str | None, str]:
        try:
            status: int | str | None = cli.main(["serve", *arguments])
        except SystemExit as ended:
            status = ended.code
        return status, capsys.readouterr().err

    return run_here


def test_misspelt_option_shows_the_options(refused: Refused) -> None:
    """The usage is that of ``serve``, with the nearest option."""
    status, printed = refused("--sped", "60")
    assert status == 2
    assert "usage: ses-stub serve" in printed
    assert "unrecognized arguments: --sped 60 (did you mean '--speed'?)" in printed


def test_prints_all_that_a_client_needs() -> None:
    """A shell that runs the printed lines has a client that finds the server, whatever it had before."""
    with run() as server:
        assert server.printed.startswith(f"ses_stub answers Amazon SES at {server.url} ")
        lines = [line.strip() for line in server.printed.splitlines() if line.startswith("  ")]
        program = "import boto3; print(boto3.client('ses').list_identities()['Identities'])"
        script = "\n".join([*lines, f"{shlex.quote(sys.executable)} -c {shlex.quote(program)}"])
        done = subprocess.run(
            ["sh", "-c", script],
            capture_output=True,
            text=True,
            env={"PATH": os.defpath, "AWS_PROFILE": "real", "AWS_SESSION_TOKEN": "real"},
        )
        assert (done.stdout, done.stderr) == ("[]\n", "")
        assert server.get("calls")["calls"][0]["account_id"] == "123456789012"


def test_prints_which_clients_ignore_the_variables() -> None:
    """And what to give them instead."""
    with run() as server:
        assert "the aws CLI before 1.29 and 2.13" in server.printed
        assert f"aws --endpoint-url {server.url}\n" in server.printed


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=["TERM", "INT", "HUP"])
def test_stopped_command_exits_with_success(number: int) -> None:
    """On a signal it says so and ends with success, without a traceback."""
    with run() as server:
        assert server.stop(number) == (0, "Stopped.\n")


def test_version_is_that_of_the_package() -> None:
    """That of the package."""
    done = subprocess.run([sys.executable, "-m", "ses_stub", "--version"], capture_output=True, text=True)
    assert done.stdout == f"ses-stub {ses_stub.__version__}\n"


@pytest.mark.parametrize("kind", ["json", "sh"])
def test_environment_is_printed_for_programs(kind: str) -> None:
    """Alone on standard output; all else is on standard error."""
    command = [*COMMAND, "--port", "0", "--print-env", kind]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        while kind == "sh" and not lines[-1].startswith("unset "):
            lines.append(process.stdout.readline())
        assert process.stderr is not None
        first = process.stderr.readline()
        process.terminate()
        rest, others = process.communicate(timeout=PATIENCE)
    if kind == "json":
        variables = json.loads(lines[0])
        assert variables["AWS_PROFILE"] is None
        url = variables["AWS_ENDPOINT_URL_SES"]
    else:
        url = lines[0].strip().removeprefix("export AWS_ENDPOINT_URL_SES=")
        assert "AWS_PROFILE" in lines[-1]
    assert rest == ""
    assert first.startswith(f"ses_stub answers Amazon SES at {url} ")
    assert others.endswith("Stopped.\n")


def test_port_is_written_to_a_file(tmp_path: Path) -> None:
    """Once the server answers; it is deleted at the end."""
    file = tmp_path / "port"
    with run("--port-file", str(file)) as server:
        assert server.url == f"http://127.0.0.1:{int(file.read_text())}"
        server.stop()
    assert list(tmp_path.iterdir()) == []


def test_closed_output_does_not_stop_the_server() -> None:
    """As in ``ses-stub serve | head -1``: later lines go nowhere."""
    with subprocess.Popen(
        [*COMMAND, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[5]
        process.stdout.close()
        for _ in range(3):
            with urllib.request.urlopen(f"{url}/health", timeout=PATIENCE) as answer:
                assert answer.status == 200
        process.terminate()
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert process.returncode == 0


def test_each_request_is_a_line() -> None:
    """Operations by name, with their error; nothing with ``--quiet``."""
    for quiet in (False, True):
        with run(quiet=quiet) as server:
            for _ in range(2):
                status_of(f"{server.url}/?Action=ListIdentities")
            server.get("identities")
            _, said = server.stop()
        lines = [re.sub("^[0-9:]{8} ", "", line) for line in said.splitlines()]
        shown = [
            "ListIdentities us-east-1: 200 OK",
            "ListIdentities us-east-1: 400 Throttling",
            "GET /_ses_stub/identities: 200 OK",
        ]
        assert lines == [*shown * (not quiet), "Stopped."]


def test_environment_variables_are_options() -> None:
    """Each option has one; the command line counts more."""
    with run(SES_STUB_RATE="none", SES_STUB_SPEED="60", SES_STUB_PORT="1") as server:
        assert server.get("clock")["speed"] == 60
        assert not server.url.endswith(":1")


def test_server_answers_to_its_allowed_hosts() -> None:
    """The server of a container is reached by its name."""
    with run("--allowed-host", "ses", "--allowed-host", "a,b") as server:
        for name, status in [("ses", 200), ("b", 200), ("c", 403)]:
            connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=PATIENCE)
            connection.request("GET", "/health", headers={"Host": name})
            assert connection.getresponse().status == status
            connection.close()


@pytest.mark.parametrize("port", ["99999", "-1", "65536", "many", "1e3", "١"])
def test_wrong_port_is_rejected(refused: Refused, port: str) -> None:
    """It is no other port, and no failed look-up of an address."""
    status, printed = refused(f"--port={port}")
    assert status == 2
    assert f"argument --port: {port!r}: expected a number from 0 to 65535" in printed


def test_wrong_port_in_the_environment_is_rejected(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the variable."""
    expected = "ses-stub: environment variable SES_STUB_PORT='99999': expected a number from 0 to 65535\n"
    monkeypatch.setenv("SES_STUB_PORT", "99999")
    assert refused() == (1, expected)


def test_failing_disk_shows_in_health(tmp_path: Path) -> None:
    """The server goes on, with status 503 there, and a warning."""
    program = (
        "import sys\nfrom ses_stub._server import cli, state_file\n"
        "write, number = state_file.StateFile.write, 0\n"
        "def fail(*given):\n    global number\n    number += 1\n"
        "    if number == 2: raise OSError('disk full')\n    return write(*given)\n"
        "state_file.StateFile.write = fail\nsys.exit(cli.main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", program, "serve", "--port", "0", "--quiet", "--state", str(tmp_path / "ses.db")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[5]
        body = urllib.request.Request(f"{url}/?Action=VerifyDomainIdentity&Domain=example.com", method="POST")
        urllib.request.urlopen(body, timeout=PATIENCE).close()
        with pytest.raises(urllib.error.HTTPError) as raised:
            urllib.request.urlopen(f"{url}/health", timeout=PATIENCE)
        with raised.value as answer:
            health = json.load(answer)
        # That request has written it again.
        urllib.request.urlopen(f"{url}/health", timeout=PATIENCE).close()
        process.terminate()
        _, said = process.communicate(timeout=PATIENCE)
    assert raised.value.code == 503
    assert health["status"] == "failing"
    assert health["problem"] == f"cannot write the state to {tmp_path / 'ses.db'}: disk full"
    assert health["problem"] in said


def test_listens_only_on_this_machine() -> None:
    """By default it is on the loopback address, and prints no warning."""
    with run() as server:
        assert server.url.startswith("http://127.0.0.1:")
        assert "password" not in server.printed


def test_warns_when_others_can_reach_it() -> None:
    """On another address it warns that there is no password."""
    with run("--host", "0.0.0.0") as server:
        assert "has no password: everyone who can reach it can read and change everything in it." in server.printed


def test_speed_makes_time_run_faster() -> None:
    """A deadline of the server passes in a shorter real time."""
    with run("--speed", "1000000") as server:
        assert "Time runs 1e+06 times as fast; the rate is per real second." in server.printed
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
    name, subcommand, *arguments = blocks("docs/server.md", "console")[0].split()
    assert (name, subcommand) == ("ses-stub", "serve")
    with run(*arguments) as server:
        assert server.get("identities")["identities"] == []
        assert server.stop()[0] == 0
    assert (tmp_path / "ses.db").exists()


@pytest.mark.parametrize("rate", ["none", "1000000"])
def test_rate_option_sets_the_throttle(rate: str) -> None:
    """By default one request per second passes, as in SES; see the lines of requests."""
    with run("--rate", rate) as server:
        for _ in range(2):
            with urllib.request.urlopen(f"{server.url}/?Action=ListIdentities", timeout=PATIENCE) as answer:
                assert answer.status == 200


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


@pytest.mark.parametrize("content", ['{"a": 1}', "{ damaged"])
def test_file_of_another_program_is_left_alone(refused: Refused, tmp_path: Path, content: str) -> None:
    """A mistyped name is one line and status 1, and the file is as it was."""
    state = tmp_path / "package.json"
    state.write_text(content)
    status, printed = refused("--state", str(state))
    assert (status, state.read_text()) == (1, content)
    message = "was not written by ses_stub, and is unchanged. Use another file for the state"
    assert printed == f"ses-stub: {state} {message}\n"
    assert list(tmp_path.iterdir()) == [state]


def test_changed_seed_file_is_reported(tmp_path: Path) -> None:
    """Beside a state it is not used, and the start says so."""
    seeds, state = tmp_path / "seeds.toml", tmp_path / "ses.db"
    arguments = ("--seed-file", str(seeds), "--state", str(state))
    for text, is_told in [("identities = []", False), ("identities = []", False), ("rate = 5", True)]:
        seeds.write_text(text)
        with run(*arguments) as server:
            assert ("The seed file is ignored" in server.printed) == is_told
            server.stop()


def test_missing_seed_file_is_reported(refused: Refused, tmp_path: Path) -> None:
    """The message names the file."""
    path = tmp_path / "nowhere.toml"
    status, printed = refused("--seed-file", str(path))
    assert (status, printed) == (1, f"ses-stub: cannot open {path}: No such file or directory\n")


def test_used_port_is_reported() -> None:
    """Two servers cannot use the same port."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        command = [*COMMAND, "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 1
    assert re.fullmatch(rf"ses-stub: cannot listen: .* in use .*{port}.*\n", done.stderr)


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "fast", "1e9"])
def test_wrong_speed_is_rejected(refused: Refused, speed: str) -> None:
    """The speed is a positive number."""
    status, printed = refused(f"--speed={speed}")
    assert status == 2
    assert "--speed" in printed


@pytest.mark.parametrize("rate", ["0", "-1", "nan", "quick"])
def test_wrong_rate_is_rejected(refused: Refused, rate: str) -> None:
    """The rate is a positive number, or none."""
    status, printed = refused(f"--rate={rate}")
    assert status == 2
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
