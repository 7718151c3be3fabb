"""Requests per second and latency on loopback, of our server and of moto's: ``python tests/benchmarks/server.py``.

Each server is a separate process, and so is the client. It polls one identity over a number of connections, which it
keeps open if the server allows it. The servers take turns; a figure is the median of the rounds. Both print a line for
each request, which goes nowhere. The exit status is 1 if our server is less than 8 times as fast with one connection,
or less than 15 times with eight. moto's server needs ``pip install 'moto[server]'``.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

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
VERIFY = "Action=VerifyEmailIdentity&Version=2010-12-01&EmailAddress=ann%40example.com"


def main() -> None:
    """Runs all benchmarks and prints the table."""
    print(f"{'':<16}{'requests/s':>22}{'':>9}{'median ms':>20}{'99 % ms':>20}")
    print(f"{'connections':<16}{'ours':>11}{'moto':>11}{'ratio':>9}{'ours':>10}{'moto':>10}{'ours':>10}{'moto':>10}")
    with ours() as here, motos() as there:
        ports = (here, there)
        for port in ports:
            ask(http.client.HTTPConnection("127.0.0.1", port), VERIFY)
        missed = []
        for connections, wanted in CONNECTIONS.items():
            rounds = [[load(port, connections) for port in ports] for _ in range(ROUNDS)]
            rates, medians, worst = (
                [statistics.median(run[one][what] for run in rounds) for one in (0, 1)] for what in range(3)
            )
            print(
                f"{connections:<16}{rates[0]:>11,.0f}{rates[1]:>11,.0f}{rates[0] / rates[1]:>9.1f}"
                + "".join(f"{seconds * 1000:>10.2f}" for seconds in (*medians, *worst))
            )
            if rates[0] / rates[1] < wanted:
                missed.append(f"{wanted} times moto's with {connections}")
    if missed:
        sys.exit(f"missed: {'; '.join(missed)}")


def load(port: int, connections: int) -> tuple[float, float, float]:
    """What a client process measures: requests per second, median and 99th percentile of the seconds that one took."""
    client = subprocess.run(
        [sys.executable, __file__, str(port), str(connections)], capture_output=True, text=True, check=True
    )
    rate, median, worst = map(float, client.stdout.split())
    return rate, median, worst


def hammer(port: int, connections: int) -> None:
    """The client process."""
    took: list[float] = []
    end = time.perf_counter() + SECONDS

    def one() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        while (start := time.perf_counter()) < end:
            ask(connection, BODY)
            took.append(time.perf_counter() - start)

    threads = [threading.Thread(target=one) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took.sort()
    print(len(took) / SECONDS, statistics.median(took), took[int(len(took) * 0.99)])


def ask(connection: http.client.HTTPConnection, body: str) -> None:
    """One request with its response."""
    connection.request("POST", "/", body, HEADERS)
    response = connection.getresponse()
    text = response.read()
    if response.status != 200:
        raise SystemExit(f"{response.status} {text!r}")


@contextmanager
def ours() -> Iterator[int]:
    """Yields the port of our server."""
    command = [sys.executable, "-m", "ses_stub", "serve", "--port", "0", "--rate", "none", "--print-env", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        try:
            yield int(json.loads(server.stdout.readline())["AWS_ENDPOINT_URL_SES"].rpartition(":")[2])
        finally:
            server.terminate()
            server.communicate()


@contextmanager
def motos() -> Iterator[int]:
    """Yields the port of moto's server."""
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
            yield port
        finally:
            server.terminate()


if __name__ == "__main__":
    if len(sys.argv) == 3:
        hammer(int(sys.argv[1]), int(sys.argv[2]))
    else:
        main()
