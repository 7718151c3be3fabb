"""Changes one place of a module at a time, and runs the module's tests: where all pass, a test is missing, or the place
does nothing.

    pip install mutmut
    python tests/mutation/run.py [--sample 30] [_model/identity.py …]
"""

from __future__ import annotations

import argparse
import os
import random
import select
import signal
import sys
import threading
from collections import Counter
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path

# Here, so that no run has to.
import botocore.client  # noqa: F401
import hypothesis
import pytest
from hypothesis import Phase
from mutants import mutants

ROOT = Path(__file__).parents[2]
# As pytest's own import of a plugin would come before the changed one, asserts are plain.
OPTIONS = ["-x", "-q", "--assert=plain", "--tb=no", "-p", "no:randomly", "-p", "no:xdist", "-p", "no:cacheprovider"]
SEND = "operations/test_delegation operations/test_authorization"
DNS = "model/test_dns_zone model/test_dkim model/test_mail_from model/test_ownership api/test_dns_controls"
WAIT = "time/test_virtual_waits time/test_blocked_waits intercept/test_waits"
#: The tests of each module.
TESTS = {
    "_model/identity.py": "model/test_identity model/test_state",
    "_model/lifecycle.py": "model/test_state model/test_dkim api/test_controls",
    "_model/schedule.py": "model/test_state api/test_scheduled_actions api/test_after",
    "_model/due_events.py": "model/test_state api/test_scheduled_actions model/test_dkim",
    "_model/owner.py": "model/test_state api/test_links api/test_controls api/test_confirm api/test_after",
    "_model/dns_checks.py": f"model/test_state {DNS} operations/test_v2_verification_info",
    "_model/records.py": DNS,
    "_model/zone.py": DNS,
    "_model/policies.py": "model/test_policies",
    "_operations/authorization.py": f"{SEND} operations/test_send_errors operations/test_account"
    " operations/test_configuration_sets",
    "_operations/senders.py": SEND,
    "_service/throttle.py": "service/test_throttle",
    "_wire/query.py": "wire/test_query wire/test_query_codec",
    "_wire/query_fast.py": "wire/test_query_codec operations/test_repeated_polls",
    "_time/waits.py": WAIT,
    "_time/one_wait.py": WAIT,
    "_time/clock.py": "core/test_clock core/test_time_edges time/test_bounds",
    "_time/standing_clock.py": "core/test_clock time/test_bounds",
    "_time/running_clock.py": "server/test_running_clock",
    "_time/sleeps.py": "time/test_sleeps time/test_sleep_names time/test_freeze",
    "_time/event_loops.py": "time/test_event_loops time/test_frozen_loops",
    "_time/idle_loops.py": "time/test_idle_loops",
}


class Changed:
    """Gives Python the changed source of one module."""

    def __init__(self, module: str, source: str) -> None:
        self._path, self._source = f"ses_stub/{module}", source

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        if name != self._path.removesuffix(".py").replace("/", "."):
            return None
        loader = SourceFileLoader(name, self._path)
        loader.get_code = lambda _: compile(self._source, self._path, "exec")  # type: ignore[method-assign]
        return spec_from_file_location(name, self._path, loader=loader)


def outcome(module: str, source: str) -> str:
    """What the tests of a module say about its source, in a process of their own."""
    child = os.fork()
    if not child:
        os.setsid()
        # Python 3.11 keeps the parent's id, by which virtual time looks at the thread.
        threading.main_thread()._set_native_id()  # type: ignore[attr-defined]
        for stream in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
        sys.meta_path.insert(0, Changed(module, source))  # type: ignore[arg-type]
        # A failure needs no smaller example, and is no example for later runs.
        hypothesis.settings.register_profile("mutation", database=None, phases=[Phase.explicit, Phase.generate])
        hypothesis.settings.load_profile("mutation")
        os._exit(pytest.main([*OPTIONS, *(f"tests/{name}.py" for name in TESTS[module].split())]))
    watched = os.pidfd_open(child)
    in_time = select.select([watched], [], [], 120)[0]
    os.close(watched)
    if not in_time:
        os.killpg(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return "timed out" if not in_time else "killed" if status else "survived"


def main() -> None:
    """Prints the mutants that survive, and the number of each outcome."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", default=TESTS, help="by default all that are listed here")
    parser.add_argument("--sample", type=int, default=sys.maxsize, help="at most so many of a module, taken at random")
    arguments = parser.parse_args()
    os.chdir(ROOT)
    for module in arguments.modules:
        source = Path("ses_stub", module).read_text(encoding="utf-8")
        if outcome(module, source) != "survived":
            sys.exit(f"{module}: its tests fail without a change.")
        found = mutants(source)
        outcomes: Counter[str] = Counter()
        for mutant in random.Random(0).sample(found, min(arguments.sample, len(found))):
            result = outcome(module, mutant.source)
            outcomes[result] += 1
            if result != "killed":
                print(f"{result}: {module}:{mutant}", flush=True)
        print(f"{module}: {dict(outcomes)} of {len(found)}", flush=True)


if __name__ == "__main__":
    main()
