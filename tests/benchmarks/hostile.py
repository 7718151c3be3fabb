"""How much memory a server needs under attack: ``python tests/benchmarks/hostile.py``.

To run single attacks, give their names as arguments.

The server is a separate process. Each attack is bounded. Meanwhile one client polls, and must be answered all the time.
The program prints the server's resident memory in MB (Linux) before, at most during and after each attack, and how long
the slowest of that client's requests took.
"""

from __future__ import annotations

import contextlib
import json
import random
import re
import resource
import selectors
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

CONNECTIONS = 1000
SECONDS = 60.0
MEGABYTE = 2**20
BODY = 10 * MEGABYTE
LIMIT_MB = 300
LIST = b"Action=ListIdentities&Version=2010-12-01"
POLL = b"Action=GetIdentityVerificationAttributes&Version=2010-12-01"
Attack = Callable[[int], None]


def main() -> None:
    """Runs all attacks against one server and prints the table."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print(f"{'attack':<34}{'before':>8}{'most':>8}{'after':>8}{'slowest answer':>16}")
    with server() as (process, port):
        for attack in (slow_uploads, large_forms, large_documents, many_fields, long_queries, unread, noise, hang_ups):
            if attack.__name__ in (sys.argv[1:] or [attack.__name__]):
                measure(attack, process.pid, port)


@contextlib.contextmanager
def server() -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The command, without a throttle."""
    command = [sys.executable, "-m", "ses_stub", "serve", "--port", "0", "--rate", "none", "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = ""
        while "Ctrl+C" not in said:
            line = process.stdout.readline()
            assert line, f"it did not start: {said}"
            said += line
        try:
            yield process, int(re.findall(r":(\d+) ", said)[0])
        finally:
            process.terminate()
            # It prints a last line.
            process.communicate()


def measure(attack: Attack, pid: int, port: int) -> None:
    """Prints a line of the table."""
    # Resets the mark of the highest memory.
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")
    before, slowest = memory(pid), 0.0
    done = threading.Event()

    def look() -> None:
        nonlocal slowest
        while not done.wait(0.05):
            start = time.perf_counter()
            ask(port)
            slowest = max(slowest, time.perf_counter() - start)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        attack(port)
    finally:
        done.set()
        watcher.join()
    most, after = memory(pid, "VmHWM"), memory(pid)
    mark = "" if most < LIMIT_MB else f"  more than {LIMIT_MB}"
    name = (attack.__doc__ or "").rstrip(".")
    print(f"{name:<34}{before:>8}{most:>8}{after:>8}{slowest:>14.2f} s{mark}", flush=True)


def memory(pid: int, which: str = "VmRSS") -> int:
    """The resident memory of a process in MB; ``VmHWM`` is its maximum."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.findall(rf"{which}:\s+(\d+) kB", status)[0]) // 1024


def ask(port: int) -> None:
    """Makes the request of a normal client; raises if it is not answered."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", LIST, timeout=SECONDS) as answer:
        assert b"ListIdentitiesResponse" in answer.read()


def connect(port: int) -> socket.socket:
    """A connection."""
    return socket.create_connection(("127.0.0.1", port), timeout=SECONDS)


def request(body: bytes, target: str = "/", method: str = "POST") -> bytes:
    """A request on a connection that is closed afterwards."""
    head = f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def send(port: int, data: bytes) -> None:
    """Sends, and reads to the end."""
    with connect(port) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(data)
        while connection.recv(65536):
            pass


def slow_uploads(port: int) -> None:
    """1,000 slow uploads of 10 MB."""
    data = memoryview(request(LIST + b"&x=" + b"y" * BODY))
    end = time.monotonic() + SECONDS
    with contextlib.ExitStack() as stack, selectors.DefaultSelector() as selector:
        sent = {}
        for _ in range(CONNECTIONS):
            connection = stack.enter_context(connect(port))
            connection.setblocking(False)
            selector.register(connection, selectors.EVENT_WRITE)
            sent[connection] = 0
        while sent and time.monotonic() < end:
            for key, _ in selector.select(1):
                client = key.fileobj
                assert isinstance(client, socket.socket)
                try:
                    sent[client] += client.send(data[sent[client] : sent[client] + 16384])
                except ConnectionError:
                    sent[client] = len(data)
                if sent[client] == len(data):
                    selector.unregister(client)
                    del sent[client]
    if sent:
        print(
            f"  (stopped after {SECONDS:.0f} s: {sum(sent.values()) / len(sent) / MEGABYTE:.1f} MB each were through)"
        )


def large_forms(port: int) -> None:
    """50 forms of 10 MB."""
    for number in range(50):
        send(port, request(b"%s&x%d=" % (LIST, number) + b"y" * BODY))


def large_documents(port: int) -> None:
    """50 documents of 10 MB."""
    for number in range(50):
        name = json.dumps({"EmailIdentity": "y" * BODY, "number": number}).encode()
        many = json.dumps({"EmailIdentity": "a", "Tags": [{"Key": "ab", "Value": "cd"}] * (BODY // 32)}).encode()
        send(port, request(many if number % 2 else name, "/v2/email/identities"))


def many_fields(port: int) -> None:
    """20 forms of a million fields."""
    fields = b"&".join(b"%d" % number for number in range(1_000_000))
    for number in range(20):
        operation = b"VerifyEmailIdentity" if number % 2 else b"ListIdentities"
        send(port, request(b"Action=" + operation + b"&" + fields))


def long_queries(port: int) -> None:
    """5,000 targets of 60 kB."""
    with connect(port) as connection:
        for number in range(5000):
            target = f"/?Action=VerifyEmailIdentity&EmailAddress={number}{'x' * 60_000}"
            connection.sendall(request(b"", target, "GET").replace(b"Connection: close\r\n", b""))
            tail = b""
            while b"</ErrorResponse>" not in tail:
                tail = tail[-20:] + connection.recv(65536)


def unread(port: int) -> None:
    """100 clients that send requests and never read."""
    data = request(b"", "/_ses_stub/openapi.json", "GET").replace(b"Connection: close\r\n", b"") * 10_000
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(connect(port)) for _ in range(100)]
        for connection in connections:
            connection.settimeout(0.1)
            with contextlib.suppress(TimeoutError):
                connection.sendall(data)
        # Until the server has handled everything that was sent.
        for _ in range(100):
            ask(port)


def noise(port: int) -> None:
    """Random bytes, 2,000 times."""
    chance = random.Random(1)
    for _ in range(2000):
        end = chance.choice([b"", b"\r\n\r\n", b" HTTP/1.1\r\n\r\n"])
        with connect(port) as connection, contextlib.suppress(OSError):
            connection.sendall(chance.randbytes(chance.randrange(2000)) + end)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(65536)


def hang_ups(port: int) -> None:
    """5,000 clients that disconnect early."""
    data = request(LIST)
    for number in range(5000):
        with connect(port) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.sendall(data[: number % len(data)])


if __name__ == "__main__":
    main()
