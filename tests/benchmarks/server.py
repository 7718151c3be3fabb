"""Requests per second and latency on loopback, of our server and of moto's: ``python tests/benchmarks/server.py``.

Each server is a separate process, and so is the client. It polls one identity over a number of connections, which it
keeps open if the server allows it. The servers take turns; a figure is the median of the rounds. Both print a line for
each request, which goes nowhere. On a machine that does other work, compare the processor time of a request (Linux).
The exit status is 1 if our server is less than 8 times as fast with one connection, or less than 15 times with eight.
moto's server needs ``pip install 'moto[server]'``.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import selectors
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

ROUNDS = 5
SECONDS = 2.0
#: The ratio to moto's server that is wanted, by the number of connections.
CONNECTIONS = {1: 8, 8: 15, 64: 0}
BODY = "Action=GetIdentityVerificationAttributes&Version=2010-12-01&Identities.member.1=ann%40example.com"
HEADERS = {
    "Content-Type": "application/x-www-form-urlencoded",
    # moto recognizes the service by the signature.
    "Authorization": "AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/ses/aws4_request, SignedHeaders=host,"
    " Signature=0",
}
#: All of a request in one piece, as botocore sends it: the client shall not be what is measured.
REQUEST = "\r\n".join(
    [
        "POST / HTTP/1.1",
        "Host: 127.0.0.1",
        *(f"{name}: {value}" for name, value in HEADERS.items()),
        f"Content-Length: {len(BODY)}",
        "",
        BODY,
    ]
).encode()
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
VERIFY = "Action=VerifyEmailIdentity&Version=2010-12-01&EmailAddress=ann%40example.com"


def main() -> None:
    """Runs all benchmarks and prints the table."""
    print(f"{'':<16}{'requests/s':>22}{'':>9}{'processor ms':>20}{'median ms':>20}{'99 % ms':>20}")
    print(f"{'connections':<16}{'ours':>11}{'moto':>11}{'ratio':>9}" + f"{'ours':>10}{'moto':>10}" * 3)
    with ours() as here, motos() as there:
        servers = (here, there)
        for _, port in servers:
            ask(port, VERIFY)
        missed = []
        for connections, wanted in CONNECTIONS.items():
            rounds = [[load(*server, connections) for server in servers] for _ in range(ROUNDS)]
            rates, worked, medians, worst = (
                [statistics.median(run[one][what] for run in rounds) for one in (0, 1)] for what in range(4)
            )
            print(
                f"{connections:<16}{rates[0]:>11,.0f}{rates[1]:>11,.0f}{rates[0] / rates[1]:>9.1f}"
                + "".join(f"{seconds * 1000:>10.2f}" for seconds in (*worked, *medians, *worst))
            )
            if rates[0] / rates[1] < wanted:
                missed.append(f"{wanted} times moto's with {connections}")
    if missed:
        sys.exit(f"missed: {'; '.join(missed)}")


def load(pid: int, port: int, connections: int) -> tuple[float, float, float, float]:
    """Requests per second, and the seconds that one took: of a processor in the server, and for the client.

    Those for the client are the median and the 99th percentile.
    """
    before = processor_time(pid)
    client = subprocess.run(
        [sys.executable, __file__, str(port), str(connections)], capture_output=True, text=True, check=True
    )
    worked = processor_time(pid) - before
    rate, median, worst = map(float, client.stdout.split())
    return rate, worked / (rate * SECONDS), median, worst


def hammer(port: int, connections: int) -> None:
    """The client process: each connection sends its next request when it has the response to the last."""
    took: list[float] = []
    with selectors.DefaultSelector() as selector:
        for _ in range(connections):
            begin(selector, port, time.perf_counter())
        end = time.perf_counter() + SECONDS
        while (now := time.perf_counter()) < end:
            for key, _ in selector.select(end - now):
                connection, (began, before) = cast("socket.socket", key.fileobj), key.data
                response = before + connection.recv(65536)
                if not is_complete(response):
                    selector.modify(connection, selectors.EVENT_READ, (began, response))
                    continue
                took.append((now := time.perf_counter()) - began)
                if b"\r\nconnection: close" in response.lower():
                    selector.unregister(connection)
                    connection.close()
                    begin(selector, port, now)
                else:
                    connection.sendall(REQUEST)
                    selector.modify(connection, selectors.EVENT_READ, (now, b""))
    took.sort()
    print(len(took) / SECONDS, statistics.median(took), took[int(len(took) * 0.99)])


def begin(selector: selectors.BaseSelector, port: int, now: float) -> None:
    """Opens a connection and sends its first request."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(REQUEST)
    selector.register(connection, selectors.EVENT_READ, (now, b""))


def is_complete(response: bytes) -> bool:
    """Whether a response has arrived, to the last byte of its body."""
    head, end, body = response.partition(b"\r\n\r\n")
    if end and not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(response.decode())
    return bool(end) and len(body) == int(LENGTH.findall(head)[0])


def ask(port: int, body: str) -> None:
    """One request before the measurement."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("POST", "/", body, HEADERS)
    if connection.getresponse().status != 200:
        raise SystemExit(f"{port} does not answer")


@contextmanager
def ours() -> Iterator[tuple[int, int]]:
    """Yields the process and the port of our server."""
    command = [sys.executable, "-m", "ses_stub", "serve", "--port", "0", "--rate", "none", "--print-env", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.pid, int(json.loads(server.stdout.readline())["AWS_ENDPOINT_URL_SES"].rpartition(":")[2])
        finally:
            server.terminate()
            server.communicate()


@contextmanager
def motos() -> Iterator[tuple[int, int]]:
    """Yields the process and the port of moto's server."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-p", str(port)]
    quiet = {**os.environ, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=quiet) as server:
        try:
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except ConnectionRefusedError:
                    if server.poll() is not None:
                        sys.exit("moto's server did not start: it needs pip install 'moto[server]'")
                    time.sleep(0.05)
            yield server.pid, port
        finally:
            server.terminate()


def processor_time(pid: int) -> float:
    """The seconds that a process has computed (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        hammer(int(sys.argv[1]), int(sys.argv[2]))
    else:
        main()
