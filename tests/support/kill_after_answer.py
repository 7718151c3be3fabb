"""Kills a server right after it has answered, many times, and checks that it has kept all that it had answered.

Run as a separate program with one thread, because only such a program may fork: a forked server starts without loading
its libraries again. It prints nothing, and fails with a traceback.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from repeat import times

from ses_stub._server import cli

ROUNDS = times(5)
SENDER = "ann@example.com"


class Client:
    """The client of one server, and what it has been answered by all of them."""

    def __init__(self) -> None:
        self.identities: dict[str, str] = {SENDER: "Success"}
        self.messages: list[str] = []
        self.now = ""

    def connect(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def disconnect(self) -> None:
        self._connection.close()

    def ask(self, method: str, path: str, body: str = "", content_type: str = "application/json") -> str:
        self._connection.request(method, path, body, {"Content-Type": content_type})
        response = self._connection.getresponse()
        text = response.read().decode()
        assert response.status < 300, text
        return text

    def aws(self, action: str, **params: str) -> str:
        body = urlencode({"Action": action, "Version": "2010-12-01", **params})
        return self.ask("POST", "/", body, "application/x-www-form-urlencoded")

    def control(self, method: str, path: str, body: object = None) -> Any:
        text = self.ask(method, f"/_ses_stub/{path}", "" if body is None else json.dumps(body))
        return json.loads(text) if text else None

    def change(self, chance: random.Random) -> None:
        """One change, and what is known after its answer."""
        number = chance.randrange(30)
        name, seeded = f"{number}.example.com", f"{number}.example.org"
        kind = chance.randrange(5)
        if kind == 0:
            self.aws("VerifyDomainIdentity", Domain=name)
            self.identities[name] = "Pending"
        elif kind == 1:
            status = chance.choice(["Success", "Failed"])
            self.control("POST", "identities", {"name": seeded, "status": status})
            self.identities[seeded] = status
        elif kind == 2:
            self.aws("DeleteIdentity", Identity=name)
            self.identities.pop(name, None)
        elif kind == 3:
            message = {"Source": SENDER, "Destination.ToAddresses.member.1": SENDER, "Message.Subject.Data": "Hello"}
            answer = self.aws("SendEmail", **message, **{"Message.Body.Text.Data": "Hello"})
            self.messages.append(answer.partition("<MessageId>")[2].partition("<")[0])
        else:
            self.now = self.control("POST", "clock/advance", {"seconds": chance.random()})["now"]

    def check(self) -> None:
        """All that was answered is there, and nothing else."""
        found = self.control("GET", "identities")["identities"]
        assert {one["name"]: one["status"] for one in found} == self.identities
        assert [
            one["message_id"] for one in self.control("GET", "sent-emails?limit=1000")["sent_emails"]
        ] == self.messages
        now = datetime.fromisoformat(self.control("GET", "clock")["now"].replace("Z", "+00:00"))
        if self.now:
            # What went by while the server waited may go by again; what it was advanced by does not.
            assert now > datetime.fromisoformat(self.now.replace("Z", "+00:00")) - timedelta(seconds=1)


def serve(state: Path, output: int) -> None:  # pragma: no cover  # a killed process reports no coverage
    """The server's process; it is killed."""
    os.dup2(output, 1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    cli.main(["serve", "--port", "0", "--rate", "none", "--print-env", "json", "--state", str(state)])
    os._exit(1)


def start(state: Path) -> tuple[int, int]:
    """The process of a new server, and its port."""
    printed, output = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover
        serve(state, output)
    os.close(output)
    with os.fdopen(printed) as lines:
        environment = json.loads(lines.readline())
    return child, int(environment["AWS_ENDPOINT_URL_SES"].rpartition(":")[2])


def main(directory: Path) -> None:
    chance, client = random.Random(1), Client()
    for number in range(ROUNDS):
        child, port = start(directory / "ses.db")
        try:
            client.connect(port)
            if number == 0:
                client.control("POST", "identities", {"name": SENDER})
            client.check()
            for _ in range(chance.randint(1, 5)):
                client.change(chance)
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        client.disconnect()
        assert {path.name for path in directory.iterdir()} <= {"ses.db", "ses.db-wal"}


main(Path(sys.argv[1]))
