"""All that is said about speed, in one run of a few minutes: ``python tests/benchmarks/run.py``.

Each line has our own time, and of each rival how many times as long it takes. Rivals take turns within each round and a
ratio is the median over the rounds, so that noise meets all alike. At the end stand the targets; the exit code is 1 if
one is missed. It needs ``pip install -e '.[test]' 'moto[server]'``.

``unsigned``, ``signed``
    The floor: a client whose ``before-send`` handler answers one constant, which is what botocore itself costs.
``Stubber``
    botocore's own, which is asked before a request is made.
``our server``, ``moto server``
    Ours and moto's, in processes of their own on this machine.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from botocore.stub import Stubber
from calls import calls, client, growing_logs, growing_regions
from moto import mock_aws
from race import Measure, race, ratio, timed
from suite import environment, fixtures, suites
from table import RIVALS, US, Table

from ses_stub import mock_ses_verify


def main() -> None:
    """Runs all and prints the table."""
    start = time.perf_counter()
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing", AWS_DEFAULT_REGION="us-east-1")
    table = Table()
    table.head(US, RIVALS)
    for measure in (calls, scope, fixtures, suites, imports, growing_regions, growing_logs):
        measure(table)
    missed = table.missed()
    print(f"\ntook {time.perf_counter() - start:.0f} s")
    if missed:
        raise SystemExit("missed: " + "; ".join(one.strip() for one in missed))


def scope(table: Table) -> None:
    """Start and stop."""
    one = client()

    def enter(face: Callable[[], AbstractContextManager[Any]]) -> Measure:
        def job() -> None:
            with face():
                pass

        # So many that each round has its share of the garbage collector, who has most to do after moto.
        return timed(job, 100)

    times = race({US: enter(mock_ses_verify), "Stubber": enter(lambda: Stubber(one)), "moto": enter(mock_aws)}, 15)
    table.row("scope, start and stop", times)
    table.at_least(100, "scope: times faster than moto", ratio(times, "moto", US))


def imports(table: Table) -> None:
    """What our plugin adds to a start of pytest, and what each mock adds to boto3."""
    times = race({US: importing("import ses_stub.pytest_plugin", after="import pytest")}, 15)
    table.row("import of the plugin", times)
    table.at_most(2, "import of the plugin, in ms", statistics.median(times[US]) * 1000)
    mocks = {US: "from ses_stub import mock_ses_verify", "moto": "from moto import mock_aws"}
    times = race({name: importing(code, after="import boto3") for name, code in mocks.items()}, 5)
    table.row("import of the mock", times)


def importing(code: str, after: str) -> Measure:
    """What an import takes in a fresh Python that has imported something else."""
    lines = f"import time\n{after}\nstart = time.perf_counter()\n{code}\nprint(time.perf_counter() - start)"

    def measure() -> float:
        run = subprocess.run(
            [sys.executable, "-c", lines], capture_output=True, text=True, check=True, env=environment()
        )
        return float(run.stdout)

    return measure


if __name__ == "__main__":
    main()
