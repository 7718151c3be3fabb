"""Runs all benchmarks in a few minutes: ``python tests/benchmarks/run.py``, or some: ``run.py calls scopes``.

Each line has our own time, and how many times as long each other tool takes. The tools take turns within each round and
a ratio is the median over the rounds, so that noise affects all alike. The targets are printed at the end; the exit
status is 1 if one is missed. It needs ``pip install -e '.[test]' 'moto[server]'``.

``unsigned``, ``signed``
    The minimum: a client whose ``before-send`` handler returns a constant. This is what botocore itself costs.
``Stubber``
    That of botocore, which answers before a request is made.
``our server``, ``moto server``
    Ours and moto's, in separate processes on this machine.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from calls import calls, growing_logs, growing_regions
from race import Measure, race
from suite import environment, fixtures, suites
from table import RIVALS, US, Table
from waits import pauses, scopes


def main() -> None:
    """Runs the benchmarks and prints the table."""
    measures = {
        one.__name__: one for one in (calls, scopes, pauses, fixtures, suites, imports, growing_regions, growing_logs)
    }
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", metavar="benchmark", help=f"of {', '.join(measures)}; without any, all")
    parser.add_argument("--json", type=Path, help="a file for what was measured for each target")
    asked = parser.parse_args()
    start = time.perf_counter()
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing", AWS_DEFAULT_REGION="us-east-1")
    table = Table()
    table.head(US, RIVALS)
    for name in asked.names or measures:
        measures[name](table)
    missed = table.missed()
    print(f"\ntook {time.perf_counter() - start:.0f} s")
    if asked.json:
        asked.json.write_text(json.dumps(table.targets))
    if missed:
        raise SystemExit("missed: " + "; ".join(one.strip() for one in missed))


def imports(table: Table) -> None:
    """The time that our plugin adds to pytest's start, and that each mock adds to boto3's import."""
    times = race({US: importing("import ses_stub.pytest_plugin", after="import pytest")}, 15)
    table.row("import of the plugin", times)
    table.at_most(2, "import of the plugin, in ms", statistics.median(times[US]) * 1000)
    mocks = {US: "from ses_stub import mock_ses_verify", "moto": "from moto import mock_aws"}
    times = race({name: importing(code, after="import boto3") for name, code in mocks.items()}, 5)
    table.row("import of the mock", times)


def importing(code: str, after: str) -> Measure:
    """The time of an import in a new Python that has imported something else."""
    lines = f"import time\n{after}\nstart = time.perf_counter()\n{code}\nprint(time.perf_counter() - start)"

    def measure() -> float:
        run = subprocess.run(
            [sys.executable, "-c", lines], capture_output=True, text=True, check=True, env=environment()
        )
        return float(run.stdout)

    return measure


if __name__ == "__main__":
    main()
