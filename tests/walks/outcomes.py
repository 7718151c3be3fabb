"""Repeats what threads and tasks do in virtual time, beside a load on every core: there must be one outcome of each.

``python tests/walks/outcomes.py 1000`` prints each scenario with its outcomes and how often each came, and exits with 1
if any had another one than arithmetic says. It needs the requirements of the tests; where aiobotocore is installed, its
scenarios run too. ``--load 3`` starts three busy processes for each core, instead of one.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import multiprocessing
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from clients import make_client
from loops import ANN, HOUR, LOOPS, is_refused, wait_until_verified

from ses_stub import mock_ses_verify
from ses_stub._time import real

#: What a scenario came to, and how many seconds passed in the stub's time.
Outcome = tuple[Any, float]
STANDARD = {"mode": "standard"}
# A client takes longer than its calls, and one that was used before is as good as new.
CLIENTS = [make_client(retries=STANDARD) for _ in range(8)]
#: When an address is confirmed, and the polls until then, of one a minute.
MINUTES = 30
POLLS = MINUTES + 1


def eight_threads() -> Outcome:
    """Eight threads call at the same time, with three attempts each."""
    with mock_ses_verify() as ses:
        start, failed = ses.clock.now(), []
        threads = [threading.Thread(target=lambda one=one: failed.append(is_refused(one))) for one in CLIENTS]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return failed.count(True), (ses.clock.now() - start).total_seconds()


def pool_of_four_over_twenty() -> Outcome:
    """A pool of four threads goes through twenty names."""
    with mock_ses_verify() as ses, ThreadPoolExecutor(4) as pool:
        start, client = ses.clock.now(), CLIENTS[0]
        failed = list(pool.map(lambda _: is_refused(client), range(20))).count(True)
        return failed, (ses.clock.now() - start).total_seconds()


def paginator_beside_poller() -> Outcome:
    """One thread reads thirty identities in pages of ten, one a second; another polls until an address is verified."""
    names = [f"d{number:02}.example.com" for number in range(30)]
    with mock_ses_verify(freeze=True, identities=names) as ses:
        start = ses.clock.now()
        CLIENTS[0].verify_email_identity(EmailAddress=ANN)
        ses.after(minutes=MINUTES).confirm(ANN)
        listed: list[str] = []

        def read_pages() -> None:
            pages = (
                CLIENTS[1]
                .get_paginator("list_identities")
                .paginate(IdentityType="Domain", PaginationConfig={"PageSize": 10})
            )
            for page in pages:
                listed.extend(page["Identities"])

        reader = threading.Thread(target=read_pages)
        reader.start()
        polls = wait_until_verified(CLIENTS[0], 6 * HOUR)
        reader.join()
        return (len(listed), polls), (ses.clock.now() - start).total_seconds()


def loop(one: Callable[[Any, float], int | None]) -> Callable[[], Outcome]:
    """A loop of production code that polls until an address is confirmed after half an hour."""

    def run() -> Outcome:
        with mock_ses_verify(freeze=True) as ses:
            start, client = ses.clock.now(), CLIENTS[0]
            client.verify_email_identity(EmailAddress=ANN)
            ses.after(minutes=MINUTES).confirm(ANN)
            return one(client, 6 * HOUR), (ses.clock.now() - start).total_seconds()

    return run


def gather_of_25(rate: int) -> Callable[[], Outcome]:
    """Twenty-five coroutines call at the same time."""
    from aio_clients import aio_client

    async def attempt(client: Any) -> bool:
        try:
            await client.list_identities()
        except ClientError:
            return True
        return False

    async def main() -> int:
        async with aio_client(retries=STANDARD) as client:
            return (await asyncio.gather(*(attempt(client) for _ in range(25)))).count(True)

    def run() -> Outcome:
        with mock_ses_verify(rate=rate, burst=rate) as ses:
            start = ses.clock.now()
            return asyncio.run(main()), round((ses.clock.now() - start).total_seconds(), 6)

    return run


def scenarios() -> Iterator[tuple[str, Callable[[], Outcome], object]]:
    """Name, scenario, and what it must come to."""
    yield "eight threads", eight_threads, 5
    yield "a pool of four over twenty names", pool_of_four_over_twenty, 5
    yield "a paginator beside a poller", paginator_beside_poller, (30, POLLS)
    for one in LOOPS:
        yield f"loop {one.__name__}", loop(one), POLLS
    if importlib.util.find_spec("aiobotocore"):
        for rate, failed in ((1, 22), (10, 0), (25, 0)):
            yield f"gather of 25, {rate} a second", gather_of_25(rate), failed


def burn() -> None:
    """Keeps a core busy until the process is ended."""
    while True:
        pass


@contextmanager
def load(processes: int) -> Iterator[None]:
    """Busy processes beside this one."""
    burning = [multiprocessing.Process(target=burn, daemon=True) for _ in range(processes)]
    for one in burning:
        one.start()
    try:
        yield
    finally:
        for one in burning:
            one.kill()
            one.join()


def main() -> None:
    """Repeats all scenarios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repetitions", type=int, nargs="?", default=100)
    parser.add_argument("--load", type=int, default=1, help="busy processes for each core (default: 1)")
    parser.add_argument("--only", default="", help="scenarios with this in their name")
    options = parser.parse_args()
    os.environ.update(AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing", AWS_DEFAULT_REGION="us-east-1")
    is_wrong = False
    with load(options.load * (os.cpu_count() or 1)):
        for name, scenario, expected in scenarios():
            if options.only not in name:
                continue
            began = real.monotonic()
            outcomes = Counter(scenario() for _ in range(options.repetitions))
            is_wrong |= len(outcomes) > 1 or next(iter(outcomes))[0] != expected
            shown = "; ".join(f"{what} in {seconds:g} s: {times} times" for (what, seconds), times in outcomes.items())
            print(f"{name}: {shown}  ({real.monotonic() - began:.0f} s)", flush=True)
    sys.exit(is_wrong)


if __name__ == "__main__":
    main()
