"""What virtual time costs: an empty scope, a frozen one, and a poll with pauses."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from botocore.stub import Stubber
from calls import client
from freezegun import freeze_time
from moto import mock_aws
from race import Measure, race, ratio, timed
from table import US, Table

from ses_stub import mock_ses_verify
from ses_stub._time import real

# freezegun does not find this one.
perf_counter = real.module.perf_counter
PAUSES = 10_000


def scopes(table: Table) -> None:
    """Start and stop of a scope, and of one that is frozen."""
    one = client()

    def enter(face: Callable[[], AbstractContextManager[Any]], number: int = 100) -> Measure:
        def job() -> None:
            with face():
                pass

        # Enough that each round has its share of garbage collection, which is most after moto.
        return timed(job, number)

    times = race({US: enter(mock_ses_verify), "Stubber": enter(lambda: Stubber(one)), "moto": enter(mock_aws)}, 15)
    table.row("scope, start and stop", times)
    table.at_least(150, "scope: times faster than moto", ratio(times, "moto", US))
    frozen = {
        US: enter(lambda: mock_ses_verify(freeze="2026-01-01"), 3),
        "freezegun": enter(lambda: freeze_time("2026-01-01"), 3),
    }
    times = race(frozen, 15)
    table.row("scope with freeze", times)
    table.at_most(1.2, "scope with freeze: of bare freezegun", ratio(times, US, "freezegun"))


def pauses(table: Table) -> None:
    """A poll with a pause after each call, of the calls alone: in one thread, and beside another that is blocked."""

    def poll(pause: Callable[[float], object]) -> Measure:
        def measure() -> float:
            with mock_ses_verify(freeze="2026-01-01", rate=None, identities=["a@example.com"]) as ses:
                one = client()
                # Something that is to come: the poll has an end.
                ses.after(days=9_000).set_status("a@example.com", "Failed")
                began = perf_counter()
                for _ in range(PAUSES):
                    one.get_identity_verification_attributes(Identities=["a@example.com"])
                    pause(60)
                return float(perf_counter() - began)

        return measure

    def beside_a_thread(measure: Measure) -> Measure:
        def with_thread() -> float:
            end = threading.Event()
            thread = threading.Thread(target=end.wait)
            thread.start()
            try:
                return measure()
            finally:
                end.set()
                thread.join()

        return with_thread

    rivals = {US: poll(lambda seconds: time.sleep(seconds)), "calls alone": poll(lambda seconds: None)}
    times = race(rivals, 5)
    table.row(f"{PAUSES:,} polls with pauses", times)
    table.at_most(1.3, f"{PAUSES:,} polls with pauses: of the calls alone", ratio(times, US, "calls alone"))
    times = race({name: beside_a_thread(measure) for name, measure in rivals.items()}, 3)
    # Without a target: each pause asks the kernel whether the other thread can run.
    table.row("  the same, beside a thread", times)
