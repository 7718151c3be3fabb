"""The throttle. These calls are not kept apart."""

from __future__ import annotations

from collections.abc import Callable

from conformance.asking import ATTEMPTS, INTERVAL, Asker
from conformance.questions.registry import question


@question(
    "throttle-burst",
    f"How many of {ATTEMPTS} immediate calls of one operation are answered?",
    f"{ATTEMPTS} GetSendQuota",
    "exceeds the throttle on purpose",
)
def throttle_burst(ask: Asker) -> str:
    ask.pause(2 * INTERVAL)
    return str(sum(not ask.is_throttled("GetSendQuota") for _ in range(ATTEMPTS)))


def _meanwhile(ask: Asker, call: Callable[[], str]) -> str:
    return call() if ask.exhaust("ListIdentities", MaxItems=1) else f"no throttle in {ATTEMPTS} calls"


@question(
    "throttle-scope",
    "While one operation is throttled, is another one?",
    "2 ListIdentities, GetSendQuota",
    "exceeds the throttle on purpose",
)
def throttle_scope(ask: Asker) -> str:
    return _meanwhile(ask, lambda: ask.code_of("GetSendQuota"))


@question(
    "throttle-scope-v2",
    "While ListIdentities of v1 is throttled, is ListEmailIdentities of v2?",
    "2 ListIdentities, ListEmailIdentities",
    "exceeds the throttle on purpose",
)
def throttle_scope_v2(ask: Asker) -> str:
    return _meanwhile(ask, lambda: ask.code_of("ListEmailIdentities", v2=True, PageSize=1))


@question(
    "throttle-order",
    "Does a throttled operation look at its parameters first?",
    "3 ListIdentities",
    "exceeds the throttle on purpose",
)
def throttle_order(ask: Asker) -> str:
    return _meanwhile(ask, lambda: ask.code_of("ListIdentities", IdentityType="Nonsense"))


@question(
    "throttle-cost",
    "Does a throttled call put off the next one? Calls after 0, 0.6 and 1.2 s are:",
    "3 GetSendQuota",
    "exceeds the throttle on purpose",
)
def throttle_cost(ask: Asker) -> str:
    ask.pause(2 * INTERVAL)
    outcome = []
    for _ in range(3):
        outcome.append(ask.code_of("GetSendQuota"))
        ask.pause(0.6)
    return ", ".join(outcome)
